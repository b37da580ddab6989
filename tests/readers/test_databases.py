from __future__ import annotations

import json
import math
import sqlite3

import pytest

from logdoc.model import Defect, Run
from logdoc.readers import load


@pytest.fixture
def mlflow(tmp_path):
    path = tmp_path / "mlflow.db"
    database = sqlite3.connect(path)
    database.executescript(
        "create table runs (run_uuid text, name text, status text, start_time int, end_time int, lifecycle_stage text);"
        "create table metrics (key text, value real, timestamp int, step int, is_nan int, run_uuid text);"
        "create table params (key text, value text, run_uuid text); create table latest_metrics (key text);"
    )
    database.execute(
        "insert into runs values ('u1', 'good', 'FINISHED', 1, 2, 'active'), ('u2', 'gone', 'FAILED', 3, 4, 'deleted')"
    )
    rows = [("loss", 0.0 if i == 3 else 1.0 / (i + 1), 1_700_000_000_000 + i, i, int(i == 3), "u1") for i in range(6)]
    rows.append(("loss", 1.7976931348623157e308, 1_700_000_000_010, 6, 0, "u1"))
    database.executemany("insert into metrics values (?, ?, ?, ?, ?, ?)", rows)
    database.execute("insert into params values ('lr', '0.1', 'u1'), ('amp', 'True', 'u1')")
    database.commit()
    yield path, database
    database.close()


def test_mlflow_hides_nan_as_zero_and_infinity_as_the_largest_number(mlflow):
    run, _ = sorted(load([mlflow[0]]), key=lambda item: isinstance(item, Defect))
    values = run.series["loss"].values
    assert math.isnan(values[3])
    assert values[6] == math.inf
    assert values[0] == 1.0
    assert run.config == {"lr": 0.1, "amp": True}


def test_deleted_runs_are_left_out_and_told(mlflow):
    items = list(load([mlflow[0]]))
    assert len([item for item in items if isinstance(item, Run)]) == 1
    assert any("deleted" in item.what for item in items if isinstance(item, Defect))


def test_what_is_still_in_the_write_ahead_log_is_read_and_nothing_is_written(mlflow):
    path, database = mlflow
    database.execute("pragma journal_mode=wal")
    database.execute("insert into metrics values ('loss', 0.25, 1700000000020, 7, 0, 'u1')")
    database.commit()
    before = {entry.name: entry.read_bytes() for entry in path.parent.iterdir()}
    run = next(item for item in load([path]) if isinstance(item, Run))
    assert run.series["loss"].values[-1] == 0.25
    assert {entry.name: entry.read_bytes() for entry in path.parent.iterdir() if not entry.name.endswith("-shm")} == {
        name: data for name, data in before.items() if not name.endswith("-shm")
    }


def test_a_damaged_database_is_told(mlflow):
    path, database = mlflow
    database.close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(bytes(data))
    items = list(load([path]))
    assert any(isinstance(item, Defect) and item.lost for item in items)


def test_other_databases_are_no_logs(tmp_path):
    with sqlite3.connect(tmp_path / "optuna.db") as database:
        database.execute("create table trials (x int)")
    database.close()
    assert [item for item in load([tmp_path]) if isinstance(item, Run)] == []


def test_trackio_writes_nan_as_text(tmp_path):
    database = sqlite3.connect(tmp_path / "p.db")
    database.execute(
        "create table metrics (id integer primary key, timestamp text, run_name text, step int, metrics text)"
    )
    database.execute("create table configs (run_name text, config text)")
    for name in ("a", "b"):
        for i in range(4):
            row = {"train/loss": "NaN" if i == 2 else "Infinity" if i == 3 else 0.5}
            database.execute(
                "insert into metrics values (null, ?, ?, ?, ?)", (f"2026-01-01T00:00:0{i}", name, i, json.dumps(row))
            )
    database.execute("insert into configs values ('a', ?)", (json.dumps({"lr": 0.1, "_user": "x"}),))
    database.commit()
    database.close()
    runs = {item.id: item for item in load([tmp_path]) if isinstance(item, Run)}
    assert set(runs) == {"p.db/a", "p.db/b"}
    values = runs["p.db/a"].series["train/loss"].values
    assert math.isnan(values[2])
    assert values[3] == math.inf
    assert runs["p.db/a"].config == {"lr": 0.1}


class TestFileStore:
    def store(self, tmp_path, **metrics):
        run = tmp_path / "mlruns" / "0" / "abc"
        for name, text in metrics.items():
            path = run / "metrics" / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (run / "params").mkdir()
        (run / "params" / "lr").write_text("0.1")
        return run

    def test_two_three_and_five_fields_and_slashes(self, tmp_path):
        five = "".join(f"17000000000{i:02} 0.{i} {i} x y\n" for i in range(5))
        self.store(tmp_path, train__loss=five, acc="1700000000000 nan 0\n1700000000001 inf 1\n1700000000002 0.5 2\n")
        (run,) = load([tmp_path])
        assert run.series["train/loss"].steps.tolist() == [0, 1, 2, 3, 4]
        assert math.isnan(run.series["acc"].values[0])
        assert run.series["acc"].values[1] == math.inf
        assert run.config == {"lr": 0.1}

    def test_metrics_logged_without_steps_are_in_the_order_of_their_times(self, tmp_path):
        self.store(tmp_path, loss="1700000000003 0.3 0\n1700000000001 0.9 0\n1700000000002 0.6 0\n")
        (run,) = load([tmp_path])
        assert run.series["loss"].values.tolist() == [0.9, 0.6, 0.3]
        assert run.series["loss"].axis == "index"
        assert any("order of their times" in defect.what for defect in run.defects)

    def test_a_broken_line_is_told(self, tmp_path):
        self.store(
            tmp_path,
            loss="1700000000001 0.9 0\n17000000\n1700000000002 0.6 1\n1700000000003 0.5 99999999999999999999999\n",
        )
        (run,) = load([tmp_path])
        assert len(run.series["loss"]) == 2
        assert run.defects[0].lost
