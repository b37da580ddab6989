"""Options that several verbs share, as Typer reads them; what their values mean stands in `logdoc.cli.values`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logdoc.report.forms import FORMS, REPORT_SUFFIXES

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
