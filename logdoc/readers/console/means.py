"""Epochs that nothing calls so, and lines that say once for an epoch what others say several times in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console.counting_up import INNER
from logdoc.readers.console.fronts import own_words
from logdoc.readers.console.words import EPOCH, STEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Shape

_PER_MEAN = 2  # lines in an epoch, on average, to one that sums it up
_BLOCKS = 0.8  # of the lines that count; so many have rows below them
_FEWEST = 3  # lines that count
# "[1/20]", "tick: 3", "1/20 - 5.0%"
_LONE = re.compile(r"(?:[A-Za-z]+\s*[:=]?\s*|[^\w.%]*)\d+(?:\s*/\s*\d+)?(?:[\s(|-]+[\d.]+\s?%)?[^\w.%]*")
_LEADS = "it leads the line and grows"


def count_leading_epochs(shapes: Sequence[Shape]) -> None:
    """Let a number that leads its line count epochs where it stays for several lines and takes the very values that
    another line calls epochs: ``[1/20] Loss: 0.5``, ``Finished epoch 1, loss 0.4``; and where it rises by one whenever
    the iterations of other lines begin anew: ``batch 100 loss 0.5``, ``1 - val loss 0.6``.
    """
    rounds = [_begins(shape) for shape in shapes if shape.kind == "row"]
    named = [_column(shape, EPOCH) for shape in shapes if shape.kind in ("row", "state")]
    epochs = [set(column.tolist()) for column in named if column.size > 1]
    for shape in shapes:
        lead = next((i for i, slot in enumerate(shape.slots) if slot.role == "counter" and slot.why == _LEADS), None)
        if shape.kind != "row" or lead is None or shape.slots[lead].counter != STEP:
            continue
        values = set(shape.column(lead).tolist())
        by_one = len(shape) >= _FEWEST and bool((np.diff(shape.column(lead)) == 1).all())
        closes = by_one and len(shape) in rounds
        if closes or (_PER_MEAN * len(values) <= len(shape) and values in epochs):
            shape.slots[lead].counter = shape.slots[lead].name = EPOCH


def count_lone_numbers(shapes: Sequence[Shape]) -> None:
    """Let a number that stands alone on its line, and rises there, count epochs for what stands below it where no word
    of the log counts any: ``[1/20]`` above ``train loss 0.5``; likewise behind one word that no table knows.
    """
    if any(slot.role == "counter" for shape in shapes if shape.kind in ("row", "state") for slot in shape.slots):
        return
    rows = np.sort(np.concatenate([np.empty(0), *(shape.at for shape in shapes if shape.kind == "row")]))
    for shape in shapes:
        own = shape.line[own_words(shape.line) :]
        place = next((i for i, slot in enumerate(shape.slots) if slot.role != "front"), None)
        if shape.kind != "talk" or shape.why or place is None or len(shape) < _FEWEST or not _LONE.fullmatch(own):
            continue
        column, at = shape.column(place), np.array(shape.at, dtype=np.int64)
        ends = np.append(at[1:], np.iinfo(np.int64).max)
        heads = np.searchsorted(rows, ends) > np.searchsorted(rows, at)
        if bool((np.diff(column) > 0).all()) and bool((column % 1 == 0).all()) and heads.mean() >= _BLOCKS:
            slot = shape.slots[place]
            slot.role, slot.counter, slot.name, slot.why = "counter", EPOCH, EPOCH, "named by nothing, above rows"
            shape.kind = "state"
            return


def part_means(shapes: Sequence[Shape]) -> None:
    """Give what is said of a whole epoch a name of its own beside what is said within it without a count."""
    rows = [shape for shape in shapes if shape.kind == "row" and not _counts_within(shape)]
    counted = [(shape, column) for shape in rows if (column := _column(shape, EPOCH)).size > 1]
    within = {
        (slot.name, slot.split)
        for shape, column in counted
        if _PER_MEAN * np.unique(column).size <= column.size
        for slot in shape.slots
        if slot.role == "value"
    }
    for shape, column in counted if within else ():
        for slot in shape.slots if bool((np.diff(column) > 0).all()) else ():
            if slot.role == "value" and (slot.name, slot.split) in within:
                slot.name = f"epoch {slot.name}"


def _begins(shape: Shape) -> int:
    """Return how often the iterations of a line begin: once, and whenever they fall back; 0 where none are counted."""
    counted = next((i for i, slot in enumerate(shape.slots) if slot.role == "counter" and slot.counter in INNER), None)
    return 0 if counted is None else 1 + int(np.count_nonzero(np.diff(shape.column(counted)) < 0))


def _counts_within(shape: Shape) -> bool:
    return any(slot.role == "counter" and slot.counter in INNER for slot in shape.slots)


def _column(shape: Shape, kind: str) -> NDArray[np.float64]:
    """Return float64[rows], what a line counts of a kind; nothing where it does not."""
    found = next((i for i, slot in enumerate(shape.slots) if slot.role == "counter" and slot.counter == kind), None)
    return np.empty(0) if found is None else shape.column(found)
