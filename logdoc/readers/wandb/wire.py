"""Protobuf messages, field by field: as much of the wire format as W&B's records use."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = int | bytes


class WireError(ValueError):
    """The bytes are no protobuf message."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at a position and the position behind it.

    Raises:
        WireError: when it does not end within ten bytes.
    """
    result = shift = 0
    while shift < 70:
        if at >= len(data):
            raise WireError("a number is cut short")
        byte = data[at]
        at += 1
        result |= (byte & 127) << shift
        if byte < 128:
            return result, at
        shift += 7
    raise WireError("a number of more than ten bytes")


def fields(data: bytes) -> Iterator[tuple[int, Value]]:
    """Yield (field number, value) of a message: integers, and the bytes of everything else.

    Raises:
        WireError: where the bytes are no message.
    """
    at, size = 0, len(data)
    while at < size:
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(data, at)
            yield number, value
            continue
        if kind == 2:
            length, at = varint(data, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise WireError(f"a field of the unknown kind {kind}")
        if at + length > size:
            raise WireError("a field is longer than its message")
        yield number, data[at : at + length]
        at += length


def collected(data: Value) -> dict[int, list[Value]]:
    """Return the fields of a message by number; a number where a message should stand has none."""
    found: dict[int, list[Value]] = {}
    if isinstance(data, bytes):
        for number, value in fields(data):
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
