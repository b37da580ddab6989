from __future__ import annotations

import pytest
from analyses import hostile, typical

from logdoc.report.text import render_text


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = render_text(typical(), width=width, verbose=True).plain.splitlines()

    assert max(len(line) for line in lines) <= width


def test_hostile_texts_neither_command_nor_crash_the_terminal() -> None:
    text = render_text(hostile(), width=80, verbose=True).plain

    assert not [c for c in text if c != "\n" and ord(c) < 0x20]
    assert not [c for c in text if c in "\u202e\u200b\x7f"]
    assert "[/foo]" in text


def test_a_terminal_without_unicode_gets_ascii() -> None:
    assert render_text(typical(), width=80, unicode=False, verbose=True).plain.isascii()


def test_the_verdict_the_cause_and_the_first_remedy_come_in_this_order() -> None:
    text = render_text(typical(), width=100).plain

    assert (
        text.index("warning") < text.index("Overfitting") < text.index("1. Stop at step 300.") < text.index("Findings")
    )


def test_healthy_runs_take_one_line_each() -> None:
    text = render_text(typical(), width=120).plain

    assert [line for line in text.splitlines() if "runs/b" in line and "No fault found" in line]
