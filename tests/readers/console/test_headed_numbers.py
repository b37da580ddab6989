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
