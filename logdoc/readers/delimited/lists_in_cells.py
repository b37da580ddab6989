"""Tables whose cells hold whole curves, ``"[0.27, 0.21, 0.14]"``: a run for every row."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.delimited.cells import parse_cells
from logdoc.readers.files import shown_path
from logdoc.readers.tables.axes import known_counter
from logdoc.readers.tables.column import NUMBER, TEXT
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.wide import Piece, arrange_wide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.readers.delimited.records import Table
    from logdoc.readers.tables.column import Column

_LIST = re.compile(r"\s*[\[(](.*)[\])]\s*", re.DOTALL)
_BETWEEN = re.compile(r"\s*[,;]\s*|\s+")
_FEWEST = 3  # numbers of a curve
_MOSTLY = 0.8  # of the rows
_MOST = 10_000  # rows; each is a run


def arrange_lists(table: Table) -> list[Piece]:
    """Return the curves of each row of a table that holds lists of numbers under the names of measures; none of another
    table, and none of one whose rows are counted.
    """
    columns = table.columns
    if table.rows > _MOST or any(known_counter(column.name) and not column.count(TEXT) for column in columns):
        return []
    lists = {
        column.name: curves
        for column in columns
        if column.texts is not None and has_measure(column.name) and (curves := _lists(column.name, column.texts))
    }
    if not lists:
        return []
    key = next((c for c in columns if c.name not in lists and c.texts is not None and _tells(c.texts)), None)
    pieces = []
    for row in range(table.rows):
        found = [mine for curves in lists.values() if (mine := curves[row]) is not None]
        if found:
            longest = max(map(len, found))
            name = (
                ""
                if table.rows == 1
                else shown_path(key.texts[row] if key is not None and key.texts else f"row {row + 1}")
            )
            piece = arrange_wide([_filled(column, longest) for column in found], longest, name)
            piece.note = f"a curve in every cell, {piece.note}"
            pieces.append(piece)
    return pieces


def _tells(texts: Sequence[str]) -> bool:
    """Tell whether a text names every row."""
    return len({text.strip() for text in texts if text.strip()}) == len(texts)


def _lists(name: str, texts: Sequence[str]) -> list[Column | None]:
    """Return the numbers of every cell, None for one that is no list; nothing where most are none."""
    found = [_numbers(name, text) for text in texts]
    return found if sum(one is not None for one in found) >= _MOSTLY * len(texts) else []


def _numbers(name: str, text: str) -> Column | None:
    match = _LIST.fullmatch(text)
    cells = [cell for cell in _BETWEEN.split(match[1].strip()) if cell] if match else []
    column = parse_cells(name, cells) if len(cells) >= _FEWEST else None
    return column if column is not None and column.count(NUMBER) == len(cells) else None


def _filled(column: Column, rows: int) -> Column:
    """Return a column with holes behind its numbers, as many rows long as the longest."""
    if len(column) == rows:
        return column
    values = np.append(column.values, np.full(rows - len(column), np.nan))
    logged = np.arange(rows) < len(column)
    return replace(column, values=values).only(column.name, logged)
