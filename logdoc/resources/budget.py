"""How much processor time and memory one log, or one rule, may take; who takes more is stopped and reported.

Time is that of the processor, not of the clock: a loaded machine stops nobody, and the same input ends the same way
unless it is a hundred times larger than any log that was seen. Only the command line starts the watch, for it needs a
signal of the process; elsewhere nothing is bounded.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_TICK = 0.25  # seconds of processor time between two looks
_GRACE = 1.0
SECONDS_PER_LOG = 60.0  # a log of 1 GiB is read in this time; an event file of it in 20 s
SECONDS_PER_RULE = 10.0  # the slowest rule takes 0.3 s on a run of 10,000 layers
BYTES_PER_SECOND = 2 << 20  # for a log that is larger than that: the slowest reader, of console logs, reads 4 MiB/s
_PRODUCTS = 48 << 20  # bytes; OpenBLAS takes 32 MiB
_SHARE = 0.7  # of the memory of the machine, or of the container


class OverBudgetError(BaseException):
    """What is being done takes more than it may. Not an `Exception`, so that no reader mistakes it for damage."""


class _Watch:
    """What is being done, how many seconds it may take, and how many it took."""

    def __init__(self) -> None:
        self.running = False
        self.reserved = False
        self.memory = 0
        self.limit = 0.0
        self.spent = 0.0


_watch = _Watch()


def start() -> None:
    """Start to watch the time and the memory that `within` allows; without effect outside of the main thread."""
    if _watch.running or not hasattr(signal, "setitimer"):
        return
    if threading.current_thread() is not threading.main_thread():
        return
    _watch.memory = int(_SHARE * _machine_memory())
    _watch.running = True
    signal.signal(signal.SIGVTALRM, _look)
    signal.setitimer(signal.ITIMER_VIRTUAL, _TICK, _TICK)


def watched() -> bool:
    """Whether time and memory are bounded in this process."""
    return _watch.running


def stop() -> None:
    """Stop watching."""
    if _watch.running:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
        _watch.running = False


def reserve_products() -> None:
    """Have NumPy's library take now what it computes products in, once: where its first product finds no room for that,
    it ends the process with exit code 1, which is that of a finding.

    Raises:
        MemoryError: there is no room.
    """
    if not _watch.running or _watch.reserved:
        return
    import mmap

    import numpy as np

    try:
        mmap.mmap(-1, _PRODUCTS).close()
    except OSError:
        raise MemoryError from None
    np.linalg.lstsq(np.ones((3, 2)), np.ones(3), rcond=None)
    _watch.reserved = True


class within:  # noqa: N801 - it is called as a function is
    """Bound what happens in the block to so many seconds of processor time, and to the memory of the machine.

    Raises:
        OverBudgetError: it took more; the message says of what.
    """

    __slots__ = ("_before", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._before = _watch.limit, _watch.spent
        _watch.limit, _watch.spent = self._seconds, 0.0

    def __exit__(self, *raised: object) -> None:
        _watch.limit, _watch.spent = self._before


def seconds_for(size: int) -> float:
    """Return how many seconds of processor time a log of so many bytes may take to be read."""
    return SECONDS_PER_LOG + size / BYTES_PER_SECOND


def _look(number: int, frame: FrameType | None) -> None:
    if not _watch.limit:
        return
    _watch.spent += _TICK
    if _watch.spent > _watch.limit:
        # Where the exception is lost, as in a callback, the next one comes a second later.
        _watch.spent = _watch.limit - _GRACE
        raise OverBudgetError(f"it took more than {_watch.limit:,.0f} s of processor time")
    if _watch.memory and _resident() > _watch.memory:
        raise OverBudgetError(f"it took more than {_watch.memory / (1 << 30):.1f} GiB of memory")


def _resident() -> int:
    """Return the bytes of memory that the process holds; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - in a signal handler, as little as possible
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _machine_memory() -> int:
    """Return the bytes of memory that the machine has, or that its container allows; 0 where that is unknown."""
    try:
        found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError, AttributeError):
        return 0
    for place in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError), open(place, encoding="ascii") as file:  # noqa: PTH123
            found = min(found, int(file.read()))
    return found
