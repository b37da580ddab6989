"""Stores that only their own tool reads are named as what they are, with what exports them."""

from __future__ import annotations

import zipfile

import pytest

from logdoc.model import Defect, Run
from logdoc.readers import load


def told(path) -> list[str]:
    items = list(load([path]))
    assert all(isinstance(item, Defect) for item in items), items
    return [item.what for item in items if isinstance(item, Defect)]


def test_a_repository_of_aim_is_told_once(tmp_path):
    for run in ("a1", "b2"):
        folder = tmp_path / ".aim" / "meta" / "chunks" / run
        folder.mkdir(parents=True)
        (folder / "CURRENT").write_text("MANIFEST-000004\n")
        (folder / "000003.log").write_bytes(b"\x00\x01loss")
    (what,) = told(tmp_path)
    assert "Aim" in what
    assert "aim.Repo" in what
    assert told(tmp_path / ".aim") == [what]


@pytest.mark.parametrize("packed", [True, False])
def test_an_offline_session_of_clearml(tmp_path, packed):
    files = {"task.json": "{}", "metrics.jsonl": "[]\n", "log.jsonl": "[]\n"}
    if packed:
        with zipfile.ZipFile(tmp_path / "offline-1.zip", "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
    else:
        for name, text in files.items():
            (tmp_path / name).write_text(text)
    (what,) = told(tmp_path)
    assert "import_offline_session" in what


def test_an_offline_experiment_of_comet(tmp_path):
    path = tmp_path / "abc.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("experiment.json", "{}")
        archive.writestr("messages.json", "{}")
    assert "comet upload" in told(path)[0]
    assert "comet upload" in told(tmp_path)[0]


def test_logs_beside_a_store_are_read(tmp_path):
    (tmp_path / ".aim").mkdir()
    (tmp_path / ".aim" / "CURRENT").write_text("x")
    (tmp_path / "log.csv").write_text("step,loss\n" + "".join(f"{i},{1 / (i + 1)}\n" for i in range(9)))
    items = list(load([tmp_path]))
    assert sorted(type(item) is Run for item in items) == [False, True]
