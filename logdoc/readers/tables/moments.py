"""Columns that say when a row was written: seconds since the epoch, in any unit, or dates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.tables.axes import normal_name
from logdoc.readers.tables.column import NUMBER, Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_TIME_NAMES = ("wall_time", "walltime", "timestamp", "_timestamp", "time", "datetime", "date", "created", "created_at")


def absolute_times(columns: Sequence[Column]) -> tuple[NDArray[np.float64], str] | None:
    """Return seconds since the epoch, float64[rows], and the column they come from; None when no column holds absolute
    times.
    """
    named = {
        name: column
        for column in reversed(columns)
        for name in (normal_name(column.name), normal_name(column.name).rpartition("/")[2])
    }
    for name in _TIME_NAMES:
        column = named.get(name)
        if column is None:
            continue
        if column.texts is not None and column.count(NUMBER) == 0:
            parsed = parse_dates(column.texts)
            if parsed is not None:
                return parsed, column.name
            continue
        finite = column.values[np.isfinite(column.values)]
        if finite.size < 0.5 * len(column) or not finite.size:
            continue
        for scale in (1.0, 1e3, 1e6, 1e9):
            if finite.min() >= 3e8 * scale and finite.max() <= 8e9 * scale:
                return column.values / scale, column.name
    return None


def parse_dates(texts: Sequence[str]) -> NDArray[np.float64] | None:
    """Return seconds since the epoch, float64[n], where every text is blank or an ISO 8601 date (UTC if it names no
    zone); else None.
    """
    times = np.full(len(texts), np.nan)
    for i, text in enumerate(texts):
        stripped = text.strip()
        if stripped:
            try:
                moment = datetime.fromisoformat(stripped)
            except ValueError:
                return None
            times[i] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return times
