"""A record of one old-style histogram as the writers of TensorBoard and PyTorch write it: its fields stand in the order
of their numbers, so that it is read at known places instead of field by field.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.protobuf import WireError, read_varint
from logdoc.readers.tensorboard.wire import HistogramValue

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOMENTS = struct.Struct("<cdcdcdcdcd")  # min, max, num, sum, sum of squares, each behind its key
_KEYS = (b"\x09", b"\x11", b"\x19", b"\x21", b"\x29")
_TIME = struct.Struct("<d")


def one_histogram(payload: bytes) -> tuple[bytes, int, float, HistogramValue] | None:
    """Return tag, step, wall time and content of a record of one histogram; None for any other record.

    What it returns is what `parse_event` and `parse_histogram` make of the same bytes.
    """
    end = len(payload)
    if payload[:1] != b"\x09" or end < 2 * _MOMENTS.size:
        return None
    step, at = 0, 9
    try:
        if payload[at] == 0x10:
            step, at = read_varint(payload, at + 1, end)
        for key in (0x2A, 0x0A):  # the summary, its only value
            if payload[at] != key:
                return None
            size, at = read_varint(payload, at + 1, end)
            if at + size != end:
                return None
        if payload[at] != 0x0A:
            return None
        size, begin = read_varint(payload, at + 1, end)
        at = begin + size
        tag = payload[begin:at]
        if payload[at] != 0x2A:
            return None
        size, at = read_varint(payload, at + 1, end)
        if at + size != end or size < _MOMENTS.size:
            return None
        found = _MOMENTS.unpack_from(payload, at)
        if found[::2] != _KEYS:
            return None
        right, at = _packed(payload, at + _MOMENTS.size, 0x32)
        counts, at = _packed(payload, at, 0x3A)
    except (IndexError, WireError):
        return None
    if at != end or right.size != counts.size or not right.size:
        return None
    low, high, num, total, squares = found[1::2]
    left = np.empty_like(right)
    left[1:] = right[:-1]
    left[0] = min(low, float(right[0])) if math.isfinite(low) else right[0]
    return (
        tag,
        step - (1 << 64) if step >= 1 << 63 else step,
        _TIME.unpack_from(payload, 1)[0],
        HistogramValue(low, high, num, total, squares, left, right, counts, exact=True),
    )


def _packed(payload: bytes, at: int, key: int) -> tuple[NDArray[np.float64], int]:
    """Return the doubles of a packed field, and where it ends; none where another field stands."""
    if payload[at] != key:
        raise WireError("another field")
    size, at = read_varint(payload, at + 1, len(payload))
    if size % 8 or at + size > len(payload):
        raise WireError("no doubles")
    return np.frombuffer(payload, "<f8", size // 8, at), at + size  # they stay where they are until all are joined
