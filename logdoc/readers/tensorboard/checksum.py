"""CRC-32C as event files use it, for single texts and for whole columns of records at once.

The masked form is that of TFRecord: rotate right by 15 bits and add a constant.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from crc32c import crc32c

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POLYNOMIAL = 0x82F63B78  # Castagnoli, reversed
_MASK_DELTA = 0xA282EAD8


def masked_crc(data: bytes | memoryview) -> int:
    """Return the masked CRC-32C of some bytes."""
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def masked(crcs: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the masked form of uint32[n] CRCs."""
    return np.asarray(((crcs >> np.uint32(15)) | (crcs << np.uint32(17))) + np.uint32(_MASK_DELTA), dtype=np.uint32)


@lru_cache(maxsize=1)
def _byte_table() -> NDArray[np.uint32]:
    """uint32[256]: the CRC register after one byte, from a register of zero."""
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> np.uint32(1)) ^ np.uint32(_POLYNOMIAL), table >> np.uint32(1)).astype(
            np.uint32
        )
    return table


@lru_cache(maxsize=4096)
def position_table(after: int) -> NDArray[np.uint32]:
    """Return uint32[256]: what a byte that is followed by `after` more bytes adds to the CRC of a message.

    CRC is linear over XOR: the CRC of a message is that of the same message with the byte zeroed, XOR this.
    """
    if after == 0:
        return _byte_table()
    before = position_table(after - 1) if after % 256 else _skip(position_table(after - 256), 255)
    return _skip(before, 1)


def _skip(register: NDArray[np.uint32], zeros: int) -> NDArray[np.uint32]:
    table = _byte_table()
    for _ in range(zeros):
        register = table[register & np.uint32(0xFF)] ^ (register >> np.uint32(8))
    return register


@lru_cache(maxsize=1)
def _length_tables() -> NDArray[np.uint32]:
    """uint32[8, 256]: what each of the eight bytes of a length adds to its CRC."""
    return np.stack([position_table(7 - i) for i in range(8)])


def masked_length_crcs(lengths: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Return uint32[n]: the masked CRC of each length written as eight little-endian bytes."""
    tables = _length_tables()
    crcs = np.full(lengths.shape, crc32c(bytes(8)), dtype=np.uint32)
    for i in range(8):
        crcs ^= tables[i][((lengths >> np.uint64(8 * i)) & np.uint64(0xFF)).astype(np.intp)]
    return masked(crcs)
