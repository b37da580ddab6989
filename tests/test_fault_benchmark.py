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
from benchmarks.faults.judging import score, verdicts
from benchmarks.faults.judging.homes import HOMES
from benchmarks.faults.judging.judge import Said
from benchmarks.faults.judging.kept import WRITERS, write_kept
from benchmarks.faults.judging.prints import PRINTS
from benchmarks.faults.judging.runs import Run
from benchmarks.faults.kit.case import HABITS, HABITS_OF
from benchmarks.faults.sets.eighth import labels as eighth
from benchmarks.faults.sets.seventh.labels import BOTH, PREFIX, REQUIRED, TELL
from logdoc.engine import load_rules

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
        assert set(habits) <= {*WRITERS, *HOMES, *PRINTS, *HABITS}
        assert {case.habit for case in CASES.values() if case.origin == origin} == set(habits)


def _run(habit: str, **more: tuple[np.ndarray, np.ndarray]) -> Run:
    ends, steps = np.arange(4, 41, 4), np.arange(2, 41, 2)
    signals = {
        "loss": (steps, np.full(20, 0.71828)),
        "lr": (steps, np.full(20, 3e-3)),
        "val_iou": (ends, np.full(10, 0.61803)),
        "grad_norm/head": (steps, np.full(20, 0.5772)),
        **more,
    }
    return Run(signals, {"optimizer": "adam", "lr": 3e-3, "batch_size": 8, "epochs": 10, "seed": 0}, habit)


@pytest.mark.parametrize("habit", WRITERS)
def test_each_habit_keeps_the_values_and_the_settings_and_what_the_hook_measured(habit: str, tmp_path: Path) -> None:
    write_kept(_run(habit), tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    text = "".join(path.read_text(encoding="utf-8") for path in files if "tfevents" not in path.name)
    assert "0.003" in text
    if habit == "args-tb":
        assert any("tfevents" in path.name for path in files)
    else:
        assert all(value in text for value in ("0.71828", "0.618", "0.5772"))
    assert "head" in text or habit == "args-tb"


@pytest.mark.parametrize("habit", HOMES)
def test_each_habit_without_a_tool_keeps_values_settings_and_tests_and_layers_in_a_table_apart(
    habit: str, tmp_path: Path
) -> None:
    ends = np.arange(4, 41, 4)
    run = _run(habit, val_loss=(ends, np.linspace(0.9, 0.4, 10)), test_iou=(ends[-1:], np.array([0.57721])))

    HOMES[habit](run, tmp_path)

    text = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    layers = text.pop("layers.csv")
    assert layers.splitlines()[:2] == ["step,grad_norm/head", "2,0.5772"]
    assert all(value in "".join(text.values()) for value in ("0.003", "0.718", "0.618", "0.577"))
    assert "head" not in "".join(text.values())


def test_a_loop_of_ones_own_prints_a_heading_an_epoch_and_the_best_validation_so_far(tmp_path: Path) -> None:
    falls, rises = np.linspace(0.9, 0.45, 6), np.linspace(0.6, 0.75, 4)

    HOMES["home-text"](_run("home-text", val_loss=(np.arange(4, 41, 4), np.append(falls, rises))), tmp_path)

    lines = (tmp_path / "stdout.log").read_text(encoding="utf-8").splitlines()
    assert lines.count("=== epoch 7/10 ===") == 1
    assert lines[-2] == "  >> valid: iou 0.6180 loss 0.7500 (best 0.4500 @ epoch 6)"


def test_the_labels_of_the_seventh_set_cover_its_faults_and_use_words_of_the_rules() -> None:
    rules = load_rules()
    known = {rule.rule.id for rule in rules.rules}, {cause.cause.id for cause in rules.causes}
    faults = [case for case in CASES.values() if case.origin == "seventh" and not case.healthy]

    assert list(REQUIRED) == [PREFIX + name for name in TELL]
    assert sorted(REQUIRED) == sorted(case.name for case in faults)
    assert {symptom for groups in REQUIRED.values() for group in groups for symptom in group} <= known[0]
    assert {cause for case in faults for cause in case.causes} <= known[1]
    for name, (one, other) in BOTH.items():
        assert {*one, *other} == set(TELL[name][0])
        assert len(TELL[name][1]) == 2


def test_the_labels_of_the_eighth_set_cover_its_faults_and_use_words_of_the_rules() -> None:
    rules = load_rules()
    faults = {case.name: case for case in CASES.values() if case.origin == "eighth" and not case.healthy}

    assert sorted(faults) == sorted(eighth.REQUIRED)
    assert {symptom for (told,) in eighth.REQUIRED.values() for symptom in told} <= {r.rule.id for r in rules.rules}
    assert {cause for case in faults.values() for cause in case.causes} <= {c.cause.id for c in rules.causes}


def test_a_table_of_epochs_names_validation_and_the_seconds_of_each_epoch(tmp_path: Path) -> None:
    run = _run("grid-text", val_loss=(np.arange(4, 41, 4), np.linspace(0.9, 0.45, 10)))

    PRINTS["grid-text"](run, tmp_path)

    lines = (tmp_path / "output.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0].split()[-1] == "time"
    assert len(lines) == 11
    assert "0.450000" in lines[-1].split()


def test_a_line_under_each_epoch_names_all_its_means(tmp_path: Path) -> None:
    run = _run("under-text", val_loss=(np.arange(4, 41, 4), np.linspace(0.9, 0.45, 10)))

    PRINTS["under-text"](run, tmp_path)

    lines = (tmp_path / "nohup.out").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "Epoch 1/10"
    assert lines[1].startswith("4/4 - ")
    assert lines[1].endswith("val_loss: 0.9000")


def _said(
    *findings: tuple[str, str], causes: tuple[str, ...] = (), case: str = "operator-two-glitches-over-soon"
) -> Said:
    ranking = tuple((cause, 0.5) for cause in causes)
    return Said(PREFIX + case, 0, False, 1.0, "faulty", findings, ranking, (), len(causes))


def test_a_required_symptom_counts_at_any_severity_unless_it_must_be_loud() -> None:
    spike = ("loss-spikes", "info")
    assert score.required(_said(spike))
    assert not score.required(_said(spike), aloud=True)
    assert not score.required(_said(spike), every=True)
    assert score.required(_said(spike, ("lr-decayed-early", "warning")), aloud=True, every=True) is False
    assert score.required(_said(spike, ("lr-decayed-early", "warning")), every=True)
    assert not score.required(_said(("memory-growing", "warning")))


def test_both_of_two_faults_must_be_among_the_first_three_causes() -> None:
    spike, both = ("loss-spikes", "warning"), ("bad-batch", "lr-too-high", "lr-decay-too-fast")
    assert score.both_in_three(_said(spike, causes=both))
    assert not score.both_in_three(_said(spike, causes=(both[0], "labels-wrong", *both[1:])))
    assert not score.both_in_three(_said(causes=both))


def test_with_one_seed_every_fault_counts_as_visible() -> None:
    assert score.visible(CASES["seventh-operator-hot"], 1, layers=False)


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
