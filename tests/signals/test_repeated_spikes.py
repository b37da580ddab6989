"""A lag that is known is looked at directly; products stand at the steps of the first."""

from __future__ import annotations

import math

import numpy as np
import pytest

from logdoc.model import Series
from logdoc.signals import equal_at, product_of, repeats_at


def _series(values: np.ndarray, stride: int = 1) -> Series:
    return Series("s", np.arange(values.size, dtype=np.int64) * stride, values.astype(np.float64))


def test_a_pattern_under_noise_is_found_at_its_own_lag_and_not_between() -> None:
    rng = np.random.default_rng(3)
    values = np.tile(np.linspace(-0.5, 0.5, 25), 16) + rng.normal(0, 0.3, 400)

    assert repeats_at(_series(values), 25) > 0.4
    assert repeats_at(_series(values), 37.5) < 0.1


@pytest.mark.parametrize("stride", [1, 7, 100])
def test_the_lag_is_in_steps(stride: int) -> None:
    values = np.tile(np.linspace(-0.5, 0.5, 25), 16)

    assert repeats_at(_series(values, stride), 25.0 * stride) == pytest.approx(1.0, abs=0.05)


def test_noise_repeats_nowhere() -> None:
    values = np.random.default_rng(5).normal(0, 1, 600)

    assert abs(repeats_at(_series(values), 40)) < 0.15


@pytest.mark.parametrize("lag", [0.0, -5.0, 3.0, 200.0, math.nan])
def test_a_lag_that_says_nothing_is_unknown(lag: float) -> None:
    assert math.isnan(repeats_at(_series(np.sin(np.arange(100.0))), lag))


def test_a_constant_and_a_short_series_repeat_nothing() -> None:
    assert math.isnan(repeats_at(_series(np.ones(100)), 10))
    assert math.isnan(repeats_at(_series(np.arange(8.0)), 4))


def test_values_that_come_back_to_the_digit_are_told_from_ones_that_nearly_do() -> None:
    epoch = np.array([0.6183, 0.8127, 0.7452, 0.5914, 0.6631, 0.7048])

    assert equal_at(_series(np.tile(epoch, 3)), 6) == 1.0
    assert equal_at(_series(np.concatenate([epoch, epoch - 1e-4])), 6) == 0.0
    assert equal_at(_series(np.tile(epoch, 3), 10), 60) == 1.0
    assert equal_at(_series(np.tile(epoch, 3)), 5) == 0.0


@pytest.mark.parametrize("lag", [0.0, -6.0, math.nan, math.inf, 15.0])
def test_too_few_points_with_one_a_lag_earlier_say_nothing(lag: float) -> None:
    assert math.isnan(equal_at(_series(np.tile([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3)), lag))


def test_a_product_stands_at_the_steps_of_the_first() -> None:
    often, seldom = _series(np.arange(10.0)), _series(np.array([2.0, 3.0]), 5)

    assert product_of(often, seldom).values.tolist() == [0, 2, 4, 6, 8, 15, 18, 21, 24, 27]
    assert product_of(seldom, seldom).values.tolist() == [4, 9]
    assert product_of(seldom, _series(np.full(10, 0.5))).values.tolist() == [1.0, 1.5]
