"""Runs of the logs in tests/written."""

from __future__ import annotations

from pathlib import Path

from logdoc.model import Run
from logdoc.readers import load

WRITTEN = Path(__file__).parents[1] / "written"


def only_run(*parts: str) -> Run:
    """Return the run of a folder or file that holds one."""
    (run,) = (item for item in load([WRITTEN.joinpath(*parts)]) if isinstance(item, Run))
    return run
