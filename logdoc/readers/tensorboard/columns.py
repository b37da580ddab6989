"""Decodes records that look alike as columns.

Records of equal length whose step takes equally many bytes form a byte matrix. A record of it is parsed once; what
varies in it (wall time, step,
values) is masked out and the rest, tag and structure, is hashed. Every distinct rest is parsed once by the real
parser; all rows that share it are
decoded as columns, and their CRCs follow from its CRC and what the varying bytes add, because a CRC is linear. A row
whose rest was hashed to the
wrong place fails its CRC and is read one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from crc32c import crc32c

from logdoc.readers.tensorboard.checksum import masked, masked_crc, position_table
from logdoc.readers.tensorboard.wire import Event, Value, parse_event, parse_tensor
from logdoc.signals.profile import distinct_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 4  # rows of one length that are worth a matrix
LONGEST = 1 << 18  # bytes of a record that may be part of a matrix
_MOST_BYTES = 4 << 20  # of one matrix; longer classes are cut, so that it stays in the processor's cache
_MOST_VARYING = 96  # bytes of a row whose CRC is added up; beyond it a library is faster
_SAMPLE = 2048
_ROUNDS = 6  # layouts tried in one class before its rest is read one by one
_REMEMBERED = 512  # bytes of a record whose skeleton is remembered: the next run logs the same tags

_TENSOR_ITEMS = {1: ("<f4", 4), 2: ("<f8", 8)}


@dataclass(frozen=True, slots=True)
class Slot:
    """One value of a record: its tag, its plugin, and where its bytes stand."""

    tag: bytes
    plugin: bytes
    start: int
    dtype: str
    size: int


@dataclass(frozen=True, slots=True)
class Layout:
    """What varies in a record: wall time, step, values; everything else is the skeleton."""

    time: int
    step: tuple[int, int]
    values: tuple[tuple[int, int, str], ...]

    def varying(self) -> list[int]:
        """Return the places of all bytes that vary."""
        places = list(range(self.time, self.time + 8)) + list(range(*self.step))
        for start, size, _ in self.values:
            places.extend(range(start, start + size))
        return places


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """The rows of one layout: record numbers int64[m], steps int64[m], times float64[m], values float64[m, k], and
    the tags by template.

    `template` int64[m] tells which entry of `slots` names the k values of a row.
    """

    records: NDArray[np.int64]
    steps: NDArray[np.int64]
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    template: NDArray[np.int64]
    slots: list[tuple[Slot, ...]]


def decode_alike(
    data: NDArray[np.uint8], offsets: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[list[Decoded], NDArray[np.int64]]:
    """Decode all records that can be decoded as columns.

    Returns:
        The decoded rows, and the numbers int64[r] of the records that are left: of other kinds, too few alike, or
        with a CRC that does not fit.
    """
    done: list[Decoded] = []
    left: list[NDArray[np.int64]] = []
    small = (lengths >= 12) & (lengths <= LONGEST)
    left.append(np.flatnonzero(~small))
    chosen = np.flatnonzero(small)
    for records in split_by_key(chosen, lengths[chosen]) if chosen.size else []:
        if records.size < FEWEST:
            left.append(records)
            continue
        length = int(lengths[records[0]])
        rows = max(FEWEST, _MOST_BYTES // length)
        for begin in range(0, records.size, rows):
            part = records[begin : begin + rows]
            items = np.ndarray((data.size - length - 3,), np.dtype((np.void, length + 4)), data, 0, (1,))
            matrix = items[offsets[part]].view(np.uint8).reshape(part.size, length + 4)
            for mine in _by_step_size(matrix):
                block, numbers = (matrix, part) if mine is None else (matrix[mine], part[mine])
                found, rest = _decode_class(block, numbers)
                done.extend(found)
                left.append(rest)
    return done, np.sort(np.concatenate(left))


def _by_step_size(matrix: NDArray[np.uint8]) -> list[NDArray[np.int64] | None]:
    """Split rows by how many bytes the step takes, where it stands right behind the wall time; [None] when all are
    alike.
    """
    size = np.zeros(matrix.shape[0], dtype=np.int64)
    going = matrix[:, 9] == 0x10
    for place in range(10, min(20, matrix.shape[1])):
        size += going
        going &= matrix[:, place] >= 0x80
        if not going.any():
            break
    if size[0] == size[-1] and int(size.min()) == int(size.max()):
        return [None]
    return list(split_by_key(np.arange(matrix.shape[0]), size))


def split_by_key(records: NDArray[np.int64], key: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Split records by a small non-negative key, each part in the order given.

    NumPy sorts 16-bit numbers by radix, several times faster.
    """
    if int(key.max()) < 1 << 24:
        known = np.flatnonzero(np.bincount(key))
        if known.size < 1 << 15:
            place = np.zeros(int(known[-1]) + 1, dtype=np.int16)
            place[known] = np.arange(known.size, dtype=np.int16)
            small = place[key]
            order = np.argsort(small, kind="stable")
            return np.split(records[order], np.cumsum(np.bincount(small))[:-1])
    order = np.argsort(key, kind="stable")
    return np.split(records[order], np.flatnonzero(np.diff(key[order])) + 1)


def _decode_class(matrix: NDArray[np.uint8], records: NDArray[np.int64]) -> tuple[list[Decoded], NDArray[np.int64]]:
    """Decode rows of one shape, uint8[m, length + 4] with the stored CRC in the last four columns; return the record
    numbers that are left.
    """
    done: list[Decoded] = []
    left: list[NDArray[np.int64]] = []
    for _ in range(_ROUNDS):
        if records.size < FEWEST:
            break
        layout = _layout_of(matrix[0, :-4].tobytes())
        if layout is None:
            # Nothing of this row can be cut out; the next one may be of another kind.
            left.append(records[:1])
            matrix, records = matrix[1:], records[1:]
            continue
        template, first_rows = _templates(matrix, layout)
        if first_rows.size > max(64, records.size // 3):
            break
        kept, telling = _kept(matrix.shape[1] - 4, layout)
        representatives = matrix[first_rows, :-4]
        slots = [_slots_of(row, telling, layout) for row in representatives]
        stored = np.ascontiguousarray(matrix[:, -4:]).view("<u4")[:, 0]
        right = _crcs(matrix, layout, representatives & kept, template) == stored
        if all(slots):
            mine = np.ones(records.size, dtype=np.bool_)
        else:
            mine = np.array([s is not None for s in slots])[template]
            right &= mine
        if right.all():
            return [*done, _columns(matrix, layout, records, template, slots)], np.concatenate([*left, records[:0]])
        if right.any():
            done.append(_columns(matrix[right], layout, records[right], template[right], slots))
        left.append(records[mine & ~right])
        matrix, records = matrix[~mine], records[~mine]
    return done, np.concatenate([*left, records])


def _layout_of(payload: bytes) -> Layout | None:
    try:
        event = parse_event(payload)
    except ValueError:
        return None
    found = _cut(payload, event)
    return found[0] if found is not None else None


@lru_cache(maxsize=64)
def _kept(length: int, layout: Layout) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return uint8[length] twice: which bits of a record are its skeleton, and which of them tell how it is parsed: the
    bits of the step that say whether more of it follows as well.
    """
    kept = np.full(length, 0xFF, dtype=np.uint8)
    kept[layout.varying()] = 0
    telling = kept.copy()
    telling[slice(*layout.step)] = 0x80
    kept.flags.writeable = telling.flags.writeable = False
    return kept, telling


def _slots_of(row: NDArray[np.uint8], telling: NDArray[np.uint8], layout: Layout) -> tuple[Slot, ...] | None:
    """The values of a record; one of the same structure was mostly met before, in this file or in the last run's."""
    payload = (row & telling).tobytes()
    return _slots(payload, layout) if len(payload) <= _REMEMBERED else _slots.__wrapped__(payload, layout)


@lru_cache(maxsize=8192)
def _slots(payload: bytes, layout: Layout) -> tuple[Slot, ...] | None:
    """The values of a representative record, when it is laid out as the others of its class."""
    try:
        event = parse_event(payload)
    except ValueError:
        return None
    found = _cut(payload, event)
    return found[1] if found is not None and found[0] == layout else None


def _cut(payload: bytes, event: Event) -> tuple[Layout, tuple[Slot, ...]] | None:
    if event.time is None or event.what != "summary" or not event.values:
        return None
    slots: list[Slot] = []
    for value in event.values:
        slot = _slot(payload, value)
        if slot is None:
            return None
        slots.append(slot)
    step = event.step or (event.time[1], event.time[1])
    return Layout(event.time[0], step, tuple((s.start, s.size, s.dtype) for s in slots)), tuple(slots)


def _slot(payload: bytes, value: Value) -> Slot | None:
    if value.content[1] > value.content[0] and value.plugin not in (b"scalars", b""):
        return None
    if value.kind == "simple":
        return Slot(value.tag, value.plugin, value.span[0], "<f4", 4)
    if value.kind != "tensor":
        return None
    tensor = parse_tensor(payload, value.span)
    item = _TENSOR_ITEMS.get(tensor.dtype)
    if item is None or any(size != 1 for size in tensor.shape):
        return None
    dtype, size = item
    if tensor.raw is not None and not tensor.typed and tensor.raw[1] - tensor.raw[0] == size:
        return Slot(value.tag, value.plugin, tensor.raw[0], dtype, size)
    wanted = 5 if tensor.dtype == 1 else 6
    if tensor.raw is None and len(tensor.typed) == 1 and tensor.typed[0][0] == wanted:
        _, _, start, end = tensor.typed[0]
        if end - start == size:
            return Slot(value.tag, value.plugin, start, dtype, size)
    return None


def _templates(block: NDArray[np.uint8], layout: Layout) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the number of its skeleton for every row, and a row of each skeleton."""
    hashes = _hash(block, layout)
    known = distinct_of(hashes[:_SAMPLE])
    place = np.minimum(np.searchsorted(known, hashes), known.size - 1)
    strangers = np.flatnonzero(known[place] != hashes)
    if strangers.size:
        known = distinct_of(np.concatenate((known, distinct_of(hashes[strangers]))))
        place = np.searchsorted(known, hashes)
    first_rows = np.zeros(known.size, dtype=np.int64)
    first_rows[place[::-1]] = np.arange(place.size - 1, -1, -1)
    return place, first_rows


def _hash(block: NDArray[np.uint8], layout: Layout) -> NDArray[np.uint64]:
    """uint64[m]: a multiplicative hash of the bytes that do not vary."""
    length = block.shape[1] - 4
    keep = _kept(length, layout)[0]
    words = length // 8
    factors = _factors(words + 8)
    hashes = np.zeros(block.shape[0], dtype=np.uint64)
    masks = keep[: words * 8].view("<u8")
    # Words are read where they stand, eight bytes at any place; NumPy copes with unaligned columns.
    grid = (
        np.ndarray((block.shape[0], words), "<u8", block, 0, (block.strides[0], 8))
        if words
        else np.zeros((block.shape[0], 0), "<u8")
    )
    for i in range(words):
        if masks[i]:
            column = grid[:, i] if masks[i] == np.uint64(0xFFFFFFFFFFFFFFFF) else grid[:, i] & masks[i]
            mixed = column * factors[i]
            hashes += mixed ^ (mixed >> np.uint64(29))
    for i in range(words * 8, length):
        if keep[i]:
            mixed = (block[:, i].astype(np.uint64) + np.uint64(1)) * factors[words + i - words * 8]
            hashes += mixed ^ (mixed >> np.uint64(29))
    return hashes


@lru_cache(maxsize=16)
def _factors(count: int) -> NDArray[np.uint64]:
    """uint64[count]: odd factors, the same in every call."""
    factors = np.random.default_rng(20240229).integers(1, 2**63, count, dtype=np.uint64) | np.uint64(1)
    factors.flags.writeable = False
    return factors


def _crcs(
    block: NDArray[np.uint8], layout: Layout, blank: NDArray[np.uint8], template: NDArray[np.int64]
) -> NDArray[np.uint32]:
    """uint32[m]: the masked CRC of every row, provided that it is its skeleton, a row of `blank`, apart from what
    varies.
    """
    places = layout.varying()
    length = block.shape[1] - 4
    if len(places) > _MOST_VARYING or block.shape[0] < 8 * len(blank):
        return np.array([masked_crc(row[:-4].tobytes()) for row in block], dtype=np.uint32)
    base = np.array([crc32c(row.tobytes()) for row in blank], dtype=np.uint32)
    crcs = base[template]
    for place in places:
        column = block[:, place]
        if column.any():
            crcs ^= position_table(length - 1 - place)[column]
    return masked(crcs)


def _columns(
    block: NDArray[np.uint8],
    layout: Layout,
    records: NDArray[np.int64],
    template: NDArray[np.int64],
    slots: list[tuple[Slot, ...] | None],
) -> Decoded:
    times = np.ascontiguousarray(block[:, layout.time : layout.time + 8]).view("<f8")[:, 0]
    steps = np.zeros(block.shape[0], dtype=np.uint64)
    for i, place in enumerate(range(*layout.step)):
        steps |= (block[:, place].astype(np.uint64) & np.uint64(0x7F)) << np.uint64(7 * i)
    values = np.empty((block.shape[0], len(layout.values)), dtype=np.float64)
    for i, (start, size, dtype) in enumerate(layout.values):
        values[:, i] = np.ascontiguousarray(block[:, start : start + size]).view(dtype)[:, 0]
    return Decoded(
        records, steps.view(np.int64), times.copy(), values, template, [s if s is not None else () for s in slots]
    )
