"""A run that logs nothing but its return is judged by it, and never told that a loss is missing."""

from __future__ import annotations

import numpy as np
import pytest

from logdoc.engine import load_rules
from logdoc.judging import make_judge, prepare
from logdoc.judging.pipeline import judge_run
from logdoc.model import Run, Series

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
