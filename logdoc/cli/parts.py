"""The verb ``merge``: the other half of ``analyze --shard``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logdoc.cli.analysing import decided_by, exit_code, give, marked
from logdoc.cli.exits import FOUND, OK
from logdoc.cli.options import Brief, Output, ReportFormat, Runs, Verbose
from logdoc.cli.values import FailOn, formats


def merge(
    parts: Annotated[list[Path], typer.Argument(help="Every part that `--shard` wrote.", show_default=False)],
    output: Output = None,
    format_: ReportFormat = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="Exit with 1 when a finding is at least this severe; by default error.", show_default=False),
    ] = None,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 even when something is found.")] = False,
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
    """Put the parts of a report together: the report is that of one call."""
    from logdoc.api import parts as api
    from logdoc.cli import terminal

    form, _ = formats(format_, None)
    decided = decided_by(config, no_config)
    analysis = marked(api.merge(parts), decided, None)
    detail = terminal.Detail(tuple(run or ()), verbose=verbose, brief=brief)
    give(analysis, form, output or decided.output, detail, quiet=quiet)
    status = exit_code(analysis, fail_on or FailOn(decided.fail_on or "error"), strict=decided.strict)
    return OK if exit_zero and status == FOUND else status
