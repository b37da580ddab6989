"""No verdict on the kept runs of the fault benchmark is lost: the injected cause comes first, and healthy runs stay
silent.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logdoc.engine import load_rules
from logdoc.judging.pipeline import judge_run, make_judge, prepare
from tests.fault_runs import run_of

LOGS = Path(__file__).resolve().parent / "fault_logs"
EXPECTED = json.loads((LOGS / "expected.json").read_text(encoding="utf-8"))
JUDGE = make_judge(load_rules(), {}, {})


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_verdict_of_the_benchmark_is_kept(name: str) -> None:
    run = run_of(LOGS / f"{name}.npz", name, EXPECTED[name]["config"])

    said = judge_run(run, prepare(run, JUDGE), JUDGE)

    if EXPECTED[name]["causes"]:
        assert said.causes[0].id in EXPECTED[name]["causes"], [(c.id, c.probability) for c in said.causes]
    else:
        assert [f.id for f in said.findings if f.status == "fires" and f.severity != "info"] == []


def test_the_gate_is_small_and_holds_faults_and_controls() -> None:
    assert sum(path.stat().st_size for path in LOGS.iterdir()) < 5_000_000
    assert sum(bool(e["causes"]) for e in EXPECTED.values()) >= 25
    assert sum(not e["causes"] for e in EXPECTED.values()) >= 10
