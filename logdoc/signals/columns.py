"""A number per entity (parameter, module, term, run), in order of depth, to one number or one text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.patterns import pattern_of
from logdoc.signals.profile import middle, pairs
from logdoc.signals.relation import rank_correlation

if TYPE_CHECKING:
    from numpy.typing import NDArray

Column = Mapping[str, float]
Flags = Mapping[str, bool | None]

_NAN = float("nan")
_NAMED = 8
_RANGE = 4  # neighbours from which on a range is shorter than their names


def _known(c: Column) -> NDArray[np.float64]:
    values = np.array([_NAN if v is None else float(v) for v in c.values()], dtype=np.float64)
    return values[~np.isnan(values)]


def entities(c: Column) -> float:
    """Number of entities with a known value."""
    return float(_known(c).size)


def lowest_of(c: Column) -> float:
    """Smallest value."""
    v = _known(c)
    return float(v.min()) if v.size else _NAN


def highest_of(c: Column) -> float:
    """Largest value."""
    v = _known(c)
    return float(v.max()) if v.size else _NAN


@np.errstate(over="ignore", invalid="ignore")
def median_of(c: Column) -> float:
    """Median value."""
    v = _known(c)
    return float(middle(v)) if v.size else _NAN


def first_of(c: Column) -> float:
    """Value of the first entity, nearest to the input."""
    v = _known(c)
    return float(v[0]) if v.size else _NAN


def last_of(c: Column) -> float:
    """Value of the last entity, nearest to the output."""
    v = _known(c)
    return float(v[-1]) if v.size else _NAN


@np.errstate(over="ignore", invalid="ignore")
def sum_of(c: Column) -> float:
    """Sum of the values."""
    v = _known(c)
    return float(v.sum()) if v.size else _NAN


def spread_of(c: Column) -> float:
    """Largest over smallest value; infinite when the smallest is zero."""
    v = _known(c)
    if not v.size:
        return _NAN
    low, high = float(v.min()), float(v.max())
    return high / low if low > 0 else (math.inf if high > 0 else _NAN)


def depth_trend(c: Column) -> float:
    """Spearman's correlation of the values with their order, -1 to 1; NaN under three."""
    v = _known(c)
    return rank_correlation(np.arange(v.size, dtype=np.float64), v)


def depth_slope10(c: Column) -> float:
    """Orders of magnitude per entity: Theil-Sen slope of the logarithms over the order; zeros and negative values
    are left
    out.
    """
    v = _known(c)
    place = np.flatnonzero(v > 0)
    if place.size < 2:
        return _NAN
    logs = np.log10(v[place])
    i, j = pairs(place.size)
    return float(middle((logs[j] - logs[i]) / (place[j] - place[i])))


def correlation_of(a: Column, b: Column) -> float:
    """Spearman's correlation of two values over the entities that have both; NaN under three, or when one of them never
    differs.
    """
    shared = [entity for entity in a if entity in b and a[entity] == a[entity] and b[entity] == b[entity]]
    return rank_correlation(
        np.array([a[e] for e in shared], dtype=np.float64), np.array([b[e] for e in shared], dtype=np.float64)
    )


def where(c: Column, f: Flags) -> Column:
    """Only the entities for which the flag is true."""
    return {entity: value for entity, value in c.items() if f.get(entity) is True}


def without(c: Column, patterns: str) -> Column:
    """Leave out the entities whose name matches one of several shell patterns, separated by |; all stay when none would
    be left.
    """
    left_out = pattern_of(patterns)
    kept = {entity: value for entity, value in c.items() if not left_out.match(entity.lower())}
    return kept or dict(c)


def only(c: Column, patterns: str) -> Column:
    """Keep the entities whose name matches one of several shell patterns, separated by |; none may be left."""
    wanted = pattern_of(patterns)
    return {entity: value for entity, value in c.items() if wanted.match(entity.lower())}


def which(f: Flags) -> str:
    """Names of the entities for which the flag is true; neighbours in the order of depth as a range, after eight only
    their number.
    """
    places = [i for i, flag in enumerate(f.values()) if flag is True]
    names = [entity for entity, flag in f.items() if flag is True]
    if len(names) >= _RANGE and places[-1] - places[0] == len(names) - 1 < len(f) - 1:
        return f"{names[0]} to {names[-1]} ({places[0] + 1} to {places[-1] + 1} of {len(f)})"
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def share_of(f: Flags) -> float:
    """Share of the known flags that are true."""
    known = [flag for flag in f.values() if flag is not None]
    return sum(known) / len(known) if known else _NAN


def count_of(f: Flags) -> float:
    """Number of flags that are true."""
    return float(sum(flag is True for flag in f.values()))
