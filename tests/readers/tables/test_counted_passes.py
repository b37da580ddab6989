"""A count that starts again for every fold or task: runs of their own, or one course."""

from __future__ import annotations

import json

import pytest

from logdoc.model import Run
from logdoc.readers import load


def runs_in(path):
    return [item for item in load([path]) if isinstance(item, Run)]


def rows(outer, widths, first=0):
    counted = [(part, epoch) for part, width in enumerate(widths) for epoch in range(first, first + width)]
    return [{outer: part, "epoch": epoch, "loss": 9 - i / 10} for i, (part, epoch) in enumerate(counted)]


def written(path, table):
    lines = [",".join(table[0]), *(",".join(map(str, row.values())) for row in table)]
    path.write_text("\n".join(lines))


@pytest.mark.parametrize("outer", ["fold", "seed", "k_fold", "repeat"])
def test_a_fold_is_a_run_of_its_own(tmp_path, outer):
    written(tmp_path / "log.csv", rows(outer, (5, 4, 6)))
    found = runs_in(tmp_path)
    assert [len(run.series["loss"]) for run in found] == [5, 4, 6]
    assert [run.id.rpartition("/")[2] for run in found] == [f"{outer} {i}" for i in range(3)]
    assert outer not in found[0].series


@pytest.mark.parametrize("outer", ["task", "round", "stage", "training_exp"])
@pytest.mark.parametrize("first", [0, 1])
def test_the_next_task_goes_on(tmp_path, outer, first):
    written(tmp_path / "log.csv", rows(outer, (5, 3, 6), first))
    (run,) = runs_in(tmp_path)
    assert run.series["loss"].steps.tolist() == list(range(first, first + 14))
    assert run.series["loss"].values.tolist() == [9 - i / 10 for i in range(14)]


def test_lines_of_json_are_told_apart_as_a_table_is(tmp_path):
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, rows("fold", (5, 5)))))
    assert [len(run.series["loss"]) for run in runs_in(tmp_path)] == [5, 5]


@pytest.mark.parametrize("outer", ["attempt", "version", "lr"])
def test_a_column_of_another_name_leaves_a_restart_a_restart(tmp_path, outer):
    written(tmp_path / "log.csv", rows(outer, (5, 5)))
    (run,) = runs_in(tmp_path)
    assert len(run.series["loss"]) == 5


def test_a_fold_that_changes_within_a_course_is_none(tmp_path):
    table = [{"fold": i % 2, "epoch": i // 2, "loss": 9 - i / 10} for i in range(10)]
    written(tmp_path / "log.csv", table)
    (run,) = runs_in(tmp_path)
    assert "fold" in run.series


def test_an_epoch_that_goes_back_within_a_fold_is_a_restart(tmp_path):
    table = rows("fold", (5, 5))
    table[3]["epoch"] = 1
    written(tmp_path / "log.csv", table)
    assert len(runs_in(tmp_path)) == 1
