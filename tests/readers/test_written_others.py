"""Exports of trackers, searches, libraries of single fields (tests/written/make_others.py): what was logged is read."""

from __future__ import annotations

import ast
import csv
import json
import math

import pytest
from curves import points
from written_runs import WRITTEN, only_run

from logdoc.context.roles import understand
from logdoc.model import Defect, Run
from logdoc.readers import load

TRAINING = {step: 2.3 * math.exp(-step / 15) + 0.1 for step in range(40) if step != 25}


def test_what_logdoc_tells_to_export_from_aim_holds_the_run(tmp_path):
    run = only_run("aim")
    loss = points(run, "train loss")
    assert math.isnan(loss.pop(25))
    assert loss == TRAINING
    assert points(run, "grad_norm")[26] == math.inf
    assert points(run, "val accuracy") == {step: 1 - math.exp(-step / 12) for step in (9, 19, 29, 39)}
    assert understand(run).one["val.loss"].series.name == "val loss"
    (tmp_path / ".aim").mkdir()
    (tmp_path / ".aim" / "VERSION").write_text("x")
    (told,) = (item.what for item in load([tmp_path]) if isinstance(item, Defect))
    made = ast.parse((WRITTEN / "make_others.py").read_text())
    (command,) = (
        node.value for node in made.body if isinstance(node, ast.Assign) and node.targets[0].id == "AIM_EXPORT"
    )
    assert f'aim storage reindex --yes && python -c "{ast.literal_eval(command)}"' in told


def test_the_logs_and_the_table_of_pfn_extras_are_the_same_training():
    found = json.loads((WRITTEN / "pfn_extras" / "found.txt").read_text())
    epochs = {4 * (i + 1): sum(found["train"][4 * i : 4 * i + 4]) / 4 for i in range(8)}
    pairs = {2 * (i + 1): sum(found["train"][2 * i : 2 * i + 2]) / 2 for i in range(16)}
    held_out = {4 * (i + 1): value for i, value in enumerate(found["val"])}
    log, lines, table = (only_run("pfn_extras", name) for name in ("log", "iterations.jsonl", "train.log"))
    assert points(log, "train/loss") == pytest.approx(epochs)
    assert points(lines, "train/loss") == pytest.approx(pairs)
    assert points(table, "train/loss") == pytest.approx(epochs, rel=1e-5)
    for run in (log, lines, table):
        assert points(run, "val/loss") == pytest.approx(held_out, rel=1e-5)
        assert run.series["lr"].values.tolist() == [0.05] * 8


def test_bars_of_widedeep_are_its_history_one_row_an_epoch():
    history = json.loads((WRITTEN / "widedeep" / "history" / "train_eval_history.json").read_text())
    document, bars = only_run("widedeep", "history"), only_run("widedeep", "train.log")
    names = {"train_loss": "loss", "train_acc": "acc", "val_loss": "val loss", "val_acc": "val acc"}
    for name, shown in names.items():
        assert document.series[name].values.tolist() == history[name]
        assert bars.series[shown].steps.tolist() == list(range(1, 7))
        assert bars.series[shown].values == pytest.approx(history[name], abs=6e-4)


@pytest.mark.parametrize("part", ["tensorboard", "tables/loss_histories.csv"])
def test_the_loss_of_metric_learning_is_no_sum_with_margins_and_weights(part):
    run = only_run("metric_learning", part)
    loss = understand(run).one["train.loss"].series
    assert loss.name == "loss_histories/total_loss"
    assert loss.steps.tolist() == [0, 3, 6, 9]
    with (WRITTEN / "metric_learning" / "tables" / "loss_histories.csv").open() as file:
        assert loss.values == pytest.approx([float(row["total_loss"]) for row in csv.DictReader(file)], rel=1e-6)


def test_weights_and_margins_that_record_keeper_writes_are_no_losses():
    tables = [item for item in load([WRITTEN / "metric_learning" / "tables"]) if isinstance(item, Run)]
    lossy = [run.id for run in tables if any("loss" in role for role in understand(run).one)]
    assert len(tables) > 5
    assert len(lossy) == 1
    assert lossy[0].endswith("loss_histories.csv")


@pytest.mark.parametrize(("name", "metrics"), [("metric", 1), ("plain", 0)])
def test_columns_of_deepxdes_losses_are_told_apart_by_the_terms_of_the_boundary(name, metrics):
    found = json.loads((WRITTEN / "deepxde" / "found.txt").read_text())[name]
    run = only_run("deepxde", name)
    for part, group in (("train", "loss_train"), ("test", "loss_test")):
        for term, column in enumerate((f"{group} 1", f"{group} 2")):
            assert run.series[column].steps.tolist() == list(range(0, 601, 100))
            assert run.series[column].values.tolist() == [row[term] for row in found[part]]
    assert ("metrics_test" in run.series) == bool(metrics)
    if metrics:
        assert run.series["metrics_test"].values.tolist() == [row[0] for row in found["metric"]]
    printed = only_run("deepxde", f"{name}.log")
    assert printed.series["Train loss"].values[:7] == pytest.approx([row[0] for row in found["train"]], rel=6e-3)


def test_columns_of_deepxdes_losses_that_nothing_tells_apart_have_numbers(tmp_path):
    rows = [" ".join(str(value + at) for value in (0.0, 1.5, 2.5, 3.5, 4.5)) for at in range(6)]
    (tmp_path / "loss.dat").write_text("\n".join(["# step, loss_train, loss_test, metrics_test", *rows]) + "\n")
    run = only_run(str(tmp_path))
    assert run.series["loss_train"].values.tolist() == [1.5 + at for at in range(6)]
    assert {"column_3", "column_4", "column_5"} <= {*run.series, *run.left_out}
    assert "val.loss" not in understand(run).one


def test_terms_of_deepxde_that_were_not_computed_in_test_tell_how_many_there_are(tmp_path):
    rows = [
        " ".join(f"{value:.3e}" for value in (100 * at, 4 / at, 3 / at, 2 / at, 1 / at, 5 / at, 6 / at, 0, 0))
        for at in range(1, 8)
    ]
    (tmp_path / "loss.dat").write_text("\n".join(["# step, loss_train, loss_test, metrics_test", *rows]) + "\n")
    run = only_run(str(tmp_path))
    assert run.series["loss_train 4"].values.tolist()[0] == 1.0
    assert run.series["loss_test 1"].values.tolist()[0] == 5.0
    assert run.series["loss_test 2"].values.tolist()[0] == 6.0
    assert understand(run).one["train.loss"].series.values.tolist()[0] == 10.0
    assert understand(run).one["val.loss"].series.values.tolist()[0] == 11.0


def test_two_loggers_of_pytorch_forecasting_are_one_run():
    last = json.loads((WRITTEN / "forecasting" / "found.txt").read_text())
    run = only_run("forecasting")
    for name in ("train_loss_epoch", "val_loss", "val_MAE", "val_SMAPE"):
        assert run.series[name].steps.tolist() == [5, 11, 17, 23]
        assert run.series[name].values[-1] == pytest.approx(last[name], rel=1e-6)
    assert run.series["train_loss_step"].steps.tolist() == list(range(1, 24, 2))
    assert understand(run).one["val.loss"].series.name == "val_loss"
    assert "8 curves the same" in run.note


def test_the_table_of_neuralforecast_holds_what_the_model_kept():
    found = json.loads((WRITTEN / "neuralforecast" / "found.txt").read_text())
    run = only_run("neuralforecast", "csv")
    train, val = dict(map(tuple, found["train"])), dict(map(tuple, found["val"]))
    loss = points(run, "train_loss_step")
    assert loss == pytest.approx({step: train[step] for step in loss}, rel=1e-6)
    assert len(loss) == 20
    before, *later = val.values()  # the first is of Lightning's check before training, which no logger is told
    assert list(points(run, "valid_loss").values()) == pytest.approx(later, rel=1e-6)
    assert before > later[0]
    assert understand(run).one["val.loss"].series.name == "valid_loss"


@pytest.mark.parametrize("part", ["", "progress.csv", "progress.json", "log.txt"])
def test_the_loss_of_imitation_is_the_whole_and_not_one_of_its_terms(part):
    run = only_run("imitation", part)
    with (WRITTEN / "imitation" / "progress.csv").open() as file:
        logged = [float(row["bc/loss"]) for row in csv.DictReader(file)]
    loss = understand(run).one["train.loss"].series
    assert loss.name.endswith("loss")
    assert loss.values == pytest.approx(logged, abs=1e-3)


def test_terms_of_deepxde_at_other_points_of_the_test_tell_how_many_there_are(tmp_path):
    rows = [
        " ".join(f"{value:.4e}" for value in (50 * at, 80 / at, 6 / at, 0.3 / at, 81 / at, 6.2 / at, 0.29 / at))
        for at in range(1, 9)
    ]
    (tmp_path / "loss.dat").write_text("\n".join(["# step, loss_train, loss_test, metrics_test", *rows]) + "\n")
    run = only_run(str(tmp_path))
    assert run.series["loss_train 3"].values.tolist()[0] == 0.3
    assert run.series["loss_test 1"].values.tolist()[0] == 81.0
    assert understand(run).one["train.loss"].series.values.tolist()[0] == pytest.approx(86.3)
