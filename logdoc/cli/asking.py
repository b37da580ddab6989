"""The interview on a terminal: which answers hold for an analysis, and where they are remembered."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from logdoc.cli.values import STANDARD_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from logdoc.api.answers import Answer, Asked

_ENDING = ".answers.yaml"


def gathered(
    paths: Sequence[str], *, ask: bool, file: Path | None, targets: Sequence[Path], **options: Any
) -> dict[str, Answer]:
    """Return the answers that hold for an analysis: those of `file`, or those beside the first report where an
    interview is wanted; and those that a person gives now, where one sits at a terminal.

    Args:
        paths: the logs.
        ask: whether an interview is wanted.
        file: where answers are read from and kept.
        targets: the reports to write.
        options: `rules`, `mapping`, `format` and `code` of `logdoc.api.answers.interview`.

    Raises:
        ConfigError: the file cannot be read, or an answer is none.
    """
    if not ask and file is None:
        return {}
    from logdoc.api import answers
    from logdoc.cli import terminal

    report = next((path for path in targets if path != STANDARD_OUTPUT), None)
    place = file or (report.with_name(report.stem + _ENDING) if report is not None else None)
    known = answers.read_answers(place) if place is not None and (place.exists() or not ask) else {}
    if not ask:
        return known
    if "-" in paths or not sys.stdin.isatty() or not sys.stderr.isatty() or os.environ.get("CI"):
        terminal.note("nothing is asked: there is no terminal")
        return known
    found = answers.interview(list(paths), put, answers=known, **options)
    if found == known:
        terminal.note("nothing was asked or answered")
    elif place is not None:
        answers.write_answers(place, found)
        terminal.note(f"wrote {place}")
    else:
        terminal.note("to keep these answers, give --answers FILE")
    return found


def put(run: str, asked: Asked) -> Answer | None:
    """Put one question about a run to the person at the terminal and return the answer; None for an empty line or the
    end of the input, which end the interview.
    """
    from logdoc.cli import terminal

    question = asked.question
    lines = ["", f"{run}: {question.ask}", f"  ({question.why})"]
    lines += [f"  {number}  {choice.says}" for number, choice in enumerate(question.choices, 1)]
    wanted = "the number, or 0" if question.number is not None else f"1 to {len(question.choices)}, or 0"
    for line in [*lines, f"  {wanted} when you do not know; an empty line ends the questions"]:
        terminal.note(line)
    while True:
        try:
            said = input("> ").strip()
        except EOFError:
            return None
        if not said:
            return None
        if said == "0":
            return "unknown"
        if question.number is not None and _is_number(said):
            return float(said)
        if said.isdecimal() and 1 <= int(said) <= len(question.choices):
            return question.choices[int(said) - 1].id


def _is_number(text: str) -> bool:
    try:
        return float(text) > 0
    except ValueError:
        return False
