"""Logs that writers of few users, and two tools at once, wrote (tests/written/make_rarer.py) hold what was logged."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from curves import points

from logdoc.context.roles import understand
from logdoc.model import Run
from logdoc.readers import load

WRITTEN = Path(__file__).parents[1] / "written"
TRAINING = {step: 2.3 * math.exp(-step / 15) + 0.1 for step in range(40)}


def runs_in(*parts: str) -> list[Run]:
    return [item for item in load([WRITTEN.joinpath(*parts)]) if isinstance(item, Run)]


def only_run(*parts: str) -> Run:
    (run,) = runs_in(*parts)
    return run


def test_speechbrains_file_of_epochs_says_what_its_tensorboard_file_holds():
    printed, board = only_run("speechbrain", "train_log.txt"), only_run("speechbrain", "tensorboard")
    for epoch in range(1, 13):
        assert points(printed, "train loss")[epoch] == pytest.approx(200 / epoch + 1.5, rel=5e-3)
        assert points(printed, "valid loss")[epoch] == pytest.approx(210 / epoch, rel=5e-3)
        assert points(printed, "valid WER")[epoch] == pytest.approx(90 / epoch, rel=5e-3)
        assert points(board, "loss/valid")[epoch] == pytest.approx(210 / epoch, rel=1e-6)
    batches = [200 / epoch + i for epoch in range(1, 13) for i in range(4)]
    assert board.series["loss/train"].values == pytest.approx(batches, rel=1e-6)
    reading = understand(board)
    assert reading.one["train.loss"].series.name == "loss/train"
    assert reading.one["val.loss"].series.name == "loss/valid"


def test_torchtunes_file_of_steps_is_read_with_its_nan_and_its_infinity():
    run = only_run("torchtune", "log.txt")
    loss = points(run, "train/loss")
    assert math.isnan(loss.pop(26))
    assert loss == {step + 1: value for step, value in TRAINING.items() if step != 25}
    assert points(run, "grad_norm")[27] == math.inf
    assert points(run, "val/accuracy") == {step: 1 - math.exp(-(step - 1) / 12) for step in (10, 20, 30, 40)}


def test_what_rsl_rl_prints_is_what_its_tensorboard_file_holds():
    run, printed = only_run("rsl_rl"), only_run("rsl_rl", "train.log")
    for it in range(20):
        assert points(run, "Loss/value")[it] == pytest.approx(2 / (it + 1), rel=1e-6)
        assert points(run, "Episode_Reward/track")[it] == pytest.approx(0.1 * it, rel=1e-6)
        assert points(printed, "Mean value loss")[it] == pytest.approx(2 / (it + 1), abs=6e-5)
        assert points(printed, "Mean reward")[it] == pytest.approx(points(run, "Train/mean_reward")[it], abs=6e-3)
    assert points(run, "Loss/learning_rate") == pytest.approx({it: 1e-3 / (it + 1) for it in range(20)}, rel=1e-6)


def test_rewards_that_rsl_rl_counts_by_seconds_are_told():
    run = only_run("rsl_rl")
    assert run.series["Train/mean_reward/time"].steps.tolist() == list(range(9))
    assert any("Train/mean_reward/time" in defect.what and not defect.lost for defect in run.defects)


def test_the_lines_and_the_table_of_argus_are_the_same_training():
    with (WRITTEN / "argus" / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    table, lines = only_run("argus", "log.csv"), only_run("argus", "log.txt")
    for name in ("train_loss", "val_loss"):
        logged = {int(row["epoch"]): float(row[name]) for row in rows}
        assert points(table, name) == logged
        assert points(lines, name) == pytest.approx(logged, rel=1e-6)


def test_the_bar_and_the_table_of_poutyne_are_its_history():
    history = json.loads((WRITTEN / "poutyne" / "found.txt").read_text())
    table, bar = only_run("poutyne", "log.tsv"), only_run("poutyne", "train.log")
    for name in ("loss", "val_loss"):
        logged = {row["epoch"]: row[name] for row in history}
        assert points(table, name) == logged
        assert points(bar, name) == pytest.approx(logged, abs=6e-7)


def test_rows_of_mace_that_optimise_are_training_and_the_others_validation():
    run = only_run("mace")
    assert run.series["train/loss"].values.tolist() == [2 / (i + 1) for i in range(24)]
    assert run.series["eval/loss"].values.tolist() == [3 / (epoch + 1) for epoch in range(8)]
    reading = understand(run)
    assert reading.one["train.loss"].series.name == "train/loss"
    assert reading.one["val.loss"].series.name == "eval/loss"


def test_a_mode_that_no_row_of_held_out_data_stands_beside_is_no_part(tmp_path):
    rows = [{"epoch": epoch, "loss": 1 / (epoch + 1), "mode": "opt"} for epoch in range(6)]
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (run,) = (item for item in load([tmp_path]) if isinstance(item, Run))
    assert set(run.series) == {"loss"}


def test_a_loss_that_verl_writes_as_null_is_told():
    printed, written = only_run("verl", "train.log"), only_run("verl", "run.jsonl")
    loss = points(printed, "actor/pg_loss")
    assert math.isnan(loss.pop(26))
    assert points(written, "data/actor/pg_loss") == loss == {s + 1: v for s, v in TRAINING.items() if s != 25}
    (told,) = (defect for defect in written.defects if "null" in defect.what)
    assert "'data/actor/pg_loss' is null in 1 rows" in told.what
    assert told.lost


@pytest.mark.parametrize(
    "rows",
    [
        [{"step": i, "loss": 1.0 if i % 2 else None, "val_loss": None if i % 2 else 1.0} for i in range(40)],
        [
            {"step": i, "loss": None if i % 10 == 9 else 1.0, "val_loss": 1.0 if i % 10 == 9 else None}
            for i in range(40)
        ],
        [{"step": i, "loss": None if i % 3 else 1.0, "lr": 0.1} for i in range(40)],
        [{"step": i, "loss": None if i == 0 else 1.0, "lr": 0.1} for i in range(40)],
    ],
)
def test_a_loss_that_is_null_where_another_was_measured_is_whole(tmp_path, rows):
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (run,) = (item for item in load([tmp_path]) if isinstance(item, Run))
    assert not any("null" in defect.what for defect in run.defects)


def test_blocks_of_coqui_are_counted_by_the_global_step_and_validation_is_apart():
    run = only_run("coqui")
    at = [epoch * 20 + step for epoch in range(3) for step in range(0, 20, 5)]
    assert points(run, "loss") == pytest.approx({step: 2 * math.exp(-step / 20) + 0.1 for step in at})
    assert points(run, "val avg_loss") == {15: 3.0, 35: 2.0, 55: 1.0}
    assert run.series["grad_norm"].steps.tolist() == at
    assert "val loss" in run.series


def test_a_change_in_brackets_is_not_the_value(tmp_path):
    lines = [f"Epoch {i}\n | > loss: {9 - i / 2} \033[0m({'+' if i == 1 else '-'}0.5)" for i in range(1, 9)]
    (tmp_path / "train.log").write_text("\n".join(lines))
    assert points(only_run(str(tmp_path)), "loss") == {i: 9 - i / 2 for i in range(1, 9)}


@pytest.mark.parametrize("part", ["train", "val"])
def test_the_statistics_of_graphgym_are_read_by_epochs(part):
    logged = json.loads((WRITTEN / "graphgym" / "found.txt").read_text())[part]
    run = only_run("graphgym", part)
    assert points(run, "loss") == dict(enumerate(logged))
    assert points(run, "lr")[2] == 0.0033


def test_the_files_of_deepspeeds_monitor_are_one_run_counted_by_samples():
    run = only_run("deepspeed")
    logged = {(step + 1) * 8: value for step, value in TRAINING.items()}
    loss = points(run, "train_loss")
    assert math.isnan(loss.pop(26 * 8))
    del logged[26 * 8]
    assert loss == logged
    assert run.series["train/lr"].values == pytest.approx([0.1 * (1 - step / 40) for step in range(40)])


def test_two_loggers_of_lightning_are_one_run_with_the_last_of_the_batches_added_up():
    every = json.loads((WRITTEN / "lightning_pair" / "found.txt").read_text())
    run = only_run("lightning_pair")
    assert run.series["train_loss"].values == pytest.approx(every[1::2], rel=1e-6)
    assert run.series["train_loss"].steps.tolist() == list(range(16))
    assert run.series["val_loss"].steps.tolist() == [3, 7, 11, 15]
    assert "4 curves the same" in run.note


def test_monais_lines_are_joined_over_epochs_as_its_tensorboard_file_counts():
    run, printed = only_run("monai"), only_run("monai", "train.log")
    assert run.series["train_loss"].steps.tolist() == printed.series["train_loss"].steps.tolist() == list(range(1, 17))
    np.testing.assert_allclose(printed.series["train_loss"].values, run.series["train_loss"].values, atol=6e-5)


def test_what_keras_tuner_sums_up_behind_a_trial_is_no_epoch_of_it():
    lines = (WRITTEN / "keras_tuner" / "train.log").read_text().splitlines()
    logged = [float(line.partition("val_loss: ")[2].split()[0]) for line in lines if "step - loss" in line]
    runs = runs_in("keras_tuner", "train.log")
    assert [points(run, "val_loss") for run in runs] == [dict(enumerate(logged[i : i + 4], 1)) for i in range(0, 24, 4)]


def test_ngboosts_lines_are_its_history():
    history = json.loads((WRITTEN / "ngboost" / "found.txt").read_text())
    run = only_run("ngboost", "train.log")
    for name, part in (("loss", "train"), ("val_loss", "val")):
        assert run.series[name].steps.tolist() == list(range(40))
        np.testing.assert_allclose(run.series[name].values, history[part]["LOGSCORE"], atol=6e-5)


@pytest.mark.parametrize("counter", ["", "Epoch {}\n"])
def test_rows_that_say_less_than_the_one_above_are_rows(tmp_path, counter):
    whole = "".join(f"{counter.format(i)}{{'loss': {2 - i / 10}, 'acc': 0.5, 'margin': 0.1}}\n" for i in range(8))
    less = "".join(f"{{'loss': {1 - i / 10}, 'acc': 0.5}}\n" for i in range(2))
    (tmp_path / "train.log").write_text(whole + (less if not counter else ""))
    run = only_run(str(tmp_path))
    assert run.series["loss"].values[:8] == pytest.approx([2 - i / 10 for i in range(8)])
    assert len(run.series["loss"]) == (8 if counter else 10)
