"""Counters that start again in every epoch, in every kind of file that has rows: one run, one step."""

from __future__ import annotations

import json

import pytest

from logdoc.model import Defect, Run
from logdoc.readers import load

LENGTH, EPOCHS = 40, 6


def rows(*, base: int = 1, epoch_base: int = 1, every: int = 10):
    """A loss that falls over the whole training, logged every ten iterations of every epoch."""
    for epoch in range(EPOCHS):
        for inner in range(every if base else 0, LENGTH + base, every):
            yield epoch + epoch_base, inner, round(3.0 / (1 + epoch * LENGTH + inner), 6)


def one(path) -> Run:
    (item,) = load([path])
    assert isinstance(item, Run), item
    return item


def steps_of(run: Run, name: str) -> list[int]:
    assert run.attempts.get(name, ()) == ()
    assert run.restarts == ()
    return run.series[name].steps.tolist()


GLOBAL = list(range(10, LENGTH * EPOCHS + 1, 10))


def test_mmdet_2_keeps_every_epoch_and_its_validations(tmp_path):
    made = [{"env_info": "x", "seed": 0}]
    for epoch, inner, loss in rows():
        made.append({"mode": "train", "epoch": epoch, "iter": inner, "lr": 0.01, "loss": loss, "time": 0.2})
        if inner == LENGTH:
            made.append({"mode": "val", "epoch": epoch, "iter": 7, "lr": 0.01, "bbox_mAP": epoch / 10})
    path = tmp_path / "20260101_120000.log.json"
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    run = one(path)
    assert steps_of(run, "train/loss") == GLOBAL
    assert steps_of(run, "val/bbox_mAP") == [40, 80, 120, 160, 200, 240]


def test_an_iteration_based_run_of_mmseg_keeps_its_validations_where_they_were_made(tmp_path):
    made = []
    for i in range(10, 210, 10):
        made.append({"mode": "train", "epoch": 1, "iter": i, "lr": 0.01, "loss": 1 / i})
        if i % 50 == 0:
            made.append({"mode": "val", "epoch": 1, "iter": 33, "lr": 0.01, "mIoU": i / 1000})
    path = tmp_path / "a.log.json"
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    run = one(path)
    assert steps_of(run, "train/loss") == list(range(10, 210, 10))
    assert steps_of(run, "val/mIoU") == [50, 100, 150, 200]


@pytest.mark.parametrize("counter", ["iter", "batch", "step", "batch_idx"])
def test_a_table_with_an_epoch_and_an_iteration(tmp_path, counter):
    path = tmp_path / "log.csv"
    path.write_text(f"epoch,{counter},loss\n" + "".join(f"{e},{i},{x}\n" for e, i, x in rows()))
    assert steps_of(one(path), "loss") == GLOBAL


def test_counts_from_zero_are_joined_alike(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,iter,loss\n" + "".join(f"{e},{i},{x}\n" for e, i, x in rows(base=0, epoch_base=0)))
    assert steps_of(one(path), "loss") == list(range(0, LENGTH * EPOCHS, 10))


def test_validation_rows_without_an_iteration_stand_at_the_end_of_their_epoch(tmp_path):
    path = tmp_path / "log.csv"
    text = "epoch,iter,loss,val_loss\n"
    for e, i, x in rows():
        text += f"{e},{i},{x},\n" + (f"{e},,,{x + 1}\n" if i == LENGTH else "")
    path.write_text(text)
    run = one(path)
    assert steps_of(run, "loss") == GLOBAL
    assert steps_of(run, "val_loss") == [40, 80, 120, 160, 200, 240]


def test_an_iteration_written_with_its_bound_tells_the_length_of_an_epoch(tmp_path):
    path = tmp_path / "log.jsonl"
    made = [{"epoch": e, "iter": f"{i}/{LENGTH}", "loss": x} for e, i, x in rows(every=30)]
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    assert steps_of(one(path), "loss") == [30, 70, 110, 150, 190, 230]


def test_a_counter_of_two_words_and_a_stroke_is_the_first_of_them(tmp_path):
    path = tmp_path / "logging.jsonl"
    made = [{"loss": 1 / i, "global_step/max_steps": f"{i}/400", "percentage": f"{i / 4}%"} for i in range(10, 410, 10)]
    summary = {"last_model_checkpoint": "a/checkpoint-400", "best_metric": None, "global_step": 400, "log_history": []}
    path.write_text("".join(json.dumps(row) + "\n" for row in [*made, summary]))
    run = one(path)
    assert steps_of(run, "loss") == list(range(10, 410, 10))
    assert [d for d in run.defects if d.lost] == []


def test_records_of_a_json_document(tmp_path):
    path = tmp_path / "log.json"
    path.write_text(json.dumps([{"epoch": e, "iter": i, "loss": x} for e, i, x in rows()]))
    assert steps_of(one(path), "loss") == GLOBAL


def test_one_row_per_value(tmp_path):
    path = tmp_path / "log.csv"
    text = "epoch,iter,tag,value\n" + "".join(f"{e},{i},loss,{x}\n{e},{i},lr,0.1\n" for e, i, x in rows())
    path.write_text(text)
    assert steps_of(one(path), "loss") == GLOBAL


def test_without_an_epoch_the_loss_tells_the_next_epoch_from_another_run(tmp_path):
    going_on, again = tmp_path / "a.csv", tmp_path / "b.csv"
    going_on.write_text("batch,loss\n" + "".join(f"{i},{x}\n" for _, i, x in rows()))
    assert steps_of(one(going_on), "loss") == GLOBAL
    once = [(i, x) for e, i, x in rows(every=2) if e == 1]
    again.write_text("batch,loss\n" + "".join(f"{i},{x}\n" for _ in range(3) for i, x in once))
    run = one(again)
    assert len(run.restarts) == 2
    assert run.series["loss"].steps.tolist() == [i for i, _ in once]


def test_a_real_restart_stays_an_attempt(tmp_path):
    path = tmp_path / "log.csv"
    first = [row for row in rows() if row[0] <= 2]
    path.write_text("epoch,iter,loss\n" + "".join(f"{e},{i},{x}\n" for e, i, x in [*first, *rows()]))
    run = one(path)
    assert run.series["loss"].steps.tolist() == GLOBAL
    assert run.restarts == (10,)
    assert [len(part) for part in run.attempts["loss"]] == [len(first)]


def test_a_failed_start_of_a_few_rows_is_not_glued_to_the_run(tmp_path):
    path = tmp_path / "log.csv"
    failed = [(1, 10, 3.0), (1, 20, 2.9)]
    path.write_text("epoch,iter,loss\n" + "".join(f"{e},{i},{x}\n" for e, i, x in [*failed, *rows()]))
    run = one(path)
    assert run.series["loss"].steps.tolist() == GLOBAL
    assert [len(part) for part in run.attempts["loss"]] == [2]


def test_an_iteration_that_runs_on_over_the_epochs_is_left_alone(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,iter,loss\n" + "".join(f"{i // 40},{i},{1 / i}\n" for i in range(10, 250, 10)))
    assert steps_of(one(path), "loss") == list(range(10, 250, 10))


def test_mmengine_validations_of_an_epoch_stand_at_its_last_step(tmp_path):
    made = []
    for i in range(10, 130, 10):
        made.append({"lr": 0.1, "loss": 1 / i, "epoch": (i - 1) // 40 + 1, "iter": i, "step": i})
        if i % 40 == 0:
            made.append({"accuracy/top1": i / 2, "data_time": 0.1, "time": 0.1, "step": i // 40})
    path = tmp_path / "scalars.json"
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    run = one(path)
    assert steps_of(run, "loss") == list(range(10, 130, 10))
    assert steps_of(run, "val/accuracy/top1") == [40, 80, 120]


def test_rows_in_no_order_are_not_taken_for_epochs(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n" + "".join(f"{(i * 37) % 101},{i}\n" for i in range(101)))
    assert steps_of(one(path), "loss") == list(range(101))


def test_a_table_of_results_stays_refused(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("id,run_type,final_loss\na,base,0.4\nb,tuned,0.3\nc,other,0.2\n")
    (item,) = load([path])
    assert isinstance(item, Defect)
    assert "table of results" in item.what
