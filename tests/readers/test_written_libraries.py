"""Logs of libraries with a training loop of their own (tests/written/make_libraries.py) hold what was logged."""

from __future__ import annotations

import csv
import importlib.util
import json
import math

import numpy as np
import pytest
from curves import points
from written_runs import WRITTEN, only_run

from logdoc.context.roles import understand
from logdoc.model import Run
from logdoc.readers import load

_spec = importlib.util.spec_from_file_location("make_written", WRITTEN / "make.py")
assert _spec is not None
assert _spec.loader is not None
_make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_make)
truth = _make.truth


def table(*parts: str, delimiter: str = ",") -> list[dict[str, str]]:
    with WRITTEN.joinpath(*parts).open() as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def test_yolos_bars_say_what_its_table_does_and_the_best_weights_are_no_epoch():
    rows = table("ultralytics", "results.csv")
    whole, printed = only_run("ultralytics", "results.csv"), only_run("ultralytics", "train.log")
    for name, shown in {
        "train/box_loss": "box_loss",
        "train/cls_loss": "cls_loss",
        "train/dfl_loss": "dfl_loss",
        "metrics/precision(B)": "val Box P",
        "metrics/recall(B)": "val R",
        "metrics/mAP50-95(B)": "val mAP50-95",
    }.items():
        logged = {int(row["epoch"]): float(row[name]) for row in rows}
        assert points(whole, name) == logged
        assert points(printed, shown) == pytest.approx(logged, rel=1e-3)
    assert printed.defects == ()
    assert "lr0" not in printed.series  # a setting, in the line that prints the configuration


def test_a_sample_of_the_training_set_that_flair_evaluates_is_not_its_training_loss():
    rows = table("flair", "loss.tsv", delimiter="\t")
    whole, printed = only_run("flair", "loss.tsv"), only_run("flair", "training.log")
    for name, shown in {
        "TRAIN_LOSS": "epoch loss",
        "TRAIN_SAMPLE_LOSS": "TRAIN_SAMPLE loss",
        "DEV_LOSS": "val loss",
        "DEV_F1": "val f1-score micro avg",
    }.items():
        logged = {int(row["EPOCH"]): float(row[name]) for row in rows}
        assert points(whole, name) == logged
        of_epochs = {step // 4: value for step, value in points(printed, shown).items()}
        assert of_epochs == pytest.approx(logged, abs=6e-5)
    assert points(printed, "loss")[4] == pytest.approx(float(rows[0]["TRAIN_LOSS"]), abs=6e-5)
    assert understand(printed).one["train.loss"].series.name == "loss"
    assert understand(printed).one["val.loss"].series.name == "val loss"


def test_a_heading_behind_a_time_stamp_says_that_recboles_numbers_are_of_validation():
    (board,) = WRITTEN.joinpath("recbole").glob("events*")
    run, printed = only_run(str(board)), only_run("recbole", "train.log")
    assert "1 curve the same" in only_run("recbole").note
    shown = points(printed, "train loss")
    assert points(run, "Loss/Train") == pytest.approx(shown, abs=6e-5)
    assert points(printed, "valid_score") == pytest.approx(points(run, "Vaild_score"), abs=6e-7)
    assert points(printed, "val ndcg@5") == points(printed, "valid_score")
    assert points(printed, "val recall@5")[7] == 0.3
    assert list(shown) == list(range(8))


def test_every_class_in_the_lists_of_nnunet_is_read():
    run = only_run("nnunet")
    epochs = range(12)
    assert points(run, "train_loss") == pytest.approx({e: 0.415 - e / 10 for e in epochs}, abs=6e-5)
    assert points(run, "val_loss") == pytest.approx({e: 0.5 - e / 12 for e in epochs}, abs=6e-5)
    dice = {e: 2 * (10 + e) / (2 * (10 + e) + (30 - e) + (10 + e) / 2) for e in epochs}
    assert points(run, "Pseudo dice") == pytest.approx(dice, abs=6e-5)
    assert points(run, "Pseudo dice 2") == pytest.approx(dict.fromkeys(epochs, 40 / 70), abs=6e-5)


def test_the_tables_of_catalyst_are_one_run_with_its_tensorboard_file_and_its_lines():
    run = next(run for run in load([WRITTEN / "catalyst"]) if isinstance(run, Run) and run.series)
    for name in ("train", "valid"):
        rows = table("catalyst", f"{name}.csv")
        logged = {int(row["step"]): float(row["loss"]) for row in rows}
        assert points(run, f"{name.removesuffix('id')}/loss") == logged
    reading = understand(run)
    assert reading.one["train.loss_epoch"].series.name == "train/loss"
    assert reading.one["val.loss"].series.name == "val/loss"
    assert "in tensorboard (tensorboard): 10 curves the same" in run.note
    assert "in train.log (console): 10 curves the same" in run.note


def test_epochs_that_start_again_with_every_task_of_avalanche_go_on():
    rows = table("avalanche", "training_results.csv")
    run = only_run("avalanche", "training_results.csv")
    assert [row["epoch"] for row in rows] == [*"01234", *"01234"]
    for name in ("training_loss", "val_loss", "training_accuracy"):
        assert points(run, name) == {i: float(row[name]) for i, row in enumerate(rows)}


def test_a_note_between_the_headings_and_the_rows_of_deepmd_leaves_the_headings():
    curve, printed = only_run("deepmd", "lcurve.out"), only_run("deepmd", "train.log")
    logged = {step: 20 * math.exp(-step / 600) for step in range(0, 2000, 100)}
    for run, trained, held_out in ((curve, "rmse_trn", "rmse_val"), (printed, "train rmse", "val rmse")):
        assert points(run, trained) == pytest.approx(logged, rel=6e-3)
        assert points(run, held_out) == pytest.approx({step: 1.25 * rmse for step, rmse in logged.items()}, rel=6e-3)
        assert understand(run).one["train.loss_epoch"].series.name == trained
        assert understand(run).one["val.loss"].series.name == held_out
    assert set(curve.series) == {
        f"{name}_{part}" for name in ("rmse", "rmse_e", "rmse_f") for part in ("trn", "val")
    } | {"lr"}


def test_trees_that_ydf_prints_count_and_its_list_of_columns_does_not():
    found = json.loads((WRITTEN / "ydf" / "found.txt").read_text())
    run = only_run("ydf")
    for place, name in ((1, "train-loss"), (2, "valid-loss")):
        logged = {entry[0]: entry[place] for entry in found}
        assert len(points(run, name)) > 2
        for tree, loss in points(run, name).items():
            assert loss == pytest.approx(logged[tree], abs=6e-7)
    assert "sd" not in run.series


def test_the_lines_of_eole_and_its_tensorboard_file_are_one_run():
    run, printed = only_run("eole"), only_run("eole", "train.log")
    xent = {step: (8000 * math.exp(-step / 400) + 2000) / 1600 for step in range(50, 1001, 50)}
    assert points(run, "progress/xent") == pytest.approx(xent, rel=1e-6)
    assert points(printed, "xent") == pytest.approx(xent, abs=6e-3)
    held_out = {step: math.exp(1.1 * xent[step]) for step in (250, 500, 750, 1000)}
    assert points(run, "valid/ppl") == pytest.approx(held_out, rel=1e-5)
    assert points(printed, "Validation perplexity") == pytest.approx(held_out, rel=1e-5)
    assert understand(run).one["val.loss"].series.name == "valid/xent"


def test_lines_of_llamafactory_are_what_the_trainer_logged():
    logged = json.loads((WRITTEN / "llamafactory" / "found.txt").read_text())
    run = only_run("llamafactory", "trainer_log.jsonl")
    for name, shown in (("loss", "loss"), ("eval_loss", "eval_loss"), ("learning_rate", "lr")):
        assert points(run, shown) == {row["step"]: row[name] for row in logged if name in row}


def test_runs_that_swanlab_keeps_offline_are_read_as_logged_with_how_they_ended():
    curves = truth()
    for name in ("finished", "failed"):
        run = only_run("swanlab", name)
        assert set(run.series) == set(curves)
        for curve, logged in curves.items():
            np.testing.assert_array_equal(run.series[curve].steps, [step for step, _ in logged])
            np.testing.assert_array_equal(run.series[curve].values, [value for _, value in logged])
        assert run.config == {"lr": 0.1, "model.depth": 3}
        assert run.series["lr"].times is not None
    assert only_run("swanlab", "finished").defects == ()
    (told,) = only_run("swanlab", "failed").defects
    assert told.ended
    assert told.what == "the program ended with an exception: ValueError: too small"


def test_a_log_of_swanlab_that_breaks_off_keeps_what_stands_before(tmp_path):
    data = WRITTEN.joinpath("swanlab", "finished", "run.swanlab").read_bytes()
    (tmp_path / "run.swanlab").write_bytes(data[: len(data) * 2 // 3])
    run = only_run(str(tmp_path))
    loss = points(run, "train/loss")
    assert 10 < len(loss) < 40
    assert all(loss[step] == value for step, value in truth()["train/loss"][:10])
    assert any("no record of an end" in defect.what for defect in run.defects)


@pytest.mark.parametrize(
    "heading", ["Validating runs/weights/best.pt...", "Evaluating with the best model", "Validating best checkpoint"]
)
def test_what_is_measured_with_weights_that_were_kept_is_of_no_epoch(tmp_path, heading):
    lines = [f"Epoch {i}: loss: {2 - i / 10}\nval acc: {i / 10}" for i in range(1, 9)]
    (tmp_path / "train.log").write_text("\n".join([*lines, heading, "val acc: 0.95"]))
    assert points(only_run(str(tmp_path)), "val acc") == {i: i / 10 for i in range(1, 9)}


def test_a_validation_in_every_epoch_is_one_whatever_its_heading_says(tmp_path):
    lines = [f"Epoch {i}\nloss: {2 - i / 10}\nEvaluating with the best model\nval acc: {i / 10}" for i in range(1, 9)]
    (tmp_path / "train.log").write_text("\n".join(lines))
    run = only_run(str(tmp_path))
    assert points(run, "loss") == {i: 2 - i / 10 for i in range(1, 9)}
    assert points(run, "val acc") == {i: i / 10 for i in range(1, 9)}


def test_a_preposition_within_a_word_leaves_it_a_measure(tmp_path):
    lines = [f"Eval Epoch: {i} image_to_text_R@1: {i / 10:.4f}\tval_loss: {3 - i / 10:.4f}" for i in range(1, 9)]
    (tmp_path / "train.log").write_text("\n".join(lines))
    assert points(only_run(str(tmp_path)), "val image_to_text_R@1") == {i: i / 10 for i in range(1, 9)}


@pytest.mark.parametrize("word", ["train_metrics", "train_stats", "train_results"])
def test_a_label_of_the_part_of_the_data_names_it(tmp_path, word):
    lines = [
        f"2026-01-01 00:00:0{i} INFO Epoch {i}\n{word}: loss={2 - i / 10} acc={i / 10}\nval_metrics: loss={3 - i / 10}"
        for i in range(1, 9)
    ]
    (tmp_path / "train.log").write_text("\n".join(lines))
    run = only_run(str(tmp_path))
    assert points(run, "train loss") == pytest.approx({i: 2 - i / 10 for i in range(1, 9)})
    assert points(run, "val loss") == pytest.approx({i: 3 - i / 10 for i in range(1, 9)})


def test_a_bar_that_is_drawn_over_at_first_without_its_speed_ends_with_its_last_state(tmp_path):
    lines = []
    for i in range(1, 9):
        states = [f"Epoch {i}/8 loss: {2 / i:.4f}: 100% ━━━━ 2/2 6.6it/s 0.3s"]
        if i % 3 == 0:
            states.insert(0, f"Epoch {i}/8 loss: 9.0000: 0% ──── 0/2  0.2s")
        lines.append("\r".join(states))
    (tmp_path / "train.log").write_text("\n".join(lines))
    assert points(only_run(str(tmp_path)), "loss") == pytest.approx({i: 2 / i for i in range(1, 9)}, abs=6e-5)
