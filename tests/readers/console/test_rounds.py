"""Epochs that are counted anew in every round of one training."""

from __future__ import annotations

from curves import points


def _round(number: int, losses: list[float]) -> str:
    rows = "".join(f"Epoch {e}/{len(losses)}\n900/900 - 3s - loss: {loss:.4f}\n" for e, loss in enumerate(losses, 1))
    return f"Iteration #: {number}\nTrain on 900 samples\n{rows}Sampled: to be or not\n"


def test_rounds_of_one_training_are_one_run(run_of):
    losses = [2.4 / (1 + 0.3 * i) for i in range(20)]
    run = run_of("".join(_round(k, losses[4 * k : 4 * k + 4]) for k in range(5)))

    assert points(run, "loss") == {i: round(loss, 4) for i, loss in enumerate(losses, 1)}
    assert any("rounds were joined" in defect.what for defect in run.defects)


def test_folds_that_begin_where_the_first_one_began_are_runs_of_their_own(runs_of):
    runs = runs_of("".join(_round(k, [2.4 - 0.1 * k, 1.1, 0.7, 0.5 + 0.02 * k]) for k in range(5)))

    assert len(runs) == 5


def test_two_starts_are_no_rounds(runs_of):
    assert len(runs_of(_round(0, [2.4, 1.9, 1.5, 1.2]) + _round(1, [1.1, 0.9, 0.8, 0.7]))) == 2
