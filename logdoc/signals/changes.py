"""Shifts of the level."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.memory import FREEDOM, cautious, normal_score, residual_memory, widening
from logdoc.signals.profile import block_levels, local_deviation, profile
from logdoc.signals.remembering import once_per_series

if TYPE_CHECKING:
    from logdoc.model import Series

_NAN = float("nan")
_LEVELS = 400


@once_per_series
@np.errstate(over="ignore", invalid="ignore")
def _shift(s: Series) -> tuple[float, float, float]:
    """(step, size, z) of the largest shift between two levels, by the split that explains most (least squares on up to
    400 block medians).
    """
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
    rest = levels - np.where(np.arange(n) < k[at], left[at], right[at])
    r = cautious(residual_memory(rest / max(float(np.abs(rest).max()), 1e-300), 2), n)
    scale *= widening(r) * math.sqrt((1.0 + r) / (1.0 - r))
    return (
        float(places[k[at]]),
        float(right[at] - left[at]),
        normal_score(float(strength[at] / scale), max(1.0, FREEDOM * (n - 2))),
    )


def change_step(s: Series) -> float:
    """Step at which the level shifts most; NaN under six points."""
    return _shift(s)[0]


def change_size(s: Series) -> float:
    """Signed size of the largest shift: mean level after it minus mean level before it."""
    return _shift(s)[1]


def change_z(s: Series) -> float:
    """The largest shift in standard errors, on the scale of a normal deviate; of noise seldom above five.

    A slope makes a large one too: see `trend_z`.
    """
    return _shift(s)[2]
