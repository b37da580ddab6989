"""Tars whose end is not what it seems: a header that is damaged, a hole of zeros, a checksum behind the end."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from logdoc.model import Defect, Run
from logdoc.readers import load

TABLE = ("step,loss\n" + "".join(f"{i},{1 / (i + 1):.4f}\n" for i in range(40))).encode()


def packed(mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{mode}") as archive:
        for name in ("a/metrics.csv", "b/metrics.csv"):
            about = tarfile.TarInfo(name)
            about.size = len(TABLE)
            archive.addfile(about, io.BytesIO(TABLE))
    return out.getvalue()


def read(folder: Path, suffix: str, data: bytes) -> tuple[list[Run], list[Defect]]:
    (folder / f"runs{suffix}").write_bytes(data)
    items = list(load([folder]))
    return [one for one in items if isinstance(one, Run)], [one for one in items if isinstance(one, Defect)]


def test_a_whole_archive_has_nothing_to_tell(tmp_path: Path) -> None:
    for suffix, mode in ((".tar", ""), (".tar.gz", "gz"), (".tar.xz", "xz")):
        folder = tmp_path / suffix[1:]
        folder.mkdir()
        runs, defects = read(folder, suffix, packed(mode))
        assert len(runs) == 2
        assert not defects
        assert not [defect for run in runs for defect in run.defects]


@pytest.mark.parametrize("place", [5, 150])
def test_a_damaged_header_is_not_the_end(tmp_path: Path, place: int) -> None:
    data = bytearray(packed(""))
    data[data.index(b"b/metrics.csv") + place] ^= 4
    runs, _ = read(tmp_path, ".tar", bytes(data))
    assert len(runs) == 1
    assert any(defect.lost for defect in runs[0].defects)


def test_a_hole_of_zeros_is_not_the_end(tmp_path: Path) -> None:
    data = bytearray(packed(""))
    begin = data.index(b"b/metrics.csv")
    data[begin : begin + 512] = bytes(512)
    runs, _ = read(tmp_path, ".tar", bytes(data))
    assert len(runs) == 1
    assert any(defect.lost for defect in runs[0].defects)


def test_an_archive_that_breaks_off_between_two_members_is_told(tmp_path: Path) -> None:
    data = packed("")
    runs, _ = read(tmp_path, ".tar", data[: data.index(b"b/metrics.csv")])
    assert len(runs) == 1
    assert any(defect.lost for defect in runs[0].defects)


@pytest.mark.parametrize(("suffix", "mode", "place"), [(".tar.gz", "gz", -6), (".tar.xz", "xz", -30)])
def test_a_checksum_that_stands_behind_the_end_is_looked_at(tmp_path: Path, suffix: str, mode: str, place: int) -> None:
    data = bytearray(packed(mode))
    data[place] ^= 1
    runs, defects = read(tmp_path, suffix, bytes(data))
    assert any(defect.lost for defect in (*defects, *(d for run in runs for d in run.defects)))
    assert all(any(defect.lost for defect in run.defects) for run in runs)
