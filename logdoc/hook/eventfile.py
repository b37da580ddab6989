"""Event files as TensorBoard writes them, with NumPy alone: one record holds all values of a step."""

from __future__ import annotations

import os
import re
import socket
import struct
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from logdoc.hook.checksum import masked_crc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


def event_path(folder: Path, wall_time: float) -> Path:
    """Return the name of a new event file in `folder`: time in seconds, host and process, so that two writers never
    share one.
    """
    host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:64] or "host"
    path = folder / f"events.out.tfevents.{int(wall_time)}.{host}.{os.getpid()}.0.logdoc"
    count = 0
    while path.exists():  # the same process, twice in a second
        count += 1
        path = folder / f"events.out.tfevents.{int(wall_time)}.{host}.{os.getpid()}.{count}.logdoc"
    return path


class EventFile:
    """Writes one event file. Nothing is on the disk for sure before `flush`.

    Raises:
        OSError: from every method, when the disk is full or the folder cannot be written.
    """

    def __init__(self, path: Path, wall_time: float) -> None:
        self._stream = path.open("xb")
        self._record(_double(0x09, wall_time) + b"\x1a" + _sized(b"brain.Event:2"))
        self._stream.flush()

    def scalars(self, step: int, wall_time: float, tags: Sequence[str], values: NDArray[np.float64]) -> None:
        """Write one record.

        Args:
            step: of the optimizer.
            wall_time: seconds since the epoch.
            tags: names.
            values: float64[len(tags)]; stored with single precision, NaN and infinities as they are.
        """
        if not tags:
            return
        template, places = _layout(tuple(tags))
        body = template.copy()
        with np.errstate(over="ignore"):  # beyond single precision is infinite, as with every other writer
            body[places] = np.asarray(values, dtype="<f4").view(np.uint8).reshape(-1, 4)
        self._record(_double(0x09, wall_time) + b"\x10" + _varint(step) + b"\x2a" + _varint(body.size) + body.tobytes())

    def text(self, tag: str, text: str, step: int, wall_time: float) -> None:
        """Write a text that TensorBoard shows under TEXT."""
        tensor = b"\x08\x07" + b"\x12" + _sized(b"\x12\x02\x08\x01") + b"\x42" + _sized(text.encode("utf-8", "replace"))
        metadata = b"\x0a" + _sized(b"\x0a" + _sized(b"text")) + b"\x20\x02"
        value = b"\x0a" + _sized(tag.encode()) + b"\x4a" + _sized(metadata) + b"\x42" + _sized(tensor)
        self._record(_double(0x09, wall_time) + b"\x10" + _varint(step) + b"\x2a" + _sized(b"\x0a" + _sized(value)))

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self._stream.flush()

    def close(self) -> None:
        """Flush and close; safe to call twice."""
        self._stream.close()

    def _record(self, event: bytes) -> None:
        length = struct.pack("<Q", len(event))
        self._stream.write(
            b"".join((length, struct.pack("<I", masked_crc(length)), event, struct.pack("<I", masked_crc(event))))
        )


@lru_cache(maxsize=8)
def _layout(tags: tuple[str, ...]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of a Summary with a value per tag, and int64[n, 4]: where the four bytes of each value stand."""
    parts: list[bytes] = []
    places: list[int] = []
    size = 0
    for tag in tags:
        named = b"\x0a" + _sized(tag.encode("utf-8", "replace")) + b"\x15"
        head = b"\x0a" + _varint(len(named) + 4) + named
        parts.append(head + b"\0\0\0\0")
        places.append(size + len(head))
        size += len(head) + 4
    return np.frombuffer(b"".join(parts), dtype=np.uint8), np.array(places, dtype=np.int64)[:, None] + np.arange(4)


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _sized(data: bytes) -> bytes:
    return _varint(len(data)) + data


def _double(key: int, value: float) -> bytes:
    return bytes([key]) + struct.pack("<d", value)
