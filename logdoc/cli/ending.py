"""How a call ends when the machine, and not the log, stands in the way: signals, an output that cannot be written, too
little memory.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import TextIO

# What writing to standard output fails with; a file of ours would be named in the error.
_OUTPUT = frozenset({errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG, errno.EDQUOT, errno.EINVAL})
_LEAST_MEMORY = 160 << 20  # of address space: below it NumPy's libraries end the process themselves, with exit code 1


class Stopped(BaseException):
    """The system asked the process to end; what was begun is cleaned up on the way out.

    Attributes:
        code: the exit code, 128 and the number of the signal.
    """

    def __init__(self, number: int) -> None:
        self.code = 128 + number
        super().__init__(signal.Signals(number).name)


@contextlib.contextmanager
def heeded_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block like Ctrl-C does, with scratch folders removed, instead of at once."""
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    mine = [number for number in numbers if signal.getsignal(number) == signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        mine = []

    def stop(number: int, frame: FrameType | None) -> None:
        for one in mine:
            signal.signal(one, signal.SIG_IGN)
        raise Stopped(number)

    for number in mine:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


def open_streams() -> None:
    """Give a process that was started without standard streams some: standard input is then empty, standard output
    fails when it is written, and notes are dropped.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - as below
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the life of the process
    if sys.stdout is None:
        # Opened for reading, so that whatever is written to it fails, and its number is not given to another file.
        sys.stdout = os.fdopen(os.dup(os.open(os.devnull, os.O_RDONLY)), "w", encoding="utf-8")


def too_little_memory() -> bool:
    """Tell whether the address space that the process may use is too small for its libraries to start in."""
    try:
        import resource
    except ImportError:
        return False
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return limit != resource.RLIM_INFINITY and limit < _LEAST_MEMORY


def flush_output() -> None:
    """Write out what standard output still holds.

    Raises:
        OSError: it cannot be written.
    """
    sys.stdout.flush()


def drop_output() -> None:
    """Forget what standard output still holds: it cannot be written, and would fail again when Python ends."""
    _drop(sys.stdout)


def drop_unwritten_notes() -> None:
    """Forget what standard error still holds where it cannot be written: it would fail again when Python ends, which
    then ends with an exit code of its own (120).
    """
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        _drop(sys.stderr)


def _drop(stream: TextIO) -> None:
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def is_of_output(error: OSError) -> bool:
    """Tell whether an error of the system is about standard output."""
    return error.filename is None and error.errno in _OUTPUT
