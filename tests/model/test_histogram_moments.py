from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from logdoc.model import Histogram


def histogram(*samples: np.ndarray, buckets: int = 400, open_ends: bool = False) -> Histogram:
    left, right, counts, offsets = [], [], [], [0]
    for sample in samples:
        number, edges = np.histogram(sample, buckets)
        left.append(edges[:-1].copy())
        right.append(edges[1:].copy())
        if open_ends:
            left[-1][0], right[-1][-1] = -1.8e308, 1.8e308
        counts.append(number.astype(float))
        offsets.append(offsets[-1] + buckets)
    low, high = np.array([s.min() for s in samples]), np.array([s.max() for s in samples])
    num = np.array([float(s.size) for s in samples])
    total, squares = np.array([s.sum() for s in samples]), np.array([np.square(s).sum() for s in samples])
    steps = np.arange(len(samples))
    return Histogram(
        "w",
        steps,
        None,
        num,
        total,
        squares,
        low,
        high,
        np.concatenate(left),
        np.concatenate(right),
        np.concatenate(counts),
        np.array(offsets),
    )


@pytest.mark.parametrize("open_ends", [False, True])
def test_the_shape_is_that_of_the_values(open_ends: bool) -> None:
    rng = np.random.default_rng(0)
    samples = [
        rng.normal(size=20_000),
        rng.exponential(size=20_000),
        rng.uniform(-1, 1, 20_000),
        rng.laplace(size=20_000),
    ]

    made = histogram(*samples, open_ends=open_ends)

    assert made.skewness() == pytest.approx([stats.skew(s) for s in samples], abs=0.05)
    assert made.excess_kurtosis() == pytest.approx([stats.kurtosis(s) for s in samples], abs=0.15)


def test_a_tensor_of_one_value_has_no_shape() -> None:
    made = histogram(np.array([1.0, 2.0, 3.0]), np.full(5, 2.0), buckets=1)

    assert np.isnan(made.skewness()).all()
    assert np.isnan(made.excess_kurtosis()).all()
