"""Cells of a measured column that hold no number: lost data, told as such, or a number that did not fit its field."""

from __future__ import annotations

import re

import numpy as np

from logdoc.model.notes import NO_NUMBERS
from logdoc.readers.tables.column import HOLE, NUMBER, TEXT, Column, Problem
from logdoc.readers.tables.measures import has_measure
from logdoc.redaction import cut

# Fortran and spreadsheets write these where a number does not fit; the last are their words for an overflow.
_NO_ROOM = re.compile(r"[*#]{2,}\Z|#NUM!\Z|#DIV/0!\Z|o?verflow\Z", re.IGNORECASE)
_AT_THE_END = 5  # so many in a row up to the end are no slip of a writer: the numbers had become too large
_FEW_KINDS = 3  # a column of labels has more kinds of text than a column of numbers has words for an error
# Clocks and dates are written as text half of the time, and no rule judges them.
_CLOCK = re.compile(r"time|date|elapsed|duration|\beta\b|clock|stamp", re.IGNORECASE)


def is_spoilt(column: Column) -> bool:
    """Tell whether a column that is text for the most part is a measure whose numbers could not be written."""
    if column.texts is None or column.state is None or not has_measure(column.name):
        return False
    words = {column.texts[i].strip() for i in np.flatnonzero(column.state == TEXT)[:10_000].tolist()}
    return column.count(NUMBER) >= _FEW_KINDS and len(words) <= _FEW_KINDS


def without_text(column: Column) -> tuple[Column, Problem]:
    """Return the column without its cells of text, and what is told of them.

    Where the column ends in words for an overflow, they are NaN, as the number would be in a narrower type; all other
    text is lost data.
    """
    assert column.texts is not None and column.state is not None  # noqa: S101, PT018 - it has TEXT cells
    text = column.state == TEXT
    first = cut(column.texts[int(np.argmax(text))].strip(), 40)
    count = int(np.count_nonzero(text))
    cells = "1 cell" if count == 1 else f"{count:,} cells"
    where = f"of column '{cut(column.name, 80)}'"
    tail = len(column) - (int(np.flatnonzero(~text)[-1]) + 1 if (~text).any() else 0)
    overflow = tail >= _AT_THE_END and all(_NO_ROOM.match(cell.strip()) for cell in column.texts[-tail:])
    state, values = column.state.copy(), column.values.copy()
    state[text] = HOLE
    if overflow:
        state[-tail:] = NUMBER
        values[-tail:] = np.nan
    made = Column(column.name, values, state, column.texts, column.exact)
    if overflow and tail == count:
        what = f"the last {cells} {where} hold '{first}', for a number that did not fit; they are read as NaN"
        return made, Problem(what, NO_NUMBERS)
    return made, Problem(
        f"{cells} {where} could not be read as a number, such as '{first}'",
        NO_NUMBERS,
        lost=_CLOCK.search(column.name) is None,
    )
