"""Archives that xz packed: read within the bounds of all others, damage told."""

from __future__ import annotations

import io
import lzma
import tarfile

import numpy as np
import pytest

from logdoc.model import Defect, Run
from logdoc.readers import archives, load

LOG = ("step,loss\n" + "".join(f"{i},{1 / (i + 1)}\n" for i in range(200))).encode()


def tar(members):
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return whole.getvalue()


def told(items):
    return [item for item in items if isinstance(item, Defect)] + [
        defect for item in items if isinstance(item, Run) for defect in item.defects
    ]


def test_every_log_of_several_streams_with_padding_between_them_is_read(tmp_path):
    data = tar({"a/metrics.csv": LOG, "b/metrics.csv": LOG, "../../climbs.csv": LOG, "/b/root.csv": LOG})
    packed = lzma.compress(data[:700]) + bytes(8) + lzma.compress(data[700:])
    (tmp_path / "runs.tar.xz").write_bytes(packed)
    items = list(load([tmp_path]))

    assert sorted(item.id for item in items if isinstance(item, Run)) == [
        "runs.tar.xz/a/metrics.csv",
        "runs.tar.xz/b/metrics.csv",
    ]
    assert all(len(item.series["loss"]) == 200 for item in items if isinstance(item, Run))


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_an_archive_that_breaks_off_or_is_damaged_is_told_and_what_came_before_is_read(tmp_path, damage):
    noise = np.random.default_rng(2).bytes(3 << 20).hex().encode()
    packed = bytearray(lzma.compress(tar({"a/metrics.csv": LOG, "b/metrics.csv": noise}), preset=0))
    if damage == "cut":
        del packed[-900_000:]
    else:
        packed[-900_000:-899_000] = bytes(1_000)
    (tmp_path / "runs.txz").write_bytes(packed)
    items = list(load([tmp_path]))

    assert [item.id for item in items if isinstance(item, Run)] == ["runs.txz/a/metrics.csv"]
    assert any(defect.id == "DATA017" and defect.lost for defect in told(items))


def test_a_bomb_and_one_that_asks_for_much_memory_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "RATIO_FROM", 1 << 16)
    (tmp_path / "bomb.tar.xz").write_bytes(lzma.compress(tar({"m.csv": LOG + b"199,1\n" * 500_000})))
    monkeypatch.setattr(archives, "MAX_DICTIONARY", 4 << 20)
    wide = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 32 << 20}]
    (tmp_path / "wide.tar.xz").write_bytes(lzma.compress(tar({"m.csv": LOG}), filters=wide))
    items = list(load([tmp_path]))

    assert not any(isinstance(item, Run) for item in items)
    assert {defect.id for defect in told(items)} == {"DATA017"}
    assert any("Memory usage limit" in defect.what for defect in told(items))
