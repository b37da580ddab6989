from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from logdoc.model import Series
from logdoc.signals import spike_count, spike_height, spike_recovery, spike_step

Make = Callable[..., Series]


def _noisy(*spikes: int, n: int = 500) -> np.ndarray:
    values = 1.0 + 0.05 * np.random.default_rng(6).normal(size=n)
    values[list(spikes)] += 2.0
    return values


def test_spikes_are_counted_and_placed(series: Make) -> None:
    values = _noisy(100, 300)
    values[300] += 1.0
    s = series(values, steps=np.arange(500) * 2)

    assert spike_count(s, 10) == 2.0
    assert spike_step(s) == 600.0
    assert spike_height(s) == pytest.approx(60, rel=0.3)
    assert spike_recovery(s) == 1.0


def test_a_wide_spike_counts_once_and_recovers_late(series: Make) -> None:
    s = series(_noisy(200, 201, 202, 203))

    assert spike_count(s, 10) == 1.0
    assert spike_recovery(s) <= 4.0


def test_a_level_that_never_comes_back_has_no_recovery(series: Make) -> None:
    values = _noisy()
    values[490:] += 5.0

    assert spike_recovery(series(values)) == float("inf")


def test_noise_and_falls_are_no_spikes(series: Make) -> None:
    assert spike_count(series(_noisy()), 10) == 0.0
    assert spike_count(series(np.exp(-np.arange(500) / 30)), 3) == 0.0
    assert spike_height(series(np.full(20, 2.0))) == 0.0
    assert np.isnan(spike_step(series(np.full(20, 2.0))))


def test_a_dip_is_no_spike(series: Make) -> None:
    values = _noisy()
    values[250] -= 3.0

    assert spike_count(series(values), 10) == 0.0


def test_seven_points_are_too_few(series: Make) -> None:
    assert np.isnan(spike_count(series([1.0] * 6 + [9.0]), 3))
    assert np.isnan(spike_height(series([1.0] * 6 + [9.0])))
