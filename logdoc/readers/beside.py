"""The names in the folder of a log, listed once for everything that is looked for beside it: configuration, sidecar,
program. Asking the system for each of some seventy names costs more than reading a small log.
"""

from __future__ import annotations

import os
import time
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from logdoc.readers.loose_settings import MOST, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 8  # folders that are remembered: that of a run, those around it
_AS_OLD_NS = 2_000_000_000  # a listing is used again for so long, and of a folder that was not changed for so long
# before it was listed: a change within one tick of the clock of a file system does not show in its time


PROGRAMS = (".py", ".R", ".r")  # and those of programs
SETTINGS = (".yaml", ".yml", ".json", ".txt", ".sh", ".cfg")  # how the names of files of settings end


class Names(NamedTuple):
    """The names in a folder, in small letters, for file systems differ in whether that counts; whether one of them is
    that of a program; and, as written, those that may be of settings under names of their own.
    """

    lower: frozenset[str]
    python: bool
    settings: tuple[str, ...] = ()

    def may_hold(self, name: str) -> bool:
        """Whether there may be a file of that name; False is sure."""
        return name.lower() in self.lower


_Stamp = tuple[int, int, int]
_LISTED: dict[str, tuple[_Stamp, int, Names]] = {}


def settings_among(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that may be of settings, in the order of the alphabet; none of more than `MOST`."""
    found = sorted(islice((name for name in names if name.lower().endswith(SETTINGS) and kind_of(name)), MOST + 1))
    return tuple(found) if len(found) <= MOST else ()


def names_in(folder: str) -> Names | None:
    """Return the names in a folder; None where it cannot be listed, and files in it may be there all the same."""
    try:
        about = os.stat(folder)  # noqa: PTH116 - the text is at hand
        stamp, now = (about.st_dev, about.st_ino, about.st_mtime_ns), time.time_ns()
        found = _LISTED.get(folder)
        if found is not None and found[0] == stamp and 0 <= now - found[1] < _AS_OLD_NS:
            return found[2]
        names = os.listdir(folder)  # noqa: PTH208 - the names alone
    except OSError:
        return None
    listed = Names(
        frozenset(map(str.lower, names)), any(name.endswith(PROGRAMS) for name in names), settings_among(names)
    )
    if now - about.st_mtime_ns > _AS_OLD_NS:
        while len(_LISTED) >= _MOST:
            _LISTED.pop(next(iter(_LISTED)), None)
        _LISTED[folder] = (stamp, now, listed)
    return listed
