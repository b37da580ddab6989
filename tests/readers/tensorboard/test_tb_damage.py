"""Damage costs the records it touches and nothing else, and is always told."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from event_bytes import VERSION, event, field, masked, read, record, scalar, tensor

COUNT = 40


def records(count: int = COUNT) -> list[bytes]:
    return [VERSION, *(scalar(i, (b"train/loss", b"val/acc")[i % 2], i / 8, 1.7e9 + i) for i in range(1, count))]


def points(run) -> set[tuple[str, int, float]]:  # type: ignore[no-untyped-def]
    return {
        (name, int(s), float(v))
        for name, series in run.series.items()
        for s, v in zip(series.steps, series.values, strict=True)
    }


def told(run) -> bool:  # type: ignore[no-untyped-def]
    return any(defect.lost for defect in run.defects)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, int, float]]:
    return points(read(tmp_path_factory.mktemp("whole"), b"".join(records())))


def test_a_cut_at_every_byte_of_the_last_three_records_loses_only_what_it_touches(
    tmp_path: Path, whole: set[tuple[str, int, float]]
) -> None:
    parts = records()
    data = b"".join(parts)
    borders = np.cumsum([len(part) for part in parts]).tolist()
    for cut in range(borders[-4], len(data)):
        run = read(tmp_path, data[:cut])

        kept = sum(border <= cut for border in borders) - 1
        assert points(run) == {p for p in whole if p[1] <= kept}
        assert told(run) == (cut not in borders)


def test_a_flip_of_every_byte_of_a_record_in_the_middle_loses_only_that_record(
    tmp_path: Path, whole: set[tuple[str, int, float]]
) -> None:
    parts = records()
    begin = sum(len(part) for part in parts[:20])
    data = b"".join(parts)
    for place in range(begin, begin + len(parts[20])):
        for bit in (1, 128):
            broken = bytearray(data)
            broken[place] ^= bit
            run = read(tmp_path, bytes(broken))

            assert points(run) == {p for p in whole if p[1] != 20}
            assert told(run)


def test_flips_in_a_large_file_lose_only_the_record_they_hit(tmp_path: Path) -> None:
    parts = records(9000)
    data = b"".join(parts)
    assert len(data) > 300_000
    borders = np.cumsum([len(part) for part in parts])
    whole = points(read(tmp_path, data))
    rng = np.random.default_rng(5)
    for place in rng.integers(int(borders[2]), len(data), 60).tolist():
        hit = int(np.searchsorted(borders, place, side="right"))
        broken = bytearray(data)
        broken[place] ^= int(1 << rng.integers(8))
        run = read(tmp_path, bytes(broken))

        assert points(run) == {p for p in whole if p[1] != hit}
        assert told(run)


def test_every_flipped_bit_of_a_payload_is_noticed_by_its_checksum(tmp_path: Path) -> None:
    from logdoc.readers.tensorboard.contents import read_contents

    parts = records(60)
    data = np.frombuffer(b"".join(parts), dtype=np.uint8)
    begin = sum(len(part) for part in parts[:30]) + 12
    for place in range(begin, begin + len(parts[30]) - 16):
        for bit in range(8):
            broken = data.copy()
            broken[place] ^= 1 << bit

            assert len(read_contents(broken).damaged) == 1


@pytest.mark.parametrize("hole", [1000, 4096])
def test_a_hole_of_zeros_keeps_every_record_on_both_sides(tmp_path: Path, hole: int) -> None:
    parts = records(200)
    data = b"".join(parts)
    borders = np.cumsum([0, *(len(part) for part in parts)])
    begin = int(borders[80]) + 5
    run = read(tmp_path, data[:begin] + bytes(hole) + data[begin + hole :])

    touched = {i for i in range(200) if borders[i + 1] > begin and borders[i] < begin + hole}
    assert {p[1] for p in points(run)} == set(range(1, 200)) - touched
    assert told(run)


def test_zeros_put_between_records_lose_nothing_but_are_told(
    tmp_path: Path, whole: set[tuple[str, int, float]]
) -> None:
    parts = records()

    run = read(tmp_path, b"".join(parts[:20]) + bytes(4096) + b"".join(parts[20:]))

    assert points(run) == whole
    assert any("zeros" in d.what and "4,096" in d.what for d in run.defects)


def test_garbage_between_records_is_skipped_with_offset_and_size(
    tmp_path: Path, whole: set[tuple[str, int, float]]
) -> None:
    parts = records()
    head = b"".join(parts[:20])

    run = read(tmp_path, head + b"\xff garbage \x01" * 9 + b"".join(parts[20:]))

    assert points(run) == whole
    assert [d.where for d in run.defects] == [f"offset {len(head):,}"]


@pytest.mark.parametrize("length", [2**33, 2**62, 2**64 - 1])
def test_a_length_bomb_with_a_right_checksum_loses_one_record(
    tmp_path: Path, length: int, whole: set[tuple[str, int, float]]
) -> None:
    parts = records()
    header = struct.pack("<Q", length)
    bomb = header + struct.pack("<I", masked(header)) + b"x" * 30

    run = read(tmp_path, b"".join(parts[:20]) + bomb + b"".join(parts[20:]))

    assert points(run) == whole
    assert told(run)


def test_a_payload_that_is_no_event_is_told(tmp_path: Path, whole: set[tuple[str, int, float]]) -> None:
    parts = records()

    run = read(tmp_path, b"".join(parts[:20]) + record(b"\xff\xff not a message") + b"".join(parts[20:]))

    assert points(run) == whole
    assert told(run)


def test_a_tensor_that_declares_more_than_it_holds_is_never_expanded(tmp_path: Path) -> None:
    bomb = tensor(3, b"bomb", 1, field(5, struct.pack("<f", 1.0)), shape=(2**40,))

    run = read(tmp_path, VERSION + scalar(1) + bomb + scalar(2))

    assert run.series["loss"].steps.tolist() == [1, 2]
    assert any("declares" in d.what for d in run.defects)


def test_a_tag_that_is_not_utf8_is_shown_with_its_bytes(tmp_path: Path) -> None:
    run = read(tmp_path, VERSION + scalar(1, b"lo\xffss", 2.0))

    assert list(run.series) == ["lo\\xffss"]


def test_of_a_tag_that_stands_in_a_damaged_record_only_nothing_is_told(tmp_path: Path) -> None:
    parts = [VERSION, *(scalar(i, b"opt/lr", 0.1, 1.7e9 + i) for i in range(1, 20))]
    parts[7] = parts[7].replace(b"opt/lr", b"\xefpt/lr")
    run = read(tmp_path, b"".join(parts))

    assert len(run.series["opt/lr"]) == 18
    assert [defect.id for defect in run.defects] == ["DATA002"]


def test_a_tag_of_a_megabyte_is_cut_and_kept(tmp_path: Path) -> None:
    run = read(tmp_path, VERSION + scalar(1, b"a" * 1_000_000, 2.0))

    name = next(iter(run.series))
    assert len(name) <= 512
    assert run.series[name].values.tolist() == [2.0]


def test_wall_times_that_are_no_time_keep_their_values(tmp_path: Path) -> None:
    run = read(tmp_path, VERSION + scalar(1, time=float("nan")) + scalar(2, time=0.0))

    assert run.series["loss"].steps.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "Git LFS"),
        (b"\x1f\x8b\x08\x00" + bytes(20), "gzip"),
        (bytes(500), "zero"),
        (b"just a text\n" * 20, "text"),
    ],
)
def test_what_is_no_event_file_is_named(tmp_path: Path, data: bytes, said: str) -> None:
    run = read(tmp_path, data)

    assert not run.readable
    assert said in run.defects[0].what


def test_a_file_of_nothing_but_its_header_is_readable_and_empty(tmp_path: Path) -> None:
    run = read(tmp_path, VERSION)

    assert run.readable
    assert dict(run.series) == {}
    assert run.defects == ()


def test_a_payload_that_holds_a_whole_event_file_does_not_lead_astray(tmp_path: Path) -> None:
    inner = b"".join(scalar(i, b"inner") for i in range(4000))
    text = record(event(5, field(5, field(1, field(1, b"blob") + field(4, field(4, inner))))))

    run = read(tmp_path, VERSION + scalar(1) + text * 3 + scalar(2))

    assert list(run.series) == ["loss"]
    assert run.series["loss"].steps.tolist() == [1, 2]
    assert "blob" in run.left_out
