"""Fewer points for drawing, nothing lost that the eye would see."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.profile import distinct_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.model import Series


def decimate(s: Series, points: int = 600) -> Series:
    """Keep at most about `points` points: of each bucket the first, lowest, highest and last, and one point that is not
    finite (M4, Jugel 2014).
    """
    n = len(s)
    if n <= points:
        return s
    buckets = max(1, points // 5)
    edges = np.linspace(0, n, buckets + 1).astype(np.int64)
    if np.isfinite(s.values).all():
        keep = _of_whole(s.values, edges)
        return dataclasses.replace(
            s, steps=s.steps[keep], values=s.values[keep], times=None if s.times is None else s.times[keep]
        )
    chosen: set[int] = set()
    for begin, end in itertools.pairwise(edges):
        part = s.values[begin:end]
        known = np.flatnonzero(np.isfinite(part))
        if known.size:
            inside = part[known]
            places = {int(known[0]), int(known[-1]), int(known[inside.argmin()]), int(known[inside.argmax()])}
            chosen.update(int(begin) + i for i in places)
        if known.size < part.size:
            chosen.add(int(begin) + int(np.flatnonzero(~np.isfinite(part))[0]))
    keep = np.array(sorted(chosen), dtype=np.int64)
    times = None if s.times is None else s.times[keep]
    return dataclasses.replace(s, steps=s.steps[keep], values=s.values[keep], times=times)


def _of_whole(values: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return int64[m], the points to keep of a curve that is finite everywhere, all buckets at once."""
    starts, sizes = edges[:-1], np.diff(edges)
    places = starts[:, None] + np.arange(sizes.max())
    inside = places < edges[1:, None]
    table = values[np.minimum(places, values.size - 1)]
    lowest = np.where(inside, table, np.inf).argmin(axis=1)
    highest = np.where(inside, table, -np.inf).argmax(axis=1)
    return distinct_of(np.concatenate((starts, starts + lowest, starts + highest, edges[1:] - 1)))
