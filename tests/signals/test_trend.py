from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from logdoc.model import Series
from logdoc.signals import flat, monotone_share, sign_change_share, slope, trend, trend_z

Make = Callable[..., Series]


def test_the_slope_of_a_line_is_exact(series: Make) -> None:
    s = series(5.0 - 0.25 * np.arange(200), steps=np.arange(200) * 10)

    assert slope(s) == pytest.approx(-0.025)
    assert trend(s) == pytest.approx(-0.025 * 1990)
    assert monotone_share(s) == 1.0
    assert sign_change_share(s) == 0.0


def test_outliers_do_not_turn_a_slope(series: Make) -> None:
    values = np.arange(30.0)
    values[[3, 17]] = [1e6, -1e6]

    assert slope(series(values)) == pytest.approx(1.0, rel=0.05)


def test_a_line_of_points_at_one_step_has_no_slope(series: Make) -> None:
    assert np.isnan(slope(series([1.0, 2.0, 3.0], steps=[5, 5, 5])))


def test_a_zigzag_turns_back_each_time(series: Make) -> None:
    s = series([0.0, 1.0] * 10)

    assert sign_change_share(s) == 1.0
    assert abs(trend_z(s)) < 3
    assert flat(s) is True


def test_a_constant_has_no_direction(series: Make) -> None:
    assert trend_z(series(np.full(50, 3.0))) == 0.0
    assert flat(series(np.full(50, 3.0))) is True
    assert flat(series([1.0])) is None


@pytest.mark.parametrize("n", [10, 30, 100, 1000, 20_000])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_a_trend_twice_the_noise_is_significant(series: Make, n: int, sign: float) -> None:
    rng = np.random.default_rng(n)
    s = series(sign * np.linspace(0, 2, n) + rng.normal(0, 0.3 if n < 100 else 1.0, n))

    assert sign * trend_z(s) > 3
    assert flat(s) is False


def test_a_trend_of_few_points_without_noise_is_significant(series: Make) -> None:
    assert trend_z(series([5.0, 4.0, 3.0, 2.0, 1.0])) == -8.0


def test_a_trend_grows_beyond_bounds_as_its_noise_shrinks(series: Make) -> None:
    rng = np.random.default_rng(9)
    scatter, line = rng.normal(size=400), -np.linspace(0, 1, 400)
    sure = [-trend_z(series(line + size * scatter)) for size in (1.0, 0.1, 1e-3, 1e-6)]

    assert sure == sorted(sure)
    assert sure[-1] > 15


def test_a_smooth_decay_is_not_taken_for_memory(series: Make) -> None:
    assert trend_z(series(np.exp(-np.linspace(0, 4, 1000)))) < -6


def test_three_points_have_no_sure_direction(series: Make) -> None:
    assert np.isnan(trend_z(series([3.0, 2.0, 1.0])))
