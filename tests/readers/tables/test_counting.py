"""An epoch and an iteration that starts again in it become one step."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdoc.readers.tables.counting import join_counters

if TYPE_CHECKING:
    from collections.abc import Sequence

NONE = float("nan")


def joined(
    epochs: Sequence[float] | None,
    inner: Sequence[float],
    *,
    bound: float | Sequence[float] | None = None,
    whole: Sequence[bool] | None = None,
    levels: Sequence[float] | None = None,
) -> list[int]:
    rows = len(inner)
    found = join_counters(
        None if epochs is None else np.array(epochs, dtype=float),
        np.array(inner, dtype=float),
        bound=None if bound is None else np.broadcast_to(np.array(bound, dtype=float), rows).copy(),
        whole=None if whole is None else np.array(whole, dtype=bool),
        levels=None if levels is None else np.array(levels, dtype=float),
    )
    assert found is not None
    return [int(step) for step in found.steps]


def test_the_first_epoch_of_one_based_epochs_begins_at_its_iterations() -> None:
    assert joined([1, 1, 2, 2], [50, 150, 50, 150], bound=294) == [50, 150, 344, 444]


def test_zero_based_epochs_and_iterations_need_no_shift() -> None:
    assert joined([0, 0, 1, 1], [0, 391, 0, 391], bound=782) == [0, 391, 782, 1173]


@pytest.mark.parametrize(
    ("inner", "length"),
    [
        ([10, 20, 30, 40, 50], 50),
        ([0, 10, 20, 30, 40], 50),
        ([1, 11, 21], 30),
        ([0, 1, 2, 3], 4),
        ([0, 10, 20, 25], 26),
    ],
)
def test_without_a_bound_the_jump_back_tells_how_long_an_epoch_is(inner: list[int], length: int) -> None:
    epochs = [1] * len(inner) + [2] * len(inner) + [3]
    assert joined(epochs, [*inner, *inner, inner[0]])[-1] == 2 * length + inner[0]


def test_a_row_of_a_whole_epoch_takes_the_step_of_its_end() -> None:
    assert joined([1, 1, 1, 2, 2, 2], [50, 100, NONE, 50, 100, NONE]) == [50, 100, 100, 150, 200, 200]


def test_a_validation_that_counts_its_own_batches_stands_at_the_end_of_its_epoch() -> None:
    whole = [False, False, True, False, False, True]
    assert joined([1, 1, 1, 2, 2, 2], [50, 100, 25, 50, 100, 25], whole=whole) == [50, 100, 100, 150, 200, 200]


def test_the_end_of_an_epoch_counted_from_zero_is_its_last_iteration() -> None:
    assert joined([0, 0, 0, 1, 1, 1], [0, 50, NONE, 0, 50, NONE], bound=100) == [0, 50, 99, 100, 150, 199]


def test_an_evaluation_in_the_middle_of_an_epoch_stands_where_it_was_made() -> None:
    assert joined([1, 1, 1, 2], [50, NONE, 100, 50], bound=[100, NONE, 100, 100]) == [50, 50, 100, 150]


def test_a_validation_told_after_the_next_epoch_began_belongs_to_its_own() -> None:
    assert joined([1, 1, 2, 1, 2, 2], [50, 100, 50, NONE, 100, NONE]) == [50, 100, 150, 100, 200, 200]


def test_validations_numbered_from_one_beside_iterations_of_epoch_zero_are_no_epoch_late() -> None:
    assert joined([0, 0, 1, 1, 1, 2], [0, 50, NONE, 0, 50, NONE], bound=100) == [0, 50, 99, 100, 150, 199]


def test_an_iteration_that_runs_on_is_the_step() -> None:
    assert joined([1, 1, 1, 2, 2, 2], [50, 100, NONE, 150, 200, NONE]) == [50, 100, 100, 150, 200, 200]


def test_a_row_per_epoch_with_the_same_iteration_is_counted_on() -> None:
    assert joined([1, 2, 3], [100, 100, 100], bound=100) == [100, 200, 300]


def test_rows_of_one_step_of_which_only_the_second_names_its_epoch_do_not_start_again() -> None:
    assert joined([0, NONE, 1, NONE, 2], [9, 19, 19, 29, 29]) == [9, 19, 19, 29, 29]


def test_a_run_that_begins_again_stays_another_attempt() -> None:
    assert joined([1, 1, 2, 2, 1, 1, 2, 2], [50, 100] * 4) == [50, 100, 150, 200] * 2


def test_a_failed_start_of_a_few_rows_is_not_glued_to_the_run() -> None:
    assert joined([1, 1, 1, 1, 1, 2, 2], [10, 20, 10, 50, 100, 50, 100]) == [10, 20, 10, 50, 100, 150, 200]


def test_a_resumed_epoch_is_counted_from_where_it_began() -> None:
    assert joined([1, 1, 2, 2, 2, 2], [50, 100, 50, 100, 50, 100], bound=100) == [50, 100, 150, 200, 150, 200]


def test_attempts_of_other_lengths_keep_their_own() -> None:
    assert joined([1, 2, 2, 1, 2, 2], [100, 50, 100, 30, 15, 30], bound=[100] * 3 + [30] * 3)[-1] == 60


def test_a_log_that_begins_in_a_late_epoch_begins_late() -> None:
    assert joined([76, 76, 77, 77], [50, 294, 50, 294], bound=294)[0] == 75 * 294 + 50


def test_a_single_late_epoch_whose_iteration_runs_on_is_left_alone() -> None:
    assert joined([76, 76, 76], [22350, 22400, 22450]) == [22350, 22400, 22450]


def test_without_epochs_a_counter_that_comes_to_its_bound_goes_on_in_the_next() -> None:
    assert joined(None, [50, 100, 50, 100], bound=100) == [50, 100, 150, 200]


def test_without_epochs_widths_that_repeat_are_epochs_and_a_short_beginning_is_a_failed_start() -> None:
    assert joined(None, [10, 20, *[20, 40, 60] * 3]) == [10, 20, 20, 40, 60, 80, 100, 120, 140, 160, 180]


def test_without_epochs_a_measure_that_is_back_at_its_beginning_tells_runs_from_epochs() -> None:
    counter = [1, 2, 3, 4] * 3
    assert joined(None, counter, levels=[9, 5, 3, 1] * 3) == counter
    assert joined(None, counter, levels=[9, 8, 7, 6, 5, 4, 3, 2, 1.5, 1.4, 1.3, 1.2]) == list(range(1, 13))


def test_one_jump_back_alone_makes_no_epoch() -> None:
    assert joined(None, [1, 2, 3, 1, 2, 3]) == [1, 2, 3, 1, 2, 3]


def test_an_epoch_that_never_changes_is_no_epoch() -> None:
    assert joined([1] * 9, [1, 2, 3] * 3) == list(range(1, 10))


def test_rows_out_of_order_are_joined_by_their_numbers() -> None:
    epochs = [epoch for _ in range(3) for epoch in (2, 1, 4, 3, 5)]
    inner = [i for i in (3, 1, 2) for _ in range(5)]
    assert sorted(joined(epochs, inner, bound=3)) == list(range(1, 16))


def test_what_is_no_whole_number_is_not_joined() -> None:
    assert join_counters(np.array([0.1, 0.2]), np.array([1.0, 2.0])) is None
    assert join_counters(np.array([1.0, 2.0]), np.array([0.5, 1.0])) is None
    assert join_counters(np.array([1.0]), np.array([NONE])) is None


def test_numbers_too_large_for_a_step_are_not_joined() -> None:
    assert join_counters(np.array([1.0, 2.0**50, 2.0**50]), np.array([2.0**50, 1.0, 2.0])) is None


def test_rounds_that_start_again_are_those_of_another_run() -> None:
    inner = [1.0, 2, 3] * 3
    once = join_counters(None, np.array(inner), once=True)
    again = join_counters(None, np.array(inner))

    assert once is not None
    assert again is not None
    assert once.steps.tolist() == inner
    assert (once.per_epoch, once.first_epoch) == (0, 0)
    assert again.steps.tolist() == list(range(1, 10))
    assert (again.per_epoch, again.first_epoch) == (3, 0)


def test_bounds_that_the_iteration_exceeds_are_bounds_of_other_things() -> None:
    assert joined([1, 1, 2, 2], [50, 150, 50, 150], bound=100) == [50, 150, 200, 300]
    assert joined([1, 1, 2, 2], [50, 150, 50, 150], bound=150) == [50, 150, 200, 300]
    assert joined([1, 1, 2, 2], [50, 150, 50, 150], bound=[200, NONE, 200, 0]) == [50, 150, 250, 350]


def test_one_jump_back_within_an_epoch_that_never_changes_is_another_attempt() -> None:
    assert joined([1] * 6, [1, 2, 3] * 2) == [1, 2, 3] * 2


@pytest.mark.parametrize(("starts", "length", "believed"), [(4, 2, True), (5, 2, False), (5, 8, True), (6, 8, False)])
def test_three_restarts_are_believed_in_any_log_and_more_where_there_are_twenty_rows_to_each(
    starts: int, length: int, believed: bool
) -> None:
    epochs = [epoch for _ in range(starts) for epoch in (1, 2) for _ in range(length)]
    inner = [10 * i for _ in range(2 * starts) for i in range(1, length + 1)]
    attempt = [*inner[:length], *(10 * length + i for i in inner[:length])]

    assert joined(epochs, inner) == (attempt * starts if believed else inner)


@pytest.mark.parametrize(
    ("levels", "epochs"),
    [
        ([[9, 5, 3, 1], [9, 5, 3, 1], [1, 0.9, 0.8, 0.7]], True),
        ([[9, 5, 3, 1], [9, 5, 3, 1], [9, 5, 3, 1], [1, 0.9, 0.8, 0.7]], False),
        ([[9, 5, 3, 1], [NONE] * 4, [9, 5, 3, 1]], True),
        ([[9, 5, 3, 1], [NONE, 9, 2, 1], [9, NONE, 5, 1]], False),
    ],
    ids=["half", "most", "unknown", "with holes"],
)
def test_a_measure_that_is_back_after_most_jumps_tells_runs_from_epochs(
    levels: list[list[float]], epochs: bool
) -> None:
    inner = [1, 2, 3, 4] * len(levels)
    flat = [value for part in levels for value in part]

    assert joined(None, inner, levels=flat) == (list(range(1, len(inner) + 1)) if epochs else inner)


@pytest.mark.parametrize(
    ("inner", "steps"), [([10, 20, 30], [130, 140, 150]), ([20, 30, 40], [20, 30, 40]), ([1, 2, 3], [13, 14, 15])]
)
def test_one_late_epoch_is_counted_from_its_place_where_its_iterations_begin_at_their_beginning(
    inner: list[int], steps: list[int]
) -> None:
    assert joined([5, 5, 5], inner) == steps


def test_an_attempt_that_never_came_to_a_second_epoch_has_the_widest() -> None:
    assert joined([1, 1, 2, 2, 1, 1], [50, 100, 50, 100, 50, NONE]) == [50, 100, 150, 200, 50, 100]
    assert joined([1, 1, 2, 2, 1, 1, 1], [50, 100, 50, 100, 50, 75, NONE])[-1] == 100


def test_iterations_that_run_on_begin_again_with_the_run() -> None:
    epochs, inner = [1, 1, 1, 2, 2, 2], [50, 100, NONE, 150, 200, NONE]
    found = join_counters(np.array(epochs * 2, dtype=float), np.array(inner * 2))

    assert found is not None
    assert found.steps.tolist() == [50, 100, 100, 150, 200, 200] * 2
    assert (found.per_epoch, found.note) == (0, "the iteration runs on over the epochs")


def test_a_summary_in_front_of_all_iterations_stands_at_the_end_of_its_epoch_or_at_the_beginning() -> None:
    assert joined([1, 1, 1, 2, 2], [NONE, 50, 100, 50, 100]) == [100, 50, 100, 150, 200]
    assert joined([1, 2, 2, 3, 3], [NONE, 50, 100, 150, 200])[0] == 0


def test_it_is_told_how_long_an_epoch_is() -> None:
    found = join_counters(np.array([1.0, 1, 2, 2]), np.array([500.0, 1500, 500, 1500]))

    assert found is not None
    assert (found.per_epoch, found.first_epoch) == (1500, 1)
    assert found.note == "the iteration starts again in every epoch of 1,500; epoch and iteration were joined"


@given(
    epochs=st.integers(2, 12),
    length=st.integers(2, 500),
    every=st.integers(1, 60),
    epoch_base=st.integers(0, 1),
    base=st.integers(0, 1),
    known=st.booleans(),
    validated=st.booleans(),
)
def test_whatever_the_bases_steps_grow_and_an_iteration_is_found_again(
    epochs: int, length: int, every: int, epoch_base: int, base: int, known: bool, validated: bool
) -> None:
    """A plain log: every so many iterations a row, at the end of an epoch a validation."""
    rows: list[tuple[int, float]] = []
    for epoch in range(epoch_base, epoch_base + epochs):
        rows.extend((epoch, i) for i in range(base, length + base, every))
        rows.extend([(epoch, NONE)] if validated else [])
    steps = joined([e for e, _ in rows], [i for _, i in rows], bound=length if known else None)
    trained = [step for step, (_, i) in zip(steps, rows, strict=True) if i == i]
    assert all(a < b for a, b in itertools.pairwise(trained))
    assert all(a <= b for a, b in itertools.pairwise(steps))
    assert steps[0] == base
    if known:
        wanted = [(e - epoch_base) * length + (i if i == i else length - (1 - base)) for e, i in rows]
        assert steps == wanted


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(-3, 40)), st.one_of(st.none(), st.integers(-3, 300)), st.booleans()),
        min_size=1,
        max_size=60,
    ),
    st.one_of(st.none(), st.integers(1, 400)),
)
def test_any_counters_give_a_step_for_every_row_or_none(
    rows: list[tuple[int | None, int | None, bool]], bound: int | None
) -> None:
    found = join_counters(
        np.array([NONE if e is None else e for e, _, _ in rows], dtype=float),
        np.array([NONE if i is None else i for _, i, _ in rows], dtype=float),
        bound=None if bound is None else np.full(len(rows), float(bound)),
        whole=np.array([w for _, _, w in rows]),
    )
    assert (found is None) == (not any(i is not None and not w for _, i, w in rows))
    assert found is None or (found.steps.shape == (len(rows),) and found.steps.dtype == np.int64)
