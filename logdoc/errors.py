"""Every error a user can meet: what was found, where, and what to do.

    LogdocError
    ├── ReadError     a log could not be read at all
    ├── RuleError     a rule, cause or name file is wrong
    ├── ConfigError   an option or a configuration is wrong
    └── RenderError   a report could not be written

Oddities inside a log are never exceptions: they become `Defect`s of the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class LogdocError(Exception):
    """Root of all errors that logdoc raises on purpose.

    Args:
        what: what was found and what was expected, one sentence.
        where: ``file``, ``file:line:column`` or the run's id; empty when there is no place.
        hint: what to do about it.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        if not self.hint:
            return f"{place}{self.what}"
        stop = "" if self.what.endswith((".", "?", "!")) else "."
        return f"{place}{self.what}{stop} {self.hint}"


class ReadError(LogdocError):
    """A log could not be read at all."""


class RuleError(LogdocError):
    """A file of the rule base is wrong."""


class RuleErrors(RuleError):
    """Several files or places of the rule base are wrong; all are reported together."""

    def __init__(self, errors: list[RuleError]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


class ConfigError(LogdocError):
    """An option or a configuration file is wrong."""


class RenderError(LogdocError):
    """A report could not be written."""


def suggest(name: str, known: Iterable[str]) -> str:
    """Return "Did you mean ...?" with the nearest known name, or nothing."""
    import difflib

    close = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean '{close[0]}'?" if close else ""
