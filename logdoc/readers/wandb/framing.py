"""The framing of ``.wandb`` files: LevelDB's log format with checksums of W&B's own kind."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logdoc.model.notes import CUT, DAMAGED, ZEROS

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = b":W&B"
SWANLAB = b":SWL"  # whose logs are framed in the same way
HEADER = 7
BLOCK = 32_768
_FULL, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_SEEDS = {kind: zlib.crc32(bytes([kind])) for kind in (_FULL, _FIRST, _MIDDLE, _LAST)}
_HEAD = struct.Struct("<IHB")


@dataclass(slots=True)
class Records:
    """The payloads of a file in their order.

    Attributes:
        payloads: the records whose checksums are right.
        offsets: where each begins in the file.
        problems: (offset, what, the id of its note).
    """

    payloads: list[bytes] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    problems: list[tuple[int, str, str]] = field(default_factory=list)


def read_records(data: bytes) -> Records:
    """Return the records of a file, all in memory; see `records_in`."""
    found = Records()
    for offset, payload in records_in(data, found.problems):
        found.offsets.append(offset)
        found.payloads.append(payload)
    return found


def records_in(data: bytes, problems: list[tuple[int, str, str]]) -> Iterator[tuple[int, bytes]]:
    """Yield where each record of a file begins, and its payload.

    A file is 7 bytes of header, then blocks of 32 KiB, the first of which counts the header. A physical record is
    crc32 (of its type byte and its data), length, type and data; a record that does not fit a block goes on in the next
    ones. Where one is damaged, reading goes on at the next block, as LevelDB does; what was skipped is told in
    `problems`, as (offset, what, the id of its note).
    """
    size = len(data)
    at = HEADER if data.startswith((MAGIC, SWANLAB)) else 0
    parts: list[bytes] = []
    begun = at
    view = memoryview(data)
    crc32 = zlib.crc32
    while at < size:
        room = BLOCK - at % BLOCK
        if room < HEADER:
            at += room
            continue
        if at + HEADER > size:
            _cut(problems, at, size)
            return
        crc, length, kind = _HEAD.unpack_from(data, at)
        end = at + HEADER + length
        if kind == 0 and length == 0 and crc == 0:
            if not any(data[at:]):  # a file that was made larger before it was filled
                problems.append(
                    (
                        at,
                        f"{size - at:,} bytes of zeros at the end: the process was killed while the file was written",
                        ZEROS,
                    )
                )
                return
        elif end > size and HEADER + length <= room and kind in _SEEDS:
            _cut(problems, begun if parts else at, size)
            return
        elif kind in _SEEDS and HEADER + length <= room:
            piece = view[at + HEADER : end]
            if crc32(piece, _SEEDS[kind]) == crc:
                if kind == _FULL:
                    if parts:
                        _broken(problems, begun, at)
                        parts = []
                    yield at, piece.tobytes()
                elif kind == _FIRST:
                    if parts:
                        _broken(problems, begun, at)
                    parts, begun = [piece.tobytes()], at
                elif parts:
                    parts.append(piece.tobytes())
                    if kind == _LAST:
                        yield begun, b"".join(parts)
                        parts = []
                at = end
                continue
        next_block = at + room
        begun = begun if parts else at
        problems.append(
            (
                begun,
                f"a damaged record; {min(next_block, size) - begun:,} bytes up to the next block were skipped",
                DAMAGED,
            )
        )
        parts = []
        at = next_block
    if parts:
        _cut(problems, begun, size)


def _broken(problems: list[tuple[int, str, str]], begun: int, at: int) -> None:
    problems.append((begun, f"a record without its end; {at - begun:,} bytes were skipped", DAMAGED))


def _cut(problems: list[tuple[int, str, str]], at: int, size: int) -> None:
    problems.append(
        (at, f"the last record is cut short ({size - at:,} bytes): the process was killed, or still writes", CUT)
    )
