"""A measure per file: which files of a folder are one run, and which are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from logdoc.model import Run
from logdoc.readers import load

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 30


def table(path: Path, header: str, *, every: int = 1, start: float = 1.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{header}\n" + "".join(f"{i},{start / (i + 1):.5f}\n" for i in range(0, ROWS, every)))


def runs_in(folder: Path) -> dict[str, Run]:
    items = list(load([folder]))
    assert all(isinstance(item, Run) for item in items), items
    return {item.id: item for item in items if isinstance(item, Run)}


def chart(path: Path, metric: str, runs: tuple[str, ...], axis: str = "Step") -> None:
    header = ",".join(f'"{run} - {metric}{band}"' for run in runs for band in ("", "__MIN", "__MAX"))
    rows = "".join(f'"{i * 10}",' + ",".join([f'"{1 / (i + 1):.5f}"'] * 3 * len(runs)) + "\n" for i in range(ROWS))
    path.write_text(f'"{axis}",{header}\n{rows}')


def test_charts_of_the_same_runs_are_these_runs(tmp_path):
    for i, metric in enumerate(("train/loss", "val/loss", "lr")):
        chart(tmp_path / f"wandb_export_2026-01-01T10_0{i}_00.000+00_00.csv", metric, ("first run", "second"))
    runs = runs_in(tmp_path)
    assert sorted(id_.rpartition("/")[2] for id_ in runs) == ["first run", "second"]
    for run in runs.values():
        assert set(run.series) == {"train/loss", "val/loss", "lr"}
        assert len(run.sources) == 3


@pytest.mark.parametrize(
    ("metric", "runs", "axis"), [("lr", ("third",), "Step"), ("lr", ("first",), "epoch"), ("loss", ("first",), "Step")]
)
def test_charts_of_other_runs_another_axis_or_the_same_measure_are_apart(tmp_path, metric, runs, axis):
    chart(tmp_path / "a.csv", "loss", ("first",))
    chart(tmp_path / "b.csv", metric, runs, axis)
    assert len(runs_in(tmp_path)) == 2


def test_a_table_per_measure_is_one_run(tmp_path):
    for name in ("loss", "val_loss", "accuracy"):
        table(tmp_path / f"{name}.csv", f"step,{name}")
    (run,) = runs_in(tmp_path).values()
    assert {name: len(series) for name, series in run.series.items()} == dict.fromkeys(
        ("accuracy", "loss", "val_loss"), ROWS
    )


def test_the_names_of_the_files_say_the_split(tmp_path):
    table(tmp_path / "train.csv", "epoch,loss")
    table(tmp_path / "val.csv", "epoch,loss", start=2.0)
    (run,) = runs_in(tmp_path).values()
    assert run.series["train/loss"].values[0] == 1.0
    assert run.series["val/loss"].values[0] == 2.0


def test_tables_of_several_measures_named_after_the_parts_of_the_data_are_one_run(tmp_path):
    for name in ("train", "valid"):
        (tmp_path / f"{name}.csv").write_text("step,loss,mood\n" + "".join(f"{i},{i + 1},{i}\n" for i in range(ROWS)))
    (run,) = runs_in(tmp_path).values()
    assert set(run.series) == {"train/loss", "train/mood", "val/loss", "val/mood"}


@pytest.mark.parametrize(
    ("header", "begin"), [("step,loss,mood", 500), ("id,loss,mood", 0), ("step,age,mood", 0), ("epoch,loss,mood", 0)]
)
def test_tables_of_the_parts_of_the_data_that_count_otherwise_or_measure_nothing_are_apart(tmp_path, header, begin):
    (tmp_path / "train.csv").write_text("step,loss,mood\n" + "".join(f"{i},{i + 1},{i}\n" for i in range(ROWS)))
    (tmp_path / "test.csv").write_text(f"{header}\n" + "".join(f"{i + begin},{i},{i}\n" for i in range(ROWS)))
    assert "train.csv" in runs_in(tmp_path)


def test_a_validation_that_is_logged_more_rarely_belongs_to_it(tmp_path):
    table(tmp_path / "train_loss.csv", "step,loss")
    table(tmp_path / "val_loss.csv", "step,loss", every=10)
    (run,) = runs_in(tmp_path).values()
    assert {name: len(series) for name, series in run.series.items()} == {"train/loss": 30, "val/loss": 3}


def test_what_is_left_of_the_names_tells_runs_apart(tmp_path):
    for model in ("resnet", "vgg"):
        table(tmp_path / f"{model}_train_loss.csv", "step,loss")
        table(tmp_path / f"{model}_val_loss.csv", "step,loss")
    runs = runs_in(tmp_path)
    assert sorted(id_.rpartition("/")[2] for id_ in runs) == ["resnet", "vgg"]
    assert all(set(run.series) == {"train/loss", "val/loss"} for run in runs.values())


@pytest.mark.parametrize(
    "names", [("lr0.1", "lr0.01"), ("loss_lr0.1", "loss_lr0.01"), ("run1", "run2"), ("loss", "loss2")]
)
def test_the_same_measure_twice_is_two_runs(tmp_path, names):
    for name in names:
        table(tmp_path / f"{name}.csv", "epoch,loss")
    assert len(runs_in(tmp_path)) == 2


def test_files_over_other_steps_are_apart(tmp_path):
    table(tmp_path / "loss.csv", "step,loss")
    (tmp_path / "accuracy.csv").write_text("step,accuracy\n" + "".join(f"{i},0.5\n" for i in range(1000, 1020)))
    assert sorted(runs_in(tmp_path)) == ["accuracy.csv", "loss.csv"]


def test_folders_keep_their_files_to_themselves(tmp_path):
    for folder in ("a", "b"):
        table(tmp_path / folder / "loss.csv", "step,loss")
        table(tmp_path / folder / "lr.csv", "step,lr")
    assert sorted(runs_in(tmp_path)) == ["a", "b"]


class TestCatBoost:
    def write(self, folder: Path) -> None:
        folder.mkdir()
        for name, start in (("learn", 1.0), ("test", 2.0)):
            rows = "".join(f"{i}\t{start / (i + 1):.5f}\t{0.5 + i / 100}\n" for i in range(ROWS))
            (folder / f"{name}_error.tsv").write_text(f"iter\tLogloss\tAUC\n{rows}")
        (folder / "time_left.tsv").write_text(
            "iter\tPassed\tRemaining\n" + "".join(f"{i}\t{i}\t{9}\n" for i in range(ROWS))
        )

    def test_learn_and_test_are_one_run(self, tmp_path):
        self.write(tmp_path / "catboost_info")
        ((id_, run),) = runs_in(tmp_path).items()
        assert id_ == "catboost_info"
        assert set(run.series) == {"train/Logloss", "train/AUC", "val/Logloss", "val/AUC"}
        assert run.series["val/Logloss"].values[0] == 2.0
        assert "clock" in run.left_out["Passed"]

    def test_without_a_validation_it_is_the_training(self, tmp_path):
        self.write(tmp_path / "catboost_info")
        (tmp_path / "catboost_info" / "test_error.tsv").unlink()
        (run,) = runs_in(tmp_path).values()
        assert set(run.series) == {"train/Logloss", "train/AUC"}


class TestBareNumbers:
    def numbers(self, path: Path, count: int = ROWS) -> None:
        path.write_text("".join(f"{1 / (i + 1):.5f}\n" for i in range(count)))

    def test_a_file_named_after_its_measure(self, tmp_path):
        self.numbers(tmp_path / "train_losses.txt")
        (run,) = load([tmp_path / "train_losses.txt"])
        assert isinstance(run, Run)
        assert run.series["train_losses"].steps.tolist() == list(range(ROWS))

    def test_two_of_them_are_one_run_and_a_shorter_one_is_spread(self, tmp_path):
        self.numbers(tmp_path / "train_loss.txt")
        self.numbers(tmp_path / "val_loss.txt", 3)
        (run,) = runs_in(tmp_path).values()
        assert run.series["val_loss"].steps.tolist() == [9, 19, 29]

    def test_a_counter_before_the_number(self, tmp_path):
        (tmp_path / "loss.dat").write_text("".join(f"{i * 5} {1 / (i + 1):.5f}\n" for i in range(ROWS)))
        (run,) = runs_in(tmp_path).values()
        assert run.series["loss"].steps.tolist() == list(range(0, 150, 5))

    @pytest.mark.parametrize(
        "name", ["train.txt", "labels.txt", "scores.txt", "predictions.txt", "val.txt", "ids.txt", "data.dat"]
    )
    def test_numbers_of_other_things_are_no_curves(self, tmp_path, name):
        self.numbers(tmp_path / name)
        assert not [item for item in load([tmp_path]) if isinstance(item, Run)]
