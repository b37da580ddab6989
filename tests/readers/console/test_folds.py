"""The folds of a cross-validation with CatBoost, a few rows each: rounds count anew, and the best value tells scores."""

from __future__ import annotations

import pytest
from curves import points

ROUNDS = [0, 300, 600, 900, 999]
TIMES = ["182ms\tremaining: 3m 1s", "48s\tremaining: 1m 51s", "1m 35s\tremaining: 1m 3s", "2m 22s\tremaining: 15.6s"]
TIMES.append("2m 38s\tremaining: 0us")


def fold(number: int, learn: list[float], test: list[float], best: list[float]) -> str:
    rows = zip(ROUNDS, learn, test, best, TIMES, strict=True)
    lines = [f"{n}:\tlearn: {a:.7f}\ttest: {b:.7f}\tbest: {c:.7f} ({n})\ttotal: {t}\n" for n, a, b, c, t in rows]
    end = f"bestTest = {best[-1]}\nbestIteration = 989\nShrink model to first 990 iterations.\n\n"
    return f"fold {number}\n" + "".join(lines) + end


LEARN = [0.791, 0.9725, 0.986, 0.9923, 0.9937]
TEST = [0.7868, 0.9474, 0.957, 0.9621, 0.963]
BEST = [0.7868, 0.9474, 0.957, 0.9622, 0.9631]


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_every_fold_is_a_run_whose_rounds_are_its_steps(runs_of, folds):
    runs = runs_of("".join(fold(n, LEARN, TEST, BEST) for n in range(1, folds + 1)))

    assert len(runs) == folds
    assert all(points(run, "test accuracy") == dict(zip(ROUNDS, TEST, strict=True)) for run in runs)


def test_a_best_value_that_never_lies_below_is_that_of_a_loss(runs_of):
    falls = [1 - value for value in LEARN], [1 - value for value in TEST], [1 - value for value in BEST]
    runs = runs_of("".join(fold(n, *falls) for n in (1, 2)))

    assert [set(run.series) for run in runs] == [{"train loss", "test loss"}] * 2


def test_a_best_value_that_rises_within_every_fold_is_that_of_a_score(runs_of):
    runs = runs_of("".join(fold(n, LEARN, TEST, TEST) for n in (1, 2, 3)))

    assert [set(run.series) for run in runs] == [{"train accuracy", "test accuracy"}] * 3
