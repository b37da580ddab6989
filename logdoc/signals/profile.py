"""What most judgements on a series start from, computed once per series: its finite points and its levels over blocks.

Block levels carry the judgement on both five epochs and two million steps: up to `BLOCKS` block medians (the points
themselves when there are
few), and the deviation of such a level around the local trend. Averaging over blocks takes autocorrelation up to the
length of a block into account.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from logdoc.signals.memory import memory
from logdoc.signals.remembering import memory_of_series

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from logdoc.model import Series

Number = TypeVar("Number", np.float64, np.int64, np.uint64)

BLOCKS = 40
SMOOTHED_FROM = 20
_SORTED = 64  # values up to which sorting is quicker than partitioning
MAD_TO_STD = 1.4826  # of a normal distribution

Floats = "NDArray[np.float64]"


class Profile:
    """The finite points of a series and its block levels, which are computed when they are first asked for.

    Attributes:
        steps, values: the finite points, int64[n], float64[n].
        levels, places: float64[b], float64[b]; median value and mean step of each block.
        error: standard deviation of one level around the local trend; 0 for a curve without noise, NaN under three
            levels.
        memory: correlation of neighbouring levels.
    """

    def __init__(self, steps: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        self.steps, self.values = steps, values

    @cached_property
    def levels(self) -> NDArray[np.float64]:  # noqa: D102
        return _levels(self.values, block_size(self.values.size, BLOCKS))

    @cached_property
    def places(self) -> NDArray[np.float64]:  # noqa: D102
        return _places(self.steps, block_size(self.steps.size, BLOCKS))

    @cached_property
    def memory(self) -> float:  # noqa: D102
        return memory(self.levels)

    @cached_property
    def error(self) -> float:  # noqa: D102
        return local_deviation(self.levels)


_PROFILES = memory_of_series()
_LONG = 5_000  # points from which on the work itself takes longer than starting it
_TOGETHER = 1 << 20  # values in one matrix


def profile(s: Series) -> Profile:
    """Return the profile of a series, computed once as long as the series lives; series are frozen."""
    found: Profile | None = _PROFILES.get(s)
    if found is None:
        found = _PROFILES[s] = _computed(s)
    return found


def profile_together(series: Iterable[Series]) -> None:
    """Compute the profiles of many series, equally long ones as one matrix; they are the same as one by one."""
    alike: dict[int, list[Series]] = {}
    for s in series:
        if BLOCKS < len(s) < _LONG and s not in _PROFILES:
            alike.setdefault(len(s), []).append(s)
    for points, members in alike.items():
        rows = max(1, _TOGETHER // points)
        for begin in range(0, len(members), rows):
            _profile_alike(members[begin : begin + rows])


@lru_cache(maxsize=1)
def _of_nothing() -> Profile:
    """Return the one profile of all windows without a point: rules look at many that are empty."""
    return Profile(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64))


@np.errstate(over="ignore", invalid="ignore")
def _profile_alike(members: list[Series]) -> None:
    values = np.stack([s.values for s in members])
    whole = np.isfinite(values).all(axis=1)
    levels = _levels(values, block_size(values.shape[1], BLOCKS))
    second = np.abs(levels[:, 2:] - 2.0 * levels[:, 1:-1] + levels[:, :-2])
    errors = MAD_TO_STD * middle(second) / np.sqrt(6.0)
    known = np.asarray(whole & np.isfinite(second).all(axis=1))
    steps, places = members[0].steps, _places(members[0].steps, block_size(values.shape[1], BLOCKS))
    for row, s in enumerate(members):
        if not known[row]:
            continue
        if not (s.steps is steps or np.array_equal(s.steps, steps)):
            steps, places = s.steps, _places(s.steps, block_size(len(s), BLOCKS))
        made = _PROFILES[s] = Profile(s.steps, s.values)
        vars(made).update(levels=levels[row], places=places, error=float(errors[row]))


def _computed(s: Series) -> Profile:
    known = np.isfinite(s.values)
    values = s.values if known.all() else s.values[known]
    steps = s.steps if known.all() else s.steps[known]
    return Profile(steps, values) if values.size else _of_nothing()


def block_size(n: int, blocks: int) -> int:
    """Return how many points make up one block, so that there are at most `blocks` of them."""
    return max(1, -(-n // blocks))


def block_levels(
    values: NDArray[np.float64], steps: NDArray[np.int64], blocks: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the median value and mean step of at most `blocks` stretches; the points themselves when there are no
    more than that.

    All stretches are equally long but the first, which takes the remainder, so that the end of the run is never
    thinned.
    """
    size = block_size(values.size, blocks)
    return _levels(values, size), _places(steps, size)


@np.errstate(over="ignore", invalid="ignore")
def _levels(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return float64[..., blocks] for float64[..., n]: the median of every block, the remainder first."""
    if size == 1:
        return values.astype(np.float64)
    head = values.shape[-1] % size
    body = middle(values[..., head:].reshape(*values.shape[:-1], -1, size))
    return np.concatenate((middle(values[..., :head])[..., None], body), axis=-1) if head else body


def _places(steps: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """Return float64[blocks]: the mean step of every block, the remainder first."""
    if size == 1:
        return steps.astype(np.float64)
    head = steps.size % size
    body = steps[head:].reshape(-1, size).mean(axis=1)
    return np.concatenate(([steps[:head].mean()], body)) if head else body


def middle(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median along the last axis of float64[..., n], n > 0; NaN where one value is NaN.

    The same as numpy.median to the last bit, which spends most of its time on other things where n is small.
    """
    n = values.shape[-1]
    half = n // 2
    ordered = np.sort(values, axis=-1) if n <= _SORTED else np.partition(values, (half - 1, half, n - 1), axis=-1)
    # A sum of -0.0 becomes 0.0, as in a mean of NumPy's; half of the smallest number below zero is -0.0 in both.
    found = ordered[..., half] + 0.0 if n % 2 else (ordered[..., half - 1] + ordered[..., half] + 0.0) / 2.0
    last = ordered[..., -1]  # NaN comes last in every order
    return np.where(last == last, found, last)


@lru_cache(maxsize=64)
def pairs(n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return int64[n (n - 1) / 2] twice: every pair i < j of n places, in order. Not to be written to."""
    i, j = np.triu_indices(n, 1)
    i.flags.writeable = j.flags.writeable = False
    return i, j


def distinct_of(values: NDArray[Number]) -> NDArray[Number]:
    """Return the different values in order. As numpy.unique, which imports the masked arrays first: NaN is in none."""
    ordered = np.sort(values)
    first = np.concatenate((np.ones(min(values.size, 1), dtype=bool), ordered[1:] != ordered[:-1]))
    return np.asarray(ordered[first])


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
        return float(MAD_TO_STD * middle(second) / np.sqrt(6.0)) if second.size else float("nan")


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
