"""A cell that holds no number, a row without its step, a line without its end: told, and never another number."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path

import pytest

from logdoc.model import Run
from logdoc.readers import load
from logdoc.readers.mlflow import parse_metric

sys.path.insert(0, str(Path(__file__).parent / "wandb"))
from wandb_bytes import EXIT, frame, history

COUNT = 30


def loss(i: int) -> float:
    return 2.0 / (1 + 0.1 * i)


def run_of(path: Path) -> Run:
    (run,) = (item for item in load([path]) if isinstance(item, Run))
    return run


def lost(run: Run) -> list[str]:
    return [defect.what for defect in run.defects if defect.lost]


@pytest.mark.parametrize("cell", [[1, 2], "x", [[[1]]]])
def test_a_list_or_a_text_among_numbers_of_a_row_of_json_is_lost(tmp_path: Path, cell: object) -> None:
    rows = [{"step": i, "loss": cell if i == 12 else loss(i)} for i in range(COUNT)]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = run_of(path)
    assert run.series["loss"].values.size == COUNT - 1
    assert len(lost(run)) == 1


def test_a_column_of_lists_is_left_out_and_nothing_is_lost(tmp_path: Path) -> None:
    rows = [{"step": i, "loss": loss(i), "layers": [1] * (i % 3)} for i in range(COUNT)]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert lost(run_of(path)) == []


@pytest.mark.parametrize("cell", ["raw:abc", "raw:[1, 2]", "raw:", "raw:1.0.0"])
def test_what_stands_in_place_of_a_number_in_a_wandb_file_is_lost(tmp_path: Path, cell: str) -> None:
    rows = [history({"_step": i, "loss": cell if i == 12 else loss(i)}) for i in range(COUNT)]
    path = tmp_path / "run-abc.wandb"
    path.write_bytes(frame([*rows, EXIT]))
    run = run_of(path)
    assert run.series["loss"].values.size == COUNT - 1
    assert len(lost(run)) == 1


def test_objects_and_nulls_of_a_wandb_file_are_not_lost(tmp_path: Path) -> None:
    rows = [history({"_step": i, "loss": None if i == 12 else loss(i), "image": {"_type": "file"}}) for i in range(9)]
    path = tmp_path / "run-abc.wandb"
    path.write_bytes(frame([*rows, EXIT]))
    assert lost(run_of(path)) == []


@pytest.mark.parametrize("cell", ["", "abc", "1x", "-inf"])
def test_a_row_without_a_step_where_the_count_leaves_room_is_lost(tmp_path: Path, cell: str) -> None:
    rows = [f"{cell if i == 12 else i}\t{loss(i)}\n" for i in range(COUNT)]
    path = tmp_path / "loss.tsv"
    for header in ("loss", "train/loss"):
        path.write_text(f"step\t{header}\n" + "".join(rows))
        assert lost(run_of(path))


def test_rows_of_another_kind_that_share_a_step_are_not_lost(tmp_path: Path) -> None:
    rows = [f"{i},{loss(i)},\n" + (f",,{loss(i)}\n" if i % 5 == 4 else "") for i in range(COUNT)]
    path = tmp_path / "metrics.csv"
    path.write_text("step,loss,val_loss\n" + "".join(rows))
    assert lost(run_of(path)) == []


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.db"
    with sqlite3.connect(path) as database:
        database.executescript(
            "create table studies (study_id integer primary key, study_name text);"
            "create table trials (trial_id integer primary key, number int, study_id int, state text);"
            "create table trial_params (trial_id int, param_name text, param_value real, distribution_json text);"
            "create table trial_values (trial_id int, objective int, value real, value_type text);"
            "create table trial_intermediate_values (trial_id int, step int, intermediate_value real,"
            " intermediate_value_type text);"
            "insert into studies values (1, 's'); insert into trials values (1, 0, 1, 'COMPLETE');"
        )
        rows = [(1, i, loss(i), "FINITE") for i in range(COUNT)]
        database.executemany("insert into trial_intermediate_values values (?, ?, ?, ?)", rows)
    database.close()
    return path


def test_a_value_of_a_trial_that_is_no_number_is_no_nan(study: Path) -> None:
    with sqlite3.connect(study) as database:
        database.execute("update trial_intermediate_values set intermediate_value = 'abc' where step = 12")
    database.close()
    run = run_of(study)
    assert run.series["objective"].steps.tolist() == [i for i in range(COUNT) if i != 12]
    assert len(lost(run)) == 1


def test_a_database_without_its_last_bytes_is_cut(study: Path) -> None:
    study.write_bytes(study.read_bytes()[:-1])
    assert any("cut short" in what for what in lost(run_of(study)))


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("1700000000012  12", 1),  # without its value
        ("1700000000012 0.5", 1),  # without its step
        ("1700000000012 0.5 1_2", 1),
        ("1700000000012 0.5 12", 0),
    ],
)
def test_a_line_of_a_metric_that_lost_a_field_is_broken(line: str, broken: int) -> None:
    lines = [f"17000000000{i:02} {loss(i)} {i}" for i in range(COUNT)]
    lines[12] = line
    _, values, steps, found = parse_metric("".join(f"{one}\n" for one in lines).encode())
    assert found == broken
    assert values.size == steps.size == COUNT - broken


def test_a_metric_that_breaks_off_anywhere_in_its_last_line_gives_no_other_number() -> None:
    lines = [f"17000000000{i:02} {loss(i)} {i}" for i in range(95, 108)]
    whole = "".join(f"{one}\n" for one in lines).encode()
    _, known, _, _ = parse_metric(whole)
    for missing in range(2, len(lines[-1])):
        _, values, steps, broken = parse_metric(whole[:-missing])
        assert values.tolist() == known[:-1].tolist()
        assert steps.tolist() == list(range(95, 107))
        assert broken == 1
    _, values, _, broken = parse_metric(whole[:-1])
    assert values.size == known.size
    assert broken == 0


def test_a_metric_file_that_holds_something_else_makes_its_run_incomplete(tmp_path: Path) -> None:
    metrics = tmp_path / "0" / "abc" / "metrics"
    metrics.mkdir(parents=True)
    (metrics.parent / "meta.yaml").write_text("run_id: abc\n")
    (metrics / "loss").write_text("".join(f"17000000000{i:02} {loss(i)} {i}\n" for i in range(COUNT)))
    (metrics / "val_loss").write_bytes(b"\xfe\x01\x02" * 200)
    assert lost(run_of(tmp_path))


def test_a_metric_of_sacred_with_fewer_values_than_steps_is_lost_data(tmp_path: Path) -> None:
    steps, values = list(range(COUNT)), [loss(i) for i in range(COUNT)]
    document = {
        "loss": {"steps": steps, "values": values[:20], "timestamps": []},
        "acc": {"steps": steps, "values": values, "timestamps": []},
        "f1": {"steps": steps, "timestamps": []},
    }
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(document))
    assert len(lost(run_of(path))) == 2


def test_digits_that_no_number_can_hold_are_no_infinity(tmp_path: Path) -> None:
    rows = [{"step": i, "loss": "1e400" if i == 12 else str(loss(i))} for i in range(COUNT)]
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = run_of(path)
    assert run.series["loss"].steps.tolist() == [i for i in range(COUNT) if i != 12]
    assert len(lost(run)) == 1


def test_a_study_without_its_parameters_is_read(study: Path) -> None:
    with sqlite3.connect(study) as database:
        database.execute("drop table trial_params")
    database.close()
    assert run_of(study).series["objective"].values.size == COUNT


def test_rows_in_front_of_the_first_step_are_lost_where_the_count_leaves_room(tmp_path: Path) -> None:
    rows = [f"{'' if i < 10 else i},{loss(i)}\n" for i in range(COUNT)]
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n" + "".join(rows))
    assert lost(run_of(path))
