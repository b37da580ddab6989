"""What is known of single programs beyond what their lines say: short names, numbers left out on purpose."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logdoc.readers.console.slot import Slot
from logdoc.readers.console.words import BATCH, EPOCH, STEP

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Shape
    from logdoc.readers.console.rows import Rows

_EVALUATED = "the step of an evaluation"
_DARKNET = ("step", "loss", "avg loss", "learning rate")
_LOSSES = re.compile(r"\[Epoch \d+/\d+, Batch \d+/\d+\] \[Losses: x [^\[\]]*\btotal [^\[\]]*\]")
_FEWEST = 6  # numbers
_OF_ONE = 0.5  # of a sum over many batches; what one batch costs is less than that
_STEP_TIME = "elapsed time per iteration"
_SKIPPED = "number of skipped iterations"
_EPISODE = re.compile(r"[\s\[(>*-]*[Ee]pisode\s*[:#]?\s*")
_BARE_RETURN = {(":", ""), ("-", ""), ("|", ""), ("->", ""), ("]", ""), (",", ""), ("", "")}
_SEVERAL = 5  # episodes; fewer lines may say anything
_NEQUIP = re.compile(r"! (Train|Validation)")
_TOPICS = ("<", "> LL/token:", "")  # of MALLET
_ITERATE = re.compile(r"^(?:At iterate|iter)\s*$")
_GRADIENT = re.compile(r"\|(?:proj )?g\|")
_REGION = re.compile(r"Region (?:\d+ )?Avg (?:\()?IOU|rewritten_bbox = ")
_TRAINED = re.compile(r"(?!val|test|eval)(?!.*scale).*loss")
_OF_A_SET = re.compile(r"\[([A-Za-z]\w*)\]\[")
_OF_SET_MEASURE = re.compile(r"\]\s*([A-Za-z][\w-]*)\s*[:=]\s*")
_OF_A_CLASS = re.compile(
    r"(?:^|\s)([A-Za-z_][\w.\-]*): precision:\s+[\d.]+%; recall:\s+[\d.]+%; FB1:\s+[\d.]+\s+\d+\s*$"
)
_CLASS_NUMBERS = 4
_TILE = re.compile(r"\s*\d+\s+[\d.]+%\s+\([\d.]+%\)\s*")
_GAMES = re.compile(r"\s*\d+\s+(?:avg|mean) = [\d.]+,?\s+max = \d+")
_EVALUATION = re.compile(r"\((?:val|eval|test)\)\s*\[$")
_NAN = "number of nan iterations"
_CATBOOST = re.compile(r"\d+:\t(?:learn|test): ")
_ROUND = re.compile(r"[^\t]*\[\d+\]:?\s+[\w.]+(?:-|'s )[\w@.\-]+:|\d+:\t(?:learn|test|total): ")


def megatron(shape: Shape) -> list[Slot] | None:
    """Return the slots of a line of Megatron-LM, ``iteration 8/ 10 | consumed samples: 64 | lm loss: 1.2E+00 |``."""
    if "consumed samples" not in shape.line or "|" not in shape.line:
        return None
    slots: list[Slot] = []
    for i, text in enumerate(shape.texts[:-1]):
        part = text.rpartition("|")[2]
        key, colon, behind = part.rpartition(":")
        if re.search(r"\biteration$", part.strip()):
            slots.append(Slot("counter", STEP, STEP, of=i + 1, why="named"))
        elif part.strip() == "/" and slots and slots[-1].role == "counter":
            slots.append(Slot("total"))
        elif colon and not behind.strip() and (name := re.sub(r"\s*\(.*\)", "", key).strip()):
            role = "time" if name == _STEP_TIME else "value"  # see `resources`, which knows its unit
            slots.append(Slot(role, name, paired=True, quoted=True))
        else:
            slots.append(Slot("front"))
    return slots if any(slot.role == "counter" for slot in slots) else None


def darknet(shape: Shape) -> list[Slot] | None:
    """Return the slots of a line of darknet, ``12: 2.31, 2.54 avg loss, 0.001 rate, 3.1 seconds, 768 images``."""
    behind = [text.strip(" ,") for text in shape.texts[1:]]
    if len(behind) < len(_DARKNET) or behind[0] != ":" or behind[2] not in ("avg", "avg loss") or behind[3] != "rate":
        return None
    named = [Slot("value", name, paired=True, quoted=True) for name in _DARKNET[1:]]
    return [Slot("counter", STEP, STEP, why="named"), *named, *(Slot("time") for _ in behind[len(_DARKNET) :])]


def yolo(shape: Shape) -> list[Slot] | None:
    """Return the slots of a line of PyTorch-YOLOv3, whose losses are called by single letters:
    ``[Epoch 0/30, Batch 7/120] [Losses: x 0.27, y 0.25, conf 4.36, total 15.14, recall: 0.01]``.
    """
    if _LOSSES.match(shape.line) is None or len(shape.texts) < _FEWEST:
        return None
    slots = [
        Slot("counter", EPOCH, EPOCH, of=1, why="named"),
        Slot("total"),
        Slot("counter", BATCH, BATCH, of=3, why="named"),
        Slot("total"),
    ]
    for text in shape.texts[4:-1]:
        name = text.rpartition("[Losses:")[2].strip(" ,:")
        plain = text.rstrip().endswith(":")
        slots.append(Slot("value", name if plain else _loss_of(name), paired=True, quoted=True))
    return slots


def _loss_of(name: str) -> str:
    return "loss" if name == "total" else f"{name} loss"


def minimiser(shape: Shape) -> list[Slot] | None:
    """Return the slots of a line of L-BFGS-B or liblinear: ``At iterate 5 f= 6.9D+01 |proj g|= 1.2D+01``."""
    if shape.texts == ("iter", "value", ""):  # R's nnet and optim
        return [Slot("counter", STEP, STEP, why="named"), Slot("value", "value", paired=True, quoted=True)]
    if not _ITERATE.search(shape.texts[0]) or not any(_GRADIENT.search(text) for text in shape.texts):
        return None
    slots = [Slot("counter", STEP, STEP, why="named")]
    for text in shape.texts[1:-1]:
        if _GRADIENT.search(text):
            slots.append(Slot("value", "grad_norm", paired=True, quoted=True))
        elif re.search(r"(?:^|\s)f(?: ?=)?$", text.strip()):
            slots.append(Slot("value", "objective", paired=True, quoted=True))
        else:
            slots.append(Slot("other", text.strip(), why="of the search for a step"))
    return slots if any(slot.name == "objective" for slot in slots) else None


def episode(shape: Shape) -> list[Slot] | None:
    """Return the slots of ``Episode 3: 14.0``, where nothing but the return of an episode can be meant."""
    if _EPISODE.fullmatch(shape.texts[0]) is None or tuple(t.strip() for t in shape.texts[1:]) not in _BARE_RETURN:
        return None
    if len(shape) < _SEVERAL or not {".", "-"} & {*shape.tokens[1]}:  # whole numbers may count anything
        return None
    return [Slot("counter", STEP, "episode", why="named"), Slot("value", "episode return", paired=True, quoted=True)]


def verification(shape: Shape) -> list[Slot] | None:
    """Return the slots of an evaluation of one of several sets, ``[pairs][2000]Accuracy: 0.98+-0.01``, as InsightFace
    prints it between the rows of training.
    """
    whose = _OF_A_SET.fullmatch(shape.texts[0])
    what = _OF_SET_MEASURE.fullmatch(shape.texts[1]) if whose is not None and len(shape.texts) > 2 else None
    if whose is None or what is None or shape.texts[2:] not in (("",), ("+", ""), ("+-", ""), ("\u00b1", "")):
        return None
    spread = [Slot("other", why="the spread of the value before it") for _ in shape.tokens[2:]]
    measure = Slot("value", f"val {whose[1]} {what[1].replace('-', ' ')}", paired=True, quoted=True)
    return [Slot("counter", STEP, STEP, why=_EVALUATED), measure, *spread]


def of_a_class(shape: Shape) -> list[Slot] | None:
    """Return the slots of a line of conlleval, ``CITY: precision: 38.5%; recall: 35.4%; FB1: 36.9  374``, the scores of
    one class below those of all.
    """
    kind = _OF_A_CLASS.search(shape.line)
    if kind is None or len(shape.tokens) < _CLASS_NUMBERS:
        return None
    front = len(shape.tokens) - _CLASS_NUMBERS
    scores = [Slot("value", f"{kind[1]} {name}", paired=True, quoted=True) for name in ("precision", "recall", "FB1")]
    return [*(Slot("front") for _ in range(front)), *scores, Slot("amount", why="how many were found")]


def place_evaluations(rows: list[Shape]) -> None:
    """Let evaluations of single sets stand at the rows of training they are printed behind, where there are such rows:
    these count batches of an epoch perhaps, and not the steps of the run. How many batches MMCV evaluated is the same
    every time, ``Iter(val) [120]``, and counts nothing either.
    """
    for shape in rows:
        for i, slot in enumerate(shape.slots):
            same = slot.role == "counter" and len(shape) > 1 and np.ptp(shape.column(i)) == 0
            if same and _EVALUATION.search(shape.texts[i]):
                shape.slots[i] = Slot("other", why="how many were evaluated")
    evaluations = [shape for shape in rows if shape.slots and shape.slots[0].why == _EVALUATED]
    if len(evaluations) < len(rows):
        for shape in evaluations:
            shape.slots[0] = Slot("other", why=_EVALUATED)


def nequip(shape: Shape) -> list[Slot] | None:
    """Return the slots of what NequIP prints of an epoch, ``! Train  3  12.3 0.005 0.2``, below a line of headings that
    name a number of the batch as well.
    """
    whose = _NEQUIP.fullmatch(shape.texts[0])
    if whose is None:
        return None
    titles = next((t for line in reversed(shape.above) if (t := line.split())[1:4] == ["#", "Epoch", "wal"]), [])[2:]
    if len(titles) != len(shape.tokens):
        return None
    split = "val" if whose[1] == "Validation" else "train"
    named = [Slot("value", title, paired=True, quoted=True, split=split) for title in titles[2:]]
    return [Slot("counter", EPOCH, EPOCH, split=split, why="named"), Slot("time", "wal"), *named]


def guessed(shape: Shape) -> list[Slot] | None:
    """Return the slots of ``Epoch 3: 9281 / 10000``, how many of the test set were right, as the programs of Nielsen's
    book print it, once an epoch.
    """
    if len(shape) < _SEVERAL or tuple(text.strip() for text in shape.texts) != ("Epoch", ":", "/", ""):
        return None
    epochs, right, total = (shape.column(i) for i in range(3))
    once = bool((np.diff(epochs) == 1).all()) and bool((total == total[0]).all())
    if not once or not bool((np.isfinite(right) & (right >= 0) & (right <= total)).all()) or np.ptp(right) == 0:
        return None
    named = Slot("value", "accuracy", paired=True, quoted=True, of=2)
    return [Slot("counter", EPOCH, EPOCH, why="named"), named, Slot("total")]


def topics(shape: Shape) -> list[Slot] | None:
    """Return the slots of a line of MALLET's topic models, ``<20> LL/token: -8.9``."""
    if shape.texts != _TOPICS:
        return None
    return [Slot("counter", STEP, STEP, why="named"), Slot("value", "LL/token", paired=True, quoted=True)]


def blocks_of_games(shape: Shape) -> list[Slot] | None:
    """Return the slots of the line that heads a block of the TDL demos of 2048 and Threes,
    ``2000  avg = 710, max = 8430, ops = 91204 (..)``: how many games there were, and the mean score of the last.
    """
    if _GAMES.match(shape.line) is None:
        return None
    mean = Slot("value", "episode score", paired=True, quoted=True)
    rest = [Slot("other", why="the best game of a block, or a speed") for _ in shape.tokens[2:]]
    return [Slot("counter", STEP, "episode", why="named"), mean, *rest]


def known_of(shape: Shape) -> list[Slot] | None:
    """Return the slots of a line of a program that is known by the form of its lines, None of another."""
    first = (megatron, nequip, darknet, yolo, minimiser, episode)
    ways = (*first, guessed, topics, verification, of_a_class, blocks_of_games)
    return next((slots for way in ways if (slots := way(shape)) is not None), None)


def passed_over(shape: Shape) -> str:
    """Return why a line of a program that is known holds nothing of the course of a training, "" of another: darknet
    says the values of one layer over one batch, the TDL demos how often a tile was reached.
    """
    if _REGION.search(shape.line) is not None:
        return "of one layer and one batch; several make an iteration"
    return "how often a tile was reached, and how often it was the last" if _TILE.fullmatch(shape.line) else ""


def of_a_round(shape: Shape) -> bool:
    """Tell whether a line is of a round of boosting, as XGBoost, LightGBM and CatBoost print it."""
    return _ROUND.match(shape.line) is not None


def of_catboost(shape: Shape) -> bool:
    """Tell whether a line is of a round of CatBoost, whose names tell a network's set and measure as well."""
    return _CATBOOST.match(shape.line) is not None


class _Called(NamedTuple):
    """A measure that one program calls by a name of its own."""

    written: str  # the whole name, a regular expression
    meant: str  # the field's name; may take groups of `written`
    printed: str = ""  # what a text of the line has to hold, a regular expression, where the name may mean other things
    beside: str = ""  # the name of another measure on the line, likewise


_CALLED = (
    _Called(r"L\.r", "learning rate"),  # Marian
    _Called(r"val translation", "val bleu", printed=r"\[valid\] Ep\.$"),  # Marian's validation script, by its examples
    _Called(r"Losses/(.+)", r"\1 loss"),  # spaCy's examples: Losses {'ner': 9.8}
    *(
        _Called(rf"(?:val )?{task} {letter}\.", f"{task.lower()} {score}")  # headings of spaCy 2
        for task in ("NER", "TEXTCAT")
        for letter, score in (("P", "precision"), ("R", "recall"), ("F", "f1"))
    ),
    _Called(r"ent", "entropy", beside="pol_surr"),  # OpenAI's baselines
    _Called(r"Score", "loss", printed=r"Score at iteration$"),  # Deeplearning4j
    _Called(r"e", "epsilon", printed=r"^\W*episode\b"),  # of the Q-learning on CartPole that is copied most
    _Called(r"trl", "train loss"),  # the nanoGPT speed run
    _Called(r"tel", "val loss"),
    _Called(r"norm", "grad_norm", printed=r"trl:|\blr\b"),  # the same, and llm.c beside its rate
    # The shares of wrong characters and words, in percent, of tesseract's lstmtraining.
    _Called(r"(char|word) train", r"train \1 error rate", printed="skip ratio"),
    _Called(r"((?:\w+ )?lr)\(\w+\)", r"\1"),  # PaddleClas: lr(LinearWarmup)
)


def called(name: str, shape: Shape) -> str:
    """Return the field's name of a measure that one program calls by a name of its own, else the name as it stands.

    Args:
        name: as it was read.
        shape: the lines it stands on, which tell the program where the name alone does not.
    """
    for known in _CALLED:
        found = re.fullmatch(known.written, name)
        if found is None or (known.beside and all(slot.name != known.beside for slot in shape.slots)):
            continue
        if not known.printed or any(re.search(known.printed, text) for text in shape.texts):
            return found.expand(known.meant)
    return name


def drop_first_sums(rows: Rows) -> None:
    """Leave out the losses at step 0 of spaCy's table: those below are sums over the batches since the last row, and
    that row was printed behind a single batch.
    """
    step = rows.counters.get(STEP)
    if step is None or "SCORE" not in rows.values:
        return
    first = np.frombuffer(step) == 0
    for name in [name for name in rows.values if name.startswith("LOSS ")]:
        at, values = rows.values[name]
        kept = ~first[at]
        if 0 < int(kept.sum()) < at.size and abs(values[~kept][0]) < _OF_ONE * abs(values[kept][0]):
            rows.values[name] = (at[kept], values[kept])


def restore_nan(rows: Rows) -> int:
    """Put NaN where Megatron-LM leaves a loss out, and return how many there were.

    It prints the mean of a loss only if that is zero or more, which a NaN is not; its own counter of NaN iterations
    may say 0 all the same. A row of skipped iterations has no loss because there was none.
    """
    if _NAN not in rows.values or _SKIPPED not in rows.values:
        return 0
    at, counted = rows.values[_NAN]
    skipped = dict(zip(rows.values[_SKIPPED][0].tolist(), rows.values[_SKIPPED][1].tolist(), strict=True))
    nan = dict(zip(at.tolist(), counted.tolist(), strict=True))
    restored = 0
    for name in [name for name in rows.values if _TRAINED.match(name)]:
        known, values = rows.values[name]
        gone = [row for row in np.setdiff1d(at, known).tolist() if nan[row] > 0 or not skipped.get(row, 0) > 0]
        if known.size and gone:
            places = np.concatenate([known, np.array(gone, dtype=np.int64)])
            filled = np.concatenate([values, np.full(len(gone), math.nan)])
            order = np.argsort(places, kind="stable")
            rows.values[name] = (places[order], filled[order])
            restored += len(gone)
    return restored
