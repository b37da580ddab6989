"""What the numbers of a kind of line are, decided by how they behave over all lines of that kind.

A number that only grows, or grows up to its bound and starts again, counts; one that stays the same beside one that
grows does not; a measure varies or has fractions. What the words of a line leave open is settled here.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import fronts, words
from logdoc.readers.console.bare_splits import settle_bare_splits
from logdoc.readers.console.boxes import WIDEST, box_of
from logdoc.readers.console.headers import read_pair, read_repeated, read_table
from logdoc.readers.console.masking import varies
from logdoc.readers.console.naming import tell_apart
from logdoc.readers.console.presets import known_of, of_one_batch, place_evaluations
from logdoc.readers.console.program_text import is_program_text, is_statement
from logdoc.readers.console.redraws import FEW_EPOCHS, STATE, kept_rows
from logdoc.readers.console.sentences import WHY, is_sentence
from logdoc.readers.console.slots import Slot, read_slots, spans_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Grammar, Shape

# An entry of a printed configuration.
_SETTING = re.compile(r"^\s+[\w.]+:\s+\d+\s*$")
_NO_SPEED = re.compile(r"<\?, +\?(?:it|s)/(?:s|it)\b")  # of the first states of a bar of tqdm
FINISHED = "finished"
_SKIPPED = re.compile(
    r"(?:total )?skipped(?:[ _](?:steps|iterations|updates))?", re.IGNORECASE
)  # counts, and a measure
_UNKNOWN = "under a name that is no known measure"
_COUNTS = re.compile(r"\b(?:epoch|iter(?:ation)?|step|fold|seed)s?\b", re.IGNORECASE)
_MOST_UNNAMED = 2  # curves under a count that nothing names; a table of more is one of other things
_FEW = 3  # lines that are all the same; a program prints its settings once or twice
_DENSE = 3  # states of a bar per epoch; fewer are its end, and what a signal printed
_INNER = (words.STEP, words.BATCH)
_APART = ("part of a time", "counted already")  # why a number in front of the one that counts is passed over
_LARGEST_LABEL = 128  # processes; a leading number beyond that is no label of one


def settle(grammar: Grammar) -> None:
    """Work out the slots of all shapes, and what kind of line each is.

    Kinds: ``row`` (measures, perhaps with counters), ``state`` (counters only), ``section`` (names a split),
    ``box`` and ``group`` (lines of a table drawn with bars), ``code``, ``talk``.
    """
    for shape in grammar.shapes:
        shape.kind = _kind(shape)
    read_repeated(grammar.shapes)
    _keep_corroborated(grammar)
    _count_as_siblings(grammar)
    _keep_blocks(grammar)
    _drop_unfinished(grammar)
    _drop_lone_fractions(grammar)
    place_evaluations([shape for shape in grammar.shapes if shape.kind == "row"])
    settle_bare_splits(grammar)


def _kind(shape: Shape) -> str:
    box = box_of(shape.line)
    if box is not None and re.search("[A-Za-z]", box[1]):
        return "box" if shape.tokens and box[2] == shape.tokens[-1] else "group"
    if len(shape) < _FEW and words.OF_KEPT.match(shape.line):
        shape.slots = [Slot() for _ in shape.tokens]
        return "section"
    if words.SECTION.match(shape.line[fronts.own_words(shape.line) :]):
        shape.slots = [Slot("front") for _ in shape.tokens]
        return "section"
    if not shape.tokens:
        if words.REPEATED.search(shape.line):
            return "repeat"
        return "talk"
    if of_one_batch(shape):
        shape.slots = [Slot() for _ in shape.tokens]
        shape.why = "of one layer and one batch; several make an iteration"
        return "talk"
    known = known_of(shape) or read_pair(shape)
    if known is not None:
        shape.slots = known
        return "row"
    shape.slots = read_slots(shape)
    named = any(slot.role == "counter" for slot in shape.slots)
    words_of_values = any(slot.role == "value" and words.is_measure(slot.name) for slot in shape.slots)
    if not named and not words_of_values and (table := read_table(shape)) is not None:
        shape.slots = table
    if {"train_runtime", "train_loss"} <= {slot.name for slot in shape.slots}:
        shape.why = "the summary at the end of a training"
        return "talk"
    _drop_idle(shape)
    _settle_places(shape)
    if is_program_text(shape):
        shape.why = "program text"
        return "code"
    _settle_values(shape)
    if is_sentence(shape):
        shape.why = WHY
        return "talk"
    roles = {slot.role for slot in shape.slots}
    if "value" in roles:
        return "row"
    return "state" if _is_state(shape) else "talk"


def _keep_corroborated(grammar: Grammar) -> None:
    """Read a line that alone looked like program text, ``loss = 2.3, step = 1``, where rows of the log say the same."""
    known = {_said(shape) for shape in grammar.shapes if shape.kind == "row" and len(shape) >= _FEW}
    for shape in grammar.shapes:
        if shape.kind == "code" and len(shape) == 1 and not is_statement(shape.line) and _said(shape) in known:
            _settle_values(shape)
            shape.kind, shape.why = "row", ""


def _count_as_siblings(grammar: Grammar) -> None:
    """Let the number that leads a line count where it does so in lines that measure the same.

    A unit of time that changes makes a kind of its own of the last line of every run in the file (``remaining: 0us``),
    and in that kind the number always is the same.
    """
    rows = [shape for shape in grammar.shapes if shape.kind == "row" and shape.slots]
    led = {_measured(shape): shape.slots[0] for shape in rows if shape.slots[0].role == "counter"}
    for shape in rows:
        first, known = shape.slots[0], led.get(_measured(shape))
        if known is not None and first.role == "other" and not first.name and _is_whole(shape.column(0)):
            first.role, first.counter, first.name, first.why = "counter", known.counter, known.name, known.why


def _measured(shape: Shape) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return what stands before the first number of a line, and what the line measures."""
    return shape.texts[0], tuple((slot.name, slot.split) for slot in shape.slots if slot.role == "value")


def _is_whole(column: NDArray[np.float64]) -> bool:
    return bool(np.isfinite(column).all() and (column == np.floor(column)).all() and column.min(initial=0) >= 0)


def _keep_blocks(grammar: Grammar) -> None:
    """Read lines of one number each under a name that no table knows, where they are of blocks: as often as the line
    that counts for those below it.
    """
    blocks = {len(shape) for shape in grammar.shapes if shape.kind == "state" and len(shape) >= _FEW}
    for shape in grammar.shapes:
        if shape.kind != "talk" or len(shape) not in blocks or shape.why:
            continue
        named = [i for i, slot in enumerate(shape.slots) if slot.role != "front"]
        slot = shape.slots[named[0]] if len(named) == 1 else None
        if slot is not None and slot.why == _UNKNOWN and slot.paired and _has_fractions(shape.column(named[0])):
            slot.role, slot.why, shape.kind = "value", "", "row"


def _said(shape: Shape) -> tuple[tuple[str, str], ...]:
    """Return what a line counts and measures, by names."""
    return tuple((slot.role, slot.name) for slot in shape.slots if slot.role in ("counter", "value"))


def _drop_unfinished(grammar: Grammar) -> None:
    """Leave out the states of a bar that was drawn over until another kind of line, the result, stood in its place."""
    rows = [shape for shape in grammar.shapes if shape.kind == "row"]
    drawn = [shape for shape in rows if STATE.search(shape.line) and FEW_EPOCHS < len(set(shape.at)) < len(shape)]
    for shape in drawn:
        at = set(shape.at)
        if any(
            other is not shape and "ETA" not in other.line and len(set(other.at)) == len(other) and at <= set(other.at)
            for other in rows
        ):
            shape.kind, shape.why = "talk", "states of a bar whose end was read"
    for shape in rows:
        if _NO_SPEED.search(shape.line) and any(_goes_on(shape, other) for other in rows if other is not shape):
            shape.kind, shape.why = "talk", "first states of a bar whose end was read"


def _goes_on(begun: Shape, other: Shape) -> bool:
    """Tell whether a bar whose speed was unknown at first is read in each of its epochs when it has one."""
    outer = [i for i, slot in enumerate(begun.slots) if slot.role == "counter" and slot.counter == words.EPOCH]
    if not outer or _measured(begun) != _measured(other) or _NO_SPEED.search(other.line):
        return False
    epochs = np.unique(begun.column(outer[0])).size
    return FEW_EPOCHS < epochs <= len(other)


def _drop_lone_fractions(grammar: Grammar) -> None:
    """Leave out ``loss: 2/1667`` where the other lines say ``loss: 0.1667``: a damaged point makes no share."""
    rows = [shape for shape in grammar.shapes if shape.kind == "row"]
    often = [slot for shape in rows if len(shape) >= _FEW for slot in shape.slots]
    plain = {slot.name for slot in often if slot.role == "value" and slot.of < 0}
    for shape in rows:
        for slot in shape.slots:
            if len(shape) < _FEW and slot.role == "value" and slot.of >= 0 and slot.name in plain:
                slot.role, slot.why = "other", "a fraction where other lines have a number"


def _is_state(shape: Shape) -> bool:
    """Tell whether a line without a measure counts for those below it: it begins with a word that counts."""
    if len(shape.line) >= WIDEST:
        return False
    first = next((i for i in range(len(shape.slots)) if not _says_nothing(shape, i)), -1)
    if (
        first < 0
        or shape.slots[first].role != "counter"
        or not shape.slots[first].why.startswith(("named", "it stands behind"))
    ):
        return False
    held_out = shape.slots[first].split in ("val", "test")
    for slot in shape.slots:
        if held_out and slot.role == "counter" and slot.counter != words.EPOCH:
            slot.role, slot.why = "other", "counts the validation"
    spans = spans_of(shape)
    begin = spans[first - 1][1] if any(slot.why in _APART for slot in shape.slots[:first]) else 0
    before = shape.line[max(begin, fronts.own_words(shape.line)) : spans[first][0]]
    return words.opens_rows(before) and any(slot.role == "counter" for slot in shape.slots)


def _says_nothing(shape: Shape, i: int) -> bool:
    """Tell whether a number before the first that counts is of no account: of the front, a bar, the date, none."""
    slot = shape.slots[i]
    return slot.role in ("front", "rank", "progress", "total") or slot.why in _APART or _is_none(shape, i)


def _is_none(shape: Shape, i: int) -> bool:
    """Tell whether a number without a name is NaN wherever it stands: ``became infinite or NaN at iteration=703``."""
    return shape.slots[i].role == "other" and not shape.slots[i].name and not np.isfinite(shape.column(i)).any()


def _drop_idle(shape: Shape) -> None:
    """Demote counters that count nothing: that stay the same, or are no whole numbers."""
    counters = [i for i, slot in enumerate(shape.slots) if slot.role == "counter"]
    for i in counters:
        column = shape.column(i)
        if not np.isfinite(column).all() or np.any(column != np.floor(column)):
            shape.slots[i] = Slot("other", shape.slots[i].name, why="not always a whole number")
    counters = [i for i in counters if shape.slots[i].role == "counter"]
    varied = [i for i in counters if varies(shape.column(i))]
    for i in counters:
        if i not in varied and varied and len(shape) > 1 and shape.slots[i].counter in _INNER:
            shape.slots[i] = Slot("other", shape.slots[i].name, why="stays the same while another counts")
    seen: set[str] = set()
    for i in sorted(counters, key=lambda i: not shape.slots[i].why.endswith("whole run")):
        if shape.slots[i].role == "counter" and shape.slots[i].counter in seen:
            shape.slots[i] = Slot("other", shape.slots[i].name, why="counted already")
        seen.add(shape.slots[i].counter)


def grows(column: NDArray[np.float64], bound: NDArray[np.float64] | None = None) -> bool:
    """Tell whether whole numbers count: they grow from row to row, but for jumps back to where they began.

    Args:
        column: float64[rows].
        bound: float64[rows], the n of ``i/n``; a bounded number may start again at every other row.
    """
    if column.size < 2 or not np.isfinite(column).all() or np.any(column != np.floor(column)) or column.min() < -1:
        return False
    bound = None if bound is not None and np.any(column > bound + 1) else bound
    change = np.diff(column)
    back = int(np.count_nonzero(change < 0))
    if not np.any(change > 0):
        return False
    if back <= 0.1 * change.size:
        return True
    starts = column[1:][change < 0]
    again = bool((starts <= np.quantile(column, 0.5)).all())
    return again and (back <= 0.5 * change.size or bound is not None)


def _settle_places(shape: Shape) -> None:
    """Decide on the numbers of which only their place says that they may count."""
    slots, keep = shape.slots, kept_rows(shape)
    asked = [i for i, slot in enumerate(slots) if slot.counter.startswith("?")]
    named = {slot.counter for slot in slots if slot.role == "counter"}
    for i, j in pairwise(asked):  # Train: [3/300][20/40]
        pair = slots[i].counter == "?bracket" and slots[j].counter == "?next" and j == i + 2 and slots[j].of >= 0
        if pair and shape.texts[j].strip() == "][":
            _count(slots, i, words.EPOCH, named, "the first of two numbers that count up to a bound each")
        elif not named & {words.EPOCH, *_INNER} and _heads_bar(shape, i, j):
            _count(slots, i, words.EPOCH, named, "it counts up to its bound, and a bar behind it starts again with it")
            keep = kept_rows(shape)
    asked = [i for i in asked if slots[i].counter.startswith("?")]
    for i in asked:
        kind, slots[i].counter = slots[i].counter, ""
        column = shape.column(i)[keep]
        bound = shape.column(slots[i].of)[keep] if slots[i].of >= 0 else None
        if kind == "?lead":
            _settle_lead(shape, keep, i, named, asked)
        elif kind == "?next" and slots[i - (1 if slots[i - 1].role != "total" else 2)].role == "counter":
            if not named & {*_INNER} and _counts_within(column, bound):
                _count(slots, i, words.BATCH, named, "it stands behind the epoch and starts again with it")
        elif kind == "?share" and not named and grows(column):
            _count(slots, i, words.STEP, named, "a share of the whole stands behind it, and it grows")
        elif kind in ("?bracket", "?bar", "?ratio") and not named & {*_INNER, "episode", "timesteps"}:
            _settle_bounded(shape, column, bound, i, named, kind)


def _heads_bar(shape: Shape, i: int, j: int) -> bool:
    """Tell whether a number in front of a bar counts epochs: ``[fold_1] 003/200: 50%|##  | 2/4``."""
    slots = shape.slots
    if slots[i].counter not in ("?ratio", "?lead", "?bar") or slots[j].counter != "?bar":
        return False
    if min(slots[i].of, slots[j].of) < 0:
        return False
    epoch, bound = shape.column(i), shape.column(slots[i].of)
    further, back = np.diff(epoch), np.diff(shape.column(j)) < 0
    return bool((epoch <= bound).all()) and varies(epoch) and bool((further >= 0).all() and (further[back] > 0).all())


def _settle_lead(shape: Shape, keep: NDArray[np.bool_], i: int, named: set[str], asked: list[int]) -> None:
    """Decide on the number that leads the line: a label of the process, an epoch beside an iteration, or a step."""
    slots, column = shape.slots, shape.column(i)[keep]
    if named == {"episode"} and slots[i].of >= 0 and grows(column, shape.column(slots[i].of)[keep]):
        _count(slots, i, words.STEP, named, "it leads the line and grows up to its bound")  # Keras-RL
        return
    if named:
        if _is_label(column):
            slots[i].role, slots[i].why = "rank", "a label in front of every line"
        return
    pair = i + (2 if slots[i].of >= 0 else 1)
    inner = next((j for j in asked if j == pair and slots[j].counter == "?next"), None)
    if inner is not None and _is_pair(column, shape.column(inner)[keep]):
        _count(slots, i, words.EPOCH, named, "the first of two numbers that count")
    elif grows(column, shape.column(slots[i].of)[keep] if slots[i].of >= 0 else None) or (
        len(shape) == 1 and any(slot.role == "value" for slot in slots)
    ):
        _count(slots, i, words.STEP, named, "it leads the line and grows")


def _settle_bounded(
    shape: Shape, column: NDArray[np.float64], bound: NDArray[np.float64] | None, i: int, named: set[str], kind: str
) -> None:
    """Decide on the i of an ``i/n`` in brackets, in a bar or at the end of a line."""
    slot = shape.slots[i]
    if (kind == "?ratio" and bound is None) or (
        kind == "?bar" and words.EPOCH in named and not _is_dense(shape, column.size)
    ):
        return
    if kind == "?bar" and bound is not None and np.array_equal(column, bound):
        slot.why, slot.name = "a bar at its end", FINISHED
        return
    if grows(column, bound) or (slot.split and varies(column)) or (len(shape) == 1 and kind == "?bracket"):
        inner = words.BATCH if words.EPOCH in named or kind != "?bracket" else words.STEP
        chosen = words.STEP if kind == "?bar" and not named else inner
        _count(shape.slots, i, chosen, named, "it grows up to its bound")


def _is_label(column: NDArray[np.float64]) -> bool:
    """Tell whether a number in front of lines is that of the process that printed them: few, small, by turns."""
    if column.size < 2 or column.min() < 0 or column.max() >= _LARGEST_LABEL or not varies(column):
        return False
    return 2 * np.unique(column).size <= column.size and bool(np.any(np.diff(column) < 0))


def _is_dense(shape: Shape, rows: int) -> bool:
    """Tell whether a bar was printed often within an epoch, and not only when one ended."""
    epoch = next(i for i, slot in enumerate(shape.slots) if slot.role == "counter" and slot.counter == words.EPOCH)
    return rows >= _DENSE * np.unique(shape.column(epoch)).size


def _is_pair(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    """Tell whether two numbers are an epoch and a number within it."""
    if np.any(first != np.floor(first)) or np.any(second != np.floor(second)) or first.size < 2:
        return first.size == 1
    return bool((np.diff(first) >= 0).mean() >= 0.9) and (varies(first) or grows(second))


def _counts_within(column: NDArray[np.float64], bound: NDArray[np.float64] | None) -> bool:
    if not np.isfinite(column).all() or np.any(column != np.floor(column)) or column.min(initial=0) < 0:
        return False
    if bound is not None and np.any(column > bound + 1):
        return False
    return column.size == 1 or varies(column)


def _count(slots: list[Slot], i: int, kind: str, named: set[str], why: str) -> None:
    slots[i].role, slots[i].counter, slots[i].name, slots[i].why = "counter", kind, kind, why
    named.add(kind)


def _settle_values(shape: Shape) -> None:
    """Decide which named numbers are measures; name those that nothing but their place names."""
    counted = any(slot.role == "counter" for slot in shape.slots)
    if (
        not counted
        and len(shape) <= _FEW
        and _SETTING.match(shape.line)
        and not varies(shape.column(len(shape.tokens) - 1))
    ):
        shape.slots[-1].role, shape.slots[-1].why = "other", "a setting"
    for i, slot in enumerate(shape.slots):
        if slot.role != "value" or slot.quoted:
            continue
        if not words.is_candidate(slot.name):
            slot.role, slot.why = "other", "a best value, a limit or a setting by its name"
        elif not (words.is_measure(slot.name) or words.split_of(slot.name) or slot.name == "epoch"):
            fractions = _SKIPPED.fullmatch(slot.name) or "." in shape.tokens[i] or _has_fractions(shape.column(i))
            slot.role, slot.why = (slot.role, slot.why) if counted and fractions else ("other", _UNKNOWN)
    if counted and not any(slot.role == "value" for slot in shape.slots):
        free = [
            i
            for i, slot in enumerate(shape.slots)
            if slot.role == "other" and not slot.name and _has_fractions(shape.column(i)) and "*" not in shape.tokens[i]
        ]
        if (
            0 < len(free) <= _MOST_UNNAMED
            and all(i in free or not varies(shape.column(i)) for i, s in enumerate(shape.slots) if s.role == "other")
            and not re.search("[A-Za-z]{3}", _COUNTS.sub("", " ".join(shape.texts)))
        ):
            for number, i in enumerate(free, 1):
                name = "loss" if len(free) == 1 and _falls(shape.column(i)) else "value"
                shape.slots[i].role, shape.slots[i].name = "value", name if len(free) == 1 else f"{name} {number}"
                shape.slots[i].why = "it stands behind a number that counts"
    tell_apart(shape)


def _falls(column: NDArray[np.float64]) -> bool:
    """Tell whether a curve that nothing names behaves as a loss: never negative, its second half lower."""
    finite = column[np.isfinite(column)]
    half = finite.size // 2
    return half > 0 and finite.min() >= 0 and bool(np.median(finite[half:]) < np.median(finite[:half]))


def _has_fractions(column: NDArray[np.float64]) -> bool:
    finite = column[np.isfinite(column)]
    return finite.size == 0 or bool(np.any(finite != np.floor(finite)))
