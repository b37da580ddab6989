"""Builds the bytes of `.wandb` files from their documented form, for what a writer does not write on demand: damage,
old versions, odd rows.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence

HEADER = b":W&B" + struct.pack("<HB", 0xBEE1, 0)
BLOCK = 32_768


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, content: bytes | int) -> bytes:
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def item(key: str, value: object, nested: bool = True) -> bytes:
    names = b"".join(field(2, part.encode()) for part in key.split(".")) if nested else field(1, key.encode())
    text = value if isinstance(value, str) and value.startswith("raw:") else json.dumps(value)
    return names + field(16, text.removeprefix("raw:").encode())


def history(row: dict[str, object], step: int | None = None, nested: bool = True) -> bytes:
    items = b"".join(field(1, item(key, value, nested)) for key, value in row.items())
    return field(2, items + (field(2, field(1, step)) if step is not None else b""))


def frame(payloads: Sequence[bytes]) -> bytes:
    out = bytearray(HEADER)
    for number, payload in enumerate(payloads, 1):
        rest, first = field(1, number) + payload, True
        while True:
            room = BLOCK - len(out) % BLOCK
            if room < 7:
                out += bytes(room)
                continue
            piece, rest = rest[: room - 7], rest[room - 7 :]
            kind = (1 if not rest else 2) if first else (4 if not rest else 3)
            out += struct.pack("<IHB", zlib.crc32(piece, zlib.crc32(bytes([kind]))), len(piece), kind) + piece
            first = False
            if not rest:
                break
    return bytes(out)


EXIT = field(18, b"")


def rows(count: int) -> list[bytes]:
    return [history({"_step": i, "loss": 1.0 / (i + 1), "acc": i / count}) for i in range(count)]
