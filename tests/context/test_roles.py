from __future__ import annotations

import numpy as np
import pytest

from logdoc.context.roles import understand
from logdoc.model import Histogram, Run, Series


def series(name: str, values: list[float], steps: list[int] | None = None, axis: str = "step") -> Series:
    where = np.arange(len(values)) if steps is None else np.array(steps)
    return Series(name, where.astype(np.int64), np.array(values, dtype=np.float64), axis=axis)  # type: ignore[arg-type]


def run(*curves: Series, histograms: tuple[Histogram, ...] = ()) -> Run:
    return Run("r", "test", ("r",), series={s.name: s for s in curves}, histograms={h.name: h for h in histograms})


def test_the_fine_curve_is_the_training_loss_and_the_coarse_one_stands_beside_validation() -> None:
    reading = understand(
        run(series("train_loss_step", [1.0] * 90), series("train_loss_epoch", [1.0] * 9), series("val_loss", [1.0] * 9))
    )

    assert reading.one["train.loss"].series.name == "train_loss_step"
    assert reading.one["train.loss_epoch"].series.name == "train_loss_epoch"


def test_terms_without_a_total_are_added_up() -> None:
    reading = understand(run(series("train/box_loss", [1.0, 2.0]), series("train/cls_loss", [3.0, 4.0])))

    assert reading.one["train.loss"].series.values.tolist() == [4.0, 6.0]
    assert "sum of the logged terms" in reading.one["train.loss"].why


def test_several_validation_sets_are_averaged_not_added_up() -> None:
    reading = understand(
        run(series("loss", [1.0, 0.5]), series("eval_g0_loss", [2.0, 1.0]), series("eval_g1_loss", [4.0, 3.0]))
    )

    assert reading.one["val.loss"].series.values.tolist() == [3.0, 2.0]
    assert "several validation sets" in reading.one["val.loss"].why


def test_a_score_of_training_is_what_its_twin_of_validation_is() -> None:
    names = ("train_score", "avg_train_score", "val_score", "train_size")
    reading = understand(run(series("loss", [1.0, 0.5]), *(series(name, [0.1, 0.2]) for name in names)))

    assert reading.names["train_score"][0] == "train.metric[score]"
    assert {"avg_train_score", "train_size"} <= set(reading.left_out)
    assert "train_score" in understand(run(series("train_score", [0.1, 0.2]))).left_out


def test_the_losses_of_a_game_are_not_added_up() -> None:
    reading = understand(run(series("d_loss", [1.0, 2.0]), series("g_loss", [3.0, 4.0])))

    assert "train.loss" not in reading.one
    assert {"gan.d_loss", "gan.g_loss"} <= set(reading.one)


def test_the_parts_of_an_agent_are_not_added_up() -> None:
    reading = understand(run(series("train/value_loss", [1.0, 2.0]), series("train/policy_gradient_loss", [3.0, 4.0])))

    assert "train.loss" not in reading.one
    assert set(reading.each["train.player_loss"]) == {"value", "policy gradient"}


def test_seconds_per_step_follow_from_the_times_of_the_records() -> None:
    times = np.array([100.0, 105.0, 110.0, 150.0])
    timed = Series("loss", np.array([0, 10, 20, 30]), np.ones(4), times)

    assert understand(run(timed)).one["perf.pace"].series.values.tolist() == [0.5, 0.5, 4.0]


def test_validation_that_counts_epochs_is_put_on_the_steps_of_training() -> None:
    reading = understand(
        run(series("Loss/train", [1.0] * 100, list(range(0, 1000, 10))), series("Loss/val", [1.0] * 5, [0, 1, 2, 3, 4]))
    )

    steps = reading.one["val.loss"].series.steps
    assert steps[0] == pytest.approx(198, abs=2)
    assert steps[-1] == pytest.approx(990, abs=2)
    assert "count epochs" in reading.one["val.loss"].why


def test_the_test_set_stands_in_for_validation_when_there_is_none() -> None:
    reading = understand(run(series("loss", [1.0, 0.9]), series("test_loss", [1.0, 0.9])))

    assert reading.one["val.loss"].series.name == "test_loss"


def test_an_override_wins_over_every_table() -> None:
    reading = understand(run(series("loss", [1.0]), series("my/thing", [2.0])), overrides={"train.loss": "my/thing"})

    assert reading.one["train.loss"].series.name == "my/thing"


def test_layers_in_alphabetical_order_are_put_in_the_order_of_their_numbers() -> None:
    reading = understand(run(*(series(f"grad_norm/l.{i}", [1.0]) for i in (0, 1, 10, 2))))

    assert list(reading.each["grad_norm"]) == ["l.0", "l.1", "l.2", "l.10"]


def test_a_weight_histogram_speaks_as_mean_deviation_and_norm() -> None:
    one = np.array([1.0])
    histogram = Histogram(
        "fc.weight", np.array([0]), None, one * 4, one * 8, one * 20, one, one * 3, one, one, one * 4, np.array([0, 1])
    )

    reading = understand(run(histograms=(histogram,)))

    assert reading.each["weight_mean"]["fc.weight"].series.values.tolist() == [2.0]
    assert reading.each["weight_std"]["fc.weight"].series.values.tolist() == [1.0]
    assert reading.each["weight_norm"]["fc.weight"].series.values[0] == pytest.approx(20**0.5)


def test_the_group_with_the_lowest_peak_is_the_learning_rate() -> None:
    reading = understand(run(series("lr/pg0", [0.1, 0.01]), series("lr/pg1", [0.0, 0.01])))

    assert reading.one["train.lr"].series.name == "lr/pg1"


def test_what_is_not_understood_is_kept_with_the_way_out() -> None:
    reading = understand(run(series("wibble", [1.0])))

    assert "--map" in reading.left_out["wibble"]


def test_the_only_error_of_a_run_without_a_loss_is_its_loss() -> None:
    reading = understand(run(series("train_mse", [3.0, 2.0]), series("val_mse", [3.0, 2.5])))

    assert reading.one["train.loss"].series.name == "train_mse"
    assert reading.one["val.loss"].series.name == "val_mse"


def test_errors_of_two_players_and_errors_beside_a_loss_are_no_loss() -> None:
    assert "train.loss" not in understand(run(series("mse_disc", [3.0]), series("mse_gen", [3.0]))).one
    assert understand(run(series("loss", [1.0]), series("train_mse", [3.0]))).one["train.loss"].series.name == "loss"


def test_seconds_per_item_follow_from_the_throughput() -> None:
    assert understand(run(series("tokens_per_second", [100.0, 50.0, 0.0]))).one["perf.pace"].series.values.tolist()[
        :2
    ] == [0.01, 0.02]


def test_the_entropy_is_the_negative_of_the_entropy_loss() -> None:
    reading = understand(run(series("train/entropy_loss", [-1.4, -1.2, -0.5])))

    assert reading.one["rl.entropy"].series.values.tolist() == [1.4, 1.2, 0.5]


def test_an_entropy_that_is_logged_is_not_derived() -> None:
    reading = understand(run(series("train/entropy_loss", [-1.4, -1.2]), series("entropy", [9.0, 8.0])))

    assert reading.one["rl.entropy"].series.name == "entropy"


def test_the_largest_and_the_mean_loss_follow_from_the_losses_of_the_ranks() -> None:
    reading = understand(run(series("rank0/loss", [1.0, 2.0]), series("rank1/loss", [3.0, 2.0])))

    assert reading.one["train.loss_max"].series.values.tolist() == [3.0, 2.0]
    assert reading.one["train.loss"].series.values.tolist() == [2.0, 2.0]


def test_the_update_ratio_follows_from_the_norms_of_step_and_parameter() -> None:
    reading = understand(
        run(series("optim/step/fc.weight.norm", [0.1, 0.2]), series("optim/param/fc.weight.norm", [10.0, 0.0]))
    )

    ratio = reading.each["update_ratio"]["fc.weight"].series.values
    assert ratio[0] == pytest.approx(0.01)
    assert np.isnan(ratio[1])


def test_a_validation_loss_of_zeros_was_never_computed() -> None:
    reading = understand(run(series("train/box_loss", [3.0, 2.0, 1.5, 1.0]), series("val/box_loss", [0.0] * 4)))

    assert "val.loss" not in reading.one
    assert "never computed" in reading.left_out["val/box_loss"]


def test_a_validation_loss_begins_where_its_zeros_end() -> None:
    reading = understand(run(series("train_loss", [3, 2, 1.5, 1.2, 1]), series("val_loss", [0, 0, 0, 1.4, 1.3])))

    assert list(reading.one["val.loss"].series.values) == [1.4, 1.3]
    assert list(reading.one["val.loss"].series.steps) == [3, 4]


def test_zeros_of_a_run_whose_training_loss_is_zero_as_well_are_kept() -> None:
    reading = understand(run(series("train_loss", [0.0] * 4), series("val_loss", [0.0] * 4)))

    assert len(reading.one["val.loss"].series) == 4


def test_a_score_beside_its_twin_of_validation_is_the_trainings() -> None:
    found = understand(run(series("Acc@5", [1.0, 2.0]), series("val Acc@5", [1.0, 2.0]), series("loss", [2.0, 1.0])))

    assert found.names["Acc@5"][0] == "train.metric[acc 5]"
    assert found.names["val Acc@5"][0] == "val.metric[acc 5]"


def test_a_score_beside_two_losses_that_name_their_split_is_of_validation() -> None:
    found = understand(
        run(series("Training Loss", [2.0, 1.0]), series("Validation Loss", [2.0, 1.0]), series("Accuracy", [0.1, 0.2]))
    )

    assert found.names["Accuracy"][0] == "val.accuracy"


@pytest.mark.parametrize("names", [("loss", "val_loss"), ("train_loss", "val_loss", "train_f1"), ("train_loss",)])
def test_a_score_stays_with_training_where_its_neighbours_leave_it_open(names: tuple[str, ...]) -> None:
    found = understand(run(series("accuracy", [0.1, 0.2]), *(series(name, [2.0, 1.0]) for name in names)))

    assert found.names["accuracy"][0] == "train.accuracy"


def test_numbered_sets_of_boosting_are_validations_with_and_without_the_apostrophe() -> None:
    found = understand(run(series("training binary_logloss", [0.5, 0.4]), series("valid_1 binary_logloss", [0.6, 0.5])))

    assert found.names["valid_1 binary_logloss"][0] == "val.loss"


def test_the_r_of_a_validation_is_its_recall_and_no_return() -> None:
    found = understand(run(series("val R", [0.1, 0.2]), series("val mAP50", [0.1, 0.2])))

    assert "rl.return" not in found.one


@pytest.mark.parametrize("stands_in", [0.0, -1.0])
def test_the_loss_of_an_agent_begins_where_its_memory_is_full(stands_in: float) -> None:
    reading = understand(run(series("loss", [stands_in] * 5 + [7.0, 2.0, 1.5]), series("epsilon", [0.9] * 8)))

    assert reading.one["train.loss"].series.values.tolist() == [7.0, 2.0, 1.5]
    assert reading.one["train.loss"].series.steps.tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    "values",
    [
        [0.0] * 5 + [7.0, 2.0, 1.5],  # no agent that acts
        [-1.0] * 5 + [-2.0, -3.0],  # a likelihood
        [-1.0, 2.0, 1.0],
        [-1.0] * 6,
    ],
)
def test_a_loss_that_begins_with_a_number_of_its_own_keeps_it(values: list[float]) -> None:
    assert understand(run(series("loss", values))).one["train.loss"].series.values.tolist() == values


def test_a_letter_names_validation_where_several_measures_stand_beside_their_twins() -> None:
    names = ["loss", "v_loss", "recon_loss", "v_recon_loss", "acc", "v_acc"]
    reading = understand(run(*(series(name, [2.0, 1.0]) for name in names)))

    assert reading.one["val.loss"].series.name == "v_loss"
    assert reading.one["val.accuracy"].series.name == "v_acc"
    assert "val.loss" not in understand(run(series("loss", [2.0, 1.0]), series("v_loss", [2.0, 1.0]))).one
