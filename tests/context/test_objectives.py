"""What is taken for the loss of a run where no name says loss."""

from __future__ import annotations

import math

import numpy as np
import pytest

from logdoc.context.roles import understand
from logdoc.model import Reading, Run, Series

FALLING = np.linspace(3.0, 1.0, 30)


def read(axis: str = "step", **values: np.ndarray) -> Reading:
    steps = np.arange(30)
    series = {name: Series(name, steps[: len(v)], v, axis=axis) for name, v in values.items()}  # type: ignore[arg-type]
    return understand(Run(id="run", sources=("log.csv",), format="csv", series=series))


@pytest.mark.parametrize(
    "name", ["cost", "total_cost", "objective", "err", "L", "mse", "train_rmse", "MAE", "Score", "energy"]
)
def test_what_else_people_call_a_loss_is_one_where_nothing_else_is(name: str) -> None:
    reading = read(**{name: FALLING, "lr": np.full(30, 0.1)})

    assert reading.one["train.loss"].series.name == name


@pytest.mark.parametrize("name", ["objective", "err", "L", "mse", "Score", "energy"])
def test_beside_a_loss_it_is_none(name: str) -> None:
    assert read(**{name: FALLING, "loss": FALLING + 1}).one["train.loss"].series.name == "loss"


def test_the_only_error_of_training_is_its_loss_where_validation_has_one() -> None:
    reading = read(train_mse=FALLING, val_loss=FALLING + 0.1)

    assert reading.one["train.loss"].series.name == "train_mse"
    assert reading.one["val.loss"].series.name == "val_loss"


@pytest.mark.parametrize("others", [("train_mae",), ("train_loss",), ("d_loss", "g_loss")])
def test_of_several_errors_or_beside_losses_none_is(others: tuple[str, ...]) -> None:
    reading = read(train_mse=FALLING, val_loss=FALLING + 0.1, **dict.fromkeys(others, FALLING + 1))

    assert "train.loss" not in reading.one or reading.one["train.loss"].series.name == "train_loss"


def test_of_several_errors_the_square_is_minimised() -> None:
    reading = read(train_mae=FALLING, train_mse=FALLING**2, val_mse=FALLING**2)

    assert reading.one["train.loss"].series.name == "train_mse"
    assert reading.one["val.loss"].series.name == "val_mse"


def test_a_perplexity_alone_is_a_loss_by_its_logarithm() -> None:
    reading = read(ppl=np.exp(FALLING), val_ppl=np.exp(FALLING + 0.1))

    np.testing.assert_allclose(reading.one["train.loss"].series.values, FALLING)
    np.testing.assert_allclose(reading.one["val.loss"].series.values, FALLING + 0.1)


def test_bits_alone_are_a_loss_in_nats() -> None:
    reading = read(bits_per_byte=FALLING)

    np.testing.assert_allclose(reading.one["train.loss"].series.values, FALLING * math.log(2))


def test_a_score_that_rises_or_counts_episodes_is_no_loss() -> None:
    assert "train.loss" not in read(score=FALLING[::-1].copy()).one

    of_episodes = read(axis="other", Score=FALLING)
    assert "train.loss" not in of_episodes.one
    assert of_episodes.one["rl.return"].series.name == "Score"
    assert "Score" not in of_episodes.left_out


def test_the_length_of_an_episode_is_no_loss() -> None:
    assert "train.loss" not in read(r=FALLING, l=FALLING).one


@pytest.mark.parametrize(("one", "other"), [("D", "G"), ("dis", "gen"), ("D_A", "G_A")])
def test_two_bare_players_are_read_as_rivals_only_together(one: str, other: str) -> None:
    reading = read(**{one: FALLING, other: FALLING + 1})

    assert reading.one["gan.d_loss"].series.name == one
    assert reading.one["gan.g_loss"].series.name == other
    assert one not in reading.left_out
    assert "gan.g_loss" not in read(**{other: FALLING}).one


def test_an_accuracy_that_counts_exact_hits_of_a_regression_is_left_out() -> None:
    loss = np.geomspace(0.3, 0.01, 30)

    reading = read(loss=loss, acc=np.full(30, 0.0056), val_loss=loss, val_acc=np.zeros(30))

    assert {"train.accuracy", "val.accuracy"}.isdisjoint(reading.one)
    assert "exact hits of a regression" in reading.left_out["acc"]


def test_so_is_one_beside_a_loss_that_is_low_from_the_first_row_on() -> None:
    acc = np.where(np.arange(30) % 7, 0.0042, 0.0)

    reading = read(loss=np.full(30, 0.021), acc=acc, val_loss=np.linspace(0.006, 0.011, 30), val_acc=np.zeros(30))

    assert {"train.accuracy", "val.accuracy"}.isdisjoint(reading.one)


def test_so_is_one_of_a_training_set_so_small_that_some_numbers_are_hit_by_chance() -> None:
    loss = np.geomspace(9.0, 0.01, 30)

    assert "train.accuracy" not in read(loss=loss, acc=np.full(30, 0.031)).one


@pytest.mark.parametrize(
    ("loss", "acc"),
    [
        (np.full(30, 0.4), np.where(np.arange(30) % 7, 0.0042, 0.0)),  # a loss that a rare class may have
        (np.full(30, 4.6), np.full(30, 0.01)),  # a hundred classes, nothing learned
        (np.geomspace(2.3, 0.01, 30), np.linspace(0.1, 0.99, 30)),
        (np.geomspace(2.3, 0.01, 30), np.full(30, 0.1)),  # a metric that is broken
    ],
)
def test_an_accuracy_of_a_classifier_stays(loss: np.ndarray, acc: np.ndarray) -> None:
    assert "train.accuracy" in read(loss=loss, acc=acc).one


def test_test_values_of_a_training_loop_are_validation() -> None:
    reading = read(loss=FALLING, test_loss=FALLING, test_f1=FALLING, test_mae=FALLING)

    assert reading.one["val.loss"].series.name == "test_loss"
    assert reading.each["val.metric"]["f1"].series.name == "test_f1"
    assert reading.each["val.error"]["mae"].series.name == "test_mae"


def test_one_test_at_the_end_is_no_validation() -> None:
    assert "val.metric" not in read(loss=FALLING, test_f1=np.array([0.9])).each


def test_of_the_numbered_sets_of_xgboost_the_first_is_training() -> None:
    both = read(**{"validation_0-logloss": FALLING, "validation_1-logloss": FALLING + 1})
    errors = read(**{"validation_0-rmse": FALLING, "validation_1-rmse": FALLING + 1})

    for reading in (both, errors):
        assert reading.one["train.loss"].series.name.startswith("validation_0")
        assert reading.one["val.loss"].series.name.startswith("validation_1")
    assert "train.loss" not in read(**{"validation_0-logloss": FALLING}).one


def test_the_loss_of_a_policy_is_not_the_loss() -> None:
    assert {"train.loss"}.isdisjoint(read(AverageEpRet=FALLING, LossPi=FALLING, LossV=FALLING).one)


def test_the_halves_of_a_discriminators_loss_are_added_up() -> None:
    reading = read(G_GAN=FALLING, D_real=FALLING, D_fake=FALLING + 1)

    assert reading.one["gan.g_loss"].series.name == "G_GAN"
    np.testing.assert_allclose(reading.one["gan.d_loss"].series.values, 2 * FALLING + 1)


def test_half_of_a_discriminators_loss_is_none() -> None:
    assert "gan.d_loss" not in read(G_GAN=FALLING, D_real=FALLING).one


def test_the_two_terms_of_a_variational_autoencoder_are_terms_under_bare_names_side_by_side() -> None:
    reading = read(recon=FALLING * 100, kld=FALLING, total=FALLING * 101)
    assert {name: role for name, (role, _) in reading.names.items()} == {
        "recon": "train.loss_term[recon]",
        "kld": "train.loss_term[kld]",
        "total": "train.loss",
    }
    assert "kld" not in read(kld=FALLING, loss=FALLING).names


def test_without_their_sum_the_two_terms_are_added_up() -> None:
    reading = read(recon=FALLING * 100, kld=FALLING)
    assert reading.one["train.loss"].series.name == "recon + kld"


def test_the_bare_name_of_a_criterion_is_a_loss_where_nothing_else_is() -> None:
    reading = read(**{"train ctc": FALLING, "dev ctc": FALLING + 0.1, "dev cer": FALLING / 4})

    assert reading.one["train.loss"].series.name == "train ctc"
    assert reading.one["val.loss"].series.name == "dev ctc"
    assert not {"train ctc", "dev ctc"} & reading.left_out.keys()


@pytest.mark.parametrize("held_out", ["valid", "val", "test", "dev"])
def test_columns_named_after_splits_alone_are_losses(held_out: str) -> None:
    reading = read(axis="epoch", **{"train": FALLING, held_out: FALLING + 0.2})

    assert reading.one["train.loss"].series.name == "train"
    assert reading.one["test.loss" if held_out == "test" else "val.loss"].series.name == held_out


@pytest.mark.parametrize(
    "columns",
    [
        {"train": FALLING[::-1], "valid": FALLING[::-1]},  # they rise: accuracies
        {"train": FALLING},
        {"train": FALLING, "valid": FALLING - 2.0},  # below zero
        {"train": FALLING, "valid": FALLING, "loss": FALLING + 1},
    ],
)
def test_other_columns_named_after_splits_are_none(columns: dict[str, np.ndarray]) -> None:
    reading = read(axis="epoch", **columns)

    assert {s.series.name for role, s in reading.one.items() if role.endswith(".loss")} <= {"loss"}


def test_columns_that_add_up_to_the_loss_are_its_terms() -> None:
    price = np.linspace(0.5, 2.0, 30)
    reading = read(loss=FALLING + price, mse=FALLING, l1=price, l0=np.linspace(40, 4, 30))

    assert {name: role for name, (role, _) in reading.names.items() if "term" in role} == {
        "mse": "train.loss_term[mse]",
        "l1": "train.loss_term[l1]",
    }


@pytest.mark.parametrize("apart", [0.05, -0.05])
def test_columns_that_nearly_add_up_are_no_terms(apart: float) -> None:
    reading = read(loss=FALLING + 1 + apart, mse=FALLING, l1=np.ones(30))

    assert not any("term" in role for role, _ in reading.names.values())


def test_the_loss_of_g_is_the_loss_where_no_rival_of_it_is_logged() -> None:
    assert read(loss_G=FALLING, lr=FALLING).one["train.loss"].series.name == "loss_G"
    for rival in ("loss_D", "D_real", "adv_loss", "critic_loss"):
        assert "train.loss" not in read(**{"loss_G": FALLING, rival: FALLING}).one


def test_a_single_term_called_l_is_the_loss() -> None:
    assert read(l_pix=FALLING).one["train.loss"].series.name == "l_pix"
    assert "train.loss" not in read(l_g_pix=FALLING, l_g_gan=FALLING, l_d_real=FALLING).one


@pytest.mark.parametrize("name", ["Log-likelihood", "log_likelihood", "avg loglik", "ELBO", "Obj(log[Pzx])"])
@pytest.mark.parametrize("values", [-1000 * FALLING, 5 - FALLING])
def test_the_negative_of_a_likelihood_is_the_loss(name: str, values: np.ndarray) -> None:
    reading = read(**{name: values})

    assert np.allclose(reading.one["train.loss"].series.values, -values)
    assert name not in reading.left_out


def test_a_likelihood_above_zero_that_falls_is_taken_for_none() -> None:
    assert "train.loss" not in read(elbo=FALLING).one


def test_a_reconstruction_alone_is_the_loss_and_beside_a_divergence_one_term() -> None:
    assert read(recon=FALLING).one["train.loss"].series.name == "recon"
    assert set(read(recon=FALLING, kld=FALLING + 1).each["train.loss_term"]) == {"recon", "kld"}


def test_terms_of_two_domains_are_of_the_generator() -> None:
    game = dict.fromkeys(("D_A", "G_A", "cycle_A", "idt_B", "D_B", "G_B"), FALLING)

    assert set(read(**game).each["train.player_loss"]) == {"cycle a", "idt b"}
    assert "cycle_A" in read(cycle_A=FALLING).left_out


@pytest.mark.parametrize(
    "names", [("box", "obj", "cls"), ("lbox", "lobj", "lcls"), ("Box", "Cls", "DFL"), ("giou", "obj")]
)
def test_bare_terms_of_a_detector_are_terms_where_they_stand_side_by_side(names) -> None:
    curves = {name: FALLING * (i + 1) for i, name in enumerate(names)}
    reading = read(**curves)

    assert set(reading.each["train.loss_term"]) == {name.lower() for name in names}
    assert reading.one["train.loss"].series.name == " + ".join(names)
    assert set(read(loss=FALLING * 9, **curves).each["train.loss_term"]) == {name.lower() for name in names}


def test_a_bare_objective_is_the_loss_without_a_box_beside_it() -> None:
    assert read(obj=FALLING).one["train.loss"].series.name == "obj"
    assert read(obj=FALLING, cls=FALLING * 2).one["train.loss"].series.name == "obj"


def test_a_number_without_a_name_that_climbs_is_no_loss() -> None:
    assert "train.loss" in read(value=FALLING).one
    assert "train.loss" not in read(value=FALLING[::-1].copy()).one


def test_a_number_without_a_name_is_a_loss_also_where_it_fell_and_rises_late_or_is_torn_up() -> None:
    late = np.concatenate([np.linspace(90.0, 1.0, 5), np.linspace(0.001, 4.0, len(FALLING) - 5)])
    torn = np.concatenate([np.full(5, -5.3), [40490.0], np.linspace(-3.0, -1.5, len(FALLING) - 6)])
    for values in (late, torn):
        assert read(value=values).one["train.loss"].series.name == "value"


def test_columns_called_after_the_splits_are_the_losses_also_beside_their_total() -> None:
    reading = read(train=FALLING, valid=FALLING + 0.5, total=2 * FALLING + 0.5)

    assert reading.one["train.loss"].series.name == "train"
    assert reading.one["val.loss"].series.name == "valid"


@pytest.mark.parametrize(
    "names", [("GIoU(box)", "Obj", "Cls"), ("rpn_cls", "rpn_box", "rcnn_cls", "rcnn_box"), ("bbox", "obj")]
)
def test_bare_terms_of_a_detector_beside_each_other_are_terms_of_its_loss(names: tuple[str, ...]) -> None:
    reading = read(**dict.fromkeys(names, FALLING))

    assert {reading.names[name][0].partition("[")[0] for name in names} == {"train.loss_term"}


def test_te_is_of_test_and_a_misspelt_return_is_one() -> None:
    reading = read(tr_loss=FALLING, te_loss=FALLING + 1)

    assert reading.one["test.loss"].series.name == "te_loss"
    assert read(axis="other", **{"Cummulative Reward": FALLING}).one["rl.return"].series.name == "Cummulative Reward"


def test_numbered_losses_beside_the_loss_are_its_terms_also_where_they_are_weighted() -> None:
    reading = read(loss=FALLING, loss1=0.7 * FALLING, loss2=40 * FALLING)

    assert reading.names["loss1"][0] == "train.loss_term[loss1]"
    assert reading.names["loss2"][0] == "train.loss_term[loss2]"


def test_steps_that_are_called_gradient_steps_are_no_norm_of_a_gradient() -> None:
    reading = read(loss=np.linspace(2.0, 1.0, 30), grad_step=np.arange(1.0, 31.0) * 16)

    assert "train.grad_norm" not in reading.one
