"""Restarts: which of a tag's records still hold after a run was resumed or started again into the same log.

A record at step s says that training is at s again, so it discards what the tag logged at steps >= s before it.
TensorBoard's data
server applies this rule per tag. Nothing here knows a file format.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logdoc.model import Series
from logdoc.signals.profile import distinct_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.model.run import Axis

_FEW_RESTARTS = 3


class Split(NamedTuple):
    """One tag, taken apart: its effective curve, what was replaced (earliest attempt first), and where each later
    attempt began.

    `starts` are row numbers into the records as logged, one per later attempt.
    """

    curve: Series
    replaced: tuple[Series, ...]
    starts: NDArray[np.int64]


def effective(steps: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Tell for the records of one tag, in logged order, to which attempt each belongs and whether it still holds.

    Args:
        steps: int64[n], in the order in which they were logged.

    Returns:
        attempt int64[n], one more at every record whose step is smaller than the step before it (a step that is
        logged twice in a row is
        a duplicate, not a restart); kept bool[n], true where every later step is larger, so the kept steps strictly
        increase.
    """
    steps = np.asarray(steps, dtype=np.int64)
    attempt = np.zeros(steps.size, dtype=np.int64)
    kept = np.ones(steps.size, dtype=np.bool_)
    if steps.size > 1:
        attempt[1:] = np.cumsum(steps[1:] < steps[:-1])
        lowest_after = np.minimum.accumulate(steps[:0:-1])[::-1]
        kept[:-1] = steps[:-1] < lowest_after
    return attempt, kept


def strays(steps: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which records are no restart: a single one at an older step, before one that is beyond all that stood.

    Args:
        steps: int64[n], in the order in which they were logged.

    Returns:
        bool[n]; none where something began again as well, and none for a record that at most two others would have to
        give way to: a training that is resumed shortly before it stopped may log once and be further than it was.
    """
    found = np.zeros(steps.size, dtype=np.bool_)
    highest = np.maximum.accumulate(steps)
    found[3:-1] = (steps[3:-1] < highest[:-4]) & (steps[3:-1] < steps[2:-2]) & (steps[4:] > highest[2:-2])
    if (np.diff(steps[~found]) < 0).any():
        found[:] = False
    return found


def unordered(steps: NDArray[np.int64]) -> int:
    """Return how many records stand at an older step than the one before, where that is so of at least every third:
    such a log is in no order, or falls, and nothing began again so often. Otherwise 0.
    """
    back = int(np.count_nonzero(steps[1:] < steps[:-1]))
    return back if back > _FEW_RESTARTS and 3 * back >= steps.size else 0


def split(
    name: str,
    steps: NDArray[np.int64],
    values: NDArray[np.float64],
    times: NDArray[np.float64] | None = None,
    axis: Axis = "step",
) -> Split:
    """Split the records of one tag, in logged order, into the effective curve and the attempts it replaced.

    Args:
        name: of the series.
        steps: int64[n] in logged order.
        values: float64[n].
        times: float64[n] seconds, or None.
        axis: what the steps count.

    Returns:
        The curve (its `attempt` is the number of the last one), one series for each attempt that lost records to a
        later one, and the
        rows where later attempts began. Of a step logged twice in a row the last record wins and the other is in no
        attempt.
    """
    if (steps[1:] > steps[:-1]).all():  # nothing was logged twice, as in most logs
        curve = Series(name, steps.copy(), values.copy(), None if times is None else times.copy(), axis)
        return Split(curve, (), np.zeros(0, dtype=np.int64))
    attempt, kept = effective(steps)
    twice = np.zeros(steps.size, dtype=np.bool_)
    twice[:-1] = steps[1:] == steps[:-1]
    return parted(name, steps, values, times, axis, attempt, kept, twice)


def parted(
    name: str,
    steps: NDArray[np.int64],
    values: NDArray[np.float64],
    times: NDArray[np.float64] | None,
    axis: Axis,
    attempt: NDArray[np.int64],
    kept: NDArray[np.bool_],
    twice: NDArray[np.bool_],
) -> Split:
    """Build the series of a tag from what :func:`effective` (or a reader with more knowledge) said about its records.

    Args:
        name: of the series; `steps`, `values`, `times`, `axis` likewise as in :func:`split`.
        steps: int64[n].
        values: float64[n].
        times: float64[n] or None.
        axis: what the steps count.
        attempt: int64[n], non-decreasing.
        kept: bool[n], the records that still hold.
        twice: bool[n], records that the next one repeats at the same step.
    """

    def rows(chosen: NDArray[np.bool_], number: int) -> Series:
        return Series(name, steps[chosen], values[chosen], None if times is None else times[chosen], axis, number)

    lost = ~kept & ~twice
    replaced = tuple(rows(lost & (attempt == number), int(number)) for number in distinct_of(attempt[lost]))
    starts = np.flatnonzero(np.diff(attempt, prepend=0) > 0).astype(np.int64)
    curve = rows(kept, int(attempt[-1]) if attempt.size else 0)
    stalled, at = _stalled(twice)
    if stalled:
        curve = dataclasses.replace(curve, stalled=stalled, stalled_at=int(steps[at]))
    return Split(curve, replaced, starts)


def _stalled(twice: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the length of the longest row of records that repeat one step, and where it begins."""
    edges = np.diff(np.concatenate(([0], twice.astype(np.int8), [0])))
    begins, ends = np.flatnonzero(edges > 0), np.flatnonzero(edges < 0)
    if not begins.size:
        return 0, 0
    longest = int(np.argmax(ends - begins))
    return int(ends[longest] - begins[longest]), int(begins[longest])
