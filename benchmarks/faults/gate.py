"""Chooses the runs of the regression gate from halves that were looked at and writes them to ``tests/fault_logs``:
``python benchmarks/faults/gate.py``.

A run goes in when its first cause is right today, or when it is a control and silent. The test fails on any of them
that is lost later.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from cases import CASES
from score import halves
from train import CACHE

from logdoc.engine import load_rules
from logdoc.judging.pipeline import judge_run, make_judge, prepare
from tests.fault_runs import run_of

TARGET = Path(__file__).resolve().parents[2] / "tests" / "fault_logs"
MOST = 4_400_000  # bytes


def main() -> None:
    """Write the logs and what is expected of them."""
    half = halves()
    judge = make_judge(load_rules(), {}, {})
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    expected: dict[str, dict[str, object]] = {}
    size = 0
    for name, case in sorted(
        CASES.items(), key=lambda item: (half[item[0]] == "third", item[0])
    ):  # the old ones first, then as many of the others as fit
        path = CACHE / f"{name}.0.npz"
        if half[name] not in ("train", "third") or size + path.stat().st_size > MOST:
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
