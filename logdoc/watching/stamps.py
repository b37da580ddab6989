"""What lies below paths and when it changed, by `stat` alone: nothing is opened."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from logdoc.readers.companion import SIDECAR
from logdoc.readers.hyperparameters import is_config_name
from logdoc.readers.walk import may_hold_log, walk

if TYPE_CHECKING:
    from collections.abc import Iterable


class Stamp(NamedTuple):
    """What tells that a file changed: its size in bytes, the time of its last change in nanoseconds, its inode."""

    size: int
    changed: int
    inode: int


def roots_of(paths: Iterable[Path | str]) -> list[Path]:
    """Return the files and folders that the paths name and that are there by now; a pattern may match more later."""
    found: list[Path] = []
    for path in paths:
        text = str(path)
        if os.path.lexists(text):
            found.append(Path(os.path.abspath(text)))  # noqa: PTH100 - links keep their name
        elif glob.has_magic(text):
            found.extend(
                Path(os.path.abspath(match))  # noqa: PTH100
                for match in sorted(glob.glob(text, recursive=True))  # noqa: PTH207 - a pattern may be absolute
            )
    return list(dict.fromkeys(found))


def look(roots: Iterable[Path]) -> dict[Path, Stamp]:
    """Return the stamp of every file below the roots that may be a log or say something about one."""
    stamps: dict[Path, Stamp] = {}
    for root in roots:
        for path in walk(root, [], []) if root.is_dir() else (root, root.with_name(SIDECAR)):
            if path != root and not (may_hold_log(path.name) or is_config_name(path.name)):
                continue
            try:
                about = path.stat()
            except OSError:  # gone since the folder was listed: rotation, or a temporary file
                continue
            stamps[path] = Stamp(about.st_size, about.st_mtime_ns, about.st_ino)
    return stamps
