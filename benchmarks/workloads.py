"""Event files to measure reading with: the workloads that `ingest.py` runs, made from fixed seeds by a small writer of
our own.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from crc32c import crc32c


def masked(data: bytes) -> int:
    """Return TFRecord's masked CRC-32C."""
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def varint(value: int) -> bytes:
    """Return a base-128 number."""
    made = b""
    while value >= 0x80:
        made += bytes([value & 0x7F | 0x80])
        value >>= 7
    return made + bytes([value])


def field(number: int, content: bytes) -> bytes:
    """Return a length-delimited protobuf field."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def record(payload: bytes) -> bytes:
    """Return a framed record."""
    header = struct.pack("<Q", len(payload))
    return header + struct.pack("<I", masked(header)) + payload + struct.pack("<I", masked(payload))


def event(time: float, step: int, summary: bytes) -> bytes:
    """Return a framed event."""
    return record(b"\x09" + struct.pack("<d", time) + (b"\x10" + varint(step) if step else b"") + field(5, summary))


def simple(tag: bytes, value: float) -> bytes:
    """Return a classic scalar."""
    return field(1, field(1, tag) + b"\x15" + struct.pack("<f", value))


def tensor(tag: bytes, value: float) -> bytes:
    """Return a TF2/Keras scalar."""
    body = b"\x08\x01" + field(2, b"") + field(4, struct.pack("<f", value))
    return field(1, field(1, tag) + field(8, body) + field(9, field(1, field(1, b"scalars"))))


def histogram(tag: bytes, values: np.ndarray) -> bytes:
    """Return a classic histogram of 500 buckets."""
    counts, edges = np.histogram(values, bins=500)
    moments = (values.min(), values.max(), values.size, values.sum(), float(values @ values))
    body = b"".join(bytes([(i << 3) | 1]) + struct.pack("<d", float(m)) for i, m in enumerate(moments, 1))
    return field(
        1,
        field(1, tag)
        + field(5, body + field(6, edges[1:].astype("<f8").tobytes()) + field(7, counts.astype("<f8").tobytes())),
    )


VERSION = record(b"\x09" + struct.pack("<d", 1.7e9) + field(3, b"brain.Event:2"))


def _write(path: Path, parts: Iterator[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as stream:
        stream.write(VERSION)
        batch: list[bytes] = []
        for part in parts:
            batch.append(part)
            if len(batch) >= 4096:
                stream.write(b"".join(batch))
                batch.clear()
        stream.write(b"".join(batch))


def _scalars(count: int, tags: list[bytes], make: Callable[[bytes, float], bytes]) -> Iterator[bytes]:
    values = np.random.default_rng(1).normal(size=count).astype("<f4")
    for i in range(count):
        yield event(1.7e9 + i * 0.013, i // len(tags), make(tags[i % len(tags)], float(values[i])))


def _irregular(count: int) -> Iterator[bytes]:
    """1,200 tags of mixed lengths in a random order that come and go, with texts and images between them; steps never
    go back.
    """
    rng = np.random.default_rng(2)
    tags = [f"layers/{'block' * int(rng.integers(0, 4))}/{i}/grad_norm".encode() for i in range(1200)]
    values = rng.normal(size=count).astype("<f4")
    picked = rng.integers(0, 1200, count)
    alive = rng.integers(0, 1200, count // 1000 + 1)
    for i in range(count):
        tag = tags[(int(picked[i]) % 400 + int(alive[i // 1000])) % 1200]
        yield event(1.7e9 + i * 0.013, i, simple(tag, float(values[i])))
        if i % 5000 == 0:
            text = b"\x08\x07" + field(2, b"") + field(8, b"note " * int(rng.integers(1, 40)))
            yield event(
                1.7e9 + i * 0.013,
                i,
                field(1, field(1, b"note") + field(8, text) + field(9, field(1, field(1, b"text")))),
            )
            yield event(1.7e9 + i * 0.013, i, field(1, field(1, b"picture") + field(4, field(4, rng.bytes(2000)))))


def _with_images(count: int) -> Iterator[bytes]:
    rng = np.random.default_rng(3)
    picture = rng.bytes(200_000)
    every = max(1, count // 500)
    for i in range(count):
        yield event(1.7e9 + i, i, simple(b"train/loss", i / count))
        if i % every == 0:
            yield event(
                1.7e9 + i, i, field(1, field(1, b"picture") + field(4, b"\x08\x40\x10\x40\x18\x03" + field(4, picture)))
            )


def make(name: str, folder: Path, scale: float) -> None:
    """Write one workload below a folder.

    a 1,000,000 scalars of 20 tags; a-irregular the same number of 1,200 tags that come and go; b TF2 tensor scalars;
    c 1,200 tags in order;
    d 100 histogram tags x 200 steps; e 100,000 scalars among 100 MB of images; f 500 run folders x 2,000 scalars.
    """
    count = max(2000, int(1_000_000 * scale))
    tags = [f"train/metric_{i}".encode() for i in range(20)]
    layers = [
        f"layer{i // 6}/{('grad_norm', 'weight_norm', 'act_std', 'act_mean', 'update', 'dead')[i % 6]}".encode()
        for i in range(1200)
    ]
    file = folder / "events.out.tfevents.1700000000.host.0.0"
    if name == "a":
        _write(file, _scalars(count, tags, simple))
    elif name == "a-irregular":
        _write(file, _irregular(count))
    elif name == "b":
        _write(file, _scalars(count, tags, tensor))
    elif name == "c":
        _write(file, _scalars(int(count * 1.2), layers, simple))
    elif name == "d":
        rng = np.random.default_rng(4)
        pool = [rng.normal(size=1000) for _ in range(20)]
        steps = max(2, int(200 * scale))
        _write(
            file,
            (
                event(1.7e9 + s, s, histogram(f"weights/{t}".encode(), pool[(s + t) % 20]))
                for s in range(steps)
                for t in range(100)
            ),
        )
    elif name == "e":
        _write(file, _with_images(max(1000, int(100_000 * scale))))
    elif name == "f":
        for run in range(max(2, int(500 * scale))):
            _write(folder / f"run{run:03d}" / file.name, _scalars(2000, tags, simple))
    else:
        raise ValueError(f"there is no workload '{name}'")
