"""What was looked at while a run was read: files, those that were not there among them, and lists of folders.

Whoever keeps the result for a later call has to know when it holds no longer. A reader that looks for something in
another way than through `logdoc.readers.files` says so here.
"""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Listing = Literal["python", "settings", "all"]  # names of programs, of files that may hold settings, or every name


@dataclass(slots=True)
class Looked:
    """What was looked at.

    Attributes:
        files: paths of files and folders that were opened or asked for, there or not.
        names: what was looked for in a folder by its list of names, by the folder.
        folders: (path, which of its names counted) of the folders that were listed.
    """

    files: set[str] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=dict)
    folders: set[tuple[str, Listing]] = field(default_factory=set)


_NOW: ContextVar[Looked | None] = ContextVar("looked", default=None)


@contextlib.contextmanager
def noticed() -> Iterator[Looked]:
    """Note what is looked at inside the block."""
    looked = Looked()
    token = _NOW.set(looked)
    try:
        yield looked
    finally:
        _NOW.reset(token)


def looked_at(path: Path | str) -> None:
    """Note that a file was opened, or that something depends on whether it is there."""
    looked = _NOW.get()
    if looked is not None:
        looked.files.add(str(path))


def looked_for(folder: str, names: Iterable[str]) -> None:
    """Note that something depends on whether files of these names are in a folder."""
    looked = _NOW.get()
    if looked is not None:
        looked.names.setdefault(folder, set()).update(names)


def looked_into(folder: Path | str, which: Listing) -> None:
    """Note that something depends on the names in a folder."""
    looked = _NOW.get()
    if looked is not None:
        looked.folders.add((str(folder), which))
