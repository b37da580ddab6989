"""Logs that more writers yet wrote (tests/written/make_further.py) hold what was handed to the writers."""

from __future__ import annotations

import csv
import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from curves import points

from logdoc.context.roles import understand
from logdoc.model import Run
from logdoc.readers import load

WRITTEN = Path(__file__).parents[1] / "written"
_spec = importlib.util.spec_from_file_location("make_written", WRITTEN / "make.py")
assert _spec is not None
assert _spec.loader is not None
_make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_make)
TRUTH = _make.truth()


def only_run(*parts: str) -> Run:
    (run,) = load([WRITTEN.joinpath(*parts)])
    assert isinstance(run, Run)
    return run


def test_rows_of_timm_without_an_evaluation_keep_their_learning_rate():
    run = only_run("timm", "summary.csv")
    assert points(run, "train_loss") == {epoch: 2 / (epoch + 1) for epoch in range(12)}
    assert points(run, "lr") == {epoch: 0.1 * (1 - epoch / 12) for epoch in range(12)}
    assert points(run, "eval_loss") == {epoch: 2 / (epoch + 1) + 0.1 for epoch in range(0, 12, 3)}
    assert points(run, "eval_top5") == {epoch: 80.0 + epoch for epoch in range(0, 12, 3)}
    (defect,) = run.defects
    assert defect.what.startswith("8 rows lack the 3 columns of the evaluation")
    assert not defect.lost


@pytest.mark.parametrize(
    "text",
    [
        "epoch,train_loss,eval_loss,lr\n0,2,2.1,0.1\n1,1,1.1,0.1\n2,0.9,1.0,0.1\n3,0.5,0.6\n",
        "epoch,train_loss,lr,eval_loss\n0,2,0.1,2.1\n1,1,0.1,1.1\n2,1,0.1,1.1\n3,0.5,0.1\n4,0.4,0.1\n5,1,0.1,1\n",
    ],
)
def test_a_row_cut_short_is_no_row_without_an_evaluation(tmp_path, text):
    (tmp_path / "summary.csv").write_text(text)
    (run,) = load([tmp_path / "summary.csv"])
    assert isinstance(run, Run)
    assert any(defect.lost for defect in run.defects)
    assert 3 not in points(run, "train_loss")


def test_every_number_that_tabnet_prints_is_a_point():
    logged = json.loads((WRITTEN / "tabnet" / "history.txt").read_text())
    run = only_run("tabnet", "train.log")
    names = ("loss", "train_auc", "train_logloss", "valid_auc", "valid_logloss")
    assert set(run.series) == set(names)
    for name in names:
        assert run.series[name].steps.tolist() == list(range(12))
        np.testing.assert_allclose(run.series[name].values, logged[name], atol=6e-6)


def test_cross_validation_of_xgboost_prints_means_and_not_their_deviations():
    with (WRITTEN / "xgboost_cv" / "cv.csv").open() as file:
        rows = list(csv.DictReader(file))
    run = only_run("xgboost_cv", "xgboost.log")
    assert len(run.series) == 4
    for name, series in run.series.items():
        assert series.steps.tolist() == list(range(15))
        np.testing.assert_allclose(series.values, [float(row[f"{name}-mean"]) for row in rows], atol=6e-6)
    table = only_run("xgboost_cv", "cv.csv")
    for name, series in table.series.items():
        assert series.values.tolist() == [float(row[name]) for row in rows]
    assert len(table.series) == 8


def test_cross_validation_of_lightgbm_prints_means_and_not_their_deviations():
    logged = json.loads((WRITTEN / "xgboost_cv" / "lightgbm.txt").read_text())
    run = only_run("xgboost_cv", "lightgbm.log")
    assert len(run.series) == 4
    for name, series in run.series.items():
        assert series.steps.tolist() == list(range(1, 16))
        np.testing.assert_allclose(series.values, logged[f"{name}-mean"], rtol=1e-5)


def test_what_scikit_learn_prints_is_what_its_models_hold():
    found = json.loads((WRITTEN / "sklearn" / "found.txt").read_text())
    network, boosting = only_run("sklearn", "mlp.log"), only_run("sklearn", "boosting.log")
    np.testing.assert_allclose(network.series["loss"].values, found["mlp"]["loss"], atol=6e-9)
    np.testing.assert_allclose(network.series["Validation score"].values, found["mlp"]["score"], atol=6e-7)
    np.testing.assert_allclose(boosting.series["Train Loss"].values, found["boosting"]["loss"], atol=6e-5)
    np.testing.assert_allclose(boosting.series["OOB Improve"].values, found["boosting"]["improvement"], atol=6e-5)
    linear = only_run("sklearn", "sgd.log")
    assert linear.series["loss"].steps.tolist() == list(range(1, 21))


def test_a_training_of_skrl_is_read_as_its_writer_was_told():
    logged: dict[str, dict[int, float]] = {}
    for tag, step, value in json.loads((WRITTEN / "skrl" / "written.txt").read_text()):
        logged.setdefault(tag, {})[step] = value
    run = only_run("skrl", "dqn")
    assert set(run.series) == set(logged)
    for tag, curve in logged.items():
        assert points(run, tag) == pytest.approx(curve, rel=1e-6)
    reading = understand(run)
    assert reading.one["rl.return"].series.name == "Reward / Total reward (mean)"
    assert reading.one["rl.episode_length"].series.name == "Episode / Total timesteps (mean)"


def test_four_loggers_of_torchtnt_are_one_run():
    run = only_run("torchtnt")
    for name, curve in TRUTH.items():
        at = dict(curve)
        values = [at.get(step, 0.0) for step in range(40)]
        np.testing.assert_allclose(run.series[name].values, values, rtol=1e-12)
        assert run.series[name].steps.tolist() == list(range(40))
        for file in ("metrics.json", "tensorboard", "train.log"):
            np.testing.assert_allclose(only_run("torchtnt", file).series[name].values, values, atol=6e-7, rtol=1e-6)


def test_torchbearers_table_is_its_history():
    history = json.loads((WRITTEN / "torchbearer" / "history.txt").read_text())
    run = only_run("torchbearer", "log.csv")
    for name in ("running_loss", "loss", "val_loss"):
        assert points(run, name) == {epoch: row[name] for epoch, row in enumerate(history)}


def test_clus_writers_log_what_they_print():
    run = only_run("clu")
    assert run.config["depth"] == 3
    printed = only_run("clu", "train.log")
    for name, curve in TRUTH.items():
        for found, error in ((run, 1e-6), (printed, 1e-5)):
            assert found.series[name].steps.tolist() == [step for step, _ in curve]
            np.testing.assert_allclose(found.series[name].values, [value for _, value in curve], rtol=error)


def test_two_trainings_of_keras_one_behind_the_other_are_one_course():
    parts = json.loads((WRITTEN / "keras_tensorboard" / "history.txt").read_text())
    table, run = only_run("keras_tensorboard", "table.csv"), only_run("keras_tensorboard", "tb")
    for name in ("loss", "mae", "val_loss", "val_mae"):
        logged = dict(enumerate(value for part in parts for value in part[name]))
        assert points(table, name) == logged
        where = "validation" if name.startswith("val_") else "train"
        tag = f"{where}/epoch_{name.removeprefix('val_')}"
        assert points(run, tag) == pytest.approx(logged, rel=1e-6)
    steps = run.series["validation/evaluation_loss_vs_iterations"].steps.tolist()
    assert steps == list(range(4, 41, 4))


def test_a_folder_of_d3rlpy_is_one_run_with_its_tables_named_by_their_files():
    run = only_run("d3rlpy")
    steps = range(100, 1300, 100)
    assert points(run, "loss") == {step: 200 / step for step in steps}
    assert points(run, "environment") == {step: step / 10 for step in steps}
    assert points(run, "time_step") == dict.fromkeys(steps, 0.01)
    assert run.config["learning_rate"] == 0.1
    assert {series.axis for series in run.series.values()} == {"step"}


def test_two_experiments_of_d3rlpy_are_two_runs(tmp_path):
    for name in ("first", "second"):
        shutil.copytree(WRITTEN / "d3rlpy" / "exp", tmp_path / name)
    assert sorted(item.id for item in load([tmp_path]) if isinstance(item, Run)) == ["first", "second"]
