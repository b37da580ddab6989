"""The two players of a game, a gradient in one number and a normalised cross-entropy, under the names people use."""

from __future__ import annotations

import numpy as np
import pytest

from logdoc.context.roles import understand
from logdoc.model import Reading, Run, Series

FALLING = np.linspace(3.0, 1.0, 30)


def read(**values: np.ndarray) -> Reading:
    steps = np.arange(30)
    series = {name: Series(name, steps[: len(v)], v) for name, v in values.items()}
    return understand(Run(id="run", sources=("log.csv",), format="csv", series=series))


@pytest.mark.parametrize(
    ("real", "fake", "generator"),
    [
        ("d_real", "d_fake", "g_adv"),
        ("D_real", "D_fake", "gen_adv"),
        ("disc_real_loss", "disc_fake_loss", "gen_loss"),
        ("loss_D_real", "loss_D_fake", "g_adv_loss"),
    ],
)
def test_two_halves_of_a_discriminator_are_its_loss_beside_a_generator(real: str, fake: str, generator: str) -> None:
    reading = read(**{real: FALLING, fake: FALLING + 1, generator: FALLING / 2, "g_l1": FALLING * 2})

    np.testing.assert_allclose(reading.one["gan.d_loss"].series.values, 2 * FALLING + 1)
    assert reading.one["gan.g_loss"].series.name == generator


@pytest.mark.parametrize(
    ("first", "second"), [("d_X_loss", "d_Y_loss"), ("loss_D_A", "loss_D_B"), ("D1_loss", "D2_loss")]
)
def test_discriminators_of_two_domains_are_one_player(first: str, second: str) -> None:
    first, second = first.replace("D1", "D_1"), second.replace("D2", "D_2")
    reading = read(**{first: FALLING, second: FALLING + 1, "g_loss": FALLING / 2})

    np.testing.assert_allclose(reading.one["gan.d_loss"].series.values, FALLING + 0.5)
    assert len(reading.each["train.player_loss"]) == 2


def test_losses_of_actor_and_critic_are_no_players_of_a_game() -> None:
    assert "gan.d_loss" not in read(actor_loss=FALLING, critic_loss=FALLING).one
    assert "gan.d_loss" not in read(d_X_loss=FALLING, loss=FALLING).one


@pytest.mark.parametrize("name", ["Grad", "grad", "Gradients"])
def test_a_gradient_in_one_number_is_its_norm(name: str) -> None:
    assert read(**{"loss": FALLING, name: FALLING}).one["train.grad_norm"].series.name == name


def test_a_gradient_of_both_signs_or_beside_a_norm_is_none() -> None:
    assert "train.grad_norm" not in read(loss=FALLING, grad=FALLING - 2).one
    assert read(loss=FALLING, grad=FALLING, grad_norm=FALLING).one["train.grad_norm"].series.name == "grad_norm"


@pytest.mark.parametrize("curve", [np.linspace(-1.8, 0.9, 30), np.linspace(0.2, 0.8, 30)])
def test_a_normalised_cross_entropy_is_no_term_of_the_loss(curve: np.ndarray) -> None:
    reading = read(**{"Loss": FALLING, "NCE Loss": curve})

    assert "train.loss_term" not in reading.each
    assert "larger is better" in reading.left_out["NCE Loss"]


def test_a_noise_contrastive_loss_is_a_term() -> None:
    assert set(read(loss=FALLING, nce_loss=FALLING).each["train.loss_term"]) == {"nce"}


@pytest.mark.parametrize("name", ["weights/dist_decay", "params/max_error", "genome/reward_bonus"])
def test_a_number_that_is_searched_for_is_no_measure(name: str) -> None:
    assert name in read(**{"loss": FALLING, name: FALLING}).left_out


@pytest.mark.parametrize("name", ["weights/loss", "genome/loss"])
def test_a_loss_is_one_in_whatever_group(name: str) -> None:
    assert name not in read(**{name: FALLING}).left_out


@pytest.mark.parametrize("name", ["loss value", "Current loss value", "loss_value"])
def test_the_value_of_a_loss_is_the_loss_where_nothing_of_an_agent_is_logged(name: str) -> None:
    reading = read(**{name: FALLING, "accuracy": 1 / FALLING})

    assert reading.one["train.loss"].series.name == name


@pytest.mark.parametrize("other", ["loss_policy", "policy loss", "episode_reward", "loss"])
def test_beside_a_policy_a_return_or_a_loss_it_is_that_of_the_value_function(other: str) -> None:
    reading = read(loss_value=FALLING, **{other: FALLING * 2})

    assert reading.each["train.player_loss"]["value"].series.name == "loss_value"


def test_a_loss_of_values_under_a_group_is_that_of_the_value_function() -> None:
    assert "train.loss" not in read(value_loss=FALLING).one
    assert "train.loss" not in read(**{"loss/value": FALLING}).one


def test_losses_of_g_alone_are_terms_where_no_rival_is_logged() -> None:
    reading = read(**{"G/loss_rec": FALLING, "G/loss_code": FALLING / 4, "G/loss_post": FALLING / 2})

    assert len(reading.each["train.loss_term"]) == 3
    np.testing.assert_allclose(reading.one["train.loss"].series.values, 1.75 * FALLING)


@pytest.mark.parametrize("rival", ["D/loss", "G/loss_adv", "real_score", "G/loss_fake"])
def test_they_are_of_one_player_where_anything_is_of_a_rival(rival: str) -> None:
    reading = read(**{"G/loss_rec": FALLING, "G/loss_code": FALLING / 4, rival: FALLING / 2})

    assert "train.loss" not in reading.one


def test_penalties_belong_to_the_players_where_a_discriminator_is_trained() -> None:
    reading = read(**{"Loss/D/reg": FALLING, "Loss/r1_penalty": FALLING / 4, "Loss/pl_penalty": FALLING / 900})

    assert "train.loss_term" not in reading.each
    assert "train.loss" not in reading.one


def test_a_penalty_without_a_rival_stays_a_term() -> None:
    reading = read(loss_rec=FALLING, loss_gradient_penalty=FALLING / 4)

    assert len(reading.each["train.loss_term"]) == 2


def test_spread_and_number_beside_the_mean_of_a_loss_are_none() -> None:
    reading = read(**{"Loss/scores/mean": FALLING, "Loss/scores/std": FALLING / 4, "Loss/scores/num": FALLING * 900})

    assert [s.series.name for s in reading.each.get("train.loss_term", {}).values()] in ([], ["Loss/scores/mean"])
    assert {"Loss/scores/std", "Loss/scores/num"} <= reading.left_out.keys()
