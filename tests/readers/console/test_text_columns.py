"""Tables of a program that plays: a text in a column of each step, and a drawn table for each epoch."""

from __future__ import annotations

from curves import points

MOVES = ("North", "South", "East", "West")


def _epoch(number: int) -> str:
    steps = "".join(f"{i + 1:<6d}{MOVES[(i + number) % 4]:<10s}{(-1.0) ** i * (i + 1):.2f}\n" for i in range(6))
    table = "".join(
        f"| {name:<14s} | {value:<8s} |\n+----------------+----------+\n"
        for name, value in (("Total Steps", f"{6 + number % 3}"), ("Total Reward", f"{number * 1.5 - 4:.2f}"))
    )
    return f"Epoch {number}/30 Running...\n\nStep  Move      Reward\n--------\n{steps}\nSummary:\n{table}\n"


def test_a_table_below_a_line_that_counts_is_of_that_epoch_and_moves_are_no_measures(run_of):
    run = run_of("".join(map(_epoch, range(1, 31))))

    assert points(run, "Total Reward") == {number: number * 1.5 - 4 for number in range(1, 31)}
    assert not set(MOVES) & set(run.series)


def test_two_words_of_which_a_row_has_one_are_measures_all_the_same(run_of):
    run = run_of("".join(f"{i} cats {0.5 + i / 90:.3f}\n{i} loss {2 / i:.3f}\n" for i in range(1, 9)))

    assert points(run, "loss")[4] == 0.5
