"""Wall times that cannot be are told and taken as not logged; a clock that is set back is told beyond a second."""

from __future__ import annotations

import math

import numpy as np
import pytest

from logdoc.model import Series
from logdoc.readers.tensorboard.clocks import without_impossible_times


def curve(times: list[float] | None, name: str = "loss") -> Series:
    count = 4 if times is None else len(times)
    steps, values = np.arange(count, dtype=np.int64), np.ones(count)
    return Series(name, steps, values, None if times is None else np.array(times, dtype=np.float64))


def told(*curves: Series) -> tuple[dict[str, Series], list[str]]:
    series = {one.name: one for one in curves}
    return series, [f"{one.id} {one.lost} {one.what}" for one in without_impossible_times(series, "events")]


@pytest.mark.parametrize(
    "times",
    [[1.0, 2.0, 2.0, 3.0], [5.0, 4.0, 6.0, 7.0], [], [1e9], None],
    ids=["even", "a second", "none", "one", "no times"],
)
def test_times_that_can_be_are_kept_without_a_word(times: list[float] | None) -> None:
    one = curve(times)

    series, words = told(one)

    assert words == []
    assert series["loss"] is one


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_time_that_is_none_is_taken_as_not_logged(bad: float, at: int) -> None:
    times = [10.0, 11.0, 12.0, 13.0]
    expected = [math.nan if i == at else time for i, time in enumerate(times)]
    times[at] = bad

    series, words = told(curve(times))

    np.testing.assert_array_equal(series["loss"].times, expected)
    assert words == [
        "DATA008 False a wall time that is none (0, negative or no number) is taken as not logged: a point of 'loss'"
    ]


def test_a_curve_without_any_time_has_none() -> None:
    series, words = told(curve([0.0, 0.0, 0.0]))

    assert series["loss"].times is None
    assert words[0].endswith("3 points of 'loss'")


def test_times_that_go_back_more_than_a_second_are_told_and_kept() -> None:
    one = curve([10.0, 8.9, 20.0, 15.0])

    series, words = told(one)

    assert series["loss"] is one
    assert words == [
        "DATA008 False the wall time goes back; a pace that is taken from times is in doubt: 2 points of 'loss'"
    ]


def test_of_many_curves_the_worst_is_named() -> None:
    _, words = told(curve([0.0, 1.0], "a"), curve([0.0, 0.0, 1.0], "b"), curve([2.0, 3.0], "c"))

    assert words[0].endswith("2 points of 'b', and of 1 more")
