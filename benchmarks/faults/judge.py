"""Runs logdoc over the benchmark's logs and keeps, per run, what it said: verdict, findings, causes in order."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cases import CASES
from logs import write

from logdoc.api import load_runs
from logdoc.api.pipeline import judge_run, make_judge, network_statuses, prepare
from logdoc.diagnosis import posteriors
from logdoc.engine import evaluate, fill_cause, load_rules


@dataclass(frozen=True)
class Said:
    """What was said about one run."""

    case: str
    seed: int
    layers: bool
    until: float
    verdict: str
    findings: tuple[tuple[str, str], ...]
    ranking: tuple[tuple[str, float], ...]
    statuses: tuple[tuple[str, str], ...]


def say(case: str, seed: int, layers: bool, until: float = 1.0) -> Said:
    """Write one run to a folder, analyse it as a user would, and return what was said."""
    judge = make_judge(load_rules(), {}, {})
    work = Path(tempfile.mkdtemp())
    try:
        write(CASES[case], seed, work / "run", layers=layers, until=until)
        run = load_runs(work / "run")[0]
        seen = prepare(run, judge)
        analysis = judge_run(run, seen, judge)
        findings = evaluate(judge.rules.rules, seen, {})
        statuses = network_statuses(findings, judge)
        by_id = {f.id: f for f in findings}
        factors = {c.cause.id: fill_cause(c, seen, by_id)[1] for c in judge.rules.causes}
        all_causes = posteriors(judge.network, statuses, factors)
    finally:
        shutil.rmtree(work)
    told = [c.id for c in analysis.causes]
    rest = sorted((c for c in all_causes if c not in told), key=lambda c: (-all_causes[c], c))
    fired = tuple((f.id, f.severity) for f in analysis.findings if f.status == "fires")
    ranking = tuple((c, round(all_causes[c], 4)) for c in [*told, *rest[:5]])
    return Said(case, seed, layers, until, analysis.verdict, fired, ranking, tuple(sorted(statuses.items())))


def _say(arguments: tuple[str, int, bool, float]) -> Said:
    return say(*arguments)


def say_all(wanted: Iterable[tuple[str, int, bool, float]]) -> list[Said]:
    """Judge many runs on two processes."""
    with ProcessPoolExecutor(2) as pool:
        return list(pool.map(_say, wanted, chunksize=8))
