from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest

from logdoc.errors import ReadError
from logdoc.model import Defect, Run
from logdoc.readers import archives, load

LOG = "step,loss\n" + "".join(f"{i},{1 / (i + 1)}\n" for i in range(200))


def ids(items):
    return sorted(item.id for item in items if isinstance(item, Run))


def defects(items):
    return [item for item in items if isinstance(item, Defect)] + [
        d for item in items if isinstance(item, Run) for d in item.defects
    ]


def tar(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def test_logs_in_archives_are_read_in_place(tmp_path):
    with zipfile.ZipFile(tmp_path / "runs.zip", "w") as archive:
        archive.writestr("a/metrics.csv", LOG)
        archive.writestr("a/hparams.yaml", "lr: 0.1\n")
    tar(tmp_path / "more.tar.gz", {"b/metrics.csv": LOG.encode()})
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(LOG.encode()))
    before = sorted(path.name for path in tmp_path.iterdir())
    items = list(load([tmp_path]))
    assert ids(items) == ["c.csv", "more.tar.gz/b/metrics.csv", "runs.zip/a/metrics.csv"]
    assert next(item for item in items if isinstance(item, Run) and "zip" in item.id).config == {"lr": 0.1}
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["runs.zip", "runs.tar", "runs.tgz", "runs.tar.xz", "runs.txz"])
def test_an_archive_named_itself(tmp_path, name):
    if name.endswith("zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("metrics.csv", LOG)
    else:
        mode = "w:xz" if name.endswith("xz") else "w" if name.endswith("tar") else "w:gz"
        tar(tmp_path / name, {"metrics.csv": LOG.encode()}, mode)
    (run,) = load([tmp_path / name])
    assert len(run.series["loss"]) == 200


def test_members_that_would_leave_the_folder_are_left_out(tmp_path):
    tar(
        tmp_path / "evil.tar.gz",
        {"../../evil.csv": LOG.encode(), "/etc/evil.csv": LOG.encode(), "ok.csv": LOG.encode()},
    )
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../evil.csv", LOG)
        archive.writestr("C:\\evil.csv", LOG)
        archive.writestr("..\\evil.csv", LOG)
    assert ids(load([tmp_path])) == ["evil.tar.gz/ok.csv"]
    assert not (tmp_path.parent / "evil.csv").exists()


def test_links_in_an_archive_are_not_followed(tmp_path):
    (tmp_path / "secret.txt").write_text(LOG)
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        info = tarfile.TarInfo("metrics.csv")
        info.type, info.linkname = tarfile.SYMTYPE, str(tmp_path / "secret.txt")
        archive.addfile(info)
    (tmp_path / "secret.txt").unlink()
    assert ids(load([tmp_path])) == []


def test_a_bomb_is_stopped_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_MEMBER", 10_000)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"step,loss\n" + b"1,1\n" * 1_000_000))
    items = list(load([tmp_path]))
    assert ids(items) == []
    assert any(defect.lost and "unpacked" in defect.what for defect in defects(items))


def test_a_gzip_that_is_cut_short_keeps_what_came_before(tmp_path):
    data = gzip.compress(LOG.encode())
    (tmp_path / "a.csv.gz").write_bytes(data[: len(data) // 2])
    items = list(load([tmp_path]))
    (run,) = [item for item in items if isinstance(item, Run)]
    assert 10 < len(run.series["loss"]) < 200
    assert any(defect.lost and "cut short" in defect.what for defect in defects(items))


def test_a_zip_that_is_none(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    items = list(load([tmp_path]))
    assert any("damaged" in defect.what for defect in defects(items))


def test_patterns(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.csv").write_text(LOG)
    assert len(ids(load([str(tmp_path / "[ab]" / "*.csv")]))) == 2
    with pytest.raises(ReadError, match="matches no file"):
        load([str(tmp_path / "*.tsv")])


def test_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LOG.encode())))
    (run,) = load(["-"])
    assert run.id == "stdin"
    assert len(run.series["loss"]) == 200


class TestUrls:
    @pytest.fixture
    def memory(self):
        fsspec = pytest.importorskip("fsspec")
        system = fsspec.filesystem("memory")
        system.pipe("/bucket/runs/a/metrics.csv", LOG.encode())
        system.pipe("/bucket/runs/a/hparams.yaml", b"lr: 0.1\n")
        system.pipe("/bucket/runs/a/model.pt", bytes(100))
        yield system
        system.rm("/bucket", recursive=True)

    def test_a_folder(self, memory):
        (run,) = load(["memory://bucket/runs"])
        assert run.id == "a/metrics.csv"
        assert run.config == {"lr": 0.1}

    def test_a_file(self, memory):
        (run,) = load(["memory://bucket/runs/a/metrics.csv"])
        assert run.id == "metrics.csv"

    def test_nothing_there(self, memory):
        with pytest.raises(ReadError, match="no such file"):
            load(["memory://bucket/nothing"])

    def test_an_unknown_store(self):
        pytest.importorskip("fsspec")
        with pytest.raises(ReadError, match="could not be fetched"):
            load(["nosuchstore://bucket/x"])
