"""A condition per point to one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from logdoc.signals.mask import Mask

_NAN = float("nan")


def share(m: Mask) -> float:
    """Share of the finite points at which the condition holds."""
    known = int(np.count_nonzero(m.known))
    return float(np.count_nonzero(m.values)) / known if known else _NAN


def true_count(m: Mask) -> float:
    """Number of points at which the condition holds."""
    return float(np.count_nonzero(m.values))


def first_true_step(m: Mask) -> float:
    """First step at which the condition holds; NaN when it never does."""
    at = np.flatnonzero(m.values)
    return float(m.steps[at[0]]) if at.size else _NAN


def last_true_step(m: Mask) -> float:
    """Last step at which the condition holds; NaN when it never does."""
    at = np.flatnonzero(m.values)
    return float(m.steps[at[-1]]) if at.size else _NAN


def onset(m: Mask) -> float:
    """Step from which the condition holds to the end, points that are not finite aside; NaN when it does not hold at
    the end.
    """
    values, steps = m.values[m.known], m.steps[m.known]
    if not values.size or not values[-1]:
        return _NAN
    broken = np.flatnonzero(~values)
    return float(steps[broken[-1] + 1]) if broken.size else float(steps[0])


def longest_share(m: Mask) -> float:
    """Longest unbroken stretch of points at which the condition holds, as a share of the finite points."""
    values = m.values[m.known]
    if not values.size:
        return _NAN
    edges = np.diff(np.concatenate(([0], values.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return float((ends - starts).max()) / values.size if starts.size else 0.0
