"""Event files that are too large to hold: read piece by piece, each into the same memory.

A piece ends anywhere; what its end cuts is read again with the next one. A file is never mapped: one that another
process cuts short would end this one without a word.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np

from logdoc.readers.tensorboard.checksum import masked_crc
from logdoc.readers.tensorboard.contents import Contents, add_piece
from logdoc.readers.tensorboard.framing import CAP, FOOTER, HEADER

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PIECE = 192 << 20  # bytes; three times the longest record that is decoded, so that every piece brings the file on


def read_pieces(path: Path, size: int) -> tuple[Contents, int]:
    """Decode an event file that had `size` bytes a moment ago.

    Returns:
        What it holds, and how many bytes of it were there: fewer where it was cut short since.

    Raises:
        OSError: as the system says.
    """
    contents = Contents()
    buffer = np.empty(min(PIECE, size), dtype=np.uint8)
    begin = 0
    with path.open("rb", buffering=0) as stream:
        while begin < size:
            got = _fill(stream, buffer, begin, size)
            if got < min(buffer.size, size - begin):
                size = begin + got
            ends_here = begin + got >= size
            done = add_piece(contents, buffer[:got], begin, None if ends_here else _Beyond(stream, begin, size))
            if ends_here:
                break
            begin += done or _step_over(contents, buffer, begin)
    return contents, size


def _fill(stream: IO[bytes], buffer: NDArray[np.uint8], begin: int, size: int) -> int:
    """Read what stands from byte `begin` on into the buffer; return how many bytes there were."""
    stream.seek(begin)
    wanted = min(int(buffer.size), size - begin)
    got = 0
    while got < wanted and (count := stream.readinto(buffer.data[got:wanted])):  # type: ignore[attr-defined]
        got += count
    return got


def _step_over(contents: Contents, buffer: NDArray[np.uint8], begin: int) -> int:
    """Leave out a record that fills more than a piece; return how many bytes it takes."""
    length = int.from_bytes(buffer[:8].tobytes(), "little")
    contents.left_out[f"record at offset {begin + HEADER}"] = f"{length:,} bytes; at most {CAP:,} are decoded"
    contents.records += 1
    return HEADER + length + FOOTER


class _Beyond:
    """Says whether a record that the end of a piece cuts may be one."""

    def __init__(self, stream: IO[bytes], begin: int, size: int) -> None:
        self._stream, self._begin, self._size = stream, begin, size

    def __call__(self, length: int, end: int) -> bool:
        """Tell whether a payload of so many bytes, whose record ends at `end` of the piece, lies within the file.

        One that is too long to be decoded also has to end where another record begins, for its length may be a bomb.
        """
        place = self._begin + end
        if place > self._size:
            return False
        if length <= CAP or place == self._size:
            return True
        self._stream.seek(place)
        head = self._stream.read(HEADER)
        return len(head) < HEADER or masked_crc(head[:8]) == int.from_bytes(head[8:], "little")
