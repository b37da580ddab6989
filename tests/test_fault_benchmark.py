"""The table of the fault benchmark's parts covers every case, and what may not be looked at is not told. Nothing is
trained.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from benchmarks.faults import parts
from benchmarks.faults.cases import CASES
from benchmarks.faults.judging import verdicts
from benchmarks.faults.judging.kept import WRITERS, write_kept
from benchmarks.faults.judging.runs import Run
from benchmarks.faults.kit.case import HABITS, HABITS_OF

FAULT_LOGS = Path(__file__).resolve().parent / "fault_logs"


def test_every_case_is_in_exactly_one_part() -> None:
    assert parts.complaints() == []
    assert list(parts.part_of()) == list(CASES)
    assert len(CASES) == sum(part.faults + part.controls for part in parts.PARTS)


def test_a_case_of_a_set_that_no_part_knows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    one = next(iter(CASES.values()))
    monkeypatch.setitem(CASES, "other-one", dataclasses.replace(one, name="other-one", origin="other"))
    assert parts.complaints() == ["other-one is in 0 parts"]


def test_a_case_in_two_parts_and_a_part_that_grew_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = next(part for part in parts.PARTS if part.name == "fresh")
    twice = dataclasses.replace(fresh, name="again", faults=fresh.faults - 1)
    monkeypatch.setattr(parts, "PARTS", (*parts.PARTS, twice))
    told = parts.complaints()
    assert "fresh-lstm-healthy is in 2 parts" in told
    assert f"again has {fresh.faults} faults and {fresh.controls} controls, not 125 and 61" in told


def test_every_twin_is_a_healthy_case_of_the_same_part_of_the_world() -> None:
    for case in CASES.values():
        twin = CASES[case.twin]
        assert twin.healthy
        assert (twin.family, twin.origin) == (case.family, case.origin)


def test_runs_kept_with_the_tests_are_of_parts_that_may_be_kept() -> None:
    kept = json.loads((FAULT_LOGS / "expected.json").read_text(encoding="utf-8"))
    part = parts.part_of()
    assert {name for name in kept if not part[name].gated} == set()


def test_a_set_with_habits_of_its_own_leaves_those_of_all_others_as_they_were() -> None:
    others = [case for case in CASES.values() if case.origin not in HABITS_OF]
    assert list(CASES.values())[: len(others)] == others
    assert [case.habit for case in others] == [HABITS[i % len(HABITS)] for i in range(len(others))]
    for origin, habits in HABITS_OF.items():
        assert set(habits) <= set(WRITERS)
        assert {case.habit for case in CASES.values() if case.origin == origin} == set(habits)


@pytest.mark.parametrize("habit", WRITERS)
def test_each_habit_keeps_the_values_and_the_settings_and_what_the_hook_measured(habit: str, tmp_path: Path) -> None:
    ends, steps = np.arange(4, 41, 4), np.arange(2, 41, 2)
    signals = {
        "loss": (steps, np.full(20, 0.71828)),
        "lr": (steps, np.full(20, 3e-3)),
        "val_iou": (ends, np.full(10, 0.61803)),
        "grad_norm/head": (steps, np.full(20, 0.5772)),
    }
    write_kept(
        Run(signals, {"optimizer": "adam", "lr": 3e-3, "batch_size": 8, "epochs": 10, "seed": 0}, habit), tmp_path
    )
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    text = "".join(path.read_text(encoding="utf-8") for path in files if "tfevents" not in path.name)
    assert "0.003" in text
    if habit == "args-tb":
        assert any("tfevents" in path.name for path in files)
    else:
        assert all(value in text for value in ("0.71828", "0.618", "0.5772"))
    assert "head" in text or habit == "args-tb"


def _line(case: str, verdict: str = "faulty") -> dict[str, object]:
    causes = [["lr-too-high", 0.81]]
    return {"case": case, "seed": 0, "layers": True, "verdict": verdict, "findings": [], "causes": causes}


def _written(path: Path, *lines: dict[str, object]) -> dict[verdicts.Key, verdicts.Line]:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return verdicts.read(path)


def test_equal_verdicts_differ_in_nothing(tmp_path: Path) -> None:
    old = _written(tmp_path / "old", _line("mlp-healthy"))
    assert verdicts.told(old, _written(tmp_path / "new", _line("mlp-healthy"))) == []


def test_a_verdict_that_changed_and_a_run_that_is_missing_are_listed(tmp_path: Path) -> None:
    old = _written(tmp_path / "old", _line("mlp-healthy"), _line("cnn-healthy"))
    new = _written(tmp_path / "new", _line("mlp-healthy", "healthy"))
    assert verdicts.told(old, new) == [
        "cnn-healthy.0 with layers: missing: present -> absent",
        "mlp-healthy.0 with layers: verdict: faulty -> healthy",
    ]


def test_of_unseen_parts_the_comparison_tells_totals_only(tmp_path: Path) -> None:
    name = next(name for name, part in parts.part_of().items() if part.unseen)
    old = _written(tmp_path / "old", _line(name))
    told = verdicts.told(old, _written(tmp_path / "new", _line(name, "healthy")))
    assert told == ["unseen parts: 1 runs differ, not listed: {'verdict': 1}"]


def test_a_file_that_holds_something_else_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    path.write_text('{"case": "mlp-healthy"}\n', encoding="utf-8")
    with pytest.raises(SystemExit, match=r"old\.jsonl:1: "):
        verdicts.read(path)
