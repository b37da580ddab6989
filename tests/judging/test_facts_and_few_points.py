"""What is judged in logs of a few rows: facts at any number of them, directions as far as a few points go."""

from __future__ import annotations

import math

import numpy as np
import pytest

from logdoc.engine import load_rules
from logdoc.judging.pipeline import judge_run, make_judge, prepare
from logdoc.model import Defect, Run, RunAnalysis, Series

JUDGE = make_judge(load_rules(), {}, {})


def judged(defects: tuple[str, ...] = (), **curves: list[float]) -> RunAnalysis:
    series = {
        name: Series(name, np.arange(len(values)), np.array(values, dtype=np.float64))
        for name, values in curves.items()
    }
    found = tuple(Defect("train.log", what, ended=True) for what in defects)
    run = Run("r", "test", ("r",), series=series, defects=found)
    return judge_run(run, prepare(run, JUDGE), JUDGE)


def advice(said: RunAnalysis) -> str:
    return " ".join(remedy.do for cause in said.causes for remedy in cause.remedies)


@pytest.mark.parametrize(
    "curves",
    [
        {"loss": [math.nan]},
        {"loss": [1.35], "grad_norm": [math.nan]},
        {"grad_norm": [0.7, math.nan]},
        {"val_loss": [math.nan]},
        {"ppl": [math.nan]},
        {"loss": [0.69], "grad_norm": [0.0]},
        {"loss": [100.0, 100.0, 100.0]},
    ],
    ids=str,
)
def test_one_row_is_enough_for_a_fact(curves: dict[str, list[float]]) -> None:
    assert judged(**curves).verdict == "error"


@pytest.mark.parametrize(
    "curves",
    [
        {"loss": [1.35, 0.0]},
        {"loss": [1.8, 1.81, 1.79], "lr": [0.0, 0.0, 0.0]},
        {"loss": [0.68291] * 4},
        {"loss": [0.6931, 0.6931], "rewards/margins": [0.0, 0.0], "rewards/chosen": [0.0, 0.0]},
        {"loss": [0.9, 0.6, 0.3, 0.1], "val_loss": [0.35, 0.4, 0.45, 0.5]},
    ],
    ids=str,
)
def test_a_few_rows_are_enough_for_what_repeats_or_rises_every_time(curves: dict[str, list[float]]) -> None:
    assert judged(**curves).verdict in ("error", "warning")


def test_two_ordinary_rows_are_too_few() -> None:
    assert judged(loss=[1.2, 1.1]).verdict == "undecidable"


def test_a_remark_on_a_few_points_says_how_few_they_are() -> None:
    said = judged(loss=[1.2, 0.9, 0.6], val_loss=[1.3, 1.0, 0.7])

    assert said.verdict == "info"
    assert "3 points" in said.headline


def test_where_no_curve_is_recognised_those_that_were_read_are_named() -> None:
    curves = {f"counted_{name}": [1.0, 4.0] * 5 for name in "abcdef"}

    assert judged(**curves).headline == (
        "Too little to judge: no loss and no metric was recognised in 'counted_a', 'counted_b', 'counted_c', "
        "'counted_d' and 2 more; name them with --map ROLE=NAME."
    )


def test_facts_that_are_not_there_are_no_health() -> None:
    assert judged(loss=[1.2, 1.1, 1.15, 1.12], grad_norm=[1.0, 1.1, 1.2, 1.1]).verdict == "undecidable"


def test_a_gradient_of_zero_is_not_clipped() -> None:
    said = judged(loss=[2.3, 2.31, 2.29] * 40, grad_norm=[0.0] * 120)

    assert not any("clip" in f.id for f in said.findings if f.status == "fires")
    assert not any("clip" in cause.id for cause in said.causes)


FALLING = [2 - 0.02 * i for i in range(60)]


@pytest.mark.parametrize(
    "ending",
    [
        "the program ran out of GPU memory: CUDA out of memory",
        "the program ended with an exception: KeyError: 'x'",
        "the program lost a rank, or a collective operation timed out: Watchdog caught collective operation timeout",
        "the program stopped because something was not finite: Loss is nan, stopping training",
    ],
)
def test_a_crash_is_an_error_and_nobody_is_told_to_resume_or_train_longer(ending: str) -> None:
    said = judged((ending,), loss=FALLING)

    assert said.verdict == "error"
    assert not {"run-interrupted", "training-too-short"} & {c.id for c in said.causes}
    assert "esume" not in advice(said)


def test_a_run_that_was_killed_may_be_resumed() -> None:
    said = judged(("the program was preempted or reached its time limit: DUE TO TIME LIMIT",), loss=FALLING)

    assert said.verdict == "warning"
    assert "Resume" in advice(said)


def test_the_nan_comes_before_the_end_that_it_brought() -> None:
    said = judged(("the program stopped because something was not finite",), loss=[*FALLING, math.nan, math.nan])

    assert next(f.id for f in said.findings if f.status == "fires") == "loss-nan"


def test_a_nan_that_goes_away_is_first_of_all_a_bad_batch() -> None:
    curve = [2.0 - 0.02 * i for i in range(40)]
    curve[12] = math.nan

    said = judged(loss=curve, lr=[3e-4] * 40)

    assert said.causes[0].id == "bad-batch"


def test_a_loss_that_becomes_zero_beside_a_gradient_is_told() -> None:
    said = judged(
        loss=[1.6 - 0.01 * i for i in range(30)] + [0.0] * 20,
        grad_norm=[0.7 + 0.01 * (i % 3) for i in range(30)] + [1.0] * 20,
    )

    assert "loss-zero" in {f.id for f in said.findings if f.status == "fires"}


def test_what_failed_after_a_divergence_is_no_error_of_the_program() -> None:
    curve = [2.0 - 0.02 * i for i in range(60)] + [3.0 * 7**i for i in range(7)]

    said = judged(("the program ended with an exception: OverflowError: math range error",), loss=curve)

    assert said.causes[0].id in ("lr-too-high", "gradient-exploding")
    assert "program-error" not in {cause.id for cause in said.causes}


def test_a_discriminator_that_is_always_wrong_is_not_called_too_strong() -> None:
    said = judged(Dis_loss=[13.82] * 6, Gen_loss=[0.0] * 6)

    assert said.causes[0].id == "discriminator-too-weak"
    assert "discriminator-too-strong" not in {cause.id for cause in said.causes}


def test_boosted_trees_that_get_worse_from_the_first_on_minimise_something_else() -> None:
    said = judged(
        **{"train-logloss": [0.70, 0.72, 0.74, 0.76, 0.78], "eval-logloss": [0.70, 0.715, 0.735, 0.755, 0.775]}
    )

    assert said.causes[0].id == "loss-function-wrong"
    assert "scale_pos_weight" in advice(said)


def test_a_learning_rate_of_zero_is_what_to_change_first() -> None:
    said = judged(loss=[1.8 + 0.01 * (i % 3) for i in range(40)], lr=[0.0] * 40)

    assert said.causes[0].remedies[0].do.startswith("Set a learning rate above zero")


def test_a_best_first_evaluation_is_kept_and_not_thrown_away() -> None:
    said = judged(
        loss=[0.9 * 0.8**i for i in range(12)],
        val_loss=[0.35, 0.4, 0.46, 0.5, 0.57, 0.61, 0.68, 0.75, 0.8, 0.86, 0.9, 0.97],
    )

    assert said.causes[0].id == "overfitting"
