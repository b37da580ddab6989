"""What discovery hands to a reader: the files of one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunSource:
    """The files of one run, before they are read.

    Attributes:
        id: relative posix path that will name the run.
        format: name of the reader that detected the files.
        root: folder (or the parent of the single file) that the files are relative to.
        files: absolute paths, sorted by relative posix path.
        note: how the format was detected.
    """

    id: str
    format: str
    root: Path
    files: tuple[Path, ...]
    note: str = ""
