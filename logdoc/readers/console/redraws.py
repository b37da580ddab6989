"""Bars that are drawn over themselves: which of their states are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Shape

# A state of the bar of Keras, which goes on in its line.
STATE = re.compile("ETA|\u2501{3}.*\\ds/(?:step|epoch)|\u2501{3}.*[mu\u00b5]s/(?:step|epoch)")
FEW_EPOCHS = 1  # within so few the states of a bar are the curve; in more, they say a validation again
# A bar of the validation that follows an epoch, in a line that does not say which.
_HELD_OUT = re.compile(r"\s*(?:val|valid|validat\w+|eval|evaluat\w+|test|testing)\b", re.IGNORECASE)
_INNER = (words.STEP, words.BATCH)


def kept_rows(shape: Shape) -> NDArray[np.bool_]:
    """Return bool[rows]: of a bar that is drawn over itself while an epoch lasts, the last state only."""
    at = np.frombuffer(shape.at, dtype=np.int64)
    keep = np.ones(at.size, dtype=np.bool_)
    outer = [i for i, slot in enumerate(shape.slots) if slot.role == "counter" and slot.counter == words.EPOCH]
    bar = any(slot.counter == "?bar" or slot.role == "progress" for slot in shape.slots)
    own = STATE.search(shape.line) or (bar and _HELD_OUT.match(shape.line))
    if at.size > 1 and not outer and own and np.unique(at).size > 1:
        keep[:-1] = at[1:] != at[:-1]
    elif at.size > 1 and outer and bar:
        epochs = shape.column(outer[0])
        if np.unique(epochs).size <= FEW_EPOCHS:
            return _without_redraws(shape, keep)
        keep[:-1] = (at[1:] != at[:-1]) | (epochs[1:] != epochs[:-1])
        if (again := _again(shape, epochs)) is not None:
            keep[:-1] &= ~again
    return keep


def _again(shape: Shape, epochs: NDArray[np.float64]) -> NDArray[np.bool_] | None:
    """Return bool[rows - 1]: where a bar that has a line for each of its states is drawn again at the same step; None
    for a bar that is not drawn more often than its steps are counted.
    """
    inner = next((i for i, slot in enumerate(shape.slots) if slot.counter in (*_INNER, "?bar") and slot.of >= 0), None)
    if inner is None:
        return None
    again: NDArray[np.bool_] = (np.diff(epochs) == 0) & (np.diff(shape.column(inner)) == 0)
    return again if 2 * int(np.count_nonzero(again)) >= again.size else None


def _without_redraws(shape: Shape, keep: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return bool[rows]: of a bar that is drawn twice for each of its steps, once before the loss of the step is put in
    its text and once behind, the second.
    """
    inner = next((i for i, slot in enumerate(shape.slots) if slot.role == "counter" and slot.counter in _INNER), None)
    if inner is None:
        return keep
    again = np.diff(shape.column(inner)) == 0
    twice = bool(again.any()) and not bool((again[1:] & again[:-1]).any())
    if twice and 2 * int(np.count_nonzero(again)) >= again.size - 1:
        keep[:-1] &= ~again
    return keep
