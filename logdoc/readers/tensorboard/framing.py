"""Where the records of a buffer lie: found by walkers that advance in lockstep, not by a loop over records.

A record is ``uint64 length | uint32 masked CRC of it | payload | uint32 masked CRC of the payload``. Walkers start at places where twelve
bytes happen to be a valid header; one NumPy step moves all of them by one record. A stretch is accepted only if the walker before it
lands exactly where it began, so a header that lies by chance (or by intent) inside a payload does no harm. The same search finds the next
record after damage. Only length CRCs are looked at here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logdoc.readers.tensorboard.crc import valid_headers

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEADER = 12
FOOTER = 4
FRAME = HEADER + FOOTER
SLACK = 64  # bytes of zeros behind every buffer, so that windows of fixed width may begin at its last bytes
_SEGMENT = 1 << 13
_WALKERS = 4096
_WINDOW = 128

Stop = str  # "end": all consumed; "partial": a record goes on behind the buffer; "lost": damaged, no later record in the buffer


class Frames(NamedTuple):
    """The records of one buffer: int64 places of their headers, int64 payload lengths, the damaged gaps, and how it ended at `stop`."""

    places: NDArray[np.int64]
    lengths: NDArray[np.int64]
    gaps: list[tuple[int, int]]
    stop: int
    why: Stop


def windows(buffer: NDArray[np.uint8], width: int) -> NDArray[np.void]:
    """Return a view void[n] of every `width` bytes that begin at each place; indexing it copies whole windows."""
    return np.ndarray((buffer.size - width + 1,), dtype=f"V{width}", buffer=buffer, strides=(1,))


def gather(buffer: NDArray[np.uint8], places: NDArray[np.int64], width: int) -> NDArray[np.uint8]:
    """Return uint8[n, width]: the bytes at each place."""
    return windows(buffer, width)[places].view(np.uint8).reshape(places.size, width)


def _headers(buffer: NDArray[np.uint8], places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    words = windows(buffer, HEADER)[places].view("<u4").reshape(places.size, 3)
    return words[:, 0].astype(np.int64), valid_headers(words[:, 0], words[:, 1], words[:, 2])


def find(buffer: NDArray[np.uint8], begin: int, end: int, size: int, *, room: int) -> int | None:
    """Return the first place in [begin, end) that holds a valid header whose record ends within `room` bytes; None if there is none.

    Args:
        buffer: uint8, with SLACK zeros behind its `size` bytes.
        begin: first place to try.
        end: first place not to try.
        size: bytes of the buffer that are content.
        room: how far a record may reach: the end of the file, counted from the buffer's start.
    """
    end = min(end, size - HEADER + 1)
    block = 512
    while begin < end:
        count = min(block, end - begin)
        low, high, crc = (np.ndarray((count,), dtype="<u4", buffer=buffer, offset=begin + 4 * i, strides=(1,)) for i in range(3))
        maybe = np.flatnonzero(high == 0)
        maybe = maybe[low[maybe].astype(np.int64) + maybe + (begin + FRAME) <= room]
        hits = maybe[valid_headers(low[maybe], high[maybe], crc[maybe])]
        if hits.size:
            return begin + int(hits[0])
        begin += count
        block = min(block * 4, 1 << 20)
    return None


def _entries(buffer: NDArray[np.uint8], begin: int, size: int) -> NDArray[np.int64]:
    """Places behind `begin` where walkers may start: in each segment the first valid header within a short window."""
    count = min(_WALKERS, (size - begin) // _SEGMENT)
    if count < 2:
        return np.array([begin], dtype=np.int64)
    heads = begin + (np.arange(1, count, dtype=np.int64) * (size - begin)) // count
    grid = heads[:, None] + np.arange(_WINDOW)
    grid = grid[heads + _WINDOW + HEADER <= size]
    lengths, valid = _headers(buffer, grid.ravel())
    valid = (valid & (grid.ravel() + lengths + FRAME <= size)).reshape(grid.shape)
    found = valid.any(axis=1)
    first = grid[found, valid[found].argmax(axis=1)]
    return np.concatenate(([begin], np.unique(first))).astype(np.int64)


class _Walk(NamedTuple):
    """What the walkers saw: places and lengths in order, walker k owning ``[bounds[k], bounds[k+1])`` and having stopped at `ends[k]`."""

    entries: NDArray[np.int64]
    ends: NDArray[np.int64]
    bounds: NDArray[np.int64]
    places: NDArray[np.int64]
    lengths: NDArray[np.int64]


def _walk(buffer: NDArray[np.uint8], entries: NDArray[np.int64], size: int) -> _Walk:
    """Move every walker record by record until it reaches the next one's entry, a bad header, or a record that the buffer does not hold."""
    count = entries.size
    ends = entries.copy()
    goals = np.append(entries[1:], size)
    who = np.arange(count)
    at = entries.copy()
    steps: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
    while who.size:
        inside = at + FRAME <= size
        if not inside.all():
            who, at = who[inside], at[inside]
        lengths, valid = _headers(buffer, at)
        after = at + lengths + FRAME
        valid &= after <= size
        if not valid.all():
            who, at, lengths, after = who[valid], at[valid], lengths[valid], after[valid]
        if not who.size:
            break
        steps.append((who, at, lengths))
        ends[who] = after
        going = after < goals[who]
        if going.all():
            at = after
        else:
            who, at = who[going], after[going]
    grid = np.full((2, len(steps), count), -1, dtype=np.int32)
    for row, (walkers, places, lengths) in enumerate(steps):
        grid[0, row, walkers] = places
        grid[1, row, walkers] = lengths
    del steps
    places, lengths = grid[0].T.ravel(), grid[1].T.ravel()
    seen = places >= 0
    bounds = np.concatenate(([0], np.cumsum((grid[0] >= 0).sum(axis=0))))
    return _Walk(entries, ends, bounds.astype(np.int64), places[seen].astype(np.int64), lengths[seen].astype(np.int64))


class _Merge:
    """Joins the stretches of the walkers into one chain from the first place on, with damage skipped."""

    def __init__(self, buffer: NDArray[np.uint8], size: int, room: int) -> None:
        self.buffer = buffer
        self.size = size
        self.room = room
        self.places: list[NDArray[np.int64]] = []
        self.lengths: list[NDArray[np.int64]] = []
        self.gaps: list[tuple[int, int]] = []

    def frames(self, stop: int, why: Stop) -> Frames:
        """Return what was joined up to `stop`."""
        none = np.zeros(0, dtype=np.int64)
        return Frames(np.concatenate([none, *self.places]), np.concatenate([none, *self.lengths]), self.gaps, stop, why)

    def header(self, at: int) -> int | None:
        """Return the length in a valid header at this place, else None."""
        lengths, valid = _headers(self.buffer, np.array([at], dtype=np.int64))
        return int(lengths[0]) if valid[0] else None

    def run(self, walk: _Walk, begin: int) -> Frames:
        """Join from `begin` on."""
        at, walker = begin, 0
        entries = walk.entries
        while at < self.size:
            walker += int(np.searchsorted(entries[walker:], at)) if walker < entries.size and entries[walker] < at else 0
            if walker < entries.size and entries[walker] == at and walk.bounds[walker + 1] > walk.bounds[walker]:
                last = walker
                while last + 1 < entries.size and walk.ends[last] == entries[last + 1]:
                    last += 1
                self.places.append(walk.places[walk.bounds[walker] : walk.bounds[last + 1]])
                self.lengths.append(walk.lengths[walk.bounds[walker] : walk.bounds[last + 1]])
                at, walker = int(walk.ends[last]), last + 1
                continue
            if at + HEADER > self.size:
                return self.frames(at, "partial")
            length = self.header(at)
            if length is not None and at + length + FRAME <= self.size:
                self.places.append(np.array([at], dtype=np.int64))
                self.lengths.append(np.array([length], dtype=np.int64))
                at += length + FRAME
                continue
            if length is not None and at + length + FRAME <= self.room:
                return self.frames(at, "partial")
            found = find(self.buffer, at + 1, self.size, self.size, room=self.room)
            if found is None:
                return self.frames(at, "lost")
            self.gaps.append((at, found))
            at = found
        return self.frames(at, "end")


def frame(buffer: NDArray[np.uint8], size: int, *, room: int, begin: int = 0) -> Frames:
    """Find the records of a buffer.

    Args:
        buffer: uint8, SLACK bytes longer than its content.
        size: bytes of content.
        room: where the file ends, counted from the buffer's start; a record that claims to reach further is damaged.
        begin: where the first record is expected.

    Returns:
        Every record that lies wholly in the buffer; the gaps where bytes belong to no record; where and why it stopped.
    """
    if begin >= size:
        return _Merge(buffer, size, room).frames(begin, "end")
    return _Merge(buffer, size, room).run(_walk(buffer, _entries(buffer, begin, size), size), begin)
