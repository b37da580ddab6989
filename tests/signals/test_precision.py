"""How finely values are written, and whether two series are one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.model import Series
from logdoc.signals import diff_to_whole, equal_share, grid_step, paced, significant_bits


def one(values: object, steps: object = None) -> Series:
    column = np.asarray(values, dtype=np.float64)
    at = np.arange(column.size) if steps is None else steps
    return Series("s", np.asarray(at, dtype=np.int64), column)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=20), st.integers(2, 20))
def test_values_that_were_rounded_to_so_many_binary_digits_need_no_more(values: list[float], bits: int) -> None:
    mantissa, exponent = np.frexp(np.array(values))
    rounded = np.ldexp(np.rint(mantissa * 2**bits), exponent - bits)

    assert significant_bits(one(rounded)) <= bits


@pytest.mark.parametrize(
    ("values", "bits"),
    [
        ([1.0, 2.0, 0.5], 1),
        ([1.5, 3.0], 2),
        ([2.53125], 7),
        ([0.1], 24),
        ([math.pi, 1.0], 24),
        ([0.0, math.nan, 0.75], 2),
    ],
)
def test_the_binary_digits_of_known_numbers(values: list[float], bits: int) -> None:
    assert significant_bits(one(values)) == bits


def test_a_float32_that_was_logged_as_one_has_the_digits_of_a_float32() -> None:
    assert significant_bits(one(np.float32([0.1, 0.2, 0.3]).astype(np.float64))) == 24


def test_zeros_have_no_digits() -> None:
    assert math.isnan(significant_bits(one([0.0, 0.0])))


@pytest.mark.parametrize(("level", "bits", "step"), [(2.3, 8, 2**-6), (1.0, 8, 2**-7), (0.9, 11, 2**-11)])
def test_the_grain_is_the_distance_of_neighbouring_numbers(level: float, bits: float, step: float) -> None:
    assert grid_step(level, bits) == step


@pytest.mark.parametrize(("level", "bits"), [(0.0, 8.0), (math.nan, 8.0), (1.0, math.nan)])
def test_what_is_unknown_has_no_grain(level: float, bits: float) -> None:
    assert math.isnan(grid_step(level, bits))


def test_the_distance_to_whole_numbers() -> None:
    assert diff_to_whole(one([1.0, 2.25, 2.75, -0.5])).values.tolist() == [0.0, 0.25, 0.25, 0.5]


def test_points_that_are_the_same_at_the_same_step_are_counted() -> None:
    assert equal_share(one([1.0, 2.0, 3.0, 4.0], [0, 10, 20, 30]), one([1.0, 9.0, 3.0], [0, 10, 20])) == 0.5
    assert equal_share(one([1.0, 2.0]), one([1.0, 2.0], [5, 6])) == 0.0
    assert equal_share(one([1.0]), one([])) == 0.0
    assert math.isnan(equal_share(one([]), one([1.0])))


def test_evenly_spaced_rows_stay_as_they_are() -> None:
    even = one(np.arange(50.0), np.arange(50) * 7)

    assert paced(even) is even
    assert paced(one([1.0, 2.0], [0, 1000])).values.tolist() == [1.0, 2.0]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(1, 2000), st.floats(-100, 100)), min_size=8, max_size=60))
def test_stretches_keep_the_mean_by_steps_and_stay_within_the_values(rows: list[tuple[int, float]]) -> None:
    lengths, values = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    series = one(values, np.cumsum(lengths))
    stretched = paced(series)
    if stretched is series:
        return

    assert (np.diff(stretched.steps) > 0).all()
    assert stretched.values.min() >= values.min() - 1e-6
    assert stretched.values.max() <= values.max() + 1e-6


def test_many_short_rows_weigh_no_more_than_their_steps() -> None:
    lengths = [10] * 90 + [1000] * 10
    series = one([0.0] * 90 + [1.0] * 10, np.cumsum(lengths))

    assert float(np.mean(series.values)) == pytest.approx(0.1)
    assert float(np.mean(paced(series).values)) == pytest.approx(10_000 / 10_890, abs=0.02)


@pytest.mark.parametrize(("bits", "written"), [(8, "%.6g"), (11, "%.6g"), (8, "%.4f")])
def test_half_precision_is_seen_behind_decimal_text(bits: int, written: str) -> None:
    smooth = 3.6 - 1.9 * np.linspace(0, 1, 60) + 0.03 * np.sin(np.arange(60))
    mantissa, exponent = np.frexp(smooth)
    rounded = np.ldexp(np.rint(mantissa * 2**bits), exponent - bits)
    text = np.array([float(written % value) for value in rounded])

    assert significant_bits(one(text)) <= bits


@pytest.mark.parametrize("written", ["%.6g", "%.4f", "%.2f"])
def test_decimal_text_of_ordinary_losses_has_no_binary_digits(written: str) -> None:
    smooth = 3.6 - 1.9 * np.linspace(0, 1, 60) + 0.03 * np.sin(np.arange(60))

    assert significant_bits(one([float(written % value) for value in smooth])) == 24
