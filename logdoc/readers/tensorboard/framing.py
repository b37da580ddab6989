"""Finds the records of an event file: ``uint64 length | masked CRC of the length | payload | masked CRC of the
payload``.

Many walkers advance in lockstep, one NumPy step moving each by one record. They start where eight length bytes match
their own CRC, and a stretch
is accepted only when the walker before it lands exactly on its start. Where one does not, that stretch is walked
record by record, and after damage
the walk goes on at the next length whose CRC is right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.readers.tensorboard.checksum import masked_crc, masked_length_crcs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

HEADER = 12  # bytes before a payload
FOOTER = 4  # bytes after it
LONGEST = 1 << 40  # no payload is longer; a length beyond this is damage even when its CRC is right
_STRIDES = 1 << 10, 16 << 10  # least and most bytes between two walkers
_WALKERS = 2048  # aimed at between the two
_WINDOW = 192  # bytes searched for a start at each of them; where there is none, the walker before goes on
_CHUNK = 1 << 20  # bytes searched at once behind damage, at most
_FIRST_CHUNK = 512  # and at first: the next record is near, unless a hole is large
_PARALLEL_FROM = 8 << 10  # smaller files are walked record by record where something is wrong in them
_PLAIN_UP_TO = 512 << 10  # a loop over so many bytes costs less than what many walkers need to begin

CAP = 64 << 20  # bytes of a payload that is decoded; longer ones are stepped over

ZEROS, CUT, DAMAGED = "zeros", "cut", "damaged"


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch of bytes that belongs to no readable record: `kind` is "zeros", "cut" (the file ends inside a record)
    or "damaged".
    """

    offset: int
    size: int
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Every record found: offsets and lengths of the payloads (int64[n]) in file order, and the holes between them.

    `rest` is where the next piece of the file has to begin: at the record, or inside the damage, that the end of this
    one cuts.
    """

    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    holes: tuple[Hole, ...]
    rest: int


class _Views:
    """Unaligned little-endian integers at every byte of the data."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data = data
        self.size = int(data.size)
        self.u64 = np.ndarray((max(0, self.size - 7),), "<u8", data, 0, (1,)) if self.size >= 8 else np.zeros(0, "<u8")
        self.u32 = np.ndarray((max(0, self.size - 3),), "<u4", data, 0, (1,)) if self.size >= 4 else np.zeros(0, "<u4")

    def length_at(self, position: int) -> int | None:
        """The length at a position when its CRC is right, else None."""
        if position + HEADER > self.size:
            return None
        raw = self.data[position : position + 8].tobytes()
        if masked_crc(raw) != int(self.u32[position + 8]):
            return None
        return int.from_bytes(raw, "little")


def find_frames(data: NDArray[np.uint8], goes_on: Callable[[int, int], bool] | None = None) -> Frames:
    """Find the records in uint8[n], the bytes of a file or of a piece of it (payloads are not touched).

    Args:
        data: the bytes.
        goes_on: where the file is longer than `data`, whether a record of so many bytes may end at this place behind
            the data. None where the data end with the file.
    """
    if data.size <= _PLAIN_UP_TO and (plain := _without_damage(data)) is not None:
        return plain
    views = _Views(data)
    if views.size < _PARALLEL_FROM:
        walk = _Walk(views, np.zeros(0, np.int64), goes_on)
        walk.until(0, views.size)
        return walk.frames()
    return _in_parallel(views, goes_on)


def _without_damage(data: NDArray[np.uint8]) -> Frames | None:
    """Return the records of a file in which one follows the other from the first byte to the last; None for others."""
    raw = data.tobytes()
    position, size = 0, len(raw)
    ahead: dict[bytes, int] = {}  # from one record to the next, by the right headers that were met: a handful
    begins: list[int] = []
    append = begins.append
    while position < size:
        header = raw[position : position + HEADER]
        step = ahead.get(header)
        if step is None:
            if len(header) < HEADER or masked_crc(header[:8]) != int.from_bytes(header[8:], "little"):
                return None
            step = ahead[header] = HEADER + int.from_bytes(header[:8], "little") + FOOTER
        append(position)
        position += step
    if position != size:
        return None
    places = np.array([*begins, size], dtype=np.int64)
    return Frames(places[:-1] + HEADER, places[1:] - places[:-1] - (HEADER + FOOTER), (), size)


def _in_parallel(views: _Views, goes_on: Callable[[int, int], bool] | None) -> Frames:
    starts = _starts(views)
    found, ends = _lockstep(views, starts)
    good = _headers_right(views, found)
    walk = _Walk(views, starts, goes_on)
    position, k = 0, 0
    while k < starts.size:
        if position == starts[k] and good[k] and ends[k] >= 0:
            walk.take(found[k])
            position = int(ends[k])
            k += 1
            if k < starts.size and position != starts[k]:
                position = walk.until(position, int(starts[k]))
        else:
            limit = (
                int(starts[k]) if position < starts[k] else (int(starts[k + 1]) if k + 1 < starts.size else views.size)
            )
            position = walk.until(position, limit)
        while k < starts.size and starts[k] < position:
            k += 1
    if position < views.size:
        walk.until(position, views.size)
    return walk.frames()


def _starts(views: _Views) -> NDArray[np.int64]:
    """Places, one a stride at most, where a length matches its own CRC; 0 is always one."""
    stride = min(max(views.size // _WALKERS, _STRIDES[0]), _STRIDES[1])
    marks = np.arange(stride, views.size - _WINDOW - HEADER, stride, dtype=np.int64)
    starts = [0]
    for begin in range(0, marks.size, 4096):
        places = marks[begin : begin + 4096, None] + np.arange(_WINDOW, dtype=np.int64)
        lengths = views.u64[places]
        row, column = np.nonzero((lengths < (1 << 24)) & (lengths > 0))
        at = places[row, column]
        right = masked_length_crcs(lengths[row, column]) == views.u32[at + 8]
        row, at = row[right], at[right]
        _, firsts = np.unique(row, return_index=True)
        starts.extend(int(p) for p in at[firsts])
    return np.array(starts, dtype=np.int64)


def _lockstep(views: _Views, starts: NDArray[np.int64]) -> tuple[list[NDArray[np.int64]], NDArray[np.int64]]:
    """Walk from every start to the next one; return the positions of the headers passed, and where each walk ended: -1
    where it would leave the file.
    """
    limits = np.append(starts[1:], views.size - HEADER + 1)
    ends = np.full(starts.size, -1, dtype=np.int64)
    here = starts.copy()
    walkers: NDArray[Any] = np.arange(starts.size).astype(np.int16 if starts.size < 1 << 15 else np.int32)
    lengths = views.u64.view("<i8")
    steps: list[tuple[NDArray[Any], NDArray[np.int64]]] = []
    while here.size:
        steps.append((walkers, here))
        ahead = lengths[here] + here
        ahead += HEADER + FOOTER
        # A length that cannot be makes a walker go back or leave the file; the careful walk goes on from where it
        # stood.
        over = (ahead >= limits) | (ahead <= here)
        if over.any():
            last, stood = ahead[over], here[over]
            ends[walkers[over]] = np.where((last > views.size) | (last <= stood), -1, last)
            keep = ~over
            here, walkers, limits = ahead[keep], walkers[keep], limits[keep]
        else:
            here = ahead
    owner = np.concatenate([w for w, _ in steps])
    places = np.concatenate([p for _, p in steps])
    # Sixteen-bit numbers are sorted by radix, several times faster than wider ones.
    order = np.argsort(owner, kind="stable")
    cuts = np.cumsum(np.bincount(owner, minlength=starts.size))[:-1]
    return np.split(places[order], cuts), ends


def _headers_right(views: _Views, found: list[NDArray[np.int64]]) -> NDArray[np.bool_]:
    """Whether every header that a walker passed has the right CRC, and the walker did not stop."""
    sizes = np.array([f.size for f in found])
    places = np.concatenate(found)
    lengths = views.u64[places]
    known, inverse = _unique_lengths(lengths)
    right = masked_length_crcs(known)[inverse] == views.u32[places + 8]
    wrong = np.add.reduceat(~right, np.concatenate(([0], np.cumsum(sizes)[:-1])))
    return np.asarray(wrong == 0)


def _unique_lengths(lengths: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.intp]]:
    """Like np.unique with inverse; by counting when the lengths are small, which they nearly always are."""
    if lengths.size and int(lengths.max()) < 1 << 20:
        small = lengths.astype(np.intp)
        known = np.flatnonzero(np.bincount(small))
        place = np.zeros(int(known[-1]) + 1, dtype=np.intp)
        place[known] = np.arange(known.size)
        return known.astype(np.uint64), place[small]
    known_lengths, inverse = np.unique(lengths, return_inverse=True)
    return known_lengths, inverse


class _Walk:
    """Collects records, and walks stretch by stretch with care where the fast way failed."""

    def __init__(
        self, views: _Views, starts: NDArray[np.int64], goes_on: Callable[[int, int], bool] | None = None
    ) -> None:
        self.views = views
        self.goes_on = goes_on
        self.rest = views.size
        self.headers: list[NDArray[np.int64]] = []
        self.single: list[int] = []
        self.holes: list[Hole] = []
        self.unchecked = 4 * views.size + (
            1 << 20
        )  # bytes of payloads that may still be looked into, so that many bombs cost no more than a few passes

    def take(self, headers: NDArray[np.int64]) -> None:
        self._flush()
        self.headers.append(headers)

    def until(self, position: int, limit: int) -> int:
        """Walk from a position until at or past the limit; return where the walk stands.

        Damage is skipped and noted.
        """
        while position < limit:
            length = self.views.length_at(position)
            end = position + HEADER + (length or 0) + FOOTER
            if length is not None and length < LONGEST and end <= self.views.size:
                self.single.append(position)
                position = end
                continue
            if length is not None and length < LONGEST and self.goes_on is not None and self.goes_on(length, end):
                self.rest = position
                return self.views.size
            inside = self._inside_the_last(position)
            if inside is not None:
                position = inside
                continue
            following = self._next_header(position + 1)
            if following is None and self.goes_on is not None:
                # What is left may begin with a record that the next piece holds whole.
                self.rest = max(position, self.views.size - CAP - HEADER - FOOTER)
                if self.rest > position:
                    self._note(position, self.rest - position, tail=False, header_right=False)
                return self.views.size
            if following is None:
                self._note(position, self.views.size - position, tail=True, header_right=length is not None)
                return self.views.size
            self._note(position, following - position, tail=False, header_right=False)
            position = following
        return position

    def _inside_the_last(self, position: int) -> int | None:
        """Take back the record before a damaged place if its payload fails its CRC and a record begins inside it:
        its length was wrong.

        A length can be wrong with a right CRC (a bomb); such a record must not cost those that it seems to cover.
        One whose end falls by chance exactly on a later record is not told from a damaged payload.
        """
        before = (
            self.single[-1]
            if self.single
            else int(self.headers[-1][-1])
            if self.headers and self.headers[-1].size
            else None
        )
        if before is None:
            return None
        begin, end = before + HEADER, position - FOOTER
        self.unchecked -= end - begin
        if self.unchecked < 0 or masked_crc(self.views.data[begin:end].tobytes()) == int(self.views.u32[end]):
            return None
        inside = self._next_header(before + 1)
        if inside is None or inside >= position:
            return None
        if self.single:
            self.single.pop()
        else:
            self.headers[-1] = self.headers[-1][:-1]
        self._note(before, inside - before, tail=False, header_right=False)
        return inside

    def _next_header(self, position: int) -> int | None:
        """The next position whose length has the right CRC and whose record lies within the file."""
        views = self.views
        last = views.size - HEADER - FOOTER
        chunk = _FIRST_CHUNK
        while position <= last:
            end = min(position + chunk, last + 1)
            chunk = min(4 * chunk, _CHUNK)
            lengths = views.u64[position:end]
            candidates = np.flatnonzero(lengths <= views.size)
            if candidates.size:
                right = masked_length_crcs(lengths[candidates]) == views.u32[position + 8 + candidates]
                for place in candidates[right]:
                    at = position + int(place)
                    if at + HEADER + int(views.u64[at]) + FOOTER <= views.size:
                        return at
            position = end
        return None

    def _note(self, offset: int, size: int, *, tail: bool, header_right: bool) -> None:
        part = self.views.data[offset : offset + min(size, 1 << 16)]
        cut = tail and (header_right or size < HEADER + FOOTER)
        kind = ZEROS if not part.any() else CUT if cut else DAMAGED
        self.holes.append(Hole(offset, size, kind))

    def _flush(self) -> None:
        if self.single:
            self.headers.append(np.array(self.single, dtype=np.int64))
            self.single = []

    def frames(self) -> Frames:
        self._flush()
        headers = np.concatenate(self.headers) if self.headers else np.zeros(0, np.int64)
        lengths = self.views.u64[headers].astype(np.int64) if headers.size else np.zeros(0, np.int64)
        return Frames(headers + HEADER, lengths, tuple(self.holes), self.rest)
