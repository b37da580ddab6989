"""Columns that few rows have are kept by their numbers: many of them take no more memory than they hold numbers."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logdoc.model import Run
from logdoc.readers import load
from logdoc.readers.mlflow import parse_metric
from logdoc.readers.tables import rows as laying_out
from logdoc.readers.tables.column import HOLE, NUMBER, TEXT, Column, SparseColumn
from logdoc.readers.tables.rows import columns_of


def dense(column: Column) -> Column:
    return Column(column.name, column.values, column.state)


def test_a_sparse_column_says_what_the_same_column_laid_out_says():
    sparse = SparseColumn("loss", 9, np.array([2, 5]), np.array([0.5, np.nan]))
    laid_out = dense(sparse)

    assert len(sparse) == len(laid_out) == 9
    for state in (NUMBER, HOLE, TEXT):
        assert sparse.count(state) == laid_out.count(state)
    assert sparse.complete() == laid_out.complete()
    assert sparse.logged().tolist() == laid_out.logged().tolist()
    assert sparse.places().tolist() == laid_out.places().tolist()
    assert repr(sparse.numbers().tolist()) == repr(laid_out.numbers().tolist())
    rows = np.arange(9) > 2
    for made in (sparse.only("x", rows), laid_out.only("x", rows)):
        assert made.name == "x"
        assert made.places().tolist() == [5]
    assert sparse.select(rows).places().tolist() == laid_out.select(rows).places().tolist() == [2]
    with pytest.raises(AttributeError):
        _ = sparse.nothing


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcdefghij"), st.sampled_from([0.5, 1, float("nan"), None]), max_size=3),
        min_size=1,
        max_size=40,
    )
)
def test_columns_are_the_same_laid_out_or_not(records):
    found = []
    for share in (0, 2, 8):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(laying_out, "_SPARSE", share)  # 0 lays none out
            columns, left_out = columns_of(records)
        found.append(
            [(c.name, c.places().tolist(), repr(c.numbers().tolist()), repr(c.values.tolist())) for c in columns]
            + [left_out]
        )
    assert found[0] == found[1] == found[2]


def peak_of(tmp_path, keys: int) -> int:
    path = tmp_path / f"{keys}.jsonl"
    with path.open("w") as out:
        for step in range(8):
            for key in range(keys):
                out.write(json.dumps({"step": step, f"layers/{key}/grad_norm": step / (1 + key)}) + "\n")
    list(load([path]))
    tracemalloc.start()
    (run,) = load([path])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(run, Run)
    assert len(run.series) == keys
    return peak


def test_memory_grows_with_the_number_of_keys_and_not_with_its_square(tmp_path):
    assert peak_of(tmp_path, 1_200) < 6 * peak_of(tmp_path, 300)


LINES = st.tuples(
    st.sampled_from(["1700000000000", "1700000000123", "17", "-5", "1e3", ""]),
    st.sampled_from(["0.5", "nan", "-inf", "1e-300", "x", "1_0", "12345678901234567890"]),
    st.sampled_from(["0", "12", "-3", "4.0", "1_0", "99999999999999999999", "7 a b", ""]),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, max_size=6), st.sampled_from([" ", "  ", "\t"]), st.sampled_from(["\n", "\r\n"]), st.booleans())
@example([("1700000000000", "1_0", "0")], " ", "\n", True)
def test_a_plain_metric_file_is_read_at_once_as_line_by_line(lines, blank, end, whole):
    data = end.join(blank.join(fields) for fields in lines).encode() + (end.encode() if whole else b"")

    at_once = parse_metric(data)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("logdoc.readers.mlflow._plain_metric", lambda data: None)
        by_line = parse_metric(data)

    assert repr([part.tolist() for part in at_once[:3]]) == repr([part.tolist() for part in by_line[:3]])
    assert at_once[3] == by_line[3]
