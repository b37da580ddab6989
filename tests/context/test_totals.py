"""The loss of a run that logs its terms: added up, or one of them when it is the sum of the others."""

from __future__ import annotations

import numpy as np

from logdoc.context.roles import understand
from logdoc.model import Run, Series

ROWS = np.arange(60)
FALLING = 2.0 / (1.0 + ROWS / 9.0)
WAVE = 0.4 + 0.2 * np.sin(ROWS)


def reading(**curves: np.ndarray):
    series = {name: Series(name, np.arange(values.size), values.astype(np.float64)) for name, values in curves.items()}
    return understand(Run("r", "test", ("r",), series=series))


def test_the_loss_of_a_whole_autoencoder_is_not_added_to_its_terms() -> None:
    weight = np.linspace(0.0, 0.01, 60)  # of the divergence, which is warmed up
    found = reading(loss_vae=FALLING + weight * 90, loss_recon=FALLING, loss_kl=np.full(60, 90.0))

    assert found.one["train.loss"].series.name == "loss_vae"
    assert set(found.each["train.loss_term"]) == {"recon", "kl"}


def test_a_term_that_is_the_weighted_sum_of_the_others_is_the_loss() -> None:
    found = reading(
        joint_loss=FALLING + 0.5 * WAVE, a_loss=FALLING, b_loss=WAVE, c_loss=np.cos(ROWS / 3.0) ** 2 * 1e-9 + 1e-9
    )

    assert found.one["train.loss"].series.name == "joint_loss"
    assert "add up to it" in found.one["train.loss"].why


def test_terms_of_which_one_is_a_multiple_of_another_are_added_up() -> None:
    found = reading(a_loss=FALLING, scaled_loss=3 * FALLING, b_loss=WAVE + np.cos(ROWS * ROWS))

    assert "sum of the logged terms" in found.one["train.loss"].why


def test_how_many_pairs_a_loss_was_taken_over_is_no_term_of_it() -> None:
    found = reading(hard_loss=FALLING, full_loss=WAVE, full_loss_num=1000 * FALLING)

    assert np.allclose(found.one["train.loss"].series.values, FALLING + WAVE)
    assert "full_loss_num" in found.left_out


def test_a_distance_of_samples_is_of_validation_by_its_long_name_too() -> None:
    found = reading(loss=FALLING, frechet_inception_distance=90 * FALLING, inception_score=9 - FALLING)

    assert found.names["frechet_inception_distance"][0].startswith("val.error")
    assert found.names["inception_score"][0].startswith("val.metric")


def test_of_many_terms_without_a_sum_among_them_none_is_solved_for(monkeypatch) -> None:
    rng = np.random.default_rng(3)
    names = [f"{first}{second}_loss" for first in "bcfh" for second in "jkmnp"]
    monkeypatch.setattr(np.linalg, "lstsq", None)
    found = reading(**{name: 2.0 + rng.random(400) for name in names})

    assert "sum of the logged terms" in found.one["train.loss"].why


def test_held_out_terms_are_not_added_up_beside_a_training_loss_that_is_none_of_theirs() -> None:
    apart = reading(
        **{
            "Train gen loss": 0.2 * FALLING,
            "Train rec loss": FALLING,
            "Train discr loss": WAVE,
            "Val rec loss": 1.1 * FALLING,
            "Val discr loss": WAVE,
        }
    )
    whole = reading(
        train_loss=FALLING + WAVE, train_a_loss=FALLING, train_b_loss=WAVE, val_a_loss=FALLING, val_b_loss=WAVE
    )

    assert "val.loss" not in apart.one
    assert "val.loss" in whole.one


def test_a_likelihood_below_the_loss_beside_it_is_a_term_of_it() -> None:
    found = reading(loss=FALLING + 1.1, nll_loss=FALLING, valid_loss=FALLING + 1.2, valid_nll_loss=FALLING + 0.1)

    assert found.one["train.loss"].series.name == "loss"
    assert found.each["train.loss_term"]["nll"].series.name == "nll_loss"
    assert found.one["val.loss"].series.name == "valid_loss"
    assert found.each["val.loss_term"]["nll"].series.name == "valid_nll_loss"
    assert "never smaller" in found.each["val.loss_term"]["nll"].why


def test_a_likelihood_alone_or_above_the_loss_beside_it_is_no_term() -> None:
    assert reading(nll_loss=FALLING).one["train.loss"].series.name == "nll_loss"
    assert "train.loss_term" not in reading(loss=FALLING, nll_loss=FALLING + WAVE - 0.4).each
    assert "train.loss_term" not in reading(loss=FALLING, nll_loss=FALLING).each
