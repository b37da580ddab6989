"""What discovery hands to a reader: the files of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logdoc.readers.files import shown_relative

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logdoc.model import Defect


@dataclass(frozen=True, slots=True)
class RunSource:
    """The files of one run, before they are read.

    Attributes:
        id: relative posix path that will name the run.
        format: name of the reader that detected the files.
        root: folder (or the parent of the single file) that the files are relative to.
        files: absolute paths, sorted by relative posix path.
        note: how the format was detected.
        lacking: what is told of files of the run that could not be read.
        told: the format was named by whoever asked; nothing says that the files are of it.
    """

    id: str
    format: str
    root: Path
    files: tuple[Path, ...]
    note: str = ""
    lacking: tuple[Defect, ...] = ()
    told: bool = False


def each_alone(name: str, root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return every file as a source of its own, read as the format of that name."""
    return [RunSource(shown_relative(path, root), name, root, (path,)) for path in files]


def in_folder(name: str) -> bool:
    """Tell whether a file was found in a folder, from its name below it; else it was named by itself.

    What lies in a folder must say more clearly that it is a log than a file that someone asks about.
    """
    return "/" in name
