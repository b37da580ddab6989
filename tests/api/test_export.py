from __future__ import annotations

import io
import json
import math

import numpy as np
import pandas as pd
import pytest

import logdoc
from logdoc import api
from logdoc.errors import ConfigError, RenderError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.csv").write_text("step,loss,val_loss\n0,1.0,\n1,nan,2.0\n2,inf,\n")
    rows = [
        {"step": s, "loss": v, "timestamp": 1_700_000_000 + s} for s, v in [(0, 1.0), (1, 0.5), (2, 0.25), (1, 0.75)]
    ]
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_a_frame_has_a_row_per_point(folder):
    runs = {run.id: run for run in logdoc.load_runs(folder)}
    frame = runs["a.csv"].to_frame()
    assert list(frame.columns) == ["tag", "step", "wall_time", "value", "attempt"]
    assert frame["tag"].astype(str).tolist() == ["loss", "loss", "loss", "val_loss"]
    assert math.isnan(frame["value"][1])
    assert frame["step"].tolist() == [0, 1, 2, 1]
    assert frame["wall_time"].isna().all()


def test_what_a_restart_replaced_is_there_on_demand(folder):
    run = next(run for run in logdoc.load_runs(folder) if run.id == "b.jsonl")
    assert run.to_frame()["value"].tolist() == [1.0, 0.75]
    everything = run.to_frame(attempts=True)
    assert everything["value"].tolist() == [0.5, 0.25, 1.0, 0.75]
    assert everything["attempt"].tolist() == [0, 0, 1, 1]


def test_a_run_without_curves_is_an_empty_frame():
    assert logdoc.Run("x", "csv", ("x",)).to_frame().shape == (0, 5)


@pytest.mark.parametrize("to", ["csv", "jsonl", "parquet"])
def test_what_was_exported_is_read_back_equal(folder, tmp_path_factory, to):
    if to == "parquet":
        pytest.importorskip("pyarrow")
    target = tmp_path_factory.mktemp("out") / f"all.{to}"
    runs, rows, defects = api.export(folder, target)
    assert (runs, rows) == (2, 6)
    assert not any(defect.lost for defect in defects)
    before = {f"all.{to}/{run.id}": run for run in logdoc.load_runs(folder)}
    after = {run.id: run for run in logdoc.load_runs(target)}
    assert set(after) == set(before)
    for id_, run in before.items():
        assert set(after[id_].series) == set(run.series)
        for name, series in run.series.items():
            np.testing.assert_array_equal(after[id_].series[name].values, series.values)
            np.testing.assert_array_equal(after[id_].series[name].steps, series.steps)


def test_the_csv_is_what_pandas_reads(folder):
    out = io.BytesIO()
    api.export(folder, out, to="csv")
    frame = pd.read_csv(io.BytesIO(out.getvalue()))
    assert list(frame.columns) == ["run", "tag", "step", "wall_time", "value", "attempt"]
    assert frame["wall_time"].tolist()[-1] == 1_700_000_001


def test_an_unknown_table_and_a_folder_that_is_not_there(folder):
    with pytest.raises(ConfigError, match="no table format"):
        api.export(folder, io.BytesIO(), to="xlsx")
    with pytest.raises(RenderError, match="written"):
        api.export(folder, folder / "nowhere" / "x.csv")


def test_the_command(folder, capfdbinary):
    from logdoc.cli import run

    assert run(["export", str(folder / "a.csv")]) == 0
    out, err = capfdbinary.readouterr()
    assert out.splitlines()[0] == b"run,tag,step,wall_time,value,attempt"
    assert len(out.splitlines()) == 5
    assert b"4 points of 1 runs" in err
    assert run(["export", str(folder / "a.csv"), "-o", str(folder / "out.csv")]) == 0
    assert (folder / "out.csv").exists()


def test_names_that_command_a_terminal_are_made_harmless(tmp_path):
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"step": i, "loss \x1b[2J": 0.5}) + "\n" for i in range(3)))
    out = io.BytesIO()
    api.export(tmp_path, out, to="csv")
    assert b"\x1b" not in out.getvalue()
    assert b"loss \\x1b[2J" in out.getvalue()
