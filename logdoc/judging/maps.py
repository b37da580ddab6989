"""Layer by step: the few signals that show at one look where in the network training goes wrong, small enough to be
kept in a report.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from logdoc.model import HeatMap
from logdoc.signals.profile import distinct_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from logdoc.model import Finding, Reading, Series, Signal

MOST_LAYERS = 48
MOST_COLUMNS = 60
_FEWEST_LAYERS = 3  # fewer are better seen as curves
_FEWEST_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one role is drawn; `peak` keeps the largest value of a column where the others keep the median."""

    role: str
    title: str
    scale: Literal["log", "linear"] = "log"
    peak: bool = False


_KINDS = (
    _Kind("update_ratio", "Update ratio: size of a step over size of the weights"),
    _Kind("act_std", "Standard deviation of the activations"),
    _Kind("grad_norm", "Gradient norm"),
    _Kind("act_dead_frac", "Share of dead units", scale="linear", peak=True),
)


def heat_maps(
    reading: Reading, findings: Sequence[Finding], bands: Mapping[str, tuple[float, float]]
) -> tuple[HeatMap, ...]:
    """Return the maps of a run, in a fixed order; a signal is drawn when at least three layers have at least three
    samples.

    Args:
        reading: the roles of the run; the entities of a role stand from input to output.
        findings: those that fire; the layers that they name are always kept.
        bands: role -> healthy range, from the rules that fire outside it; a role without one has none.
    """
    named = {layer for finding in findings for layer in finding.layers}
    drawn = (_map(kind, reading.each.get(kind.role, {}), named, bands.get(kind.role)) for kind in _KINDS)
    return tuple(made for made in drawn if made is not None)


def _map(
    kind: _Kind, signals: Mapping[str, Signal], named: set[str], band: tuple[float, float] | None
) -> HeatMap | None:
    logged = {entity: signal.series for entity, signal in signals.items() if len(signal.series)}
    enough = [series for series in logged.values() if len(series) >= _FEWEST_SAMPLES]
    if len(enough) < _FEWEST_LAYERS:
        return None
    axis = enough[0].axis
    alike = {entity: series for entity, series in logged.items() if series.axis == axis}
    layers = chosen_layers(tuple(alike), named)
    shown = [alike[layer] for layer in layers]
    starts, end = columns(shown)
    return HeatMap(
        role=kind.role,
        title=kind.title,
        axis=axis,
        layers=layers,
        steps=tuple(int(s) for s in starts),
        end=end,
        cells=tuple(_row(series, starts, peak=kind.peak) for series in shown),
        omitted=len(logged) - len(layers),
        scale=kind.scale,
        band=band,
    )


def chosen_layers(layers: Sequence[str], named: Iterable[str], most: int = MOST_LAYERS) -> tuple[str, ...]:
    """Return at most `most` layers in their order: those that are named, the others evenly over the depth."""
    wanted = set(named)
    first = _evenly([i for i, layer in enumerate(layers) if layer in wanted], most)
    others = _evenly([i for i, layer in enumerate(layers) if layer not in wanted], most - len(first))
    return tuple(layers[i] for i in sorted([*first, *others]))


def _evenly(places: Sequence[int], most: int) -> list[int]:
    if len(places) <= most:
        return list(places)
    if most < 2:
        return list(places[:most])
    return [places[round(k * (len(places) - 1) / (most - 1))] for k in range(most)]


def columns(shown: Sequence[Series], most: int = MOST_COLUMNS) -> tuple[NDArray[np.int64], int]:
    """Return (int64[n] first step of every column, last step): a column per logged step where they are few, else equal
    parts of the span.
    """
    low, end = min(int(s.steps[0]) for s in shown), max(int(s.steps[-1]) for s in shown)
    if max(len(s) for s in shown) <= most:
        known = distinct_of(np.concatenate([s.steps for s in shown]))
        if known.size <= most:
            return known, end
    # Python's integers, because steps may be as large as int64 holds; `dict` because a short span has fewer steps than
    # columns.
    span = end - low + 1
    return np.array(list(dict.fromkeys(low + k * span // most for k in range(most))), dtype=np.int64), end


def _row(series: Series, starts: NDArray[np.int64], *, peak: bool) -> tuple[float | None, ...]:
    bounds = [*np.searchsorted(series.steps, starts, side="left").tolist(), len(series)]
    return tuple(_cell(series.values[a:b], peak=peak) if b > a else None for a, b in pairwise(bounds))


def _cell(values: NDArray[np.float64], *, peak: bool) -> float:
    """One number for all samples of a column; a value that is not finite is never averaged away."""
    ordered = np.sort(values)
    low, high = float(ordered[0]), float(ordered[-1])
    if not math.isfinite(high):
        return high
    if not math.isfinite(low):
        return low
    if peak:
        return _short(high)
    half = ordered.size // 2
    return _short(float(ordered[half]) if ordered.size % 2 else float(ordered[half - 1]) / 2 + float(ordered[half]) / 2)


def _short(value: float) -> float:
    """Three digits tell more than a shade shows, and keep the report small."""
    made = float(f"{value:.3g}")
    return made if math.isfinite(made) else value
