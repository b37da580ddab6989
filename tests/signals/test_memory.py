from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import norm
from scipy.stats import t as student

from logdoc.signals.memory import cautious, mean_error, memory, normal_score, slope_error, widening


def _levels(r: float, n: int, seed: int) -> np.ndarray:
    return lfilter([1.0], [1.0, -r], np.random.default_rng(seed).normal(size=n + 100))[100:]


@pytest.mark.parametrize("r", [0.0, 0.5, 0.8])
def test_memory_is_the_correlation_of_neighbours(r: float) -> None:
    assert np.mean([memory(_levels(r, 40, seed)) for seed in range(200)]) == pytest.approx(r, abs=0.13)


def test_a_smooth_fall_has_no_memory_and_few_levels_tell_none() -> None:
    x = np.linspace(0, 1, 40)

    assert memory((1 - x) ** 3) == 0.0
    assert memory(np.ones(40)) == 0.0
    assert memory(np.cumsum(_levels(0.5, 11, 1))) == 0.0


def test_caution_raises_a_correlation_to_its_bound_at_most() -> None:
    assert cautious(0.0, 25) == 0.2
    assert cautious(0.6, 16) == pytest.approx(0.8)
    assert cautious(0.9, 16) == 0.9


@pytest.mark.parametrize("r", [0.0, 0.5, 0.8])
def test_errors_are_those_of_an_autoregressive_process(r: float) -> None:
    runs = np.array([_levels(r, 30, seed) for seed in range(3000)])
    deviation = 1.0 / math.sqrt(1.0 - r * r)
    change = np.polyfit(np.arange(30.0), runs.T, 1)[0] * 29
    second = np.diff(runs, 2, axis=1).std() / math.sqrt(6.0)

    assert runs[:, :5].mean(axis=1).std() == pytest.approx(deviation * mean_error(r, 5), rel=0.05)
    assert deviation == pytest.approx(second * widening(r), rel=0.05)
    # The factor of a slope is that of long runs, on the safe side for thirty levels.
    assert change.std() <= 1.05 * deviation * slope_error(r, 30)
    assert change.std() >= 0.7 * deviation * slope_error(r, 30)


@pytest.mark.parametrize("freedom", [1.0, 3.0, 15.0, 100.0])
@pytest.mark.parametrize("t", [0.5, 2.0, 5.0, 10.0])
def test_a_score_is_as_improbable_as_students_t(t: float, freedom: float) -> None:
    assert normal_score(t, freedom) == pytest.approx(norm.isf(student.sf(t, freedom)), rel=0.06, abs=0.02)
    assert normal_score(-t, freedom) == -normal_score(t, freedom)


def test_a_score_has_no_bound_and_no_overflow() -> None:
    sizes = [normal_score(10.0**power, 15.0) for power in (0, 2, 10, 149, 151, 300)]

    assert sizes == sorted(sizes)
    assert sizes[-1] > 100
    assert math.isnan(normal_score(math.nan, 15.0))
