"""Several trainings appended to one table, each under its header, are a run each."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdoc.model import Run
from logdoc.readers import load


def runs_of(tmp_path: Path, text: str, name: str = "log.csv") -> list[Run]:
    (tmp_path / name).write_text(text)
    items = list(load([tmp_path / name]))
    assert all(isinstance(item, Run) for item in items), items
    return [item for item in items if isinstance(item, Run)]


def rows(first: int, count: int, form: str = "{n},{loss:.4f}") -> str:
    return "".join(form.format(n=n, s=n * 37, loss=2 / n) + "\n" for n in range(first, first + count))


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("epoch,loss", "{n},{loss:.4f}"),
        ("episode;step;reward", "{n};{s};-{loss:.3f}"),
        ("iteration\ttrain_loss\tval_loss", "{n}\t{loss:.4f}\t{loss:.5f}"),
    ],
)
def test_every_header_below_which_the_count_begins_anew_begins_a_run(tmp_path, header, form):
    runs = runs_of(tmp_path, "".join(f"{header}\n{rows(1, count, form)}" for count in (7, 4, 9)))

    assert [max(len(series) for series in run.series.values()) for run in runs] == [7, 4, 9]
    assert all("start again 2 times" in " ".join(defect.what for defect in run.defects) for run in runs)
    assert [run.id.rpartition("/")[2] for run in runs] == ["part 1", "part 2", "part 3"]


def test_a_start_with_other_columns_is_a_run_of_its_own(tmp_path):
    first, second = runs_of(tmp_path, f"epoch,loss\n{rows(1, 5)}epoch,loss,acc\n{rows(1, 6, '{n},{loss:.3f},0.{n}')}")

    assert set(first.series) == {"loss"}
    assert set(second.series) == {"loss", "acc"}


@pytest.mark.parametrize("again", [6, 4])
def test_a_training_that_goes_on_below_its_header_stays_one_run(tmp_path, again):
    (run,) = runs_of(tmp_path, f"epoch,loss\n{rows(1, 5)}epoch,loss\n{rows(again, 5)}")

    assert run.series["loss"].steps.tolist() == list(range(1, again + 5))


def test_a_count_that_goes_on_keeps_a_run_together(tmp_path):
    text = "epoch,global_step,loss\n1,10,3\n2,20,2\n3,30,1.5\nepoch,global_step,loss\n1,40,1.4\n2,50,1.3\n3,60,1.1\n"
    assert len(runs_of(tmp_path, text)) == 1


def test_starts_that_broke_off_at_once_are_told_and_left_out(tmp_path):
    text = "".join(f"epoch,loss\n{rows(1, count)}" for count in (1, 6, 2, 8, 1))
    runs = runs_of(tmp_path, text)

    assert [len(run.series["loss"]) for run in runs] == [6, 8]
    assert "3 starts of fewer than 3 rows (4 in all)" in " ".join(defect.what for defect in runs[0].defects)


def test_what_stands_behind_the_bound_of_starts_is_left_out_and_told_and_judged_as_no_run(tmp_path: Path) -> None:
    runs = runs_of(tmp_path, "".join(f"epoch,loss\n{rows(1, 4)}" for _ in range(1_010)))

    assert len(runs) == 1_001
    assert {len(run.series["loss"]) for run in runs} == {4}
    assert [d.what for d in runs[0].defects if d.id == "DATA023"] == [
        "more than 1,000 starts; the last 36 rows are beyond them and were left out"
    ]


def column(*starts: tuple[float, int], ends: float = 0.03) -> str:
    """Losses that fall from each height for so many rows, in one column."""
    return "".join(f"{ends + (high - ends) * 0.93**i:.6f}\n" for high, count in starts for i in range(count))


def test_starts_of_one_column_are_told_by_where_they_begin(tmp_path):
    runs = runs_of(tmp_path, column((6.1, 80), (0.74, 120), (0.77, 90)), "loss.txt")

    assert [run.series["loss"].values.size for run in runs] == [80, 120, 90]
    assert "falls again" in " ".join(defect.what for defect in runs[0].defects)


@pytest.mark.parametrize(
    "text",
    [
        column((2.2, 300)),
        column((2.2, 90), (0.7, 90)),  # once may be anything
        column((2.2, 90), (0.7, 90), (3.5, 90)),  # thrown to heights of their own
        column((2.2, 80)) + "".join("0.8\n" + "0.031\n" * 30 for _ in range(4)),  # bad batches
    ],
)
def test_a_column_that_leaps_otherwise_is_one_training(tmp_path, text):
    [run] = runs_of(tmp_path, text, "loss.txt")

    assert run.series["loss"].values.size == text.count("\n")
