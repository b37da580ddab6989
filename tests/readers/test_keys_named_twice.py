"""A row of JSON that gives one key two values keeps the last, and says so."""

from __future__ import annotations

import json

import pytest

from logdoc.readers import load

ROWS = [json.dumps({"step": n, "loss": 2 / (n + 1), "said": 'a "step": b'}) for n in range(8)]


def told(tmp_path, rows):
    """Return what is told of the rows of a log that names a key twice, and its losses."""
    (tmp_path / "log.jsonl").write_text("\n".join(rows) + "\n")
    (run,) = load([tmp_path])
    whats = [(defect.what, defect.where) for defect in run.defects if "two values" in defect.what]
    return whats, run.series["loss"].values.tolist()


@pytest.mark.parametrize(
    ("at", "what"),
    [([3], "1 row gives a key such as 'loss' two values"), ([3, 5], "2 rows give a key such as 'loss' two values")],
)
def test_the_last_of_two_values_is_taken_and_told(tmp_path, at, what):
    rows = [f'{{"step": {n}, "loss": 7.5, "loss": {2 / (n + 1)!r}}}' if n in at else row for n, row in enumerate(ROWS)]

    assert told(tmp_path, rows) == ([(f"{what}; the last one is taken", "row 4")], [2 / (n + 1) for n in range(8)])


def test_one_value_that_is_written_twice_is_no_matter(tmp_path):
    rows = [row.replace('"loss"', f'"loss": {2 / (n + 1)!r}, "loss"') for n, row in enumerate(ROWS)]

    assert told(tmp_path, rows)[0] == []


def test_keys_in_parts_of_a_row_count_apart(tmp_path):
    rows = ['{"step": %d, "loss": %r, "a": {"x": 1, "x": 2}, "b" : {"x": 3}}' % (n, 2 / (n + 1)) for n in range(8)]  # noqa: UP031 - braces

    assert told(tmp_path, rows)[0] == [("8 rows give a key such as 'x' two values; the last one is taken", "row 1")]


def test_rows_that_name_every_key_once_tell_nothing(tmp_path):
    assert told(tmp_path, ROWS)[0] == []
