"""Messages that say in words that a number is none: they are no rows of measures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import words

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Shape

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
