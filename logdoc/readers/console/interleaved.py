"""Two processes that write into one file: counts that run side by side, each row by row, are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OFTEN = 5  # falls of the count to what is no beginning of a run, and rows of a count
_SHARE = 0.05  # of the rows; so often does a count fall where two take turns
_FIT = 0.98  # of the rows
_MOST = 200_000  # rows that are looked at
_NEARER = 2.0  # times, before a row goes on with another count than the last one
_MOST_OPEN = 8  # counts that run at the same time


def side_by_side(key: NDArray[np.float64], levels: NDArray[np.float64] | None) -> list[NDArray[np.int64]] | None:
    """Return the rows of each count of a log in which several run side by side, None of another.

    Every row must go on with one of the counts by one step, or begin one where the first began; where two counts stand
    at the same number, the row goes on with the last one unless the value of the other is far nearer.

    Args:
        key: float64[rows], what is counted.
        levels: float64[rows], a measure; None where none is logged in every row: then rows of several kinds may count
            apart.
    """
    if levels is None or not 0 < key.size <= _MOST or not np.isfinite(key).all():
        return None
    first, further, told = float(key.min()), np.diff(key), np.diff(np.unique(key))
    if not told.size or bool((told != told[0]).any()):
        return None
    spacing = float(told[0])
    inner = (further < 0) & (key[1:] > first + spacing)
    if int(np.count_nonzero(inner)) < max(_OFTEN, _SHARE * key.size):
        return None
    counts = _counts(key, levels, first, spacing)
    if counts is None or sum(len(count) >= _OFTEN for count in counts) < 2:
        return None
    return [np.array(count) for count in counts]


def _counts(
    key: NDArray[np.float64], levels: NDArray[np.float64], first: float, spacing: float
) -> list[list[int]] | None:
    """Return the rows of each count, None where too many rows go on with none."""
    counts: list[list[int]] = []
    open_: list[int] = []  # numbers of the counts that may go on, the one that did so last behind
    values = np.where(np.isfinite(levels), levels, 0.0).tolist()
    lost = begun = 0
    for row, at in enumerate(key.tolist()):
        mine = [number for number in open_ if key[counts[number][-1]] == at - spacing]
        if mine:
            apart = {number: abs(values[counts[number][-1]] - values[row]) for number in mine}
            nearest = min(reversed(mine), key=lambda number: apart[number])
            number = nearest if _NEARER * apart[nearest] < apart[mine[-1]] else mine[-1]
        elif at <= first + spacing:
            # What has not gone on since the last count began has ended.
            open_ = [one for one in open_ if counts[one][-1] >= begun]
            number, begun = len(counts), row
            counts.append([])
        else:
            lost += 1
            if lost > (1 - _FIT) * key.size:
                return None
            continue
        counts[number].append(row)
        open_ = [*(other for other in open_ if other != number), number][-_MOST_OPEN:]
    return counts
