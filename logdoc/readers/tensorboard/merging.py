"""One run out of the logs of its ranks, each of which the companion hook writes into a folder ``rank<k>`` of
its own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from logdoc.model import Run, Series

    Values = NDArray[np.float64]

_RANK_FOLDER = re.compile(r"rank_?(\d{1,5})")
_BY_RANK = {"train/loss": "train/loss_rank{}", "train/grad_norm": "grad_norm_rank{}"}


def rank_of(folder: Path) -> int | None:
    """Return the rank that a folder is named after, or None."""
    match = _RANK_FOLDER.fullmatch(folder.name)
    return int(match[1]) if match else None


def merged(first: Run, others: Mapping[int, Run]) -> Run:
    """Return the run of rank 0 with what the other ranks say about activations and losses; their own losses and
    gradient norms stay beside.

    Ranks see equally large parts of a batch, so deviations are pooled with equal weights; a unit is dead when it is
    on every rank. Gradients and weights
    are the same on every rank after they were averaged, so those of rank 0 stand for all.
    """
    if not others:
        return first
    runs = [first, *(others[rank] for rank in sorted(others))]
    series = dict(first.series)
    for name in first.series:
        combine = _how(name)
        if combine is not None:
            series[name] = _combined(name, runs, combine)
    for rank, run in zip((0, *sorted(others)), runs, strict=True):
        for name, pattern in _BY_RANK.items():
            if name in run.series:
                series[pattern.format(rank)] = replace(run.series[name], name=pattern.format(rank))
    sources = tuple(dict.fromkeys(source for run in runs for source in run.sources))
    defects = tuple(defect for run in runs for defect in run.defects)
    return replace(first, series=series, sources=sources, defects=defects, note=f"{first.note}, {len(runs)} ranks")


def _how(name: str) -> Callable[[Sequence[Values], Sequence[Values]], Values] | None:
    """Return how values of several ranks become one; given are the values and, for deviations, the means.

    None: those of rank 0 stand.
    """
    kind = name.partition("/")[0]
    if name == "train/loss" or kind in ("act_mean", "act_zero_frac", "act_sat_frac"):
        return lambda values, _: np.asarray(np.mean(values, axis=0))
    if kind in ("act_absmax", "act_nonfinite"):
        return lambda values, _: np.asarray(np.max(values, axis=0))
    if kind == "act_dead_frac":
        return lambda values, _: np.asarray(np.min(values, axis=0))
    if kind == "act_std":
        return _pooled
    return None


def _pooled(deviations: Sequence[Values], means: Sequence[Values]) -> Values:
    squares = np.mean(np.square(deviations) + np.square(means), axis=0)
    return np.asarray(np.sqrt(np.maximum(squares - np.square(np.mean(means, axis=0)), 0.0)))


def _combined(
    name: str, runs: Sequence[Run], combine: Callable[[Sequence[Values], Sequence[Values]], Values]
) -> Series:
    """Combine at the steps that all ranks logged; without any, rank 0 stands alone."""
    mine = runs[0].series[name]
    means = "act_mean/" + name.partition("/")[2]
    needed = [name, means] if name.startswith("act_std/") else [name]
    if not all(n in run.series for run in runs for n in needed):
        return mine
    steps = mine.steps
    for run in runs:
        for n in needed:
            steps = np.intersect1d(steps, run.series[n].steps)
    if not steps.size:
        return mine
    values = [_at(run.series[name], steps) for run in runs]
    middles = [_at(run.series[means], steps) for run in runs] if len(needed) > 1 else []
    with np.errstate(all="ignore"):
        return replace(
            mine,
            steps=steps,
            values=combine(values, middles),
            times=None if mine.times is None else _at(mine, steps, mine.times),
        )


def _at(series: Series, steps: NDArray[np.int64], column: Values | None = None) -> Values:
    column = series.values if column is None else column
    return np.asarray(column[np.searchsorted(series.steps, steps)])
