"""Numbers of a line that are parts of a clock time or a date, or say how far a progress bar is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.readers.console import words
from logdoc.readers.console.slot import Slot

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Shape

_COUNTED = re.compile(r"\s*(?:[\d.]+[kKMG]?/[\d.]|\[)")  # 4/9 [00:01<..


def mark_clocks(shape: Shape, spans: list[tuple[int, int]], start: int, slots: list[Slot]) -> None:
    """Mark the parts of durations and clock times, ``1:17:23``, and of dates."""
    for match in re.finditer(
        r"(?<![\d.@])\d+(?::\d\d)+(?:[.,]\d+)?(?![\d:])|\d{4}-\d\d-\d\d|\d+(?:[dhm]\s?\d+)+[hms]", shape.line
    ):
        if match.start() < start or (":" in match[0] and len(match[0].split(":")[0]) > 3):
            continue
        for i, (begin, _) in enumerate(spans):
            if match.start() <= begin < match.end():
                slots[i] = Slot("time", slots[i].name, why="part of a time")


def mark_bar(shape: Shape, spans: list[tuple[int, int]], slots: list[Slot]) -> None:
    """Mark what a progress bar says of itself: how far it is, of how much, and its speed."""
    drawn = re.search(r"%\s?\|\||\[=\]|\[[=>.]+\]|[\u2500-\u259f]{3,}", shape.line)
    counted = drawn is not None and _COUNTED.match(shape.line, drawn.end()) is not None
    if drawn is None or (drawn[0].startswith("%") and _of_measure(drawn.start(), spans, slots, counted=counted)):
        return
    for i, (_, end) in enumerate(spans):
        if shape.line[end : end + 1] == "%" and abs(end - drawn.start()) <= 1:
            slots[i] = Slot("progress", why="how far the bar is")
        elif slots[i].of >= 0 and slots[i].role in ("other", "value") and not words.is_measure(slots[i].name):
            closed = shape.line[spans[slots[i].of][1] :].startswith(")")
            slots[i] = (
                Slot("other", why="a part of a total") if closed else Slot("other", counter="?bar", of=slots[i].of)
            )
        elif shape.line[end : end + 1] == "%" and not slots[i].name:
            slots[i] = Slot("progress", why="how far the bar is")


def _of_measure(at: int, spans: list[tuple[int, int]], slots: list[Slot], *, counted: bool) -> bool:
    """Tell whether the percentage that ends at a place is a measure between bars, ``accuracy 93.1% || lr 0.1``: where
    it is `counted` behind a bar how far it is, what a colon follows in front of it describes the bar.
    """
    slot = next((slot for slot, (_, end) in zip(slots, spans, strict=True) if end == at), Slot())
    measured = slot.role == "value" and words.is_measure(slot.name) and not words.split_of(slot.name)
    return measured and not (slot.paired and counted)
