"""Curves as inline SVG and as one line of blocks.

Text in, text out; no script, no style attribute, nothing from outside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from logdoc.report.escape import show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.model import Chart, Curve

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 12, 30
_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII = "_.-=+*#@"
_MOST_SERIES = 4
_LETTER = 6.2  # pixels, of the 11-pixel text that names a level line
_MOST_ROOM = 190  # pixels beside the curves for those names; a longer one is cut at the edge
_LINE_HEIGHT = 13  # pixels, between two of those names
_WHOLE = 0.95  # a window over nearly the whole run marks nothing
_EDGE = 1e300  # numbers beyond it are drawn here: the difference of two, or the sum of many, must stay finite


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values to pixels, linearly or by their logarithm."""

    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the place of a value in pixels."""
        value = math.log10(value) if self.log else _drawable(value)
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.begin + share * (self.end - self.begin)

    def shows(self, value: float) -> bool:
        """Whether a value has a place on the scale."""
        return math.isfinite(value) and (value > 0 or not self.log)


def chart_svg(chart: Chart, curves: Mapping[str, Curve], window: tuple[int, int] | None, title: str, ident: str) -> str:
    """Return one chart as SVG, or an empty text when there is nothing to draw.

    Args:
        chart: which curves, lines and band.
        curves: the run's curves by name.
        window: steps to mark.
        title: for people who cannot see it.
        ident: makes the ids within the page unique.
    """
    drawn = [curves[name] for name in chart.series if name in curves][:_MOST_SERIES]
    finite = [v for c in drawn for v in c.values if math.isfinite(v)]
    if not finite:
        return ""
    levels = [*finite, *(v for v in chart.lines.values() if math.isfinite(v))]
    y = value_scale(levels, log=is_logarithmic(chart, curves))
    steps = [s for c in drawn for s in c.steps]
    named = [(f"{show(label)} {short(level)}", y(level)) for label, level in chart.lines.items() if y.shows(level)]
    room = min(_MOST_ROOM, max((_LETTER * len(text) for text, _ in named), default=0.0))
    x = Scale(min(steps), max(steps), LEFT, WIDTH - RIGHT - room)
    described = "; ".join(_described(c) for c in drawn)
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{ident}-t {ident}-d">',
        f'<title id="{ident}-t">{_text(title)}</title><desc id="{ident}-d">{_text(described)}</desc>',
    ]
    if window is not None and window[1] - window[0] < _WHOLE * (x.high - x.low):
        begin, end = (min(max(s, x.low), x.high) for s in window)
        left, right = x(begin), x(end)
        wide = max(3.0, right - left)
        parts.append(
            f'<rect class="window" x="{min(left, x.end - wide):.1f}" y="{TOP}" width="{wide:.1f}" '
            f'height="{HEIGHT - TOP - BOTTOM}"/>'
        )
    if chart.band is not None and not y.log:
        parts.append(_band(chart.band, x, y))
    parts.extend(_axes(x, y, drawn[0].axis))
    parts.extend(f'<line class="level" x1="{LEFT}" x2="{x.end:g}" y1="{at:.1f}" y2="{at:.1f}"/>' for _, at in named)
    for number, curve in enumerate(drawn):
        parts.extend(_line(curve, x, y, number))
    parts.extend(
        f'<text class="label" x="{x.end + 5:g}" y="{at + 4:.1f}">{_text(text)}</text>'
        for text, at in _spread(named, TOP, HEIGHT - BOTTOM)
    )
    parts.append("</svg>")
    return "".join(parts)


def _spread(named: Sequence[tuple[str, float]], top: float, bottom: float) -> list[tuple[str, float]]:
    """Return the names of the level lines and the heights at which they stand: at their line, no two on another."""
    placed: list[tuple[str, float]] = []
    for text, at in sorted(named, key=lambda one: one[1]):
        placed.append((text, max(at, top, placed[-1][1] + _LINE_HEIGHT if placed else top)))
    over = placed[-1][1] - bottom if placed else 0.0
    return [(text, at - max(0.0, over)) for text, at in placed]


def is_logarithmic(chart: Chart, curves: Mapping[str, Curve]) -> bool:
    """Whether a chart that asks for a logarithmic axis gets one: only when all that is drawn is above 0."""
    drawn = [curves[name] for name in chart.series if name in curves][:_MOST_SERIES]
    values = [*(v for c in drawn for v in c.values), *chart.lines.values()]
    return chart.scale == "log" and all(v > 0 for v in values if math.isfinite(v))


def legend(chart: Chart, curves: Mapping[str, Curve]) -> list[tuple[int, str]]:
    """Return (number of the line style, name) of every curve that is drawn."""
    return list(enumerate([name for name in chart.series if name in curves][:_MOST_SERIES]))


def _described(curve: Curve) -> str:
    known = [v for v in curve.values if math.isfinite(v)]
    if not known:
        return f"{show(curve.name)}: no finite value"
    return (
        f"{show(curve.name)}: {curve.points:,} points, from {short(known[0])} to {short(known[-1])}, lowest "
        f"{short(min(known))}, highest {short(max(known))}"
    )


def _drawable(value: float) -> float:
    return min(max(value, -_EDGE), _EDGE)


def value_scale(values: Sequence[float], *, log: bool) -> Scale:
    """Return a scale of the height of a chart that holds all values, finite ones, with a margin."""
    if log:
        low, high = math.log10(min(values)), math.log10(max(values))
    else:
        low, high = _drawable(min(values)), _drawable(max(values))
    if high <= low:
        spread = max(abs(high) * 0.1, 1e-12)
        low, high = low - spread, high + spread
    margin = 0.06 * (high - low)
    return Scale(low - margin, high + margin, HEIGHT - BOTTOM, TOP, log)


def _band(band: tuple[float, float], x: Scale, y: Scale) -> str:
    low, high = (min(max(v, y.low), y.high) for v in band)
    top, bottom = y(high), y(low)
    return (
        f'<rect class="band" x="{LEFT}" y="{top:.1f}" width="{x.end - LEFT:g}" height="{max(0.0, bottom - top):.1f}"/>'
    )


def _axes(x: Scale, y: Scale, axis: str) -> list[str]:
    parts = []
    for value in value_ticks(y):
        at = y(value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{x.end:g}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{at + 3.5:.1f}" text-anchor="end">{short(value)}</text>')
    for value in nice_ticks(x.low, x.high, 5):
        at = x(value)
        parts.append(
            f'<text class="tick" x="{at:.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle">{value:,.0f}</text>'
        )
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{x.end:g}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM}"/>')
    word = {"step": "step", "epoch": "epoch", "index": "row"}.get(axis, "step")
    parts.append(f'<text class="tick" x="{x.end:g}" y="{HEIGHT - 3}" text-anchor="end">{word}</text>')
    return parts


def value_ticks(y: Scale) -> list[float]:
    """Return the values at which a scale of the height is marked."""
    if not y.log:
        return nice_ticks(y.low, y.high, 4)
    first, last = math.ceil(y.low), math.floor(y.high)
    if last - first < 1:
        return [10.0 ** (y.low + (y.high - y.low) * share) for share in (0.1, 0.5, 0.9)]
    stride = max(1, math.ceil((last - first) / 5))
    return [10.0**power for power in range(first, last + 1, stride)]


def nice_ticks(low: float, high: float, about: int) -> list[float]:
    """Return round numbers (1, 2 or 5 times a power of ten apart) between two bounds."""
    if not high > low:
        return [low]
    raw = (high - low) / about
    scale = 10.0 ** math.floor(math.log10(raw))
    step = next(m * scale for m in (1, 2, 5, 10) if m * scale >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) + 0.0 for k in range(first, first + 12) if k * step <= high + 1e-9 * step]


def _line(curve: Curve, x: Scale, y: Scale, number: int) -> list[str]:
    """Draw a curve; it is not joined over values that are not finite, which are marked on the axis instead."""
    parts: list[str] = []
    piece: list[str] = []
    lost: list[float] = []

    def close() -> None:
        if len(piece) > 1:
            parts.append(f'<polyline class="s{number}" points="{" ".join(piece)}"/>')
        elif piece:
            cx, cy = piece[0].split(",")
            parts.append(f'<circle class="p{number}" cx="{cx}" cy="{cy}" r="2.5"/>')
        piece.clear()

    for step, value in zip(curve.steps, curve.values, strict=True):
        if y.shows(value):
            piece.append(f"{x(step):.0f},{y(value):.1f}")
        else:
            close()
            lost.append(x(step))
    close()
    base = HEIGHT - BOTTOM
    spaced = [at for i, at in enumerate(lost) if i == 0 or at - lost[i - 1] >= 6 or i == len(lost) - 1]
    parts.extend(f'<path class="nan" d="M{at:.1f} {base - 8}l4 8h-8z"/>' for at in spaced[:60])
    return parts


def _text(text: str) -> str:
    return escape(show(text), quote=True)


def short(value: float) -> str:
    """Return a number as a person would write it on an axis: 0.25, 12,400, 3e-05."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e6 or size < 1e-3:
        mantissa, _, power = f"{value:.3g}".partition("e")
        return f"{mantissa}e{int(power)}" if power else mantissa
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def sparkline(values: Sequence[float], width: int = 40, *, unicode: bool = True) -> str:
    """Return a curve as one line of blocks; ``!`` stands where values are not finite."""
    if not values:
        return ""
    blocks = _BLOCKS if unicode else _ASCII
    known = [_drawable(v) for v in values if math.isfinite(v)]
    if not known:
        return "!" * min(width, len(values))
    low, high = min(known), max(known)
    count = min(width, len(values))
    drawn = []
    for i in range(count):
        part = values[i * len(values) // count : max((i + 1) * len(values) // count, i * len(values) // count + 1)]
        inside = [_drawable(v) for v in part if math.isfinite(v)]
        if not inside:
            drawn.append("!")
            continue
        share = (sum(inside) / len(inside) - low) / (high - low) if high > low else 0.0
        drawn.append(blocks[min(7, int(share * 8))])
    return "".join(drawn)


def thinned(values: Sequence[float], points: int) -> list[int]:
    """Return the places of about `points` values that keep the shape: of each stretch the lowest, the highest and one
    that is not finite, and the first and the last of all.
    """
    count = len(values)
    if count <= points:
        return list(range(count))
    stretches = max(1, points // 2)
    kept = {0, count - 1}
    for k in range(stretches):
        part = range(k * count // stretches, (k + 1) * count // stretches)
        known = [i for i in part if math.isfinite(values[i])]
        kept.update(next(([i] for i in part if not math.isfinite(values[i])), []))
        if known:
            kept.update((min(known, key=values.__getitem__), max(known, key=values.__getitem__)))
    return sorted(kept)


def spark_svg(values: Sequence[float]) -> str:
    """Return a curve without axes, for a table; an empty text when nothing is finite."""
    known = [v for v in values if math.isfinite(v)]
    if len(known) < 2:
        return ""
    y = value_scale(known, log=False)
    shown = [(i, values[i]) for i in thinned(values, 80) if math.isfinite(values[i])]
    points = " ".join(
        f"{118 * i / max(1, len(values) - 1) + 1:.1f},{28 * (y.high - _drawable(v)) / (y.high - y.low) + 1:.1f}"
        for i, v in shown
    )
    return f'<svg class="spark" viewBox="0 0 120 30" aria-hidden="true"><polyline class="s0" points="{points}"/></svg>'
