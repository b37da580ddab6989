"""Heat maps of layer by step as inline SVG: a row per layer, nine shades at most, every shade with its
numbers below.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass
from html import escape
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING

from logdoc.report.charts import nice_ticks, short
from logdoc.report.escape import show

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from logdoc.model import HeatMap

WIDTH = 640
_LEFT, _ACROSS, _ROW = 152, 420, 14  # where the cells begin, how wide all of them are, how high a row is
_TOP = 18
_LABEL = 24  # characters of a layer's name beside its row
_SHADES = 9
_TICK_ROOM = 60
_PER_DECADE = ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
_RARE = 0.02  # cells at either end that may not stretch the scale
_SHARES = (0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class Shades:
    """How values become shades: class `names[i]` holds the values from ``bounds[i - 1]`` up to ``bounds[i]``."""

    bounds: tuple[float, ...]
    names: tuple[str, ...]

    def __call__(self, value: float) -> str:
        """Return the class of a finite value."""
        return self.names[bisect_right(self.bounds, value)]


def shades(drawn: HeatMap) -> Shades:
    """Return the shades of a map.

    With a healthy band the middle shade is the band and every shade further out is as wide as the band is, by its
    ratio. Without one the shades
    follow the values, on a logarithm in steps of 1-2-5, 1-3 or whole decades; shares have fixed bounds.
    """
    if drawn.band is not None:
        low, high = drawn.band
        wide = high / low
        side = _SHADES // 2
        bounds = (
            [low / wide**k for k in range(side - 1, 0, -1)] + [low, high] + [high * wide**k for k in range(1, side)]
        )
        return Shades(tuple(float(f"{b:.3g}") for b in bounds), tuple(f"d{k}" for k in range(_SHADES)))
    bounds = list(_SHARES) if drawn.scale == "linear" else _decades(sorted(v for v in _finite(drawn) if v > 0))
    # Few shades stay near the middle of the ramp: values that hardly differ must not look like opposites.
    stride = 2 if len(bounds) < _SHADES // 2 + 1 else 1
    first = (_SHADES - 1 - len(bounds) * stride) // 2
    return Shades(tuple(bounds), tuple(f"q{first + k * stride}" for k in range(len(bounds) + 1)))


def _decades(ordered: Sequence[float]) -> list[float]:
    """Return at most eight round numbers inside the values, a few outliers aside."""
    if not ordered:
        return []
    rare = int(_RARE * len(ordered))
    low, high = ordered[rare], ordered[len(ordered) - 1 - rare]
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for digits in _PER_DECADE:
        bounds = [float(f"{digit:g}e{power}") for power in range(first, last + 1) for digit in digits]
        inside = [b for b in bounds if low < b <= high]
        if len(inside) < _SHADES:
            return inside
    stride = math.ceil((last - first) / (_SHADES - 1))
    return [b for power in range(first + 1, last + 1, stride) if low < (b := float(f"1e{power}")) <= high]


def _finite(drawn: HeatMap) -> list[float]:
    return [v for row in drawn.cells for v in row if v is not None and math.isfinite(v)]


def map_svg(drawn: HeatMap, named: Collection[str], ident: str) -> str:
    """Return one map as SVG, or an empty text when it has no layers.

    Args:
        drawn: the map.
        named: layers that findings name, which get a mark.
        ident: makes the ids within the page unique.
    """
    if not drawn.layers:
        return ""
    shade = shades(drawn)
    wide = max(1, _ACROSS // len(drawn.steps))
    bottom = _TOP + _ROW * len(drawn.layers)
    across = wide * len(drawn.steps)
    parts = [
        f'<svg class="chart map" viewBox="0 0 {WIDTH} {bottom + 62}" role="img" aria-labelledby="{ident}-t {ident}-d">',
        f'<title id="{ident}-t">{_text(drawn.title)}</title><desc id="{ident}-d">{_text(described(drawn))}</desc>',
        f'<pattern id="{ident}-x" width="7" height="7" patternUnits="userSpaceOnUse">',
        '<path class="lostbg" d="M0 0h7v7h-7z"/><path class="cross" d="M1 1l5 5M6 1l-5 5"/></pattern>',
        f'<text class="tick" x="{_LEFT - 6}" y="{_TOP - 6}" text-anchor="end">input side</text>',
        f'<text class="tick" x="{_LEFT + across + 6}" y="{_TOP - 6}">typical</text>',
        f'<rect class="ground" x="{_LEFT - 0.5}" y="{_TOP - 0.5}" width="{across + 1}" height="{bottom - _TOP + 1}"/>',
    ]
    parts.extend(_cells(drawn, shade, wide, ident))
    for number, (layer, row) in enumerate(zip(drawn.layers, drawn.cells, strict=True)):
        parts.append(_row(layer, row, _TOP + _ROW * number, _LEFT + across + 6, marked=layer in named))
    parts.extend(_ticks(drawn, wide, bottom))
    parts.extend(_key(drawn, shade, bottom + 34, ident))
    parts.append("</svg>")
    return "".join(parts)


def described(drawn: HeatMap) -> str:
    """Return a map in one sentence."""
    known = _finite(drawn)
    size = f"{len(drawn.layers)} layers by {len(drawn.steps)} columns of steps"
    lost = sum(any(v is not None and not math.isfinite(v) for v in row) for row in drawn.cells)
    spread = f", lowest {short(min(known))}, highest {short(max(known))}" if known else ", no finite value"
    return size + spread + (f", values that are not finite in {lost} layers" if lost else "")


def _cells(drawn: HeatMap, shade: Shades, wide: int, ident: str) -> list[str]:
    """Draw all cells with one path per shade, in which neighbours within a row are one stroke: forty layers of noise
    stay under 40 KB.
    """
    moves: dict[str, list[str]] = {}
    for number, row in enumerate(drawn.cells):
        top, at = _TOP + _ROW * number, 0
        ends: dict[str, int] = {}
        for name, run in groupby(row, lambda value: _class(value, shade)):
            count = len(list(run))
            if name == "lost":
                moves.setdefault(name, []).append(
                    f"M{_LEFT + at * wide} {top}h{count * wide}v{_ROW - 1}h-{count * wide}z"
                )
            else:
                begin = (
                    f"m{(at - ends[name]) * wide} 0" if name in ends else f"M{_LEFT + at * wide} {top + (_ROW - 1) / 2}"
                )
                moves.setdefault(name, []).append(f"{begin}h{count * wide}")
            at += count
            ends[name] = at
    lost = moves.pop("lost", [])
    parts = [f'<path class="cell {name}" d="{"".join(pieces)}"/>' for name, pieces in sorted(moves.items())]
    return [*parts, f'<path fill="url(#{ident}-x)" d="{"".join(lost)}"/>'] if lost else parts


def _row(layer: str, row: Sequence[float | None], top: int, right: int, *, marked: bool) -> str:
    """Write a layer's name and typical value beside its cells, and all of it where a pointer rests."""
    mark = '<tspan class="named">▸ </tspan>' if marked else ""
    parts = [
        f"<g><title>{_text(row_words(layer, row, marked=marked))}</title>",
        f'<rect class="hit" y="{top}" width="{WIDTH}" height="{_ROW}"/>',
        f'<text class="layer" x="{_LEFT - 6}" y="{top + 10}" text-anchor="end">{mark}{_text(shortened(layer))}</text>',
    ]
    known = [v for v in row if v is not None and math.isfinite(v)]
    if known:
        parts.append(f'<text class="layer" x="{right}" y="{top + 10}">{short(_two(median(known)))}</text>')
    parts.append("</g>")
    return "".join(parts)


def _class(value: float | None, shade: Shades) -> str:
    if value is None:
        return "none"
    return shade(value) if math.isfinite(value) else "lost"


def row_words(layer: str, row: Sequence[float | None], *, marked: bool) -> str:
    """Return a layer and its first, typical and last value."""
    logged = [v for v in row if v is not None]
    if not logged:
        return f"{show(layer)}: not logged"
    known = [v for v in logged if math.isfinite(v)]
    typical = f"typical {short(median(known))}" if known else "never finite"
    lost = f", not finite in {len(logged) - len(known)} of {len(logged)} columns" if len(known) < len(logged) else ""
    return (
        f"{show(layer)}: first {short(logged[0])}, {typical}, last "
        f"{short(logged[-1])}{lost}{'; named by a finding' if marked else ''}"
    )


def shortened(layer: str, most: int = _LABEL) -> str:
    """Return a name cut from the left, but for its last number: in deep networks that is what tells the
    layers apart.
    """
    name = show(layer)
    if len(name) <= most:
        return name
    tail = _tail(name, most - 1)
    numbers = list(re.finditer(r"(?<![0-9A-Za-z])[0-9]{1,5}(?![0-9A-Za-z])", name))
    if not numbers or numbers[-1].start() >= len(name) - len(tail):
        return f"…{tail}"
    number = numbers[-1].group()
    return f"…{number}…{_tail(name, most - 2 - len(number))}"


def _tail(name: str, most: int) -> str:
    """The end of a name, without the word that is cut in two where that leaves enough."""
    tail = name[-most:]
    return tail if name[-most - 1] in "./" else re.sub(r"^[^./]{0,12}[./](?=.{8})", "", tail, count=1)


def _ticks(drawn: HeatMap, wide: int, bottom: int) -> list[str]:
    parts = []
    last = -math.inf
    for value in nice_ticks(drawn.steps[0], drawn.end, 5):
        column = max(0, bisect_right(drawn.steps, value) - 1)
        begin, end = drawn.steps[column], (*drawn.steps, drawn.end + 1)[column + 1]
        at = _LEFT + wide * (column + min(1.0, max(0.0, (value - begin) / (end - begin))))
        if at - last < _TICK_ROOM:
            continue
        last = at
        parts.append(f'<line class="axis" x1="{at:.1f}" x2="{at:.1f}" y1="{bottom}" y2="{bottom + 4}"/>')
        parts.append(f'<text class="tick" x="{at:.1f}" y="{bottom + 15}" text-anchor="middle">{value:,.0f}</text>')
    word = {"step": "step", "epoch": "epoch", "index": "row"}.get(drawn.axis, "step")
    parts.append(f'<text class="tick" x="{WIDTH - 14}" y="{bottom + 15}" text-anchor="end">{word}</text>')
    return parts


def _key(drawn: HeatMap, shade: Shades, top: int, ident: str) -> list[str]:
    """The shades side by side with the bounds between them, and what else a cell can be."""
    wide = 44
    left = 14.0
    parts = []
    for number, name in enumerate(shade.names):
        middle = f"{left + wide * (number + 0.5):g}"
        parts.append(f'<path class="cell {name}" d="M{left + wide * number:g} {top + 6}h{wide}"/>')
        if drawn.band is not None and number == len(shade.names) // 2:
            parts.append(f'<text class="label" x="{middle}" y="{top + 10}" text-anchor="middle">healthy</text>')
    for number, bound in enumerate(shade.bounds, 1):
        parts.append(
            f'<text class="tick" x="{left + wide * number:g}" y="{top + 24}" '
            f'text-anchor="middle">{_bound(bound, drawn)}</text>'
        )
    if not shade.bounds:
        only = _finite(drawn)
        told = f"{short(min(only))} to {short(max(only))}" if only else "no finite value"
        parts.append(f'<text class="tick" x="{left + wide + 8:g}" y="{top + 10}">{told}</text>')
    beside = 466
    if any(v is not None and not math.isfinite(v) for row in drawn.cells for v in row):
        parts.append(f'<path fill="url(#{ident}-x)" d="M{beside} {top}h21v13h-21z"/>')
        parts.append(f'<text class="tick" x="{beside + 26}" y="{top + 10}">not finite</text>')
        beside += 84
    if any(v is None for row in drawn.cells for v in row):
        parts.append(f'<path class="cell none" d="M{beside} {top + 6.5}h20"/>')
        parts.append(f'<text class="tick" x="{beside + 26}" y="{top + 10}">no value</text>')
    return parts


def _bound(bound: float, drawn: HeatMap) -> str:
    return f"{bound:.0%}" if drawn.scale == "linear" else short(_two(bound) if bound < 1 else bound)


def _two(value: float) -> float:
    return float(f"{value:.2g}")


def _text(text: str) -> str:
    return escape(show(text, cap=1200), quote=True)
