"""What the values of options mean; nothing here knows who read them from the command line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.report.forms import FORMS, form_for, form_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.report.forms import Form

STANDARD_OUTPUT = Path("-")


class FailOn(StrEnum):
    """From which severity on the exit code is 1."""

    error = "error"
    warning = "warning"
    info = "info"
    never = "never"


def code_of(path: Path | None, *, no_code: bool) -> Path | bool:
    """Return where the program lies: named, nowhere (False), or beside the log (True).

    Raises:
        ConfigError: both options are given.
    """
    from logdoc.errors import ConfigError

    if path is not None and no_code:
        raise ConfigError("--code and --no-code say opposite things", where="--code, --no-code")
    return path if path is not None else not no_code


def pairs(options: list[str] | None, flag: str) -> dict[str, str]:
    """Return ``KEY=VALUE`` options as a table.

    Raises:
        ConfigError: one is of another form.
    """
    from logdoc.errors import ConfigError

    made: dict[str, str] = {}
    for option in options or ():
        key, sign, value = option.partition("=")
        if not sign or not key or not value:
            raise ConfigError(f"'{option}' is not of the form KEY=VALUE", where=flag)
        made[key.strip()] = value.strip()
    return made


def formats(report: str | None, read: str | None, forms: Sequence[Form] = FORMS) -> tuple[str, str | None]:
    """Return the format of standard output and that of the logs.

    ``--format`` used to be the format of the logs. Where its value can only be one it is still understood so, with a
    note; what both have, ``json``, is the report.

    Raises:
        ConfigError: there is no such format.
    """
    if report is None or form_named(report, forms) is not None:
        return report or "text", read
    from logdoc.cli import terminal
    from logdoc.errors import ConfigError, suggest
    from logdoc.readers.registry import FORMATS

    if report in {known.name for known in FORMATS} and read is None:
        terminal.note(f"--format {report} is the format of the logs; write --input-format {report}")
        return "text", report
    names = [form.name for form in forms]
    hint = suggest(report, names) or f"Known are {', '.join(names)}. The format of the logs is --input-format."
    raise ConfigError(f"there is no report format '{report}'", where="--format", hint=hint)


def known_forms(targets: Sequence[Path], forms: Sequence[Form] = FORMS) -> None:
    """See that every file has a suffix that a report can have: nobody waits for an analysis to be told it has not.

    Raises:
        RenderError: one has another.
    """
    for path in targets:
        if path != STANDARD_OUTPUT:
            form_for(path, forms)


def shard_of(text: str) -> tuple[int, int]:
    """Return ``2/5`` as (2, 5).

    Raises:
        ConfigError: it is something else.
    """
    import re

    from logdoc.errors import ConfigError

    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise ConfigError(
            f"'{text[:40]}' is no part", where="--shard", hint="Write 1/4 to 4/4: the first to last of four."
        )
    return int(found[1]), int(found[2])


def part_target(targets: Sequence[Path]) -> Path:
    """Return where a part is written.

    Raises:
        ConfigError: not to one file of JSON lines.
    """
    from logdoc.errors import ConfigError

    if len(targets) != 1 or targets[0] == STANDARD_OUTPUT or targets[0].suffix.lower() != ".jsonl":
        raise ConfigError("a part is written to one file", where="--shard", hint="Add -o part-1.jsonl.")
    return targets[0]
