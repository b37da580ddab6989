"""Messages that say in words that a number is none: they are no rows of measures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import words

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Shape

WHY = "a sentence that says that a number is none"
NAME = "nan iterations"
_FEW = 3  # lines; a row comes more often than a message


def is_sentence(shape: Shape) -> bool:
    """Tell whether a line was said once or twice, of a measure that is NaN, with words behind: it is no row; nor is one
    that says so of no measure, ``batch 3 of epoch 2 gave NaN loss and is skipped``, however often.
    """
    values = [i for i, slot in enumerate(shape.slots) if slot.role == "value"]
    unnamed = not any(shape.slots[i].paired or words.is_measure(shape.slots[i].name) for i in values)
    return (
        len(values) > 0
        and ((len(values) == len(shape.tokens) and len(shape) < _FEW) or unnamed)
        and not any(np.isfinite(shape.column(i)).any() for i in values)
        and re.search(r"[A-Za-z]{3}", shape.texts[-1]) is not None
    )


def nan_iterations(shapes: Iterable[Shape], ends: array[int]) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Return how many messages of a batch whose loss is NaN stand above each row since the one before it; None where no
    message names its batch.

    Args:
        ends: the line of each row.
    """
    lines = [np.frombuffer(s.at, dtype=np.int64) for s in shapes if s.why == WHY and _names_iteration(s)]
    if not lines or not len(ends):
        return None
    at = np.minimum(np.searchsorted(np.array(ends), np.concatenate(lines), side="left"), len(ends) - 1)
    return np.arange(len(ends)), np.bincount(at, minlength=len(ends)).astype(np.float64)


def _names_iteration(shape: Shape) -> bool:
    counted = any(slot.role == "counter" and slot.counter in (words.STEP, words.BATCH) for slot in shape.slots)
    return counted and re.search(r"\b(?:nan|inf)\b", shape.line, re.IGNORECASE) is not None
