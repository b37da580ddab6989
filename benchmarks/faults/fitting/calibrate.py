"""Fits the few numbers that belong to no single rule, on the parts that may be fitted on: ``python -m
benchmarks.faults.fitting.calibrate``.

How much a clear finding counts beside a firing one, how often a rule fires without any cause, and a factor on all
priors: the table shows, for a grid of them, how often the first cause is right and the Brier score of the probability
it is given. The chosen values stand in `logdoc.diagnosis.inference` and `logdoc.judging.pipeline`; nothing of the
unseen parts is looked at.
"""

from __future__ import annotations

import dataclasses
import itertools
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import logdoc.diagnosis.inference as inference
from benchmarks.faults.cases import CASES
from benchmarks.faults.judging.logs import write
from benchmarks.faults.judging.train import SEEDS
from benchmarks.faults.parts import part_of
from logdoc.api import load_runs
from logdoc.diagnosis import posteriors
from logdoc.diagnosis.ranking import WORTH
from logdoc.engine import evaluate, load_rules, weigh_cause
from logdoc.judging.pipeline import make_judge, network_statuses, prepare

Seen = tuple[str, dict[str, str], dict[str, float], frozenset[str]]


def look(arguments: tuple[str, int, bool]) -> Seen:
    """Return what the network gets to see of one run: verdicts, context factors, and which findings are more than
    remarks.
    """
    name, seed, layers = arguments
    judge = make_judge(load_rules(), {}, {})
    work = Path(tempfile.mkdtemp())
    try:
        write(CASES[name], seed, work / "run", layers=layers)
        seen = prepare(load_runs(work / "run")[0], judge)
        findings = evaluate(judge.rules.rules, seen, {})
    finally:
        shutil.rmtree(work)
    by_id = {f.id: f for f in findings}
    factors = {c.cause.id: weigh_cause(c, seen, by_id)[0] for c in judge.rules.causes}
    return (
        name,
        network_statuses(findings, judge),
        factors,
        frozenset(f.id for f in findings if f.status == "fires" and f.severity != "info"),
    )


def main() -> None:
    """Print the grid, best first."""
    part = part_of()
    wanted = [
        (n, s, layers)
        for n in CASES
        if part[n].fitted_on and not CASES[n].healthy
        for s in range(SEEDS)
        for layers in (True, False)
    ]
    with ProcessPoolExecutor(2) as pool:
        runs = list(pool.map(look, wanted, chunksize=8))
    network = make_judge(load_rules(), {}, {}).network
    explains = {c.id: set(c.explains) for c in network.causes}
    rows = []
    for silence, leak, prior in itertools.product((0.15, 0.3, 0.5, 0.7), (0.25, 0.5, 1.0), (1.0, 2.0, 3.0)):
        inference.SILENCE = silence
        changed = dataclasses.replace(
            network,
            leaks={s: min(0.5, p * leak) for s, p in network.leaks.items()},
            causes=tuple(dataclasses.replace(c, prior=min(0.4, c.prior * prior)) for c in network.causes),
        )
        hits = brier = counted = 0.0
        for name, statuses, factors, serious in runs:
            found = posteriors(changed, statuses, factors)
            told = [
                c for c in found if found[c] >= WORTH and explains[c] & {s for s, v in statuses.items() if v == "fires"}
            ]
            if not told:
                continue
            first = min(told, key=lambda c: (not serious & explains[c], -found[c], c))
            right = first in CASES[name].causes
            hits, counted, brier = hits + right, counted + 1, brier + (found[first] - right) ** 2
        rows.append((hits / len(runs), -brier / max(counted, 1), silence, leak, prior, counted))
    print("first right   Brier   silence  leaks   priors  runs with a cause")
    for hits, brier, silence, leak, prior, counted in sorted(rows, reverse=True)[:12]:
        print(f"{hits:11.1%} {-brier:7.3f} {silence:9.1f} x{leak:5.1f} x{prior:6.1f} {counted:8.0f}")


if __name__ == "__main__":
    main()
