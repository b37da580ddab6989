"""Event files that are read piece by piece hold what they hold as a whole, wherever a piece ends."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from event_bytes import VERSION, masked, record, scalar
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_tb_lockstep import bytes_of, flat, written

from logdoc.readers import load
from logdoc.readers import tensorboard as reader
from logdoc.readers.tensorboard import contents as decoding
from logdoc.readers.tensorboard import framing, pieces
from logdoc.readers.tensorboard.contents import read_contents
from logdoc.readers.tensorboard.pieces import read_pieces

if TYPE_CHECKING:
    from pathlib import Path

NAME = "events.out.tfevents.1700000000.host"
LONGEST = 2000  # bytes of a payload in these tests
PIECE = 7000


@pytest.fixture
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (framing, decoding, pieces):
        monkeypatch.setattr(module, "CAP", LONGEST)
    monkeypatch.setattr(pieces, "PIECE", PIECE)
    monkeypatch.setattr(reader, "_HUGE", 0)


def in_pieces(data: bytes, folder: Path) -> decoding.Contents:
    path = folder / NAME
    path.write_bytes(data)
    contents, got = read_pieces(path, len(data))
    assert got == len(data)
    return contents


@pytest.mark.usefixtures("short_pieces")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32), st.sampled_from(["whole", "bits", "hole", "garbage", "cut", "bomb"]))
def test_pieces_hold_what_the_whole_file_holds(tmp_path: Path, seed: int, damage: str) -> None:
    rng = np.random.default_rng(seed)
    parts = written(900)
    for place in rng.integers(1, len(parts), 20).tolist():
        parts.insert(place, record(rng.bytes(int(rng.integers(0, LONGEST)))))
    data = bytearray(b"".join(parts))
    at = int(rng.integers(0, len(data) - 200))
    if damage == "bits":
        for place in rng.integers(0, len(data), 5).tolist():
            data[place] ^= 1 << int(rng.integers(0, 8))
    elif damage == "hole":
        size = int(rng.choice((10, 500, 9000, 20_000)))
        data[at : at + size] = bytes(len(data[at : at + size]))
    elif damage == "garbage":
        data[at:at] = rng.bytes(int(rng.choice((1, 100, 9000))))
    elif damage == "cut":
        del data[at:]
    elif damage == "bomb":
        length = struct.pack("<Q", int(rng.choice((2**33, 1500, 9000, 2**62))))
        cut = int(np.cumsum([len(p) for p in parts])[int(rng.integers(0, len(parts)))])
        data[cut:cut] = length + struct.pack("<I", masked(length)) + b"x" * 8
    together, apart = read_contents(bytes_of(data)), in_pieces(bytes(data), tmp_path)

    rows, others = flat(together), flat(apart)
    assert {row[::2] for row in rows} == {row[::2] for row in others}
    told = [bool(c.holes or c.damaged or c.undecodable) for c in (together, apart)]
    assert told[0] == told[1]
    if damage in ("whole", "cut"):
        assert (together.holes, together.damaged, together.records) == (apart.holes, apart.damaged, apart.records)
        assert rows == others


@pytest.mark.usefixtures("short_pieces")
@pytest.mark.parametrize("long", [9000, 50_000])
def test_a_record_that_fills_more_than_a_piece_is_stepped_over(tmp_path: Path, long: int) -> None:
    found = in_pieces(b"".join([VERSION, scalar(1), record(b"x" * long), scalar(2), scalar(3)]), tmp_path)
    assert [step for _, _, step, _, _ in flat(found)] == [1, 2, 3]
    assert not found.holes
    assert len(found.left_out) == 1


@pytest.mark.usefixtures("short_pieces")
def test_a_large_file_that_shrinks_while_it_is_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = b"".join(written(2000))
    path = tmp_path / NAME
    path.write_bytes(data)
    real = pieces._fill

    def shrinking(stream, buffer, begin, size):  # type: ignore[no-untyped-def]
        if begin > len(data) // 3:
            path.write_bytes(data[: len(data) // 2])
        return real(stream, buffer, begin, size)

    monkeypatch.setattr(pieces, "_fill", shrinking)
    (run,) = load([tmp_path])
    assert 0.4 * 2000 < sum(map(len, run.series.values())) < 0.6 * 2000
    assert any(defect.id == "DATA012" and defect.lost for defect in run.defects)


@pytest.mark.usefixtures("short_pieces")
def test_damage_of_many_pieces_is_told_once_with_its_size(tmp_path: Path) -> None:
    parts = written(400)
    found = in_pieces(b"".join(parts[:200]) + bytes(60_000) + b"".join(parts[200:]), tmp_path)
    assert [(hole.size, hole.kind) for hole in found.holes] == [(60_000, framing.ZEROS)]
    assert len(flat(found)) == 399
