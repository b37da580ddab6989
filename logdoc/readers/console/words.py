"""The words of console lines: what counts, what is a time or an amount, and what splits training from validation."""

from __future__ import annotations

import builtins
import re

from logdoc.readers.tables.measures import has_measure

EPOCH, STEP, BATCH = "epoch", "step", "batch"
# Of which a program may have several, told apart by a number that is part of the name: head 1 loss.
NUMBERED = ("head", "task", "branch", "output", "decoder", "expert", "exit", "view", "stream")
_KINDS = {
    # The latter in Chinese, as below; Japanese, Korean, Russian, Spanish and French.
    EPOCH: r"epochs?|ep|epochen?|\u8f6e\u6b21?|\u30a8\u30dd\u30c3\u30af|\uc5d0(?:\ud3ed|\ud3ec\ud06c)"
    r"|\u044d\u043f\u043e\u0445\u0430|[e\u00e9]poca|[e\u00e9]poque",
    STEP: r"global[ _]?steps?|train(?:ing)?[ _](?:step|iteration)s?|steps?|iterations?|iters?|itr|itn|it"
    r"|(?:num_|n)?updates?|up(?=\.\s)|optimizer[ _]steps?|schritte?|iterationen"
    r"|\u8fed\u4ee3(?:\u6b21\u6570)?|\u6b65\u6570?|\u30b9\u30c6\u30c3\u30d7|\uc2a4\ud15d|\u0448\u0430\u0433|paso",
    BATCH: r"(?:(?:mini|micro)[- ]?)?batch(?:es)?(?:[ _]?(?:id|idx|index|no|num)|[ _]i(?=\s?[:=]))?",
    "episode": r"[e\u00e9]pisodes?|epis[o\u00f3]dios?|episodi|episoden"
    r"|\u044d\u043f\u0438\u0437\u043e\u0434\u044b?|\u56de\u5408|\u30a8\u30d4\u30bd\u30fc\u30c9|\uc5d0\ud53c\uc18c\ub4dc",
    "round": r"(?:boosting |communication )?rounds?|tree|^interval(?=\s+$)",
    "tick": r"ticks?",
    "generation": r"generations?|(?:n_)?gen|cycles?",
    "timesteps": r"(?:(?:total|num)[ _]?)?time[ _]?steps?|(?:total|env|num_env)[ _]steps?",
    "frames": r"frames?|frame_idx",
    "trial": r"trials?",
}
_ANY = "|".join(f"(?P<{kind}>{words})" for kind, words in _KINDS.items())
_COUNTER = re.compile(
    rf"(?:(?<![\w/.\-])|(?<=[\u4e00-\u9fff])|(?<=\]-)|(?<=^/)(?=global_step))(?:{_ANY}|(?<!')(?P<short>[siten]))(?:\s?\((?P<split>train|val|test)\))?"
    r"(?:\s(?:no\.?|number|num|index))?(?:[_-]|\s*['\"]?\s*(?:[:=#.]|\bis\b|(?<=\s)-(?=\s))*\s*[\[({#]?\s*)$",
    re.IGNORECASE,
)
_COUNTER_BEHIND = re.compile(
    rf"^(?:(?P<th>-?\s?(?:st|nd|rd|th))[\s\-]+|[\s\-]?)(?:{_ANY})(?:\b|(?<=[\u3040-\u9fff\uac00-\ud7a3]))(?!\s*/)(?P<named>\s?[:=]\s*$)?",
    re.IGNORECASE,
)
# What was gone through is counted behind "After": "After 65000 sequences (36.1Hr): ..", as Kaldi and its kin say it.
_GONE_THROUGH = re.compile(r"^\s(?:sequences|utterances|sentences|examples|samples)\b", re.IGNORECASE)
_BEFORE_COUNT = re.compile(r"(?:after|running|at|in|finish(?:ed)?|completed?|\[|\(|\u7b2c|^\s*-)\s*$", re.IGNORECASE)
_BEHIND_AFTER = re.compile(r"(?:^|[\s\])>:|])after\s*$", re.IGNORECASE)
AFTER = re.compile(r"\bafter\s*$", re.IGNORECASE)
_DONE = re.compile(r"\s(?:performed|done|completed|so far)\b", re.IGNORECASE)  # (10000 steps performed)
_HEADER_COUNTER = re.compile(rf"^(?:{_ANY}|(?P<epoch_>e)|(?P<step_>#|example counter))$", re.IGNORECASE)
# "best epoch 3", "for 10 epochs", "steps per epoch 100": numbers that count nothing now.
_NO_COUNTER = re.compile(
    r"\bnumber of\b[^|,;]*$|\b(?:best|bad|max(?:imum)?|num|warm-?up|remaining|last|previous|next|every|each|per|total"
    r"|patience|saved?|log|eval|from|until|without"
    r"|since|resum\w+|start\w* (?:from|at)|stopp\w+|checkpoint|episode)[ _]$",
    re.IGNORECASE,
)
# "Avg reward (100 ep): 22.6": over how many episodes the mean was taken.
_OVER_EPISODES = re.compile(r"(?:rewards?|returns?|scores?|rewd?|ret)\b[^()\[\]:=]{0,30}[(\[]\s*$", re.IGNORECASE)
_OF_EVALUATION = re.compile(r"eval ", re.IGNORECASE)  # "Eval epoch: 4" heads a block; "eval_epoch: 5" is a setting

_WORDS_BEFORE = 4
_TALK = re.compile(
    r"sav|load|best|resum|restor|checkpoint|early|stopp|wait|total|number|max|patience|from|until|every|remaining|skip"
    r"|\.(?:pt|pth|ckpt)",
    re.IGNORECASE,
)

_TIME_UNIT = r"(?:ms|us|µs|ns|s|secs?|seconds?|mins?|minutes?|m|h|hrs?|hours?|d|days?)"
_RATED = (
    r"it|iters?|its|steps?|samples|images|imgs?|im|tok(?:ens)?|words|examples|batch(?:es)?|epochs?|bit|iterations"
    r"|frames|sents?"
)
_PER = r"it|iters?|step|batch|epoch|sample|img|image|im|tick|kimg|example|word|tok(?:en)?|utt"
_AMOUNTS = "bytes|samples|images|tokens|words|frames|utterances|sentences|it|iters|workers|parameters"
_LONG_TIME = r"\s?(?:ms|us|µs|ns|secs?|seconds?|mins?|minutes?|[hH]rs?|hours?|days?)"
UNIT = re.compile(
    rf"^(?:(?P<rate>\s?(?:[kKM]\s?)?(?:{_TIME_UNIT}|{_RATED})?/(?:{_TIME_UNIT}|{_PER})\b(?!\s*[:=]))"
    rf"|(?P<time>(?:{_LONG_TIME}|[smhd]|\s[smhd](?=\s*(?:$|[,;|)\]]))|\ss(?=\s[A-Z][a-z]))(?![\w])(?!\s*[:=]\s*$))"
    rf"|(?P<amount>\s?[KMGT]i?[Bb](?![\w])|[KMGT](?![\w])|\s?(?:{_AMOUNTS})(?![\w])(?!\s*[:=]))"
    r"|(?P<percent>\s?%)|(?P<decibel>\s?d[Bb](?!\w)(?!\s*[:=])))"
)
_TIMES = frozenset(
    """
    time times eta elapsed remaining rem speed fps ips tps wps ups tflops flops mfu hfu mem memory cpumem gpumem cudamem
    max_mem maxmem gpu_mem throughput duration runtime wall train_wall wpb bsz clock timer tok/s tokens/s sec secs
    seconds ms maintenance took latency utilization util ram vram train_runtime eval_runtime samples_per_second
    steps_per_second
    """.split()  # noqa: SIM905 - words are easier to look over than a list of strings
)
_OTHERS = frozenset(
    """
    best min minimum max maximum weight weights previous prev lowest highest threshold eta patience target initial base
    mult total_time from to s/iter s/it ms/it iter/s it/s accum accumulation over size seed pid rank version v_num port
    batch_size batchsize num_workers line scaler in until with next status exit
    """.split()  # noqa: SIM905 - likewise
)
_EXTREMES = frozenset({"min", "minimum", "max", "maximum"})
_EXCEPTIONS = frozenset(name for name in dir(builtins) if name.endswith(("Error", "Exception", "Warning")))
_RANKED = re.compile(r"rank-\d+")  # of what was retrieved
_RATE = re.compile(r"\b(?:lr|learning[ _]?rate)$")
_RETURN = re.compile(r"reward|return")
# A term of a loss, whatever it is of: train_duration_loss, loss_duration.
_TERM = re.compile(r"[\s_/]loss(?:es)?$|^loss_(?!time|sec|ms)")
_SCALER = re.compile(r"(?:amp|grad)_scaler$")  # the factor itself, and no object of a program
_WITHIN = frozenset(("to", "from", "in", "with", "over"))  # of one word, as in image_to_text_recall, they say nothing
_SPEED = re.compile(
    r"\w/(?:s|sec|min|h|it|iter|step|tick|kimg|batch|epoch|img)$|^(?:s|sec|ms)/"
    r"|(?:reader|batch|time|step)_?cost|cost_?time"
)
_MEASURES = re.compile(
    r"iou|^(?:m|mean_?)iu$|^map|cost|norm_ed$|objective|energy|xent|likelihood|divergence|norm$|/map\d|^psnr|^ssim|^d_|^g_|^critic$|^disc(?:riminator)?$|^gen(?:erator)?$|_[dg]$|^[dg]$"
    r"|epsilon|^eps$|^beta$|temperature|^objf?$|box|cls|dfl"
    r"|^[dg]\(|epret|value|^qs?$|^mean_q$|advantage|ratio|^mi$|^ap\d*$|^ndcg|^hits?@|^mrr|^recon|^fake|^real|^content"
    r"|^[fj]\([a-z]\)$|^fitness$|^style|^tv$|inertia$|^em$|auc$|^rank-\d+$|^bce|^ce$|^mpjpe|^pck|^nme"
)
_SOURCE = re.compile(r"\w\.(?:py|cc|cpp|cu)$")  # the file whose line printed the message: [loss_scaler.py:183:update]
_FILE = re.compile(r"\.(?:cache|txt|jsonl?|csv|ya?ml|pth?|ckpt|npy|npz|png|jpe?g|log)(?:\s\d+)?$")
_NOT_FINITE = re.compile(
    r"\b(?:became|becomes|is|are|was)\s(?:.*\s)?(?:nan|infinite|non-?finite)\b.*\b(?:at|in)\s+\w+\W*$", re.IGNORECASE
)
# "Train Eval: ..": an evaluation on the training set.
EVALUATED = re.compile(r"\b(train(?:ing)?|val(?:id(?:ation)?)?|dev|test)[ _-]eval(?:uation)?\b", re.IGNORECASE)
# Measures that only several words name together.
_PHRASES = re.compile(
    r"\blearning[ _-]?rate\b|\bloss[ _]?scale\b|\bstep[ _]size\b|\b(?:amp|grad)_scaler\b", re.IGNORECASE
)
_SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "trn": "train",
    "trained": "train",
    "learn": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "vali": "val",
    "val.": "val",
    "valid.": "val",
    "dev.": "val",
    "validating": "val",
    "validate": "val",
    "evaluate": "val",
    "dev": "val",
    "eval": "val",
    "evaluation": "val",
    "evaluating": "val",
    "evaluated": "val",
    "test": "test",
    "testing": "test",
    "tst": "test",
    "crossval": "val",
    "cross-validation": "val",
    "holdout": "val",
    "held-out": "val",
    "held out": "val",
}
SPLIT = re.compile(
    r"(?:^|(?<=[\s\[({<|*\-'\",;])|(?<===)|(?<==)(?:(?<=phase=)|(?<=split=)|(?<=mode=)|(?<=stage=)|(?<=subset=)))"
    r"(train|trn|learn(?!i)|val|vali|valid|validate|validation|dev|eval|evaluate|evaluation|test|tst|crossval"
    r"|cross-validation|holdout|held[- ]out|validating|evaluating)(?:ing)?(?: set)?"
    r"(?=[\])}>\s:|\-'\",]|\.\s|=\s?[\[({A-Za-z]|\(\d+\)|$)"
    r"(?!\s+(?:steps|samples|batches|size|images|time)\b)",
    re.IGNORECASE,
)
SECTION = re.compile(
    r"^\W*(?:evaluat(?:e|ing)\s?:\s?)?(?:(?:now )?(?:continue|back to|resume|running) )?"
    r"(train|val|valid|validat|validation|dev|eval|evaluat|evaluation|test)(?:ing|ion)?"
    r"(?:[ _](?:set|error|results?|phase|epoch|metrics?|stats|summary|performance|loop|scores?))?"
    r"(?: in (?:eval|evaluation|test|inference) mode)?(?: begins?| starts?| started)?\W*$",
    re.IGNORECASE,
)
BEGINS = re.compile(r"\s(?:begins?|starts?|started|in (?:eval|evaluation|test|inference) mode)\W*$", re.IGNORECASE)
# What stands below is measured once more, with weights that were kept: it is of none of the epochs above.
OF_KEPT = re.compile(
    r"^\W*(?:validating|evaluating)\s(?=.*\bbest\b)(?:\S*\.(?:pth?|ckpt|safetensors|h5|keras|onnx|engine)\W*$"
    r"|(?:(?:with|using|on|the)\s)*best\s(?:model|weights|checkpoint|epoch)\b)",
    re.IGNORECASE,
)
# What boosting says when it stops early: the row that follows was there before.
REPEATED = re.compile(r"\bbest (?:iteration|step|epoch|round)s?(?: is| was| found)?\s*:\s*$", re.IGNORECASE)
# A line that evaluates: of TensorFlow's Estimator, of Megatron-LM, of Stable-Baselines.
EVALUATES = re.compile(r"^\W*(?:INFO:\w+:)?(?:Saving dict for global step|Eval num_timesteps)", re.IGNORECASE)
_NAMED_SPLIT = re.compile(
    r"train|\btrn|\btst|\((?:tr|va|te)\)|val(?!u(?!at))|eval|(?<!la)test|dev(?!i)|holdout|held", re.IGNORECASE
)
_NO_SPLIT = re.compile(r"^(?:lr|learning[ _]?rate|epoch|(?:grad(?:ient)?[ _]?)?norm|gnorm)", re.IGNORECASE)


def counter_before(text: str, *, first: bool) -> tuple[str, str, str] | None:
    """Return (kind of counter, words in front of it, split) where the text before a number ends with a counting word.

    Single letters count only as the `first` word of a line.
    """
    match = _COUNTER.search(text)
    if match is None:
        return None
    before = text[: match.start()]
    short = match["short"]
    if short is not None and (
        not first or before.strip(" [(|>*-") or not match[0].strip().rstrip(" [(").endswith((":", "="))
    ):
        return None
    if short is not None and short.lower() in "en":
        return None
    if _NO_COUNTER.search(before) and not (first and match[EPOCH] and _OF_EVALUATION.fullmatch(before)):
        return None
    kind = STEP if short is not None else next(kind for kind in _KINDS if match[kind] is not None)
    return kind, before, _SPLIT_NAMES.get((match["split"] or "").lower(), "")


def opens_rows(before: str) -> bool:
    """Tell whether a line whose counter stands behind this text counts for the lines below it; talk of one does not."""
    if _NOT_FINITE.search(before):
        return True  # and the terms of the loss at that step stand below
    return len(before.split()) <= _WORDS_BEFORE and not _TALK.search(before)


def counter_behind(text: str, before: str) -> tuple[str, int] | None:
    """Return (kind of counter, length) where the text behind a number begins with a counting word: ``3-th epoch``."""
    if (gone := _GONE_THROUGH.match(text)) is not None and _BEHIND_AFTER.search(before):
        return STEP, gone.end()
    match = _COUNTER_BEHIND.match(text)
    if match is None or (match["named"] and not (match["th"] or AFTER.search(before))):
        return None  # "3 epoch: 4" counts what stands behind
    plural = match[0].rstrip(" :=").lower().endswith("s") and not _DONE.match(text[match.end() :])
    if not match["th"] and match[0].strip().lower() == "ep" and _OVER_EPISODES.search(before):
        return None
    if not match["th"] and plural and not AFTER.search(before):
        return None
    if not match["th"] and before.strip() and not _BEFORE_COUNT.search(before):
        return None
    return next(kind for kind in _KINDS if match[kind] is not None), match.end() - len(match["named"] or "")


def header_counter(cell: str) -> str:
    """Return the kind of counter that a column of a table is by its heading, "" when it is none."""
    match = _HEADER_COUNTER.match(cell.strip().rstrip(".:"))
    if match is None:
        return ""
    return next((kind for kind in _KINDS if match[kind] is not None), EPOCH if match["epoch_"] else STEP)


def is_time(name: str) -> bool:
    """Tell whether a name is that of a time, a speed or an amount of memory."""
    if _TERM.search(name.lower()):
        return False
    tokens = {*re.split(r"[ _/\-.()]", name.lower()), *name.lower().split(), name.lower()}
    return (
        bool(tokens & _TIMES)
        or _SPEED.search(name.lower()) is not None
        or name.lower() in {"data", "tot", "total", "passed", "left"}
        or "per_second" in name.lower()
    )


def is_measure(name: str) -> bool:
    """Tell whether a name is a word for something that is measured while training."""
    return is_candidate(name) and (
        has_measure(name)
        or any(_MEASURES.search(word) for word in name.lower().split())
        or _PHRASES.search(name) is not None
    )


def is_candidate(name: str) -> bool:
    """Tell whether a name may be that of a measure at all: no best value, no limit, no setting."""
    lower = name.lower()
    alone = {*lower.rstrip(".").split(), lower}
    tokens = alone | ({*re.split(r"[ _/\-]", lower)} - _WITHIN)
    if name in _EXCEPTIONS or re.match(r"best[A-Z]", name) or _SOURCE.search(lower) or _FILE.search(lower):
        return False
    others = tokens & _OTHERS
    if others == {"base"} and _RATE.search(lower):
        others = set()  # of a schedule, in a row of its own numbers
    if others == {"rank"} and _TERM.search(lower):
        others = set()  # of what is ranked: rank loss
    if others == {"best"} and lower.endswith("fitness"):
        others = set()  # of a generation: the best of those alive
    if others == {"scaler"} and _SCALER.search(lower):
        others = set()
    if others and others <= _EXTREMES and _RETURN.search(lower):
        others = set()  # of the episodes behind a mean
    if others == {"rank"} and _RANKED.fullmatch(lower):
        others = set()
    return bool(name) and len(name) <= 80 and not others and any(map(str.isalpha, name))


def split_of(word: str) -> str:
    """Return ``train``, ``val`` or ``test`` for a word that names a part of the data, "" for another."""
    return _SPLIT_NAMES.get(word.strip().lower(), "")


def says_split(name: str) -> bool:
    """Tell whether the name of a measure says which part of the data it belongs to."""
    return _NAMED_SPLIT.search(name) is not None


def split_in(name: str) -> str:
    """Return the part of the data that the first or the last word of a name says, "" where neither does."""
    found = re.split(r"[ _/.\-]", name)
    return split_of(found[0]) or split_of(found[-1])


def with_split(name: str, split: str) -> str:
    """Return the name of a measure with the part of the data it belongs to, unless it says so itself."""
    if not split or _NAMED_SPLIT.search(name) or (split != "train" and _NO_SPLIT.match(name)):
        return name
    return f"{split} {name}"
