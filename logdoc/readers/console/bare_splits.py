"""Lines in which a split alone names a number, ``12 train 0.53``: is it a loss or a score?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import words
from logdoc.readers.console.masking import varies

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Grammar, Shape
    from logdoc.readers.console.slot import Slot

_BEST = "best"
_SEVERAL = 3  # numbers
_FOLD = 4  # times at least that a best value changes in a fold, to once where the next one begins
_ALL = 100  # per cent
_LARGE = 1000  # examples; no loss of a mean is printed without a point and as large
_MANY, _ONE_BY_ONE = 6, 0.8  # rows; of them, that are one beyond the row before
_HALF, _RISING = 0.5, 0.6  # where a share of what is right begins below and ends above; of its changes, that rise
_FALLEN = 1.05  # times the end, of a loss that falls
_FACTOR = 1.5  # between two losses of one course


def settle_bare_splits(grammar: Grammar) -> None:
    """Where bare split names are all that is measured (``12 train 0.53``), they are the loss; else a score.

    They are a score as well where the best value so far, printed beside them, only rises.
    """
    rows = [shape for shape in grammar.shapes if shape.kind == "row"]
    for shape in rows:
        for i, slot in enumerate(shape.slots):
            if slot.role != "value" or not words.split_of(slot.name):
                continue
            if _counts(shape, i):
                slot.role, slot.name, slot.counter, slot.why = "counter", words.STEP, words.STEP, "rises by one"
            elif _goes_up_by_one(shape, i) or _starts_again(shape, i):
                slot.role, slot.why = "other", "rises by one, as what counts already"
            elif _shows_progress(shape, i):
                slot.role, slot.why = "progress", "how far the part of the data is gone through"
                _place_behind(shape, i)
            elif _counts_something(shape, i):
                slot.role, slot.why = "other", "a whole number behind the name of a split"  # Eval 3 at step 900
                if shape.texts[i + 1].lstrip().startswith("%"):
                    _place_behind(shape, i)  # Epoch 3 [val: 100%] loss: 0.5
    values = [slot for shape in rows for slot in shape.slots if slot.role == "value"]
    bare = [slot for slot in values if words.split_of(slot.name)]
    if not bare:
        return
    lost = any("loss" in slot.name.lower() for slot in values)
    again = any("loss" in slot.name.lower() and not _is_held_out(slot) for slot in values)
    score = (
        (lost and not _lie_at_the_loss(rows) and not _fall_with_the_loss(rows))
        or _best_rises(rows)
        or (not lost and _shares_rise(rows))
    )
    for shape in rows:
        for i, slot in enumerate(shape.slots):
            if slot.role != "value" or not words.split_of(slot.name):
                continue
            if again and not score and words.split_of(slot.name) == "train":
                slot.role, slot.why = "other", "the loss of training once more, at an evaluation"
            else:
                slot.name = f"{words.split_of(slot.name)} {_kind_of_metric(shape.column(i)) if score else 'loss'}"
                slot.split = ""


def _place_behind(shape: Shape, i: int) -> None:
    """Let what stands behind how far a part of the data is gone through be of that part, where it names no other."""
    part = words.split_of(shape.slots[i].name)
    for slot in shape.slots[i + 1 :]:
        if slot.role == "value" and not slot.split and not words.split_in(slot.name):
            slot.split = part


def _is_held_out(slot: Slot) -> bool:
    return (slot.split or words.split_in(slot.name)) in ("val", "test")


def _shows_progress(shape: Shape, i: int) -> bool:
    """Tell whether whole numbers of percent fall from 100 only, again and again: ``Epoch 3 [train: 50%]``."""
    column = shape.column(i)
    if not shape.texts[i + 1].lstrip().startswith("%") or not _is_whole(column) or column.max(initial=0) > _ALL:
        return False
    falls = np.diff(column) < 0
    return bool(falls.any() and (column[:-1][falls] == _ALL).all())


def _counts_something(shape: Shape, i: int) -> bool:
    """Tell whether what stands behind the name of a split is a whole number that is no loss: it has no colon, or is
    printed without a point and never moves, as the number of the subject that a network is tested on, or is said once
    and large, as the number of examples: ``Train: 680291 (2010-2023)``.
    """
    column = shape.column(i)
    if not _is_whole(column):
        return False
    if len(shape) == 1 and shape.tokens[i].isdigit() and column[0] > _LARGE:
        return True
    still = len(shape) >= _SEVERAL and shape.tokens[i].isdigit() and column[0] > 0 and not varies(column)
    return not shape.slots[i].paired or still


def _lie_at_the_loss(rows: list[Shape]) -> bool:
    """Tell whether what stands behind the names of splits is the loss that other lines name: it begins where that does
    and ends where that does, and both fall; one of held-out data may end elsewhere beside one of training.
    """
    named = [
        (shape.column(i), slot.name) for shape in rows for i, slot in enumerate(shape.slots) if slot.role == "value"
    ]
    bare = [(words.split_of(name), *_ends(column)) for column, name in named if words.split_of(name)]
    apart = any(split == "train" for split, _, _ in bare)
    losses = [_ends(column) for column, name in named if "loss" in name.lower() and column.size >= _SEVERAL]
    return bool(losses) and all(
        min(first, last) > 0
        and (first > last or (apart and split != "train"))
        and any(_near(first, begin) and (_near(last, end) or (apart and split != "train")) for begin, end in losses)
        for split, first, last in bare
    )


def _fall_with_the_loss(rows: list[Shape]) -> bool:
    """Tell whether what stands behind the name of a held-out split alone, ``loss 0.5, val 0.4``, falls as the loss in
    its line does; a score would rise meanwhile.
    """
    found = []
    for shape in rows:
        values = [(slot.name, shape.column(i)) for i, slot in enumerate(shape.slots) if slot.role == "value"]
        losses = [column for name, column in values if "loss" in name.lower()]
        bare = [(words.split_of(name), column) for name, column in values if words.split_of(name)]
        if len(losses) == 1:
            found += [part in ("val", "test") and _both_fall(column, losses[0]) for part, column in bare]
        else:
            found += [False for _ in bare]
    return bool(found) and all(found)


def _both_fall(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    known = np.isfinite(one) & np.isfinite(other)
    if np.count_nonzero(known) < _MANY or not (varies(one[known]) and varies(other[known])):
        return False
    (begin, end), (top, low) = _ends(one), _ends(other)
    order = [column[known].argsort().argsort() for column in (one, other)]
    falls = begin > _FALLEN * end > 0 and top > _FALLEN * low > 0
    return falls and float(np.corrcoef(order[0], order[1])[0, 1]) >= _RISING


def _ends(column: NDArray[np.float64]) -> tuple[float, float]:
    """Return the first number of a column and the median of its last ones, zeros where there are too few."""
    known = column[np.isfinite(column)]
    return (float(known[0]), float(np.median(known[-_SEVERAL:]))) if known.size >= _SEVERAL else (0.0, 0.0)


def _near(one: float, other: float) -> bool:
    return other > 0 and max(one / other, other / one) < _FACTOR


def _counts(shape: Shape, i: int) -> bool:
    """Tell whether a number behind the name of a split counts the batches: ``train: 17 @ epoch:0/2 loss: 3.1``."""
    if any(slot.role == "counter" and slot.counter in (words.STEP, words.BATCH) for slot in shape.slots):
        return False
    return _goes_up_by_one(shape, i)


def _starts_again(shape: Shape, i: int) -> bool:
    """Tell whether whole numbers beside a measure rise by one from row to row, or start again where they began."""
    column = shape.column(i)
    measured = any(slot.role == "value" and not words.split_of(slot.name) for slot in shape.slots)
    if not measured or column.size < _MANY or not _is_whole(column) or not shape.tokens[i].isdigit():
        return False
    further = np.diff(column) == 1
    return bool(further.any() and (further | (column[1:] == column[0])).all())


def _goes_up_by_one(shape: Shape, i: int) -> bool:
    """Tell whether whole numbers beside a measure rise by one from row to row."""
    column = shape.column(i)
    measured = any(slot.role == "value" and not words.split_of(slot.name) for slot in shape.slots)
    return (
        measured and column.size >= _MANY and _is_whole(column) and float(np.mean(np.diff(column) == 1)) > _ONE_BY_ONE
    )


def _is_whole(column: NDArray[np.float64]) -> bool:
    return bool(np.isfinite(column).all() and (column == np.floor(column)).all())


def _best_rises(rows: list[Shape]) -> bool:
    """Tell whether the best value so far is the largest: what it is the best of lies below it now and then and never
    above, or it rises from row to row and never falls, as it may where the next fold of a cross-validation begins.
    """
    below = [part for shape in rows for part in _below_best(shape)]
    if len(below) >= _SEVERAL and min(below) >= 0 and max(below) > 0:
        return True
    points = [
        (line, value)
        for shape in rows
        for i, slot in enumerate(shape.slots)
        if slot.name == _BEST and slot.role != "value"
        for line, value in zip(shape.at, shape.column(i).tolist(), strict=True)
    ]
    change = np.diff([value for _, value in sorted(points)])
    rises, falls = int(np.count_nonzero(change > 0)), int(np.count_nonzero(change < 0))
    return rises > 0 and falls * _FOLD <= rises


def _below_best(shape: Shape) -> list[float]:
    """Return by how much the values of the held-out set, named by its split alone, lie below the best of their rows."""
    best = [i for i, slot in enumerate(shape.slots) if slot.name == _BEST and slot.role != "value"]
    held_out = [
        i for i, slot in enumerate(shape.slots) if slot.role == "value" and words.split_of(slot.name) in ("val", "test")
    ]
    if len(best) != 1 or len(held_out) != 1:
        return []
    below = shape.column(best[0]) - shape.column(held_out[0])
    return [float(part) for part in below[np.isfinite(below)]]


def _shares_rise(rows: list[Shape]) -> bool:
    """Tell whether all that stands behind the names of splits are shares that rise from a start below a half."""
    columns = [
        shape.column(i)
        for shape in rows
        for i, slot in enumerate(shape.slots)
        if slot.role == "value" and words.split_of(slot.name) and len(shape) >= _MANY
    ]
    return bool(columns) and all(
        bool(np.isfinite(column).all())
        and 0 <= column.min() <= column.max() <= 1
        and column[0] < _HALF < np.median(column[-_SEVERAL:])
        and np.mean(np.diff(column) >= 0) >= _RISING
        for column in columns
    )


def _kind_of_metric(column: NDArray[np.float64]) -> str:
    finite = column[np.isfinite(column)]
    return "accuracy" if finite.size and finite.min() >= 0 and finite.max() <= 100 else "score"
