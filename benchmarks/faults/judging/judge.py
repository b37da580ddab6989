"""Runs logdoc over the benchmark's logs and keeps, per run, what it said: verdict, findings, causes in order."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.cases import CASES
from benchmarks.faults.judging.logs import write
from logdoc.api import analyze
from logdoc.model import RunAnalysis

Wanted = tuple[str, int, bool, float] | tuple[str, int, bool, float, str]


@dataclass(frozen=True)
class Said:
    """What was said about one run.

    Attributes:
        ranking: causes and probabilities as the report gives them, those that are merely possible last.
        told: how many of them are worth acting on.
    """

    case: str
    seed: int
    layers: bool
    until: float
    verdict: str
    findings: tuple[tuple[str, str], ...]
    ranking: tuple[tuple[str, float], ...]
    not_judged: tuple[str, ...]
    told: int
    change: str = ""


def analysis_of(case: str, seed: int, layers: bool, until: float = 1.0, change: str = "") -> RunAnalysis | None:
    """Write one run to a folder and analyse it as a user would; None where nothing in it is taken for a training, as
    in the first two lines of a log.
    """
    work = Path(tempfile.mkdtemp())
    try:
        write(CASES[case], seed, work / "run", layers=layers, until=until, change=change)
        return next(iter(analyze(work / "run").runs), None)
    finally:
        shutil.rmtree(work)


def say(case: str, seed: int, layers: bool, until: float = 1.0, change: str = "") -> Said:
    """Return what is said about one run."""
    analysis = analysis_of(case, seed, layers, until, change)
    if analysis is None:
        return Said(case, seed, layers, until, "undecidable", (), (), (), 0, change)
    fired = tuple((f.id, f.severity) for f in analysis.findings if f.status == "fires")
    ranking = tuple((c.id, round(c.probability, 4)) for c in (*analysis.causes, *analysis.possible))
    open_ = tuple(sorted(n.id for n in analysis.not_judged))
    return Said(case, seed, layers, until, analysis.verdict, fired, ranking, open_, len(analysis.causes), change)


def _say(arguments: Wanted) -> Said:
    return say(*arguments)


def say_all(wanted: Iterable[Wanted]) -> list[Said]:
    """Judge many runs on two processes: case, seed, with layers or not, share of the run, change."""
    with ProcessPoolExecutor(2) as pool:
        return list(pool.map(_say, wanted, chunksize=8))
