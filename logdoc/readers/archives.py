"""Archives: the logs in a ``.zip``, ``.tar`` (packed by gzip or xz) or ``.gz``, unpacked into a scratch folder, within
bounds.
"""

from __future__ import annotations

import gzip
import lzma
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Protocol, cast

from logdoc.model.notes import ARCHIVE
from logdoc.readers.hyperparameters import is_config_name
from logdoc.readers.loose_settings import kind_of
from logdoc.readers.unread import Unread
from logdoc.readers.walk import may_hold_log
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

MAX_MEMBERS = 10_000
MAX_RATIO = 200  # logs are packed 3 to 30 to one; gitleaks and the ASVS bound archives alike
RATIO_FROM = 16 << 20  # so many bytes are taken whatever the ratio: short constant curves are packed 1000 to one
MAX_MEMBER = 1 << 30
MAX_TOTAL = 4 << 30
MAX_SKIPPED = 16 << 30  # of a tar that is read through in search of logs
_PIECE = 1 << 20
MAX_TRAILER = 64 << 20  # of what stands behind the end of a tar
MAX_DICTIONARY = 256 << 20  # memory to unpack a .tar.xz with; `xz -9` asks for a quarter of it
_TARS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz")
_XZ_MAGIC = b"\xfd7zXZ\0"
_BESIDE = ("meta.yaml", "config.yaml")


_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, gzip.BadGzipFile)


class _Stream(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


def archive_kind(name: str, head: bytes) -> str:
    """Return ``zip``, ``tar`` or ``gzip`` when a file of this name and beginning is an archive that may hold logs, else
    an empty text.
    """
    lower = name.lower()
    if lower.endswith(_TARS) and (head.startswith((b"\x1f\x8b", _XZ_MAGIC)) or head[257:262] == b"ustar"):
        return "tar"
    if lower.endswith(".zip") and head.startswith(b"PK\x03\x04"):
        return "zip"
    return "gzip" if lower.endswith(".gz") and head.startswith(b"\x1f\x8b") and may_hold_log(name[:-3]) else ""


def unpack(path: Path, target: Path) -> list[Unread]:
    """Unpack what may be a log, or a configuration beside one, into the folder `target`; return what was not.

    Nothing is written outside of `target`, links and devices are left out, and at most `MAX_MEMBERS` files of
    `MAX_TOTAL` bytes are made, none of them from data that were packed more than `MAX_RATIO` to one.

    Raises:
        OSError: when the archive cannot be read at all, or there is no room to unpack it.
    """
    lower = path.name.lower()
    size = path.stat().st_size
    whole = target.parent / path.name[:-3] if not lower.endswith((".zip", *_TARS)) else target
    budget = _Budget(whole, size)
    try:
        if lower.endswith(".zip"):
            _unpack_zip(path, target, budget)
        elif lower.endswith(_TARS):
            _unpack_tar(path, target, budget, size)
        else:
            with path.open("rb") as stream:
                budget.write(_Gunzip(stream), whole.parent, PurePosixPath(whole.name), size)
    except (tarfile.TarError, EOFError, RuntimeError, NotImplementedError, *_DAMAGE) as error:
        what = f"the archive is damaged or locked ({cut(str(error), 120)}); what came before was read"
        budget.unread.append(Unread(whole, what, marks=True, kind=ARCHIVE))
    return budget.unread


class _Budget:
    """Counts what one archive may still unpack."""

    def __init__(self, whole: Path, packed: int) -> None:
        self._whole = whole
        # Many members that each stay below what is taken whatever its ratio are a bomb together.
        self._bytes = min(MAX_TOTAL, RATIO_FROM + packed * MAX_RATIO)
        self._tight = self._bytes < MAX_TOTAL
        self._in_vain = MAX_TOTAL  # bytes of members that turned out to be too large
        self._members = MAX_MEMBERS
        self._left_out = 0
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self.unread: list[Unread] = []

    @property
    def spent(self) -> bool:
        return self._members <= 0 or self._bytes <= 0 or self._in_vain <= 0

    def write(self, stream: _Stream, target: Path, name: PurePosixPath, packed: int) -> None:
        """Write one member below `target`, unless it is too large; a damaged one is kept as far as it goes.

        Args:
            stream: its bytes.
            target: the folder to write to, and `name` the path below it.
            name: relative, and safe.
            packed: how many bytes of the archive it comes from.
        """
        path = target / name
        above = [parent.as_posix() for parent in name.parents]
        if str(name) in self._folders or not self._files.isdisjoint(above):
            self._lose(path, "its name in the archive is that of a folder, or of a file that should be one")
            return
        ratio = max(RATIO_FROM, packed * MAX_RATIO)
        limit = min(MAX_MEMBER, self._bytes, ratio)
        size = 0
        if above[0] not in self._folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._folders.update(above)
        self._files.add(str(name))
        with path.open("wb") as out:
            try:
                while size <= limit and (piece := stream.read(_PIECE)):
                    out.write(piece)
                    size += len(piece)
            except (EOFError, *_DAMAGE) as error:
                self._lose(
                    path, f"the archive breaks off or is damaged ({cut(str(error), 80)}); what came before was read"
                )
        self._members -= 1
        if size <= limit:
            self._bytes -= size
        else:
            self._in_vain -= size
            path.unlink()
            bomb = limit == ratio < min(MAX_MEMBER, MAX_TOTAL) or (self._tight and limit < min(MAX_MEMBER, ratio))
            why = f"more than {MAX_RATIO} times what it is packed in" if bomb else f"larger than {limit >> 20} MiB"
            self._lose(path, f"{why} unpacked; it was left out")

    def skip(self, path: Path) -> None:
        """Leave out a member, for the budget is spent; all of them are told in one sentence."""
        self._left_out += 1
        self.unread.append(Unread(path, "beyond what is read of one archive", quiet=True, kind=ARCHIVE))

    def close(self, *, certain: bool) -> None:
        """Say how much was left out; where it is not `certain` which files, every run of the archive may lack some."""
        if not self._left_out:
            return
        many = f"{self._left_out:,} " if certain else ""
        limits = f"{MAX_MEMBERS:,} files or {MAX_TOTAL >> 30} GiB of logs"
        if self._tight and self._bytes <= 0:
            limits = f"{MAX_RATIO} times its size"
        what = f"it holds more than {limits}; the {many}others were not read. Unpack it to have all judged"
        self.unread.append(Unread(self._whole, what, marks=not certain, kind=ARCHIVE))

    def _lose(self, path: Path, what: str) -> None:
        self.unread.append(Unread(path, what, kind=ARCHIVE))


class _Gunzip:
    """A gzip stream whose damaged end does not take back what was read before it, unlike the standard library's."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._inflate = zlib.decompressobj(wbits=31)
        self._rest = b""

    def read(self, size: int = _PIECE, /) -> bytes:
        """Return some more of the unpacked bytes; none at the end.

        Raises:
            EOFError: the compressed data are cut short.
            zlib.error: they are damaged.
        """
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


class _Unxz:
    """A stream of xz that is unpacked within `MAX_DICTIONARY`; the standard library takes what the stream asks for."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._inflate = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_DICTIONARY)
        self._rest = b""

    def read(self, size: int = _PIECE, /) -> bytes:
        """Return some more of the unpacked bytes; none at the end.

        Raises:
            EOFError: the compressed data are cut short.
            lzma.LZMAError: they are damaged, or ask for too much memory.
        """
        while True:
            if self._inflate.eof:
                self._rest = (self._inflate.unused_data or self._stream.read(1 << 16)).lstrip(b"\0")
                if not self._rest.startswith(_XZ_MAGIC[:1]):
                    return b""
                self._inflate = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_DICTIONARY)
            data = b""
            if self._inflate.needs_input:
                data, self._rest = self._rest or self._stream.read(1 << 16), b""
                if not data:
                    raise EOFError("the compressed data are cut short")
            if piece := self._inflate.decompress(data, size):
                return piece


def _unpack_zip(path: Path, target: Path, budget: _Budget) -> None:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name = _safe(info.filename)
            if name is None or info.is_dir() or not _wanted(name):
                continue
            if budget.spent:
                budget.skip(target / name)
                continue
            with archive.open(info) as stream:
                budget.write(stream, target, name, info.compress_size)
    budget.close(certain=True)


def _unpack_tar(path: Path, target: Path, budget: _Budget, packed: int) -> None:
    with path.open("rb") as stream:
        if stream.read(len(_XZ_MAGIC)) == _XZ_MAGIC:
            stream.seek(0)
            with tarfile.open(fileobj=cast("IO[bytes]", _Unxz(stream)), mode="r|", tarinfo=_Member) as archive:
                _take_members(archive, target, budget, packed)
        else:
            stream.seek(0)
            with tarfile.open(fileobj=stream, mode="r:*", tarinfo=_Member) as archive:
                _take_members(archive, target, budget, packed)
    budget.close(certain=False)


def _take_members(archive: tarfile.TarFile, target: Path, budget: _Budget, packed: int) -> None:
    seen = 0
    for info in _members(archive):
        seen += info.size
        name = _safe(info.name)
        if name is None or not info.isfile() or not _wanted(name):
            if seen > MAX_SKIPPED:
                break
            continue
        if seen > MAX_SKIPPED or budget.spent:
            # Which files follow is not known without unpacking all of them.
            budget.skip(target / name)
            break
        stream = archive.extractfile(info)
        if stream is not None:
            budget.write(stream, target, name, packed)


class _Member(tarfile.TarInfo):
    """A member whose damaged header is an error; the standard library takes it for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Return the member that a header describes.

        Raises:
            tarfile.ReadError: it describes none.
        """
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if buf and not buf.strip(b"\0"):
                raise  # zeros are the end
            raise tarfile.ReadError(f"a header is damaged or missing: {error}") from None


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield the members up to the end; the zeros behind it are read as well, for a checksum may follow them.

    Raises:
        tarfile.ReadError: a header is damaged, or other data stand behind what looks like the end.
    """
    while (info := archive.next()) is not None:
        yield info
    stream = cast("_Stream", archive.fileobj)
    left = MAX_TRAILER
    while left > 0 and (piece := stream.read(_PIECE)):
        if piece.strip(b"\0"):
            raise tarfile.ReadError("data stand behind its end")
        left -= len(piece)


def _wanted(name: PurePosixPath) -> bool:
    return may_hold_log(name.name) or kind_of(name.name) != "" or is_config_name(name.name) or name.name in _BESIDE


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
