"""How often chance alone looks like something: simulations with fixed seeds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.signal import lfilter

from logdoc.model import Series
from logdoc.signals import change_step, change_z, fall_z, flat, period, rise_z, trend_z

Make = Callable[..., Series]


def _chance(make: Make, phi: float, n: int, runs: int = 300) -> list[Series]:
    rng = np.random.default_rng(7)
    return [make(lfilter([1.0], [1.0, -phi], rng.normal(size=n + 100))[100:]) for _ in range(runs)]


@pytest.mark.parametrize("n", [50, 80, 100, 200, 500])
@pytest.mark.parametrize(("phi", "trends", "rises"), [(0.0, 0.01, 0.01), (0.5, 0.015, 0.02), (0.9, 0.05, 0.1)])
def test_chance_seldom_looks_like_a_direction(series: Make, n: int, phi: float, trends: float, rises: float) -> None:
    found = _chance(series, phi, n)

    assert np.mean([abs(trend_z(s)) > 3 for s in found]) <= trends
    assert np.mean([rise_z(s) > 4 for s in found]) <= rises


@pytest.mark.parametrize("n", [8, 20, 50, 200, 500])
@pytest.mark.parametrize(("phi", "falls"), [(0.0, 0.01), (0.5, 0.01), (0.9, 0.08)])
def test_chance_seldom_looks_like_a_fall_or_a_shift(series: Make, n: int, phi: float, falls: float) -> None:
    found = _chance(series, phi, n)

    assert np.mean([abs(fall_z(s)) > 3 for s in found]) <= falls
    assert np.mean([change_z(s) > 5 for s in found]) <= 0.01


@pytest.mark.parametrize("n", [50, 200, 500])
def test_noise_is_flat(series: Make, n: int) -> None:
    assert np.mean([flat(s) is True for s in _chance(series, 0.0, n)]) >= 0.98


@pytest.mark.parametrize("n", [80, 400, 1000])
def test_a_decay_in_noise_is_a_direction_at_every_second_point_too(series: Make, n: int) -> None:
    rng = np.random.default_rng(n)
    for _ in range(20):
        values = np.exp(-4 * np.linspace(0, 1, n)) + rng.normal(0, 0.05, n)
        assert trend_z(series(values)) < -3
        assert trend_z(series(values[::2])) < 0
        assert flat(series(values)) is False


@pytest.mark.parametrize("kind", ["noise", "walk", "trend", "decay"])
def test_without_a_pattern_there_is_no_period(series: Make, kind: str) -> None:
    rng = np.random.default_rng(11)
    found = 0
    for _ in range(100):
        scatter = rng.normal(size=1000)
        x = np.linspace(0, 1, 1000)
        values = {
            "noise": scatter,
            "walk": np.cumsum(scatter),
            "trend": 20 * x + scatter,
            "decay": 20 * np.exp(-5 * x) + scatter,
        }[kind]
        found += bool(np.isfinite(period(series(values))))

    assert found <= 2


def test_the_step_of_a_shift_is_found_in_noise(series: Make) -> None:
    rng = np.random.default_rng(2)
    errors = [
        abs(change_step(series(np.where(np.arange(1000) < 600, 2.0, 1.0) + rng.normal(0, 0.3, 1000))) - 600)
        for _ in range(50)
    ]

    assert max(errors) <= 10
