from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.readers.delimited.cells import comma_reading, parse_cells
from logdoc.readers.tables.column import HOLE, NUMBER, TEXT, join_columns


@pytest.mark.parametrize("token", ["", " ", "NA", "N/A", "n/a", "None", "null", "-", "<NA>", "#N/A"])
def test_tokens_that_say_nothing_was_logged_are_holes(token):
    column = parse_cells("x", ["1", token])
    assert column.count(HOLE) == 1
    assert column.logged().tolist() == [True, False]


@pytest.mark.parametrize("token", ["nan", "NaN", "NAN", "-nan", "+nan", "1.#QNAN", "-nan(ind)"])
def test_tokens_for_nan_are_logged_nans(token):
    column = parse_cells("x", [token, "1", "NA"])
    assert column.logged().tolist() == [True, True, False]
    assert math.isnan(column.values[0])


@pytest.mark.parametrize(
    ("token", "value"),
    [("inf", math.inf), ("-Infinity", -math.inf), ("INF", math.inf), ("1e999", math.inf), ("1.#INF", math.inf)],
)
def test_tokens_for_infinity_are_logged_infinities(token, value):
    column = parse_cells("x", [token])
    assert column.values.tolist() == [value]
    assert column.count(NUMBER) == 1


@pytest.mark.parametrize(
    ("token", "value"),
    [
        ("tensor(0.5)", 0.5),
        ("tensor(0.5, device='cuda:0')", 0.5),
        ("np.float64(2e-3)", 0.002),
        ("[3.5]", 3.5),
        ("85.5%", 85.5),
        ("tensor([1.])", 1),
    ],
)
def test_numbers_in_a_shell_are_read_and_counted(token, value):
    column = parse_cells("x", [token, "1"])
    assert column.values[0] == value
    assert column.wrapped == 1


@pytest.mark.parametrize("token", ["abc", "1_000", "0.5.1", "1,000", "tensor([1, 2])", "12:30"])
def test_anything_else_is_text(token):
    column = parse_cells("x", [token, "1"])
    assert column.count(TEXT) == 1
    assert column.texts == [token, "1"]


def test_large_integers_stay_exact():
    column = parse_cells("step", ["9007199254740993", "", "3"])
    assert column.exact is not None
    assert column.exact.tolist() == [9007199254740993, 0, 3]


def test_an_integer_of_thousands_of_digits_is_no_number():
    column = parse_cells("step", ["1", "9" * 5000])
    assert column.count(TEXT) == 1


def test_decimal_comma():
    assert parse_cells("x", ["0,5", "1,25e-3", "2"], ",").values.tolist() == [0.5, 0.00125, 2.0]
    assert parse_cells("x", ["1.000,5"], ",").count(TEXT) == 1


def test_commas_are_ambiguous_only_where_thousands_fit_all():
    assert comma_reading(["1,000", "12,345"]) == "ambiguous"
    assert comma_reading(["1,000", "0,5"]) == "decimal"
    assert comma_reading(["0,693"]) == "decimal"
    assert comma_reading(["1,234,567", "0,5"]) == "ambiguous"
    assert comma_reading(["word", "a,b"]) == ""


def test_blocks_join_to_what_the_whole_would_be():
    cells = ["1", "nan", "", "x", "9007199254740993", "tensor(2)"]
    whole = parse_cells("x", cells)
    joined = join_columns([parse_cells("x", cells[:2]), parse_cells("x", cells[2:4]), parse_cells("x", cells[4:])])
    assert np.array_equal(whole.values, joined.values, equal_nan=True)
    assert whole.state is not None
    assert joined.state is not None
    assert whole.state.tolist() == joined.state.tolist()
    assert joined.exact is not None
    assert joined.exact[4] == 9007199254740993
    assert joined.wrapped == 1


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats() | st.none(), min_size=1, max_size=30))
def test_what_python_writes_is_read_back_exactly(values):
    column = parse_cells("x", ["" if value is None else repr(value) for value in values])
    expected = np.array([math.nan if value is None else value for value in values])
    assert np.array_equal(column.values, expected, equal_nan=True)
    assert column.logged().tolist() == [value is not None for value in values]
