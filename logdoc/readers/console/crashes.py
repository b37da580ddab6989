"""How a program ended, from the last lines it printed."""

from __future__ import annotations

import re
from typing import NamedTuple

from logdoc.readers.console.cleaning import lines_of

_TAIL = 400  # lines


def _sign(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_SIGNS = (
    (
        "ran out of GPU memory",
        _sign("CUDA out of memory|OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED|HIP out of memory|RESOURCE_EXHAUSTED"),
    ),
    (
        "a collective operation timed out (NCCL)",
        _sign(r"NCCL.*(?:timeout|timed out)|Watchdog caught collective operation timeout|ncclSystemError"),
    ),
    ("a data loader worker was killed", _sign(r"DataLoader worker.*(?:killed|exited unexpectedly)")),
    ("the disk was full", _sign(r"No space left on device|Disk quota exceeded")),
    (
        "stopped because the loss was not finite",
        _sign(r"loss is (?:nan|inf).*stop|NaN or Inf found in input|loss (?:is|was|became) nan"),
    ),
    (
        "was preempted or reached its time limit",
        _sign(r"DUE TO (?:TIME LIMIT|PREEMPTION)|received SIGTERM|signal 15|SIGUSR1.*preempt"),
    ),
    ("crashed (segmentation fault)", _sign("Segmentation fault|core dumped")),
    (
        "was killed by the system, most often for memory",
        _sign(r"^(?:\S+: line \d+: +\d+ )?Killed\b|oom-kill|Out Of Memory: Killed"),
    ),
)
_TRACEBACK = re.compile(r"^Traceback \(most recent call last\)")
_EXCEPTION = re.compile(r"^(?:[\w.]+\.)?([A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning)?)(?::\s.*)?$")


class Crash(NamedTuple):
    """A sign of the end: what it says, the number of the line, the line."""

    what: str
    line: int
    text: str


def crashes_in(text: str) -> list[Crash]:
    """Return what the last lines of a log say about the end of the program, the most telling first; at most three."""
    lines = list(lines_of(text))[-_TAIL:]
    found: dict[str, Crash] = {}
    in_traceback = False
    for number, line in lines:
        for what, pattern in _SIGNS:
            if what not in found and pattern.search(line):
                found[what] = Crash(what, number, line[:200])
                break
        if _TRACEBACK.match(line):
            in_traceback = True
        elif (
            in_traceback
            and not line.startswith(("File ", "^", "~"))
            and (match := _EXCEPTION.match(line))
            and match[1][0].isupper()
            and ":" in line + ":"
        ):
            if not any(crash.line == number for crash in found.values()):
                found["ended with an exception"] = Crash("ended with an exception", number, line[:200])
            in_traceback = False
    return list(found.values())[:3]
