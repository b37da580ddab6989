"""Lines that name no part of the data and belong to that of the line above: `` * ERR 24.7 LOSS 0.105`` behind lines of
a test, ``Accuracy: 0.81`` behind ``Validation loss: 0.6``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Grammar, Shape

SCORE = re.compile(
    r"(?:\w+[ _-])?(?:acc(?:uracy)?|f1|auc|m?iou|dice|precision|recall|bleu|prec(?:@\d+)?|top[ _-]?\d)(?:[ _-]score)?",
    re.IGNORECASE,
)
_STARRED = re.compile(r"\s*\*{1,3}\s+[A-Za-z]")
_MOSTLY = 0.8  # of its lines
_HELD_OUT = ("val", "test")


def place_summaries(grammar: Grammar) -> None:
    """Let a starred line of measures without a count belong to validation where the row above it does, nearly always:
    so the ImageNet example of PyTorch and what was made of it end a validation. A line of scores alone belongs to the
    part of the data that the line right above it names, where neither counts.
    """
    shapes = grammar.shapes
    summaries = [i for i, shape in enumerate(shapes) if shape.kind == "row" and _sums_up(shape)]
    if not summaries:
        return
    order = np.frombuffer(grammar.order, dtype=f"i{grammar.order.itemsize}")
    rows = order[np.array([shape.kind == "row" for shape in shapes], dtype=np.bool_)[order]]
    held_out = np.array([_is_held_out(shape) for shape in shapes], dtype=np.bool_)
    uncounted = np.array([all(slot.role != "counter" for slot in shape.slots) for shape in shapes], dtype=np.bool_)
    for place in summaries:
        starred = _STARRED.match(shapes[place].line) is not None
        lines = rows if starred else order
        at = np.flatnonzero(lines == place)
        above = lines[at[at > 0] - 1]
        near = held_out[above] if starred else held_out[above] & uncounted[above]
        if above.size and above.size >= _MOSTLY * at.size and near.mean() >= _MOSTLY:
            part = "val" if starred else _part_of(shapes[int(above[0])])
            for slot in shapes[place].slots:
                slot.split = part if slot.role == "value" else slot.split


def _sums_up(shape: Shape) -> bool:
    """Tell whether a row says neither a count nor a part of the data, and is starred or of scores alone."""
    plain = not any(slot.split or slot.role == "counter" for slot in shape.slots)
    named = [slot.name for slot in shape.slots if slot.role == "value"]
    scores = all(SCORE.fullmatch(name) is not None for name in named)
    return plain and (_STARRED.match(shape.line) is not None or (bool(named) and scores))


def _part_of(shape: Shape) -> str:
    return next((slot.split for slot in shape.slots if slot.role == "value" and slot.split), "")


def _is_held_out(shape: Shape) -> bool:
    splits = {slot.split for slot in shape.slots if slot.role == "value"}
    return bool(splits) and splits <= set(_HELD_OUT)
