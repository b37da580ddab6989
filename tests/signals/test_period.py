from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from logdoc.model import Series
from logdoc.signals import period, period_steps, period_strength

Make = Callable[..., Series]


@pytest.mark.parametrize("seed", range(5))
def test_a_sawtooth_is_found_in_noise(series: Make, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = np.arange(1000)
    s = series((at % 50) / 50.0 + rng.normal(0, 0.2, 1000), steps=at * 10)

    assert period(s) == pytest.approx(50, abs=1)
    assert period_steps(s) == pytest.approx(500, abs=10)
    assert 0.4 < period_strength(s) <= 1.0


def test_a_period_is_found_beside_a_trend(series: Make) -> None:
    at = np.arange(2000)

    assert period(series(10 * np.exp(-at / 1000) + np.sin(2 * np.pi * at / 100))) == pytest.approx(100, abs=3)


def test_a_long_series_is_thinned_and_keeps_its_period(series: Make) -> None:
    at = np.arange(40_000)

    assert period(series(np.sin(2 * np.pi * at / 2000))) == pytest.approx(2000, rel=0.03)


@pytest.mark.parametrize("values", [[], [1.0], np.zeros(100), np.arange(100.0), [0.0, 1.0] * 5])
def test_too_little_has_no_period(series: Make, values: object) -> None:
    s = series(values)

    assert np.isnan(period(s))
    assert np.isnan(period_steps(s))
    assert period_strength(s) == 0.0
