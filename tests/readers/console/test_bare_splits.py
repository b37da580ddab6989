"""Numbers that only a part of the data names, beside what names itself: which of them is a loss, and of which part."""

from __future__ import annotations

import pytest
from curves import points

EPOCHS = range(1, 10)
TRAIN = {n: round(0.15 + 0.8 / n, 3) for n in EPOCHS}
LOWER = {n: round(0.1 + 0.4 / n, 3) for n in EPOCHS}
RIGHT = {n: round(0.9 - 0.5 / n, 3) for n in EPOCHS}
HELD = {n: round(0.85 - 0.5 / n, 3) for n in EPOCHS}


def _log(form):
    return "".join(form.format(n=n, t=TRAIN[n], v=LOWER[n], a=RIGHT[n], h=HELD[n]) + "\n" for n in EPOCHS)


@pytest.mark.parametrize("form", ["epoch {n}, loss {t}, val {v}", "[{n}] loss = {t}  validation = {v}"])
def test_what_falls_with_the_loss_of_its_line_is_the_loss_of_held_out_data(run_of, form):
    run = run_of(_log(form))

    assert points(run, "loss") == TRAIN
    assert points(run, "val loss") == LOWER


def test_what_rises_while_the_loss_of_its_line_falls_is_a_score(run_of):
    run = run_of(_log("epoch {n}, loss {t}, val {h}"))

    assert points(run, "val accuracy") == HELD


@pytest.mark.parametrize("form", ["Epoch {n} [{part}: 100%] loss: {x}", "Epoch {n} {part} 100% | loss {x}"])
def test_a_part_of_the_data_that_is_gone_through_to_its_end_places_what_stands_behind_it(run_of, form):
    rows = [(part, curve, n) for n in EPOCHS for part, curve in (("train", TRAIN), ("val", LOWER))]

    run = run_of("".join(form.format(n=n, part=part, x=curve[n]) + "\n" for part, curve, n in rows))

    assert points(run, "train loss") == TRAIN
    assert points(run, "val loss") == LOWER


def test_a_letter_beside_two_short_losses_is_the_score_of_training(run_of):
    run = run_of(_log("{n} l={t} a={a} vl={v} va={h}"))

    assert points(run, "acc") == RIGHT
    assert points(run, "val acc") == HELD


def test_a_letter_without_two_short_losses_stays_unknown(run_of):
    run = run_of(_log("{n} loss={t} a={a}"))

    assert "acc" not in run.series


def test_a_measure_in_front_of_two_parts_of_the_data_is_that_of_both(run_of):
    run = run_of(_log("Epoch {n}: rmse train {t} test {v}"))

    assert points(run, "train rmse") == TRAIN
    assert points(run, "test rmse") == LOWER


def test_how_many_examples_the_parts_have_is_no_loss(run_of):
    rounds = "".join(f"[{n}00]\ttrain's auc: {RIGHT[n]}\tvalid's auc: {HELD[n]}\n" for n in EPOCHS)
    run = run_of(f"Train: 680291 (2010-2023)\nVal:   45280 (2024)\nTraining LightGBM...\n{rounds}")

    assert set(run.series) == {"train auc", "valid auc"}
    assert points(run, "train auc")[300] == RIGHT[3]
