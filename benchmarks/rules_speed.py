"""How long does judging take? All rules on a run with many layers, and on one with scalars only; reading and imports
apart.

python benchmarks/rules_speed.py
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from logdoc.engine import load_rules
from logdoc.judging.pipeline import judge_run, make_judge, prepare
from logdoc.model import Run, Series

RUNS = 7


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


def main() -> None:
    """Print the medians."""
    judge = make_judge(load_rules(), {}, {})
    judge_run(scalars(), prepare(scalars(), judge), judge)  # imports
    for run, what in ((scalars(), "20 tags x 10,000 points"), (layers(), "200 layers x 6 statistics x 1,000 points")):
        taken = []
        for _ in range(RUNS):
            begin = time.perf_counter()
            judge_run(run, prepare(run, judge), judge)
            taken.append(time.perf_counter() - begin)
        print(
            f"{what:45} {statistics.median(taken):.3f} s (fastest {min(taken):.3f}, slowest {max(taken):.3f}), "
            f"{len(judge.rules.rules)} rules"
        )


if __name__ == "__main__":
    main()
