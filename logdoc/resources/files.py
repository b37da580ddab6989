"""Files that somebody names: read whole, within a bound, and never waited for."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

MOST = 256 << 20  # bytes of a file that is named on the command line; what it holds has bounds of its own
_PIECE = 1 << 20  # bytes that are read at once
_OPEN_ALREADY = ("/dev/fd/", "/proc/self/fd/", "/dev/stdin")  # somebody writes there: `<(zcat report.json.gz)`


def read_bytes(file: Traversable | str, most: int = MOST) -> bytes:
    """Return what a file holds.

    A pipe is read only where the shell opened it for us: any other has perhaps no writer, and would be waited for
    without end.

    Raises:
        OSError: it cannot be read, is a folder, a pipe, a socket or a device, or holds more than `most` bytes.
    """
    if not isinstance(file, str | Path):
        return file.read_bytes()  # of a wheel that is not unpacked
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(file, flags)
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISFIFO(kind) and str(file).startswith(_OPEN_ALREADY):
            os.set_blocking(descriptor, True)
        elif not stat.S_ISREG(kind):
            raise OSError(f"it is {'a folder' if stat.S_ISDIR(kind) else 'a pipe, a socket or a device'}, no file")
        pieces: list[bytes] = []
        left = most + 1
        while left and (piece := os.read(descriptor, min(left, _PIECE))):
            pieces.append(piece)
            left -= len(piece)
    finally:
        os.close(descriptor)
    if not left:
        raise OSError(f"it holds more than {most:,} bytes")
    return b"".join(pieces)


def read_text(file: Traversable | str, most: int = MOST) -> str:
    """Return the text of a file in UTF-8, with line ends as they are in Unix.

    Raises:
        OSError: as `read_bytes`.
        UnicodeDecodeError: it is no UTF-8.
    """
    return read_bytes(file, most).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
