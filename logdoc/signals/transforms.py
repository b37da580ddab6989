"""A series to another series."""

from __future__ import annotations

import dataclasses
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.profile import block_levels, middle, profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.model import Series

_PERCENT_FROM = 1.5  # shares never exceed one; some averages of them do by rounding
_STRETCHED = 8  # with fewer rows there is nothing to even out
_UNEVEN = 5.0  # times the median distance of two rows: beyond it rows are no measure of the run
_STRETCHES = 200


def smooth(s: Series) -> Series:
    """Debiased exponential mean, TensorBoard's formula: last / (1 - w^n), non-finite points skipped.

    The weight follows the length n: w = 0 below 10 points, then 1 - 10/n, at most 0.999, so that a tenth of the run
    is averaged.
    """
    values = s.values
    n = int(np.count_nonzero(np.isfinite(values)))
    weight = 0.0 if n <= 10 else min(0.999, 1.0 - 10.0 / n)
    return dataclasses.replace(s, values=debiased_mean(values, weight))


def debiased_mean(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Return TensorBoard's smoothing of float64[n] for a weight in [0, 1); non-finite points stay as they are."""
    known = np.isfinite(values)
    if weight <= 0.0 or not known.any():
        return values
    given = values[known]
    # To the last bit what scipy.signal.lfilter gives, whose import takes longer than judging a run.
    fed = ((1.0 - weight) * given + 0.0).tolist()
    raw = np.fromiter(accumulate(fed, lambda before, new: weight * before + new), np.float64, given.size)
    debias = 1.0 - np.power(weight, np.arange(1, given.size + 1))
    made = values.copy()
    made[known] = raw / debias
    return made


def log10_of(s: Series) -> Series:
    """Logarithm to base ten; zero and negative values become NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log10(s.values)
    return dataclasses.replace(s, values=np.where(s.values > 0, values, np.nan))


def diff(s: Series) -> Series:
    """Change from point to point, at the later step."""
    with np.errstate(invalid="ignore", over="ignore"):
        values = np.diff(s.values)
    times = None if s.times is None else s.times[1:]
    return dataclasses.replace(s, steps=s.steps[1:], values=values, times=times)


def negated(s: Series) -> Series:
    """Turn upside down, so that what is better when larger can be asked what is asked of a loss."""
    return dataclasses.replace(s, values=-s.values)


def absolute(s: Series) -> Series:
    """Absolute values."""
    return dataclasses.replace(s, values=np.abs(s.values))


def as_share(s: Series) -> Series:
    """Divide by 100 when the values are in percent: when one exceeds 1.5 and none exceeds 100."""
    v = profile(s).values
    return dataclasses.replace(s, values=s.values / 100.0) if v.size and _PERCENT_FROM < float(v.max()) <= 100.0 else s


def aligned(a: Series, b: Series) -> Series:
    """Series a at the steps of b: its last finite value at or before each, NaN before its first."""
    p = profile(a)
    at = np.searchsorted(p.steps, b.steps, side="right") - 1
    values = np.full(len(b), np.nan)
    inside = at >= 0
    if p.values.size:
        values[inside] = p.values[at[inside]]
    return dataclasses.replace(b, name=a.name, values=values)


@np.errstate(over="ignore", invalid="ignore")
def _level_at(a: Series, b: Series) -> NDArray[np.float64]:
    """The mean of a since the step before, at every step of b: what stands beside an evaluation.

    The last value where there is none.
    """
    p = profile(a)
    if len(a) <= 2 * len(b) or not p.values.size:
        return aligned(a, b).values
    total = np.concatenate(([0.0], np.cumsum(p.values)))
    right = np.searchsorted(p.steps, b.steps, side="right")
    left = np.concatenate(([0], right[:-1]))
    counted = right - left
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (total[right] - total[left]) / counted
    return np.where(counted > 0, means, aligned(a, b).values)


def gap(a: Series, b: Series) -> Series:
    """a - b at the steps of a; b counts with its mean since the step before, when it is logged more often."""
    with np.errstate(invalid="ignore", over="ignore"):
        return dataclasses.replace(a, values=a.values - _level_at(b, a))


def ratio_of(a: Series, b: Series) -> Series:
    """a / b at the steps of a; b counts with its mean since the step before, when it is logged more often."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        return dataclasses.replace(a, values=a.values / _level_at(b, a))


def product_of(a: Series, b: Series) -> Series:
    """a * b at the steps of a; b counts with its mean since the step before, when it is logged more often."""
    with np.errstate(invalid="ignore", over="ignore"):
        return dataclasses.replace(a, values=a.values * _level_at(b, a))


@np.errstate(over="ignore", invalid="ignore")
def detrended(s: Series) -> Series:
    """Finite points minus the local level: a line through block medians of a sixth of the run each."""
    p = profile(s)
    if p.values.size < 12:
        return dataclasses.replace(
            s, steps=p.steps, values=p.values - (middle(p.values) if p.values.size else 0.0), times=None
        )
    levels, places = block_levels(p.values, np.arange(p.values.size), 6)
    trend = np.interp(np.arange(p.values.size), places, levels)
    return dataclasses.replace(s, steps=p.steps, values=p.values - trend, times=None)


def paced(s: Series) -> Series:
    """Every row for the steps that it covers: means over up to 200 equal stretches of the run.

    Unchanged where the rows are about evenly spaced. A run that logs a row per episode writes many rows while its
    episodes are short; by rows they would outweigh the rest of the run.
    """
    p = profile(s)
    if p.values.size < _STRETCHED:
        return s
    lengths = np.diff(p.steps).astype(np.float64)
    if np.quantile(lengths, 0.95) <= _UNEVEN * np.median(lengths):
        return s
    # A row speaks for the steps since the one before it, the first for none.
    total = np.concatenate(([0.0], np.cumsum(lengths * p.values[1:])))
    edges = np.linspace(p.steps[0], p.steps[-1], min(p.values.size, _STRETCHES) + 1)
    means = np.diff(np.interp(edges, p.steps, total)) / np.diff(edges)
    steps = np.rint(edges[1:]).astype(np.int64)
    kept = np.concatenate((np.diff(steps) > 0, [True]))
    return dataclasses.replace(s, steps=steps[kept], values=means[kept], times=None)
