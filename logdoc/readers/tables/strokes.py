"""Counters written with what they count to, ``10/47``: the number before the stroke counts, the one behind it is its
bound.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.tables.axes import known_counter
from logdoc.readers.tables.column import HOLE, NUMBER, Column

if TYPE_CHECKING:
    from collections.abc import Sequence

_CELL = re.compile(r"\s*[\[(]?\s*(\d{1,15})\s*/\s*(\d{1,15})\s*[\])]?\s*")


def counters_with_bounds(columns: Sequence[Column]) -> list[Column]:
    """Return the columns, those counters as numbers whose every cell is ``i/n``; other columns as they are.

    A name with a stroke of its own, ``global_step/max_steps``, is that of the counter before it.
    """
    return [_counter(column) or column for column in columns]


def _counter(column: Column) -> Column | None:
    name = column.name.partition("/")[0]
    if column.texts is None or column.count(NUMBER) or not (known_counter(column.name) or known_counter(name)):
        return None
    found = [_CELL.fullmatch(text) if len(text) < 40 else None for text in column.texts]
    filled = [match or not text.strip() for match, text in zip(found, column.texts, strict=True)]
    if not any(found) or not all(filled):
        return None
    values = np.array([float(match[1]) if match else np.nan for match in found])
    bounds = np.array([float(match[2]) if match else np.nan for match in found])
    state = np.where(np.isfinite(values), NUMBER, HOLE).astype(np.uint8)
    return Column(
        column.name if known_counter(column.name) else name, values, state if state.any() else None, bound=bounds
    )
