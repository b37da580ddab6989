"""The one way a file is written: beside its place first, and moved there when it is complete."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from logdoc.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@contextlib.contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file beside `path` that takes its place when everything is written.

    Raises:
        RenderError: the file could not be written; what was at `path` is then untouched, as it is after any other
            exception inside the block.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
    except OSError as error:
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


def folder_of(path: Path) -> None:
    """Make the folder that a file is to stand in, where it is not there yet.

    Raises:
        RenderError: it cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
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


def _failure(path: Path, error: OSError, hint: str = "") -> RenderError:
    return RenderError(f"it could not be written: {error.strerror or error}", where=str(path), hint=hint)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
