from __future__ import annotations

import gzip
import json
import math
import sqlite3
from pathlib import Path

import pytest

from logdoc.model import Defect, Run
from logdoc.readers import load

WRITTEN = Path(__file__).parents[1] / "written"


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


def test_what_was_logged_late_at_an_older_step_is_sorted_in(mlflow):
    path, database = mlflow
    rows = [("val", 1.0 / (i + 1), 1_700_000_000_100 + i, step, 0, "u1") for i, step in enumerate((0, 2, 4, 1))]
    database.executemany("insert into metrics values (?, ?, ?, ?, ?, ?)", rows)
    database.commit()
    run = next(item for item in load([path]) if isinstance(item, Run))
    assert run.series["val"].steps.tolist() == [0, 1, 2, 4]
    assert run.series["val"].values.tolist() == [1.0, 0.25, 0.5, 1.0 / 3]
    assert any("logged late" in defect.what for defect in run.defects)


def test_a_run_that_began_again_is_not_sorted(mlflow):
    path, database = mlflow
    rows = [("loss", 0.1, 1_700_000_001_000 + i, i, 0, "u1") for i in range(3)]
    rows += [("val", 1.0, 1_700_000_000_100 + i, step, 0, "u1") for i, step in enumerate((0, 2, 4, 1))]
    database.executemany("insert into metrics values (?, ?, ?, ?, ?, ?)", rows)
    database.commit()
    run = next(item for item in load([path]) if isinstance(item, Run))
    assert run.series["loss"].steps.tolist() == [0, 1, 2]
    assert run.restarts == (0,)
    assert run.series["val"].steps.tolist() == [0, 1]


def test_tables_are_asked_for_and_not_searched_in_the_first_bytes(mlflow, tmp_path):
    path, database = mlflow
    for i in range(40):
        # What stands first in a database is the newest definition; these push that of the metrics out of the head.
        database.execute(
            f"create table filler{i} ({', '.join(f'column_{j:04}_of_the_filler text' for j in range(100))})"
        )
    database.commit()
    moved = tmp_path / "sub" / "anything.sqlite3"
    moved.parent.mkdir()
    moved.write_bytes(path.read_bytes().replace(b"latest_metrics", b"latest_xxxxxxx"))
    path.unlink()
    (run,) = [item for item in load([tmp_path]) if isinstance(item, Run)]
    assert run.series["loss"].steps.tolist() == list(range(7))


def test_databases_of_other_things_are_passed_over_in_a_folder_and_told_alone(tmp_path):
    path = tmp_path / "cache" / "pages.db"
    path.parent.mkdir()
    database = sqlite3.connect(path)
    database.execute("create table pages (name text, metrics text)")
    database.commit()
    database.close()
    (item,) = load([tmp_path])
    assert isinstance(item, Defect)
    assert "none of them" in item.what or "no known log" in item.what
    (item,) = load([path])
    assert isinstance(item, Defect)
    assert "Optuna" in item.what


class TestTrackio:
    def write(self, path, rows, configs=()):
        database = sqlite3.connect(path)
        database.execute(
            "create table metrics"
            " (id integer primary key, run_id text, timestamp text, run_name text, step int, metrics text)"
        )
        database.execute("create table configs (run_id text, run_name text, config text)")
        database.executemany(
            "insert into metrics (run_id, timestamp, run_name, step, metrics) values (?, ?, ?, ?, ?)",
            [
                (run, f"2026-01-01T00:00:{i:02}", name, step, json.dumps(row).encode())
                for i, (run, name, step, row) in enumerate(rows)
            ],
        )
        database.executemany("insert into configs values (?, ?, ?)", configs)
        database.commit()
        database.close()
        return path

    def test_two_runs_of_one_name_are_told_apart_by_their_ids(self, tmp_path):
        rows = [("aaaa", "r", 0, {"loss": 1.0}), ("aaaa", "r", 1, {"loss": 0.5}), ("bbbb", "r", 0, {"loss": 0.25})]
        configs = [("aaaa", "r", '{"lr": 0.1}'), ("bbbb", "r", '{"lr": 0.2}')]
        first, second = load([self.write(tmp_path / "p.db", rows, configs)])
        assert first.series["loss"].values.tolist() == [1.0, 0.5]
        assert second.series["loss"].values.tolist() == [0.25]
        assert (first.config, second.config) == ({"lr": 0.1}, {"lr": 0.2})
        assert first.id != second.id

    def test_the_step_of_the_training_counts_before_that_of_the_calls(self, tmp_path):
        rows = [("a", "r", i, {"train/loss": 1 / (i + 1), "train/global_step": i * 50}) for i in range(8)]
        (run,) = load([self.write(tmp_path / "p.db", rows)])
        assert run.series["train/loss"].steps.tolist() == list(range(0, 400, 50))


def test_the_folder_of_a_logged_model_is_no_run(tmp_path):
    for home in ("0/abc123", "0/models/m-0123abcd"):
        folder = tmp_path / "mlruns" / home / "metrics"
        folder.mkdir(parents=True)
        (folder / "loss").write_text("".join(f"{1_700_000_000_000 + i} {1 / (i + 1)} {i}\n" for i in range(9)))
        (folder.parent / "meta.yaml").write_text("status: 3\nrun_name: x\n")
    items = list(load([tmp_path]))
    assert [type(item) for item in items] == [Run]
    assert items[0].defects == ()


class TestOptuna:
    def write(self, path, directions=("MINIMIZE",), *, typed=True):
        database = sqlite3.connect(path)
        database.executescript(
            "create table studies (study_id integer primary key, study_name text);"
            "create table study_directions (study_id int, direction text, objective int);"
            "create table trials (trial_id integer primary key, number int, study_id int, state text);"
            "create table trial_params (trial_id int, param_name text, param_value real, distribution_json text);"
            "create table trial_values (trial_id int, objective int, value real);"
            "create table trial_intermediate_values (trial_id int, step int, intermediate_value real);"
            "insert into studies values (1, 'tune');"
        )
        if typed:
            database.execute("alter table trial_values add column value_type text")
            database.execute("alter table trial_intermediate_values add column intermediate_value_type text")
        database.executemany(
            "insert into study_directions values (1, ?, ?)", [(d, i) for i, d in enumerate(directions)]
        )
        return database

    def test_nan_and_infinity_are_marked_beside_the_value(self, tmp_path):
        database = self.write(tmp_path / "o.db")
        database.execute("insert into trials values (1, 0, 1, 'COMPLETE'), (2, 1, 1, 'WAITING')")
        rows = [(1, 0, 1.5, "FINITE"), (1, 1, None, "NAN"), (1, 2, None, "INF_NEG")]
        database.executemany("insert into trial_intermediate_values values (?, ?, ?, ?)", rows)
        choices = json.dumps({"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam"]}})
        database.execute("insert into trial_params values (1, 'opt', 1.0, ?), (1, 'lr', 0.1, '{}')", (choices,))
        database.commit()
        database.close()
        (run,) = load([tmp_path / "o.db"])
        assert str(run.series["objective"].values.tolist()) == "[1.5, nan, -inf]"
        assert run.config == {"opt": "adam", "lr": 0.1}

    def test_final_values_alone_are_single_points_and_old_schemas_have_no_types(self, tmp_path):
        database = self.write(tmp_path / "o.db", ("MAXIMIZE", "MINIMIZE"), typed=False)
        database.execute("insert into trials values (1, 0, 1, 'COMPLETE'), (2, 1, 1, 'RUNNING')")
        database.execute("insert into trial_values values (1, 0, 0.5), (1, 1, 2.5)")
        database.commit()
        database.close()
        done, running = load([tmp_path / "o.db"])
        assert {name: s.values.tolist() for name, s in done.series.items()} == {"score 0": [0.5], "objective 1": [2.5]}
        assert "killed" in running.defects[0].what


def test_a_text_that_is_no_utf8_costs_itself_only(mlflow):
    path, database = mlflow
    database.execute("insert into params values (cast(x'6cff72' as text), '0.5', 'u1')")
    database.commit()
    run = next(item for item in load([path]) if isinstance(item, Run))
    assert len(run.series["loss"]) == 7
    assert run.config["l\ufffdr"] == 0.5


@pytest.mark.parametrize("cell", ["x", b"\xff\xfe", "1e"])
@pytest.mark.parametrize(
    ("tool", "table", "column"),
    [
        ("trackio", "metrics", "metrics"),
        ("trackio", "metrics", "step"),
        ("optuna", "trial_intermediate_values", "intermediate_value"),
        ("optuna", "trial_intermediate_values", "step"),
        ("mlflow", "metrics", "value"),
        ("mlflow", "metrics", "step"),
    ],
)
def test_a_bad_value_costs_its_row_in_the_database_of_every_tool_and_is_told(tmp_path, tool, table, column, cell):
    (packed,) = (WRITTEN / tool).rglob("*.db.gz")
    path = tmp_path / packed.name.removesuffix(".gz")
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    before = sum(len(curve) for run in load([path]) for curve in run.series.values())
    with sqlite3.connect(path) as database:
        place = f"(select rowid from {table} limit 1 offset 3)"  # noqa: S608
        database.execute(f"update {table} set {column} = ? where rowid = {place}", (cell,))  # noqa: S608
    database.close()
    runs = list(load([path]))
    assert before - 5 <= sum(len(curve) for run in runs for curve in run.series.values()) < before
    assert [defect.what[:5] for run in runs for defect in run.defects if defect.lost] == ["1 row"]
    assert "no values that can be read" in str([defect.what for run in runs for defect in run.defects])


def test_values_of_no_run_are_told(mlflow):
    path, database = mlflow
    database.execute("insert into metrics values ('loss', 0.5, 1700000000030, 8, 0, 'u9'), ('a', 1, 1, 1, 0, null)")
    database.commit()
    told = [item for item in load([path]) if isinstance(item, Defect) and item.lost]
    assert [defect.what for defect in told] == ["2 rows of the metrics belong to no run of the database"]


@pytest.mark.parametrize("table", ["runs", "metrics"])
def test_a_database_of_mlflow_without_one_of_its_tables_is_told(mlflow, table):
    path, database = mlflow
    database.executescript(f"create table experiments (name text); drop table {table}")
    database.commit()
    (defect,) = load([path.parent])
    assert defect.lost
    assert table in defect.what


def test_a_database_of_mlflow_without_settings_is_read(mlflow):
    path, database = mlflow
    database.executescript("create table experiments (name text); drop table params")
    database.commit()
    (run,) = (item for item in load([path.parent]) if isinstance(item, Run))
    assert run.series["loss"].values.size == 7


def test_a_view_in_place_of_a_table_is_never_asked(mlflow):
    path, database = mlflow
    database.executescript(
        "create table experiments (name text); drop table params; create view params as with recursive"
        " c(x) as (select 1 union all select x + 1 from c) select x as run_uuid, x as key, x as value from c"
    )
    database.commit()
    (run,) = (item for item in load([path.parent]) if isinstance(item, Run))
    assert run.config == {}


def test_a_cell_that_is_worked_out_to_any_length_is_refused(mlflow):
    path, database = mlflow
    database.executescript(
        "drop table params; create table params (key text, run_uuid text,"
        " value text generated always as (hex(zeroblob(20000000)))); insert into params values ('lr', 'u1')"
    )
    database.commit()
    (defect,) = load([path])
    assert "too big" in defect.what
