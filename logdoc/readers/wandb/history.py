"""History records as columns: rows that name the same keys in the same order are decoded together.

A row is a message with an item per key; an item holds the key (one field, or one per level) and the value as JSON
text. W&B writes the
same keys row after row, so the bytes before each value are the same in all of them and NumPy can compare them at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.readers.protobuf import WireError, collected, field_values, read_varint, text, whole
from logdoc.readers.tables.rows import number_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FEW = 24  # rows; fewer are decoded one by one
_ITEM, _STEP = 0x0A, 0x12
_VALUE_TAG = b"\x82\x01"  # field 16, length-delimited
_LEVEL = "\x1f"  # between the levels of a key while rows are read: a key of one level may hold points itself


@dataclass(slots=True)
class History:
    """The rows as they are collected: ``key -> (row numbers, values)``, what is no number, and the step of
    every row.
    """

    count: int
    steps: NDArray[np.int64]
    numbers: dict[str, list[tuple[NDArray[np.int64], NDArray[np.float64]]]] = field(default_factory=dict)
    objects: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    broken: list[int] = field(default_factory=list)

    def settle_names(self) -> None:
        """Join the levels of nested keys with points; with slashes where the log has a key that reads like that."""
        flat = frozenset(key for key in (*self.numbers, *self.objects) if _LEVEL not in key)
        self.numbers = {_shown(key, flat): found for key, found in self.numbers.items()}
        self.objects = {_shown(key, flat): found for key, found in self.objects.items()}

    def put(self, key: str, rows: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Add numbers of a key."""
        self.numbers.setdefault(key, []).append((rows, values))

    def put_cells(self, key: str, rows: Sequence[int] | NDArray[np.int64], cells: Sequence[bytes]) -> None:
        """Add the values of a key from their JSON texts."""
        try:
            # Of a text, Python makes a number four times faster than of bytes.
            texts = b"\n".join(cells).decode("ascii").split("\n")
            if len(texts) == len(cells):
                numbers = np.fromiter(map(float, texts), dtype=np.float64, count=len(texts))
                self.put(key, np.asarray(rows, dtype=np.int64), numbers)
                return
        except ValueError:
            pass
        at: list[int] = []
        values: list[float] = []
        for row, cell in zip(map(int, rows), cells, strict=True):
            try:
                value = json.loads(cell)
            except (ValueError, RecursionError):
                self.objects.setdefault(key, []).append((row, None))
                continue
            number = number_in(value)
            if number is not None and not isinstance(value, list):
                at.append(row)
                values.append(number)
            elif value is not None:
                self.objects.setdefault(key, []).append((row, value))
        if at:
            self.put(key, np.array(at, dtype=np.int64), np.array(values, dtype=np.float64))


def _shown(key: str, flat: frozenset[str]) -> str:
    name = key.replace(_LEVEL, ".")
    return name if _LEVEL not in key or name not in flat else key.replace(_LEVEL, "/")


def read_history(packed: bytearray, sizes: NDArray[np.int64]) -> History:
    """Return the columns of the HistoryRecords.

    Args:
        packed: their bytes one behind the other; it is emptied, so that memory holds them once.
        sizes: int64[rows], how many bytes each has.
    """
    count = sizes.size
    history = History(count, np.full(count, -1, dtype=np.int64))
    if not count:
        return history
    packed += bytes(16)  # so that the bytes behind a position can be looked at without asking whether there are any
    buffer = bytes(packed)
    packed.clear()
    ends = np.cumsum(sizes)
    work = [(np.arange(count, dtype=np.int64), ends - sizes)]
    data = np.frombuffer(buffer, dtype=np.uint8)
    while work:
        rows, at = work.pop()
        if rows.size < _FEW:
            for row, start in zip(rows.tolist(), at.tolist(), strict=True):
                _read_rest(history, row, buffer[start : int(ends[row])])
            continue
        _lockstep(history, buffer, data, ends, rows, at, work)
    history.settle_names()
    return history


def _lockstep(
    history: History,
    buffer: bytes,
    data: NDArray[np.uint8],
    ends: NDArray[np.int64],
    rows: NDArray[np.int64],
    at: NDArray[np.int64],
    work: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> None:
    """Read item after item of rows that agree; those that do not go back to the pile with the position they have
    reached.
    """
    while rows.size >= _FEW:
        try:
            begun = _prefix(buffer, int(at[0]), int(ends[rows[0]]))
        except WireError:
            begun = None
        if begun is None:
            break
        key, prefix = begun
        tag = data[at]
        first, second = data[at + 1].astype(np.int64), data[at + 2].astype(np.int64)
        long = first >= 128
        length = np.where(long, (first & 127) | (second << 7), first)
        body = at + 2 + long
        stop = body + length
        same = (tag == _ITEM) & (~long | (second < 128)) & (stop <= ends[rows])
        same &= length >= len(prefix) + 1
        same &= _begins(data, body, same, prefix)
        value = body + len(prefix)
        size = data[np.where(same, value, 0)].astype(np.int64)
        big = size >= 128
        high = data[np.where(same, value + 1, 0)].astype(np.int64)
        size = np.where(big, (size & 127) | (high << 7), size)
        value = value + 1 + big
        same &= (~big | (high < 128)) & (value + size == stop)
        if not same.all():
            if not same[0]:
                break
            work.append((rows[~same], at[~same]))
            rows, value, stop = rows[same], value[same], stop[same]
        starts, stops = value.tolist(), stop.tolist()
        history.put_cells(key, rows, [buffer[i:j] for i, j in zip(starts, stops, strict=True)])
        finished = stop >= ends[rows]
        if finished.any():
            rows, stop = rows[~finished], stop[~finished]
        at = stop
    for row, start in zip(rows.tolist(), at.tolist(), strict=True):
        _read_rest(history, row, buffer[start : int(ends[row])])


def _begins(
    data: NDArray[np.uint8], at: NDArray[np.int64], where: NDArray[np.bool_], prefix: bytes
) -> NDArray[np.bool_]:
    """Tell where the prefix stands, looking only at the marked positions."""
    size = len(prefix)
    if data.size < size:
        return np.zeros_like(where)
    # Every position seen as a text of that length, without copying: gathering then moves whole texts.
    texts: NDArray[np.void] = np.ndarray(data.size - size + 1, dtype=f"V{size}", buffer=data.data, strides=(1,))
    reachable = where & (at < texts.size)
    return np.asarray(reachable & (texts[np.where(reachable, at, 0)] == np.frombuffer(prefix, dtype=f"V{size}")[0]))


def _prefix(buffer: bytes, at: int, end: int) -> tuple[str, bytes] | None:
    """Return the key of the item at a position, and the bytes of its message before the length of its value; None when
    it is no such item.
    """
    if at >= end or buffer[at] != _ITEM:
        return None
    length, start = read_varint(buffer, at + 1, len(buffer))
    item = buffer[start : start + length]
    position = 0
    names: list[str] = []
    while position < len(item) and item[position] in (0x0A, 0x12):
        size, inner = read_varint(item, position + 1, len(item))
        names.append(item[inner : inner + size].decode("utf-8", "replace"))
        position = inner + size
    if not names or item[position : position + 2] != _VALUE_TAG:
        return None
    return _LEVEL.join(names), item[: position + 2]


def _read_rest(history: History, row: int, message: bytes) -> None:
    """Read what is left of one row, whatever stands in it."""
    try:
        for number, value in field_values(message):
            if number == 1 and isinstance(value, bytes):
                key, cell = key_and_value(value, level=_LEVEL)
                if key and cell is not None:
                    history.put_cells(key, [row], [cell])
            elif number == 2:
                history.steps[row] = whole(collected(value).get(1))
    except WireError:
        history.broken.append(row)


def key_and_value(item: bytes, *, level: str = ".") -> tuple[str, bytes | None]:
    """Return the key of an item, nested keys joined with `level`, and its JSON text."""
    found = collected(item)
    key = text(found.get(1)) or level.join(text([part]) for part in found.get(2, []))
    cell = found.get(16, [None])[-1]
    return key, cell if isinstance(cell, bytes) else None
