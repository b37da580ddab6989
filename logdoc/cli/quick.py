"""The one call that is made a thousand times, in CI and in loops: ``analyze`` with plain options, read without Typer,
whose import and models take a third of a small call.

Whatever is not plain (help, completion, an unknown or unusual option, a value that is none) is left to Typer, which
reads the same options from the signature of the verb and says what is wrong.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logdoc.cli.analysing import Wanted

VERB = "analyze"
_COMPLETING = "_LOGDOC_COMPLETE"  # set where a shell asks what could come next


class _NotPlainError(Exception):
    """This call is left to Typer."""


class Value(NamedTuple):
    """An option with a value: the parameter of the verb, what makes the value, and whether it may be repeated."""

    parameter: str
    made: Callable[[str], Any] = str
    many: bool = False


def _severity(text: str) -> Any:
    from logdoc.cli.values import FailOn

    return FailOn(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000):
        raise ValueError(text)
    return int(text)


FLAGS: Mapping[str, str] = {
    "--exit-zero": "exit_zero",
    "--strict": "strict",
    "--no-code": "no_code",
    "--no-cache": "no_cache",
    "--overfit-test": "overfit_test",
    "--brief": "brief",
    "--verbose": "verbose",
    "-v": "verbose",
    "--quiet": "quiet",
    "-q": "quiet",
    "--no-config": "no_config",
}
VALUES: Mapping[str, Value] = {
    "--output": Value("output", Path, many=True),
    "-o": Value("output", Path, many=True),
    "--format": Value("format_"),
    "-f": Value("format_"),
    "--fail-on": Value("fail_on", _severity),
    "--map": Value("mapping", many=True),
    "--rules": Value("rules", Path, many=True),
    "--set": Value("settings", many=True),
    "--select": Value("select", many=True),
    "--ignore": Value("ignore", many=True),
    "--input-format": Value("input_format"),
    "--code": Value("code", Path),
    "--jobs": Value("jobs", _count),
    "-j": Value("jobs", _count),
    "--baseline": Value("baseline", Path),
    "--run": Value("run", many=True),
    "--config": Value("config", Path),
}


def plain_call(arguments: Sequence[str]) -> Wanted | None:
    """Return what a plain call of ``analyze`` asks for; None where Typer has to read it."""
    if not arguments or arguments[0] != VERB or _COMPLETING in os.environ:
        return None
    try:
        given = _read(list(arguments[1:]))
    except (_NotPlainError, ValueError):
        return None
    from logdoc.cli.analysing import Wanted

    return Wanted(**given)


def _read(words: list[str]) -> dict[str, Any]:
    """Return the parameters that the words of a call give.

    Raises:
        _NotPlainError, ValueError: they are not all plain.
    """
    given: dict[str, Any] = {}
    paths: list[str] = []
    while words:
        word = words.pop(0)
        if word == "-" or not word.startswith("-"):
            paths.append(word)
        elif word in FLAGS:
            given[FLAGS[word]] = True
        else:
            name, sign, told = word.partition("=") if word.startswith("--") else (word, "", "")
            if name not in VALUES or not (sign or words):
                raise _NotPlainError
            value = told if sign else words.pop(0)
            if not value or (value.startswith("-") and value != "-"):
                raise _NotPlainError
            _take(given, VALUES[name], value)
    if not paths or "" in paths:
        raise _NotPlainError
    return {"paths": paths, **given}


def _take(given: dict[str, Any], option: Value, text: str) -> None:
    value = option.made(text)
    if option.many:
        given.setdefault(option.parameter, []).append(value)
    elif option.parameter in given:
        raise _NotPlainError
    else:
        given[option.parameter] = value
