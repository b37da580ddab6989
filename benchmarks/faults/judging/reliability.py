"""How far the probabilities can be trusted: a table, a diagram as SVG, and the Brier score."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from benchmarks.faults.cases import CASES
from benchmarks.faults.judging.judge import Said
from benchmarks.faults.judging.score import fires, first, told, wilson

EDGES = (0.3, 0.45, 0.6, 0.75, 0.9, 1.0001)
SIDE, MARGIN = 320, 44


def named(said: Sequence[Said]) -> list[Said]:
    """Return the faulty runs for which a cause is named."""
    return [s for s in said if s.until == 1.0 and not CASES[s.case].healthy and s.told and fires(s)]


def _bins(said: Sequence[Said]) -> list[tuple[float, float, list[Said]]]:
    return [(low, high, [s for s in said if low <= s.ranking[0][1] < high]) for low, high in pairwise(EDGES)]


def table(said: Sequence[Said]) -> list[str]:
    """Return how often the first cause is right, by the probability that was given."""
    mine = named(said)
    rows = ["| probability given | mean | right |", "|---|---|---|"]
    for low, high, inside in _bins(mine):
        mean = f"{sum(s.ranking[0][1] for s in inside) / len(inside):.0%}" if inside else ""
        rows.append(
            f"| {low:.0%} to {min(high, 1.0):.0%} | {mean} "
            f"| {told(sum(map(first, inside)), len(inside), len({s.case for s in inside}))} |"
        )
    brier = sum((s.ranking[0][1] - first(s)) ** 2 for s in mine) / max(1, len(mine))
    rate = sum(map(first, mine)) / max(1, len(mine))
    return [
        *rows,
        "",
        (
            f"Brier score {brier:.3f} over {len(mine)} runs for which a cause is named; "
            f"{rate * (1 - rate):.3f} would be had by always giving {rate:.0%}."
        ),
    ]


def diagram(said: Sequence[Said]) -> str:
    """Return the reliability diagram: right share over given probability, with intervals; on the dashed line the two
    are equal.
    """
    size = SIDE + 2 * MARGIN

    def at(share: float, *, up: bool) -> float:
        return round(MARGIN + (1 - share if up else share) * SIDE, 1)

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}" '
            'font-family="sans-serif" font-size="11">'
        ),
        (
            f'<rect width="{size}" height="{size}" fill="#fff"/>'
            f'<rect x="{MARGIN}" y="{MARGIN}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>'
        ),
        (
            f'<line x1="{at(0, up=False)}" y1="{at(0, up=True)}" x2="{at(1, up=False)}" y2="{at(1, up=True)}" '
            'stroke="#999" stroke-dasharray="4 4"/>'
        ),
    ]
    for mark in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<text x="{at(mark, up=False)}" y="{size - MARGIN + 16}" text-anchor="middle">{mark:.0%}</text>')
        parts.append(f'<text x="{MARGIN - 6}" y="{at(mark, up=True) + 4}" text-anchor="end">{mark:.0%}</text>')
    for _, _, inside in _bins(named(said)):
        if not inside:
            continue
        given, right = sum(s.ranking[0][1] for s in inside) / len(inside), sum(map(first, inside)) / len(inside)
        cases = len({s.case for s in inside})
        low, high = wilson(right * cases, cases)
        x = at(given, up=False)
        parts.append(
            f'<line x1="{x}" x2="{x}" y1="{at(low, up=True)}" y2="{at(high, up=True)}" '
            'stroke="#2563eb" stroke-width="1.5"/>'
        )
        parts.append(f'<circle cx="{x}" cy="{at(right, up=True)}" r="4.5" fill="#2563eb"/>')
        parts.append(f'<text x="{x + 8}" y="{at(right, up=True) + 4}">{len(inside)}</text>')
    parts.append(
        f'<text x="{size / 2}" y="{size - 8}" text-anchor="middle">probability given to the first cause</text>'
    )
    parts.append(
        f'<text transform="translate(12 {size / 2}) rotate(-90)" text-anchor="middle">'
        "share in which it is right</text></svg>"
    )
    return "\n".join([*parts, ""])
