"""Small damage costs what it touches: lines of a text, rows of a database, points of a step."""

from __future__ import annotations

import json
import sqlite3

import numpy as np
import pytest

from logdoc import api
from logdoc.hook.eventfile import EventFile
from logdoc.readers import load
from logdoc.readers import tensorboard as events
from logdoc.readers.console.reading import without_holes
from logdoc.report.table import write_table


def console(count=60):
    return "".join(f"epoch {i} loss {2 / (1 + 0.1 * i):.4f} acc {1 - 1 / (2 + i):.4f}\n" for i in range(count)).encode()


@pytest.mark.parametrize("zeros", [100, 9_000, 100_000])
def test_a_text_that_was_emptied_while_its_program_went_on_writing_is_read_from_there(tmp_path, zeros):
    (tmp_path / "notes.txt").write_bytes(bytes(zeros) + console())
    for path in (tmp_path, tmp_path / "notes.txt"):
        (run,) = api.analyze(path).runs
        (read,) = load([path])
        assert len(read.series["loss"].values) == 60
        assert run.verdict != "incomplete"
        assert [d.lost for d in run.defects if d.id == "DATA003"] == [False]


@pytest.mark.parametrize(("at", "size"), [(200, 500), (700, 64), (0, 100), (1, 9)])
def test_a_hole_in_a_text_costs_its_lines_only(tmp_path, at, size):
    data = bytearray(console())
    data[at : at + size] = bytes(len(data[at : at + size]))
    (tmp_path / "train.log").write_bytes(bytes(data))
    (run,) = api.analyze(tmp_path / "train.log").runs
    assert run.verdict == "incomplete"
    assert any(d.id == "DATA003" and d.lost for d in run.defects)
    (read,) = load([tmp_path / "train.log"])
    lost_lines = console()[: at + size].count(b"\n") - console()[:at].count(b"\n") + 1
    assert len(read.series["loss"]) >= 60 - lost_lines - 1


def test_a_text_in_utf_16_has_no_holes():
    data = console().decode().encode("utf-16")
    assert without_holes(data) == (data, 0)


@pytest.mark.parametrize("cell", ["x", b"\xff\xfe", "1e3", 1e300])
@pytest.mark.parametrize("column", ["value", "step", "timestamp"])
def test_a_value_of_another_type_costs_its_row(tmp_path, column, cell):
    path = tmp_path / "mlflow.db"
    with sqlite3.connect(path) as database:
        database.executescript(
            "create table runs (run_uuid text, name text, status text, lifecycle_stage text, start_time int);"
            "create table params (key text, value text, run_uuid text);"
            "create table metrics (key text, value, timestamp, run_uuid text, step, is_nan int);"
        )
        database.execute("insert into runs values ('r', 'one', 'FINISHED', 'active', 1)")
        for i in range(50):
            row = ("loss", 2 / (1 + i), 1_700_000_000_000 + i, "r", i, 0)
            database.execute("insert into metrics values (?, ?, ?, ?, ?, ?)", row)
        database.execute(f"update metrics set {column} = ? where step = 20", (cell,))  # noqa: S608
    database.close()
    (run,) = load([path])
    fine = column == "value" and cell == 1e300
    assert len(run.series["loss"]) == (50 if fine else 49)
    assert any(d.lost for d in run.defects) != fine


def test_points_that_stand_at_one_step_are_told(tmp_path):
    path = tmp_path / "events.out.tfevents.1.host"
    file = EventFile(path, 1.7e9)
    for i in range(50):
        for again in range(2):
            file.scalars(i, 1.7e9 + i, ("loss",), np.array([1 / (1 + i) + again]))
    file.close()
    (run,) = load([path])
    (told,) = [d for d in run.defects if d.id == "DATA009"]
    assert told.what.startswith("50 points of 'loss'")


def test_an_event_file_that_shrinks_while_it_is_read_is_told_and_what_is_left_is_read(tmp_path, monkeypatch):
    path = tmp_path / "events.out.tfevents.1.host"
    file = EventFile(path, 1.7e9)
    for i in range(4000):
        file.scalars(i, 1.7e9 + i, ("loss",), np.array([1 / (1 + i)]))
    file.close()
    data = path.read_bytes()
    monkeypatch.setattr(events, "_LARGE", 1000)
    real = events._bytes_of

    def shrinking(place, size):
        place.write_bytes(data[: len(data) // 2])
        return real(place, size)

    monkeypatch.setattr(events, "_bytes_of", shrinking)
    (run,) = load([path])
    assert 1900 < len(run.series["loss"]) < 2100
    assert any(d.id == "DATA012" and d.lost for d in run.defects)


@pytest.mark.parametrize("inside", [True, False])
def test_lines_of_json_that_are_longer_than_a_head_are_read(tmp_path, inside):
    layers = {f"grad_norm/layer{i:04}.self_attention.weight": 1.5 for i in range(2000)}
    rows = (json.dumps({"step": i, "loss": 2 / (1 + i), **layers}) for i in range(20))
    (tmp_path / "log.jsonl").write_text("\n".join(rows) + "\n")
    (run,) = load([tmp_path if inside else tmp_path / "log.jsonl"])
    assert len(run.series) == 2001
    assert len(run.series["loss"]) == 20


@pytest.mark.parametrize(
    "first", [2**63, 2**64, 10**300, 10**400, -(10**6)], ids=["2^63", "2^64", "e300", "e400", "neg"]
)
def test_steps_that_no_integer_of_64_bits_holds_are_told(tmp_path, first):
    (tmp_path / "log.csv").write_text("step,loss\n" + "".join(f"{first + i},{1 / (1 + i)}\n" for i in range(30)))
    (run,) = load([tmp_path / "log.csv"])
    assert any(d.id == "DATA015" and "'step'" in d.what for d in run.defects)
    assert len(run.series["loss"]) == 30


@pytest.mark.parametrize("name", ["log.csv", "log.jsonl", "train.log"])
def test_a_row_with_an_older_step_costs_no_other_and_is_told(tmp_path, name):
    steps = [5 if i == 30 else i for i in range(60)]
    form = {"log.csv": "{},{}", "log.jsonl": '{{"step": {}, "loss": {}}}', "train.log": "step {} loss {}"}[name]
    rows = [form.format(step, round(1 / (1 + i), 4)) for i, step in enumerate(steps)]
    (tmp_path / name).write_text("\n".join(["step,loss", *rows] if name == "log.csv" else rows) + "\n")
    (run,) = load([tmp_path / name])
    assert run.series["loss"].steps.tolist() == sorted(set(steps))
    assert run.restarts == ()
    assert any(d.id == "DATA015" and "older step" in d.what for d in run.defects)


def test_names_in_a_table_of_values_start_no_formula(tmp_path):
    (tmp_path / "=1+1.csv").write_text(
        "step,=HYPERLINK(0),+x,-y,@z,loss\n" + "".join(f"{i},1,2,3,4,-5\n" for i in range(9))
    )
    with (tmp_path / "out").open("wb") as stream:
        write_table(load([tmp_path / "=1+1.csv"]), "csv", stream)
    rows = (tmp_path / "out").read_text().splitlines()[1:]
    assert len(rows) == 45
    for row in rows:
        run, tag = row.replace('"', "").split(",")[:2]
        assert run == "'=1+1.csv"
        assert tag == "loss" or tag.startswith("'")
    assert any(",-5.0," in row for row in rows)
