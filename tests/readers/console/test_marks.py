"""Runs in one console log that do not begin exactly where the one before began, or are told apart by a line."""

from __future__ import annotations

import pytest


def rows(first: int, last: int, every: int = 1, form: str = "epoch {n} loss {v:.4f}") -> str:
    return "".join(form.format(n=n, v=3 / (n + 1)) + "\n" for n in range(first, last, every))


@pytest.mark.parametrize(
    "mark",
    [
        "Optimization complete with best validation score of 5.9 %",
        "Training finished in 12.3 minutes",
        "Finished training",
        "Fine-tuning completed.",
        "Starting training",
        "==== Training Loss (Mon Mar 2 10:11:12 2020) ====",
        "Training Decoder Head",
    ],
)
def test_behind_a_line_that_ends_or_begins_a_training_a_count_near_its_beginning_is_a_run(runs_of, mark):
    runs = runs_of(rows(0, 9) + f"{mark}\n" + rows(1, 8) + f"{mark}\n" + rows(2, 9))

    assert [len(run.series["loss"]) for run in runs] == [9, 7, 7]


def test_behind_such_a_line_a_training_that_goes_on_is_one_run(run_of):
    run = run_of(rows(0, 30) + "Starting training\n" + rows(24, 50))

    assert run.series["loss"].steps.tolist() == list(range(50))


def test_heads_of_every_epoch_begin_no_runs(run_of):
    run = run_of("".join(f"Training the model\n{rows(n, n + 1)}Training finished\n" for n in range(12)))

    assert len(run.series["loss"]) == 12


@pytest.mark.parametrize(("first", "every"), [(10, 10), (20, 10), (2, 1), (500, 250)])
def test_a_long_run_that_falls_to_its_beginning_has_ended(runs_of, first, every):
    runs = runs_of(
        rows(0, 60 * every, every, "episode {n} reward {v:.3f}")
        + rows(first, 40 * every, every, "episode {n} reward {v:.3f}")
    )

    assert len(runs) == 2
    assert runs[0].series["reward"].values.size == 60


def test_a_run_that_was_resumed_is_one_however_often(run_of):
    run = run_of(rows(0, 40) + rows(30, 60) + rows(55, 90))

    assert run.series["loss"].steps.tolist() == list(range(90))


def test_a_single_row_near_the_beginning_begins_no_run(run_of):
    run = run_of(rows(0, 60) + rows(1, 2) + rows(60, 80))

    assert len(run.series["loss"]) >= 79
