"""Opening files that may be anything: only regular files, never a pipe or a device, and never more than they held when
opened.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from logdoc.readers.noticing import looked_at

if TYPE_CHECKING:
    from pathlib import Path

HEAD_SIZE = 64 << 10

_PICKLE = "a Python pickle, and nothing is ever unpickled; save the history as JSON or CSV"
_MAGIC = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"),
    (b"BZh", "a bzip2 archive; unpack it first"),
    (b"(\xb5/\xfd", "a zstandard archive; unpack it first"),
    (b"version https://git-lfs", "a Git LFS pointer; the log itself was not downloaded (`git lfs pull`)"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    *((bytes([0x80, protocol]), _PICKLE) for protocol in (2, 3, 4, 5)),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file; save the history as CSV (`writetable`)"),
    (b"\x7fELF", "a program"),
    (b":W&B", "a W&B run file"),
    (b"<!DOCTYPE", "an HTML page"),
    (b"<!doctype", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
    (b"%YAML", "a YAML document"),
    (b"{", "a JSON document"),
    (b"[{", "a JSON document"),
)
_CONTROL = bytes((*range(9), *range(14, 27), *range(28, 32)))


class NotRegularError(OSError):
    """The path is a pipe, a socket, a device or a folder."""


def read_regular(path: Path, limit: int | None = None) -> bytes:
    """Return the bytes of a regular file as large as it was when opened, at most `limit`.

    Raises:
        NotRegularError: for anything but a regular file, which is not read.
        OSError: as the system says.
    """
    looked_at(path)
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        raise NotRegularError(f"{path} is not a regular file")
    try:
        return _up_to(descriptor, about.st_size if limit is None else min(limit, about.st_size))
    finally:
        os.close(descriptor)


def _up_to(descriptor: int, size: int) -> bytes:
    """Return the next bytes of a file, fewer where it ends before."""
    first = os.read(descriptor, size)
    if len(first) == size:
        return first
    pieces, left = [first], size - len(first)
    while left and (piece := os.read(descriptor, left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def read_tail(path: Path, limit: int) -> bytes:
    """Return the last bytes of a regular file, at most `limit`, without the first, broken line of them.

    Raises:
        OSError: as the system says.
    """
    looked_at(path)
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(size - limit, 0))
        return stream.read(limit).partition(b"\n")[2]


def only_zeros(path: Path) -> bool:
    """Tell whether a regular file holds zero bytes only, from its first GiB.

    Raises:
        OSError: as the system says.
    """
    with path.open("rb") as stream:
        for _ in range(1 << 10):
            piece = stream.read(1 << 20)
            if piece.strip(b"\0"):
                return False
            if not piece:
                break
    return True


def behind_zeros(path: Path, limit: int) -> bytes:
    """Return a few zero bytes and the first others of a regular file that begins with zeros: it was emptied while its
    program went on writing behind where it had been. Empty where there are none in its first 64 MiB.

    Raises:
        OSError: as the system says.
    """
    with path.open("rb") as stream:
        for _ in range(64):
            piece = stream.read(1 << 20)
            if not piece:
                break
            if text := piece.lstrip(b"\0"):
                return bytes(64) + (text + stream.read(limit))[:limit]
    return b""


def describe_bytes(head: bytes) -> str:
    """Say in a few words what a file is, from its first bytes."""
    if not head:
        return "an empty file"
    if not head.strip(b"\0"):
        return "a file of zero bytes only"
    for magic, what in _MAGIC:
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(magic):
            return what
    control = len(head) - len(head.translate(None, _CONTROL))
    return "binary data" if control > 0.01 * len(head) + 1 else "a text"


def shown_path(path: str) -> str:
    r"""Return a path as text that can be printed and encoded anywhere: bytes that are no UTF-8 become ``\xNN``."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def shown_relative(path: Path, root: Path) -> str:
    """Return the path below `root` as text that can be printed; a path outside of it by its name."""
    try:
        return shown_path(path.relative_to(root).as_posix())
    except ValueError:
        return shown_path(path.name)
