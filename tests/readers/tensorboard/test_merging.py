from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from logdoc.hook.eventfile import EventFile, event_path
from logdoc.model import Run, Series
from logdoc.readers import load
from logdoc.readers.tensorboard.merging import merged, rank_of


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


def rank(number: int, *, first: int = 0, timed: bool = True, **curves: list[float]) -> Run:
    series = {}
    for key, values in curves.items():
        name = key.replace("__", "/")
        steps = np.arange(first, first + len(values))
        series[name] = Series(name, steps, np.array(values, dtype=float), 50.0 + 2 * steps if timed else None)
    return Run("run", "tensorboard", (f"events.{number}",), series=series, note="events")


def test_the_only_rank_is_the_run() -> None:
    alone = rank(0, train__loss=[1, 2])

    assert merged(alone, {}) is alone


def test_sources_defects_and_curves_of_all_ranks_stand_in_the_order_of_their_numbers() -> None:
    run = merged(rank(0, train__loss=[1, 2]), {10: rank(10, train__loss=[5, 6]), 2: rank(2, train__loss=[3, 4])})

    assert run.sources == ("events.0", "events.2", "events.10")
    assert list(run.series) == ["train/loss", "train/loss_rank0", "train/loss_rank2", "train/loss_rank10"]
    assert run.series["train/loss_rank10"].name == "train/loss_rank10"
    assert run.series["train/loss"].values.tolist() == [3, 4]
    assert run.note == "events, 3 ranks"


@pytest.mark.parametrize("timed", [True, False])
def test_times_are_those_of_rank_0_at_the_common_steps(timed: bool) -> None:
    run = merged(rank(0, timed=timed, train__loss=[1, 2, 3]), {1: rank(1, first=1, train__loss=[5, 6, 7])})
    curve = run.series["train/loss"]

    assert curve.steps.tolist() == [1, 2]
    assert curve.values.tolist() == [3.5, 4.5]
    assert (curve.times.tolist() if curve.times is not None else None) == ([52, 54] if timed else None)


def test_a_share_is_averaged_a_largest_value_the_largest_and_the_rest_that_of_rank_0() -> None:
    names = "act_mean__a act_zero_frac__a act_sat_frac__a act_absmax__a act_nonfinite__a act_dead_frac__a grad_norm__a"
    run = merged(
        rank(0, **{name: [0.25, 0.5] for name in names.split()}),
        {1: rank(1, **{name: [0.75, 0.0] for name in names.split()})},
    )

    assert {name: series.values.tolist() for name, series in run.series.items()} == {
        "act_mean/a": [0.5, 0.25],
        "act_zero_frac/a": [0.5, 0.25],
        "act_sat_frac/a": [0.5, 0.25],
        "act_absmax/a": [0.75, 0.5],
        "act_nonfinite/a": [0.75, 0.5],
        "act_dead_frac/a": [0.25, 0.0],
        "grad_norm/a": [0.25, 0.5],
    }


def test_gradient_norms_of_every_rank_stay_beside() -> None:
    run = merged(rank(0, train__grad_norm=[1, 2]), {1: rank(1, train__grad_norm=[3, 4])})

    assert run.series["train/grad_norm"].values.tolist() == [1, 2]
    assert run.series["grad_norm_rank0"].values.tolist() == [1, 2]
    assert run.series["grad_norm_rank1"].values.tolist() == [3, 4]


@pytest.mark.parametrize(
    "other",
    [
        rank(1, act_std__a=[3, 3]),
        rank(1, act_mean__a=[3, 3]),
        rank(1, first=2, act_std__a=[3, 3], act_mean__a=[3, 3]),
        rank(1, act_std__b=[3, 3], act_mean__a=[0, 0]),
    ],
    ids=["without means", "without deviations", "at other steps", "of another layer"],
)
def test_deviations_that_cannot_be_pooled_are_those_of_rank_0(other: Run) -> None:
    run = merged(rank(0, act_std__a=[1, 1], act_mean__a=[0, 0]), {1: other})

    assert run.series["act_std/a"].values.tolist() == [1, 1]
    assert run.series["act_std/a"].steps.tolist() == [0, 1]


def test_deviations_of_equal_numbers_are_zero_however_they_are_rounded() -> None:
    mean = 1e8 + 1 / 3
    run = merged(rank(0, act_std__a=[0.0], act_mean__a=[mean]), {1: rank(1, act_std__a=[0.0], act_mean__a=[mean])})

    assert run.series["act_std/a"].values.tolist() == [0.0]


@pytest.mark.parametrize(
    ("name", "number"),
    [("rank0", 0), ("rank_12", 12), ("rank", None), ("rank3b", None), ("my_rank3", None), ("rank-1", None)],
)
def test_a_folder_is_of_a_rank_by_its_name(name: str, number: int | None) -> None:
    assert rank_of(Path("logs") / name) == number
