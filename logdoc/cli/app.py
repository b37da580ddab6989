"""The verbs of logdoc. Each reads its options, calls `logdoc.api`, prints, and returns an exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logdoc.cli.agents import mcp
from logdoc.cli.cache import cache_app
from logdoc.cli.exits import FOUND, NOTHING, OK
from logdoc.cli.live import watch
from logdoc.cli.options import Answers, Code, InputFormat, Map, NoCode, OnlyInputFormat, Paths, Rules
from logdoc.cli.parts import merge
from logdoc.cli.pipeline import accept, comment, count, demo, init
from logdoc.cli.pushing import push
from logdoc.cli.reports import analyze, render
from logdoc.cli.rules import rules_app
from logdoc.cli.values import STANDARD_OUTPUT, code_of, formats, known_forms, pairs
from logdoc.report.forms import COMPARISON_FORMS, NAMES, SUFFIXES


def _print_version(wanted: bool) -> None:
    if wanted:
        from logdoc.version import __version__

        typer.echo(__version__)
        raise typer.Exit


app = typer.Typer(
    add_completion=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Reads the logs of training runs and says what is wrong, why, how sure it is, and what to change first.",
    epilog="Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 usage or rule error, "
    "3 nothing could be judged, 4 data were lost (with --strict).",
)
app.add_typer(rules_app, name="rules")
app.add_typer(cache_app, name="cache")


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version of logdoc.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Take the options that stand before a verb."""


app.command()(analyze)
app.command()(watch)
app.command()(mcp)
app.command()(push)


@app.command()
def explain(
    paths: Annotated[str, typer.Argument(metavar="RUN", help="A log file or folder.", show_default=False)],
    cause: Annotated[
        str | None, typer.Argument(help="The id of a cause; by default the run's most probable one.")
    ] = None,
    run: Annotated[
        str | None, typer.Option("--run", help="Which run, where the path holds several.", metavar="ID")
    ] = None,
    mapping: Map = None,
    rules: Rules = None,
    format_: OnlyInputFormat = None,
    code: Code = None,
    no_code: NoCode = False,
    answers: Answers = None,
) -> int:
    """Show the arithmetic behind one cause: its prior, and how much every finding and every answer moves it."""
    from logdoc import api
    from logdoc.cli import terminal
    from logdoc.cli.asking import gathered

    found = api.explain(
        paths,
        cause,
        run=run,
        mapping=pairs(mapping, "--map"),
        rules=rules or (),
        format=format_,
        code=code_of(code, no_code=no_code),
        answers=gathered([paths], ask=False, file=answers, targets=()),
    )
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
    format_: Annotated[
        str | None,
        typer.Option("--format", help=f"What standard output is: {NAMES}.", metavar="NAME"),
    ] = None,
    mapping: Map = None,
    rules: Rules = None,
    input_format: InputFormat = None,
) -> int:
    """Say whether CANDIDATE is worse than BASELINE beyond noise, from which step on, and why.

    Exit code 1 when it is.
    """
    from logdoc import api
    from logdoc.api import reporting
    from logdoc.api.targets import refuse_inputs
    from logdoc.cli import terminal

    known_forms(output or (), COMPARISON_FORMS)
    form, input_format = formats(format_, input_format, COMPARISON_FORMS)
    found = api.compare(
        baseline,
        candidate,
        tolerance=tolerance,
        mapping=pairs(mapping, "--map"),
        rules=rules or (),
        format=input_format,
    )
    sources = [source for one in found for run in (one.baseline, one.candidate) for source in run.sources]
    refuse_inputs((baseline, candidate), sources, output or ())
    if form == "text":
        terminal.print_comparisons(found)
    else:
        terminal.print_document(reporting.render_comparison(found, form))
    for path in output or ():
        if path != STANDARD_OUTPUT:
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
    format_: OnlyInputFormat = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Of console logs: how each kind of line was understood, and which were not.")
    ] = False,
    code: Code = None,
    no_code: NoCode = False,
) -> int:
    """Print what was read, how each name was understood, and what was left out."""
    from logdoc import api
    from logdoc.cli import terminal

    if lines:
        kinds = api.inspect_lines(paths)
        terminal.print_line_kinds(kinds)
        return OK if kinds else NOTHING
    seen = api.inspect(
        paths, mapping=pairs(mapping, "--map"), rules=rules or (), format=format_, code=code_of(code, no_code=no_code)
    )
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
    format_: OnlyInputFormat = None,
) -> int:
    """Write the curves of every run as one tidy table: run, tag, step, wall_time, value, attempt."""
    import sys

    from logdoc import api
    from logdoc.cli import terminal

    output = None if output == STANDARD_OUTPUT else output
    runs, rows, defects = api.export(
        paths, output if output is not None else sys.stdout.buffer, to=to, attempts=attempts, format=format_
    )
    for defect in defects:
        if defect.lost:
            terminal.note(f"{defect.source}: {defect.what}")
    terminal.note(f"{rows:,} points of {runs:,} runs" + (f" in {output}" if output is not None else ""))
    return OK if rows else NOTHING


app.command()(render)
app.command()(merge)
app.command()(accept)
app.command()(comment)
app.command()(count)
app.command()(init)
app.command()(demo)


@app.command()
def version() -> int:
    """Print the version of logdoc."""
    from logdoc.version import __version__

    typer.echo(__version__)
    return OK
