"""A run that logs nothing but its return is judged by it, and never told that a loss is missing."""

from __future__ import annotations

import numpy as np
import pytest

from logdoc.engine import load_rules
from logdoc.judging import make_judge, prepare
from logdoc.judging.pipeline import judge_run
from logdoc.model import Run, Series
from logdoc.model.analysis import RunAnalysis

JUDGE = make_judge(load_rules(), {}, {})


def returns(count: int) -> Run:
    values = np.clip(20 + 0.5 * np.arange(count) + np.random.default_rng(0).normal(0, 15, count), 8, 200)
    series = {"reward": Series("reward", np.arange(count), values)}
    return Run(id="run", sources=("monitor.csv",), format="csv", series=series)


@pytest.mark.parametrize(("count", "verdict"), [(400, "healthy"), (99, "healthy"), (25, "undecidable")])
def test_an_agent_is_judged_by_its_return(count: int, verdict: str) -> None:
    run = returns(count)

    analysis = judge_run(run, prepare(run, JUDGE), JUDGE)

    assert analysis.verdict == verdict
    assert "train.loss" not in analysis.headline


@pytest.mark.parametrize(("count", "verdict"), [(60, "healthy"), (4, "undecidable")])
def test_a_gan_is_judged_by_the_balance_of_its_players(count: int, verdict: str) -> None:
    noise = np.random.default_rng(1).normal(0, 0.04, (2, count))
    curves = {"d_loss": 1.386 + noise[0], "g_loss": 0.7 + noise[1]}
    series = {name: Series(name, np.arange(count), values) for name, values in curves.items()}
    run = Run(id="run", sources=("gan.csv",), format="csv", series=series)

    assert judge_run(run, prepare(run, JUDGE), JUDGE).verdict == verdict


def test_a_gan_of_which_one_loss_alone_is_logged_is_not_called_healthy() -> None:
    values = 0.7 + np.random.default_rng(1).normal(0, 0.04, 60)
    run = Run(id="run", sources=("gan.csv",), format="csv", series={"g_loss": Series("g_loss", np.arange(60), values)})

    assert judge_run(run, prepare(run, JUDGE), JUDGE).verdict == "undecidable"


def judged(**curves: list[float]) -> RunAnalysis:
    series = {name: Series(name, np.arange(len(values)), np.array(values)) for name, values in curves.items()}
    run = Run(id="run", sources=("log.txt",), format="console", series=series)
    return judge_run(run, prepare(run, JUDGE), JUDGE)


def test_a_short_return_that_rises_and_stays_is_healthy_and_says_by_what() -> None:
    analysis = judged(reward=[42, 105, 132, 149, 159, 166, 171, 174, 177, 179, 180])

    assert analysis.verdict == "healthy"
    assert "by the return alone (it goes from 42 to 180 and stays up)" in analysis.headline
    assert "could not be judged" in analysis.headline


def test_an_accuracy_that_rises_and_levels_is_healthy_without_a_loss() -> None:
    analysis = judged(val_accuracy=[0.25, 0.84, 0.9, 0.93, 0.945, 0.955, 0.96, 0.965, 0.97, 0.972])

    assert analysis.verdict == "healthy"
    assert "by the accuracy alone" in analysis.headline


@pytest.mark.parametrize(
    "values",
    [
        [20, 80, 140, 180, 200, 200, 160, 120, 80, 60, 50, 45],
        [20, 23, 18, 21, 22, 19, 20, 21, 18, 22, 20, 21],
    ],
    ids=["falls back", "stays where it was"],
)
def test_a_short_return_that_is_not_kept_or_never_rises_is_not_called_healthy(values: list[float]) -> None:
    assert judged(reward=values).verdict != "healthy"


def test_an_accuracy_at_a_third_is_not_called_healthy_by_itself() -> None:
    values = [0.05, 0.15, 0.2, 0.24, 0.27, 0.29, 0.31, 0.32, 0.33, 0.333]

    assert judged(val_accuracy=values).verdict != "healthy"


def test_a_loss_beside_the_return_is_judged_as_before() -> None:
    returns = [20 + 5.0 * i for i in range(60)]

    assert "alone" not in judged(reward=returns, loss=[1 - 0.01 * i for i in range(60)]).headline
