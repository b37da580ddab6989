from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from logdoc.model import Series
from logdoc.signals import change_size, change_step, change_z, correlation

Make = Callable[..., Series]


def test_a_shift_has_its_step_and_its_signed_size(series: Make) -> None:
    rng = np.random.default_rng(1)
    s = series(np.where(np.arange(60) < 40, 3.0, 1.0) + rng.normal(0, 0.1, 60), steps=np.arange(60) * 5)

    assert change_step(s) == 200.0
    assert change_size(s) == pytest.approx(-2.0, abs=0.1)
    assert change_z(s) > 8


def test_noise_has_no_large_shift(series: Make) -> None:
    assert change_z(series(np.random.default_rng(2).normal(size=300))) < 5


def test_five_points_are_too_few(series: Make) -> None:
    s = series([1.0, 1.0, 1.0, 2.0, 2.0])

    assert np.isnan([change_step(s), change_size(s), change_z(s)]).all()


def test_correlation_is_that_of_ranks(series: Make) -> None:
    a = series(np.arange(20.0))

    assert correlation(a, series(np.exp(np.arange(20.0)))) == pytest.approx(1.0)
    assert correlation(a, series(-(np.arange(20.0) ** 3))) == pytest.approx(-1.0)
    assert correlation(a, series([1.0, 3.0, 2.0], steps=[0, 1, 2])) > 0
    assert np.isnan(correlation(a, series(np.ones(20))))
    assert np.isnan(correlation(series([1.0, 2.0]), a))
