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
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOMENTS = struct.Struct("<cdcdcdcdcd")  # min, max, num, sum, sum of squares, each behind its key
_KEYS = (b"\x09", b"\x11", b"\x19", b"\x21", b"\x29")
_HEAD = 512  # bytes of a record that hold all but its buckets, unless its tag is very long
_LONGEST_KEY = 12  # bytes of a key and a size
_TIME = struct.Struct("<d")


def one_histogram(payload: memoryview) -> tuple[bytes, int, float, HistogramValue] | None:
    """Return tag, step, wall time and content of a record of one histogram; None for any other record.

    What it returns is what `parse_event` and `parse_histogram` make of the same bytes, but for the left edges of the
    buckets, which follow from the right ones. The buckets stay where they are until all are joined.
    """
    length = len(payload)
    head = bytes(payload[:_HEAD])
    if head[:1] != b"\x09" or length < 2 * _MOMENTS.size:
        return None
    step, at = 0, 9
    try:
        if head[at] == 0x10:
            step, at = read_varint(head, at + 1, len(head))
        for key in (0x2A, 0x0A):  # the summary, its only value
            if head[at] != key:
                return None
            size, at = read_varint(head, at + 1, len(head))
            if at + size != length:
                return None
        if head[at] != 0x0A:
            return None
        size, begin = read_varint(head, at + 1, len(head))
        at = begin + size
        tag = head[begin:at]
        if head[at] != 0x2A:
            return None
        size, at = read_varint(head, at + 1, len(head))
        if at + size != length or size < _MOMENTS.size:
            return None
        found = _MOMENTS.unpack_from(head, at)
        if found[::2] != _KEYS:
            return None
        right, at = _packed(payload, at + _MOMENTS.size, 0x32)
        counts, at = _packed(payload, at, 0x3A)
    except (IndexError, WireError, struct.error):
        return None
    if at != length or right.size != counts.size or not right.size:
        return None
    low, high, num, total, squares = found[1::2]
    return (
        tag,
        step - (1 << 64) if step >= 1 << 63 else step,
        _TIME.unpack_from(head, 1)[0],
        HistogramValue(low, high, num, total, squares, None, right, counts, exact=True),
    )


def fill_left_edges(values: Sequence[HistogramValue], right: NDArray[np.float64], left: NDArray[np.float64]) -> None:
    """Write the left edges of the buckets of histograms: as they were found; of those of `one_histogram` the right edge
    of the bucket before, of the first one the smallest value.

    Args:
        values: the histograms.
        right: float64[m], all their right edges.
        left: float64[m], filled.
    """
    left[1:] = right[:-1]
    begin = 0
    for value in values:
        end = begin + value.right.size
        if value.left is not None:
            left[begin:end] = value.left
        else:
            first = float(right[begin])
            left[begin] = min(value.low, first) if math.isfinite(value.low) else first
        begin = end


def _packed(payload: memoryview, at: int, key: int) -> tuple[NDArray[np.float64], int]:
    """Return the doubles of a packed field, and where it ends; none where another field stands."""
    head = bytes(payload[at : at + _LONGEST_KEY])
    if head[0] != key:
        raise WireError("another field")
    size, begin = read_varint(head, 1, len(head))
    begin += at
    if size % 8 or begin + size > len(payload):
        raise WireError("no doubles")
    return np.frombuffer(payload, "<f8", size // 8, begin), begin + size
