"""Tables of two columns between rules of dashes, as rllab and its successors print them, are rows of measures."""

from __future__ import annotations

import pytest
from curves import points

from logdoc.model import Run
from logdoc.readers import load
from logdoc.readers.console.ruled import barred


def printed(tmp_path, front: str = "", line: str = "") -> Run:
    parts = []
    for i in range(8):
        table = [
            "------------  -------",
            f"Alpha/Return  {-90 + 10 * i}",
            f"Iteration     {i}",
            f"policy/Noise  {1.5 - i / 16:.4f}",
            "------------  -------",
        ]
        parts += [f"{front}{line.format(i)}"] * bool(line) + [front + text for text in table]
    (tmp_path / "debug.log").write_text("\n".join(parts) + "\n")
    (run,) = (item for item in load([tmp_path]) if isinstance(item, Run))
    return run


@pytest.mark.parametrize("front", ["", "2026-11-30 10:00:00.000000 UTC | "])
@pytest.mark.parametrize("line", ["", "epoch #{} | Optimizing policy..."])
def test_a_table_is_one_row_whatever_its_first_line_is(tmp_path, front, line):
    run = printed(tmp_path, front, line)
    assert list(points(run, "Alpha/Return").values()) == [-90 + 10 * i for i in range(8)]
    assert list(points(run, "policy/Noise").values()) == [pytest.approx(1.5 - i / 16, abs=6e-5) for i in range(8)]
    assert list(points(run, "Alpha/Return")) == list(points(run, "policy/Noise")) == list(range(8))


@pytest.mark.parametrize(
    "text",
    [
        "----  ----\ncat   0.5\nand so on\n----  ----",
        "----  ----\n----  ----",
        "name  value\n----  -----\ncat   0.5\ndog   0.4",
    ],
)
def test_what_is_no_table_between_two_rules_stays_as_it_is(text):
    lines = list(enumerate(text.split("\n"), 1))
    assert list(barred(lines)) == lines
