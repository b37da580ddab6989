"""Lines that sum up those above, `` * ERR 24.7 LOSS 0.105`` behind lines of a test: of the same part of the data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Grammar, Shape

_STARRED = re.compile(r"\s*\*{1,3}\s+[A-Za-z]")
_MOSTLY = 0.8  # of its lines
_HELD_OUT = ("val", "test")


def place_summaries(grammar: Grammar) -> None:
    """Let a starred line of measures without a count belong to validation where the row above it does, nearly always.

    So the ImageNet example of PyTorch and what was made of it end a validation.
    """
    shapes = grammar.shapes
    summaries = [i for i, shape in enumerate(shapes) if shape.kind == "row" and _sums_up(shape)]
    if not summaries:
        return
    order = np.frombuffer(grammar.order, dtype=f"i{grammar.order.itemsize}")
    order = order[np.array([shape.kind == "row" for shape in shapes], dtype=np.bool_)[order]]
    held_out = np.array([_is_held_out(shape) for shape in shapes], dtype=np.bool_)
    for place in summaries:
        at = np.flatnonzero(order == place)
        above = order[at[at > 0] - 1]
        if above.size and above.size >= _MOSTLY * at.size and held_out[above].mean() >= _MOSTLY:
            for slot in shapes[place].slots:
                slot.split = "val" if slot.role == "value" else slot.split


def _sums_up(shape: Shape) -> bool:
    plain = not any(slot.split or slot.role == "counter" for slot in shape.slots)
    return plain and _STARRED.match(shape.line) is not None


def _is_held_out(shape: Shape) -> bool:
    splits = {slot.split for slot in shape.slots if slot.role == "value"}
    return bool(splits) and splits <= set(_HELD_OUT)
