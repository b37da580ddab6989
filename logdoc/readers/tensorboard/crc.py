"""CRC-32C over many records at once, and the checks of record headers.

A CRC is linear over xor: the CRC of a message is that of as many zero bytes, xor one table look-up for each byte that depends only on the
byte and its distance from the end. So the records that share everything but a few bytes are checked by a few look-ups each.
Single payloads go through the `crc32c` package.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from crc32c import crc32c

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8
_HEADER_BYTES = 12
_SMALL_LENGTHS = 1 << 16


def mask(crc: int) -> int:
    """Return the masked form in which TFRecord stores a CRC: rotated right by 15 bits, plus a constant."""
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


def unmask(stored: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return uint32[n]: the CRCs behind masked ones."""
    rotated = stored - np.uint32(_MASK_DELTA)
    return np.asarray((rotated >> np.uint32(17)) | (rotated << np.uint32(15)), dtype=np.uint32)


def payload_holds(payload: bytes | memoryview, stored: bytes | memoryview) -> bool:
    """Tell whether the four stored bytes are the masked CRC of the payload."""
    return mask(crc32c(payload)) == int.from_bytes(stored, "little")


def header_holds(header: bytes | memoryview) -> bool:
    """Tell whether 12 bytes are a record header: a length and the masked CRC of its eight bytes."""
    return len(header) >= _HEADER_BYTES and mask(crc32c(header[:8])) == int.from_bytes(header[8:_HEADER_BYTES], "little")


def _grow(rows: int) -> NDArray[np.uint32]:
    table = np.empty((rows, 256), dtype=np.uint32)
    entry = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        entry = np.where(entry & 1, (entry >> 1) ^ np.uint32(_POLYNOMIAL), entry >> 1).astype(np.uint32)
    table[0] = entry
    for row in range(1, rows):
        previous = table[row - 1]
        table[row] = (previous >> np.uint32(8)) ^ table[0][previous & np.uint32(0xFF)]
    return table


@cache
def _tables(block: int) -> NDArray[np.uint32]:
    return _grow(64 << block)


def byte_tables(distance: int) -> NDArray[np.uint32]:
    """Return uint32[m, 256], m > `distance`: what a byte adds to the CRC when d bytes follow it, at [d, byte]."""
    block = max(0, int(distance).bit_length() - 6)
    return _tables(block)


@cache
def zeros_crc(count: int) -> int:
    """Return the CRC of `count` zero bytes, the constant part of every CRC of that length."""
    return int(crc32c(bytes(count)))


@cache
def _length_table() -> NDArray[np.uint32]:
    return header_crcs(np.arange(_SMALL_LENGTHS, dtype=np.uint32))


def header_crcs(lengths: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return uint32[n]: the masked CRC that a header with each of these lengths (below 2**32) must carry."""
    tables = byte_tables(7)
    crc = np.full(lengths.shape, zeros_crc(8), dtype=np.uint32)
    for place in range(4):
        crc ^= tables[7 - place][(lengths >> np.uint32(8 * place)) & np.uint32(0xFF)]
    rotated = (crc >> np.uint32(15)) | (crc << np.uint32(17))
    return np.asarray(rotated + np.uint32(_MASK_DELTA), dtype=np.uint32)


def valid_headers(low: NDArray[np.uint32], high: NDArray[np.uint32], stored: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Tell bool[n] which headers are valid: `low` and `high` half of the length, and the stored CRC.

    A length of 4 GiB and more is never taken for valid: no writer can make one.
    """
    expected = _length_table()[low & np.uint32(_SMALL_LENGTHS - 1)]
    large = low >= _SMALL_LENGTHS
    if large.any():
        expected[large] = header_crcs(low[large])
    return np.asarray((expected == stored) & (high == 0))
