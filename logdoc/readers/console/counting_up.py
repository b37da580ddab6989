"""What the numbers of one kind of line are: counters by their place and how they grow, measures by what varies."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import words
from logdoc.readers.console.masking import varies
from logdoc.readers.console.naming import name_scores, tell_apart
from logdoc.readers.console.presets import of_catboost
from logdoc.readers.console.redraws import kept_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Shape
    from logdoc.readers.console.slot import Slot

# An entry of a printed configuration.
_SETTING = re.compile(r"^\s+[\w.]+:\s+\d+\s*$")
FINISHED = "finished"
_KERAS_END = re.compile(r"(\d+)/\1 - \d+m?s - ")  # what Keras prints of an epoch, or of an evaluation, with verbose=2
_SKIPPED = re.compile(
    r"(?:total )?skipped(?:[ _](?:steps|iterations|updates))?", re.IGNORECASE
)  # counts, and a measure
UNKNOWN = "under a name that is no known measure"
_COUNTS = re.compile(r"\b(?:epoch|iter(?:ation)?|step|fold|seed)s?\b", re.IGNORECASE)
_MOST_UNNAMED = 2  # curves under a count that nothing names; a table of more is one of other things
FEW_ALIKE = 3  # lines that are all the same; a program prints its settings once or twice
_SURE, _AGAINST = 20, -0.7  # rows, and the rank correlation of a loss with its accuracy
_FEW_ROWS = 6  # of a value and what stands in brackets behind it
_STILL = 0.5  # of the rows; an iteration goes on in nearly every one
_DENSE = 3  # states of a bar per epoch; fewer are its end, and what a signal printed
INNER = (words.STEP, words.BATCH)
_LARGEST_LABEL = 128  # processes; a leading number beyond that is no label of one


_TERMS = 2
_TERM = re.compile(
    r"(?:recons?|rec|kld?|ce|bce|mse|l[12]|nll|cls|box|bbox|obj|dfl|adv|cyc|reg|tv|perc(?:ep)?|style|content|pde|bc|ic|physics|data|residual|boundary"
    r"|commit|contrastive|distill|kd|aux)(?:[ _](?:loss|term))?|(?:learning[ _]rate|lr)",
    re.IGNORECASE,
)


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


def settle_pair(shape: Shape) -> None:
    """Let ``Batch 3/200`` be the epoch and the batch in it where the second number grows while the first one stands
    still, and falls only where that goes on: it is no total.
    """
    counters = [i for i, slot in enumerate(shape.slots) if slot.role == "counter"]
    if len(shape) < FEW_ALIKE or len(counters) != 1 or shape.slots[counters[0]].counter not in INNER:
        return
    outer = counters[0]
    inner = shape.slots[outer].of
    if inner < 0:
        return
    first, second = np.diff(shape.column(outer)), np.diff(shape.column(inner))
    still = first == 0
    if still.mean() >= _STILL and (first >= 0).all() and (second[still] > 0).all() and (second[~still] < 0).all():
        split = shape.slots[outer].split
        shape.slots[outer].counter = shape.slots[outer].name = words.EPOCH
        shape.slots[outer].of = -1
        shape.slots[inner].role, shape.slots[inner].split = "counter", split
        shape.slots[inner].counter = shape.slots[inner].name = words.BATCH
        shape.slots[inner].why = "it grows while the number before it stands still"


def settle_places(shape: Shape) -> None:
    """Decide on the numbers of which only their place says that they may count."""
    slots, keep = shape.slots, kept_rows(shape)
    asked = [i for i, slot in enumerate(slots) if slot.counter.startswith("?")]
    named = {slot.counter for slot in slots if slot.role == "counter"}
    for i, j in pairwise(asked):  # Train: [3/300][20/40]
        pair = slots[i].counter == "?bracket" and slots[j].counter == "?next" and j == i + 2 and slots[j].of >= 0
        if pair and shape.texts[j].strip() == "][":
            _count(slots, i, words.EPOCH, named, "the first of two numbers that count up to a bound each")
        elif not named & {words.EPOCH, *INNER} and _heads_bar(shape, i, j):
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
            if not named & {*INNER} and _counts_within(column, bound):
                _count(slots, i, words.BATCH, named, "it stands behind the epoch and starts again with it")
        elif kind == "?share" and not named and grows(column):
            _count(slots, i, words.STEP, named, "a share of the whole stands behind it, and it grows")
        elif kind in ("?bracket", "?bar", "?ratio") and not named & {*INNER, "episode", "timesteps"}:
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
    if slots[i].of >= 0 and _KERAS_END.match(shape.line) and np.array_equal(shape.column(i), shape.column(slots[i].of)):
        slots[i].why, slots[i].name = "a bar at its end", FINISHED
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
    elif of_catboost(shape):
        _count(slots, i, words.STEP, named, "the number of a round")  # which begins again with every fold


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


def settle_values(shape: Shape) -> None:
    """Decide which named numbers are measures; name those that nothing but their place names."""
    counted = any(slot.role == "counter" for slot in shape.slots)
    if (
        not counted
        and len(shape) <= FEW_ALIKE
        and _SETTING.match(shape.line)
        and not varies(shape.column(len(shape.tokens) - 1))
    ):
        shape.slots[-1].role, shape.slots[-1].why = "other", "a setting"
    name_scores(shape)
    _settle_total(shape, counted=counted)
    _settle_data(shape)
    _drop_opposites(shape)
    among = (
        not counted
        and len(shape) >= FEW_ALIKE
        and any(s.role == "value" and words.is_measure(s.name) for s in shape.slots)
    )
    for i, slot in enumerate(shape.slots):
        if slot.role != "value" or slot.quoted:
            continue
        if not words.is_candidate(slot.name):
            slot.role, slot.why = "other", "a best value, a limit or a setting by its name"
        elif not (words.is_measure(slot.name) or words.split_of(slot.name) or slot.name == "epoch"):
            fractions = _SKIPPED.fullmatch(slot.name) or "." in shape.tokens[i] or has_fractions(shape.column(i))
            known = counted or (among and (slot.paired or shape.texts[i + 1].startswith("%")))
            slot.role, slot.why = (slot.role, slot.why) if known and fractions else ("other", UNKNOWN)
    if counted and not any(slot.role == "value" for slot in shape.slots):
        free = [
            i
            for i, slot in enumerate(shape.slots)
            if slot.role == "other" and not slot.name and has_fractions(shape.column(i)) and "*" not in shape.tokens[i]
        ]
        if (
            0 < len(free) <= _MOST_UNNAMED
            and all(i in free or not varies(shape.column(i)) for i, s in enumerate(shape.slots) if s.role == "other")
            and not re.search("[A-Za-z]{3}", words.SPLIT.sub("", _COUNTS.sub("", " ".join(shape.texts))))
        ):
            for i, name in zip(free, _names_of_bare(shape, free), strict=True):
                shape.slots[i].role, shape.slots[i].name = "value", name
                shape.slots[i].why, shape.slots[i].split = "it stands behind a number that counts", shape.split
    tell_apart(shape)


def _names_of_bare(shape: Shape, free: list[int]) -> list[str]:
    """Return what the numbers behind a count are that nothing names: one that falls is the loss, but for a share in
    percent, which falls as well; beside it a share of one that rises as it falls, row by row, is the accuracy.
    """
    columns = [shape.column(i) for i in free]
    if len(free) == 1:
        percent = shape.texts[free[0] + 1].lstrip().startswith("%")
        return ["loss" if not percent and _falls(columns[0]) else "value"]
    loss, share = columns
    known = np.isfinite(loss) & np.isfinite(share)
    if (
        np.count_nonzero(known) >= _SURE
        and _falls(loss)
        and share[known].min() >= 0
        and share[known].max() <= 1
        and np.corrcoef(loss[known].argsort().argsort(), share[known].argsort().argsort())[0, 1] <= _AGAINST
    ):
        return ["loss", "accuracy"]
    return [f"value {number}" for number in range(1, len(free) + 1)]


def _settle_total(shape: Shape, *, counted: bool) -> None:
    """Read a ``total: 1.55`` as what is minimised where it is all that a line says beside its counters, or stands
    beside losses; among times it is their sum.
    """
    said = [(i, slot) for i, slot in enumerate(shape.slots) if slot.role in ("value", "time", "rate", "amount")]
    totals = [(i, slot) for i, slot in said if slot.role == "time" and slot.paired and slot.name.lower() == "total"]
    others = [slot for _, slot in said if all(slot is not total for _, total in totals)]
    of_losses = bool(others) and all(slot.role == "value" and "loss" in slot.name.lower() for slot in others)
    terms = [slot for slot in others if not words.split_of(slot.name)]
    of_losses = of_losses or (len(terms) >= _TERMS and all(_TERM.fullmatch(slot.name) for slot in terms))
    if len(totals) != 1 or not (of_losses or (counted and not others)):
        return
    i, slot = totals[0]
    if has_fractions(shape.column(i)):
        slot.role, slot.quoted, slot.why = "value", True, ""
        slot.name = "total loss" if of_losses else slot.name


def _drop_opposites(shape: Shape) -> None:
    """Take no number in brackets for the average of the value before it that moves against it, row by row:
    ``val loss 0.5 (0.81)``, a loss and a share of what is right.
    """
    for i, slot in enumerate(shape.slots):
        if slot.role != "average" or len(shape) < _FEW_ROWS:
            continue
        value, inside = shape.column(i - 1), shape.column(i)
        known = np.isfinite(value) & np.isfinite(inside)
        moved = varies(value[known]) and varies(inside[known])
        if np.count_nonzero(known) < _FEW_ROWS or not moved:
            continue
        order = [column[known].argsort().argsort() for column in (value, inside)]
        if np.corrcoef(order[0], order[1])[0, 1] <= _AGAINST:
            slot.role, slot.why = "other", "it moves against the value before it"


def _settle_data(shape: Shape) -> None:
    """Read a ``Data: 0.12`` beside a loss as a term of it, where nothing else in the line is a time: as the time that
    loading took it stands beside that of a step.
    """
    timed = [slot for slot in shape.slots if slot.role in ("time", "rate", "amount")]
    lost = any(slot.role == "value" and "loss" in slot.name.lower() for slot in shape.slots)
    if len(timed) == 1 and lost and timed[0].paired and timed[0].name.lower() == "data":
        timed[0].role, timed[0].why = "value", ""


def _falls(column: NDArray[np.float64]) -> bool:
    """Tell whether a curve that nothing names behaves as a loss: never negative, its second half lower."""
    finite = column[np.isfinite(column)]
    half = finite.size // 2
    return half > 0 and finite.min() >= 0 and bool(np.median(finite[half:]) < np.median(finite[:half]))


def has_fractions(column: NDArray[np.float64]) -> bool:
    """Tell whether one of the numbers, float64[rows], is not whole, or none is finite."""
    finite = column[np.isfinite(column)]
    return finite.size == 0 or bool(np.any(finite != np.floor(finite)))
