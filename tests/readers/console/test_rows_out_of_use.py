"""Rows whose numbers no number can be, and rows whose count falls."""

from __future__ import annotations

import pytest

DIGITS = "8" * 320


@pytest.mark.parametrize("cell", [DIGITS, f"-{DIGITS}", f"{DIGITS}.25", "7" * 3_000])
@pytest.mark.parametrize("every", [7, 40])
def test_a_number_of_hundreds_of_digits_costs_its_row_and_is_no_infinity(run_of, cell, every):
    row = "step {n} loss {x} acc 0.{n:03d}\n"
    run = run_of("".join(row.format(n=n, x=f"{9 / (n + 1):.4f}" if n % every != 5 else cell) for n in range(120)))

    left = [n for n in range(120) if n % every != 5]
    assert run.series["loss"].steps.tolist() == run.series["acc"].steps.tolist() == left
    assert run.series["loss"].values.tolist() == pytest.approx([9 / (n + 1) for n in left], abs=1e-4)
    (told,) = run.defects
    assert (told.id, told.lost) == ("DATA014", True)
    assert f"{120 - len(left)} row" in told.what


def test_a_step_of_hundreds_of_digits_leaves_the_others_their_count(run_of):
    run = run_of("".join(f"step {n if n != 9 else DIGITS}: loss {9 / (n + 1):.4f}\n" for n in range(30)))

    assert run.series["loss"].steps.tolist() == [n for n in range(30) if n != 9]


def test_an_infinity_stays_one_and_long_digits_in_talk_cost_nothing(run_of):
    rows = [f"step {n} loss {'inf' if n == 11 else f'{9 / (n + 1):.4f}'}" for n in range(20)]
    run = run_of("\n".join([f"key {DIGITS} of the data set", *rows]) + "\n")

    assert run.series["loss"].values[11] == float("inf")
    assert not run.defects


FALLING = [
    "epoch {n} loss {x:.4f} val loss {y:.4f}",
    "step {n}00 | loss {x:.4f} | val loss {y:.4f}",
]


@pytest.mark.parametrize("row", FALLING)
def test_rows_of_which_the_newest_stands_first_are_one_run(run_of, row):
    run = run_of("".join(row.format(n=n, x=3 / n, y=4 / n) + "\n" for n in range(40, 0, -1)))

    assert run.series["loss"].values.tolist() == pytest.approx([3 / n for n in range(1, 41)], abs=1e-4)
    assert run.series["val loss"].values.tolist() == pytest.approx([4 / n for n in range(1, 41)], abs=1e-4)
    assert bool((run.series["loss"].steps[1:] > run.series["loss"].steps[:-1]).all())
    assert any("they were sorted" in defect.what for defect in run.defects)


def test_epochs_and_iterations_that_fall_are_one_run(run_of):
    lines = [f"Epoch [{e}/6] Step [{i}/40] Loss: {9 / (e + i / 40):.4f}" for e in range(6, 0, -1) for i in (40, 20)]
    run = run_of("\n".join(lines) + "\n")

    assert run.series["Loss"].steps.tolist() == list(range(20, 241, 20))


def test_a_count_that_falls_while_time_goes_on_tells_what_is_left(run_of):
    lines = [f"2026-02-03 11:{40 - n:02d}:00 INFO epoch {n} loss {9 / (41 - n):.4f}" for n in range(40, 0, -1)]
    run = run_of("\n".join(lines) + "\n")

    assert run.series["loss"].values.tolist() == pytest.approx([9 / n for n in range(1, 41)], abs=1e-4)
    assert any("tells what is left" in defect.what for defect in run.defects)
