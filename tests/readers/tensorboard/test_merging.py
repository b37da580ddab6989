from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from logdoc.hook.eventfile import EventFile, event_path
from logdoc.model import Run
from logdoc.readers import load


def write(folder: Path, values: dict[str, list[float]], first: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = EventFile(event_path(folder, 100.0), 100.0)
    for i in range(len(next(iter(values.values())))):
        file.scalars(first + i, 100.0 + i, list(values), np.array([column[i] for column in values.values()]))
    file.close()


def one(folder: Path) -> Run:
    runs = list(load([folder]))
    assert len(runs) == 1, runs
    assert isinstance(runs[0], Run)
    return runs[0]


def test_ranks_are_one_run_and_their_statistics_are_pooled(tmp_path: Path) -> None:
    write(
        tmp_path / "run",
        {
            "train/loss": [1.0, 2.0],
            "act_mean/a": [0.0, 0.0],
            "act_std/a": [1.0, 1.0],
            "act_dead_frac/a": [0.5, 0.5],
            "act_absmax/a": [3.0, 3.0],
        },
    )
    write(
        tmp_path / "run" / "rank1",
        {
            "train/loss": [3.0, 2.0],
            "act_mean/a": [2.0, 0.0],
            "act_std/a": [1.0, 3.0],
            "act_dead_frac/a": [0.25, 0.75],
            "act_absmax/a": [9.0, 1.0],
        },
    )
    run = one(tmp_path)
    assert run.id == "run"
    assert run.note.endswith("2 ranks")
    assert run.series["train/loss"].values.tolist() == [2.0, 2.0]
    assert run.series["train/loss_rank1"].values.tolist() == [3.0, 2.0]
    # Two halves with means 0 and 2 and deviations of 1: the whole has a variance of 1 + 1.
    assert run.series["act_std/a"].values == pytest.approx([2**0.5, 5**0.5])
    assert run.series["act_mean/a"].values.tolist() == [1.0, 0.0]
    assert run.series["act_dead_frac/a"].values.tolist() == [0.25, 0.5]
    assert run.series["act_absmax/a"].values.tolist() == [9.0, 3.0]


def test_only_steps_that_all_ranks_logged_are_pooled(tmp_path: Path) -> None:
    write(tmp_path, {"train/loss": [1.0, 2.0, 3.0]})
    write(tmp_path / "rank3", {"train/loss": [5.0, 5.0, 5.0]}, first=1)
    run = one(tmp_path)
    assert run.series["train/loss"].steps.tolist() == [1, 2]
    assert run.series["train/loss"].values.tolist() == [3.5, 4.0]
    assert len(run.series["train/loss_rank3"]) == 3


def test_a_folder_of_that_name_without_a_first_rank_is_a_run_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "rank1", {"train/loss": [1.0, 2.0]})
    write(tmp_path / "rank2", {"train/loss": [1.0, 2.0]})
    assert [run.id for run in load([tmp_path]) if isinstance(run, Run)] == ["rank1", "rank2"]


def test_a_rank_that_is_damaged_loses_no_other(tmp_path: Path) -> None:
    write(tmp_path, {"train/loss": [1.0, 2.0, 3.0]})
    write(tmp_path / "rank1", {"train/loss": [1.0, 2.0, 3.0]})
    broken = next((tmp_path / "rank1").iterdir())
    broken.write_bytes(broken.read_bytes()[:-7])
    run = one(tmp_path)
    assert run.series["train/loss_rank0"].values.tolist() == [1.0, 2.0, 3.0]
    assert any("rank1" in d.source for d in run.defects)
