"""Files of validation that name no part of the data in their lines: the name of the file does, beside that of training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from logdoc import load_runs

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, *, ends: float, word: str = "loss") -> None:
    path.write_text("".join(f"epoch {i} {word} {2 / i + ends:.4f} lr 0.01\n" for i in range(1, 15)), encoding="utf-8")


@pytest.mark.parametrize(
    ("train", "held", "name"),
    [
        ("train.log", "val.log", "val loss"),
        ("train_loss_wide.txt", "val_loss_wide.txt", "val loss"),
        ("train.log", "test.log", "test loss"),
    ],
)
def test_the_name_of_a_file_beside_that_of_training_says_what_was_measured_on(
    tmp_path: Path, train: str, held: str, name: str
) -> None:
    write(tmp_path / train, ends=0.0)
    write(tmp_path / held, ends=0.4)

    runs = {run.id: run for run in load_runs(tmp_path)}

    assert [series.name for series in runs[held].series.values()] == [name, "lr"]
    assert "loss" in runs[train].series


@pytest.mark.parametrize(
    ("beside", "held", "word"),
    [
        ("notes.log", "val.log", "loss"),  # nothing says that training has a file of its own
        ("train_narrow.log", "val_wide.log", "loss"),
        ("train.log", "val.log", "train_loss"),
    ],
)
def test_names_stay_as_they_are_without_a_file_of_training_or_where_they_say_it(
    tmp_path: Path, beside: str, held: str, word: str
) -> None:
    write(tmp_path / beside, ends=0.0)
    write(tmp_path / held, ends=0.4, word=word)

    [run] = [run for run in load_runs(tmp_path) if run.id == held]

    assert word in run.series
