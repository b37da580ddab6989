"""Large files are framed by walkers in lockstep and decoded as columns; both must agree with the careful way, damaged
or not.
"""

from __future__ import annotations

import struct

import numpy as np
import pytest
from event_bytes import VERSION, event, field, masked, record, scalar, simple
from hypothesis import given, settings
from hypothesis import strategies as st

from logdoc.readers.tensorboard import framing
from logdoc.readers.tensorboard.assembly import scalar_rows
from logdoc.readers.tensorboard.contents import Contents, read_contents

COUNT = 6000
TAGS = (b"loss", b"train/accuracy", b"lr")


def written(count: int = COUNT) -> list[bytes]:
    return [VERSION, *(scalar(i, TAGS[i % 3], float(i), 1.7e9 + i) for i in range(1, count))]


def bytes_of(data: bytes | bytearray) -> np.ndarray:
    return np.frombuffer(bytes(data), np.uint8)


def steps_and_told(data: bytes | bytearray) -> tuple[list[int], int]:
    contents = read_contents(bytes_of(data))
    told = len(contents.holes) + len(contents.damaged) + len(contents.undecodable)
    return sorted(int(s) for _, steps, _, _ in scalar_rows(contents).values() for s in steps), told


def flat(contents: Contents) -> list[tuple[bytes, int, int, bytes, bytes]]:
    """Every scalar as (tag, record, step, time, value), the numbers as bytes, so that NaN equals itself."""
    return [
        (tag, int(r), int(s), struct.pack("<d", t), struct.pack("<d", v))
        for tag, (records, steps, times, values) in sorted(scalar_rows(contents).items())
        for r, s, t, v in zip(records, steps, times, values, strict=True)
    ]


def test_all_records_of_random_lengths_are_found() -> None:
    rng = np.random.default_rng(1)
    parts = [record(rng.bytes(int(rng.choice((0, 1, 7, 40, 300, 7000, 30_000))))) for _ in range(300)]
    frames = framing.find_frames(bytes_of(b"".join(parts)))
    ends = np.cumsum([len(part) for part in parts])

    assert ends[-1] > 300 << 10
    assert (frames.offsets + frames.lengths + 4).tolist() == ends.tolist()
    assert frames.holes == ()


def test_event_files_inside_payloads_do_not_catch_the_walkers() -> None:
    inner = b"".join(written(2000))
    parts = [VERSION, record(inner), scalar(1), record(b"x" + inner), record(inner * 3), scalar(2)]
    frames = framing.find_frames(bytes_of(b"".join(parts)))

    assert frames.lengths.tolist() == [len(part) - 16 for part in parts]
    assert frames.holes == ()


def test_damage_of_a_record_that_holds_an_event_file_never_raises_and_keeps_what_follows() -> None:
    inner = b"".join(written(5000))
    data = bytearray(b"".join([VERSION, scalar(1), record(inner), *(scalar(i, b"after") for i in range(2, 5000))]))
    data[len(VERSION) + len(scalar(1))] ^= 1
    contents = read_contents(bytes_of(data))

    assert contents.holes
    assert scalar_rows(contents)[b"after"][1].tolist() == list(range(2, 5000))


def test_1500_random_bit_flips_in_as_many_payloads_are_all_detected() -> None:
    rng = np.random.default_rng(7)
    parts = written(8000)
    chosen = set(rng.choice(np.arange(1, 8000), 1500, replace=False).tolist())
    for number in chosen:
        changed = bytearray(parts[number])
        changed[int(rng.integers(12, len(changed) - 4))] ^= 1 << int(rng.integers(8))
        parts[number] = bytes(changed)

    contents = read_contents(bytes_of(b"".join(parts)))

    assert len(contents.damaged) == 1500
    assert sorted(int(s) for _, steps, _, _ in scalar_rows(contents).values() for s in steps) == sorted(
        set(range(1, 8000)) - chosen
    )


@pytest.mark.parametrize("number", [1, 2999, COUNT - 2])
def test_a_flip_of_any_byte_loses_one_record(number: int) -> None:
    parts = written()
    data = bytearray(b"".join(parts))
    start = sum(len(part) for part in parts[:number])
    for i in range(len(parts[number])):
        data[start + i] ^= 1 << (i % 8)
        steps, told = steps_and_told(data)
        data[start + i] ^= 1 << (i % 8)

        assert steps == [k for k in range(1, COUNT) if k != number], i
        assert told, i


@pytest.mark.parametrize("back", [1, 4, 5, 16, 40, 45, 60, 100, 150])
def test_a_cut_loses_only_the_records_it_touches(back: int) -> None:
    parts = written()
    ends = np.cumsum([len(part) for part in parts])
    cut = int(ends[-1]) - back
    steps, told = steps_and_told(b"".join(parts)[:cut])

    assert steps == list(range(1, int((ends <= cut).sum())))
    assert bool(told) == (cut not in ends.tolist())


def length_bomb(length: int) -> bytes:
    size = struct.pack("<Q", length)
    return size + struct.pack("<I", masked(size)) + b"\1" * 40


STUFF = {
    "zeros": bytes(4096),
    "sevens": b"\7" * 4096,
    "random": np.random.default_rng(3).bytes(5000),
    **{f"length {n}": length_bomb(n) for n in (2**33, 2**62, 2**63, 2**64 - 20, 2**64 - 1)},
}


@pytest.mark.parametrize("stuff", STUFF.values(), ids=STUFF.keys())
def test_bytes_put_between_records_lose_nothing_and_are_told_as_one_hole(stuff: bytes) -> None:
    parts = written()
    contents = read_contents(bytes_of(b"".join(parts[:3000]) + stuff + b"".join(parts[3000:])))

    assert [(hole.offset, hole.size) for hole in contents.holes] == [(sum(len(p) for p in parts[:3000]), len(stuff))]
    assert sorted(int(s) for _, steps, _, _ in scalar_rows(contents).values() for s in steps) == list(range(1, COUNT))


def test_a_payload_cut_anywhere_under_a_right_checksum_never_raises() -> None:
    payload = event(
        3, field(5, simple(b"loss", 1.0) + field(1, field(1, b"t") + field(8, b"\x08\x01" + field(4, b"1234"))))
    )
    for end in range(len(payload)):
        contents = read_contents(bytes_of(VERSION + record(payload[:end]) * 6 + scalar(9, b"whole")))

        assert scalar_rows(contents)[b"whole"][1].tolist() == [9]


VALUES = st.floats(width=32) | st.sampled_from([float("nan"), float("inf"), float("-inf"), -0.0])
ONE = st.tuples(st.sampled_from([b"a", b"bb", b"train/loss", "größe".encode(), b"c" * 90]), VALUES)
EVENTS = st.lists(
    st.tuples(st.integers(0, 2**62), st.floats(0, 4e9), st.lists(ONE, min_size=1, max_size=4)), min_size=1, max_size=25
)


@settings(deadline=None, max_examples=25)
@given(EVENTS, st.integers(0, 2**32))
def test_columns_agree_with_what_was_written_and_with_reading_one_by_one(events: list, seed: int) -> None:  # type: ignore[type-arg]
    small = [
        record(event(step, field(5, b"".join(simple(*one) for one in values)), time)) for step, time, values in events
    ]
    picked = (
        np.random.default_rng(seed)
        .integers(0, len(events), (40 << 10) // min(len(part) for part in small) + 1)
        .tolist()
    )
    data = bytes_of(VERSION + b"".join(small[i] for i in picked))
    wanted = sorted(
        (
            (tag, 1 + n, events[i][0], struct.pack("<d", events[i][1]), struct.pack("<d", value))
            for n, i in enumerate(picked)
            for tag, value in events[i][2]
        ),
        key=lambda row: row[:2],
    )
    together = flat(read_contents(data))

    assert sorted(together, key=lambda row: row[:2]) == wanted
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("logdoc.readers.tensorboard.columns.FEWEST", 1 << 30)
        patch.setattr("logdoc.readers.tensorboard.framing._PARALLEL_FROM", 1 << 60)
        assert flat(read_contents(data)) == together
