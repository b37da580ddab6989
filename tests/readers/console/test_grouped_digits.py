"""Numbers whose digits are grouped by underscores, as Python prints them, are numbers."""

from __future__ import annotations

from logdoc.model import Run
from logdoc.readers import load
from logdoc.readers.console.cleaning import visible


def lines(text: str) -> list[str]:
    return [line for _, line in visible(text)]


def test_digits_that_are_grouped_by_underscores_are_one_number():
    assert lines("Step 14_800: loss 0.5\nStep 1_014_800: loss 0.4") == [
        "Step 14800: loss 0.5",
        "Step 1014800: loss 0.4",
    ]


def test_underscores_within_names_and_paths_stay():
    text = "saved run_12_345 and a/12_345.pt and 12_345.pt and 2024_001 and 16_h1=0.5"
    assert lines(text + "\nStep 1_200: loss 0.5")[0] == text


def test_a_name_that_begins_with_a_resolution_is_no_number_of_the_word_before_it(tmp_path):
    text = "".join(f"[{i}] avg_loss={2 / (i + 1):.4f}\nEval: 16_h1={1 / (i + 1):.4f}, 16_l2=0.5\n" for i in range(8))
    (tmp_path / "train.log").write_text(text)
    (run,) = (item for item in load([tmp_path]) if isinstance(item, Run))
    assert not any(16.0 in series.values.tolist() for series in run.series.values())
