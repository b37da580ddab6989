"""What was judged in an earlier call, kept in the user's cache folder and found again while nothing has changed.

An entry is named by what was asked: the files by path, the options, the rules, and the version of everything that
judges. It holds what was looked at, and is used only while every file that was read is the same (size, time, beginning
and end), every file that was missing is missing, and every folder that was listed holds the same names. Damaged entries
and those of another version count as none. Plain data: reading an entry runs nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logdoc.model import Defect
from logdoc.model.notes import FAULT, OVER_BUDGET
from logdoc.readers import FORMATS
from logdoc.readers.beside import PROGRAMS, SETTINGS
from logdoc.readers.noticing import noticed
from logdoc.readers.recognised import Recognised
from logdoc.resources.store import cache_folder, entry_of, name_of, opened
from logdoc.scale.items import items_of, write_family, write_items

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logdoc.readers import Family
    from logdoc.readers.noticing import Looked
    from logdoc.scale.items import Item
    from logdoc.scale.work import Task

FORM = 4  # of the entries; raised when what they hold changes
ROOM = "judged"
MOST_BYTES = 512 << 20  # LOGDOC_CACHE_MB says otherwise; about 15 kB a run
SEARCHES = "searches"  # what files were recognised as, an entry for the paths of a call
_MOST_SEARCHES = 32  # the oldest go first; a hundred bytes for each file
WORTH_KEEPING = 32  # files; of fewer the formats are asked in no time
_KEPT = 0.8  # of the room, after the oldest entries went
_END = 16 << 10  # bytes of the beginning and of the end of a file that tell it from another
_SETTLED_NS = 2_000_000_000  # a file that was written later before now may still change within one tick of its clock
_DAY_NS = 86_400_000_000_000

_FORMATS = frozenset(known.name for known in FORMATS)

State = list[Any]


class Cache:
    """The entries for one task.

    Attributes:
        found: how many families were found.
        notes: what a person should know of it.
    """

    def __init__(self, folder: Path, asked: str) -> None:
        self.folder = folder
        self.asked = asked
        self.found = 0
        self.notes: list[str] = []
        self._damaged = 0
        self._wrote = False
        self._full = False
        self._states: dict[str, State | None] = {}
        self._names: dict[str, list[str] | None] = {}

    @classmethod
    def of(cls, task: Task) -> Cache | None:
        """Return the cache for a task; None where nothing is kept on this machine."""
        place = cache_folder()
        if place is None:
            return None
        folders = [str(Path(folder).absolute()) for folder in task.rules]
        asked = json.dumps([FORM, name_of("judged", [Path(f) for f in folders]), folders, task.written()])
        return cls(place / ROOM, hashlib.sha256(asked.encode()).hexdigest())

    def find(self, family: Family) -> tuple[Item, ...] | None:
        """Return what came of a family in an earlier call, where nothing that was looked at has changed."""
        path = self._place(family)
        try:
            body = opened(path, path.name)
        except OSError:
            return None
        except ValueError:
            self._damaged += 1
            return None
        try:
            entry = json.loads(body)
            if not self._holds(entry):
                return None
            items = items_of(entry["items"])
        except (ValueError, KeyError, TypeError, RecursionError):
            self._damaged += 1
            return None
        with contextlib.suppress(OSError):
            if time.time_ns() - path.stat().st_mtime_ns > _DAY_NS:
                os.utime(path)  # what is used is not the oldest
        self.found += 1
        return items

    def kept(self, family: Family, judge: Callable[[], tuple[Item, ...]]) -> tuple[Item, ...]:
        """Return what `judge` returns, and keep it for a later call."""
        files = [str(path) for _, source in family.sources for path in source.files]
        before = [state_of(path) for path in files]
        with noticed() as looked:
            items = judge()
        looked.files.update(files)
        absent = _absent(looked)
        states = {path: state_of(path) for path in looked.files}
        # A file that was written while it was read, or right before, is not known to be what was read.
        newest = time.time_ns() - _SETTLED_NS
        settled = all(state is None or state[0] != "file" or state[2] < newest for state in states.values())
        if settled and not _spoilt(items) and before == [states[path] for path in files]:
            self._write(family, looked, absent, states, items)
        return items

    def recognised(self, roots: Sequence[Path]) -> Recognised:
        """Return what the files below the roots were recognised as in an earlier call."""
        path = self._recognised_at(roots)
        try:
            entry = json.loads(opened(path, path.name))
            kinds = [None if kind is None else (str(kind[0]), str(kind[1])) for kind in entry["kinds"]]
            if any(kind is not None and kind[0] not in _FORMATS for kind in kinds):
                raise ValueError("there is no such format")
            return Recognised({key: kinds[place] for key, place in entry["files"].items()})
        except OSError:
            return Recognised({})
        except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
            self._damaged += 1
            return Recognised({})

    def keep_recognised(self, roots: Sequence[Path], recognised: Recognised) -> None:
        """Keep what the files below the roots are, where there are enough of them."""
        if not recognised.fresh or len(recognised.answers) < WORTH_KEEPING:
            return
        kinds = {kind: place for place, kind in enumerate(dict.fromkeys(recognised.answers.values()))}
        told = {"kinds": list(kinds), "files": {key: kinds[kind] for key, kind in recognised.answers.items()}}
        self._put(self._recognised_at(roots), json.dumps(told, separators=(",", ":")).encode("ascii"))
        prune_recognised(self.folder, _MOST_SEARCHES)

    def _recognised_at(self, roots: Sequence[Path]) -> Path:
        told = json.dumps([self.asked, "recognised", [str(root.absolute()) for root in roots]])
        return self.folder / SEARCHES / f"{hashlib.sha256(told.encode('ascii')).hexdigest()[:40]}.json"

    def told_by_another(self, note: str) -> None:
        """Take what a process that keeps entries in the same folder tells; without a note it kept one."""
        if note:
            self.notes.append(note)
        else:
            self._wrote = True

    def end(self) -> None:
        """Make room where there is too little, and note what a person should know."""
        if self._damaged:
            entries = "1 damaged entry" if self._damaged == 1 else f"{self._damaged:,} damaged entries"
            self.notes.append(f"{entries} of the cache counted as none; `logdoc cache clear` empties it")
        if self._wrote:
            prune(self.folder, most_bytes())

    def _place(self, family: Family) -> Path:
        told = hashlib.sha256(f"{self.asked}\0{json.dumps(write_family(family))}".encode("ascii")).hexdigest()
        return self.folder / told[:2] / f"{told[:40]}.json"

    def _holds(self, entry: dict[str, Any]) -> bool:
        """Whether everything that was looked at is as it was."""
        for folder, names in entry["absent"].items():
            there = self._listed(folder)
            if there is not None and not set(names).isdisjoint(there):
                return False
        for folder, which, digest in entry["listed"]:
            if _digest(self._listed(folder), which) != digest:
                return False
        return all(self._state(path) == state for path, state in entry["files"].items())

    def _state(self, path: str) -> State | None:
        if path not in self._states:
            self._states[path] = state_of(path)
        return self._states[path]

    def _listed(self, folder: str) -> list[str] | None:
        if folder not in self._names:
            self._names[folder] = _names_in(folder)
        return self._names[folder]

    def _write(
        self,
        family: Family,
        looked: Looked,
        absent: dict[str, set[str]],
        states: dict[str, State | None],
        items: Sequence[Item],
    ) -> None:
        for path, state in states.items():
            if state is None:
                folder, name = os.path.split(path)
                absent.setdefault(folder, set()).add(name)
        names = {folder: _names_in(folder) for folder, _ in looked.folders}
        told = {
            "absent": {folder: sorted(names) for folder, names in sorted(absent.items())},
            "listed": [[folder, which, _digest(names[folder], which)] for folder, which in sorted(looked.folders)],
            "files": {path: state for path, state in sorted(states.items()) if state is not None},
        }
        body = f'{json.dumps(told, separators=(",", ":"))[:-1]},"items":{write_items(items)}}}'.encode("ascii")
        self._wrote = self._put(self._place(family), body) or self._wrote

    def _put(self, place: Path, body: bytes) -> bool:
        """Write an entry, whole or not at all; tell once where there is no room."""
        if self._full:
            return False
        unfinished = place.with_name(f".{place.name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                unfinished.write_bytes(entry_of(place.name, body))
                unfinished.replace(place)
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as error:
            self._full = True
            self.notes.append(f"nothing more is kept for later calls: {error.strerror or error} ({self.folder})")
            return False
        return True


def _absent(looked: Looked) -> dict[str, set[str]]:
    """Return what was looked for in folders and is not there, by folder; what is there counts as looked at."""
    absent: dict[str, set[str]] = {}
    for folder, names in looked.names.items():
        there = names.intersection(_names_in(folder) or ())
        looked.files.update(os.path.join(folder, name) for name in there)  # noqa: PTH118 - texts
        absent[folder] = names - there
    return absent


def _spoilt(items: Sequence[Item]) -> bool:
    """Whether time, memory or a fault of ours decided what came of it: the next call may do better."""
    defects = [d for item in items for d in ((item,) if isinstance(item, Defect) else item.run.defects)]
    failed = any(f.status == "error" for item in items if not isinstance(item, Defect) for f in item.run.findings)
    return failed or any(defect.id in (OVER_BUDGET, FAULT) for defect in defects)


def state_of(path: str) -> State | None:
    """Return what tells one state of a file from another: size, time in ns, digest of its beginning and end; of
    something else that it is there; None where nothing is.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return ["closed"]
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            return ["other"]
        digest = hashlib.blake2b(os.read(descriptor, _END), digest_size=16)
        if about.st_size > _END:
            os.lseek(descriptor, max(_END, about.st_size - _END), os.SEEK_SET)
            digest.update(os.read(descriptor, _END))
        return ["file", about.st_size, about.st_mtime_ns, digest.hexdigest()]
    except OSError:
        return ["closed"]
    finally:
        os.close(descriptor)


def _names_in(folder: str) -> list[str] | None:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - the names alone
    except OSError:
        return None


def _digest(names: Sequence[str] | None, which: str) -> str:
    ends = SETTINGS if which == "settings" else tuple(sorted({ending.lower() for ending in PROGRAMS}))
    counted = [name for name in names or () if which == "all" or name.lower().endswith(ends)]
    told = json.dumps([names is None, counted])
    return hashlib.blake2b(told.encode("ascii"), digest_size=16).hexdigest()


def most_bytes() -> int:
    """Return how large the cache may become: $LOGDOC_CACHE_MB, else half a gibibyte."""
    try:
        return max(0, int(os.environ["LOGDOC_CACHE_MB"])) << 20
    except (KeyError, ValueError):
        return MOST_BYTES


def entries_in(folder: Path) -> list[tuple[Path, int, int]]:
    """Return (path, time in ns, bytes) of every entry, the oldest first."""
    found = []
    for path in folder.glob("??/*.json"):
        with contextlib.suppress(OSError):  # another process took it away
            about = path.stat()
            found.append((path, about.st_mtime_ns, about.st_size))
    return sorted(found, key=lambda entry: (entry[1], entry[0]))


def prune(folder: Path, most: int) -> int:
    """Remove the oldest entries where there are more bytes than `most`; return how many went."""
    entries = entries_in(folder)
    total = sum(size for _, _, size in entries)
    gone = 0
    if total > most:
        for path, _, size in entries:
            if total <= most * _KEPT:
                break
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            total -= size
            gone += 1
    return gone


def prune_recognised(folder: Path, most: int) -> None:
    """Remove what the oldest searches for logs found, where there are more of them than `most`."""
    found = []
    for path in (folder / SEARCHES).glob("*.json"):
        with contextlib.suppress(OSError):  # another process took it away
            found.append((path.stat().st_mtime_ns, path))
    for _, path in sorted(found)[: max(0, len(found) - most)]:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def clear(folder: Path) -> int:
    """Remove every entry; return how many judged ones there were."""
    prune_recognised(folder, 0)
    return prune(folder, -1)
