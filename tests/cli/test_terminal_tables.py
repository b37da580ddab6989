from __future__ import annotations

import sys

import pytest

from logdoc.cli import terminal

ROWS = [("train.loss", "series", "The loss that training minimises, of the batch or as a running mean of batches.")]
HEADER = ("role", "type", "what it is")


@pytest.fixture
def on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def printed(width: int, rows: list[tuple[str, ...]] = ROWS) -> list[str]:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", str(width))
        terminal.print_table(rows, HEADER)
        return capsys.readouterr().out.splitlines()

    return printed


def words(lines: list[str]) -> list[str]:
    return " ".join(lines).split()


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_table_loses_no_word_on_a_narrow_terminal(on_a_terminal, width: int) -> None:  # type: ignore[no-untyped-def]
    lines = on_a_terminal(width)

    assert max(map(len, lines)) <= width
    told = words([" ".join(ROWS[0])])
    assert words(lines)[-len(told) :] == told


def test_the_last_column_is_wrapped_under_itself(on_a_terminal) -> None:  # type: ignore[no-untyped-def]
    header, first, second, *_ = on_a_terminal(60)

    assert header.index("what it is") == first.index("The loss") == len(second) - len(second.lstrip())


def test_where_too_little_is_left_for_the_last_column_it_stands_below(on_a_terminal) -> None:  # type: ignore[no-untyped-def]
    rows = [("a-name-of-a-role-that-is-long", "series", "What it is, with a few words more.")]

    assert on_a_terminal(50, rows) == [
        "a-name-of-a-role-that-is-long  series",
        "    What it is, with a few words more.",
    ]


def test_in_a_pipe_a_row_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    terminal.print_table(ROWS, HEADER)

    assert len(capsys.readouterr().out.splitlines()) == 2
