"""What most judgements on a series start from, computed once per series: its finite points and its levels over blocks.

Block levels carry the judgement on both five epochs and two million steps: up to `BLOCKS` block medians (the points
themselves when there are
few), and the deviation of such a level around the local trend. Averaging over blocks takes autocorrelation up to the
length of a block into account.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.model import Series

BLOCKS = 40
SMOOTHED_FROM = 20
MAD_TO_STD = 1.4826  # of a normal distribution

Floats = "NDArray[np.float64]"


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The finite points of a series and its block levels.

    Attributes:
        steps, values: the finite points, int64[n], float64[n].
        levels, places: float64[b], float64[b]; median value and mean step of each block.
        error: standard deviation of one level around the local trend; 0 for a curve without noise, NaN under three
            levels.
    """

    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    levels: NDArray[np.float64]
    places: NDArray[np.float64]
    error: float


@lru_cache(maxsize=64)
def profile(s: Series) -> Profile:
    """Return the profile of a series. Cached by identity; series are frozen."""
    known = np.isfinite(s.values)
    values = s.values if known.all() else s.values[known]
    steps = s.steps if known.all() else s.steps[known]
    levels, places = block_levels(values, steps, BLOCKS)
    return Profile(steps, values, levels, places, local_deviation(levels))


def block_size(n: int, blocks: int) -> int:
    """Return how many points make up one block, so that there are at most `blocks` of them."""
    return max(1, -(-n // blocks))


@np.errstate(over="ignore", invalid="ignore")
def block_levels(
    values: NDArray[np.float64], steps: NDArray[np.int64], blocks: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the median value and mean step of at most `blocks` stretches; the points themselves when there are no
    more than that.

    All stretches are equally long but the first, which takes the remainder, so that the end of the run is never
    thinned.
    """
    n = values.size
    size = block_size(n, blocks)
    if size == 1:
        return values.astype(np.float64), steps.astype(np.float64)
    head = n % size
    levels = np.median(values[head:].reshape(-1, size), axis=1)
    places = steps[head:].reshape(-1, size).mean(axis=1)
    if head:
        levels = np.concatenate(([np.median(values[:head])], levels))
        places = np.concatenate(([steps[:head].mean()], places))
    return levels, places


def local_deviation(values: NDArray[np.float64]) -> float:
    """Return the robust deviation of single values around their local trend.

    From second differences, whose variance for independent noise is six times that of a value (the difference-based
    estimator of Gasser,
    Sroka and Jennen-Steinmetz 1986), with the median absolute deviation instead of a mean of squares.
    """
    if values.size < 3:
        return float("nan")
    with np.errstate(over="ignore", invalid="ignore"):
        second = np.abs(values[2:] - 2.0 * values[1:-1] + values[:-2])
    second = second[np.isfinite(second)]
    return float(MAD_TO_STD * np.median(second) / np.sqrt(6.0)) if second.size else float("nan")


@np.errstate(over="ignore", invalid="ignore")
def smoothed_levels(p: Profile) -> NDArray[np.float64]:
    """Return levels averaged over three neighbours where there are at least twenty; fewer evaluations count as they
    are.
    """
    if p.levels.size < SMOOTHED_FROM:
        return p.levels
    padded = np.concatenate((p.levels[:1], p.levels, p.levels[-1:]))
    return np.asarray((padded[:-2] + padded[1:-1] + padded[2:]) / 3.0)


def edge(p: Profile) -> int:
    """Return how many levels make up the start or the end of the run: an eighth, at least one."""
    return max(1, p.levels.size // 8)


def floor_of_error(p: Profile) -> float:
    """Return the error of a level, never zero: a curve without noise still has rounding."""
    scale = float(np.max(np.abs(p.levels))) if p.levels.size else 0.0
    return max(p.error if np.isfinite(p.error) else 0.0, 1e-7 * scale, 1e-300)
