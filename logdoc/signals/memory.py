"""How much less a mean or a slope of levels tells when each level resembles the one before it.

All for an AR(1) process: the correlation at lag k is r**k.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CUBIC = 3
_FEWEST = 12  # levels; the correlation of fewer cannot be told
_MOST = 0.9
FREEDOM = 0.4  # degrees of freedom per second difference of the median of their sizes, found by simulation


@np.errstate(over="ignore", invalid="ignore")
def memory(levels: NDArray[np.float64]) -> float:
    """Return the correlation of neighbours among float64[n] levels, 0 to 0.9; 0 under twelve levels.

    Taken from the residuals of a cubic, which follows a fall and a rise but not the wandering of noise.
    """
    n = levels.size
    spread = float(np.ptp(levels)) if n else 0.0
    if n < _FEWEST or not 0.0 < spread < math.inf:
        return 0.0
    basis = np.vander(np.linspace(-1.0, 1.0, n), CUBIC + 1)
    scaled = (levels - levels[0]) / spread
    return residual_memory(scaled - basis @ np.linalg.lstsq(basis, scaled, rcond=None)[0], CUBIC)


@np.errstate(over="ignore", invalid="ignore")
def residual_memory(rest: NDArray[np.float64], curve: int) -> float:
    """Return the lag-1 correlation of float64[n] residuals of a curve, 0 to 0.9, lifted by its known bias of (1 + 4 r)
    / n and that of the fit.
    """
    n = rest.size
    power = float(np.square(rest).sum())
    if not 1e-20 < power < math.inf:
        return 0.0
    r = float((rest[1:] * rest[:-1]).sum()) / power
    return min(_MOST, max(0.0, r + (1.0 + 4.0 * r) / n + curve * (1.0 + r) / n))


def cautious(r: float, n: int) -> float:
    """Return r raised by its standard error sqrt((1 - r^2) / n): an r that is too low by chance makes noise
    significant.
    """
    return min(_MOST, r + math.sqrt((1.0 - r * r) / n))


def widening(r: float) -> float:
    """Return how much larger the deviation of a level is than second differences show: their variance is 6 - 8 r + 2
    r^2 instead of 6.
    """
    return math.sqrt(6.0 / (6.0 - 8.0 * r + 2.0 * r * r))


def mean_error(r: float, n: int) -> float:
    """Return the deviation of a mean of n levels over that of one, sqrt((1 + 2 sum (1 - k/n) r^k) / n)."""
    return math.sqrt((1.0 + 2.0 * sum((1.0 - k / n) * r**k for k in range(1, n))) / n)


def slope_error(r: float, n: int) -> float:
    """Return the deviation of the change along a fitted line through n levels over that of one level: sqrt(12 (n - 1) /
    (n (n + 1))), widened.
    """
    return math.sqrt(12.0 * (n - 1) / (n * (n + 1)) * (1.0 + r) / (1.0 - r))


def normal_score(t: float, freedom: float) -> float:
    """Return the normal deviate as improbable as Student's t (Wallace 1959); an error that is itself estimated from few
    levels makes large t common.
    """
    if not math.isfinite(t):
        return math.nan
    size = math.fabs(t)
    # For sizes whose square overflows ln(1 + x^2) is 2 ln(x).
    grown = math.log1p(size * size / freedom) if size < 1e150 else 2.0 * math.log(size) - math.log(freedom)
    return math.copysign(math.sqrt(freedom * grown) * (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0), t)
