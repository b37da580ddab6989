"""The columns and keys that tools write, built from their documented forms: the right counter, the right roles, no lost values."""

from __future__ import annotations

import json
import math

import pytest

from logdoc.context.roles import understand
from logdoc.model import Run
from logdoc.readers import load


def read(path, content):
    path.write_text(content)
    (run,) = load([path])
    assert isinstance(run, Run), run
    return run, understand(run)


def loss(i):
    return 2.0 * math.exp(-i / 5) + 0.1


def table(header, row, count=12):
    return header + "\n" + "".join(row(i) + "\n" for i in range(count))


def test_timm_summary_with_epochs_that_were_not_evaluated(tmp_path):
    content = table(
        "epoch,train_loss,eval_loss,eval_top1,eval_top5,lr",
        lambda i: f"{i},{loss(i)},{loss(i) + 0.1},{50 + i},{80 + i},0.1" if i % 2 else f"{i},{loss(i)},,,,0.1",
    )
    run, reading = read(tmp_path / "summary.csv", content)
    assert reading.one["train.loss"].series.axis == "epoch"
    assert len(reading.one["val.loss"].series) == 6
    assert reading.one["val.accuracy"].series.values[0] == 51
    assert {"train.lr"} <= set(reading.one)
    assert run.defects == ()


def test_fastai_history(tmp_path):
    _, reading = read(
        tmp_path / "history.csv",
        table("epoch,train_loss,valid_loss,accuracy,time", lambda i: f"{i},{loss(i)},{loss(i)},0.{50 + i},00:0{i % 6}"),
    )
    assert reading.one["val.loss"].series.name == "valid_loss"
    assert len(reading.one["train.loss"].series) == 12


def test_ultralytics_results_with_padded_names(tmp_path):
    header = "                  epoch,         train/box_loss,         train/cls_loss,   metrics/mAP50(B),           val/box_loss,           val/cls_loss,                 lr/pg0"
    _, reading = read(
        tmp_path / "results.csv",
        table(
            header,
            lambda i: f"{i + 1:>23},{loss(i):>23},{loss(i):>23},{i / 20:>23},{loss(i):>23},{loss(i):>23},{0.01:>23}",
        ),
    )
    assert reading.one["train.loss"].series.values[0] == pytest.approx(2 * loss(0))
    assert len(reading.one["val.loss"].series) == 12
    assert "train.lr" in reading.one


def test_rllib_progress_and_result_are_one_run(tmp_path):
    rows = [
        {
            "training_iteration": i + 1,
            "timesteps_total": 4000 * (i + 1),
            "episode_reward_mean": math.nan if i < 2 else 10.0 * i,
            "info": {"learner": {"default_policy": {"total_loss": loss(i), "entropy": 1.0 - i / 20}}},
            "config": {"lr": 5e-5, "gamma": 0.99},
            "hist_stats": {"episode_reward": [1.0, 2.0]},
            "time_total_s": 3.5 * i,
            "done": False,
        }
        for i in range(12)
    ]
    (tmp_path / "result.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    header = "training_iteration,timesteps_total,episode_reward_mean,info/learner/default_policy/total_loss,info/learner/default_policy/entropy,config/lr"
    cells = [
        (r["training_iteration"], r["timesteps_total"], r["episode_reward_mean"], loss(i), 1.0 - i / 20, 5e-5)
        for i, r in enumerate(rows)
    ]
    (tmp_path / "progress.csv").write_text(header + "\n" + "".join(",".join(map(repr, row)) + "\n" for row in cells))
    (run,) = load([tmp_path])
    assert run.format == "jsonlines"
    assert run.series["episode_reward_mean"].steps.tolist()[:2] == [4000, 8000]
    assert math.isnan(run.series["episode_reward_mean"].values[0])
    assert run.config["lr"] == 5e-5
    assert "same" in run.note


def test_llama_factory_counts_current_steps(tmp_path):
    rows = [
        {
            "current_steps": 10 * i,
            "total_steps": 120,
            "loss": loss(i),
            "lr": 1e-4,
            "epoch": i / 4,
            "percentage": 8.0 * i,
            "elapsed_time": "0:00:10",
        }
        for i in range(12)
    ]
    run, reading = read(tmp_path / "trainer_log.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert reading.one["train.loss"].series.steps.tolist() == [10 * i for i in range(12)]
    assert "elapsed_time" in run.left_out


def test_wandb_history_exports(tmp_path):
    content = table(
        ",_step,_runtime,_timestamp,train/loss,val/loss",
        lambda i: f"{i},{i},{i * 0.5},{1.7e9 + i},{loss(i)},{loss(i) if i % 4 == 3 else ''}",
    )
    _, reading = read(tmp_path / "history.csv", content)
    assert reading.one["val.loss"].series.steps.tolist() == [3, 7, 11]
    rows = [
        {"_step": i, "_timestamp": 1.7e9 + i, "train/loss": loss(i), **({"val/loss": "NaN"} if i == 7 else {})}
        for i in range(12)
    ]
    run, reading = read(tmp_path / "scan.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert run.series["train/loss"].times is not None
    assert math.isnan(reading.one["val.loss"].series.values[0])


def test_a_wandb_history_in_parquet_tells_null_from_nan(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    columns = {
        "_step": list(range(6)),
        "loss": [1.0, math.nan, 0.5, None, 0.2, 0.1],
        "text": ["a"] * 6,
        "list": [[1]] * 6,
    }
    pq.write_table(pa.table(columns), tmp_path / "0000.parquet")
    (run,) = load([tmp_path])
    assert run.series["loss"].steps.tolist() == [0, 1, 2, 4, 5]
    assert math.isnan(run.series["loss"].values[1])
    assert "list" in run.left_out


def test_a_parquet_table_of_other_data_is_no_log(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"name": ["a"], "price": [1.0]}), tmp_path / "data.parquet")
    (defect,) = load([tmp_path / "data.parquet"])
    assert "without a step" in defect.what


def test_a_fairseq_log_with_numbers_as_text(tmp_path):
    line = '2024-01-01 00:00:{0:02} | INFO | train_inner | {{"epoch": 1, "update": 0.1, "loss": "{1:.3f}", "ppl": "9.1", "num_updates": "{2}", "lr": "0.0001", "gnorm": "1.2"}}\n'
    run, _ = read(tmp_path / "train.log", "".join(line.format(i, loss(i), 100 * (i + 1)) for i in range(12)))
    assert run.series["loss"].steps.tolist() == [100 * (i + 1) for i in range(12)]
    assert run.series["gnorm"].values[0] == 1.2


def test_torchtune_lines(tmp_path):
    run, _ = read(
        tmp_path / "log_1.txt",
        "".join(
            f"Step {i} | loss:{loss(i)} lr:2e-05 tokens_per_second_per_gpu:500.1 peak_memory_alloc:1.5\n"
            for i in range(12)
        ),
    )
    assert run.series["loss"].steps.tolist() == list(range(12))
    assert run.series["lr"].values[0] == 2e-05
