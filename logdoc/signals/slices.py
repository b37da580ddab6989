"""Parts of a series."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from logdoc.model import Series


def _take(s: Series, chosen: slice | np.ndarray) -> Series:
    times = None if s.times is None else s.times[chosen]
    return dataclasses.replace(s, steps=s.steps[chosen], values=s.values[chosen], times=times)


def _points(s: Series, n: float) -> int:
    """Return n as a number of points of s; none when it is unknown."""
    return 0 if n != n else int(min(max(n, 0.0), float(len(s))))


@lru_cache(maxsize=64)
def finite(s: Series) -> Series:
    """Only the finite points."""
    return _take(s, np.isfinite(s.values))


def head(s: Series, n: float) -> Series:
    """First n points."""
    return _take(s, slice(0, _points(s, n)))


def tail(s: Series, n: float) -> Series:
    """Last n points."""
    return _take(s, slice(len(s) - _points(s, n), len(s)))


def first_part(s: Series, share: float) -> Series:
    """Points in the first `share` (0 to 1) of the span of steps."""
    if not len(s):
        return s
    return before_or_at(s, float(s.steps[0]) + share * float(s.steps[-1] - s.steps[0]))


def last_part(s: Series, share: float) -> Series:
    """Points in the last `share` (0 to 1) of the span of steps."""
    if not len(s):
        return s
    return since(s, float(s.steps[-1]) - share * float(s.steps[-1] - s.steps[0]))


def before(s: Series, step: float) -> Series:
    """Points before a step; none when the step is unknown."""
    return _take(s, slice(0, 0) if step != step else slice(0, int(np.searchsorted(s.steps, step, side="left"))))


def before_or_at(s: Series, step: float) -> Series:
    """Points at or before a step; none when the step is unknown."""
    return _take(s, slice(0, 0) if step != step else slice(0, int(np.searchsorted(s.steps, step, side="right"))))


def since(s: Series, step: float) -> Series:
    """Points at or after a step; none when the step is unknown."""
    return _take(s, slice(0, 0) if step != step else slice(int(np.searchsorted(s.steps, step, side="left")), len(s)))
