"""Logs that further real writers wrote (tests/written/make_more.py) hold what was handed to the writers; and cases of
known writers that were once misread.
"""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path

import numpy as np
import pytest
from curves import points

from logdoc.context.roles import understand
from logdoc.model import Defect, Run
from logdoc.readers import load

WRITTEN = Path(__file__).parents[1] / "written"
_spec = importlib.util.spec_from_file_location("make_written", WRITTEN / "make.py")
assert _spec is not None
assert _spec.loader is not None
_make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_make)
TRUTH = _make.truth()


def runs_in(*parts: str) -> dict[str, Run]:
    items = list(load([WRITTEN.joinpath(*parts)]))
    assert [item for item in items if isinstance(item, Defect)] == []
    return {item.id: item for item in items if isinstance(item, Run)}


def only_run(*parts: str) -> Run:
    (run,) = runs_in(*parts).values()
    return run


def assert_truth(run: Run, *, single: bool = False) -> None:
    for name, expected in TRUTH.items():
        steps, values = zip(*expected, strict=True)
        assert run.series[name].steps.tolist() == list(steps), name
        np.testing.assert_allclose(
            run.series[name].values,
            np.array(values, dtype=np.float32 if single else np.float64),
            rtol=1e-6 if single else 1e-12,
            err_msg=name,
        )


@pytest.mark.parametrize(
    ("tool", "names", "first"),
    [
        ("xgboost", {"train": "train-{}", "val": "val-{}"}, 0),
        ("lightgbm", {"training": "training {}", "valid_0": "valid_0 {}"}, 1),
    ],
)
def test_every_number_that_a_booster_prints_is_a_point(tool, names, first):
    logged = json.loads((WRITTEN / tool / "evals.json").read_text())
    run = only_run(tool, "train.log")
    curves = {names[part].format(metric): values for part, mine in logged.items() for metric, values in mine.items()}
    assert set(run.series) == set(curves)
    assert len(curves) == 4
    for name, values in curves.items():
        assert run.series[name].steps.tolist() == list(range(first, first + 15))
        np.testing.assert_allclose(run.series[name].values, values, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("tool", ["xgboost", "lightgbm"])
def test_training_and_validation_of_a_booster_are_told_apart(tool):
    reading = understand(only_run(tool, "train.log"))
    assert reading.one["train.loss"].series.name.startswith("train")
    assert reading.one["val.loss"].series.name.startswith("val")


def test_a_folder_of_catboost_with_two_sets_for_validation_is_one_run():
    run = only_run("catboost", "two_sets")
    assert set(run.series) == {"train/Logloss", "test/Logloss:0", "test1/Logloss"}
    assert all(len(series) == 15 for series in run.series.values())
    assert "json" in run.note
    assert "delimited" in run.note


def test_the_json_of_catboost_alone_names_its_metrics():
    run = only_run("catboost", "two_sets", "catboost_training.json")
    assert set(run.series) == {"train/Logloss", "test/Logloss", "test1/Logloss"}
    folder = only_run("catboost", "two_sets")
    np.testing.assert_allclose(run.series["test1/Logloss"].values, folder.series["test1/Logloss"].values, rtol=1e-6)


def test_every_fold_that_catboost_prints_is_whole():
    runs = list(runs_in("catboost", "folds.log").values())
    assert len(runs) == 3
    for run in runs:
        assert run.series["train loss"].steps.tolist() == list(range(15))
        assert run.series["test loss"].steps.tolist() == list(range(15))


def test_a_best_value_that_rises_makes_catboosts_metric_a_score():
    logged = json.loads((WRITTEN / "catboost" / "evals.txt").read_text())["validation"]["AUC"]
    run = only_run("catboost", "score.log")
    (name,) = run.series
    assert "loss" not in name
    np.testing.assert_allclose(run.series[name].values, logged, atol=1e-7)


def test_counting_tokens_makes_no_row_of_the_trainer_a_summary():
    state = json.loads((WRITTEN / "trainer_cases" / "tokens" / "trainer_state.json").read_text())
    logged = {row["step"]: row["loss"] for row in state["log_history"] if "loss" in row}
    run = only_run("trainer_cases", "tokens", "trainer_state.json")
    assert points(run, "loss") == logged
    assert len(logged) == 20
    assert "train_loss (at the end)" in run.left_out
    printed = only_run("trainer_cases", "tokens", "train.log")
    np.testing.assert_allclose(printed.series["loss"].values, list(logged.values()), rtol=1e-3)


def test_a_console_whose_epochs_go_back_was_resumed():
    state = json.loads((WRITTEN / "trainer_cases" / "resumed" / "trainer_state.json").read_text())
    logged = [row["loss"] for row in state["log_history"] if "loss" in row]
    printed = only_run("trainer_cases", "resumed", "train.log")
    assert len(logged) == 20
    np.testing.assert_allclose(printed.series["loss"].values, logged, rtol=1e-3)
    assert printed.series["loss"].attempt == 1
    assert len(printed.restarts) == 1
    assert [len(attempt) for attempt in printed.attempts["loss"]] == [2]


@pytest.mark.parametrize("word", ["first", "result:", "rank0"])
def test_a_summary_that_a_script_prints_behind_a_word_counts_no_rows(tmp_path, word):
    # What Trainer.train() returns, printed by a script: unlike what the Trainer itself prints it names a step.
    lines = (WRITTEN / "trainer_cases" / "resumed" / "train.log").read_text().splitlines()
    ends = [i for i, line in enumerate(lines) if "train_runtime" in line]
    assert len(ends) == 2
    summary = "{'train_runtime': 0.14, 'total_flos': 0.0, 'train_loss': 1.15618716618594, 'epoch': 4.25, 'step': 34}"
    lines.insert(ends[0] + 1, f"{word} {summary}")
    (tmp_path / "train.log").write_text("\n".join(lines) + "\n")
    (run,) = load([tmp_path / "train.log"])
    plain = only_run("trainer_cases", "resumed", "train.log")
    assert run.restarts == plain.restarts
    assert {name: curve.values.tolist() for name, curve in run.series.items()} == {
        name: curve.values.tolist() for name, curve in plain.series.items()
    }


@pytest.mark.parametrize("place", ["files", "experiments.sqlite.gz"])
def test_mlflow_with_a_logged_model_and_a_late_write(place):
    run = only_run("mlflow_models", place)
    curve = points(run, "val/loss")
    assert curve.pop(3) == 0.4
    assert curve == dict(TRUTH["val/loss"])
    assert [step for step, value in points(run, "train/loss").items() if math.isnan(value)] == [25]
    assert points(run, "grad_norm")[26] == math.inf
    assert len(run.series["model_loss"]) == 12
    assert run.texts["status"] == "FINISHED"
    assert any("logged late" in defect.what for defect in run.defects)


def test_two_runs_of_one_name_are_two_in_trackio():
    curves = [points(run, "loss") for run in runs_in("trackio_names", "names.db.gz").values()]
    assert curves == [{0: 1.0, 1: 0.5}, {0: 0.25}]


def test_the_steps_that_the_trainer_counts_number_the_rows_of_trackio():
    run = only_run("trackio_names", "steps.db.gz")
    assert points(run, "train/loss") == {step: 20 / step for step in range(10, 410, 10)}
    assert points(run, "eval/loss") == {step: 30 / step for step in range(100, 410, 100)}
    assert "step" in run.left_out


def test_an_axis_that_only_evaluations_log_binds_only_them():
    run = next(run for id_, run in runs_in("wandb_keys").items() if id_.endswith("glob"))
    expected = {i * 10: 2 * math.exp(-i / 10) + 0.1 for i in range(30)}
    assert points(run, "train/loss") == pytest.approx(expected)
    assert run.series["val/loss"].values == pytest.approx([2 * math.exp(-i / 10) + 0.2 for i in (9, 19, 29)])


def test_a_key_with_a_point_is_not_the_nested_one():
    run = next(run for id_, run in runs_in("wandb_keys").items() if id_.endswith("points"))
    assert points(run, "a.b") == {i: 100.0 + i for i in range(30)}
    assert points(run, "a/b") == {i: float(i) for i in range(30)}
    assert points(run, "train.loss") == {i: 2 - i / 30 for i in range(30)}
    assert points(run, "bf16") == {i: 1 / (i + 1) for i in range(30)}


def test_what_dvclive_does_not_plot_is_named():
    run = only_run("dvclive_unplotted")
    assert points(run, "train/loss") == {step: 2 / (step + 1) for step in range(20)}
    assert "0.95" in run.left_out["accuracy"]


def test_one_trial_of_ray_in_three_files_keeps_the_nans_that_one_leaves_out():
    run = only_run("ray")
    curve = points(run, next(name for name in run.series if name.endswith("loss")))
    assert sorted(curve) == list(range(100, 1300, 100))
    assert [step for step, value in curve.items() if math.isnan(value)] == [500, 600]
    assert curve[700] == math.inf
    assert curve[1200] == pytest.approx(2 / 12)
    assert len(run.sources) == 4


@pytest.mark.parametrize("file", ["result.json", "progress.csv"])
def test_a_nan_of_ray_is_one_in_whatever_words(file):
    curve = points(only_run("ray", file), "loss")
    assert [step for step, value in curve.items() if math.isnan(value)] == [500, 600]


def test_flags_of_skorch_are_no_measures():
    rows = json.loads((WRITTEN / "skorch" / "history.json").read_text())
    run = only_run("skorch", "history.json")
    assert not any(name.endswith("_best") for name in run.series)
    assert {"train_loss_best", "valid_loss_best", "mae_best"} <= set(run.left_out)
    printed = only_run("skorch", "train.log")
    for name in ("train_loss", "valid_loss", "mae"):
        logged = {row["epoch"]: row[name] for row in rows}
        assert points(run, name) == logged
        np.testing.assert_allclose(printed.series[name].values, list(logged.values()), rtol=1e-3)


def test_fastais_table_and_what_it_printed_are_the_same_trainings():
    tables = list(runs_in("fastai", "history.csv").values())
    parts = list(runs_in("fastai", "train.log").values())
    assert [len(part.series["train_loss"]) for part in parts] == [4, 3]
    for name in ("train_loss", "valid_loss", "mae"):
        for part, table in zip(parts, tables, strict=True):
            np.testing.assert_allclose(part.series[name].values, table.series[name].values, atol=1e-6)


def test_evaluations_at_the_end_of_an_epoch_stand_behind_those_within_it():
    rows = (WRITTEN / "sentence_transformers" / "similarity_evaluation_dev_results.csv").read_text().splitlines()[1:]
    run = only_run("sentence_transformers")
    for column, name in ((2, "cosine_pearson"), (3, "cosine_spearman")):
        assert run.series[name].values.tolist() == [float(row.split(",")[column]) for row in rows]
    assert run.series["cosine_pearson"].steps.tolist()[:4] == [10, 20, 21, 31]


def test_ignite_counts_iterations_in_training_and_epochs_in_validation():
    (run,) = [run for run in runs_in("ignite").values() if run.format == "tensorboard"]
    logged = dict(TRUTH["train/loss"]) | {25: 0.5}
    np.testing.assert_allclose(run.series["train/loss"].values, list(logged.values()), rtol=1e-6)
    assert points(run, "val/loss") == pytest.approx({epoch: 1 / epoch for epoch in range(1, 5)}, rel=1e-6)
    printed = only_run("ignite", "train.log")
    np.testing.assert_allclose(printed.series["loss"].values, [logged[step] for step in (9, 19, 29, 39)], rtol=5e-3)


def test_accelerate_with_settings_is_one_run():
    run = only_run("accelerate")
    assert_truth(run, single=True)
    assert run.config["depth"] == 3


def test_torchrls_tables_without_headings_are_one_run():
    run = only_run("torchrl")
    assert_truth(run)
    assert {series.axis for series in run.series.values()} == {"step"}


def test_the_queue_of_an_offline_run_of_neptune_is_read():
    run = only_run("neptune")
    for name, logged in TRUTH.items():
        assert points(run, name) == {step: value for step, value in logged if math.isfinite(value)}
    assert run.config["parameters.lr"] == 0.1
    assert run.defects == ()


def test_mindspores_summaries_are_event_files_with_scalars_of_their_own():
    run = only_run("mindspore", "summary")
    assert_truth(run, single=True)


def test_mindspores_monitor_counts_steps_within_epochs():
    lines = (WRITTEN / "mindspore" / "train.log").read_text().splitlines()
    logged = [float(line.rpartition(" ")[2]) for line in lines if "loss is" in line]
    assert points(only_run("mindspore", "train.log"), "loss") == dict(zip(range(2, 22, 2), logged, strict=True))


def test_a_setting_in_pykeens_table_is_no_point_of_the_metric_of_its_name():
    run = only_run("pykeen", "results.csv")
    assert_truth(run)
    assert run.config["lr"] == 0.1
    assert run.defects == ()


def test_pykeens_lines_are_the_same():
    run = only_run("pykeen", "results.jsonl")
    for name, logged in TRUTH.items():
        np.testing.assert_array_equal(run.series[f"metrics/{name}"].values, [value for _, value in logged])


def test_what_spacy_prints_is_what_it_writes():
    rows = [json.loads(line) for line in (WRITTEN / "spacy" / "results.jsonl").read_text().splitlines()]
    written, printed = only_run("spacy", "results.jsonl"), only_run("spacy", "train.log")
    logged = {row["step"]: row["losses"]["textcat"] for row in rows}
    assert points(written, "losses/textcat") == logged
    del logged[0]  # of a single batch, above sums over ten
    assert points(printed, "LOSS TEXTCAT") == pytest.approx(logged, abs=0.006)


def test_evaluations_that_paddle_announces_are_no_steps_of_the_training():
    printed, logged = only_run("paddle", "train.log"), only_run("paddle", "vdl")
    for mine, name in (("loss", "train/loss"), ("acc", "train/acc")):
        assert printed.series[mine].steps.tolist() == logged.series[name].steps.tolist() == list(range(1, 17))
        np.testing.assert_allclose(printed.series[mine].values, logged.series[name].values, atol=6e-5)
    for mine, name in (("val loss", "eval/loss"), ("val acc", "eval/acc")):
        assert printed.series[mine].steps.tolist() == [4, 8, 12, 16]
        np.testing.assert_allclose(printed.series[mine].values, logged.series[name].values, atol=6e-5)
