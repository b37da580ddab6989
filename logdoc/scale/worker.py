"""A process that judges families for another: lines of plain data in, lines of plain data out.

It ends when nobody talks to it any more, and leaves Ctrl-C to the process that started it.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
from functools import partial
from pathlib import Path

from logdoc.resources import budget
from logdoc.scale.cache import Cache
from logdoc.scale.items import read_family_of, write_items
from logdoc.scale.work import Task, judge_family, judge_of


def main() -> None:
    """Judge what is asked for until there is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(50_000, 20, 20)
    # Whatever a library prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    asked = sys.stdin.buffer
    told = json.loads(asked.readline())
    task = Task.read(told["task"])
    judge = judge_of(task)
    if told["watched"]:
        budget.start()
    cache = None if told["cache"] is None else Cache(Path(told["cache"][0]), told["cache"][1])
    with contextlib.suppress(BrokenPipeError):
        answers.write(b"ready\n")
        answers.flush()
        for line in asked:
            for _, written in json.loads(line):
                family = read_family_of(written)
                judged = partial(judge_family, family, judge, task.program)
                items = judged() if cache is None else cache.kept(family, judged)
                note = f"{json.dumps(cache.notes.pop())}\t" if cache is not None and cache.notes else ""
                answers.write(f"{note}{write_items(items)}\n".encode("ascii"))
                answers.flush()
    # The pipes are gone or empty; there is nothing to clean up that would be worth the time.
    os._exit(0)


if __name__ == "__main__":
    main()
