"""Shifts of the level."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.profile import block_levels, local_deviation, profile

if TYPE_CHECKING:
    from logdoc.model import Series

_NAN = float("nan")
_LEVELS = 400


@lru_cache(maxsize=32)
@np.errstate(over="ignore", invalid="ignore")
def _shift(s: Series) -> tuple[float, float, float]:
    """(step, size, z) of the largest shift between two levels, by the split that explains most (least squares on up to 400 block medians)."""
    p = profile(s)
    levels, places = block_levels(p.values, p.steps, _LEVELS)
    n = levels.size
    if n < 6:
        return _NAN, _NAN, _NAN
    with np.errstate(over="ignore", invalid="ignore"):
        total = np.cumsum(levels)
        k = np.arange(2, n - 1)
        left, right = total[k - 1] / k, (total[-1] - total[k - 1]) / (n - k)
        strength = np.abs(right - left) * np.sqrt(k * (n - k) / n)
    if not np.isfinite(strength).any():
        return _NAN, _NAN, _NAN
    at = int(np.nanargmax(strength))
    scale = max(local_deviation(levels), 1e-9 * float(np.abs(levels).max()), 1e-300)
    return float(places[k[at]]), float(right[at] - left[at]), float(strength[at] / scale)


def change_step(s: Series) -> float:
    """Step at which the level shifts most; NaN under six points."""
    return _shift(s)[0]


def change_size(s: Series) -> float:
    """Signed size of the largest shift: mean level after it minus mean level before it."""
    return _shift(s)[1]


def change_z(s: Series) -> float:
    """The largest shift in standard errors; a slope makes a large one too, so look at `trend_z` of the parts."""
    return _shift(s)[2]
