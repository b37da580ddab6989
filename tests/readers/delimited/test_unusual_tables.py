"""Further forms of tables: strokes and underscores between the columns, curves in cells, generations, merges."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from logdoc.context.roles import understand
from logdoc.model import Run
from logdoc.readers import load


def runs_of(tmp_path: Path, text: str, name: str) -> list[Run]:
    (tmp_path / name).write_text(text)
    items = list(load([tmp_path / name]))
    assert all(isinstance(item, Run) for item in items), items
    return [item for item in items if isinstance(item, Run)]


@pytest.mark.parametrize("between", [" / ", " | ", ";", "\t"])
@pytest.mark.parametrize("names", [("Generator error", "Discriminator error"), ("training loss", "validation loss")])
def test_two_columns_of_measures_below_their_names_are_a_table(tmp_path, between, names):
    rows = "".join(f"{3 / n:.4f}{between}{4 / n:.4f}\n" for n in range(1, 11))
    (run,) = runs_of(tmp_path, f"{between.join(names)}\n{rows}", "errors.txt")

    assert list(run.series) == list(names)
    assert run.series[names[1]].values.tolist() == [round(4 / n, 4) for n in range(1, 11)]


@pytest.mark.parametrize("text", ["0.5 / 0.7\n0.4 / 0.6\n0.3 / 0.5\n", "a / b\nx / 0.6\n0.3 / 0.5\n0.3 / 0.5\n"])
def test_strokes_without_names_of_measures_are_no_table(tmp_path, text):
    (tmp_path / "notes.txt").write_text(text)
    assert not [item for item in load([tmp_path / "notes.txt"]) if isinstance(item, Run)]


def test_an_epoch_and_its_loss_with_an_underscore_between_are_a_curve_each_file(tmp_path):
    for part, scale in (("train", 3), ("val", 4)):
        (tmp_path / f"{part}_loss.txt").write_text("".join(f"{n}_{scale / n}\n" for n in range(1, 12)))
    runs = [item for item in load([tmp_path]) if isinstance(item, Run)]

    roles = {role: signal for run in runs for role, signal in understand(run).one.items()}
    assert roles["train.loss"].series.steps.tolist() == list(range(1, 12))
    assert roles["val.loss"].series.values.tolist()[0] == 4.0


def test_lists_in_cells_are_a_run_for_every_row(tmp_path):
    rows = [f'part {k},"[{3 / k}, {2 / k}, {1 / k}, 0.1]","[0.5, nan, 0.3]"' for k in range(1, 4)]
    runs = runs_of(tmp_path, "Part,Train Losses,Test Losses\n" + "\n".join(rows) + "\n", "results.csv")

    assert [run.id.rpartition("/")[2] for run in runs] == ["part 1", "part 2", "part 3"]
    assert runs[1].series["Train Losses"].values.tolist() == [1.5, 1.0, 0.5, 0.1]
    assert math.isnan(runs[1].series["Test Losses"].values[1])


def test_a_table_of_settings_with_lists_is_no_log(tmp_path):
    (tmp_path / "grid.csv").write_text('name,layers,units\na,"[8, 8, 8]",3\nb,"[4, 4, 4]",5\nc,"[2, 2, 2]",6\n')
    assert not [item for item in load([tmp_path / "grid.csv"]) if isinstance(item, Run)]


def test_generations_count_and_fitness_is_the_return(tmp_path):
    rows = "".join(f"{n},{40 + n}.5,{20 + n}.25,{n}.1\n" for n in range(15))
    (run,) = runs_of(tmp_path, f"Generation,Top Fitness,Mean Fitness,Run Time (s)\n{rows}", "stats.csv")

    assert run.series["Mean Fitness"].steps.tolist() == list(range(15))
    assert "rl.return" in understand(run).one


def test_a_markdown_table_whose_last_column_is_text_is_read(tmp_path):
    rows = "".join(f"| {n} | {3 / n:.4f} | a text of some {n} words |\n" for n in range(1, 9))
    (run,) = runs_of(tmp_path, f"| Iteration | Loss | Output |\n|---|---|---|\n{rows}", "samples.md")

    assert run.series["Loss"].steps.tolist() == list(range(1, 9))


def test_markers_of_a_merge_are_told_and_lose_nothing(tmp_path):
    text = "epoch,loss\n1,0.5\n2,0.4\n<<<<<<< HEAD\n3,0.3\n4,0.25\n=======\n>>>>>>> other\n5,0.2\n6,0.1\n"
    (run,) = runs_of(tmp_path, text, "log.csv")

    assert run.series["loss"].steps.tolist() == [1, 2, 3, 4, 5, 6]
    assert "3 markers of an unfinished git merge" in run.defects[0].what
    assert not any(defect.lost for defect in run.defects)


def test_values_of_several_curves_at_each_step_that_nothing_names_are_no_loss(tmp_path):
    rows = "".join(f"{step},{value},A_3\n" for step in range(50, 550, 50) for value in (0.01 * step, 9 - step, 77.5))
    (tmp_path / "curve.csv").write_text(f"step,value,run\n{rows}")
    (defect,) = load([tmp_path / "curve.csv"])
    assert "several values stand at every step" in defect.what


def test_one_value_at_each_step_is_still_a_curve(tmp_path):
    rows = "".join(f"{step},{3 / step:.5f}\n" for step in range(50, 1050, 50))
    (run,) = runs_of(tmp_path, f"step,value\n{rows}", "loss.csv")
    assert len(run.series) == 1


def test_a_list_that_only_counts_is_no_loss(tmp_path):
    (tmp_path / "loss_step.txt").write_text("".join(f"{25 * n}\n" for n in range(40)))
    (defect,) = load([tmp_path / "loss_step.txt"])
    assert "its numbers only count" in defect.what


def test_a_list_of_whole_numbers_that_does_not_count_is_a_curve(tmp_path):
    (run,) = runs_of(tmp_path, "".join(f"{900 // (n + 1)}\n" for n in range(40)), "loss.txt")
    assert run.series["loss"].values[0] == 900
