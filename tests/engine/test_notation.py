from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.engine.notation import MAX_POINTS, parse_series


@pytest.mark.parametrize(
    ("notation", "steps", "values"),
    [
        ("2.3-0.1x3", [0, 1, 2], [2.3, 2.2, 2.1]),
        ("1+1x3", [0, 1, 2], [1, 2, 3]),
        ("-1e-3x2", [0, 1], [-1e-3, -1e-3]),
        ("0x3", [0, 1, 2], [0, 0, 0]),
        ("1 2 .5", [0, 1, 2], [1, 2, 0.5]),
        ("1 _ 2", [0, 2], [1, 2]),
        ("1 _x3 2", [0, 4], [1, 2]),
        ("@5000 1x2", [5000, 5001], [1, 1]),
        ("1x3 @1 2", [0, 1, 2, 1], [1, 1, 1, 2]),
        ("*10 1x3", [0, 10, 20], [1, 1, 1]),
        ("*10 1 _ 2", [0, 20], [1, 2]),
        ("*0 1x2", [0, 0], [1, 1]),
        ("nan inf -inf", [0, 1, 2], [math.nan, math.inf, -math.inf]),
        ("nanx2 1", [0, 1, 2], [math.nan, math.nan, 1]),
        ("exp(3,1,0.5)x3", [0, 1, 2], [3, 1 + 2 * math.exp(-0.5), 1 + 2 * math.exp(-1.0)]),
        ("", [], []),
        ("_", [], []),
    ],
)
def test_a_notation_is_a_series(notation: str, steps: list[int], values: list[float]) -> None:
    found = parse_series(notation, "loss")

    assert found.name == "loss"
    assert found.steps.tolist() == steps
    np.testing.assert_allclose(found.values, values)


def test_a_list_of_numbers_is_a_series() -> None:
    found = parse_series([1.0, 2.5], "loss")

    assert found.steps.tolist() == [0, 1]
    assert found.values.tolist() == [1.0, 2.5]


def test_noise_has_its_deviation_and_its_seed() -> None:
    one, again, other = (parse_series(f"2x4000~0.1#{seed}", "s").values for seed in (1, 1, 2))

    assert np.std(one) == pytest.approx(0.1, rel=0.05)
    assert np.mean(one) == pytest.approx(2.0, abs=0.01)
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("notation", "place"),
    [
        ("1x", 1),
        ("1 two 3", 3),
        ("1x0", 1),
        ("nanx0", 1),
        ("1 nanx99999999999", 3),
        ("exp(1,0,1)x99999999999", 1),
        ("1x99999999999", 1),
        ("exp(1,0)x3", 1),
        ("1~0.1", 1),
        ("1 _x99999999999999999999 1", 3),
        ("@99999999999999999999 1", 1),
        ("*99999999999999999999 1", 23),
        ("1,2", 1),
        ("1-0.1*3", 1),
        ("@-5", 1),
        ("nan~0.1#1", 1),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(notation: str, place: int) -> None:
    with pytest.raises(ValueError, match=f"at character {place} "):
        parse_series(notation, "loss")


def test_many_small_parts_are_capped_too() -> None:
    with pytest.raises(ValueError, match="more than 100,000 points"):
        parse_series(" ".join([f"1x{MAX_POINTS}"] * 3), "loss")


def test_noise_is_not_negative() -> None:
    with pytest.raises(ValueError, match="noise"):
        parse_series("1x3~-1#1", "loss")


def test_overflow_is_a_value_and_no_warning() -> None:
    assert parse_series("1e308+1e308x3", "s").values.tolist() == [1e308, math.inf, math.inf]
    assert parse_series("exp(1,0,-999)x2", "s").values.tolist() == [1.0, math.inf]


@settings(deadline=None, max_examples=100)
@given(st.text("0123456789.+-x_@*exp()~# naif", max_size=24))
def test_any_text_is_a_series_or_is_refused(notation: str) -> None:
    try:
        found = parse_series(notation, "s")
    except ValueError:
        return

    assert found.steps.size == found.values.size <= MAX_POINTS
    assert np.all(found.steps >= 0)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 9))
def test_parts_follow_each_other(first: int, second: int, stride: int) -> None:
    steps = parse_series(f"*{stride} 1x{first} 2x{second}", "s").steps.tolist()

    assert len(steps) == first + second
    assert all(b - a == stride for a, b in pairwise(steps))
