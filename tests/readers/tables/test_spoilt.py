"""Cells that hold no number are lost data, or a number that did not fit; never a mere note."""

from __future__ import annotations

import numpy as np
import pytest

from logdoc import api
from logdoc.readers import load
from logdoc.readers.tables.column import HOLE, NUMBER, TEXT, Column
from logdoc.readers.tables.spoilt import is_spoilt, without_text


def write(path, cells, name="loss"):
    path.write_text(f"step,{name},other\n" + "".join(f"{i},{cell},1\n" for i, cell in enumerate(cells)))
    return path


def numbers(count):
    return [f"{2 / (1 + 0.05 * i) + 0.01 * (i * 7 % 5):.4f}" for i in range(count)]


@pytest.mark.parametrize("word", ["ERR", "#REF!", "oops", "0.1.2", "1e"])
@pytest.mark.parametrize("every", [5, 199])
def test_a_run_with_cells_that_are_no_numbers_is_never_healthy(tmp_path, word, every):
    cells = [word if i % every == every - 1 else cell for i, cell in enumerate(numbers(200))]
    (run,) = api.analyze(write(tmp_path / "log.csv", cells)).runs
    assert run.verdict == "incomplete"
    assert any(d.id == "DATA018" and d.lost and word in d.what for d in run.defects)


@pytest.mark.parametrize("word", ["########", "********", "#NUM!", "***", "##"])
@pytest.mark.parametrize("count", [20, 100, 150])
def test_a_number_that_outgrew_its_field_to_the_end_is_nan(tmp_path, word, count):
    cells = [*numbers(200 - count), *[word] * count]
    (run,) = api.analyze(write(tmp_path / "log.csv", cells)).runs
    assert run.verdict == "error"
    assert "loss-nan" in [f.id for f in run.findings]


def test_a_column_of_labels_is_text_as_before(tmp_path):
    cells = [("easy", "hard", "7", "odd", "even")[i % 5] for i in range(100)]
    path = tmp_path / "log.csv"
    rows = (f"{i},{v},{cells[i]}\n" for i, v in enumerate(numbers(100)))
    path.write_text("step,loss,split_name\n" + "".join(rows))
    (run,) = load([path])
    assert "split_name" not in run.series
    assert not any(d.lost for d in run.defects)


def test_clocks_are_no_measures(tmp_path):
    path = tmp_path / "log.csv"
    rows = (f"{i},{v},{'1 day' if i > 90 else i}\n" for i, v in enumerate(numbers(100)))
    path.write_text("step,loss,elapsed\n" + "".join(rows))
    (run,) = load([path])
    assert not any(d.lost for d in run.defects)


@pytest.mark.parametrize("digits", [400, 5000])
def test_a_step_of_more_digits_than_any_counter_has_makes_a_run_incomplete(tmp_path, digits):
    path = tmp_path / "log.csv"
    rows = [f"{'9' * digits if i == 30 else i},{v}\n" for i, v in enumerate(numbers(60))]
    path.write_text("step,loss\n" + "".join(rows))
    (run,) = api.analyze(path).runs
    assert run.verdict == "incomplete"
    assert any(d.id == "DATA015" and d.lost and f"{digits} digits in 'step'" in d.what for d in run.defects)


def test_a_row_that_is_headed_by_a_word_loses_no_step(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n" + "".join(f"{i},{v}\n" for i, v in enumerate(numbers(60))) + "best,0.5\n")
    (run,) = load([path])
    assert not any(d.lost for d in run.defects)


def test_throughput_with_thousands_marked_only_where_there_are_some_is_told(tmp_path):
    path = tmp_path / "log.csv"
    rows = (f'{i},{v},"{900 + 10 * i:,}"\n' for i, v in enumerate(numbers(60)))
    path.write_text("step,loss,tokens_per_sec\n" + "".join(rows))
    (run,) = api.analyze(path).runs
    assert run.verdict == "incomplete"
    assert any(d.id == "DATA018" and d.lost and "comma for thousands" in d.what for d in run.defects)


def _column(*cells: float | str, name: str = "loss") -> Column:
    values = [float("nan") if isinstance(cell, str) else cell for cell in cells]
    state = [TEXT if isinstance(cell, str) else NUMBER for cell in cells]
    return Column(name, np.array(values), np.array(state, dtype=np.uint8), [str(cell) for cell in cells])


@pytest.mark.parametrize(
    ("column", "spoilt"),
    [
        (_column(2.5, 2.25, 2.0, "####", "###", "##"), True),
        (_column(2.5, 2.25, 2.0, 1.75, 1.5, 1.25, *["####"] * 7), True),
        (_column(2.5, 2.25, "####", "###", "##"), False),
        (_column(2.5, 2.25, 2.0, 1.5, "easy", "hard", "odd", "even"), False),
        (_column(2.5, 2.25, 2.0, " ##", "## ", "##", " ## "), True),
        (_column(2.5, 2.25, 2.0, "####", name="note"), False),
        (Column("loss", np.array([2.5, 2.25, 2.0])), False),
    ],
    ids=[
        "three numbers and words",
        "six numbers and a word",
        "two numbers",
        "four words",
        "blanks around a word",
        "no measure",
        "no text",
    ],
)
def test_a_measure_of_three_numbers_and_at_most_three_words_is_spoilt(column: Column, spoilt: bool) -> None:
    assert is_spoilt(column) == spoilt


@pytest.mark.parametrize("rows", [4, 5])
def test_five_words_for_an_overflow_up_to_the_end_are_nan_and_four_are_lost(rows: int) -> None:
    column, problem = without_text(_column(2.5, 3.5, 4.5, *["****"] * rows))

    assert (column.count(NUMBER), column.count(HOLE)) == ((8, 0) if rows == 5 else (3, 4))
    assert problem.lost == (rows == 4)
    assert problem.what == (
        "the last 5 cells of column 'loss' hold '****', for a number that did not fit; they are read as NaN"
        if rows == 5
        else "4 cells of column 'loss' could not be read as a number, such as '****'"
    )


def test_words_for_an_overflow_count_from_the_last_number_on() -> None:
    column, problem = without_text(_column(2.5, "ERR", 3.5, *["####"] * 5))

    assert column.state is not None
    assert column.state.tolist() == [NUMBER, HOLE, NUMBER, *[NUMBER] * 5]
    np.testing.assert_array_equal(column.numbers(), [2.5, 3.5, *[np.nan] * 5])
    assert problem.lost
    assert problem.what == "6 cells of column 'loss' could not be read as a number, such as 'ERR'"


def test_a_column_that_ends_in_another_word_holds_no_overflow() -> None:
    column, problem = without_text(_column(2.5, *["####"] * 4, "stopped"))

    assert (column.count(NUMBER), problem.lost) == (1, True)


def test_a_column_of_nothing_but_words_for_an_overflow_is_nan() -> None:
    column, problem = without_text(_column(*["overflow"] * 6))

    assert np.isnan(column.numbers()).tolist() == [True] * 6
    assert not problem.lost


def test_one_cell_is_told_as_one_and_a_clock_is_no_loss() -> None:
    (_, one), (_, clock) = without_text(_column(2.5, "ERR", 1.5)), without_text(_column(2, "1 day", name="eta"))

    assert (one.what.partition(" of ")[0], one.lost) == ("1 cell", True)
    assert (clock.what.partition(" of ")[0], clock.lost) == ("1 cell", False)
