"""The verb ``push``: verdict and findings to where people already look."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logdoc.cli.exits import NOTHING, OK
from logdoc.cli.options import Code, InputFormat, Map, NoCode, Paths, Rules
from logdoc.cli.values import code_of, pairs


def push(
    paths: Paths,
    mlflow: Annotated[
        str | None,
        typer.Option("--mlflow", help="A tracking store: sqlite:///mlflow.db, a folder, a server.", metavar="URI"),
    ] = None,
    wandb: Annotated[
        Path | None, typer.Option("--wandb", help="A folder for offline runs of W&B.", metavar="DIR")
    ] = None,
    tensorboard: Annotated[
        Path | None, typer.Option("--tensorboard", help="A folder for event files with the report.", metavar="DIR")
    ] = None,
    mapping: Map = None,
    rules: Rules = None,
    input_format: InputFormat = None,
    code: Code = None,
    no_code: NoCode = False,
) -> int:
    """Judge the runs below PATHS, or take a saved report.json, and write verdict and findings to other tools.

    What was logged stays as it is: tags, a text and files are added beside it.
    """
    from logdoc import api
    from logdoc.api import pushing
    from logdoc.cli import terminal
    from logdoc.errors import ReadError

    analysis = None
    if len(paths) == 1 and paths[0].endswith(".json"):
        try:
            analysis = api.load_report(paths[0])
        except ReadError:
            analysis = None  # a log
    if analysis is None:
        analysis = api.analyze(
            paths,
            mapping=pairs(mapping, "--map"),
            rules=rules or (),
            format=input_format,
            code=code_of(code, no_code=no_code),
        )
    for line in pushing.push(analysis, mlflow=mlflow, wandb=wandb, tensorboard=tensorboard):
        terminal.note(line)
    return OK if analysis.runs else NOTHING
