"""How long does judging take, in CPU time? All rules on a run with many layers, on one with scalars only, and on small
ones of five curves; imports apart, and reading but of the small ones.

python benchmarks/rules_speed.py
python benchmarks/rules_speed.py --old 6c22a2a --rounds 3       # an old state beside this one, by turns
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from logdoc.engine import load_rules
from logdoc.model import Run, Series
from logdoc.readers import load

try:
    from logdoc.judging.pipeline import judge_run, make_judge, prepare
except ImportError:  # the old state has it elsewhere
    from logdoc.api.pipeline import judge_run, make_judge, prepare  # type: ignore[import-not-found, no-redef]

ROOT = Path(__file__).resolve().parent.parent
RUNS = 3
SMALL = 40  # runs of five curves


def scalars(tags: int = 20, points: int = 10_000) -> Run:
    """A run of scalars only."""
    rng = np.random.default_rng(0)
    t = np.arange(points)
    known = [
        "train/loss",
        "val/loss",
        "train/acc",
        "val/acc",
        "lr",
        "grad_norm",
        "loss/box",
        "loss/cls",
        "val/f1",
        "step_time",
        "data_time",
        "memory",
    ]
    names = [*known, *(f"other{i}" for i in range(tags - len(known)))]
    made = {}
    for name in names:
        values = (
            0.9 - 0.8 * np.exp(-t / 2000) if "acc" in name else 1 + np.exp(-t / 2000) + 0.1 * rng.normal(size=points)
        )
        made[name] = Series(name, t, values)
    return Run("scalars", "made", ("made",), series=made)


def layers(count: int = 200, points: int = 1_000) -> Run:
    """A run with six statistics per layer."""
    rng = np.random.default_rng(0)
    t = np.arange(points)
    made = {"train/loss": Series("train/loss", t, 1 + np.exp(-t / 200) + 0.1 * rng.normal(size=points))}
    for i in range(count):
        for statistic, level in (
            ("grad_norm", 1.0),
            ("weight_norm", 5.0),
            ("update_ratio", 1e-3),
            ("act_mean", 0.1),
            ("act_std", 1.0),
            ("act_zero_frac", 0.4),
        ):
            name = f"{statistic}/layer{i}.weight"
            made[name] = Series(name, t, level * (1 + 0.05 * rng.normal(size=points) + 0.2 * t / points))
    return Run("layers", "made", ("made",), series=made)


def once(folder: Path) -> dict[str, float]:
    """Return the CPU milliseconds that this state of logdoc takes: medians for large runs, a mean of the small ones."""
    judge = make_judge(load_rules(), {}, {})
    _judged(scalars(), judge)  # imports
    taken = {}
    for run, what in ((scalars(), "20 tags x 10,000 points"), (layers(), "200 layers x 6 statistics x 1,000 points")):
        taken[what] = statistics.median(_judged(run, judge) for _ in range(RUNS))
    begin = time.process_time()
    small = [next(r for r in load([str(one)]) if isinstance(r, Run)) for one in sorted(folder.iterdir())]
    taken["5 curves: reading"] = (time.process_time() - begin) / len(small) * 1000
    taken["5 curves: naming and judging"] = statistics.fmean(_judged(run, judge) for run in small)
    return taken


def _judged(run: Run, judge: Any) -> float:
    begin = time.process_time()
    judge_run(run, prepare(run, judge), judge)
    return (time.process_time() - begin) * 1000


def main() -> None:
    """Print medians, and ratios to the old state."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", help="the commit to measure against")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--once", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.once:
        print(json.dumps(once(chosen.once)))
        return
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from scale import checkout
    from scale_runs import one_run

    with tempfile.TemporaryDirectory() as scratch:
        places = {"now": ROOT} | ({chosen.old: checkout(chosen.old, Path(scratch) / "old")} if chosen.old else {})
        for number in range(SMALL):
            one_run(Path(scratch) / "runs" / f"{number:03}", number)
        found: dict[str, dict[str, list[float]]] = {}
        for _ in range(chosen.rounds):
            for name, place in places.items():
                command = [sys.executable, str(Path(__file__).resolve()), "--once", str(Path(scratch) / "runs")]
                environment = {**os.environ, "PYTHONPATH": str(place)}
                printed = subprocess.run(
                    command, env=environment, cwd=place, check=True, capture_output=True, text=True
                )
                for what, milliseconds in json.loads(printed.stdout).items():
                    found.setdefault(what, {}).setdefault(name, []).append(milliseconds)
    for what, taken in found.items():
        medians = {name: statistics.median(all_) for name, all_ in taken.items()}
        parts = [f"{name} {medians[name]:.1f} ms [{min(all_):.1f}, {max(all_):.1f}]" for name, all_ in taken.items()]
        told = ", ".join(parts)
        print(f"{what:45} {told}" + (f", ratio {medians['now'] / medians[chosen.old]:.2f}" if chosen.old else ""))


if __name__ == "__main__":
    main()
