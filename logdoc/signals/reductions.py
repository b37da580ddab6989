"""A series to one number. Points that are not finite are ignored; a series without finite points gives NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.profile import distinct_of, middle, profile

if TYPE_CHECKING:
    from logdoc.model import Series

_NAN = float("nan")


def count(s: Series) -> float:
    """Number of finite points."""
    return float(profile(s).values.size)


def first(s: Series) -> float:
    """First finite value."""
    v = profile(s).values
    return float(v[0]) if v.size else _NAN


def last(s: Series) -> float:
    """Last finite value."""
    v = profile(s).values
    return float(v[-1]) if v.size else _NAN


def lowest(s: Series) -> float:
    """Smallest finite value."""
    v = profile(s).values
    return float(v.min()) if v.size else _NAN


def highest(s: Series) -> float:
    """Largest finite value."""
    v = profile(s).values
    return float(v.max()) if v.size else _NAN


@np.errstate(over="ignore", invalid="ignore")
def median(s: Series) -> float:
    """Median of the finite values."""
    v = profile(s).values
    return float(middle(v)) if v.size else _NAN


@np.errstate(over="ignore", invalid="ignore")
def mean(s: Series) -> float:
    """Mean of the finite values."""
    v = profile(s).values
    with np.errstate(over="ignore", invalid="ignore"):
        return float(v.mean()) if v.size else _NAN


def std(s: Series) -> float:
    """Standard deviation of the finite values (n in the denominator)."""
    v = profile(s).values
    with np.errstate(over="ignore", invalid="ignore"):
        return float(v.std()) if v.size else _NAN


@np.errstate(over="ignore", invalid="ignore")
def quantile(s: Series, q: float) -> float:
    """Quantile q (0 to 1) of the finite values, linear between order statistics."""
    v = profile(s).values
    if not (v.size and 0.0 <= q <= 1.0):
        return _NAN
    # As numpy.quantile to the last bit, which imports the masked arrays first.
    place = (v.size - 1) * q
    low = int(place)
    high, part = min(low + 1, v.size - 1), place - low
    ordered = np.partition(v, sorted({0, low, high, v.size - 1}))
    step = ordered[high] - ordered[low]
    return float(ordered[low] + step * part if part < 0.5 else ordered[high] - step * (1.0 - part))


def first_step(s: Series) -> float:
    """First step that was logged, finite or not."""
    return float(s.steps[0]) if len(s) else _NAN


def last_step(s: Series) -> float:
    """Last step that was logged, finite or not."""
    return float(s.steps[-1]) if len(s) else _NAN


def span(s: Series) -> float:
    """Last step minus first step."""
    return last_step(s) - first_step(s)


def step_of_lowest(s: Series) -> float:
    """Step of the smallest finite value, the first of equals."""
    p = profile(s)
    return float(p.steps[int(p.values.argmin())]) if p.values.size else _NAN


def step_of_highest(s: Series) -> float:
    """Step of the largest finite value, the first of equals."""
    p = profile(s)
    return float(p.steps[int(p.values.argmax())]) if p.values.size else _NAN


def value_at(s: Series, step: float) -> float:
    """Last finite value at or before a step."""
    p = profile(s)
    if not p.values.size or step != step:
        return _NAN
    at = int(np.searchsorted(p.steps, step, side="right")) - 1
    return float(p.values[at]) if at >= 0 else _NAN


def distinct(s: Series) -> float:
    """Number of different finite values."""
    v = profile(s).values
    return float(distinct_of(v).size)


def nonfinite_count(s: Series) -> float:
    """Number of logged values that are NaN or infinite."""
    return float(len(s) - profile(s).values.size)


def nonfinite_share(s: Series) -> float:
    """Share of logged values that are NaN or infinite."""
    return nonfinite_count(s) / len(s) if len(s) else _NAN


def nan_count(s: Series) -> float:
    """Number of logged values that are NaN."""
    return float(np.count_nonzero(np.isnan(s.values)))


def first_nonfinite_step(s: Series) -> float:
    """Step of the first NaN or infinity; NaN when there is none."""
    bad = np.flatnonzero(~np.isfinite(s.values))
    return float(s.steps[bad[0]]) if bad.size else _NAN


def last_nonfinite_step(s: Series) -> float:
    """Step of the last NaN or infinity; NaN when there is none."""
    bad = np.flatnonzero(~np.isfinite(s.values))
    return float(s.steps[bad[-1]]) if bad.size else _NAN
