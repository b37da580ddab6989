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


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that Python's own `float` was asked for, which takes ten times as long."""
    words: list[str] = []

    def asked(value: object) -> float:
        if isinstance(value, str):
            words.append(value)
        return float(value)  # type: ignore[arg-type]

    monkeypatch.setattr(decimals, "float", asked, raising=False)
    return words


FORMS = ["7", "-7", "0.5", "-12.5", "123.", "1234.", ".25", "-.25", "12345", "0.1234567", "-1234567.12345678", "9" * 15]


def test_numbers_that_are_written_alike_are_made_together(left: list[str]) -> None:
    same([form for form in FORMS for _ in range(8)])
    assert left == []
    same([form for form in FORMS for _ in range(7)])
    assert len(left) == len(FORMS) * 7


def test_numbers_of_up_to_fifteen_digits_need_no_extended_double(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "longdouble", None)
    same([form for form in FORMS for _ in range(8)])


@pytest.mark.skipif(np.finfo(np.longdouble).nmant != 63, reason="this machine has no extended double")
def test_numbers_of_sixteen_to_eighteen_digits_are_made_together_but_for_those_between_two_doubles(
    left: list[str],
) -> None:
    same([f"0.{12345678901234567 + 10**9 * k}" for k in range(20)] + [f"{10**17 + 16 * k + 1}" for k in range(20)])
    assert left == []
    same([str(2**53 + 2 * k + 1) for k in range(20)])
    assert len(left) == 20


def test_one_of_many_that_is_written_otherwise_is_left_to_python_alone(left: list[str]) -> None:
    same(["9999"] * 20 + ["1e05"])
    same(["0.99"] * 20 + ["+1.5"])
    assert left == ["1e05", "+1.5"]


@pytest.mark.parametrize("between", [". {} ", "{} . ", ".{} ", "x.y {} "])
def test_points_between_the_numbers_are_not_theirs(between: str) -> None:
    words = [str(12 + k) for k in range(20)]
    text = "".join(between.format(word) for word in words)
    begins = np.array([k * len(between.format("12")) + between.index("{") for k in range(20)])
    found = decimals.floats(np.frombuffer(text.encode(), dtype=np.uint8), begins, begins + 2)
    assert found.tolist() == [float(word) for word in words]


def test_a_number_of_very_many_digits_is_not_taken_for_a_short_one() -> None:
    for zeros in (20, 8192, 32768, 65536):
        same(["1.5"] * 20 + ["0" * zeros + "1.5", "-" + "0" * zeros + "1.5", "1" + "0" * (zeros % 300)])


def test_without_an_extended_double_python_makes_the_long_ones(
    monkeypatch: pytest.MonkeyPatch, left: list[str]
) -> None:
    monkeypatch.setattr(decimals, "_HAS_EXTENDED", False)
    long = [f"0.{k}" for k in range(10**15, 10**15 + 20)]
    same(long + [f"{k / 8:.3f}" for k in range(100)])
    assert left == long


@pytest.mark.parametrize("word", ["", ".", "-", "-.", "1.2.3", "0x10", "1,5", "--1", "loss", "1:5", "1/5"])
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
