from __future__ import annotations

import dataclasses
import re

import pytest
from analyses import faulty, hostile, many, typical, with_a_place_in_the_program

from logdoc.model import Analysis, Defect
from logdoc.report.text import Layout, render_text


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = render_text(typical(), layout=Layout(width, details="all")).plain.splitlines()

    assert max(len(line) for line in lines) <= width


def test_hostile_texts_neither_command_nor_crash_the_terminal() -> None:
    text = render_text(hostile(), layout=Layout(80, details="all")).plain

    assert not [c for c in text if c != "\n" and ord(c) < 0x20]
    assert not [c for c in text if c in "\u202e\u200b\x7f"]
    assert "[/foo]" in text


def test_a_terminal_without_unicode_gets_ascii() -> None:
    assert render_text(typical(), layout=Layout(80, unicode=False, details="all")).plain.isascii()


def test_the_verdict_the_cause_and_the_first_remedy_come_in_this_order() -> None:
    text = render_text(typical(), layout=Layout(details="all")).plain

    assert (
        text.index("warning") < text.index("Overfitting") < text.index("1. Stop at step 300.") < text.index("Findings")
    )


def test_causes_of_a_run_without_a_fault_stand_below_what_may_be_improved() -> None:
    run = dataclasses.replace(typical().runs[0], verdict="info")
    text = render_text(dataclasses.replace(typical(), runs=(run,))).plain

    assert text.index("No fault, and what may still be improved") < text.index("Cause  ")
    assert "may still be improved" not in render_text(typical(), layout=Layout(details="all")).plain


def test_several_runs_are_a_table_and_one_closing_line() -> None:
    lines = render_text(many(1000), layout=Layout(120)).plain.splitlines()

    assert len(lines) < 1100
    assert sum("Overfitting" in line for line in lines) == 1000
    assert lines[0] == "Runs below runs/"
    assert "1000 runs: 1000 warning." in lines[-2:][0]


def test_one_run_is_told_in_full_unless_the_table_alone_is_asked_for() -> None:
    one = Analysis("0.1.0", (faulty(),))

    assert "Stop at step 300" in render_text(one).plain
    assert "Stop at step 300" not in render_text(one, layout=Layout(details="none")).plain


def test_a_chosen_run_is_told_in_full_beside_the_table() -> None:
    text = render_text(many(3), layout=Layout(chosen=frozenset({"runs/0001"}))).plain

    assert text.count("Stop at step 300") == 1
    assert "0002" in text


@pytest.mark.parametrize("width", [48, 64, 80, 132])
def test_a_name_breaks_at_its_separators_only(width: int) -> None:
    parts = ["deep-sigmoid", "seedling_three", "version.fourteen"]
    runs = tuple(dataclasses.replace(faulty(), id=f"{name}/{'/'.join(parts)}") for name in ("alpha", "beta"))
    text = render_text(Analysis("0.1.0", runs), layout=Layout(width)).plain

    for word in ("deep", "sigmoid", "seedling", "three", "version", "fourteen", "alpha", "beta"):
        assert re.search(rf"\b{word}|_{word}", text)
    assert max(len(line) for line in text.splitlines()) <= width


def test_in_a_pipe_a_run_is_one_line_with_its_whole_name() -> None:
    long = dataclasses.replace(faulty(), id="runs/" + "a-long-name/" * 20 + "end")
    lines = render_text(Analysis("0.1.0", (faulty(), long)), layout=Layout(60, whole_rows=True)).plain.splitlines()

    assert [line for line in lines if long.id in line and "Overfitting" in line and "0 to 990" in line]


def test_an_accepted_finding_says_so_and_stays_in_the_report() -> None:
    run = faulty()
    settled = dataclasses.replace(run, findings=(dataclasses.replace(run.findings[0], accepted="a known case"),))
    text = render_text(Analysis("0.1.0", (settled,))).plain

    assert "Accepted: a known case" in text
    assert "Findings: 1 accepted." in text


def test_where_in_the_program_a_cause_lies_stands_between_what_to_change_and_how_to_verify_it() -> None:
    alone = Analysis("0.1.0", (with_a_place_in_the_program(),))
    text = render_text(alone, layout=Layout(100, details="all")).plain

    assert text.index("2. Add data.") < text.index("in the program: train.py, line 12") < text.index("to verify:")


def test_notes_about_the_data_and_files_that_were_not_judged_are_counted_beyond_what_is_shown() -> None:
    notes = tuple(Defect(f"part{i}.csv", "ends inside a record") for i in range(9))
    files = tuple(Defect(f"notes{i:02d}.csv", "a table that is no training log") for i in range(24))
    run = dataclasses.replace(faulty(), defects=notes)
    text = render_text(Analysis("0.1.0", (run,), (), files), layout=Layout(100, details="all")).plain

    assert "part4.csv" in text
    assert "part5.csv" not in text
    assert "and 4 more notes about the data" in text
    assert "notes19.csv" in text
    assert "notes20.csv" not in text
    assert "and 4 more\n" in text
