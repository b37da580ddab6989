"""Short rises far out of the noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.profile import MAD_TO_STD, middle, profile
from logdoc.signals.remembering import once_per_series

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.model import Series

_NAN = float("nan")
_BLOCK = 25
_TALLEST = 1000.0  # in a curve without noise every jump is infinitely many deviations high
_BEFORE = 3  # a spike stands above the points just before it, so that a steep early fall is none


@once_per_series
@np.errstate(over="ignore", invalid="ignore")
def _heights(s: Series) -> NDArray[np.float64]:
    """float64[n] for the finite points: height above the local median in robust deviations; 0 where a point does not
    jump up.
    """
    v = profile(s).values
    n = v.size
    if n < 8:
        return np.zeros(n)
    blocks = max(1, n // _BLOCK)
    size = n // blocks
    body = v[: blocks * size].reshape(blocks, size)
    centre = middle(body)
    places = (np.arange(blocks) + 0.5) * size
    level = np.interp(np.arange(n), places, centre)
    rest = v - level
    whole = float(middle(np.abs(rest))) * MAD_TO_STD
    local = middle(np.abs(rest[: blocks * size].reshape(blocks, size))) * MAD_TO_STD
    scale = np.maximum(np.interp(np.arange(n), places, local), 0.5 * whole)
    scale = np.maximum(scale, 1e-9 * max(float(np.abs(v).max()), 1e-300))
    jumps = np.zeros(n)
    windows = np.lib.stride_tricks.sliding_window_view(v, _BEFORE)[:-1]
    with np.errstate(over="ignore", invalid="ignore"):
        jumps[_BEFORE:] = v[_BEFORE:] - windows.max(axis=1)
        heights = np.minimum(rest, jumps) / scale
    return np.where(np.isfinite(heights) & (heights > 0), heights, 0.0)


def spike_count(s: Series, z: float) -> float:
    """Number of separate spikes higher than z robust deviations above the local median; NaN under eight points."""
    heights = _heights(s)
    if heights.size < 8:
        return _NAN
    high = heights > z
    return float(np.count_nonzero(high[1:] & ~high[:-1]) + bool(high[0]))


def spike_height(s: Series) -> float:
    """Height of the tallest spike in robust deviations, at most a thousand; 0 when nothing jumps up, NaN under eight
    points.
    """
    heights = _heights(s)
    return min(float(heights.max()), _TALLEST) if heights.size >= 8 else _NAN


def spike_step(s: Series) -> float:
    """Step of the tallest spike; NaN when there is none."""
    heights = _heights(s)
    return float(profile(s).steps[int(heights.argmax())]) if heights.size and heights.max() > 0 else _NAN


@np.errstate(over="ignore", invalid="ignore")
def spike_recovery(s: Series) -> float:
    """Points until the series is back within three deviations of its level before the tallest spike; infinite if it
    never is.
    """
    heights, v = _heights(s), profile(s).values
    if not heights.size or heights.max() <= 0:
        return _NAN
    at = int(heights.argmax())
    before = v[max(0, at - 20) : at]
    level, spread = float(middle(before)), float(middle(np.abs(before - middle(before)))) * MAD_TO_STD
    bound = level + max(3.0 * spread, 0.1 * float(v[at] - level))
    back = np.flatnonzero(v[at + 1 :] <= bound)
    return float(back[0] + 1) if back.size else float("inf")
