"""A table with a row per run: the settings of each, what came out, and nothing that goes on from row to row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.dumps import settings_named
from logdoc.readers.tables.axes import integers, known_counter, normal_name
from logdoc.readers.tables.column import NUMBER, Column

if TYPE_CHECKING:
    from logdoc.readers.delimited.records import Table

# Settings that no training changes from row to row; a rate, a weight decay or a momentum may follow a schedule.
_FIXED = frozenset({"batch_size", "optimizer", "activation", "width", "depth", "dropout", "seed", "bottleneck"})
_LEAST = 2  # of them; one column may be a measure of the same name
_COUNTERS = frozenset({"batch", "bs", "hidden", "net"})  # short names that mean a count or a measure as well


def settings_by_row(table: Table) -> tuple[str, ...]:
    """Return the columns of settings, where they differ between the rows and no column counts on; else none."""
    if not table.dialect.header or any(_goes_on(column) for column in table.columns):
        return ()
    named = [(c, normal_name(c.name).replace(" ", "_")) for c in table.columns]
    facts = settings_named(name for _, name in named if name not in _COUNTERS)
    told = [column for column, name in named if facts.get(name) in _FIXED]
    if len({facts[name] for column, name in named if column in told}) < _LEAST or not any(map(_differs, told)):
        return ()
    return tuple(column.name for column in told)


def _goes_on(column: Column) -> bool:
    whole = integers(column) if known_counter(column.name) else None
    return whole is not None and whole.size > 1 and bool(2 * np.count_nonzero(np.diff(whole) > 0) > whole.size - 1)


def _differs(column: Column) -> bool:
    if column.count(NUMBER):
        return np.unique(column.values[column.logged()]).size > 1
    return len({text.strip() for text in column.texts or [] if text.strip()}) > 1
