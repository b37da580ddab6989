"""The verbs that end in a report: ``analyze`` and ``render``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from logdoc.cli.exits import DAMAGED, FOUND, NOTHING, OK, USAGE
from logdoc.cli.options import (
    STANDARD_OUTPUT,
    Brief,
    Code,
    FailOn,
    InputFormat,
    Map,
    NoCode,
    Output,
    Paths,
    ReportFormat,
    Rules,
    Runs,
    Verbose,
    code_of,
    formats,
    pairs,
)
from logdoc.model.notes import FAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.api import Analysis
    from logdoc.api.configuration import Configuration
    from logdoc.cli.terminal import Detail


def analyze(
    paths: Paths,
    output: Output = None,
    format_: ReportFormat = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="Exit with 1 when a finding is at least this severe; by default error.", show_default=False),
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 even when something is found.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 4 when data were lost or a file could not be read.")
    ] = False,
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
    input_format: InputFormat = None,
    code: Code = None,
    no_code: NoCode = False,
    overfit_test: Annotated[
        bool, typer.Option("--overfit-test", help="The runs overfit a small set on purpose; say whether they did.")
    ] = False,
    baseline: Annotated[
        Path | None, typer.Option(help="Findings in this file are known and fail nothing.", metavar="FILE")
    ] = None,
    new_baseline: Annotated[
        Path | None, typer.Option("--write-baseline", help="Write what is found as a baseline.", metavar="FILE")
    ] = None,
    run: Runs = None,
    brief: Brief = False,
    verbose: Verbose = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    config: Annotated[
        Path | None,
        typer.Option(help="The configuration; by default the closest logdoc.toml or pyproject.toml.", metavar="FILE"),
    ] = None,
    no_config: Annotated[bool, typer.Option("--no-config", help="Read no configuration.")] = False,
) -> int:
    """Find what is wrong in the runs below PATHS, why, and what to change first."""
    from logdoc import api
    from logdoc.api.targets import refuse_inputs
    from logdoc.cli import progress, terminal

    form, input_format = formats(format_, input_format)
    decided = _decided(config, no_config)
    with progress.shown(quiet=quiet) as moved:
        analysis = api.analyze(
            paths,
            rules=rules or decided.rules,
            settings={**decided.settings, **pairs(settings, "--set")},
            mapping={**decided.mapping, **pairs(mapping, "--map")},
            format=input_format or decided.input_format,
            code=code_of(code, no_code=no_code),
            select=select or decided.select,
            ignore=ignore or decided.ignore,
            overfit_test=overfit_test or decided.overfit_test,
            progress=moved,
        )
    known = dataclasses.replace(decided, baseline=baseline or decided.baseline)
    analysis = _marked(analysis, known, new_baseline)
    detail = terminal.Detail(tuple(run or ()), verbose=verbose, brief=brief)
    targets = output or decided.output
    refuse_inputs(paths, (source for one in analysis.runs for source in one.sources), tuple(targets))
    give(analysis, form, targets, detail, quiet=quiet)
    status = exit_code(analysis, fail_on or FailOn(decided.fail_on or "error"), strict=strict or decided.strict)
    return OK if exit_zero and status == FOUND else status


def render(
    report: Annotated[Path, typer.Argument(help="A saved report.json.")],
    output: Output = None,
    format_: ReportFormat = None,
    run: Runs = None,
    brief: Brief = False,
    verbose: Verbose = False,
) -> int:
    """Turn a saved JSON report into other formats, without the logs."""
    from logdoc import api
    from logdoc.cli import terminal
    from logdoc.errors import ReadError

    form, _ = formats(format_, None)
    detail = terminal.Detail(tuple(run or ()), verbose=verbose, brief=brief)
    analysis = api.load_report(report)
    try:
        give(analysis, form, output or (), detail, quiet=bool(output) and format_ is None)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
        # Whatever the schema lets through and no version of logdoc would have written.
        raise ReadError(
            f"it cannot be drawn ({type(error).__name__})",
            where=str(report),
            hint="Give a report.json that logdoc wrote.",
        ) from error
    return OK


def give(analysis: Analysis, form: str, output: Sequence[Path], detail: Detail, *, quiet: bool) -> None:
    """Print an analysis in one form, unless `quiet` says otherwise, and write it to files; ``-`` prints it anyway."""
    from logdoc import api
    from logdoc.api import reporting
    from logdoc.cli import terminal

    if not quiet or STANDARD_OUTPUT in output:
        if form == "text":
            terminal.print_analysis(analysis, detail)
        else:
            terminal.print_document(reporting.render_report(analysis, form))
    for path in output:
        if path != STANDARD_OUTPUT:
            api.write_report(analysis, path)
            if not quiet:
                terminal.note(f"wrote {path}")


def exit_code(analysis: Analysis, fail_on: FailOn, *, strict: bool = False) -> int:
    """Return the exit code of an analysis; findings that are accepted or known count for nothing.

    Where several codes hold, a fault of logdoc or of a rule comes first, then that nothing could be judged, then, with
    `strict`, that data were lost, then findings.
    """
    findings = [
        *(f for run in analysis.runs for f in run.findings),
        *(f for group in analysis.groups for f in group.findings),
    ]
    notes = [*(d for run in analysis.runs for d in run.defects), *analysis.defects]
    if any(f.status == "error" for f in findings) or any(d.id == FAULT for run in analysis.runs for d in run.defects):
        return USAGE
    if all(run.verdict in ("undecidable", "unreadable") for run in analysis.runs):
        return NOTHING
    if strict and any(d.lost for d in notes):
        return DAMAGED
    order = ["error", "warning", "info"]
    if fail_on is FailOn.never:
        return OK
    failing = set(order[: order.index(fail_on.value) + 1])
    return FOUND if failing.intersection(f.severity for f in findings if f.counts) else OK


def _decided(place: Path | None, none: bool) -> Configuration:
    from logdoc.api import configuration

    found = None if none else place or configuration.find(Path.cwd())
    return configuration.read(found) if found else configuration.Configuration()


def _marked(analysis: Analysis, decided: Configuration, new_baseline: Path | None) -> Analysis:
    """Mark what is accepted or known; a baseline that is written now is known at once."""
    from logdoc.api import accepting
    from logdoc.cli import terminal

    analysis, notes = accepting.marked(
        analysis, accept=decided.accept, baseline=None if new_baseline else decided.baseline
    )
    for text in notes:
        terminal.note(text)
    if new_baseline is None:
        return analysis
    count = accepting.write_baseline(analysis, new_baseline)
    terminal.note(f"wrote {new_baseline}: {count} known findings")
    return accepting.marked(analysis, accept=decided.accept, baseline=new_baseline)[0]
