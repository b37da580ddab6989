"""Numbers in single precision and shown calls, as programs in Julia print them, are read as they are meant."""

from __future__ import annotations

import math

import pytest
from curves import points

from logdoc.readers.console.julia import as_usual, is_shown_by_julia

LOSSES = [2.75, 1.625, 1.25, 0.875, 0.75, 0.625, 0.5]


@pytest.mark.parametrize("form", ["loss(X, Y) = {}f0", "loss(traindata, target) = {} (tracked)", "loss(x,y)  =  {}"])
def test_a_shown_call_is_a_curve_of_what_was_called(run_of, form):
    run = run_of("".join(form.format(v) + "\n" for v in LOSSES))

    (name,) = run.series
    assert name == "loss"
    assert list(run.series[name].values) == LOSSES


def test_an_epoch_shown_above_the_calls_counts_them(run_of):
    lines = [f"epoch = {n}\nloss(X, Y) = {v}f0\naccuracy(tX, tY) = {1 - v / 4}\n" for n, v in enumerate(LOSSES, 1)]
    run = run_of("".join(lines))

    assert points(run, "loss") == dict(enumerate(LOSSES, 1))
    assert list(points(run, "test_accuracy").values()) == [1 - v / 4 for v in LOSSES]


def test_the_suffix_of_a_number_is_no_part_of_the_next_name(run_of):
    run = run_of("".join(f"Epoch: {n} loss: {v}f0 acc: 0.5f-1\n" for n, v in enumerate(LOSSES)))

    assert set(run.series) == {"loss", "acc"}
    assert list(run.series["acc"].values) == [0.05] * len(LOSSES)


def test_a_loss_that_is_no_number_in_single_precision_is_kept(run_of):
    run = run_of("".join(f"epoch {n} loss = {v}\n" for n, v in enumerate(["1.5f0", "2.0f20", "Inf32", "NaN32"])))

    values = list(run.series["loss"].values)
    assert values[:2] == [1.5, 2e20]
    assert math.isinf(values[2])
    assert math.isnan(values[3])


@pytest.mark.parametrize(
    ("given", "name"),
    [("xtrain, ytrain", "loss"), ("x_test, y_test", "test_loss"), ("tX, tY", "test_loss"), ("Xval, Yval", "val_loss")],
)
def test_data_that_is_held_out_names_the_part(given, name):
    assert as_usual(f"loss({given}) = 0.5f0") == f"{name} = 0.5"


@pytest.mark.parametrize("given", ["date, latest", "interval, y", "values", "text, target"])
def test_other_arguments_name_no_part(given):
    assert as_usual(f"loss({given}) = 0.5") == "loss = 0.5"


@pytest.mark.parametrize(
    "line",
    ["model = Dense(1, 1)", "f(3) = 4", "betas(a, b) = (0.9, 0.99)", "commit 1.2f0a", "version 1.0.5f2", "g(x) = 3x"],
)
def test_program_text_stays(line):
    assert as_usual(line) == line


def test_other_logs_are_not_taken_for_julia():
    assert not is_shown_by_julia("Epoch 1 loss = 0.5 (best)\nhash 3f2a1f0\n[INFO] run(5) done\n")
