"""The verbs of logdoc. Each reads its options, calls `logdoc.api`, prints, and returns an exit code."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from logdoc.cli import FOUND, NOTHING, OK
from logdoc.cli.rules import rules_app
from logdoc.report.forms import SUFFIXES

if TYPE_CHECKING:
    from logdoc.model import Analysis

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Reads the logs of training runs and says what is wrong, why, how sure it is, and what to change first.",
    epilog="Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 usage or rule error, "
    "3 nothing could be judged.",
)
app.add_typer(rules_app, name="rules")


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
Format = Annotated[
    str | None, typer.Option("--format", help="Read everything as this format instead of detecting it.", metavar="NAME")
]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", help="Say what a name means: train.loss=my/loss. Repeatable.", metavar="ROLE=NAME"),
]
Rules = Annotated[
    list[Path] | None, typer.Option("--rules", help="A folder with more rules. Repeatable.", metavar="DIR")
]


@app.command()
def analyze(
    paths: Paths,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            help=f"Also write a report; its suffix decides: {SUFFIXES}. Repeatable.",
            metavar="FILE",
        ),
    ] = None,
    fail_on: Annotated[FailOn, typer.Option(help="Exit with 1 when a finding is at least this severe.")] = FailOn.error,
    mapping: Map = None,
    rules: Rules = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a rule's parameter. Repeatable.", metavar="RULE.PARAM=VALUE"),
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option("--select", help="Only these rules or tags. Repeatable.", metavar="RULE|TAG")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="Not these rules or tags. Repeatable.", metavar="RULE|TAG")
    ] = None,
    format_: Format = None,
    overfit_test: Annotated[
        bool, typer.Option("--overfit-test", help="The runs overfit a small set on purpose; say whether they did.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every run in full, the healthy ones too.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> int:
    """Find what is wrong in the runs below PATHS, why, and what to change first."""
    from logdoc import api
    from logdoc.cli import terminal

    analysis = api.analyze(
        paths,
        rules=rules or (),
        settings=_pairs(settings, "--set"),
        mapping=_pairs(mapping, "--map"),
        format=format_,
        select=select or (),
        ignore=ignore or (),
        overfit_test=overfit_test,
    )
    if not quiet:
        terminal.print_analysis(analysis, verbose=verbose)
    for path in output or ():
        api.write_report(analysis, path)
        if not quiet:
            terminal.note(f"wrote {path}")
    return exit_code(analysis, fail_on)


def exit_code(analysis: Analysis, fail_on: FailOn) -> int:
    """Return the exit code of an analysis."""
    if all(run.verdict in ("undecidable", "unreadable") for run in analysis.runs):
        return NOTHING
    order = ["error", "warning", "info"]
    if fail_on is FailOn.never:
        return OK
    failing = set(order[: order.index(fail_on.value) + 1])
    findings = [
        *(f for run in analysis.runs for f in run.findings),
        *(f for group in analysis.groups for f in group.findings),
    ]
    found = [f.severity for f in findings if f.status == "fires"]
    return FOUND if failing.intersection(found) else OK


@app.command()
def explain(
    paths: Annotated[str, typer.Argument(metavar="RUN", help="A log file or folder.", show_default=False)],
    cause: Annotated[str, typer.Argument(help="The id of a cause.", show_default=False)],
    run: Annotated[
        str | None, typer.Option("--run", help="Which run, where the path holds several.", metavar="ID")
    ] = None,
    mapping: Map = None,
    rules: Rules = None,
    format_: Format = None,
) -> int:
    """Show the arithmetic behind one cause: its prior, and how much every finding moves it."""
    from logdoc import api
    from logdoc.cli import terminal

    found = api.explain(paths, cause, run=run, mapping=_pairs(mapping, "--map"), rules=rules or (), format=format_)
    terminal.print_explanations(found)
    return OK


@app.command()
def compare(
    baseline: Annotated[
        str, typer.Argument(help="The run to measure by, or several repetitions of it.", show_default=False)
    ],
    candidate: Annotated[str, typer.Argument(help="The run to judge.", show_default=False)],
    tolerance: Annotated[
        float, typer.Option(help="How much worse it may be, as a share of the baseline's result.", min=0.0, max=1.0)
    ] = 0.02,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output",
            "-o",
            help=f"Also write the comparison; its suffix decides: {SUFFIXES}. Repeatable.",
            metavar="FILE",
        ),
    ] = None,
    mapping: Map = None,
    rules: Rules = None,
    format_: Format = None,
) -> int:
    """Say whether CANDIDATE is worse than BASELINE beyond noise, from which step on, and why.

    Exit code 1 when it is.
    """
    from logdoc import api
    from logdoc.cli import terminal

    found = api.compare(
        baseline, candidate, tolerance=tolerance, mapping=_pairs(mapping, "--map"), rules=rules or (), format=format_
    )
    terminal.print_comparisons(found)
    for path in output or ():
        api.write_comparison(found, path)
        terminal.note(f"wrote {path}")
    if all(one.verdict == "unclear" for one in found):
        return NOTHING
    return FOUND if any(one.verdict == "worse" for one in found) else OK


@app.command()
def inspect(
    paths: Paths,
    mapping: Map = None,
    rules: Rules = None,
    format_: Format = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Of console logs: how each kind of line was understood, and which were not.")
    ] = False,
) -> int:
    """Print what was read, how each name was understood, and what was left out."""
    from logdoc import api
    from logdoc.cli import terminal

    if lines:
        kinds = api.inspect_lines(paths)
        terminal.print_line_kinds(kinds)
        return OK if kinds else NOTHING
    seen = api.inspect(paths, mapping=_pairs(mapping, "--map"), rules=rules or (), format=format_)
    terminal.print_inspection(seen)
    return OK if seen.runs else NOTHING


@app.command()
def roles(
    text: Annotated[str, typer.Argument(help="Only roles whose name, meaning or examples hold it.")] = "",
    rules: Rules = None,
) -> int:
    """List what a series can be, for --map ROLE=NAME: role, type, unit, meaning, names as logged."""
    from logdoc.api import rulebase
    from logdoc.cli import terminal

    found = rulebase.find_roles(text, rules or ())
    terminal.print_table(
        [(role.written, role.type, role.unit, role.brief, ", ".join((*role.examples, *role.names))) for role in found],
        ("role", "type", "unit", "what it is", "names as logged"),
    )
    return OK


@app.command()
def export(
    paths: Paths,
    to: Annotated[str, typer.Option("--to", help="csv, jsonl or parquet.", metavar="FORMAT")] = "csv",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file to write; standard output without it.", metavar="FILE"),
    ] = None,
    attempts: Annotated[bool, typer.Option("--attempts", help="Also what restarts replaced.")] = False,
    format_: Format = None,
) -> int:
    """Write the curves of every run as one tidy table: run, tag, step, wall_time, value, attempt."""
    import sys

    from logdoc import api
    from logdoc.cli import terminal

    runs, rows, defects = api.export(
        paths, output if output is not None else sys.stdout.buffer, to=to, attempts=attempts, format=format_
    )
    for defect in defects:
        if defect.lost:
            terminal.note(f"{defect.source}: {defect.what}")
    terminal.note(f"{rows:,} points of {runs:,} runs" + (f" in {output}" if output is not None else ""))
    return OK if rows else NOTHING


@app.command()
def render(
    report: Annotated[Path, typer.Argument(help="A saved report.json.")],
    output: Annotated[
        list[Path] | None,
        typer.Option("--output", "-o", help=f"What to write; its suffix decides: {SUFFIXES}.", metavar="FILE"),
    ] = None,
) -> int:
    """Turn a saved JSON report into other formats, without the logs."""
    from logdoc import api
    from logdoc.cli import terminal

    analysis = api.load_report(report)
    for path in output or ():
        api.write_report(analysis, path)
        terminal.note(f"wrote {path}")
    if not output:
        terminal.print_analysis(analysis)
    return OK


@app.command()
def version() -> int:
    """Print the version of logdoc."""
    from logdoc.version import __version__

    typer.echo(__version__)
    return OK


def _pairs(options: list[str] | None, flag: str) -> dict[str, str]:
    from logdoc.errors import ConfigError

    pairs: dict[str, str] = {}
    for option in options or ():
        key, sign, value = option.partition("=")
        if not sign or not key or not value:
            raise ConfigError(f"'{option}' is not of the form KEY=VALUE", where=flag)
        pairs[key.strip()] = value.strip()
    return pairs
