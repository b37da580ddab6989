"""What a line says once for several of its numbers: parts of the data, the loss that they are terms of."""

from __future__ import annotations

import pytest
from curves import points

EPOCHS = range(1, 13)
TRAIN = {n: round(0.2 + 2.1 / n, 3) for n in EPOCHS}
VAL = {n: round(0.3 + 2.2 / n, 3) for n in EPOCHS}
RIGHT = {n: round(0.9 - 0.6 / n, 3) for n in EPOCHS}
HELD = {n: round(0.85 - 0.6 / n, 3) for n in EPOCHS}


def _log(form: str) -> str:
    return "".join(form.format(n=n, t=TRAIN[n], v=VAL[n], a=RIGHT[n], h=HELD[n]) + "\n" for n in EPOCHS)


def _called(run, *words):
    (name,) = [name for name in run.series if all(word in name.lower() for word in words)]
    return points(run, name)


@pytest.mark.parametrize(
    "form",
    [
        "epoch {n}: loss {t}/{v} acc {a}/{h} (train/val)",
        "epoch {n}: train/val loss: {t}/{v}, train/val acc: {a}/{h}",
        "epoch {n} loss (T/V): {t} / {v} acc (T/V): {a} / {h}",
        "epoch {n} (train, val) loss: ({t}, {v}) acc: ({a}, {h})",
        "epoch {n} - loss: {t} (train), {v} (val) - acc: {a} (train), {h} (val)",
        "epoch {n} - loss: {t} [train] {v} [val] - acc: {a} [train] {h} [val]",
        "epoch {n} | Loss: train={t} val={v} | Acc: train={a} val={h}",
        "epoch {n} | Loss: [train: {t}, val: {v}], Acc: [train: {a}, val: {h}]",
        "epoch {n}: Loss(train={t}, val={v}) Acc(train={a}, val={h})",
        "epoch {n}: train={t} (acc={a}), val={v} (acc={h})",
        "epoch {n} | train loss/acc: {t}/{a} | val loss/acc: {v}/{h}",
        "epoch {n} train (loss, acc): ({t}, {a}) val (loss, acc): ({v}, {h})",
        "epoch {n} | tl {t} | vl {v} | ta {a} | va {h}",
    ],
)
def test_the_parts_of_the_data_may_stand_once_for_several_numbers(run_of, form):
    run = run_of(_log(form))

    assert _called(run, "train", "loss") == TRAIN
    assert _called(run, "val", "loss") == VAL
    assert _called(run, "train", "acc") == RIGHT
    assert _called(run, "val", "acc") == HELD


def test_a_part_in_brackets_in_front_of_a_measure_is_of_that_measure(run_of):
    run = run_of(_log("[train] loss {t} [val] loss {v} [test] loss {h} epoch {n}"))

    assert points(run, "train loss") == TRAIN
    assert points(run, "val loss") == VAL


@pytest.mark.parametrize(
    "form",
    [
        "epoch {n} | Loss: total {t}, box {v}",
        "epoch {n}: loss - total: {t} box: {v}",
        "epoch {n}: losses: {{total: {t}, box: {v}}}",
        "step {n}    training-loss, overall: {t}, box: {v}",
        "epoch {n} | Total: {t} | Recon: {v} | KL: {h}",
    ],
)
def test_the_total_of_what_is_headed_as_the_loss_is_the_loss(run_of, form):
    run = run_of(_log(form))

    assert _called(run, "total loss") == TRAIN


def test_a_total_among_times_is_none(run_of):
    run = run_of(_log("epoch {n} loss: {t} time: {v} total: {h}"))

    assert "total loss" not in run.series


def test_a_share_that_moves_against_the_loss_before_it_is_no_average_of_it(run_of):
    run = run_of(_log("epoch {n}: loss {t} ({a}), val loss {v} ({h})"))

    assert points(run, "val loss") == VAL


@pytest.mark.parametrize(
    ("form", "name", "values"),
    [
        ("epoch: {n}, train_loss: {t}, val_loss: {v}, accuracy: {h}", "val accuracy", HELD),
        ("epoch: {n}, loss: {t}, val_loss: {v}, accuracy: {a}, val_accuracy: {h}", "accuracy", RIGHT),
    ],
    ids=["of held-out data", "of training, where the line has that of held-out data as well"],
)
def test_a_score_behind_the_loss_of_held_out_data_is(run_of, form: str, name: str, values: dict[int, float]):
    run = run_of(_log(form))

    assert points(run, name) == values


def test_a_training_loss_under_the_name_of_its_part_alone_is_read_beside_a_held_out_loss(run_of):
    run = run_of(_log("ep {n:03d} | Train: {t} | Val Loss: {v} | LR: 0.001"))

    assert points(run, "train loss") == TRAIN


def test_percent_in_brackets_behind_a_name_is_its_unit(run_of):
    run = run_of(_log("epoch {n}  loss {t}  eval acc (%) {h}"))

    assert points(run, "eval acc") == HELD


def test_the_sum_of_the_terms_in_front_of_it_is_the_loss(run_of):
    run = run_of(_log("epoch {n}: CE {v} + KL {h} = {t}"))

    assert points(run, "total loss") == TRAIN


def test_the_loss_of_a_ranking_is_a_loss_and_the_rank_of_a_process_is_none(run_of):
    run = run_of(_log("epoch {n} | average loss sum: {t} | average rank loss: {v} | rank: {h}"))

    assert points(run, "average rank loss") == VAL
    assert "rank" not in run.series


def test_a_part_in_brackets_between_a_name_and_its_number_is_of_that_name(run_of):
    run = run_of(_log("epoch {n}: tagger loss [train] = {t}, tagger loss [val] = {v}"))

    assert _called(run, "tagger loss", "train") == TRAIN
    assert _called(run, "tagger loss", "val") == VAL
