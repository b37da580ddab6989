"""Numbers that are read many at once are those of Python, to the last bit."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.readers import decimals


def placed(words: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    text = " ".join(words).encode()
    sizes = np.array([len(word.encode()) for word in words], dtype=np.int64)
    begins = np.concatenate(([0], np.cumsum(sizes[:-1] + 1))).astype(np.int64)
    return np.frombuffer(text, dtype=np.uint8), begins, begins + sizes


def same(words: list[str]) -> None:
    expected = np.array([float(word) for word in words])
    assert decimals.floats(*placed(words)).tobytes() == expected.tobytes()


WRITTEN = st.one_of(
    st.floats(allow_nan=False, width=64).map(repr),
    st.floats(0, 10).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=7, min_value=-1000, max_value=1000).map(
        lambda d: f"{d:f}"
    ),
    st.integers(-(10**18), 10**18).map(str),
    st.from_regex(r"-?[0-9]{1,19}\.[0-9]{0,19}", fullmatch=True),
    st.sampled_from(["-0.0", "0", ".5", "1.", "+2", "1_000", "nan", "inf", "-inf", "1e-05"]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(WRITTEN, min_size=1, max_size=60), st.integers(1, 12))
def test_floats_are_those_of_python(words: list[str], times: int) -> None:
    same(words * times)  # so that some are written alike


def test_numbers_of_seventeen_digits_are_rounded_once() -> None:
    chance = random.Random(3)  # noqa: S311
    same([repr(chance.random() * 10**size) for size in range(-3, 9) for _ in range(2000)])
    # Right between two doubles, and a digit to each side of it.
    halves = [f"{(2**53 + 2 * k + 1) / 2**10:.10f}"[:18] for k in range(200)] + [
        str(2**53 + 2 * k + 1) for k in range(200)
    ]
    same(halves + [f"{2**53 + 2 * k + 1}.{tail}" for k in range(50) for tail in ("0", "1", "5")])


def test_without_an_extended_double_python_makes_the_long_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decimals, "_HAS_EXTENDED", False)
    same([repr(k / 7) for k in range(100)] + [f"{k / 8:.3f}" for k in range(100)])


@pytest.mark.parametrize("word", ["", ".", "-", "-.", "1.2.3", "0x10", "1,5", "--1", "loss"])
def test_what_is_no_number_is_refused(word: str) -> None:
    good = ["1.5"] * 20
    with pytest.raises(ValueError):  # noqa: PT011 - that of float
        decimals.floats(*placed([*good, word, *good]))
    with pytest.raises(ValueError):  # noqa: PT011
        decimals.floats(*placed([word] * 20))


@given(st.lists(st.integers(0, 10**18 - 1), min_size=1, max_size=50))
def test_whole_numbers_are_those_of_python(numbers: list[int]) -> None:
    found = decimals.integers(*placed([str(number) for number in numbers]))

    assert found is not None
    assert found.tolist() == numbers


@pytest.mark.parametrize("word", ["1.5", "-1", "", "1e3", "1234567890123456789"])
def test_what_is_no_whole_number_is_none(word: str) -> None:
    assert decimals.integers(*placed(["7", word, "7"])) is None
