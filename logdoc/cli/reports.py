"""The verbs that end in a report: ``analyze`` and ``render``, as Typer reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logdoc.cli.analysing import Wanted, analysed, rendered
from logdoc.cli.options import (
    Answers,
    Ask,
    Baseline,
    Brief,
    Code,
    Config,
    Dask,
    ExitZero,
    Ignore,
    InputFormat,
    Jobs,
    Map,
    NewBaseline,
    NoCache,
    NoCode,
    NoConfig,
    Output,
    OverfitTest,
    Paths,
    Quiet,
    ReportFormat,
    Rules,
    Runs,
    Select,
    Settings,
    Shard,
    Strict,
    Verbose,
)
from logdoc.cli.values import FailOn


def analyze(
    paths: Paths,
    output: Output = None,
    format_: ReportFormat = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="Exit with 1 when a finding is at least this severe; by default error.", show_default=False),
    ] = None,
    exit_zero: ExitZero = False,
    strict: Strict = False,
    mapping: Map = None,
    rules: Rules = None,
    settings: Settings = None,
    select: Select = None,
    ignore: Ignore = None,
    input_format: InputFormat = None,
    code: Code = None,
    no_code: NoCode = False,
    jobs: Jobs = None,
    shard: Shard = None,
    dask: Dask = None,
    no_cache: NoCache = False,
    overfit_test: OverfitTest = False,
    ask: Ask = False,
    answers: Answers = None,
    baseline: Baseline = None,
    new_baseline: NewBaseline = None,
    run: Runs = None,
    brief: Brief = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
    config: Config = None,
    no_config: NoConfig = False,
) -> int:
    """Find what is wrong in the runs below PATHS, why, and what to change first."""
    return analysed(Wanted(**locals()))


def render(
    report: Annotated[Path, typer.Argument(help="A saved report.json.")],
    output: Output = None,
    format_: ReportFormat = None,
    run: Runs = None,
    brief: Brief = False,
    verbose: Verbose = False,
) -> int:
    """Turn a saved JSON report into other formats, without the logs."""
    return rendered(report, output or (), format_, run or (), brief=brief, verbose=verbose)
