"""Chooses the runs of the regression gate from parts that were looked at and writes them to ``tests/fault_logs``:
``python -m
benchmarks.faults.fitting.gate``.

A run goes in when its first cause is right today, or when it is a control and silent. The test fails on any of them
that is lost later.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from benchmarks.faults.cases import CASES
from benchmarks.faults.judging.train import CACHE
from benchmarks.faults.parts import part_of
from logdoc.engine import load_rules
from logdoc.judging.pipeline import judge_run, make_judge, prepare
from tests.fault_runs import run_of

TARGET = Path(__file__).resolve().parents[3] / "tests" / "fault_logs"
MOST = 4_400_000  # bytes


def main() -> None:
    """Write the logs and what is expected of them."""
    part = part_of()
    judge = make_judge(load_rules(), {}, {})
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    expected: dict[str, dict[str, object]] = {}
    size = 0
    for name, case in sorted(
        CASES.items(), key=lambda item: (part[item[0]].origin == "third", item[0])
    ):  # the old ones first, then as many of the others as fit
        path = CACHE / f"{name}.0.npz"
        if not part[name].gated or size + path.stat().st_size > MOST:
            continue
        run = run_of(path, name, case.config)
        said = judge_run(run, prepare(run, judge), judge)
        loud = sorted(f.id for f in said.findings if f.status == "fires" and f.severity != "info")
        right = bool(said.causes) and said.causes[0].id in case.causes
        if (case.healthy and not loud) or right:
            shutil.copy(path, TARGET / f"{name}.npz")
            size += path.stat().st_size
            expected[name] = {"causes": list(case.causes), "config": case.config}
    (TARGET / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
    print(f"{len(expected)} runs, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
