"""Lines with a number of hundreds of digits, which no number can be: as text it would be read as an infinity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Defect
from logdoc.model.notes import CELLS
from logdoc.readers.console.cleaning import visible
from logdoc.readers.console.printed_settings import drop_lines

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Grammar

_ENDLESS = re.compile(r"(?<![\d.])\d{301,}")


def drop_endless(grammar: Grammar, text: str) -> list[int]:
    """Leave out the lines of a text that hold such a number, and return the kind of each, by its place."""
    infinite = {
        place: np.flatnonzero(found)
        for place, shape in enumerate(grammar.shapes)
        if shape.values and (found := np.isinf(np.frombuffer(shape.values)).reshape(len(shape), -1).any(axis=1)).any()
    }
    if not infinite or _ENDLESS.search(text) is None:
        return []
    lines = {grammar.shapes[place].at[row] for place, rows in infinite.items() for row in rows.tolist()}
    endless = {number for number, line in visible(text) if number in lines and _ENDLESS.search(line)}
    order = np.frombuffer(grammar.order, dtype=f"i{grammar.order.itemsize}").copy()
    inside = np.zeros(order.size, dtype=np.bool_)
    kinds: list[int] = []
    for place, rows in infinite.items():
        at = grammar.shapes[place].at
        gone = [row for row in rows.tolist() if at[row] in endless]
        inside[np.flatnonzero(order == place)[gone]] = True
        kinds += [place] * len(gone)
    if kinds:
        drop_lines(grammar, order, inside)
    return kinds


def told_endless(count: int, source: str) -> list[Defect]:
    """Return what is told of so many rows."""
    if not count:
        return []
    rows, gone = ("1 row holds", "it was") if count == 1 else (f"{count:,} rows hold", "they were")
    what = f"{rows} a number of more than 300 digits, which no number can be; {gone} left out"
    return [Defect(source, what, lost=True, id=CELLS)]
