from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import logdoc
from logdoc.errors import ConfigError, ReadError, RuleErrors

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def epochs(count: int, *, rise: float = 0.0) -> str:
    rows = (f"{i},{2.0 * 0.8**i:.5f},{max(1.0, 2.0 * 0.7**i) + max(0, i - 4) * rise:.5f}" for i in range(count))
    return "\n".join(["epoch,loss,val_loss", *rows]) + "\n"


def test_five_epochs_say_what_can_be_said_of_them(tmp_path: Path) -> None:
    run = logdoc.analyze(write(tmp_path, "log.csv", epochs(5))).runs[0]

    assert run.verdict == "info"
    assert {f.id for f in run.findings if f.status == "fires" and "few" in f.title.lower()}


def test_two_rows_without_a_fact_are_undecidable_and_say_why(tmp_path: Path) -> None:
    run = logdoc.analyze(write(tmp_path, "log.csv", epochs(2))).runs[0]

    assert run.verdict == "undecidable"
    assert "2 points" in run.headline


def test_nan_is_found_even_in_five_epochs(tmp_path: Path) -> None:
    run = logdoc.analyze(
        write(tmp_path, "log.csv", "epoch,loss,val_loss\n0,1.0,1.1\n1,nan,nan\n2,nan,nan\n3,nan,nan\n4,nan,nan\n")
    ).runs[0]

    assert run.verdict == "error"


def test_overfitting_is_the_first_cause_of_a_rising_validation_loss(tmp_path: Path) -> None:
    run = logdoc.analyze(write(tmp_path, "log.csv", epochs(20, rise=0.05))).runs[0]

    assert run.causes[0].id.startswith("overfit")
    assert any("Stop at epoch 3," in remedy.do for remedy in run.causes[0].remedies)


def test_an_empty_folder_has_no_runs(tmp_path: Path) -> None:
    assert logdoc.analyze(tmp_path).runs == ()


def test_a_missing_path_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="nowhere"):
        logdoc.analyze(tmp_path / "nowhere")


def test_a_table_that_is_no_log_is_a_defect_and_not_a_run(tmp_path: Path) -> None:
    write(tmp_path, "people.csv", "name,town\nAda,London\nAlan,Wilmslow\nGrace,New York\n")

    analysis = logdoc.analyze(tmp_path)

    assert analysis.runs == ()
    assert analysis.defects[0].source == "people.csv"


def test_one_broken_file_does_not_lose_the_others(tmp_path: Path) -> None:
    write(tmp_path, "a/log.csv", epochs(12))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "events.out.tfevents.1.host").write_bytes(b"\x00garbage\xff" * 40)

    analysis = logdoc.analyze(tmp_path)

    assert "a/log.csv" in [run.id for run in analysis.runs]
    assert all(run.verdict == "unreadable" for run in analysis.runs if run.id.startswith("b"))


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path, "log.csv", epochs(20, rise=0.05))

    first, second = logdoc.analyze(tmp_path), logdoc.analyze(tmp_path)

    assert first.to_json() == second.to_json()
    assert first.to_html() == second.to_html()
    assert first.to_markdown() == second.to_markdown()


def test_reports_carry_no_absolute_path(tmp_path: Path) -> None:
    write(tmp_path, "run/log.csv", epochs(20, rise=0.05))

    analysis = logdoc.analyze(tmp_path)

    assert str(tmp_path) not in analysis.to_json() + analysis.to_html() + analysis.to_markdown()


def test_json_has_the_keys_of_its_schema(tmp_path: Path) -> None:
    document = json.loads(logdoc.analyze(write(tmp_path, "log.csv", epochs(20, rise=0.05))).to_json())

    assert document["schema"] == "logdoc-report/2"
    wanted = {
        "id",
        "format",
        "sources",
        "steps",
        "verdict",
        "context",
        "config",
        "findings",
        "causes",
        "not_judged",
        "clear",
        "defects",
    }
    assert wanted <= set(document["runs"][0])


def test_a_parameter_can_be_changed(tmp_path: Path) -> None:
    path = write(tmp_path, "log.csv", epochs(20, rise=0.05))

    strict = logdoc.analyze(path, settings={"val-u-shape.visible": 50})

    assert "val-u-shape" in [n.id for n in strict.runs[0].clear]


def test_an_unknown_parameter_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    path = write(tmp_path, "log.csv", epochs(20))

    with pytest.raises(ConfigError, match="Did you mean"):
        logdoc.analyze(path, settings={"val-u-shape.visble": 1})


def test_rules_can_be_selected_and_ignored(tmp_path: Path) -> None:
    path = write(tmp_path, "log.csv", epochs(20, rise=0.05))

    only = logdoc.analyze(path, select=["generalisation"], ignore=["overtrained"]).runs[0]

    ids = {f.id for f in only.findings} | {n.id for n in (*only.clear, *only.not_judged, *only.not_applicable)}
    assert "val-u-shape" in ids
    assert "overtrained" not in ids
    assert "loss-nan" not in ids


def test_a_rule_of_ones_own_joins_the_bundled_ones(tmp_path: Path) -> None:
    from logdoc.api.rulebase import new_rule

    new_rule("loss-my-own", "loss", tmp_path / "rules")
    path = write(tmp_path, "log.csv", "step,loss\n" + "".join(f"{i},{20 + i % 2}\n" for i in range(20)))

    run = logdoc.analyze(path, rules=[tmp_path / "rules"]).runs[0]

    assert "loss-my-own" in [f.id for f in run.findings if f.status == "fires"]


def test_a_broken_rule_is_refused_with_its_place(tmp_path: Path) -> None:
    write(tmp_path, "rules/loss/bad.yaml", "id: bad\ntitle: [\n")

    with pytest.raises(RuleErrors, match=r"bad\.yaml:\d+:\d+"):
        logdoc.analyze(write(tmp_path, "log.csv", epochs(8)), rules=[tmp_path / "rules"])


def test_load_runs_gives_columns(tmp_path: Path) -> None:
    runs = logdoc.load_runs(write(tmp_path, "log.csv", epochs(8)))

    assert runs[0].series["loss"].values[0] == 2.0
    assert runs[0].series["loss"].steps.tolist() == list(range(8))


def test_a_sweep_of_learning_rates_is_judged_as_a_group(tmp_path: Path) -> None:
    for lr, end in (("0.001", 1.6), ("0.01", 1.2), ("0.1", 0.8)):
        rows = "".join(f"{i},{2 - (2 - end) * i / 19:.4f}\n" for i in range(20))
        write(tmp_path, f"lr{lr}/log.csv", "epoch,val_loss\n" + rows)
        write(tmp_path, f"lr{lr}/config.json", json.dumps({"lr": float(lr), "batch_size": 32}))

    groups = logdoc.analyze(tmp_path).groups

    assert [f.id for g in groups for f in g.findings] == ["lr-sweep-best", "lr-sweep-edge"]


def test_a_fault_carries_how_often_its_rule_was_right_and_a_finding_at_info_does_not(tmp_path: Path) -> None:
    write(tmp_path, "config.json", json.dumps({"lr": 5.0, "optimizer": "adam"}))
    found = {
        f.id: f
        for f in logdoc.analyze(write(tmp_path, "log.csv", epochs(40)).parent).runs[0].findings
        if f.status == "fires"
    }

    assert found["lr-unusual"].measured is not None
    right, of = found["lr-unusual"].measured
    assert 0 < right <= of
    assert all(f.measured is None for f in found.values() if f.severity == "info")


def test_checks_before_a_training_need_no_curve_to_be_judged(tmp_path: Path) -> None:
    fine, missing, other = (tmp_path / f"{name}.csv" for name in ("fine", "missing", "other"))
    fine.write_text("step,preflight/params_missing,preflight/params_trainable\n0,0,4\n")
    missing.write_text("step,preflight/params_missing,preflight/params_trainable\n0,2,4\n")
    other.write_text("step,train/loss\n0,2.3\n")

    verdicts = {run.id: run.verdict for run in logdoc.analyze(tmp_path).runs}

    assert verdicts == {"fine.csv": "healthy", "missing.csv": "error", "other.csv": "undecidable"}
