"""The export of W&B's runs table: a row per run with its settings and its last values.

It shows no course of a training, so no curve is made up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model.notes import ENDED
from logdoc.readers.tables.axes import Index
from logdoc.readers.tables.column import NUMBER, Column
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.wide import Piece

if TYPE_CHECKING:
    from logdoc.model import ConfigValue
    from logdoc.readers.delimited.records import Table

# Columns that W&B itself puts beside the name; one of them tells its table from any other list of names.
_MARKS = frozenset({"State", "Notes", "User", "Tags", "Created", "Runtime", "Sweep"})
_RATE = re.compile(r"(?:^|[._/ -])(?:lr|learning_?rate)", re.IGNORECASE)
_LAST_STEP = "_step"
_LONGEST = 200  # characters of a text that is still a setting


def is_runs_table(table: Table) -> bool:
    """Tell whether a table is W&B's list of runs."""
    names = table.names()
    return len(names) > 2 and names[0] == "Name" and table.columns[0].texts is not None and bool(_MARKS & set(names))


def arrange_runs(table: Table) -> list[Piece]:
    """Return a piece per row: settings as configuration, measures as their one last value at the last step.

    W&B does not say which column is a setting and which a result. Words for measures (loss, accuracy ...) make a
    result, except a learning
    rate; everything else is a setting.
    """
    names = table.columns[0].texts or []
    ends = next((c for c in table.columns if c.name == _LAST_STEP), None)
    return [_piece(table, row, name.strip() or f"row {row + 1}", ends) for row, name in enumerate(_distinct(names))]


def _piece(table: Table, row: int, name: str, ends: Column | None) -> Piece:
    curves = Curves()
    piece = Piece(name, curves, note="a row of W&B's runs table: settings and last values, no course")
    known = ends is not None and bool(ends.logged()[row]) and float(ends.values[row]).is_integer()
    index = Index(
        np.array([int(ends.values[row]) if known and ends is not None else 0]),
        "step" if known else "index",
        frozenset(),
        piece.note,
    )
    for column in table.columns[1:]:
        if column.name.startswith("_") or column.name in _MARKS:
            continue
        if column.logged()[row] and has_measure(column.name) and not _RATE.search(column.name):
            curves.add(column.name, Column(column.name, column.values[row : row + 1]), index, None)
        elif (value := _setting(column, row)) is not None:
            piece.config[column.name.replace("/", ".")] = value
    state = next((c.texts[row].strip() for c in table.columns if c.name == "State" and c.texts is not None), "")
    if state in ("crashed", "failed", "killed"):
        curves.note(f"W&B marks this run as {state}", ENDED)
    return piece


def _setting(column: Column, row: int) -> ConfigValue:
    if column.logged()[row]:
        value = float(column.values[row])
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    text = (
        ""
        if column.texts is None or (column.state is not None and column.state[row] == NUMBER)
        else column.texts[row].strip()
    )
    return {"true": True, "false": False}.get(text.lower(), text) if 0 < len(text) <= _LONGEST else None


def _distinct(names: list[str]) -> list[str]:
    """W&B lets several runs share a name; from the second on they are numbered."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return made
