"""Where a series starts, where it ends, how good it was, and how sure its rises and falls are.

All are in terms of block levels (see `profile`); a standard error is that of a mean of the levels compared.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.memory import FREEDOM, cautious, mean_error, normal_score, widening
from logdoc.signals.profile import (
    BLOCKS,
    SMOOTHED_FROM,
    Profile,
    block_size,
    edge,
    floor_of_error,
    local_deviation,
    middle,
    profile,
    smoothed_levels,
)
from logdoc.signals.remembering import once_per_series

if TYPE_CHECKING:
    from logdoc.model import Series

_NAN = float("nan")
_GIVEN_BACK = 0.05  # share of its improvement that it may give back; more is a rise
_LARGEST_Z = 1e6  # a curve without noise would give infinity


def noise(s: Series) -> float:
    """Robust standard deviation of one point around the local trend; 0 for a smooth curve, NaN under three points."""
    return local_deviation(profile(s).values)


def level_noise(s: Series) -> float:
    """Standard deviation of one block level around the local trend; NaN under three levels."""
    return profile(s).error


@np.errstate(over="ignore", invalid="ignore")
def start_level(s: Series) -> float:
    """Median of the first eighth of the levels; the first point when there are fewer than sixteen."""
    p = profile(s)
    return float(middle(p.levels[: edge(p)])) if p.levels.size else _NAN


@np.errstate(over="ignore", invalid="ignore")
def end_level(s: Series) -> float:
    """Median of the last eighth of the levels; the last point when there are fewer than sixteen."""
    p = profile(s)
    return float(middle(p.levels[-edge(p) :])) if p.levels.size else _NAN


def best_level(s: Series) -> float:
    """Lowest smoothed level."""
    levels = smoothed_levels(profile(s))
    return float(levels.min()) if levels.size else _NAN


def best_step(s: Series) -> float:
    """Step of the lowest smoothed level: of the lowest point within its block."""
    return _extreme_step(s, lowest=True)


def top_level(s: Series) -> float:
    """Highest smoothed level."""
    levels = smoothed_levels(profile(s))
    return float(levels.max()) if levels.size else _NAN


def top_step(s: Series) -> float:
    """Step of the highest smoothed level: of the highest point within its block."""
    return _extreme_step(s, lowest=False)


def _extreme_step(s: Series, *, lowest: bool) -> float:
    p = profile(s)
    levels = smoothed_levels(p)
    if not levels.size:
        return _NAN
    at = int(levels.argmin() if lowest else levels.argmax())
    size = block_size(p.values.size, BLOCKS)
    head = p.values.size % size
    begin = 0 if at == 0 else (head + (at - 1) * size if head else at * size)
    part = p.values[begin : head if head and at == 0 else begin + size]
    return float(p.steps[begin + int(part.argmin() if lowest else part.argmax())])


def improvement(s: Series) -> float:
    """Start level minus best level."""
    return start_level(s) - best_level(s)


@np.errstate(over="ignore", invalid="ignore")
def trains_well(s: Series, lost: float) -> bool:
    """Whether this share of the first value is gone and the curve ends at its best.

    A loss below zero may do so too: it has no scale.
    """
    values = profile(s).values
    begin = float(values[0]) if values.size else _NAN
    return begin - end_level(s) >= lost * abs(begin) and rise(s) <= _GIVEN_BACK * (begin - best_level(s))


def drop_share(s: Series) -> float:
    """(start - end) / |start|."""
    start = start_level(s)
    return (start - end_level(s)) / abs(start) if start else _NAN


def rise(s: Series) -> float:
    """End level minus best level; never far below zero."""
    return end_level(s) - best_level(s)


@once_per_series
@np.errstate(over="ignore", invalid="ignore")
def rise_z(s: Series) -> float:
    """The rise since the best level in standard errors, freed from the luck of picking the lowest of many levels.

    The lowest of m independent levels of deviation e lies about e * sqrt(2 ln m) below their mean; that is
    subtracted first.
    """
    p = profile(s)
    if p.levels.size < 4:
        return _NAN
    wide = 3 if p.levels.size >= SMOOTHED_FROM else 1
    error = floor_of_error(p) * widening(p.memory)
    best_error = error / math.sqrt(wide)
    luck = best_error * math.sqrt(2.0 * math.log(max(p.levels.size / wide, 2.0)))
    spread = error * math.sqrt(1.0 / wide + 1.0 / edge(p))
    return _bounded((rise(s) - luck) / (spread * _small_sample(p)))


@once_per_series
@np.errstate(over="ignore", invalid="ignore")
def fall_z(s: Series) -> float:
    """Start level minus end level in standard errors, on the scale of a normal deviate; levels that resemble their
    neighbours count for less.
    """
    p = profile(s)
    n = p.levels.size
    if n < 4:
        return _NAN
    r = cautious(p.memory, n)
    error = floor_of_error(p) * widening(r) * math.sqrt(2.0) * mean_error(r, edge(p))
    return normal_score((start_level(s) - end_level(s)) / error, max(1.0, FREEDOM * (n - 2)))


def _small_sample(p: Profile) -> float:
    """An error estimated from few second differences is often too small by chance: widen like Student's t, sqrt(df /
    (df - 2)).
    """
    freedom = max(p.levels.size - 2, 3)
    return math.sqrt(freedom / (freedom - 2.0))


def _bounded(z: float) -> float:
    return max(-_LARGEST_Z, min(_LARGEST_Z, z)) if z == z else _NAN
