"""How far a long analysis is: a bar on standard error, only where a person looks at a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from logdoc.report.escape import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from logdoc.model import Progress

_FEWEST = 2  # one log needs no bar


@contextlib.contextmanager
def shown(*, quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """Show a bar while the block runs, and give the function that moves it; None where nobody would see it."""
    if quiet or not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("reading", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[judged]} judged", markup=False),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[run]}", markup=False),
    )
    bar = Bar(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=None, judged=0, run="")

    def move(now: Progress) -> None:
        if now.found >= _FEWEST and not bar.live.is_started:
            bar.start()
        bar.update(task, total=now.found, completed=now.read, judged=now.judged, run=show(now.run, cap=40))

    try:
        yield move
    finally:
        if bar.live.is_started:
            bar.stop()
