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
        TextColumn("{task.fields[doing]}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[counted]}", markup=False),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[run]}", markup=False),
    )
    bar = Bar(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=None, doing="", counted="", run="")

    def move(now: Progress) -> None:
        if now.listed:
            bar.update(task, completed=now.listed, doing="looking for logs", counted="files looked at")
        else:
            counted, run = f"{now.judged} judged", show(now.run, cap=40)
            bar.update(task, total=now.found, completed=now.read, doing="reading", counted=counted, run=run)
        if (now.found >= _FEWEST or now.listed) and not bar.live.is_started:
            bar.start()

    try:
        yield move
    finally:
        if bar.live.is_started:
            bar.stop()
