"""Two series beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.profile import block_levels, profile
from logdoc.signals.transforms import aligned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.model import Series

_NAN = float("nan")
_LEVELS = 400


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 0, ties sharing their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts + 1) / 2.0)[inverse])


def rank_correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Spearman's correlation of two equally long columns; NaN under three points or when one is constant."""
    if a.size < 3:
        return _NAN
    x, y = _ranks(a), _ranks(b)
    x, y = x - x.mean(), y - y.mean()
    power = float(np.sqrt(np.square(x).sum() * np.square(y).sum()))
    return float((x * y).sum()) / power if power > 0 else _NAN


def correlation(a: Series, b: Series) -> float:
    """Spearman's rank correlation of a with b, taken at the steps of a, on up to 400 block medians; NaN under three
    common points.
    """
    other = aligned(b, a).values
    known = np.isfinite(a.values) & np.isfinite(other)
    steps = a.steps[known]
    left, _ = block_levels(a.values[known], steps, _LEVELS)
    right, _ = block_levels(other[known], steps, _LEVELS)
    return rank_correlation(left, right)


def equal_share(a: Series, b: Series) -> float:
    """Share of the finite points of a at whose step b has the very same value; NaN without points."""
    p, q = profile(a), profile(b)
    if not p.values.size:
        return float("nan")
    at = np.searchsorted(q.steps, p.steps)
    inside = at < q.steps.size
    same = np.zeros(p.values.size, dtype=bool)
    found = at[inside]
    same[inside] = (q.steps[found] == p.steps[inside]) & (q.values[found] == p.values[inside])
    return float(np.mean(same))
