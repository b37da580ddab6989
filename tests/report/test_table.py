"""The curves of runs as a table: what stands in it is what was logged, in every form, whatever the names are."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from logdoc.errors import ConfigError, RenderError
from logdoc.model import Run, Series
from logdoc.report.table import COLUMNS, TARGETS, write_table

ODD = (1.5, math.nan, math.inf, -math.inf, 5e-324, -0.0)


def series(name: str, values: tuple[float, ...], times: tuple[float, ...] | None = None) -> Series:
    clock = None if times is None else np.array(times)
    return Series(name, np.arange(len(values)), np.array(values), clock)


def run(id_: str = "a", *made: Series, **kept: Any) -> Run:
    return Run(id_, "csv", (id_,), series={one.name: one for one in made}, **kept)


def written(to: str, *runs: Run, attempts: bool = False) -> bytes:
    stream = io.BytesIO()
    write_table(runs, to, stream, attempts=attempts)
    return stream.getvalue()


def rows_of(to: str, content: bytes) -> list[dict[str, Any]]:
    if to == "csv":
        return list(csv.DictReader(io.StringIO(content.decode())))
    if to == "jsonl":
        return [json.loads(line, parse_constant=pytest.fail) for line in content.splitlines()]
    parquet = pytest.importorskip("pyarrow.parquet")
    rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(content)).to_pylist()
    return rows


@pytest.mark.parametrize("to", TARGETS)
def test_every_value_is_there_as_it_was_logged_the_odd_ones_too(to: str) -> None:
    rows = rows_of(to, written(to, run("a", series("loss", ODD))))

    assert [list(row) for row in rows] == [list(COLUMNS)] * len(ODD)
    np.testing.assert_array_equal([float(row["value"]) for row in rows], ODD)
    assert math.copysign(1, float(rows[-1]["value"])) == -1
    assert [int(row["step"]) for row in rows] == list(range(len(ODD)))


@pytest.mark.parametrize("to", TARGETS)
def test_the_rows_of_several_runs_follow_one_another_and_are_counted(to: str) -> None:
    stream = io.BytesIO()
    runs = (run("a", series("loss", (1.0, 0.5)), series("acc", (0.1,))), run("empty"), run("b", series("loss", (2.0,))))
    count = write_table(iter(runs), to, stream)

    assert count == 4
    assert [(row["run"], row["tag"]) for row in rows_of(to, stream.getvalue())] == [
        ("a", "loss"),
        ("a", "loss"),
        ("a", "acc"),
        ("b", "loss"),
    ]


@pytest.mark.parametrize(("to", "nothing"), [("csv", ""), ("jsonl", None), ("parquet", None)])
def test_a_time_that_was_not_logged_is_no_number(to: str, nothing: object) -> None:
    content = written(to, run("a", series("loss", (1.0, 0.5), (1.7e9, math.nan)), series("acc", (0.5,))))
    times = [row["wall_time"] for row in rows_of(to, content)]

    assert float(times[0]) == 1.7e9
    assert times[1:] == [nothing, nothing]


@pytest.mark.parametrize("to", TARGETS)
def test_what_a_restart_replaced_is_there_on_demand_with_the_number_of_its_attempt(to: str) -> None:
    last = dataclasses.replace(series("loss", (3.0, 2.0)), attempt=1)
    again = run("a", last, attempts={"loss": (series("loss", (9.0,)),)})

    assert [float(row["value"]) for row in rows_of(to, written(to, again))] == [3.0, 2.0]
    everything = rows_of(to, written(to, again, attempts=True))
    assert [(float(row["value"]), int(row["attempt"])) for row in everything] == [(9.0, 0), (3.0, 1), (2.0, 1)]


@pytest.mark.parametrize("to", TARGETS)
def test_names_hold_no_secret_and_nothing_that_a_terminal_would_obey(to: str) -> None:
    name = "loss \x1b[2J api_key=sk-abcdefghijklmnopqrstuvwx"
    content = written(to, run("run \ud800 \u202e", series(name, (1.0,)), series("plain", (2.0,))))
    rows = rows_of(to, content)

    assert b"\x1b" not in content
    assert b"sk-abcdef" not in content
    assert rows[0]["run"] == "run \\ud800 \\u202e"
    assert rows[0]["tag"].startswith("loss \\x1b[2J api_key=[redacted]")
    assert rows[1]["tag"] == "plain"


def test_a_spreadsheet_takes_no_name_for_a_formula_and_other_programs_get_it_as_it_is() -> None:
    one = run("=1+1", series("@sum", (1.0,)), series("loss", (-2.0,)))

    assert [(row["run"], row["tag"], row["value"]) for row in rows_of("csv", written("csv", one))] == [
        ("'=1+1", "'@sum", "1.0"),
        ("'=1+1", "loss", "-2.0"),
    ]
    assert [(row["run"], row["tag"]) for row in rows_of("jsonl", written("jsonl", one))] == [
        ("=1+1", "@sum"),
        ("=1+1", "loss"),
    ]


def test_a_name_with_a_comma_a_quote_or_other_letters_stays_one_cell() -> None:
    names = ('a,"b"', "Verlust ü", "损失")
    content = written("csv", run("x, y", *(series(name, (1.0,)) for name in names)))

    assert [row["tag"] for row in rows_of("csv", content)] == list(names)
    assert {row["run"] for row in rows_of("csv", content)} == {"x, y"}


def test_no_runs_at_all_are_a_table_without_rows() -> None:
    assert written("csv") == b"run,tag,step,wall_time,value,attempt\n"
    assert written("jsonl") == b""
    assert rows_of("parquet", written("parquet")) == []


def test_parquet_has_the_same_columns_and_kinds_whatever_the_runs_hold() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    kinds = {
        str(parquet.read_schema(io.BytesIO(written("parquet", *runs))))
        for runs in ((), (run("empty"),), (run("a", series("loss", (1.0,), (1.7e9,))),))
    }

    assert len(kinds) == 1


def test_a_form_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match="no table format 'xlsx'") as refused:
        write_table([], "xlsx", io.BytesIO())

    assert "csv, jsonl, parquet" in str(refused.value.hint)


def test_without_its_library_parquet_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(ConfigError, match="needs pyarrow") as refused:
        write_table([], "parquet", io.BytesIO())

    assert "logdoc[parquet]" in str(refused.value.hint)


@pytest.mark.parametrize("to", TARGETS)
def test_runs_that_fail_midway_leave_the_file_that_was_there(to: str, tmp_path: Path) -> None:
    target = tmp_path / f"table.{to}"
    target.write_text("before")

    def failing() -> Iterator[Run]:
        yield run("a", series("loss", (1.0,)))
        raise RenderError("the disk is full")

    with pytest.raises(RenderError, match="the disk is full"):
        write_table(failing(), to, target)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]

    assert write_table([run("a", series("loss", (1.0,)))], to, target) == 1
    assert [row["run"] for row in rows_of(to, target.read_bytes())] == ["a"]
