"""The loss that runs ended at over the setting that differs, as inline SVG: a mark a run, on a logarithmic axis where
the settings lie orders of magnitude apart.
"""

from __future__ import annotations

import math
from html import escape
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from logdoc.report.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Scale, short, value_scale, value_ticks
from logdoc.report.escape import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.report.together import Point, Together

_FAR = 4.0  # settings over a wider range stand on a logarithmic axis
_SPREAD = 30.0  # so do levels over a wider one
_ROOM = 60  # pixels between two settings that are written out


def sweep_svg(group: Together, ident: str) -> str:
    """Return the chart of a sweep, or an empty text where fewer than three runs can be drawn.

    A run that ended worse than it began, or as no number, is a triangle; where its level would press all others
    together, at the upper edge.

    Args:
        group: the runs.
        ident: makes the ids within the page unique.
    """
    kept = [p for p in group.points if not p.lost]
    if len(group.points) < 3 or not kept:
        return ""
    settings = sorted({p.setting for p in group.points})
    x = _setting_scale(settings)
    levels = [p.end for p in kept] + [p.end for p in group.points if p.lost and _near(p.end, kept)]
    low, high = min(levels), max(levels)
    y = value_scale(levels, log=low > 0 and high / low > _SPREAD)
    best = min(kept, key=lambda p: p.end)
    told = f"{group.loss} at the end over {group.axis}; lowest {short(best.end)} at {short(best.setting)}"
    parts = [
        f'<svg class="chart sweep" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{ident}-t {ident}-d">',
        f'<title id="{ident}-t">{_text(group.title)}</title><desc id="{ident}-d">{_text(told)}</desc>',
        *_grid(x, y, settings, group.axis),
    ]
    middles = [(x(s), y(median(ends))) for s in settings if (ends := [p.end for p in kept if p.setting == s])]
    if len(middles) > 1:
        parts.append(f'<polyline class="s0" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in middles)}"/>')
    parts.extend(_mark(p, x, y, best=p is best) for p in group.points)
    parts.append(_label(best, x, y, middles))
    parts.append("</svg>")
    return "".join(parts)


def _setting_scale(settings: list[float]) -> Scale:
    log = settings[0] > 0 and settings[-1] / settings[0] > _FAR
    low, high = (math.log10(settings[0]), math.log10(settings[-1])) if log else (settings[0], settings[-1])
    margin = 0.05 * (high - low)
    return Scale(low - margin, high + margin, LEFT, WIDTH - RIGHT, log)


def _near(end: float, kept: list[Point]) -> bool:
    """Whether a level can be drawn beside the others without pressing them together."""
    low, high = min(p.end for p in kept), max(p.end for p in kept)
    return math.isfinite(end) and low - (high - low) / 2 <= end <= high + (high - low) / 2


def _grid(x: Scale, y: Scale, settings: list[float], axis: str) -> list[str]:
    parts = []
    for value in value_ticks(y):
        at = y(value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{at + 3.5:.1f}" text-anchor="end">{short(value)}</text>')
    last = -math.inf
    for setting in settings:
        at = x(setting)
        if at - last >= _ROOM:
            last = at
            place = f'x="{at:.1f}" y="{HEIGHT - BOTTOM + 15}" text-anchor="middle"'
            parts.append(f'<text class="tick" {place}>{short(setting)}</text>')
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM}"/>')
    parts.append(f'<text class="tick" x="{WIDTH - RIGHT}" y="{HEIGHT - 3}" text-anchor="end">{_text(axis)}</text>')
    return parts


def _mark(point: Point, x: Scale, y: Scale, *, best: bool) -> str:
    at = x(point.setting)
    told = f"<title>{_text(f'{show(point.run)}: {short(point.end)} at {short(point.setting)}')}</title>"
    if point.lost:
        level = y(point.end) if math.isfinite(point.end) and y.shows(point.end) else TOP
        level = min(max(level, TOP + 1), HEIGHT - BOTTOM)
        return f'<path class="nan" d="M{at:.1f} {level:.1f}l5 9h-10z">{told}</path>'
    level = y(point.end)
    return (
        f'<circle class="p{1 if best else 0}" cx="{at:.1f}" cy="{level:.1f}" r="{5 if best else 3.5}">{told}</circle>'
    )


def _label(best: Point, x: Scale, y: Scale, line: Sequence[tuple[float, float]]) -> str:
    """Name the best run where its name hides least of the line and the marks: above or below it, to either side."""
    text = f"best: {short(best.end)} at {short(best.setting)}"
    wide, at, level = 6.2 * len(text) + 6, x(best.setting), y(best.end)
    points = [
        (a + (c - a) * k / 20, b + (d - b) * k / 20)
        for (a, b), (c, d) in pairwise([*line, *line[-1:]])
        for k in range(20)
    ]

    def hidden(place: tuple[float, float]) -> tuple[bool, int]:
        left, base = place
        outside = left < LEFT or left + wide > WIDTH - RIGHT or base - 11 < TOP - 6 or base + 3 > HEIGHT - BOTTOM
        return outside, sum(left <= px <= left + wide and base - 12 <= py <= base + 4 for px, py in points)

    places = [(at + dx, level + dy) for dy in (-10, 18, -26) for dx in (-wide / 2, 9, -9 - wide)]
    left, base = min(places, key=hidden)
    return f'<text class="label" x="{left:.1f}" y="{base:.1f}">{_text(text)}</text>'


def _text(text: str) -> str:
    return escape(show(text), quote=True)
