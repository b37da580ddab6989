"""Tables that lie on their side: a row for each measure and a column for each epoch, as pandas writes a history of
which the keys became the index: ``,0,1,2`` or ``metric,0,1,2``, ``loss,0.9,0.7,0.6``, ``val_loss,1.0,0.8,0.7``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.tables.column import NUMBER, TEXT, Column
from logdoc.readers.tables.measures import has_measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.readers.delimited.records import Table

_FEWEST = 3  # columns that are counted
_MOST = 100  # measures; more rows than that are the course of something
_COUNTED = re.compile(r"(epoch|step|iter|iteration|round)?[ _-]?(\d+)", re.IGNORECASE)


def turned(table: Table) -> Table | None:
    """Return a table with a column for each measure and a row for each of its counted columns; None for another.

    Rows that are named after measures alone do not tell it: the columns of a table of results are models. What stands
    above must be a count, 0, 1, 2 or epoch 1, epoch 2.
    """
    first, *others = table.columns
    if first.texts is None or len(others) < _FEWEST or table.rows > _MOST:
        return None
    names = [text.strip() for text in first.texts]
    counts, counter, begin = _counts(table, others, names)
    names = names[begin:]
    if counts is None or not bool((np.diff(counts) == 1).all()) or len(set(names)) < len(names):
        return None
    if 2 * sum(map(has_measure, names)) < len(names) or any(column.count(TEXT) for column in others):
        return None
    columns = [Column(counter, counts), *(_row(name, others, begin + i) for i, name in enumerate(names))]
    header = tuple(column.name for column in columns)
    return replace(table, columns=columns, rows=len(others), dialect=replace(table.dialect, header=header), heads=[])


def _counts(
    table: Table, columns: Sequence[Column], names: Sequence[str]
) -> tuple[NDArray[np.float64] | None, str, int]:
    """Return float64[columns], what each is counted by, the name of that count, and the first row of measures."""
    if not table.dialect.header:
        known = len(names) > 1 and not has_measure(names[0])
        return (np.array([column.values[0] for column in columns]) if known else None), "column 1", 1
    found = [_COUNTED.fullmatch(column.name) for column in columns]
    said = [match for match in found if match]
    if len(said) < len(found):
        return None, "", 0
    return np.array([float(match[2]) for match in said]), said[0][1] or "column 1", 0


def _row(name: str, columns: Sequence[Column], row: int) -> Column:
    values = np.array([column.values[row] for column in columns])
    logged = np.array([column.state is None or column.state[row] == NUMBER for column in columns], dtype=np.bool_)
    column = Column(name, values)
    return column if logged.all() else column.only(name, logged)
