"""Where logs lie: a file, a folder, a pattern, standard input, or a URL; whatever it is, it becomes a local path."""

from __future__ import annotations

import glob
import os
import re
import shutil
import sys
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.errors import ReadError
from logdoc.readers.files import shown_path
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

MAX_INPUT = 1 << 30
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{1,20}://")
_PIECE = 1 << 20


class Scratch:
    """A temporary folder for what has to be unpacked or fetched; made when it is first needed, gone with the context,
    or with itself.
    """

    def __init__(self) -> None:
        self._base: Path | None = None
        self._remove: weakref.finalize[..., Scratch] | None = None
        self._count = 0

    def folder(self) -> Path:
        """Return a new empty folder."""
        if self._base is None:
            self._base = Path(tempfile.mkdtemp(prefix="logdoc-"))
            self._remove = weakref.finalize(self, shutil.rmtree, self._base, ignore_errors=True)
        self._count += 1
        path = self._base / str(self._count)
        path.mkdir()
        return path

    def holds(self, path: Path) -> bool:
        """Whether a path lies in it."""
        return self._base is not None and path.is_relative_to(self._base)

    def __enter__(self) -> Scratch:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the folder."""
        if self._remove is not None:
            self._remove()


def located(paths: Sequence[Path | str], scratch: Scratch) -> list[Path]:
    """Return the local files and folders that the paths name, each once, in their order.

    ``-`` is standard input, a text with ``://`` is fetched through fsspec, and a path that does not exist but holds
    ``*``, ``?`` or ``[`` is a pattern.

    Raises:
        ReadError: when there is no such file, the pattern matches nothing, or the URL cannot be read.
    """
    found: list[Path] = []
    for path in paths:
        text = str(path)
        if text == "-":
            found.append(_standard_input(scratch))
        elif _URL.match(text):
            found.append(_fetch(text, scratch))
        elif os.path.lexists(path):
            found.append(Path(os.path.abspath(path)))  # noqa: PTH100 - links keep their name
        elif glob.has_magic(text):
            matches = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - a pattern may be absolute
            if not matches:
                raise ReadError(
                    "the pattern matches no file.",
                    where=shown_path(text),
                    hint="Check it with `ls`; ** searches sub-folders.",
                )
            found.extend(Path(os.path.abspath(match)) for match in matches)  # noqa: PTH100
        else:
            raise ReadError(
                "there is no such file or folder.",
                where=shown_path(text),
                hint="Give a log file or a folder with logs.",
            )
    return list(dict.fromkeys(found))


def _standard_input(scratch: Scratch) -> Path:
    path = scratch.folder() / "stdin"
    size = 0
    with path.open("wb") as out:
        while piece := sys.stdin.buffer.read(_PIECE):
            size += len(piece)
            if size > MAX_INPUT:
                raise ReadError(
                    f"standard input holds more than {MAX_INPUT >> 30} GiB.",
                    where="-",
                    hint="Save it to a file and name that.",
                )
            out.write(piece)
    return path


def _fetch(url: str, scratch: Scratch) -> Path:
    """Copy the logs under a URL into the scratch folder."""
    try:
        import fsspec
    except ImportError:
        raise ReadError(
            "reading a URL needs fsspec.",
            where=url,
            hint="pip install 'logdoc[remote]', and s3fs, gcsfs or huggingface_hub for the store.",
        ) from None
    try:
        system, root = fsspec.core.url_to_fs(url)
        from logdoc.readers.remote import fetch, local_name

        root = root.rstrip("/")
        return fetch(system, root, url, scratch.folder() / local_name(root.rpartition("/")[2] or "remote"))
    except ReadError:
        raise
    except Exception as error:
        detail = f"{type(error).__name__}: {cut(str(error), 200)}"
        raise ReadError(
            f"it could not be fetched ({detail}).",
            where=url,
            hint="Check the address, the credentials and that the store's package is installed.",
        ) from None
