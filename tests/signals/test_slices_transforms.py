from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import logdoc.signals as sig
from logdoc.model import Series
from logdoc.signals.transforms import debiased_mean

Make = Callable[..., Series]
NAN, INF = np.nan, np.inf


@pytest.mark.parametrize(
    ("name", "arguments", "steps"),
    [
        ("finite", (), [0, 20, 40]),
        ("head", (2,), [0, 10]),
        ("head", (INF,), [0, 10, 20, 30, 40]),
        ("head", (NAN,), []),
        ("head", (-1,), []),
        ("tail", (2,), [30, 40]),
        ("tail", (99,), [0, 10, 20, 30, 40]),
        ("tail", (0,), []),
        ("first_part", (0.5,), [0, 10, 20]),
        ("last_part", (0.25,), [30, 40]),
        ("before", (20,), [0, 10]),
        ("before", (NAN,), []),
        ("before_or_at", (20,), [0, 10, 20]),
        ("since", (20,), [20, 30, 40]),
        ("since", (NAN,), []),
    ],
)
def test_a_part_has_its_steps(series: Make, name: str, arguments: tuple[float, ...], steps: list[int]) -> None:
    s = series([1.0, NAN, 3.0, INF, 5.0], steps=[0, 10, 20, 30, 40])

    assert getattr(sig, name)(s, *arguments).steps.tolist() == steps


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("count", (), 3),
        ("first", (), 4),
        ("last", (), 2),
        ("lowest", (), 1),
        ("highest", (), 4),
        ("median", (), 2),
        ("mean", (), 7 / 3),
        ("std", (), np.std([4, 1, 2])),
        ("quantile", (0.5,), 2),
        ("quantile", (1.5,), NAN),
        ("first_step", (), 0),
        ("last_step", (), 40),
        ("span", (), 40),
        ("step_of_lowest", (), 20),
        ("step_of_highest", (), 0),
        ("value_at", (25,), 1),
        ("value_at", (-1,), NAN),
        ("distinct", (), 3),
        ("nonfinite_count", (), 2),
        ("nonfinite_share", (), 0.4),
        ("nan_count", (), 1),
        ("first_nonfinite_step", (), 10),
        ("last_nonfinite_step", (), 30),
    ],
)
def test_a_reduction_has_its_value(series: Make, name: str, arguments: tuple[float, ...], expected: float) -> None:
    s = series([4.0, NAN, 1.0, INF, 2.0], steps=[0, 10, 20, 30, 40])

    assert getattr(sig, name)(s, *arguments) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("weight", [0.0, 0.5, 0.9, 0.999])
def test_smoothing_is_tensorboards(weight: float) -> None:
    values = np.random.default_rng(1).normal(size=200)
    values[[0, 7, 50]] = [NAN, INF, NAN]
    last, seen, expected = 0.0, 0, []
    for value in values:
        if np.isfinite(value):
            last = last * weight + (1 - weight) * value
            seen += 1
            expected.append(last / (1 - weight**seen) if weight > 0 else value)
        else:
            expected.append(value)

    np.testing.assert_allclose(debiased_mean(values, weight), expected, rtol=1e-9)


def test_few_points_are_not_smoothed_and_many_are(series: Make) -> None:
    noise = np.random.default_rng(1).normal(size=2000)

    assert sig.smooth(series(noise[:10])).values.tolist() == noise[:10].tolist()
    assert sig.smooth(series(noise)).values[500:].std() < 0.15


def test_transforms_keep_steps_and_have_their_values(series: Make) -> None:
    s = series([100.0, -1.0, 0.0, NAN], steps=[0, 5, 10, 15])

    np.testing.assert_array_equal(sig.log10_of(s).values, [2.0, NAN, NAN, NAN])
    np.testing.assert_array_equal(sig.absolute(s).values, [100.0, 1.0, 0.0, NAN])
    np.testing.assert_array_equal(sig.diff(s).values, [-101.0, 1.0, NAN])
    assert sig.diff(s).steps.tolist() == [5, 10, 15]


def test_percent_become_shares_and_shares_stay(series: Make) -> None:
    assert sig.as_share(series([10.0, 95.0])).values.tolist() == [0.1, 0.95]
    assert sig.as_share(series([0.1, 1.0])).values.tolist() == [0.1, 1.0]
    assert sig.as_share(series([1000.0])).values.tolist() == [1000.0]


def test_another_series_is_taken_at_its_last_value_before(series: Make) -> None:
    a, b = series([1.0, NAN, 3.0], steps=[10, 20, 30]), series(np.zeros(4), steps=[5, 10, 25, 40])

    np.testing.assert_array_equal(sig.aligned(a, b).values, [NAN, 1.0, 1.0, 3.0])
    np.testing.assert_array_equal(sig.gap(b, a).values, [NAN, -1.0, -1.0, -3.0])


def test_a_series_logged_more_often_counts_with_its_mean_since_the_step_before(series: Make) -> None:
    train, val = series([1.0, 3.0, 5.0, 7.0, 9.0, 11.0], steps=[1, 2, 3, 4, 5, 6]), series([10.0, 16.0], steps=[3, 6])

    assert sig.gap(val, train).values.tolist() == [7.0, 7.0]
    assert sig.ratio_of(val, train).values.tolist() == [pytest.approx(10 / 3), pytest.approx(16 / 9)]


def test_a_line_detrended_is_zero(series: Make) -> None:
    inner = sig.detrended(series(np.arange(600.0))).values[60:-60]

    assert np.abs(inner).max() < 1.0
    assert sig.detrended(series([1.0, 2.0, 9.0])).values.tolist() == [-1.0, 0.0, 7.0]
