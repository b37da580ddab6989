"""Options that several verbs share, and what their values mean."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from logdoc.report.forms import FORMS, REPORT_SUFFIXES, form_named

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


Paths = Annotated[
    list[str],
    typer.Argument(help="Log files, folders of runs, patterns, URLs, or - for standard input.", show_default=False),
]
Output = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        "-o",
        help=f"Also write a report; the end of its name decides: {REPORT_SUFFIXES}. - is standard output. Repeatable.",
        metavar="FILE",
    ),
]
ReportFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        help=f"What standard output is: {', '.join(form.name for form in FORMS)}. By default text.",
        metavar="NAME",
    ),
]
InputFormat = Annotated[
    str | None,
    typer.Option("--input-format", help="Read everything as this format instead of detecting it.", metavar="NAME"),
]
OnlyInputFormat = Annotated[
    str | None,
    typer.Option(
        "--input-format", "--format", help="Read everything as this format instead of detecting it.", metavar="NAME"
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", help="Say what a name means: train.loss=my/loss. Repeatable.", metavar="ROLE=NAME"),
]
Rules = Annotated[
    list[Path] | None, typer.Option("--rules", help="A folder with more rules. Repeatable.", metavar="DIR")
]
Code = Annotated[
    Path | None,
    typer.Option(
        "--code",
        help="The training script, or a folder with it, when it does not lie beside the log. It is read, never run.",
        metavar="PATH",
    ),
]
NoCode = Annotated[bool, typer.Option("--no-code", help="Read no training script, not even one beside the log.")]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        help="How many processes judge the runs; by default the cores, where the runs are many.",
        min=1,
        metavar="N",
        show_default=False,
    ),
]
Shard = Annotated[
    str | None,
    typer.Option(
        "--shard",
        help="Judge only the I-th of N parts of the logs and write it with -o part.jsonl, for `logdoc merge`.",
        metavar="I/N",
    ),
]
Answers = Annotated[
    Path | None,
    typer.Option("--answers", help="Answers of an interview: read here, and with --ask kept here.", metavar="FILE"),
]
Runs = Annotated[
    list[str] | None,
    typer.Option("--run", help="Show this run in full; * and ? are wildcards. Repeatable.", metavar="GLOB"),
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every run in full, the healthy ones too.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a rule's parameter. Repeatable.", metavar="RULE.PARAM=VALUE"),
]
Select = Annotated[
    list[str] | None, typer.Option("--select", help="Only these rules or tags. Repeatable.", metavar="RULE|TAG")
]
Ignore = Annotated[
    list[str] | None, typer.Option("--ignore", help="Not these rules or tags. Repeatable.", metavar="RULE|TAG")
]
Baseline = Annotated[
    Path | None, typer.Option(help="Findings in this file are known and fail nothing.", metavar="FILE")
]
NewBaseline = Annotated[
    Path | None, typer.Option("--write-baseline", help="Write what is found as a baseline.", metavar="FILE")
]
Config = Annotated[
    Path | None,
    typer.Option(help="The configuration; by default the closest logdoc.toml or pyproject.toml.", metavar="FILE"),
]
NoConfig = Annotated[bool, typer.Option("--no-config", help="Read no configuration.")]
Dask = Annotated[
    str | None,
    typer.Option("--dask", help="Judge on a Dask cluster: the scheduler's address, or local.", metavar="ADDRESS"),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Judge every run anew, and keep nothing for later calls.")]
OverfitTest = Annotated[
    bool, typer.Option("--overfit-test", help="The runs overfit a small set on purpose; say whether they did.")
]
Ask = Annotated[
    bool, typer.Option("--ask", help="Ask at most five questions about the worst run, where there is a terminal.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 4 when data were lost or a file could not be read.")]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 even when something is found.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Brief = Annotated[bool, typer.Option("--brief", help="One line a run and nothing else.")]


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


def shard_of(text: str) -> tuple[int, int]:
    """Return ``2/5`` as (2, 5).

    Raises:
        ConfigError: it is something else.
    """
    import re

    from logdoc.errors import ConfigError

    found = re.fullmatch(r"(\d+)/(\d+)", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise ConfigError(f"'{text}' is no part", where="--shard", hint="Write 1/4 to 4/4: the first to last of four.")
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
