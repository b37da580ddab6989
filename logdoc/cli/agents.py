"""The verb ``mcp``: a server for coding agents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logdoc.cli.exits import OK


def mcp(
    roots: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders that may be read; by default this one. Nothing outside is.", show_default=False),
    ] = None,
) -> int:
    """Answer a coding agent's questions about runs, over the Model Context Protocol on standard input and output.

    Needs the extra mcp of logdoc. Tools: list_runs, diagnose, explain, compare, curve, log_next.
    """
    from logdoc.agents.server import serve

    serve(roots or [Path()])
    return OK
