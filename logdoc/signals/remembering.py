"""What was computed on a series is kept as long as the series, so that no rule computes it again."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

    from logdoc.model import Series

Made = TypeVar("Made")

_KEPT: list[WeakKeyDictionary[Series, Any]] = []


def once_per_series(compute: Callable[[Series], Made]) -> Callable[[Series], Made]:
    """Return the function with a memory: by identity of the series, which is frozen, and without keeping it alive."""
    kept = memory_of_series()

    @wraps(compute)
    def remembered(s: Series) -> Made:
        found: Made | None = kept.get(s)
        if found is None:
            found = kept[s] = compute(s)
        return found

    return remembered


def memory_of_series() -> WeakKeyDictionary[Series, Any]:
    """Return an empty memory that `forget` empties with all others."""
    kept: WeakKeyDictionary[Series, Any] = WeakKeyDictionary()
    _KEPT.append(kept)
    return kept


def forget() -> None:
    """Drop everything: the run is judged, and its series may be kept for longer than what was computed on them."""
    for kept in _KEPT:
        kept.clear()
