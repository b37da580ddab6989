"""Several trainings that were appended to one table, each under a header of its own."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Defect
from logdoc.model.notes import LEFT_OUT, STEPS
from logdoc.readers.starts import again, starts_in
from logdoc.readers.tables.axes import known_counter
from logdoc.readers.tables.column import NUMBER, TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.readers.delimited.records import Table
    from logdoc.readers.tables.column import Column

_FEWEST = 3  # rows; a shorter start was broken off
_LONG = 20  # rows of a start that nothing counts
_LEAP = 4  # times the value before
_FALLEN = 0.7  # of where a start began, where it ends; right behind its beginning it is not there yet
_HEIGHT = 0.1  # of each other, within which untrained weights begin
_MOST = 1_000  # starts; more are something else


def runs_in(table: Table, source: str) -> list[Table]:
    """Return the trainings of a table, one where it holds a single one.

    A header inside begins one where a counter is back at its beginning below it and none is beyond where it was; where
    they count on, the training was resumed. Without a header a last start that is shorter than one before it begins
    one, too: it has not taken its place.

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
    if len(table.columns) == 1 and len(begins) == 1:
        begins += _falls_again(table.columns[0].values)
    if not table.heads and len(table.columns) > 1:
        begins = _shorter_again(table)
    spans = [span for span in pairwise([*begins, end]) if span[1] - span[0] >= _FEWEST]
    if len(begins) == 1 or not spans:
        return [table]
    runs = [_rows(table, *span) for span in spans]
    how = "" if table.heads or len(table.columns) > 1 else ", told by a loss that is back at one height and falls again"
    for i, run in enumerate(runs, 1):
        run.defects = list(table.defects)
        if len(runs) > 1:
            run.defects.append(Defect(source, again(i, len(runs)) + how, f"row {spans[i - 1][0] + 1:,}", id=STEPS))
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


def _shorter_again(table: Table) -> list[int]:
    """Return where each training of a table begins whose last start has fewer rows than one before it; a column that
    numbers them has them told apart elsewhere.
    """
    begins = starts_in(table.columns, [dict.fromkeys(table.names())] * table.rows)
    spans = list(pairwise([*begins, table.rows]))
    rows = [end - begin for begin, end in spans]
    if len(begins) == 1 or rows[-1] >= max(rows) or any(_numbers(column, spans) for column in table.columns):
        return [0]
    return begins


def _numbers(column: Column, spans: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a column stands at one value within each start and at another in the next."""
    said = [np.unique(column.values[begin:end]) for begin, end in spans]
    return all(mine.size == 1 and np.isfinite(mine[0]) for mine in said) and len({float(m[0]) for m in said}) > 1


def _falls_again(values: NDArray[np.float64]) -> list[int]:
    """Return where a lone column of losses begins anew: it leaps up, twice or more to about the same height, and falls
    from there row by row, as it did before. A bad batch is gone at the next row.
    """
    if values.size < 3 * _LONG or not np.isfinite(values).all() or values.min() <= 0:
        return []
    leaps = (np.flatnonzero(values[1:] > _LEAP * values[:-1]) + 1).tolist()
    edges = [0, *leaps, values.size]
    if not 2 <= len(leaps) <= _MOST or min(np.diff(edges)) < _LONG:
        return []
    for begin, end in pairwise(edges):
        near, last = float(np.median(values[begin : begin + 5])), float(np.median(values[end - 5 : end]))
        if near < _FALLEN * values[begin] or last > _FALLEN * values[begin]:
            return []
    heights = values[leaps]
    return leaps if heights.max() <= (1 + _HEIGHT) * heights.min() else []


def _rows(table: Table, begin: int, end: int) -> Table:
    inside = np.zeros(table.rows, dtype=np.bool_)
    inside[begin:end] = True
    columns = [column.select(inside) for column in table.columns]
    filled = [column for column in columns if column.count(NUMBER) or column.count(TEXT)]
    return replace(table, columns=filled, rows=end - begin, heads=[])
