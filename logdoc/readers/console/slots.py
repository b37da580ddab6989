"""What the numbers of one kind of line are, as far as the line itself says: their names, units, bounds and places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logdoc.readers.console import fronts, shares, words
from logdoc.readers.console.best_so_far import counts_best, measures_best, names_best
from logdoc.readers.console.clocks_and_bars import mark_bar, mark_clocks
from logdoc.readers.console.legends import put_legend
from logdoc.readers.console.names_in_front import carried_name, name_in_front
from logdoc.readers.console.naming import put_label
from logdoc.readers.console.numbered_scores import numbered_score
from logdoc.readers.console.said_once import put_what_is_said_once
from logdoc.readers.console.slot import Slot
from logdoc.readers.console.windows import window_of

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Shape

_IN_LIST = re.compile(
    r"^\)\s*,\s*(?:tensor|np\.\w+|torch\.\w+|jnp\.\w+|Array)\($"
)  # [np.float64(0.3), np.float64(0.5)]
_QUOTED = re.compile(r"""['"]\s*:\s*['"]?$""")
_RANGE = re.compile(
    r"\b\w*(?:batch|step|iter|iteration|epoch)(?:e?s\s*:?|e?s?\s*[\[(])\s*\d+\s*[-\u2013]\s*$", re.IGNORECASE
)
_OF = re.compile(r"^\s*(?:/|of|out of|\}\s*/\s*\{)\s*$", re.IGNORECASE)
_OF_BEHIND = re.compile(r"^\s*/\s*\d*$")
_TAG = re.compile(r"^\s*(?:\[[^\[\]\d]*\]\s*)+")
_NAME_AND_COMMA = re.compile(r"(?<=[,|;] )([A-Za-z]+_\w+), $")  # epoch 1, step 10, loss_train, 0.83
_KEY_OF_TUPLE = re.compile(r"(['\"]),\s*((?:np\.\w+\()?)$")  # ('loss', 0.5), ('loss', np.float32(0.5))
# A line that only tells the learning rate: "Updating learning rate to 1e-05", "lr set to 0.01".
_RATE_SET = re.compile(
    r"\b(?:updat|adjust|sett?|chang|anneal|decay)\w* (?:the )?(?:lr|learning[ _]rate)(?: of group \d+)? to\s*$"
    r"|\b(?:lr|learning[ _]rate) (?:(?:is|was|has been) )?(?:set|changed|updated|adjusted|decayed|annealed) to\s*$",
    re.IGNORECASE,
)
# How far an evaluation is: [Eval batch=3/40].
_EVALUATING = re.compile(r"(?:eval|val(?:id(?:ation)?)?|test)[ _](?:batch|step|iter(?:ation)?)", re.IGNORECASE)
_RATE = re.compile(r"(?:lr|learning[ _]rate)s?", re.IGNORECASE)
_GROUP = re.compile(r"\b(?:lr|learning[ _]rate) of group\s*$", re.IGNORECASE)
# R's optimizers: "initial  value 23.1", "final  value 2.1", of which no step is said.
_ENDING = re.compile(r"^\s*(?:initial|final)\s{2,}value\s*$")
_NETWORK = re.compile(
    r"\b(accuracy)(?: at epoch \d+)? of the (?:network|model) on (?:the )?(?:\d+ )?(\w+)", re.IGNORECASE
)
_AMOUNT = re.compile(r"\b(?:val\w*|test) (?:steps|batches)\s*[:=]\s*$", re.IGNORECASE)  # Val steps: 20
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_INSIDE = re.compile(r"^\s*\(\s*[a-z]+\.?\s*[:=]?\s*$", re.IGNORECASE)
_ENTRY = re.compile(r"[:.)]\s\"")  # of a list of names: 1: "age" NUMERICAL mean:38.6
_GLUE = ("_", "-")
_SPLIT_IN_BRACKETS = re.compile(r"[\[(]\s*[A-Za-z]+\s*:?\s*$")  # [Train 10/1882]
_KEY = re.compile(r"\s*:\s*['\"]")  # {0: 'conv', 1: 'pool'}
_UNBOUND = re.compile(r"it\s\[$")  # Training: 120it [00:30,  4.0it/s]
_AMOUNT_OF = re.compile(r"\s(?:on|over|with)$", re.IGNORECASE)
# What a score was taken on, and of how much of it: "Accuracy on the 4,500 validation images: 61.2 %".
_OVER_PART = re.compile(r"\s(?:on|over)(?: (?:the|all))*$", re.IGNORECASE)
_EXAMPLES_OF_PART = re.compile(
    r"^\s(train(?:ing)?|val(?:id(?:ation)?)?|dev|test)[ _-]?"
    r"(?:images|examples|samples|sentences|instances|points|set|data)\b(?=\s*(?:[:=]|is\b))",
    re.IGNORECASE,
)
_INDEX = re.compile(r"[\])]\s*[:=]\s*$")
_AT = re.compile(r"\sat\s$", re.IGNORECASE)
_LOSS = re.compile(r"(?:loss|cost|error)$", re.IGNORECASE)
_SAID = re.compile(r"\s*(?:[:=]|is|was)\s*", re.IGNORECASE)
_VALUE_NEXT = re.compile(r"[\])]*\s*(?:[:=]|->|\bis\b)\s*")  # Train loss epoch[3] = 0.5
# Train 3, loss: 0.5
_MEASURED_NEXT = re.compile(r"\s*[,|]\s*[A-Za-z_ ]{0,20}(?:loss|acc)[A-Za-z_ ]{0,12}[:=]", re.IGNORECASE)
_DOTS = re.compile(r"(?:^|(?<=[\s,;]))\.{2,}(?=[A-Za-z])")  # epoch 1,...train acc 0.3
# Errors that have the unit of what is predicted, which may be a time.
_ERROR_IN_UNITS = re.compile(r"(?:^|[\W_])(?:mae|rmse|mse|mape|rmsd|std_?err(?:or)?)$", re.IGNORECASE)
_TAGGED = re.compile(r"_[A-Za-z]\w*[:=]|_\d+x\d")
_ARROW = re.compile(r"\s*(?:[-=]+>|\u2192)")
_CHANGES = re.compile(r"\b(?:decreas|increas|improv|reduc|dropp|fell|rose)\w*$", re.IGNORECASE)
_SAVED_BEST = re.compile(r"\bbest (?:model|checkpoint|weights) (?:was |is )?saved with\b", re.IGNORECASE)
_NAMES_NEXT = re.compile(r"\s+(?:secs?|seconds?|minutes?)\s+", re.IGNORECASE)
_IMPROVES = re.compile(r"\bis (?:improv|decreas|increas|degrad)\w+\b[\w\s]*:\s*$", re.IGNORECASE)


@dataclass(slots=True)
class _State:
    """What has been read of a line so far."""

    split: str = ""
    carried: str = ""
    name: str = ""
    in_list: int = 0
    whole: bool = False
    opened: bool = False
    eaten: int = 0
    best: bool = False
    tail: int = 0


def read_slots(shape: Shape) -> list[Slot]:
    """Return one slot per number of the first line of a kind."""
    line, start = shape.line, fronts.own_words(shape.line)
    spans = spans_of(shape)
    ranks = {at for match in fronts.RANK.finditer(line[:start]) for at in (max(match.start(i) for i in (1, 2, 3)),)}
    slots: list[Slot] = []
    evaluates = words.EVALUATES.match(line[start:]) or fronts.BY_EVALUATION.search(line[:start])
    state = _State(split="val" if evaluates else "", best=names_best(line))
    done = start
    for i, (begin, end) in enumerate(spans):
        if begin < start:
            slots.append(Slot("rank" if begin in ranks else "front"))
            continue
        after = line[end : spans[i + 1][0] if i + 1 < len(spans) else len(line)]
        eaten = state.eaten if state.eaten <= begin else done  # it may have been eaten up to behind a total
        before = _NAME_AND_COMMA.sub(r"\1: ", line[max(done, eaten) : begin])
        before = _KEY_OF_TUPLE.sub(r"\1: \2", before)
        if ".." in before:
            before = _DOTS.sub("", before)
        if _OF.match(after) and i + 1 < len(spans):  # after 3 of 20 iterations: the word stands behind the total
            beyond = line[spans[i + 1][1] : spans[i + 2][0] if i + 2 < len(spans) else len(line)]
            found = words.counter_behind(beyond, before) if _is_whole(shape.tokens[i]) else None
            if found is not None and words.AFTER.search(before):
                state.eaten, state.carried = spans[i + 1][1] + found[1], carried_name(before)
                slots.append(Slot("counter", found[0], found[0], split=words.split_in(state.carried), why="named"))
                continue
        slots.append(_slot(i, before, after, line[start:begin], shape.tokens, slots, state, end))
        done = end
    put_legend(line, spans, slots)
    put_what_is_said_once(line, spans, slots)
    put_label(line[start:], slots)
    shares.drop_chains(line, spans, slots)
    shares.place_shares(line, spans, shape.tokens, slots)
    mark_clocks(shape, spans, start, slots)
    mark_bar(shape, spans, slots)
    shape.split = state.split
    return slots


def spans_of(shape: Shape) -> list[tuple[int, int]]:
    """Return where each number of the first line of a kind begins and ends."""
    spans, at = [], 0
    for text, token in zip(shape.raw, shape.tokens, strict=False):
        at += len(text)
        spans.append((at, at + len(token)))
        at += len(token)
    return spans


def _slot(
    i: int, before: str, after: str, all_before: str, tokens: list[str], slots: list[Slot], state: _State, end: int
) -> Slot:
    """Return the slot of number `i`, between the texts `before` and `after`."""
    unit = words.UNIT.match(after)
    if (total := _total(i, before, tokens, slots)) is not None:
        return total
    whole = _is_whole(tokens[i])
    if whole and state.best and counts_best(all_before, measured=any(slot.role == "value" for slot in slots)):
        return Slot("other", why="where the best value was")
    if whole and slots and slots[-1].role == "counter" and _RANGE.search(all_before):
        return Slot("other", why="the end of a range")
    kind = (unit.lastgroup or "") if unit else ""
    kind = "" if kind == "decibel" else kind  # of a measure: PSNR 25.1 dB SSIM 0.7
    if unit is not None:
        state.eaten = end + unit.end()
    behind = words.counter_behind(after, before) if whole else None
    if behind is not None:
        state.eaten = end + behind[1]
        state.carried = carried_name(before)
        return Slot("counter", behind[0], behind[0], split=state.split, why="named")
    counter = words.counter_before(before, first=not any(s.role not in ("front", "rank") for s in slots))
    if (
        counter is not None
        and whole
        and kind in ("", "percent", "amount")
        and not (kind == "amount" and after[:1] in "KMGT")
    ):
        kind_, front, split = counter
        if not _AMOUNT.search(before) or not any(slot.role == "counter" for slot in slots):
            _take_split(front, state, split)
        state.carried = carried_name(front, only=_VALUE_NEXT.fullmatch(after) is not None) or state.carried
        everywhere = re.search(r"global|updates?\b", before, re.IGNORECASE) is not None
        return Slot(
            "counter", kind_, kind_, split=state.split, why="named, of the whole run" if everywhere else "named"
        )
    if counter is not None and counter[0] == words.EPOCH and kind == "":
        return Slot("value", "epoch", paired=True)
    if before.strip() == "(" and slots[-1:] and slots[-1].role == "value" and _is_change(tokens[i - 1], tokens[i]):
        return Slot("other", why="the change since the value before it")
    return _measure(before, kind, all_before, tokens[i], slots, state, after, end)


def _is_change(value: str, inside: str) -> bool:
    """Tell whether what stands in brackets has a sign that the value before it has not: ``loss: 0.5 (-0.1)``."""
    return inside.startswith(("-", "+")) and not value.startswith(("-", "+"))


def _total(i: int, before: str, tokens: list[str], slots: list[Slot]) -> Slot | None:
    """Return the slot of the n of ``i/n``, if it is one."""
    if not slots or not _OF.match(before) or not _is_whole(tokens[i]) or not _is_whole(tokens[i - 1]):
        return None
    if slots[-1].role in ("front", "rank", "total"):
        return None
    slots[-1].of = i
    return Slot("total")


def _is_whole(token: str) -> bool:
    """Tell whether a number is whole as written, with commas between its thousands perhaps."""
    return token.isdigit() or _THOUSANDS.fullmatch(token) is not None


def _measure(
    before: str, kind: str, all_before: str, token: str, slots: list[Slot], state: _State, after: str, end: int
) -> Slot:
    """Return the slot of a number that is no named counter."""
    name, paired = name_in_front(before) if not before.endswith(_GLUE) else ("", False)
    whole = _is_whole(token)
    if (found := _no_measure(before, all_before, name, token, slots, state, after)) is not None:
        state.eaten = end + state.tail if state.tail else state.eaten
        state.tail = 0
        return found
    if " with " in name and any(slot.role == "counter" for slot in slots):  # Epoch 3 finished with loss 0.5
        done, _, name = name.partition(" with ")
        state.split = words.split_of(done) or state.split  # Epoch 3 evaluated with loss 0.6
    if whole and name and _INDEX.match(after) and before.rstrip()[-1:] in "[(" and words.is_measure(name):
        _take_split(before, state)
        state.carried = name
        return Slot("other", counter="?lead", split=state.split)  # Validation loss [3]: 0.5
    if whole and _AT.search(before) and _LOSS.search(name) and _SAID.fullmatch(after):
        state.carried = name
        return Slot("other", counter="?lead", split=state.split)  # Loss at 200 is 0.5
    window = window_of(before, after, token) if whole else None
    if window is not None:
        _take_split(before, state)
        state.carried, state.eaten = window[0], end + window[1]
        return Slot("other", window[0], why="how many a mean is over")
    if not name:
        return _unnamed(before, kind, all_before, whole, slots, state, after)
    if (whose := _NETWORK.search(all_before)) is not None and name.endswith(("images", "set", "data")):
        name, state.split = whose[1], words.split_of(whose[2])
    part = _EXAMPLES_OF_PART.match(after) if whole else None
    if part is not None and (score := _score_on(name)):
        state.carried, state.split, state.eaten = score, words.split_of(part[1]), end + part.end()
        return Slot("amount", name, why="how much data there is")
    if whole and _UNBOUND.match(after):
        return Slot("other", counter="?share" if not slots else "", why="how far a bar without a bound is")
    split = words.split_of(name)
    if not split:
        _take_split(before, state)
    elif (found := _behind_split(name, split, before, after, whole, slots, state)) is not None:
        return found
    state.carried, state.in_list = "", 0
    state.name, state.whole = name, whole
    if whole and not paired and after.strip() in (":", "=") and words.is_candidate(name):
        state.carried = f"{name} {token}"
        return Slot("other", name, why="part of a name")
    if kind == "rate" and not paired and words.is_measure(name) and re.search(r"\w\s*[:=]?\s*$", after):
        kind = ""  # the unit is the name of the number behind it: ``loss 0.5 it/s 9.1``
        state.eaten = 0
    if kind == "time" and not split and words.is_measure(name) and _NAMES_NEXT.fullmatch(after):
        kind, state.eaten = "", 0  # likewise: ``loss 0.5 seconds 9.1``
    if kind == "amount" and whole and _AMOUNT_OF.search(name):
        return Slot(kind, name, why="how much data there is")  # Validating on 450 tokens
    if kind == "time" and paired and _ERROR_IN_UNITS.search(name):
        kind = ""  # MAE=0.39s
    if kind in ("time", "rate") or (kind == "amount" and not words.is_measure(name)):
        return Slot(kind, name, paired=paired, why=f"a number with a unit of {'time' if kind == 'time' else kind}")
    if _QUOTED.search(before) and "{" in all_before:
        return Slot("value", name, paired=True, quoted=True, split=split or state.split)
    if words.is_time(name):
        return Slot("time", name, paired=paired, why="a time, a speed or an amount of memory by its name")
    return Slot("value", name, paired=paired, split=split or state.split)


def _no_measure(
    before: str, all_before: str, name: str, token: str, slots: list[Slot], state: _State, after: str
) -> Slot | None:
    """Return the slot of a number that is part of a word, or the best so far, or says what its words alone tell."""
    if _is_whole(token) and _EVALUATING.fullmatch(name) and after.strip() == "/":
        return Slot("other", name, why="how far an evaluation is")
    if _is_whole(token) and _GROUP.search(before):
        return Slot("other", why="the number of a group of parameters")
    if _is_whole(token) and _KEY.match(after) and before.rstrip()[-1:] in ("{", ",", ":"):
        return Slot("other", why="a key of the text behind it")
    if _RATE_SET.search(all_before):
        return Slot("value", "learning rate", paired=True)
    if _ENDING.search(before):
        return Slot("other", name, why="of the beginning or the end, not of a step")
    if before.endswith(_GLUE) and before.strip(" -–_"):
        score, tail = numbered_score(before, token, after)
        if score:
            state.carried, state.tail = score, tail
            _take_split(before, state)
        return Slot("other", why="part of a word")
    if _TAGGED.match(after) and (before[-1:] in ":=" or before.endswith(_GLUE)):
        return Slot("other", why="part of a word")  # net_batch:16_lr:0.1_gpus:1_64x64
    if _ARROW.match(after) and (_CHANGES.search(name) or _IMPROVES.search(all_before)):
        return Slot("other", name, why="the best value so far, before and after a change")
    if state.best and measures_best(all_before, name, frozenset(s.name for s in slots if s.role == "value")):
        return Slot("other", name, why="the best value so far")
    if _SAVED_BEST.search(all_before):
        return Slot("other", name, why="the best value so far, said when the weights were saved")
    return None


def _behind_split(
    name: str, split: str, before: str, after: str, whole: bool, slots: list[Slot], state: _State
) -> Slot | None:
    """Return the slot of a number whose name is that of a split, where it counts or tells how much data there is."""
    if after.startswith("%||"):  # Validation: 100%|####|
        state.split = split
    if not whole:
        inside = slots and slots[-1].role == "value" and _INSIDE.match(before)
        return Slot("value", slots[-1].name, paired=True, split=split) if inside else None  # loss 0.5 (val 0.6)
    if re.match(r"\s*\[\s*$", after):
        state.split = split
        return Slot("counter", words.EPOCH, words.EPOCH, split=split, why="it stands behind the name of a split")
    first = before.strip().lower() == name.lower() and not any(s.role not in ("front", "rank") for s in slots)
    if first and _MEASURED_NEXT.match(after):
        state.split = split
        return Slot("counter", words.EPOCH, words.EPOCH, split=split, why="it stands behind the name of a split")
    bracketed = before.rstrip().endswith(("[", "(")) or _SPLIT_IN_BRACKETS.search(before) is not None
    if (bracketed or name == "Evaluated") and re.match(r"\s*/", after):
        state.split = split
        return Slot("other", counter="?bracket", split=split)
    if before.endswith("(") and after.startswith(")"):  # validation(5000) loss=0.5
        state.split = split
        return Slot("other", name, why="how many examples the part of the data has")
    return None


def _score_on(name: str) -> str:
    """Return the score of a name that ends in what it was taken on, ``Accuracy on the``; "" of another."""
    score = _OVER_PART.sub("", name)
    return score if score != name and words.is_measure(score) else ""


def _unnamed(
    before: str, kind: str, all_before: str, whole: bool, slots: list[Slot], state: _State, after: str
) -> Slot:
    """Return the slot of a number before which no word stands: by its place."""
    _take_split(before, state)
    mark = " ".join(_IN_LIST.sub(",", before).split())
    last = slots[-1] if slots and slots[-1].role not in ("front", "rank") else None
    if kind in ("time", "rate", "amount"):
        return Slot(kind, why=f"a number with a unit of {kind}")
    if state.carried and mark.strip("[]() ") in (":", "=", "is", "is :", "is:", "", ":=", "=>", "->", "-", "was"):
        name, state.carried, state.name = state.carried, "", ""
        return Slot("value", name, paired=True, split=state.split)
    if last is not None and last.role == "time" and mark == "(" and whole and after == " ":
        state.opened = True
        return Slot("other", why="no word names it")  # 0m 41s (500 5%) 2.9
    if (
        last is not None
        and mark in ("(", "( ", "(avg", "(avg:", "(mean", "[avg")
        and last.role in ("value", "time", "average")
        and not (whole and _OF_BEHIND.match(after))
    ):
        if whole and after.strip() == "/":
            return Slot("other", why="a part of a total")
        return Slot("average", why="the average of the value before it")
    place = _place_that_counts(mark, after, all_before, last, kind) if whole else ""
    if place:
        return Slot("other", counter=place)
    if (
        last is not None
        and last.role == "value"
        and not last.paired
        and not whole
        and mark == ""
        and len(slots) > 0
        and state.whole
    ):
        last.role, last.counter, state.whole = "other", "?lead", False
        return Slot("value", last.name, split=last.split)
    if last is not None and last.role == "value" and last.name and mark in (",", "", "/", "|") and kind == "":
        state.in_list += 1
        if _RATE.fullmatch(state.name or last.name):  # lr: 1e-2/1e-1, the rates of two groups of parameters
            group = f"{state.name or last.name}/group {state.in_list + 1}"
            return Slot("value", group, paired=last.paired, quoted=last.quoted, split=last.split)
        return Slot("value", f"{state.name or last.name} {state.in_list + 1}", paired=last.paired, split=last.split)
    if kind == "percent" and last is not None:
        if mark == "" and last.role == "other" and not last.name and not last.counter and state.opened:
            last.counter = "?share"
        return Slot("progress", why="a share of the number before it")
    state.opened = whole and mark.endswith("(")
    return Slot("other", why="no word names it")


def _place_that_counts(mark: str, after: str, all_before: str, last: Slot | None, kind: str) -> str:
    """Return at which place that may count a whole number stands, "" where it stands at none."""
    leading = not re.search("[A-Za-z]", _TAG.sub("", all_before)) and last is None and not _ENTRY.match(after)
    if leading and not mark.endswith(("-", "+", ".")):
        return "?lead"
    if last is not None and (last.role in ("counter", "total") or last.counter) and _next_to(mark):
        return "?next"
    if mark.endswith(("[", "(")) and re.match(r"\s*/", after):
        return "?bracket"
    return "?ratio" if re.match(r"\s*/\s*\d*$", after) and kind == "" else ""


def _next_to(mark: str) -> bool:
    return mark in ("][", "] [", ",", ")(", ") (", "-", "|", "/", ":", "", "],[", "], [", "_", ".")


def _take_split(text: str, state: _State, split: str = "") -> None:
    found = [match[1] for match in words.SPLIT.finditer(text)]
    if not split and (evaluated := words.EVALUATED.search(text)) is not None:
        split = words.split_of(evaluated[1])
    if split or found:
        state.split = split or words.split_of(found[-1])
    elif re.match(r"^\s*\*\s+\w+@", text):
        state.split = "val"
