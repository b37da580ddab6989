"""Lines of one number and nothing else below a line that counts and names them."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.model import Run
from logdoc.readers import load


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


def test_what_falls_below_headings_of_epochs_is_the_loss(run_of):
    text = "".join(f"Epoch {n}\n" + "".join(f"{7 / (n + i / 30):.6f}\n" for i in range(30)) for n in range(1, 5))

    run = run_of(text + "Done!\n")

    assert len(points(run, "loss")) == 120


@pytest.mark.parametrize("form", ["{:.0f}", "-{:.3f}", "0.5{:.0f}"])
def test_other_numbers_below_headings_of_epochs_are_of_nothing(form, tmp_path):
    text = "".join(f"Epoch {n}\n" + "".join(f"{form.format(20 * n + i)}\n" for i in range(30)) for n in range(1, 5))
    (tmp_path / "log.txt").write_text(text)

    assert not [item for item in load([tmp_path / "log.txt"]) if isinstance(item, Run)]


def _losses(heads: int, each: int, word: str = "Losses") -> str:
    return "".join(
        f"Epoch {n}/40 {word}\n" + "".join(f"{3 / (n + i / each):.3f}\n" for i in range(each))
        for n in range(1, heads + 1)
    )


def _below_epochs(heads: int, values: list[float]) -> str:
    each = len(values) // heads
    return "".join(
        f"Epoch {n + 1}\n" + "".join(f"{value:.5f}\n" for value in values[n * each : (n + 1) * each])
        for n in range(heads)
    )


def _read(tmp_path, text: str) -> dict[str, int]:
    """Return how many points each curve of a text has; none where it is no log."""
    (tmp_path / "log.txt").write_text(text)
    items = [item for item in load([tmp_path / "log.txt"]) if isinstance(item, Run)]
    return {name: len(series) for item in items for name, series in item.series.items()}


@pytest.mark.parametrize(
    ("heads", "each", "read"), [(2, 6, False), (3, 6, True), (6, 1, False), (6, 2, True), (3, 2, True)]
)
def test_three_heads_with_two_numbers_each_are_the_fewest(tmp_path, heads, each, read):
    assert _read(tmp_path, _losses(heads, each)).get("loss") == (heads * each if read else None)


@pytest.mark.parametrize(
    ("word", "name"), [("Rewards", "reward"), ("Return:", "return"), ("ACCURACY", "accuracy"), ("Loss =", "loss")]
)
def test_the_measure_is_the_one_that_the_head_names(run_of, word, name):
    assert len(points(run_of(_losses(4, 4, word)), name)) == 16


def test_a_number_above_the_first_head_is_of_something_else(tmp_path):
    assert not _read(tmp_path, "2.5\n" + _losses(6, 3))


@pytest.mark.parametrize(("every", "read"), [(2, True), (3, False)])
def test_at_least_every_other_head_has_numbers(tmp_path, every, read):
    text = "".join(
        f"Epoch {n}/20 Losses\n" + "".join(f"{3 / (n + i / 12):.3f}\n" for i in range(12 * (n % every == 1)))
        for n in range(1, 13)
    )

    assert bool(_read(tmp_path, text)) == read


def test_where_lines_are_rows_numbers_alone_are_not_read(tmp_path):
    rows = "".join(f"step {i} lr 0.{i}\n" for i in range(1, 6))

    assert _read(tmp_path, _losses(4, 4) + rows) == {"lr": 5}


@pytest.mark.parametrize(("each", "read"), [(5, False), (6, True)])
def test_below_headings_of_epochs_six_numbers_each_are_the_fewest(tmp_path, each, read):
    assert bool(_read(tmp_path, _below_epochs(4, [7 / (1 + k) for k in range(4 * each)]))) == read


FLAT = [4.5 + 0.25 * (k % 3) for k in range(28)]


@pytest.mark.parametrize(
    ("values", "read"),
    [
        ([5.0] * 6 + FLAT + [4.0] * 6, True),
        ([5.0] * 6 + FLAT + [4.01] * 6, False),
        ([5.0] * 6 + FLAT + [3.0, 3.0, 0.5, 3.0, 3.0, 3.0], True),
        ([5.0] * 6 + FLAT + [3.0, 3.0, 0.0, 3.0, 3.0, 3.0], False),
        ([5.0] * 6 + FLAT + [3.0, 3.0, -0.5, 3.0, 3.0, 3.0], False),
        ([5.0] * 6 + FLAT + [3.0, 3.0, float("nan"), 3.0, 3.0, 3.0], False),
        ([5.0] * 6 + [float(k % 4 + 3) for k in range(28)] + [2.0] * 6, False),
        ([2.0] * 6 + FLAT + [5.0] * 6, False),
    ],
    ids=["to 80 %", "to more", "above 0", "to 0", "below 0", "no number", "whole", "rising"],
)
def test_only_what_falls_to_four_fifths_and_stays_above_zero_is_a_loss(tmp_path, values, read):
    assert _read(tmp_path, _below_epochs(4, values)).get("loss") == (40 if read else None)
