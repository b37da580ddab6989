"""Protobuf's wire format, as much of it as TensorBoard's events and W&B's records use.

`fields` yields spans (start, end) into the data, so that a caller can cut the same bytes out of many records of one
shape; `field_values` yields the contents themselves.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = int | bytes

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class WireError(ValueError):
    """The bytes are not a message of the expected form."""


def read_varint(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Return (value, next position) of a base-128 number of at most ten bytes."""
    value = shift = 0
    while True:
        if position >= end or shift > 63:
            raise WireError("a number that does not end")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, position
        shift += 7


def fields(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (field, wire type, start, end) of every field; start and end are those of its content.

    Raises:
        WireError: a length that leaves the message, a group, or a field number of zero.
    """
    position = start
    while position < end:
        key, position = read_varint(data, position, end)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise WireError("a field without a number")
        begin = position
        if kind == VARINT:
            _, position = read_varint(data, position, end)
        elif kind == FIXED64:
            position += 8
        elif kind == FIXED32:
            position += 4
        elif kind == BYTES:
            size, begin = read_varint(data, position, end)
            position = begin + size
        else:
            raise WireError(f"wire type {kind}")
        if position > end:
            raise WireError("a field that is longer than its message")
        yield number, kind, begin, position


def field_values(data: bytes) -> Iterator[tuple[int, Value]]:
    """Yield (field number, value) of a message: integers, and the bytes of everything else.

    Raises:
        WireError: where the bytes are no message.
    """
    for number, kind, start, end in fields(data, 0, len(data)):
        yield number, read_varint(data, start, end)[0] if kind == VARINT else data[start:end]


def collected(data: Value) -> dict[int, list[Value]]:
    """Return the fields of a message by number; a number where a message should stand has none."""
    found: dict[int, list[Value]] = {}
    if isinstance(data, bytes):
        for number, value in field_values(data):
            found.setdefault(number, []).append(value)
    return found


def text(values: list[Value] | None) -> str:
    """Return the last value as text; nothing is an empty text."""
    last = values[-1] if values else b""
    return last.decode("utf-8", "replace") if isinstance(last, bytes) else str(last)


def whole(values: list[Value] | None) -> int:
    """Return the last value as a signed integer; nothing is 0, as protobuf has it."""
    last = values[-1] if values else 0
    if not isinstance(last, int):
        return 0
    return last - (1 << 64) if last >= 1 << 63 else last


def timestamp(data: Value) -> float:
    """Return the seconds since the epoch of a google.protobuf.Timestamp."""
    inner = collected(data)
    return whole(inner.get(1)) + whole(inner.get(2)) / 1e9


def double(data: Value) -> float:
    """Return a value of eight bytes as a float."""
    return float(struct.unpack("<d", data)[0]) if isinstance(data, bytes) and len(data) == 8 else float("nan")
