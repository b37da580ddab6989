"""Interviews: what a person answers about a run, asked for, read from a file, and remembered beside the report."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from logdoc.documents import load_yaml
from logdoc.errors import ConfigError, RuleError, RuleErrors
from logdoc.judging import judged, make_judge, prepare
from logdoc.judging.asking import Asked, answered, next_question
from logdoc.judging.asking import interview as ask_about
from logdoc.model.words import VERDICTS
from logdoc.report.saving import write_text
from logdoc.resources.files import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from logdoc.api import PathLike

Answer = str | int | float
__all__ = ["Answer", "Asked", "interview", "read_answers", "write_answers"]

_HEAD = "# Answers to questions about a run, for `logdoc analyze --answers`. Remove a line to be asked again.\n"


def interview(
    path: PathLike | Sequence[PathLike],
    ask: Callable[[str, Asked], Answer | None],
    *,
    answers: Mapping[str, Answer] | None = None,
    rules: Sequence[PathLike] = (),
    mapping: Mapping[str, str] | None = None,
    format: str | None = None,  # noqa: A002 - the name of the option
    code: PathLike | bool = True,
) -> dict[str, Answer]:
    """Ask at most five questions about the run that is worst, each the one that tells most about the causes left.

    Args:
        path: as for `logdoc.api.analyze`, and so are `rules`, `mapping`, `format` and `code`.
        ask: gets the run and the question, and returns the answer (the id of a choice, a number, or ``unknown``);
            None ends the interview.
        answers: what is known already.

    Returns:
        All answers, old and new.

    Raises:
        ReadError: there is no such path.
        ConfigError: an answer is none.
    """
    from logdoc.api import load_rules, load_runs

    judge = make_judge(load_rules(rules), {}, mapping or {})
    known = dict(answers or {})
    so_far = answered(judge, known)
    runs = load_runs(path, format=format, code=code)
    for run in sorted(runs, key=lambda one: VERDICTS.index(judged(one, so_far)[0].verdict)):
        if next_question(prepare(run, so_far), so_far, known) is not None:
            return ask_about(run, judge, partial(ask, run.id), known)
    return known


def read_answers(path: Path) -> dict[str, Answer]:
    """Return the answers that a file holds.

    Raises:
        ConfigError: it cannot be read, or holds something else than a table of answers.
    """
    hint = "Write `answers:` and below it a line `question: answer` for each."
    try:
        data = load_yaml(read_text(path), where=str(path)).data
    except (OSError, UnicodeDecodeError, RuleError, RuleErrors) as error:
        raise ConfigError(f"the answers cannot be read: {error}", where=str(path), hint=hint) from error
    table = data.get("answers") if isinstance(data, dict) else None
    if not isinstance(table, dict) or not all(isinstance(one, str | int | float) for one in table.values()):
        raise ConfigError("the file holds no table of answers", where=str(path), hint=hint)
    return {str(name): value for name, value in table.items()}


def write_answers(path: Path, answers: Mapping[str, Answer]) -> None:
    """Write answers whole or not at all, in the order in which they were given.

    Raises:
        RenderError: the file cannot be written.
    """
    lines = [f"  {name}: {json.dumps(value)}" for name, value in answers.items()]
    write_text(_HEAD + "answers:\n" + "\n".join(lines) + "\n", path)
