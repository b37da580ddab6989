"""Runs in one console log that do not begin exactly where the one before began, or are told apart by a line."""

from __future__ import annotations

import numpy as np
import pytest

from logdoc.readers.console.marks import marked, marks_of
from logdoc.readers.console.reading import understood


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


@pytest.mark.parametrize(
    "line",
    [
        "=> loaded checkpoint 'ckpt.pth' (epoch 4)",
        "Resuming training from runs/last.pt",
        "Restoring the latest checkpoint",
        "[INFO] resumed from step 400",
    ],
)
def test_a_line_between_rows_tells_where_a_training_was_resumed(run_of, line):
    run = run_of(rows(0, 5) + f"{line}\n" + rows(5, 9))

    assert run.restarts == (5,)
    assert run.series["loss"].steps.tolist() == list(range(9))


@pytest.mark.parametrize(
    "line",
    [
        "Loading best checkpoint",
        "resume: None",
        "loaded checkpoint of the teacher",
        "Saved checkpoint ckpt.pth",
    ],
)
def test_best_weights_that_are_loaded_and_settings_are_no_resume(run_of, line):
    assert run_of(rows(0, 5) + f"{line}\n" + rows(5, 9)).restarts == ()


def test_a_checkpoint_that_is_loaded_before_the_first_row_or_all_the_time_is_no_resume_between_rows(run_of):
    assert run_of("Resuming from last.pt\n" + rows(5, 9)).restarts == ()
    assert run_of("".join(f"{rows(n, n + 1)}Restored checkpoint\n" for n in range(12))).restarts == ()


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


def marks(text: str) -> list[int]:
    """Return the lines of a text, from 1 on, that end or begin a training."""
    return marks_of(understood(text)).tolist()


def test_the_lines_of_all_marks_are_found_in_their_order() -> None:
    text = rows(0, 4) + "Training finished\n" + "Starting training\n" + rows(0, 4) + "Training finished\n"

    assert marks(text) == [5, 6, 11]


@pytest.mark.parametrize(
    "line", ["Training step done", "Training loss", "finished epoch", "==== training epoch 3 ====", "Start of the data"]
)
def test_other_lines_are_no_marks(line) -> None:
    assert marks(rows(0, 4) + f"{line}\n" + rows(0, 4)) == []


@pytest.mark.parametrize(("often", "found"), [(1_000, 1_000), (1_001, 0)])
def test_what_is_said_more_than_a_thousand_times_ends_no_training(often, found) -> None:
    assert len(marks("".join(f"{rows(n, n + 1)}Training finished\n" for n in range(often)))) == found


def test_a_row_that_says_so_itself_is_no_mark() -> None:
    assert marks(rows(0, 9, form="Training finished epoch {n} loss {v:.3f}")) == []


def test_the_rows_behind_a_mark_are_told_and_none_else() -> None:
    at = np.array([2, 3, 7, 9, 12])

    assert marked(np.array([5, 10, 11]), at).tolist() == [False, False, True, False, True]
    assert marked(np.array([1, 20]), at).tolist() == [False] * 5
    assert marked(np.array([], dtype=np.int64), at).tolist() == [False] * 5
