"""Epochs that are passes over one batch of experience, and epochs of a training."""

from __future__ import annotations

import numpy as np
import pytest

from logdoc.engine import load_rules
from logdoc.judging.pipeline import make_judge, prepare
from logdoc.model import ConfigValue, Run, Series

SB3: dict[str, ConfigValue] = {"n_epochs": 4, "clip_range": 0.2, "n_steps": 512, "gamma": 0.98, "gae_lambda": 0.9}


def planned(config: dict[str, ConfigValue]) -> object:
    series = {"reward": Series("reward", np.arange(5), np.linspace(0, 1, 5))}
    fact = prepare(Run("r", "test", ("r",), series=series, config=config), make_judge(load_rules(), {}, {})).facts
    return fact["meta.epochs"].value if "meta.epochs" in fact else None


@pytest.mark.parametrize(
    "config",
    [
        SB3,
        {**SB3, "_total_timesteps": 300_000},
        {f"model.ppo.{key}": value for key, value in SB3.items()},
        {"epochs": 6, "eps_clip": 0.15, "gamma": 0.99, "max_training_timesteps": 90_000},
        {"num_epochs": 12, "clip_param": 0.25, "lambda": 0.95, "entropy_coeff": 0.01, "vf_loss_coeff": 0.5},
        {"max_epochs": 2, "num_episodes": 3, "rollout_batch_size": 96, "n_samples_per_prompt": 6},
        {"n-epochs": 3, "ent-coef": 0.01, "num-envs": 8},
    ],
)
def test_passes_over_one_batch_of_experience_are_no_epochs_of_the_training(config: dict[str, ConfigValue]) -> None:
    assert planned(config) is None


@pytest.mark.parametrize(
    "passes", ["mini_epochs", "update_epochs", "ppo_epochs", "num_ppo_epochs", "num_learning_epochs"]
)
def test_where_the_passes_have_a_name_of_their_own_epochs_are_planned(passes: str) -> None:
    rest: dict[str, ConfigValue] = {"e_clip": 0.2, "gamma": 0.99, "critic_coef": 2, "horizon_length": 24}

    assert planned({passes: 5, **rest, "iterations": 700}) is None
    assert planned({"max_epochs": 700, passes: 5, **rest, "total_steps": 10_000}) == 700


@pytest.mark.parametrize(
    "config",
    [
        {"n_epochs": 40},
        {"n_epochs": 40, "lr": 0.1, "gamma": 0.5, "n_steps": 20},
        {"n_epochs": 40, "ent_coef": 0.1},
        {"epochs": 40, "clip_ratio": 0.2, "gamma": 0.99, "lam": 0.97, "target_kl": 0.01, "steps_per_epoch": 4_000},
        {"epochs": 40, "clip_eps": 0.2, "gamma": 0.99},
        {"num_train_epochs": 40, "cliprange": 0.2, "gamma": 1.0, "total_episodes": 1_000},
    ],
)
def test_epochs_of_a_training_stay_planned(config: dict[str, ConfigValue]) -> None:
    assert planned(config) == 40
