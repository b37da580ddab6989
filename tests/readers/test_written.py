"""Logs that the real writers wrote (tests/written/make.py) hold what was handed to the writers."""

from __future__ import annotations

import csv
import importlib.util
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from logdoc.api import load_runs
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


def assert_truth(run: Run, names: dict[str, str] | None = None, single: bool = False) -> None:
    for name, points in TRUTH.items():
        series = run.series[(names or {}).get(name, name)]
        steps, values = zip(*points, strict=True)
        assert series.steps.tolist() == list(steps), name
        expected = np.array(values, dtype=np.float32 if single else np.float64)
        np.testing.assert_allclose(series.values, expected, rtol=1e-6 if single else 1e-12, err_msg=name)


def test_every_tool_has_a_version():
    versions = dict(csv.reader((WRITTEN / "versions.csv").read_text().splitlines()))
    assert set(versions) == {
        path.name for path in WRITTEN.iterdir() if path.is_dir() and not path.name.startswith("__")
    }


def test_wandb_offline():
    runs = runs_in("wandb")
    finished = next(run for id_, run in runs.items() if id_.endswith("finished"))
    assert_truth(finished)
    assert finished.config["lr"] == 0.1
    assert finished.config["model.depth"] == 3
    assert finished.series["nested.deep.value"].values.tolist() == [18.0, 38.0, 58.0, 78.0]
    histogram = finished.histograms["weights/layer1"]
    assert histogram.steps.tolist() == [9, 19, 29, 39]
    assert histogram.num.tolist() == [6.0] * 4
    assert finished.defects == ()


def test_a_killed_wandb_run_has_its_rows_and_no_end():
    killed = next(run for id_, run in runs_in("wandb").items() if id_.endswith("killed"))
    assert 60 < len(killed.series["train/loss"]) <= 120
    np.testing.assert_allclose(killed.series["train/loss"].values[:40], [value for _, value in TRUTH["train/loss"]])
    assert any("no exit record" in defect.what for defect in killed.defects)


def test_trainer_state_of_the_furthest_checkpoint():
    runs = runs_in("trainer_state", "out")
    (run,) = runs.values()
    assert run.series["loss"].steps.tolist() == list(range(2, 41, 2))
    assert run.series["eval_loss"].steps.tolist() == [10, 20, 30, 40]
    assert run.config["max_steps"] == 40
    assert len(run.sources) == 3
    assert "train_runtime (at the end)" in run.left_out
    assert not any("another attempt" in defect.what for defect in run.defects)


def test_what_the_trainer_printed_is_the_same_training():
    (printed,) = runs_in("trainer_state", "console").values()
    (state,) = runs_in("trainer_state", "out").values()
    np.testing.assert_allclose(printed.series["loss"].values, state.series["loss"].values, rtol=1e-3)
    np.testing.assert_allclose(printed.series["eval_loss"].values, state.series["eval_loss"].values, rtol=1e-3)


def test_keras_csv_history_and_console_are_one_run():
    runs = runs_in("keras")
    run = next(run for run in runs.values() if "keras" in str(run.id) or run.id == "history.json")
    assert set(run.sources) >= {"history.json", "log.csv", "console.log"}
    assert run.series["val_loss"].axis == "epoch"
    assert len(run.series["val_loss"]) == 6


def test_keras_progress_bars_show_their_last_state():
    (run,) = runs_in("keras", "bar.log").values()
    assert run.series["loss"].steps.tolist() == [1, 2, 3, 4]
    assert set(run.series) >= {"loss", "accuracy", "val_loss", "val_accuracy"}


def test_lightning_with_two_loggers_is_one_run():
    (run,) = runs_in("lightning").values()
    assert "4 curves the same" in run.note
    assert len(run.series["train_loss_step"]) == 50
    assert run.config["lr"] == 0.1


@pytest.mark.parametrize("place", [("mlflow", "mlruns"), ("mlflow", "mlflow.db.gz")])
def test_mlflow_files_and_database(place):
    runs = runs_in(*place)
    assert len(runs) == 2
    for run in runs.values():
        assert_truth(run)
        assert run.config["lr"] == 0.1
    failed = [run for run in runs.values() if any("failed" in defect.what for defect in run.defects)]
    assert len(failed) == 1


def test_stable_baselines_outputs_and_its_monitor_are_one_run():
    (run,) = runs_in("sb3").values()
    assert run.series["train/loss"].steps.tolist() == list(range(128, 641, 64))
    assert run.series["rollout/ep_rew_mean"].axis == "step"
    assert len(run.sources) == 5
    assert not [defect for defect in run.defects if "agrees" in defect.what]
    rows = [line.split(",") for line in (WRITTEN / "sb3" / "monitor.csv").read_text().splitlines()[2:]]
    assert run.series["monitor/r_raw"].values.tolist() == [float(row[0]) for row in rows]
    assert run.series["monitor/l_raw"].values.tolist() == [float(row[1]) for row in rows]
    assert run.series["monitor/r_raw"].axis == "index"
    assert run.config["env_id"] == "CartPole-v1"


def test_of_stable_baselines_csv_alone_the_monitors_of_each_environment_belong_to_it(tmp_path):
    shutil.copy(WRITTEN / "sb3" / "progress.csv", tmp_path)
    for number in range(2):
        shutil.copy(WRITTEN / "sb3" / "monitor.csv", tmp_path / f"{number}.monitor.csv")
    (run,) = load_runs(tmp_path)
    assert run.id == "progress.csv"
    assert {"0.monitor/r_raw", "1.monitor/r_raw", "rollout/ep_rew_mean"} <= set(run.series)


def test_a_monitor_beside_two_trainings_stays_a_run_of_its_own(tmp_path):
    for name in ("monitor.csv", "progress.csv"):
        shutil.copy(WRITTEN / "sb3" / name, tmp_path)
    text = (WRITTEN / "sb3" / "progress.csv").read_text().splitlines(keepends=True)
    (tmp_path / "other.csv").write_text("".join(text[:-2]))
    assert {run.id for run in load_runs(tmp_path)} >= {"monitor.csv", "progress.csv", "other.csv"}


def test_trackio_database():
    (run,) = runs_in("trackio").values()
    assert_truth(run)
    assert run.config["lr"] == 0.1


def test_dvclive_folder():
    (run,) = runs_in("dvclive").values()
    truth = [value for _, value in TRUTH["train/loss"]]
    np.testing.assert_allclose(run.series["train/loss"].values, truth)
    assert math.isnan(run.series["train/loss"].values[25])
    assert run.config["lr"] == 0.1


def test_tensorboardx_event_file():
    (run,) = runs_in("tensorboardx").values()
    assert_truth(run, single=True)


def test_mmengine_scalars_tell_validation_from_training():
    (run,) = runs_in("mmengine").values()
    assert run.series["loss"].steps.tolist() == list(range(40))
    assert run.series["val/accuracy/top1"].steps.tolist() == [9, 19, 29, 39]
    reading = understand(run)
    assert reading.one["val.accuracy"].series.steps.tolist() == [9, 19, 29, 39]
    assert reading.one["train.loss"].series.name == "loss"


def test_the_same_training_in_three_formats_is_one_run(tmp_path):
    shutil.copytree(WRITTEN / "wandb" / "wandb", tmp_path / "wandb")
    shutil.copytree(WRITTEN / "tensorboardx", tmp_path / "runs")
    shutil.copytree(WRITTEN / "dvclive", tmp_path / "dvclive")
    runs = [item for item in load([tmp_path]) if isinstance(item, Run)]
    assert len(runs) == 2
    joined = next(run for run in runs if "also in" in run.note)
    assert joined.format == "wandb"
    assert joined.note.count("5 curves the same") == 2
    assert_truth(joined)


def test_optuna_trials_are_runs_with_what_they_reported():
    runs = runs_in("optuna")
    assert [id_.rpartition("/")[2] for id_ in runs] == ["trial 0", "trial 1", "trial 2"]
    whole, pruned, failed = runs.values()
    steps, values = zip(*TRUTH["train/loss"], strict=True)
    assert whole.series["objective"].steps.tolist() == list(steps)
    np.testing.assert_allclose(whole.series["objective"].values, values)
    assert len(pruned.series["objective"]) == 20
    assert pruned.texts["status"] == "PRUNED"
    assert pruned.defects == ()
    assert len(failed.series["objective"]) == 10
    assert failed.defects[0].ended
    assert whole.config["optimizer"] in ("adam", "sgd")
    assert whole.config["layers"] == 2
    assert isinstance(whole.config["lr"], float)


def test_sacred_metrics():
    (run,) = runs_in("sacred").values()
    assert_truth(run)
    assert run.config["lr"] == 0.1
    assert run.texts["status"] == "COMPLETED"
    assert run.series["lr"].times is not None
    assert run.defects == ()


def test_visualdl_records():
    (run,) = runs_in("visualdl").values()
    assert_truth(run, single=True)
    assert run.series["both/zero"].values.tolist() == [0.0] * 40
    assert run.series["both/step"].values.tolist() == list(range(40))
    assert run.series["lr"].times is not None
    assert run.series["lr"].times[:2].tolist() == [1_700_000_000.0, 1_700_000_001.0]
