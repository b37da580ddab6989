"""Healthy runs that strangers log in ways which look like a fault, and reasons that would be the wrong ones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import logdoc
from logdoc.engine import load_rules
from logdoc.judging.pipeline import judge_run, make_judge, prepare
from logdoc.model import ConfigValue, Run, RunAnalysis, Series

JUDGE = make_judge(load_rules(), {}, {})
RNG = np.random.default_rng


def judged(
    curves: dict[str, np.ndarray], steps: np.ndarray | None = None, config: dict[str, ConfigValue] | None = None
) -> RunAnalysis:
    longest = max(len(values) for values in curves.values())
    at = np.arange(longest) if steps is None else steps
    series = {
        name: Series(name, np.asarray(at[: len(values)], dtype=np.int64), np.asarray(values, dtype=np.float64))
        for name, values in curves.items()
    }
    run = Run("r", "test", ("r",), series=series, config=config or {})
    return judge_run(run, prepare(run, JUDGE), JUDGE)


def loud(run: RunAnalysis) -> list[str]:
    return [f.id for f in run.findings if f.status in ("fires", "error") and f.severity != "info"]


def fired(run: RunAnalysis) -> list[str]:
    return [f.id for f in run.findings if f.status == "fires"]


def fall(n: int, top: float = 2.3, floor: float = 0.4, rate: float = 5.0, noise: float = 0.02) -> np.ndarray:
    return floor + (top - floor) * np.exp(-rate * np.arange(n) / n) + RNG(0).normal(0, noise, n)


@pytest.mark.parametrize("epochs", [1, 8])
def test_running_means_that_are_set_back_each_epoch_do_not_diverge(epochs: int) -> None:
    points = 20
    mean = [(0.2 + 0.8 * np.exp(-epoch / 2)) * (1 - 0.15 * np.exp(-np.arange(points) / 4)) for epoch in range(epochs)]

    assert loud(judged({"train/loss": np.concatenate(mean)}, np.arange(epochs * points) * 10)) == []


def test_returns_of_short_episodes_do_not_outweigh_the_long_ones() -> None:
    rng = RNG(1)
    lengths = [int(rng.integers(10, 18)) for _ in range(100)] + [100 + 30 * k for k in range(60)]
    for _ in range(20):
        lengths += [2000] + [int(rng.integers(10, 18)) for _ in range(12)]
    run = judged({"episode_reward": np.array(lengths, dtype=float)}, np.cumsum(lengths))

    assert loud(run) == []


def test_a_return_that_falls_by_its_steps_still_falls() -> None:
    returns = np.concatenate((np.linspace(10, 500, 100), np.full(100, 20.0))) + RNG(2).normal(0, 4, 200)

    assert "reward-falling" in fired(judged({"episode_reward": returns}, np.arange(200) * 1000))


@pytest.mark.parametrize("first", [[(1, 2.31), (2, 2.30)], [(500, 0.42), (1000, 0.41)]])
def test_two_points_of_an_aborted_attempt_are_no_fault(first: list[tuple[int, float]], tmp_path: Path) -> None:
    rows = [*first, *enumerate(fall(200))]
    file = tmp_path / "log.jsonl"
    file.write_text("\n".join(json.dumps({"step": int(s), "loss": float(v)}) for s, v in rows), encoding="utf-8")
    run = logdoc.analyze(file).runs[0]

    assert loud(run) == []


def test_the_tail_of_a_converged_run_is_neither_stuck_nor_too_good_nor_leaking() -> None:
    rng, n = RNG(3), 20
    run = judged(
        {
            "loss": 0.02 + rng.normal(0, 0.001, n),
            "val_loss": 0.03 + rng.normal(0, 0.001, n),
            "val_accuracy": 0.9985 + rng.normal(0, 0.0002, n),
        },
        np.arange(76, 76 + n),
        {"num_classes": 10},
    )

    assert fired(run) == ["log-missing-internals", "log-missing-lr"]


def test_the_same_curves_from_the_first_epoch_on_are_looked_at() -> None:
    rng, n = RNG(3), 20
    run = judged({"loss": 2.1 + rng.normal(0, 0.001, n)}, np.arange(n) * 10)

    assert "loss-stuck" in fired(run)


@pytest.mark.parametrize("planned", [{"max_iters": 44_660}, {}])
def test_the_first_steps_of_a_warm_up_are_not_stuck(planned: dict[str, ConfigValue]) -> None:
    n = 100
    curves = {"loss": 6.9 + RNG(4).normal(0, 0.03, n)}
    if not planned:
        curves["lr"] = 1e-6 * np.arange(1, n + 1)

    assert loud(judged(curves, np.arange(n) * 4, planned)) == []


def test_what_is_wrong_from_the_start_is_found_where_nothing_says_that_the_run_has_just_begun() -> None:
    assert "loss-stuck" in fired(judged({"loss": 6.9 + RNG(4).normal(0, 0.03, 100)}, np.arange(100) * 4))


@pytest.mark.parametrize("term", ["diversity_loss", "gradient_penalty", "entropy_loss"])
def test_terms_that_rise_by_nature_are_no_conflict(term: str) -> None:
    n = 200
    run = judged({"loss": fall(n), term: 0.01 + 0.5 * (1 - np.exp(-np.arange(n) / 60))})

    assert {"loss-terms-conflict", "loss-diverging"} & set(fired(run)) == set()


def test_a_high_rate_is_not_the_cause_of_a_nan_after_ordinary_gradients() -> None:
    n, rng = 200, RNG(5)
    loss, norm = fall(n), 1.0 + rng.normal(0, 0.05, n)
    loss[150:] = norm[150:] = np.nan
    run = judged({"loss": loss, "grad_norm": norm}, config={"optimizer": "adam", "lr": 0.05})

    assert "lr-unusual" in fired(run)
    assert run.causes[0].id == "numeric-error"
    assert all(c.probability < 0.5 for c in run.causes if c.id == "lr-too-high")


def test_a_nan_that_goes_away_is_a_bad_batch_before_it_is_a_rate() -> None:
    loss = fall(300)
    loss[120:122] = np.nan
    run = judged({"loss": loss})

    assert run.causes[0].id == "bad-batch"


@pytest.mark.parametrize("name", ["bits_per_byte", "val_bpb"])
def test_a_loss_in_bits_is_not_held_against_nats(name: str) -> None:
    n = 60
    run = judged({name: 1.1 + 7 * np.exp(-np.arange(n) / 10)}, config={"task": "language-modeling", "vocab_size": 256})

    assert run.context["loss_base"].value == 2
    assert run.context["chance_loss"].value == pytest.approx(8.0)
    assert loud(run) == []


def test_a_group_relative_loss_of_zero_is_no_preference_at_chance() -> None:
    n = 60
    run = judged(
        {
            "loss": np.zeros(n),
            "reward": np.linspace(0.2, 0.8, n) + RNG(6).normal(0, 0.02, n),
            "reward_std": 0.3 + RNG(7).normal(0, 0.02, n),
            "grad_norm": 0.4 + RNG(8).normal(0, 0.02, n),
        }
    )

    assert run.context["task"].value == "policy-gradient"
    assert "chance_loss" not in run.context
    assert loud(run) == []


def test_a_ctc_loss_below_zero_is_told() -> None:
    run = judged({"ctc_loss": np.array([0.2, 0.1, 0.02, -0.05, -0.1, -0.2])})

    assert "loss-negative" in fired(run)


def test_validation_zeros_that_were_not_computed_are_no_fault() -> None:
    n = 40
    val = np.concatenate((np.zeros(10), fall(30, 2.0, 0.6)))
    run = judged({"train/loss": fall(n), "val/loss": val}, np.arange(n))

    assert loud(run) == []


def test_a_counter_that_stops_is_told_with_its_step(tmp_path: Path) -> None:
    rows = [(min(i, 100), 2 - 0.01 * i) for i in range(160)]
    file = tmp_path / "log.csv"
    file.write_text("step,loss\n" + "\n".join(f"{s},{v}" for s, v in rows) + "\n", encoding="utf-8")
    run = logdoc.analyze(file).runs[0]

    found = next(f for f in run.findings if f.id == "step-counter-stuck")
    assert found.status == "fires"
    assert found.values["share_lost"] == pytest.approx(59 / 160)
    assert "the step 100" in found.evidence
    assert run.causes[0].id == "step-counter-wrong"


def test_constants_of_the_optimizer_are_read_from_the_configuration() -> None:
    wrong = judged({"loss": fall(50)}, config={"adam_beta1": 0.999, "adam_beta2": 0.9})
    right = judged({"loss": fall(50)}, config={"adam_beta1": 0.9, "adam_beta2": 0.999, "adam_epsilon": 1e-8})

    assert loud(wrong) == ["optimizer-constants"]
    assert wrong.causes[0].id == "optimizer-misconfigured"
    assert loud(right) == []


@pytest.mark.parametrize("name", ["rollout/ep_len_mean", "episode_length", "charts/episodic_length"])
def test_the_length_of_episodes_is_read_and_held_against_the_return(name: str) -> None:
    rng, n = RNG(9), 60
    run = judged(
        {
            "episode_reward": np.linspace(-100, -40, n) + rng.normal(0, 1, n),
            name: np.linspace(300, 60, n) + rng.normal(0, 2, n),
        }
    )

    assert "episodes-shorten" in fired(run)
    assert loud(run) == []
