"""Builds event files byte by byte, so that tests know where every record stands."""

from __future__ import annotations

import struct
from pathlib import Path

from crc32c import crc32c

from logdoc.model import Run
from logdoc.readers import tensorboard


def masked(data: bytes) -> int:
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def varint(value: int) -> bytes:
    value &= 0xFFFFFFFFFFFFFFFF
    made = b""
    while value >= 0x80:
        made += bytes([value & 0x7F | 0x80])
        value >>= 7
    return made + bytes([value])


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def record(payload: bytes, length: int | None = None) -> bytes:
    header = struct.pack("<Q", len(payload) if length is None else length)
    return header + struct.pack("<I", masked(header)) + payload + struct.pack("<I", masked(payload))


def event(step: int, content: bytes, time: float = 1.7e9) -> bytes:
    return b"\x09" + struct.pack("<d", time) + (b"\x10" + varint(step) if step else b"") + content


def simple(tag: bytes, value: float) -> bytes:
    return field(1, field(1, tag) + b"\x15" + struct.pack("<f", value))


def scalar(step: int, tag: bytes = b"loss", value: float = 0.5, time: float = 1.7e9) -> bytes:
    return record(event(step, field(5, simple(tag, value)), time))


def tensor(
    step: int, tag: bytes, dtype: int, content: bytes, shape: tuple[int, ...] = (), plugin: bytes = b"scalars"
) -> bytes:
    dims = b"".join(field(2, b"\x08" + varint(size)) for size in shape)
    body = b"\x08" + varint(dtype) + field(2, dims) + content
    return record(
        event(step, field(5, field(1, field(1, tag) + field(9, field(1, field(1, plugin))) + field(8, body))))
    )


def session_start(step: int) -> bytes:
    return record(event(step, field(7, b"\x08\x01")))


VERSION = record(event(0, field(3, b"brain.Event:2")))


def read(folder: Path, data: bytes, name: str = "events.out.tfevents.1.host") -> Run:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return read_folder(folder)


def read_folder(folder: Path) -> Run:
    files = sorted(path for path in folder.rglob("*tfevents*") if path.is_file())
    sources = tensorboard.group(folder, files)
    assert len(sources) == 1, sources
    return tensorboard.read(sources[0])
