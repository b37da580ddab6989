"""What was made of the rule base, kept between calls: in the wheel for the bundled rules, else in the user's cache.

An entry is found by the content of every file that it was made of, the version, and the code that made it; what is
damaged, of another version or of another user counts as not there and is made again. Where nothing can be written,
nothing is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from logdoc.resources import bundled, in_checkout, walk
from logdoc.resources.codec import decode, encode
from logdoc.resources.files import read_bytes
from logdoc.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.resources.abc import Traversable

Made = TypeVar("Made")

FORM = 1  # of the entries; raised when what they hold changes
SHIPPED = Path(__file__).resolve().parent.parent / "_data" / "compiled"
_MOST = 24  # entries in the user's cache; the oldest go first
_PACKAGE = Path(__file__).resolve().parent.parent
_MAKERS = ("documents", "engine", "model", "resources", "signals", "vocabulary")  # whose code decides what is made


def remembered(kind: str, folders: Sequence[Traversable], make: Callable[[], Made]) -> Made:
    """Return what `make` returns, from an earlier call where every file of the folders is the same.

    Args:
        kind: what it is, as part of a file name.
        folders: what it is made of; every YAML file below counts.
        make: makes it; what it raises is raised, and nothing is kept.
    """
    name = f"{kind}-{_key(kind, folders)}.json"
    mine = cache_folder()
    for place in (SHIPPED, mine):
        found = _read(place / name, name, trusted=place is SHIPPED) if place is not None else None
        if found is not None:
            try:
                made: Made = decode(found)
            except (ValueError, TypeError, KeyError, AttributeError, ImportError):
                continue
            return made
    made = make()
    if mine is not None and name == f"{kind}-{_key(kind, folders)}.json":  # no file was changed meanwhile
        _write(mine, name, made)
    return made


def cache_folder() -> Path | None:
    """Return the folder of the user's cache: $LOGDOC_CACHE_DIR (none when that is empty), $XDG_CACHE_HOME/logdoc,
    %LOCALAPPDATA%\\logdoc or ~/.cache/logdoc; None where there is no home.
    """
    chosen = os.environ.get("LOGDOC_CACHE_DIR")
    if chosen is not None:
        return Path(chosen) if chosen else None
    base = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else None)
    if base and Path(base).is_absolute():
        return Path(base) / "logdoc"
    try:
        return Path.home() / ".cache" / "logdoc"
    except RuntimeError:
        return None


def name_of(kind: str, folders: Sequence[Traversable]) -> str:
    """Return the name of whatever is made by all of this code from the bundled rules and those of further folders."""
    code = _code(()) if in_checkout() else ""
    return f"{kind}-{_key(kind, [bundled('rules'), *folders])}-{code}-{sys.version_info[:2]}-{_numpy()}"


def _numpy() -> str:
    import numpy as np

    return np.__version__


def ship(folder: Path, kind: str, folders: Sequence[Traversable], made: object) -> None:
    """Write an entry as the wheel carries it, for an installed logdoc of this version.

    Raises:
        OSError: it cannot be written.
        TypeError: it holds more than plain data.
    """
    name = f"{kind}-{_key(kind, folders, installed=True)}.json"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(_entry(name, made))


def _key(kind: str, folders: Sequence[Traversable], *, installed: bool = False) -> str:
    """Return 32 hex digits of everything that decides what is made."""
    digest = hashlib.sha256(f"{FORM}\0{kind}\0{__version__}\0".encode())
    if in_checkout() and not installed:
        digest.update(_code(_MAKERS).encode())
    for folder in folders:
        content = _bundled_content() if folder == bundled("rules") else _content(folder)
        digest.update(f"{folder.name}\0{folder.is_dir()}\0{content}\0".encode())
    return digest.hexdigest()[:32]


@lru_cache(maxsize=1)
def _bundled_content() -> str:
    return _content(bundled("rules"))


def _content(folder: Traversable) -> str:
    """Return the digest of the names and contents of all YAML files below a folder."""
    digest = hashlib.sha256()
    files = _paths(str(folder), "", set()) if isinstance(folder, Path) else walk(folder, ".yaml")
    for path, file in files:
        try:
            content = file.read_bytes()
        except OSError:
            content = b""
        digest.update(f"{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


class _File:
    """A file of the file system, read with as little ado as there can be: there are two hundred."""

    def __init__(self, path: str) -> None:
        self.path = path

    def read_bytes(self) -> bytes:
        return read_bytes(self.path)


def _paths(folder: str, prefix: str, seen: set[str]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    place = os.path.realpath(folder)  # as in `walk`
    if place in seen:
        return found
    seen.add(place)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return found
    for entry in entries:
        if entry.is_dir():
            found.extend(_paths(entry.path, f"{prefix}{entry.name}/", seen))
        elif entry.name.endswith(".yaml"):
            found.append((f"{prefix}{entry.name}", _File(entry.path)))
    return found


@lru_cache(maxsize=2)
def _code(rooms: tuple[str, ...]) -> str:
    """Return what tells one state of a checkout's code from another: size and time of every file of some rooms, or of
    all.
    """
    digest = hashlib.sha256()
    for part in rooms or ("",):
        for folder, _, names in os.walk(_PACKAGE / part):
            for name in sorted(names):
                if name.endswith(".py"):
                    state = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118
                    digest.update(f"{folder}/{name}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def _entry(name: str, made: object) -> bytes:
    return entry_of(name, json.dumps(encode(made), ensure_ascii=False, separators=(",", ":")).encode())


def entry_of(name: str, body: bytes) -> bytes:
    """Return an entry: its name and a digest before what it holds, so that another's and a damaged one are known."""
    return f"{name} {hashlib.sha256(body).hexdigest()}\n".encode() + body


def opened(path: Path, name: str, *, trusted: bool = False) -> bytes:
    """Return what an entry holds.

    Raises:
        OSError: there is none, or it cannot be read.
        ValueError: it is not whole, or another user's.
    """
    with open(path, "rb") as file:  # noqa: PTH123
        if not trusted and hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid not in (0, os.geteuid()):
            raise ValueError("it is another user's")
        head, _, body = file.read().partition(b"\n")
    if head != f"{name} {hashlib.sha256(body).hexdigest()}".encode():
        raise ValueError("it is not whole")
    return body


def _read(path: Path, name: str, *, trusted: bool) -> Any:
    """Return what an entry holds; None when there is none, or it is not whole, or another user's."""
    try:
        return json.loads(opened(path, name, trusted=trusted))
    except (OSError, ValueError, RecursionError):
        return None


def _write(folder: Path, name: str, made: object) -> None:
    """Write an entry whole or not at all; two processes that write the same one write the same."""
    unfinished = folder / f".{name}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        entry = _entry(name, made)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            unfinished.write_bytes(entry)
            unfinished.replace(folder / name)
        finally:
            unfinished.unlink(missing_ok=True)
        _prune(folder)
    except (OSError, TypeError, ValueError):
        return


def _prune(folder: Path) -> None:
    entries = sorted(folder.glob("*-*.json"), key=lambda path: path.stat().st_mtime_ns)
    for path in entries[: max(0, len(entries) - _MOST)]:
        path.unlink(missing_ok=True)
