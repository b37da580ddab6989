"""CRC-32C (Castagnoli) with NumPy, as the records of TensorBoard carry it; the analyser's reader checks with a library
that a training machine may lack.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_POLYNOMIAL = 0x82F63B78  # reflected
_ROW = 16
_SHORT = 512  # below this many bytes a plain loop is faster than NumPy's calls

Table = NDArray[np.uint32]


def _table() -> Table:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(_POLYNOMIAL), table >> 1).astype(np.uint32)
    return table


_TABLE = _table()
_PLAIN = _TABLE.tolist()


def masked_crc(data: bytes | bytearray) -> int:
    """Return the masked CRC-32C of `data`, an unsigned number of 32 bits (TensorFlow's record format)."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def crc32c(data: bytes | bytearray) -> int:
    """Return the CRC-32C of `data`.

    A long text is cut into rows of 16 bytes whose checksums are computed side by side and then joined two by two: a
    checksum is linear, so that
    of ``a + b`` is the one of `a`, moved on by the length of `b`, XOR the one of `b`.
    """
    if len(data) < _SHORT:
        return _plain(data, 0xFFFFFFFF) ^ 0xFFFFFFFF
    short = len(data) % _ROW
    # With a start of zero leading bytes of zero change nothing, so the start is moved into the first four bytes.
    padded = np.zeros(len(data) + (_ROW - short) % _ROW, dtype=np.uint8)
    begin = padded.size - len(data)
    padded[begin:] = np.frombuffer(data, dtype=np.uint8)
    padded[begin : begin + 4] ^= 0xFF
    columns = np.ascontiguousarray(padded.reshape(-1, _ROW).T)
    state = np.zeros(columns.shape[1], dtype=np.uint32)
    for column in columns:
        state = _TABLE[(state ^ column) & 0xFF] ^ (state >> np.uint32(8))
    level = 0
    while state.size > 1:
        if state.size % 2:
            state = np.concatenate((np.zeros(1, dtype=np.uint32), state))
        state = _moved(state[0::2], level) ^ state[1::2]
        level += 1
    return int(state[0]) ^ 0xFFFFFFFF


def _plain(data: bytes | bytearray, state: int) -> int:
    for byte in data:
        state = _PLAIN[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state


def _moved(state: Table, level: int) -> Table:
    """Return the checksums as they are after ``_ROW * 2**level`` further bytes of zero."""
    tables = _mover(level)
    moved = tables[0][state & 0xFF] ^ tables[1][state >> np.uint32(8) & 0xFF]
    return np.asarray(moved ^ tables[2][state >> np.uint32(16) & 0xFF] ^ tables[3][state >> np.uint32(24)])


@lru_cache(maxsize=32)
def _mover(level: int) -> NDArray[np.uint32]:
    """Return uint32[4, 256]: what each value of each byte of a checksum turns into."""
    values = (np.arange(256, dtype=np.uint32)[None, :] << (np.arange(4, dtype=np.uint32) * 8)[:, None]).reshape(-1)
    if level == 0:
        for _ in range(_ROW):
            values = _TABLE[values & 0xFF] ^ (values >> np.uint32(8))
    else:
        values = _moved(_moved(values, level - 1), level - 1)
    return np.asarray(values.reshape(4, 256))
