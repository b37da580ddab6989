"""Families judged by several processes of this machine.

Each is an interpreter of its own that is handed families and hands back lines of plain data; no code and no pickled
object goes either way, and the program that calls logdoc is not run again in it. One that dies costs the family it was
at: that family is tried once more, alone, and then told as a defect.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from logdoc.model import Defect
from logdoc.model.notes import FAULT, OVER_BUDGET
from logdoc.resources import budget
from logdoc.scale.items import read_items, write_family

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logdoc.readers import Family
    from logdoc.scale.cache import Cache
    from logdoc.scale.items import Item
    from logdoc.scale.work import Task

_CHUNK = 8  # families at most that one process is handed at once
_SHARE = 4  # each process gets its part in at least so many chunks, so that all end together
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "BLIS_NUM_THREADS")
_WAIT = 0.5  # seconds between looks at whether anybody wants to end this
_FEW = 32  # families; judging fewer takes less time than starting processes
_EACH = 16  # families at least for every process
_LARGE = 64 << 20  # bytes; so much takes seconds to read, however few the families are

Place = tuple[int, "Family"]


def cores() -> int:
    """Return how many cores this process may use: those it is bound to, and no more than its container is granted."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:  # noqa: PTH123
            quota, period = file.read().split()
        return max(1, min(bound, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no limit is the word "max"
        return bound


def jobs_for(families: Sequence[Family], wanted: int | None) -> int:
    """Return how many processes judge so many families; 1 is this one alone.

    Args:
        families: what is to be judged.
        wanted: what the user says; None decides by the number and size of the families.
    """
    if wanted is not None:
        return max(1, min(wanted, len(families)))
    if len(families) >= _FEW:
        return max(1, min(cores(), len(families) // _EACH))
    return min(cores(), len(families)) if len(families) > 1 and _size(families) >= _LARGE else 1


def _size(families: Sequence[Family]) -> int:
    total = 0
    for family in families:
        for _, source in family.sources:
            for path in source.files:
                with contextlib.suppress(OSError):
                    total += path.stat().st_size
    return total


def possible() -> bool:
    """Whether an interpreter can be started: not in a program that was frozen into one file."""
    return bool(sys.executable) and not getattr(sys, "frozen", False)


def judged_by_processes(
    places: Sequence[Place], task: Task, jobs: int, cache: Cache | None = None
) -> Iterator[tuple[int, Sequence[Item]]]:
    """Yield what comes of each family with its place, in the order in which it is done; fewer where no process could be
    started, and the caller has to do the rest itself.

    Args:
        places: families with their places in the report.
        task: what is asked of them.
        jobs: how many processes.
        cache: what is judged is kept there, by the process that judges it.
    """
    pool = _Pool(places, task, jobs, cache)
    try:
        yield from pool.results()
    finally:
        pool.end()


class _Pool:
    """The processes, each with a thread that talks to it."""

    def __init__(self, places: Sequence[Place], task: Task, jobs: int, cache: Cache | None) -> None:
        self._waiting = deque(places)
        self._again: deque[Place] = deque()
        self._lock = threading.Lock()
        self._cache = cache
        place = None if cache is None else [str(cache.folder), cache.asked]
        self._task = json.dumps({"task": task.written(), "cache": place, "watched": budget.watched()}).encode()
        self._jobs = jobs
        self._done: queue.SimpleQueue[tuple[int, Sequence[Item]] | None] = queue.SimpleQueue()
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._ended = False
        self._threads = [threading.Thread(target=self._talk, daemon=True) for _ in range(jobs)]

    def results(self) -> Iterator[tuple[int, Sequence[Item]]]:
        """Yield what comes of each place, as it comes."""
        for thread in self._threads:
            thread.start()
        working = len(self._threads)
        while working:
            try:
                result = self._done.get(timeout=_WAIT)
            except queue.Empty:
                continue
            if result is None:
                working -= 1
            else:
                yield result

    def end(self) -> None:
        """End every process, whatever it is doing."""
        with self._lock:
            self._ended = True
            left = list(self._processes)
        for process in left:
            process.kill()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _talk(self) -> None:
        """Keep one process busy; where it dies, note what it died of and start another."""
        try:
            died = True
            while died and not self._ended:
                died = self._one_process()
        finally:
            self._done.put(None)

    def _one_process(self) -> bool:
        """Hand families to one process until none is left; return whether it died of one of them."""
        with self._lock:
            if self._ended or not (self._waiting or self._again):
                return False
            try:
                process = _started()
            except OSError:
                return False
            self._processes.add(process)
        try:
            return self._converse(process)
        finally:
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    stream.close()  # type: ignore[union-attr]
            process.wait()
            with self._lock:
                self._processes.discard(process)

    def _converse(self, process: subprocess.Popen[bytes]) -> bool:
        if not _send(process, self._task) or _line(process) is None:
            return False  # it never came so far as to say that it is ready: another would do no better
        while chunk := self._next():
            places, last_try = chunk
            alive = _send(process, json.dumps([[place, write_family(family)] for place, family in places]).encode())
            for number, (place, family) in enumerate(places):
                line = _line(process) if alive else None
                if line is None:
                    if not self._ended:
                        process.wait()
                        self._died(places[number:], _reason(process.returncode), last_try=last_try)
                    return True
                self._done.put((place, self._items(line, family)))
        return False

    def _items(self, line: str, family: Family) -> Sequence[Item]:
        """Return the items of an answer; a note stands before them, separated by a tab, which JSON holds nowhere."""
        note, _, told = line.rpartition("\t")
        try:
            items = read_items(told)
        except ValueError as error:
            return [
                Defect(family.id, f"not judged: its process sent what cannot be read ({error})", lost=True, id=FAULT)
            ]
        if self._cache is not None:
            self._cache.told_by_another(json.loads(note) if note else "")
        return items

    def _next(self) -> tuple[list[Place], bool] | None:
        """Return what is judged next, and whether it is the last try."""
        with self._lock:
            if self._ended:
                return None
            if self._waiting:
                size = min(_CHUNK, max(1, len(self._waiting) // (_SHARE * self._jobs)))
                return [self._waiting.popleft() for _ in range(size)], False
            return ([self._again.popleft()], True) if self._again else None

    def _died(self, left: Sequence[Place], reason: str, *, last_try: bool) -> None:
        """Note that a process died: at the first of the families that it still had."""
        first, *others = left
        with self._lock:
            self._waiting.extendleft(reversed(others))
            if not last_try:
                self._again.append(first)
        if last_try:
            what = f"not judged: the process that read it {reason}, twice"
            self._done.put((first[0], [Defect(first[1].id, what, lost=True, id=OVER_BUDGET)]))


def _started() -> subprocess.Popen[bytes]:
    paths = dict.fromkeys(os.path.abspath(path) for path in sys.path)  # noqa: PTH100 - "" is the working folder
    environment = {**os.environ, **dict.fromkeys(_ONE_THREAD, "1"), "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "logdoc.scale.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    )


def _send(process: subprocess.Popen[bytes], data: bytes) -> bool:
    stream: Any = process.stdin
    try:
        stream.write(data + b"\n")
        stream.flush()
    except OSError:
        return False
    return True


def _line(process: subprocess.Popen[bytes]) -> str | None:
    """Return the next whole line that a process says; None when it says no more."""
    stream: Any = process.stdout
    try:
        line: bytes = stream.readline()
    except (OSError, ValueError):
        return None
    return line.decode("ascii", "replace") if line.endswith(b"\n") else None


def _reason(code: int) -> str:
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = str(-code)
        hint = "; the system does so when memory runs out" if name == "SIGKILL" else ""
        return f"was ended by signal {name}{hint}"
    return f"ended with code {code}"
