from __future__ import annotations

import numpy as np

from logdoc.context.roles import understand
from logdoc.model import Run, Series


def run(**curves: list[float]) -> Run:
    made = {n: Series(n, np.arange(len(v), dtype=np.int64), np.array(v)) for n, v in curves.items()}
    return Run("r", "test", ("r",), series=made)


def test_the_loss_at_four_quarters_of_the_noise_levels_is_of_no_q_network() -> None:
    quarters = {f"loss_q{i}": [0.1 * i, 0.2] for i in range(4)}
    reading = understand(run(loss=[0.5, 0.4], **quarters))

    assert reading.one["train.loss"].series.name == "loss"
    assert set(quarters) <= set(reading.left_out)
    assert "train.player_loss" not in reading.each


def test_two_q_networks_stay_two() -> None:
    reading = understand(run(loss=[0.5, 0.4], loss_q1=[1.0, 2.0], loss_q2=[1.0, 2.0]))

    assert set(reading.each["train.player_loss"]) == {"q1", "q2"}


def test_a_loss_scale_that_is_logged_as_a_logarithm_is_known() -> None:
    reading = understand(run(loss=[0.5, 0.4], lg_loss_scale=[20.0, 21.0]))

    assert reading.one["train.loss_scale"].series.values.tolist() == [2.0**20, 2.0**21]
    assert "lg_loss_scale" not in reading.left_out


def test_a_loss_scale_of_its_own_is_taken_as_it_is() -> None:
    reading = understand(run(loss=[0.5, 0.4], lg_loss_scale=[20.0, 21.0], loss_scale=[4.0, 4.0]))

    assert reading.one["train.loss_scale"].series.name == "loss_scale"
