"""A record of one histogram is read at known places; to the last bucket as field by field."""

from __future__ import annotations

import struct
from dataclasses import replace

import numpy as np
from event_bytes import event, field
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.readers.protobuf import WireError, read_varint
from logdoc.readers.tensorboard.quick import fill_left_edges, one_histogram
from logdoc.readers.tensorboard.wire import parse_event, parse_histogram

NUMBERS = st.floats(width=64)


def value(moments: list[float], limits: list[float], counts: list[float], tag: bytes = b"weights/fc") -> bytes:
    body = b"".join(bytes([i << 3 | 1]) + struct.pack("<d", moment) for i, moment in enumerate(moments, 1))
    packed = [field(number, struct.pack(f"<{len(part)}d", *part)) for number, part in ((6, limits), (7, counts))]
    return field(1, field(1, tag) + field(5, body + b"".join(packed)))


def field_by_field(payload: bytes):
    parsed = parse_event(payload)
    step = read_varint(payload, *parsed.step)[0] if parsed.step else 0
    (found,) = parsed.values
    assert parsed.time is not None
    time = float(np.frombuffer(payload, "<f8", 1, parsed.time[0])[0])
    return found.tag, step - (1 << 64) if step >> 63 else step, time, parse_histogram(payload, found.span)


def quickly(payload: bytes):
    """What is read at known places of a record that stands somewhere in a file, with the left edges filled in."""
    found = one_histogram(memoryview(b"before" + payload + b"behind")[6 : 6 + len(payload)])
    if found is None:
        return None
    *head, content = found
    left = np.empty(content.right.size)
    fill_left_edges([content], content.right, left)
    return *head, replace(content, left=left)


def told(found) -> str:
    tag, step, time, content = found
    numbers = [content.low, content.high, content.num, content.total, content.squares, content.exact]
    return repr([tag, step, time, numbers, content.left.tolist(), content.right.tolist(), content.counts.tolist()])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(NUMBERS, min_size=5, max_size=5),
    st.lists(st.tuples(NUMBERS, NUMBERS), min_size=4, max_size=40),
    st.integers(-(2**63), 2**63 - 1),
    st.binary(max_size=300),
)
def test_at_known_places_and_field_by_field_is_the_same(moments, buckets, step, tag):
    limits, counts = map(list, zip(*buckets, strict=True))
    payload = event(step, field(5, value(moments, limits, counts, tag)))

    found = quickly(payload)
    assert found is not None
    assert told(found) == told(field_by_field(payload))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 300), st.integers(0, 255), st.booleans())
def test_a_record_of_other_bytes_is_read_alike_or_left_to_the_parser(place, byte, cut):
    payload = bytearray(event(7, field(5, value([0.0, 1.0, 9.0, 4.0, 2.0], [0.1] * 9, [1.0] * 9))))
    place %= len(payload)
    payload[place] = byte
    data = bytes(payload[:place]) if cut else bytes(payload)

    found = quickly(data)
    if found is not None:
        try:
            assert told(found) == told(field_by_field(data))
        except WireError:
            raise AssertionError("the parser refuses what was read") from None


def test_of_a_record_of_several_values_nothing_is_read_here():
    one = value([0.0] * 5, [0.1] * 4, [1.0] * 4)

    assert quickly(event(1, field(5, one))) is not None
    assert quickly(event(1, field(5, one + one))) is None
    assert quickly(event(1, field(7, b"\x08\x01"))) is None
    assert quickly(b"") is None


def test_a_tag_that_is_longer_than_a_head_is_left_to_the_parser():
    assert quickly(event(1, field(5, value([0.0] * 5, [0.1] * 4, [1.0] * 4, b"x" * 600)))) is None
