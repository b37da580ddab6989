from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from logdoc.model import Series
from logdoc.signals import (
    best_level,
    best_step,
    drop_share,
    end_level,
    fall_z,
    improvement,
    level_noise,
    noise,
    rise,
    rise_z,
    start_level,
    swing,
    top_level,
    top_step,
    trains_well,
)
from logdoc.signals.profile import BLOCKS, block_levels

Make = Callable[..., Series]


def test_levels_of_a_few_points_are_the_points(series: Make) -> None:
    s = series([4, 3, 1, 2, 2.5], steps=[10, 20, 30, 40, 50])

    assert (start_level(s), end_level(s), best_level(s), top_level(s)) == (4.0, 2.5, 1.0, 4.0)
    assert (best_step(s), top_step(s)) == (30.0, 10.0)
    assert (improvement(s), rise(s), drop_share(s)) == (3.0, 1.5, 0.375)


def test_a_curve_trains_well_when_most_is_gone_and_it_ends_at_its_best(series: Make) -> None:
    falling = np.geomspace(10.0, 1.0, 60)

    assert trains_well(series(falling), 0.8)
    assert not trains_well(series(falling + 2.0), 0.8), "a quarter is left"
    assert trains_well(series(falling + 2.0), 0.7)
    assert not trains_well(series(np.concatenate([falling, np.full(20, 1.8)])), 0.8), (
        "it gave back a tenth of its improvement"
    )
    assert trains_well(series(np.concatenate([falling, np.full(20, 1.2)])), 0.8)
    assert not trains_well(series(np.array([])), 0.8)
    assert not trains_well(series(np.array([np.nan, np.inf])), 0.8)


def test_one_odd_point_does_not_move_a_level(series: Make) -> None:
    values = np.full(400, 2.0)
    values[[0, 200, 399]] = 1000.0
    s = series(values)

    assert (start_level(s), end_level(s), best_level(s), top_level(s)) == (2.0, 2.0, 2.0, 2.0)


@pytest.mark.parametrize("n", [5, 39, 41, 59, 400, 1003])
def test_the_lowest_point_of_a_valley_is_found_at_its_step(series: Make, n: int) -> None:
    steps = np.arange(n) * 7
    s = series(np.abs(np.arange(n) - n // 2).astype(float), steps=steps)

    assert best_step(s) == steps[n // 2]
    assert top_step(s) in (steps[0], steps[-1])


def test_noise_is_the_deviation_around_a_trend(series: Make) -> None:
    rng = np.random.default_rng(1)
    s = series(100.0 - 0.01 * np.arange(20_000) + rng.normal(0, 0.5, 20_000))

    assert noise(s) == pytest.approx(0.5, rel=0.03)
    assert level_noise(s) < noise(s) / 10


def test_a_smooth_curve_has_no_noise(series: Make) -> None:
    assert noise(series(np.arange(30.0))) == 0.0
    assert noise(series([1.0, 2.0])) != noise(series([1.0, 2.0]))


@pytest.mark.parametrize("n", [20, 100, 2000])
def test_a_rise_and_a_fall_beyond_noise_are_significant(series: Make, n: int) -> None:
    rng = np.random.default_rng(n)
    x = np.linspace(0, 1, n)
    valley = series(4 * (x - 0.4) ** 2 + rng.normal(0, 0.02, n))

    assert rise_z(valley) > 4
    assert fall_z(series(1 - x + rng.normal(0, 0.02, n))) > 4
    assert fall_z(series(x + rng.normal(0, 0.02, n))) < -4


def test_the_mean_of_several_levels_is_surer_than_one(series: Make) -> None:
    falls = [
        fall_z(series(-np.linspace(0, 1, 1000) + np.random.default_rng(seed).normal(0, 0.1, 1000)))
        for seed in range(20)
    ]

    assert np.median(falls) > 7.5


def test_swing_is_noise_over_improvement(series: Make) -> None:
    rng = np.random.default_rng(3)
    x = np.linspace(0, 1, 1000)

    assert swing(series(1 - x + rng.normal(0, 0.1, 1000))) == pytest.approx(0.1, rel=0.25)
    assert swing(series(x)) < 1e-12
    assert swing(series([1.0, 2.0, 1.0, 3.0, 1.5, 4.0])) == float("inf")


@pytest.mark.parametrize("blocks", [6, BLOCKS, 400])
def test_every_point_is_in_one_block(blocks: int) -> None:
    for n in range(1, 201):
        steps = np.arange(n, dtype=np.int64)
        levels, places = block_levels(steps.astype(float), steps, blocks)
        size = -(-n // blocks)
        sizes = np.full(levels.size, size)
        if n % size:
            sizes[0] = n % size
        assert levels.size == places.size <= blocks
        assert sizes.sum() == n
        # Of the numbers 0 .. n - 1 the mean of a block tells which points it holds: their sum is that of all points
        # only when none is left out.
        assert (places * sizes).sum() == pytest.approx(steps.sum())
        assert (levels == places).all()
