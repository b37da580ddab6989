from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from logdoc.model import Series
from logdoc.signals import flat, plateau_share, plateau_start, trend_z

Make = Callable[..., Series]


@pytest.mark.parametrize("scatter", [0.0, 0.02])
def test_a_plateau_begins_where_the_fall_ends(series: Make, scatter: float) -> None:
    rng = np.random.default_rng(4)
    s = series(np.maximum(3.0 - 0.01 * np.arange(1000), 1.0) + rng.normal(0, scatter, 1000))

    assert plateau_start(s) == pytest.approx(200, abs=40)
    assert plateau_share(s) == pytest.approx(0.8, abs=0.04)


def test_a_curve_that_falls_to_the_end_has_no_plateau(series: Make) -> None:
    assert plateau_share(series(3.0 - 0.001 * np.arange(1000))) < 0.05


def test_a_curve_that_rises_again_has_none_either(series: Make) -> None:
    s = series(np.abs(np.linspace(-1, 1, 200)))

    assert plateau_start(s) == 199.0
    assert plateau_share(s) == 0.0


def test_a_constant_is_one_plateau(series: Make) -> None:
    s = series(np.full(100, 2.0))

    assert (plateau_start(s), plateau_share(s)) == (0.0, 1.0)


def test_three_points_are_too_few(series: Make) -> None:
    assert np.isnan(plateau_start(series([3.0, 2.0, 1.0])))
    assert np.isnan(plateau_share(series([2.0] * 10, steps=[3] * 10)))


def test_a_fall_at_the_very_start_is_not_flat(series: Make) -> None:
    rng = np.random.default_rng(8)
    s = series(np.exp(-20 * np.linspace(0, 1, 1000)) + rng.normal(0, 0.05, 1000))

    assert abs(trend_z(s)) < 3
    assert flat(s) is False
