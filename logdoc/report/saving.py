"""The one way a file is written: beside its place first, and moved there when it is complete."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from logdoc.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_OF_THE_SYSTEM = ("/dev/", "/proc/")


@contextlib.contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file beside `path` that takes its place when everything is written; a device or a pipe
    (``/dev/null``, ``/dev/stdout``) is written to itself.

    Raises:
        RenderError: the file could not be written; what was at `path` is then untouched, as it is after any other
            exception inside the block.
    """
    if _is_stream(path):
        with _opened(path) as stream:
            yield stream
        return
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
    except (OSError, ValueError) as error:
        raise _failure(path, error, "Does the folder exist, and may you write there?") from None
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _failure(path, error) from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _is_stream(path: Path) -> bool:
    """Whether a path is a device, a pipe or a socket, which nothing may take the place of."""
    if str(path).startswith(_OF_THE_SYSTEM):
        return True
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a device or pipe that is there to be written to; a pipe that nobody reads is not waited for.

    Raises:
        RenderError: it cannot be opened or written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        os.set_blocking(descriptor, True)
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
    except OSError as error:
        raise _failure(path, error) from None


def folder_of(path: Path) -> None:
    """Make the folder that a file is to stand in, where it is not there yet.

    Raises:
        RenderError: it cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _failure(path.parent, error, "May you write there?") from None


def write_text(text: str, path: Path) -> None:
    """Write a text in UTF-8, whole or not at all.

    Raises:
        RenderError: the file could not be written; what was there is then untouched.
    """
    write_pieces((text,), path)


def write_pieces(pieces: Iterable[str], path: Path) -> None:
    """Write a text in UTF-8 as its pieces come, whole or not at all.

    Raises:
        RenderError: the file could not be written; what was there is then untouched.
    """
    with whole(path) as stream:
        for piece in pieces:
            stream.write(piece.encode("utf-8"))


def _failure(path: Path, error: OSError | ValueError, hint: str = "") -> RenderError:
    return RenderError(
        f"it could not be written: {getattr(error, 'strerror', None) or error}", where=str(path), hint=hint
    )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
