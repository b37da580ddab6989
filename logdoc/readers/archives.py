"""Archives: the logs in a ``.zip``, ``.tar``, ``.tar.gz`` or ``.gz``, unpacked into a scratch folder, within bounds."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Protocol

from logdoc.model import Defect
from logdoc.readers.files import shown_path
from logdoc.readers.hyperparameters import is_config_name
from logdoc.readers.walk import may_hold_log

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_MEMBERS = 20_000
MAX_MEMBER = 1 << 30
MAX_TOTAL = 4 << 30
MAX_SKIPPED = 16 << 30  # of a tar that is read through in search of logs
_PIECE = 1 << 20
_TARS = (".tar", ".tar.gz", ".tgz")
_BESIDE = ("meta.yaml", "config.yaml")


class _Stream(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


def archive_kind(name: str, head: bytes) -> str:
    """Return ``zip``, ``tar`` or ``gzip`` when a file of this name and beginning is an archive that may hold logs, else
    an empty text.
    """
    lower = name.lower()
    if lower.endswith(_TARS) and (head.startswith(b"\x1f\x8b") or head[257:262] == b"ustar"):
        return "tar"
    if lower.endswith(".zip") and head.startswith(b"PK\x03\x04"):
        return "zip"
    return "gzip" if lower.endswith(".gz") and head.startswith(b"\x1f\x8b") and may_hold_log(name[:-3]) else ""


def unpack(path: Path, target: Path, shown: str) -> list[Defect]:
    """Unpack what may be a log, or a configuration beside one, into the folder `target`; return what was odd.

    Nothing is written outside of `target`, links and devices are left out, and at most `MAX_MEMBERS` files of
    `MAX_TOTAL` bytes are made.

    Raises:
        OSError: when the archive cannot be read at all.
    """
    lower = path.name.lower()
    defects: list[Defect] = []
    budget = _Budget(shown, defects)
    try:
        if lower.endswith(".zip"):
            _unpack_zip(path, target, budget)
        elif lower.endswith(_TARS):
            _unpack_tar(path, target, budget)
        else:
            with path.open("rb") as stream:
                budget.write(_Gunzip(stream), target.parent, PurePosixPath(path.name[:-3]))
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        defects.append(
            Defect(
                shown, f"the archive is damaged or locked ({str(error)[:120]}); what came before was read", lost=True
            )
        )
    return defects


class _Budget:
    """Counts what one archive may still unpack."""

    def __init__(self, shown: str, defects: list[Defect]) -> None:
        self._shown = shown
        self._defects = defects
        self._bytes = MAX_TOTAL
        self._members = MAX_MEMBERS
        self.spent = False

    def write(self, stream: _Stream, target: Path, name: PurePosixPath) -> None:
        """Write one member below `target`, unless it is too large; a damaged one is kept as far as it goes."""
        if self._members <= 0 or self._bytes <= 0:
            if not self.spent:
                self._defects.append(
                    Defect(
                        self._shown,
                        f"more than {MAX_MEMBERS:,} files or {MAX_TOTAL >> 30} GiB of logs; the rest was not read",
                        lost=True,
                    )
                )
            self.spent = True
            return
        path = target / name
        limit = min(MAX_MEMBER, self._bytes)
        size = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as out:
            try:
                while size <= limit and (piece := stream.read(_PIECE)):
                    out.write(piece)
                    size += len(piece)
            except (EOFError, zlib.error, zipfile.BadZipFile) as error:
                what = f"the archive breaks off or is damaged ({str(error)[:80]}); what came before was read"
                self._defects.append(Defect(f"{self._shown}/{shown_path(name.as_posix())}", what, lost=True))
        self._members -= 1
        self._bytes -= size
        if size > limit:
            path.unlink()
            what = f"larger than {limit >> 20} MiB unpacked; it was left out"
            self._defects.append(Defect(f"{self._shown}/{shown_path(name.as_posix())}", what, lost=True))


class _Gunzip:
    """A gzip stream whose damaged end does not take back what was read before it, unlike the standard library's."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._inflate = zlib.decompressobj(wbits=31)
        self._rest = b""

    def read(self, size: int = _PIECE, /) -> bytes:
        while True:
            data = self._rest or self._stream.read(1 << 16)
            if not data:
                if self._inflate.eof:
                    return b""
                raise EOFError("the compressed data are cut short")
            if self._inflate.eof:  # the next member of a file that was appended to
                if not data.startswith(b"\x1f\x8b"):
                    return b""
                self._inflate = zlib.decompressobj(wbits=31)
            piece = self._inflate.decompress(data, size)
            self._rest = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if piece:
                return piece


def _unpack_zip(path: Path, target: Path, budget: _Budget) -> None:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = _safe(info.filename)
            if name is None or info.is_dir() or not _wanted(name) or budget.spent:
                continue
            with archive.open(info) as stream:
                budget.write(stream, target, name)


def _unpack_tar(path: Path, target: Path, budget: _Budget) -> None:
    seen = 0
    with tarfile.open(path, "r:*") as archive:
        for info in _members(archive):
            seen += info.size
            name = _safe(info.name)
            if seen > MAX_SKIPPED or budget.spent:
                break
            if name is None or not info.isfile() or not _wanted(name):
                continue
            stream = archive.extractfile(info)
            if stream is not None:
                budget.write(stream, target, name)


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (info := archive.next()) is not None:
        yield info


def _wanted(name: PurePosixPath) -> bool:
    return may_hold_log(name.name) or is_config_name(name.name) or name.name in _BESIDE


def _safe(name: str) -> PurePosixPath | None:
    """Return the name of a member as a path that stays below the folder it is unpacked in, or None for one that would
    not.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    parts = [part for part in path.parts if part not in {".", "/"}]
    if (
        not parts
        or path.is_absolute()
        or any(part == ".." or ":" in part or "\0" in part or len(part.encode()) > 255 for part in parts)
        or len(parts) > 64
    ):
        return None
    return PurePosixPath(*parts)
