"""Following runs while they train: what `logdoc watch` does, without a terminal."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

from logdoc.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from logdoc.model import RunAnalysis
    from logdoc.watching import Event, Watcher

__all__ = ["end_of", "events_of", "make_watcher"]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{1,20}://")
_REST = 40.0  # times the CPU time of a look that found nothing, so that a large folder costs under 3 % of a core
_WORK = 10.0  # times that of a look that had to read and judge


def make_watcher(
    paths: Sequence[str | Path],
    *,
    fail_on: str = "error",
    stall_after: float | None = None,
    rules: Sequence[str | Path] = (),
    settings: Mapping[str, str | float] | None = None,
    mapping: Mapping[str, str] | None = None,
    format: str | None = None,  # noqa: A002 - the name of the option
    code: Path | str | bool = True,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    overfit_test: bool = False,
    mark: Callable[[RunAnalysis], RunAnalysis] | None = None,
) -> Watcher:
    """Return a watcher of the runs below paths; `Watcher.poll` looks once.

    Args:
        paths: local files, folders or patterns; what is not there yet is waited for.
        fail_on: the least severity that is an alarm: ``error``, ``warning`` or ``info``.
        stall_after: seconds without a new byte that are an alarm, too; None: never.
        rules, settings, mapping, format, code, select, ignore, overfit_test: as for `logdoc.analyze`.
        mark: what `logdoc.api.accepting.marker` returns: accepted and known findings are told no more.

    Raises:
        ConfigError: a path is standard input or a URL, or an option names something that is not there.
    """
    from logdoc.api.asking import task_of
    from logdoc.readers import format_named
    from logdoc.scale.work import judge_of
    from logdoc.watching import Watcher

    for path in paths:
        if str(path) == "-" or _URL.match(str(path)):
            raise ConfigError("only local files and folders can be watched", where=str(path))
    task = task_of(rules, settings, mapping, code, select, ignore, overfit_test=overfit_test)
    return Watcher(
        paths,
        judge_of(task),
        fail_on=fail_on,
        stall_after=stall_after,
        format=format_named(format) if format is not None else None,
        program=task.program,
        mark=mark,
    )


def events_of(
    watcher: Watcher, interval: float = 5.0, *, stopped: threading.Event | None = None
) -> Iterator[list[Event]]:
    """Look at logs again and again, and return what is new after every look.

    Args:
        watcher: as `make_watcher` returns it.
        interval: seconds between two looks; more where a look costs so much that it would keep a core busy.
        stopped: once it is set there is one more look, and then none.
    """
    stopped = stopped or threading.Event()
    last = False
    while True:
        begin = time.process_time()
        events = watcher.poll(time.time())
        cost = time.process_time() - begin
        yield events
        if last:
            return
        last = stopped.wait(max(interval, cost * (_WORK if watcher.read_anything else _REST)))


def end_of(read: Callable[[], bytes]) -> threading.Event:
    """Return what is set when a stream ends, such as standard input of a program whose parent is gone."""
    ended = threading.Event()

    def wait() -> None:
        while read():
            pass
        ended.set()

    threading.Thread(target=wait, name="logdoc-parent", daemon=True).start()
    return ended
