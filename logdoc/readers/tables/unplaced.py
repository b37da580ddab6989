"""Rows whose count was lost: what they logged stands at no step of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.tables.column import TEXT

if TYPE_CHECKING:
    from logdoc.readers.tables.column import Column


_AT_THE_BEGINNING = 3  # fewer rows in front of the first count may be an evaluation before the training


def lost_rows(column: Column) -> tuple[str, ...]:
    """Return a sentence for every kind of cell of a counter that cost its row the step."""
    return (*_endless(column), *_unplaced(column))


def _endless(column: Column) -> tuple[str, ...]:
    """Tell the cells of a counter that hold more digits than any counter does: their rows stand at no step of their own
    and replace those of the row before. Other texts there are headings of rows, such as ``test`` or ``best``.
    """
    if column.texts is None or column.state is None:
        return ()
    texts = [column.texts[i].strip() for i in np.flatnonzero(column.state == TEXT).tolist()]
    digits = [len(text.lstrip("-")) for text in texts if text.lstrip("-").isdecimal()]
    if not digits:
        return ()
    rows = "1 row holds" if len(digits) == 1 else f"{len(digits)} rows hold"
    return (f"{rows} a number of up to {max(digits)} digits in '{column.name}'; what was logged there has no step",)


def _unplaced(column: Column) -> tuple[str, ...]:
    """Tell the rows without a count for which the counts around leave room: 1, 2, ?, 4. They are no rows of another
    kind that share the count of the row before, so theirs was lost, and what they logged
    replaces that of another.
    """
    at = np.flatnonzero(column.logged() & np.isfinite(column.values))
    apart, steps = np.diff(at), np.diff(column.values[at])
    between = steps[apart == 1]
    if not between.size or between.size == len(column) - 1:
        return ()
    stride = float(np.median(between))
    room = (apart > 1) & (steps == apart * stride) & (stride > 0)
    count = int((apart[room] - 1).sum())
    begin, first = int(at[0]), float(column.values[at[0]])
    if begin >= _AT_THE_BEGINNING and first in (begin * stride, (begin + 1) * stride):
        count += begin
    if not count:
        return ()
    rows = "1 row stands" if count == 1 else f"{count:,} rows stand"
    return (f"{rows} where the counts around leave room, and hold no number in '{column.name}'; that was lost",)
