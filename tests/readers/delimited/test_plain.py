"""A table of which every line is a row is read by columns: to the last cell as record by record, and quicker."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from logdoc.model import Run
from logdoc.readers import load
from logdoc.readers.delimited import records
from logdoc.readers.delimited.dialect import Dialect, head_of
from logdoc.readers.delimited.records import NotATableError, unique_names
from logdoc.readers.delimited.table import read_table
from logdoc.readers.tables.axes import normal_name
from logdoc.readers.tables.measures import has_measure

WORDS = (
    "0.5; 1;-2e3;nan;NaN;; ;NA;None;inf;text;#x;1_0;85%;tensor(0.5);12345678901234567890;0,5;1,000;epoch;loss;1.#QNAN;"
    "9007199254740993;a\u00e9;-;null ;0"
)
CELLS = st.sampled_from(WORDS.split(";"))
HEADERS = st.sampled_from(
    ["epoch,loss", "epoch;loss;lr", "step\tloss", "loss, ,lr", "1,2", "", "# by me\nepoch,loss", "epoch,loss\n"]
)


def told(data: bytes, *, by_columns: bool) -> list[object]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(records, "BLOCK", 3)
        if not by_columns:
            patched.setattr(records, "plain_columns", lambda *args: None)
        try:
            table = read_table(data, "x.csv")
        except NotATableError as error:
            return [str(error)]
    columns = [
        (
            *(c.name, list(map(repr, c.values.tolist())), None if c.state is None else c.state.tolist(), c.texts),
            *(None if c.exact is None else c.exact.tolist(), c.wrapped, c.examples),
        )
        for c in table.columns
    ]
    return [columns, table.rows, table.dialect, table.defects]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    HEADERS,
    st.lists(st.lists(CELLS, min_size=1, max_size=3), max_size=9),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n", "\n\n", "\n# \n"]),
    st.booleans(),
)
@example("epoch,loss", [["epoch", "loss"], ["1", "2"]], ",", "\n", True)
@example("epoch,loss", [["1", "NA"], ["2", "0.5"], ["3", ""], ["4", "x"]], ",", "\n", True)
def test_by_columns_and_by_records_is_the_same(header, rows, delimiter, end, whole):
    text = end.join([header, *(delimiter.join(row) for row in rows)]) + (end if whole else "")
    data = text.encode()

    assert told(data, by_columns=True) == told(data, by_columns=False)


def wide(columns: int, rows: int = 3, name: str = "m{}") -> bytes:
    names = ",".join(["step", *(name.format(i) for i in range(1, columns))])
    lines = [",".join([str(row), *(f"{row}.5" for _ in range(1, columns))]) for row in range(rows)]
    return "\n".join([names, *lines, ""]).encode()


def test_a_header_longer_than_the_head_of_a_file_is_seen_whole(tmp_path):
    (tmp_path / "metrics.csv").write_bytes(wide(20_000))

    (run,) = load([tmp_path])
    assert isinstance(run, Run)
    assert len(run.series) == 19_999
    assert run.series["m19999"].values.tolist() == [0.5, 1.5, 2.5]


def test_of_a_wide_table_the_head_ends_with_its_third_line():
    data = wide(20_000, rows=50)

    head = head_of(data)
    assert head.count(b"\n") == 3
    assert data.startswith(head)


def test_a_table_of_more_columns_than_a_line_may_hold_is_refused():
    with pytest.raises(NotATableError, match=r"header is longer than 1,048,576"):
        read_table(wide(40_000, name="layers/module/{}/weight/grad_norm"), "x.csv")
    with pytest.raises(NotATableError, match="100001 columns; at most 100000"):
        read_table(wide(100_001), "x.csv")


def test_cells_of_wide_tables_are_held_in_pieces(monkeypatch):
    sizes = []

    def noted(data, dialect, names, block):
        sizes.append(block * len(names))

    monkeypatch.setattr(records, "plain_columns", noted)
    for columns in (2, 2_000, 100_000):
        names = [f"m{i}" for i in range(columns)]
        dialect = Dialect("utf-8", ",", ".", tuple(names), 1, (), columns, 1.0)
        data = ",".join(names).encode() + b"\n" + b",".join([b"1"] * columns) + b"\n"
        records.read_records(data, dialect, unique_names(dialect, "x", []), "x")

    assert max(sizes) <= 4_000_000


def test_few_files_are_opened_for_each_run(tmp_path, monkeypatch):
    for i in range(10):
        (tmp_path / f"run{i}").mkdir()
        (tmp_path / f"run{i}" / "metrics.csv").write_text(
            "step,loss\n" + "".join(f"{j},{9 / (1 + j)}\n" for j in range(9))
        )
    opened = []
    true_open = os.open
    monkeypatch.setattr(os, "open", lambda path, *args, **more: opened.append(path) or true_open(path, *args, **more))

    assert sum(isinstance(item, Run) for item in load([tmp_path])) == 10
    assert len(opened) <= 10 * 8


def test_a_name_is_taken_apart_once_however_many_columns_are_looked_for(tmp_path: Path) -> None:
    names = [f"layer{i}/grad norm" for i in range(400)]
    rows = [",".join([str(step), *(f"{step * i / 7:.3f}" for i in range(400))]) for step in range(3)]
    (tmp_path / "wide.csv").write_text("\n".join([",".join(["step", *names]), *rows]) + "\n", encoding="utf-8")
    for memo in (normal_name, has_measure):
        memo.cache_clear()

    (run,) = (item for item in load([tmp_path]) if isinstance(item, Run))

    assert len(run.series) == 400
    # Every name and the part of it behind the last slash.
    assert normal_name.cache_info().misses <= 2 * 401
    assert has_measure.cache_info().misses <= 2 * 401
