"""What a healthy run to compare with brings: faults judged by ``logdoc compare`` beside three repetitions of their
healthy twin.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.faults.cases import CASES
from benchmarks.faults.judging.judge import Said
from benchmarks.faults.judging.logs import write
from benchmarks.faults.judging.score import fires, told
from logdoc.api import compare

REPETITIONS = (0, 1, 2)
JUDGED = (3, 4)  # seeds that are none of the repetitions
Judged = tuple[str, int, str]


def _compare(arguments: tuple[str, int]) -> Judged:
    name, seed = arguments
    work = Path(tempfile.mkdtemp())
    try:
        for repetition in REPETITIONS:
            write(CASES[CASES[name].twin], repetition, work / "healthy" / str(repetition), layers=False)
        write(CASES[name], seed, work / "judged", layers=False)
        return name, seed, compare(work / "healthy", work / "judged")[0].verdict
    finally:
        shutil.rmtree(work)


def beside_twins(names: Sequence[str], said: Sequence[Said]) -> list[str]:
    """Return how many runs of some cases are worse than their twin, scalars only; controls other than the twins have
    nothing to be compared with.
    """
    chosen = [(name, seed) for name in names if not CASES[name].healthy or CASES[name].twin == name for seed in JUDGED]
    with ProcessPoolExecutor(2) as pool:
        judged = list(pool.map(_compare, chosen, chunksize=8))
    silent = {(s.case, s.seed) for s in said if not s.layers and s.until == 1.0 and not fires(s)}
    faults = [one for one in judged if not CASES[one[0]].healthy]
    groups = {
        "faults": faults,
        "faults in which nothing stands out without the twin": [one for one in faults if one[:2] in silent],
        "a fourth and fifth repetition of the twin itself": [one for one in judged if CASES[one[0]].healthy],
    }
    rows = ["| beside three repetitions of the healthy twin | worse beyond chance |", "|---|---|"]
    for title, mine in groups.items():
        worse = sum(verdict == "worse" for _, _, verdict in mine)
        rows.append(f"| {title} | {told(worse, len(mine), len({name for name, _, _ in mine}))} |")
    return rows
