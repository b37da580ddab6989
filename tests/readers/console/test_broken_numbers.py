"""A control character inside a number is damage: the number is left out and told, never read as another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdoc.readers import load


def log(number: str) -> str:
    return "".join(f"step {i} loss {1 / (1 + i):.4f}\n" if i != 12 else f"step 12 loss {number}\n" for i in range(25))


@pytest.mark.parametrize("number", ["0.07\x169", "0.0\x01\x02769", "\x7f0.0769", "0.0769\x03"])
def test_a_number_with_a_control_character_inside_is_left_out_and_told(tmp_path: Path, number: str) -> None:
    (tmp_path / "train.log").write_text(log(number))
    (run,) = load([tmp_path / "train.log"])
    inside = number.strip("\x7f\x03") != "0.0769"
    assert len(run.series["loss"]) == (24 if inside else 25)
    assert set(run.series["loss"].values) <= {round(1 / (1 + i), 4) for i in range(25)}
    assert any(defect.id == "DATA014" and defect.lost for defect in run.defects) == inside


def test_colours_and_progress_bars_break_no_number(tmp_path: Path) -> None:
    (tmp_path / "train.log").write_text(log("\x1b[32m0.07\x1b[0m69"))
    (run,) = load([tmp_path / "train.log"])
    assert len(run.series["loss"]) == 25
    assert not run.defects
