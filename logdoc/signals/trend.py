"""Is there a direction, how steep, and how sure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.memory import FREEDOM, cautious, normal_score, slope_error, widening
from logdoc.signals.profile import Profile, floor_of_error, middle, pairs, profile
from logdoc.signals.remembering import once_per_series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.model import Series

_NAN = float("nan")
_FEW = 8  # under so many levels Mann-Kendall cannot reach significance; the slope is set against the noise instead
_MANY = 20  # from so many levels on their noise is known well enough to measure a slope by it
_PLAIN = 5.0  # two tests find more by chance than one, so the second counts only where it leaves no doubt
_MOST_CORRELATION = 0.75


@np.errstate(over="ignore", invalid="ignore")
def slope(s: Series) -> float:
    """Theil-Sen slope: the median of the slopes between all pairs of levels, change per step (Theil 1950, Sen 1968)."""
    p = profile(s)
    if p.levels.size < 2:
        return _NAN
    i, j = pairs(p.levels.size)
    run = p.places[j] - p.places[i]
    if not (run > 0).any():
        return _NAN
    with np.errstate(over="ignore"):
        return float(middle((p.levels[j] - p.levels[i])[run > 0] / run[run > 0]))


def trend(s: Series) -> float:
    """Slope times span: the change over the whole series along its robust line."""
    p = profile(s)
    return slope(s) * float(p.steps[-1] - p.steps[0]) if p.levels.size >= 2 else _NAN


@once_per_series
@np.errstate(over="ignore", invalid="ignore")
def trend_z(s: Series) -> float:
    """Significance of the direction in standard errors, on the scale of a normal deviate; negative means falling.
    NaN under four levels.

    Mann-Kendall on block levels with the variance widened by (1 + r) / (1 - r) for the lag-1 correlation r of the
    residuals (the AR(1) case of
    Hamed and Rao 1998). Its size ends at nine and it takes the bend of a decay for memory, so from twenty levels on
    the Theil-Sen change in
    units of its error stands in where that is large. With fewer than eight levels the least-squares change in units
    of its error, at most 8.
    """
    p = profile(s)
    n = p.levels.size
    if n < 4:
        return _NAN
    if float(np.ptp(p.levels)) == 0.0:
        return 0.0
    if n < _FEW:
        return _short(p.levels, floor_of_error(p))
    i, j = pairs(n)
    moves = p.levels[j] - p.levels[i]
    per_level = float(middle(moves / (j - i)))
    ranked = _ranked(p.levels, moves, per_level)
    if n < _MANY:
        return ranked
    measured = _measured(p, per_level)
    return measured if math.fabs(measured) > max(math.fabs(ranked), _PLAIN) else ranked


def _measured(p: Profile, per_level: float) -> float:
    n = p.levels.size
    change = per_level * (n - 1)
    r = cautious(p.memory, n)
    return normal_score(change / (floor_of_error(p) * widening(r) * slope_error(r, n)), FREEDOM * (n - 2))


def _ranked(levels: NDArray[np.float64], moves: NDArray[np.float64], per_level: float) -> float:
    n = levels.size
    score = float(np.sign(moves).sum())
    variance = n * (n - 1) * (2 * n + 5) / 18.0
    z = (score - math.copysign(1.0, score)) / math.sqrt(variance) if score else 0.0
    r = _residual_correlation(levels, per_level)
    return z / math.sqrt((1.0 + r) / (1.0 - r))


@np.errstate(over="ignore", invalid="ignore")
def _short(levels: NDArray[np.float64], error: float) -> float:
    n = levels.size
    place = np.arange(n) - (n - 1) / 2.0
    change = float((place * levels).sum() / np.square(place).sum()) * (n - 1)
    spread = error * math.sqrt(12.0 * (n - 1) / (n * (n + 1)))
    direction = np.sign(np.diff(levels))
    agreement = abs(float(direction.sum())) / (n - 1)
    return max(-8.0, min(8.0, agreement * change / spread))


def _residual_correlation(levels: NDArray[np.float64], per_level: float) -> float:
    rest = levels - per_level * np.arange(levels.size)
    rest = rest - rest.mean()
    power = float(np.square(rest).sum())
    if power <= 0.0:
        return 0.0
    return min(_MOST_CORRELATION, max(0.0, float((rest[1:] * rest[:-1]).sum()) / power))


@np.errstate(over="ignore", invalid="ignore")
def monotone_share(s: Series) -> float:
    """Share of the moves between levels that go the way of the whole: 1 for a monotone curve, about 0.5 for noise."""
    moves = np.diff(profile(s).levels)
    moves = moves[moves != 0]
    return float(max((moves > 0).mean(), (moves < 0).mean())) if moves.size else _NAN
