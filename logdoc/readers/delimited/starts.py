"""Several trainings that were appended to one table, each under a header of its own."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Defect
from logdoc.model.notes import LEFT_OUT, STEPS
from logdoc.readers.starts import again
from logdoc.readers.tables.axes import known_counter
from logdoc.readers.tables.column import NUMBER, TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.readers.delimited.records import Table
    from logdoc.readers.tables.column import Column

_FEWEST = 3  # rows; a shorter start was broken off
_MOST = 1_000  # starts; more are something else


def runs_in(table: Table, source: str) -> list[Table]:
    """Return the trainings of a table, one where it holds a single one.

    A header inside begins one where a counter is back at its beginning below it and none is beyond where it was; where
    they count on, the training was resumed.

    Args:
        table: as read.
        source: the file, as it is shown.
    """
    counters = [column for column in table.columns if known_counter(column.name) and not column.count(TEXT)]
    begins = [0]
    for head in table.heads[:_MOST]:
        if begins[-1] < head < table.rows and _anew(counters, begins[-1], head):
            begins.append(head)
    # What stands behind the last start that is looked at is no one training: it is left out, not judged as one.
    end = table.heads[_MOST] if len(begins) > _MOST < len(table.heads) else table.rows
    spans = [span for span in pairwise([*begins, end]) if span[1] - span[0] >= _FEWEST]
    if len(begins) == 1 or not spans:
        return [table]
    runs = [_rows(table, *span) for span in spans]
    for i, run in enumerate(runs, 1):
        run.defects = list(table.defects)
        if len(runs) > 1:
            run.defects.append(Defect(source, again(i, len(runs)), f"row {spans[i - 1][0] + 1:,}", id=STEPS))
    if end < table.rows:
        what = f"more than {_MOST:,} starts; the last {table.rows - end:,} rows are beyond them and were left out"
        runs[0].defects.append(Defect(source, what, f"row {end + 1:,}", id=LEFT_OUT))
    if (left := end - sum(run.rows for run in runs)) > 0:
        starts = len(begins) - len(runs)
        short = "1 start" if starts == 1 else f"{starts} starts"
        what = f"{short} of fewer than {_FEWEST} rows ({left} in all) broke off at once and were left out"
        runs[0].defects.append(Defect(source, what, id=LEFT_OUT))
    return runs


def _anew(counters: Sequence[Column], begin: int, head: int) -> bool:
    """Tell whether counters start again below a header: one of them at its beginning, and none beyond its last value.

    Args:
        counters: of the table.
        begin: the row at which the training above began.
        head: the row below the header.
    """
    back = False
    for column in counters:
        at, values = column.places(), column.numbers()
        first, row = (int(place) for place in np.searchsorted(at, (begin, head)))
        if row >= at.size or row == first or not np.isfinite(values[[first, row - 1, row]]).all():
            continue
        if values[row] > values[row - 1] and row - first > 1:
            return False
        back = back or bool(values[row] <= values[first])
    return back


def _rows(table: Table, begin: int, end: int) -> Table:
    inside = np.zeros(table.rows, dtype=np.bool_)
    inside[begin:end] = True
    columns = [column.select(inside) for column in table.columns]
    filled = [column for column in columns if column.count(NUMBER) or column.count(TEXT)]
    return replace(table, columns=filled, rows=end - begin, heads=[])
