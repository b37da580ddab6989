from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from logdoc.model import Series
from logdoc.signals import decimate

Make = Callable[..., Series]


@pytest.mark.parametrize("n", [601, 5000, 100_003])
def test_extremes_ends_and_odd_points_stay(series: Make, n: int) -> None:
    values = np.random.default_rng(n).normal(size=n)
    values[n // 3], values[n // 2], values[n // 4] = 99.0, -99.0, np.nan
    less = decimate(series(values))

    assert len(less) <= 600
    assert {99.0, -99.0, values[0], values[-1]} <= set(less.values)
    assert n // 4 in less.steps[np.isnan(less.values)]
    assert (np.diff(less.steps) > 0).all()
    assert np.array_equal(less.values, values[less.steps], equal_nan=True)


def test_a_short_series_stays_as_it_is(series: Make) -> None:
    s = series(np.arange(600.0))

    assert decimate(s) is s
