"""Which records of a tag hold after restarts."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.readers.attempts import effective, parted, split, strays

logged = st.lists(st.integers(-5, 30), max_size=60).map(lambda steps: np.array(steps, dtype=np.int64))


def surviving(steps: list[int]) -> list[int]:
    """The rule, record by record: what is logged at s removes what was logged at >= s before."""
    rows: list[int] = []
    for row, step in enumerate(steps):
        rows = [earlier for earlier in rows if steps[earlier] < step] + [row]
    return rows


@settings(deadline=None, max_examples=100)
@given(logged)
def test_kept_records_are_those_of_the_rule_applied_one_by_one(steps: np.ndarray) -> None:
    _, kept = effective(steps)

    assert np.flatnonzero(kept).tolist() == surviving(steps.tolist())


@settings(deadline=None, max_examples=100)
@given(logged)
def test_kept_steps_strictly_increase_and_the_last_record_is_kept(steps: np.ndarray) -> None:
    attempt, kept = effective(steps)

    assert (np.diff(steps[kept]) > 0).all()
    assert steps.size == 0 or kept[-1]
    assert (np.diff(attempt) == (np.diff(steps) < 0)).all()


@settings(deadline=None, max_examples=100)
@given(logged)
def test_split_loses_nothing_but_immediate_duplicates(steps: np.ndarray) -> None:
    parts = split("loss", steps, np.arange(steps.size, dtype=np.float64))

    rows = sorted(int(v) for series in (parts.curve, *parts.replaced) for v in series.values)
    repeated = [i for i in range(steps.size - 1) if steps[i] == steps[i + 1]]
    assert rows == sorted(set(range(steps.size)) - set(repeated))


def test_restart_replaces_the_overlap_and_keeps_it_as_an_attempt() -> None:
    steps = np.array([0, 1, 2, 3, 2, 3, 4], dtype=np.int64)
    parts = split("loss", steps, steps * 10.0 + np.arange(7), np.arange(7.0))

    assert parts.curve.steps.tolist() == [0, 1, 2, 3, 4]
    assert parts.curve.values.tolist() == [0.0, 11.0, 24.0, 35.0, 46.0]
    assert [(s.attempt, s.steps.tolist()) for s in parts.replaced] == [(0, [2, 3])]
    assert parts.starts.tolist() == [4]
    assert parts.curve.attempt == 1


def test_the_same_step_twice_in_a_row_is_no_restart() -> None:
    parts = split("loss", np.array([1, 2, 2, 3], dtype=np.int64), np.array([1.0, 2.0, 2.5, 3.0]))

    assert parts.curve.values.tolist() == [1.0, 2.5, 3.0]
    assert parts.replaced == ()
    assert parts.curve.attempt == 0


def test_nothing_logged_gives_an_empty_curve() -> None:
    parts = split("loss", np.zeros(0, dtype=np.int64), np.zeros(0))

    assert len(parts.curve) == 0
    assert parts.starts.size == 0


def test_the_longest_row_of_records_at_one_step_is_told() -> None:
    steps = np.array([0, 1, 1, 2, 3, 3, 3, 3, 4])

    curve = split("loss", steps, np.arange(9.0)).curve

    assert (curve.stalled, curve.stalled_at) == (3, 3)
    assert curve.values.tolist() == [0.0, 2.0, 3.0, 7.0, 8.0]


def test_steps_that_advance_have_not_stalled() -> None:
    assert split("loss", np.arange(5), np.arange(5.0)).curve.stalled == 0
    assert split("loss", np.array([], dtype=np.int64), np.array([])).curve.stalled == 0


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(-5, 60), max_size=40, unique=True).map(sorted), st.booleans())
def test_steps_that_only_advance_are_taken_as_they_are(steps: list[int], timed: bool) -> None:
    at = np.array(steps, dtype=np.int64)
    values, times = np.arange(float(at.size)), np.arange(float(at.size)) if timed else None

    fast = split("loss", at, values, times, "epoch")
    twice = np.zeros(at.size, dtype=np.bool_)
    careful = parted("loss", at, values, times, "epoch", *effective(at), twice)

    for field in ("name", "axis", "attempt", "stalled", "stalled_at"):
        assert getattr(fast.curve, field) == getattr(careful.curve, field)
    assert fast.curve.steps.tolist() == careful.curve.steps.tolist()
    assert fast.curve.values.tolist() == careful.curve.values.tolist()
    assert (fast.curve.times is None) == (careful.curve.times is None)
    assert (fast.replaced, fast.starts.tolist()) == (careful.replaced, careful.starts.tolist())
    assert not np.shares_memory(fast.curve.values, values)


def test_a_single_record_at_an_older_step_is_no_restart() -> None:
    steps = np.array([0, 1, 2, 3, 4, 1, 5, 6, 2, 7], dtype=np.int64)

    assert np.flatnonzero(strays(steps)).tolist() == [5, 8]


def test_what_goes_on_from_there_is_a_restart_and_so_is_a_single_record_shortly_before_the_last() -> None:
    for steps in (
        [0, 1, 2, 3, 4, 1, 2, 3],
        [0, 10, 20, 30, 25, 35],
        [0, 10, 20, 30, 15, 35],
        [0, 1, 2, 3, 4, 1],
        [3, 1],
    ):
        assert not strays(np.array(steps, dtype=np.int64)).any()


def test_where_something_began_again_no_record_is_a_stray() -> None:
    assert not strays(np.array([0, 1, 2, 3, 4, 1, 5, 6, 2, 3, 4, 5], dtype=np.int64)).any()
    assert not strays(np.zeros(0, dtype=np.int64)).any()
