"""Two processes that write into one file are two runs."""

from __future__ import annotations

import numpy as np
import pytest

from logdoc.readers.console.interleaved import side_by_side


def lines(count: int, scale: float, form: str) -> list[str]:
    return [form.format(n=n, v=scale / (n + 2)) for n in range(count)]


def turns(first: list[str], second: list[str], seed: int) -> list[str]:
    """Return the lines of both in one file, as they come."""
    rng, mixed, one, other = np.random.default_rng(seed), [], list(first), list(second)
    while one or other:
        mine = one if one and (not other or rng.random() < 0.5) else other
        mixed.append(mine.pop(0))
    return mixed


@pytest.mark.parametrize(
    "form", ["Epoch {n}, Loss {v:.4f}", "epoch {n} train loss: {v:.4f} acc: 0.5", "step {n} | loss {v:.5f}"]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_counts_that_run_side_by_side_are_a_run_each(runs_of, form, seed):
    before, first, second = lines(20, 2, form), lines(50, 2, form), lines(35, 9, form)
    runs = runs_of("\n".join([*before, *first[:10], *turns(first[10:], second, seed)]) + "\n")

    losses = [next(series for name, series in run.series.items() if "oss" in name) for run in runs]
    assert [len(loss) for loss in losses] == [20, 50, 35]
    assert losses[1].values.tolist() == pytest.approx([2 / (n + 2) for n in range(50)], abs=1e-4)
    assert losses[2].values.tolist() == pytest.approx([9 / (n + 2) for n in range(35)], abs=1e-4)
    assert any("run side by side" in defect.what for defect in runs[-1].defects)


def test_runs_in_turn_and_resumed_ones_do_not_run_side_by_side(runs_of):
    form = "Epoch {n}, Loss {v:.4f}"
    whole = lines(40, 2, form)
    resumed = [line for start in range(0, 40, 5) for line in whole[max(start - 3, 0) : start + 5]]
    (run,) = runs_of("\n".join(resumed) + "\n")
    assert run.series["Loss"].steps.tolist() == list(range(40))
    assert len(runs_of("\n".join([*whole, *lines(30, 5, form), *lines(30, 7, form)]) + "\n")) == 3


def test_a_batch_that_is_called_i_counts(run_of):
    run = run_of(
        "".join(
            f"2025-01-02 03:04:{n:02d}, batch i:{n}, episode_len:{20 + n}\nkl:0.0{n},loss:{4 / n:.4f}\n"
            + (f"current self-play batch: {n}\n" if n % 10 == 0 else "")
            for n in range(1, 31)
        )
    )
    assert run.series["loss"].steps.tolist() == list(range(1, 31))


Told = list[tuple[float, float]]  # what each row counts, and its value


def apart(rows: Told) -> list[list[int]] | None:
    """Return the rows of each count."""
    found = side_by_side(np.array([at for at, _ in rows]), np.array([value for _, value in rows]))
    return None if found is None else [count.tolist() for count in found]


def counted(rows: Told) -> list[list[float]] | None:
    """Return what the rows of each count say."""
    found = apart(rows)
    return None if found is None else [[rows[row][0] for row in count] for count in found]


def alternating(first: int, second: int, lag: int = 3, every: int = 1, start: int = 0) -> Told:
    """Return the rows of two counts by turns, of which the second begins so many rows later."""
    rows: Told = []
    for n in range(max(first, second + lag)):
        rows += [(start + every * n, 9 / (n + 2))] if n < first else []
        rows += [(start + every * (n - lag), 2 / (n - lag + 2))] if lag <= n < second + lag else []
    return rows


@pytest.mark.parametrize(("every", "start"), [(1, 0), (1, 1), (10, 0), (25, 25), (0.5, 0.5)])
def test_counts_by_turns_are_taken_apart_row_by_row(every, start):
    wanted = [[start + every * n for n in range(count)] for count in (16, 12)]

    assert counted(alternating(16, 12, every=every, start=start)) == wanted


@pytest.mark.parametrize(("second", "told"), [(7, True), (6, False)])
def test_five_falls_to_what_is_no_beginning_are_the_fewest(second, told):
    assert (apart(alternating(10, second)) is not None) == told


@pytest.mark.parametrize(("first", "told"), [(129, True), (133, False)])
def test_in_a_long_log_one_row_in_twenty_falls(first, told):
    assert (apart(alternating(first, 9)) is not None) == told


def test_without_a_measure_in_every_row_nothing_is_taken_apart():
    key = np.array([at for at, _ in alternating(16, 12)], dtype=float)

    assert side_by_side(key, None) is None
    assert side_by_side(np.where(key == 4, np.nan, key), np.ones(key.size)) is None


def test_a_count_with_gaps_is_not_taken_apart():
    assert apart([(at, value) for at, value in alternating(16, 12) if at != 9]) is None


def test_a_measure_that_is_no_number_counts_as_none_is_near():
    rows = [(at, float("nan") if n == 9 else value) for n, (at, value) in enumerate(alternating(16, 12))]

    assert counted(rows) == [list(range(16)), list(range(12))]


@pytest.mark.parametrize(("length", "told"), [(30, True), (20, False)])
def test_two_rows_in_a_hundred_may_go_on_with_no_count(length, told):
    rows = alternating(length, length - 6)
    odd = len(rows) - 8
    rows.insert(odd, (5.0, 1.0))
    found = apart(rows)

    assert (found is not None) == told
    assert found is None or odd not in {row for count in found for row in count}


@pytest.mark.parametrize(("value", "whose"), [(4, 0), (7, 0), (8, 1), (9, 1), (13, 1), (19, 1)])
@pytest.mark.parametrize("unit", [1 / 64, 16.0])
def test_where_two_stand_at_one_number_a_row_goes_on_with_the_last_unless_the_other_is_far_nearer(unit, value, whose):
    rows = [(n, 4 * unit) for n in range(3)]
    for n in range(3, 13):
        rows += [(n, 4 * unit), (n - 3, 16 * unit)]
    rows += [(n, 16 * unit) for n in (10, 11, 12)]  # the second comes to where the first stands
    found = apart([*rows, (13, value * unit)])

    assert found is not None
    assert [len(rows) in count for count in found] == [whose == 0, whose == 1]


def test_counts_in_step_with_each_other_are_not_taken_apart():
    assert apart([(n, value) for n in range(30) for value in (1.0, 5.0)]) is None
    assert apart([(3.0, 1.0)] * 30) is None
    assert side_by_side(np.array([]), np.array([])) is None


def test_a_count_begins_where_the_first_did_or_one_step_behind():
    def with_later(begin: int) -> Told:
        return [*alternating(16, 12), *((n, 2.0) for n in range(begin, 9))]

    assert counted(with_later(1)) == [list(range(16)), list(range(12)), list(range(1, 9))]
    assert counted(with_later(2)) is None


def test_what_ended_before_the_last_count_began_is_not_gone_on_with():
    ended = [(n, 5.0) for n in range(10)]
    rows = [*ended, *((at, 1.0) for at, _ in alternating(10, 7))]
    found = counted([*rows, (10, 5.0), (11, 5.0)])

    assert found == [list(range(10)), list(range(12)), list(range(7))]


@pytest.mark.parametrize(("length", "told"), [(4, False), (5, True)])
def test_short_counts_beside_a_long_one_are_no_second_process(length, told):
    rows: Told = []
    for n in range(48):
        rows += [(n, 1.0), *([(n % 8, 1.0)] if n % 8 < length and n > 7 else [])]

    assert (apart(rows) is not None) == told
