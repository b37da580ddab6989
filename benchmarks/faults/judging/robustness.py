"""Whether what is said survives what must not matter (thinner or smoother logs, other formats), how much of it a table
of ten rows still tells, and whether missing signals are owned up to.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.faults.cases import CASES
from benchmarks.faults.judging.judge import Said, say_all
from benchmarks.faults.judging.logs import CHANGES
from benchmarks.faults.judging.score import SIDE, first, loud, told


def changed(names: Sequence[str], changes: Sequence[str] = tuple(CHANGES), seed: int = 0) -> list[Said]:
    """Judge one seed of some cases in changed forms, with layer statistics where the form can hold them."""
    return say_all((name, seed, True, 1.0, change) for name in names for change in changes)


def stability(plain: Sequence[Said], others: Sequence[Said], changes: Sequence[str] = tuple(CHANGES)) -> list[str]:
    """Return, per change, how often what was said stays as it was."""
    before = {(s.case, s.seed): s for s in plain if s.layers and s.until == 1.0}
    rows = ["| the same runs | same verdict | first cause still right | controls with an alarm |", "|---|---|---|---|"]
    for change in changes:
        pairs = [(before[s.case, s.seed], s) for s in others if s.change == change]
        same = sum((a.verdict in ("error", "warning")) == (b.verdict in ("error", "warning")) for a, b in pairs)
        were = [(a, b) for a, b in pairs if not CASES[a.case].healthy and first(a)]
        healthy = [b for a, b in pairs if CASES[a.case].healthy]
        cells = [change, told(same, len(pairs), len(pairs)), told(sum(first(b) for _, b in were), len(were), len(were))]
        cells.append(told(sum(bool(loud(b)) for b in healthy), len(healthy), len(healthy)))
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def abstention(said: Sequence[Said]) -> str:
    """Return what becomes, without layer statistics, of the findings that rest on them: listed as not judged, or
    silently gone.
    """
    by_run: dict[tuple[str, int], dict[bool, Said]] = {}
    for s in said:
        if s.until == 1.0:
            by_run.setdefault((s.case, s.seed), {})[s.layers] = s
    lost = listed = 0
    cases: set[str] = set()
    for both in by_run.values():
        if len(both) == 2:
            gone = {f for f, _ in both[True].findings if f not in SIDE} - {f for f, _ in both[False].findings}
            lost += len(gone)
            listed += len(gone & set(both[False].not_judged))
            cases |= {both[True].case} if gone else set()
    return (
        f"Of {lost} findings that a run shows with layer statistics and not without, "
        f"{told(listed, lost, len(cases))} are listed without them as not judged, "
        "with what to log; the others are judged clear, or do not apply: rules that look at two layer statistics at "
        "once, and runs whose scalars are logged "
        "as means over epochs."
    )
