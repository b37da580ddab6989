"""Logs of loggers that training loops bring along (tests/written/make_loops.py) hold what was logged."""

from __future__ import annotations

import math

import pytest
from curves import points
from written_runs import only_run


@pytest.mark.parametrize(("file", "digits"), [("metrics.jsonl", 1e-12), ("train.log", 6e-3)])
def test_the_lines_and_the_headings_of_elements_count_the_same_steps(file, digits):
    run = only_run("elements", file)
    assert set(run.series) == {"train/loss/dyn", "train/loss/image", "train/opt/lr", "episode/score"}
    falling = {400 * (i + 1): 2 * math.exp(-i / 10) + 0.1 for i in range(40)}
    assert points(run, "train/loss/dyn") == pytest.approx(falling, abs=digits)
    assert points(run, "train/loss/image") == pytest.approx(
        {400 * (i + 1): 100 / (i + 1) for i in range(40)}, abs=digits
    )
    assert points(run, "episode/score") == {1600 * (i + 1): 6.0 + 8 * i for i in range(10)}
