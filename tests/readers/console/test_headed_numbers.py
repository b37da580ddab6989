"""Lines of one number and nothing else below a line that counts and names them."""

from __future__ import annotations

from curves import points


def _epoch(number: int, of: int) -> str:
    return f"Epoch {number}/{of} Losses\n" + "".join(f"{3 / (number + i / 6):.2f}\n" for i in range(6))


def test_numbers_below_a_line_that_names_them_are_its_measure(run_of):
    run = run_of("".join(_epoch(number, 8) for number in range(1, 9)))

    assert len(points(run, "loss")) == 48
    assert points(run, "loss")[0] == 3.0
    assert run.series["epoch"].values.tolist() == [number for number in range(1, 9) for _ in range(6)]


def test_a_head_that_counts_anew_begins_a_run(runs_of):
    text = "".join(_epoch(number, 8) for number in range(1, 9))

    assert len(runs_of(text + text)) == 2
