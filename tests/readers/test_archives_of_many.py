"""Archives of very many members cost what is read of them, not the square of it."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from logdoc import api
from logdoc.model import Defect, Run
from logdoc.readers import archives, discovery, load, unread

ROWS = "step,loss\n" + "".join(f"{i},{2 / (1 + i):.4f}\n" for i in range(30))


def packed(folder: Path, members: dict[str, str]) -> Path:
    path = folder / "many.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_members_beyond_the_bound_are_counted_in_one_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 20)
    members = {"good/log.csv": ROWS, **{f"x{i}/log.csv": "hello\n" for i in range(400)}}
    asked: list[int] = []
    owners = unread._owners
    monkeypatch.setattr(unread, "_owners", lambda *args: asked.append(len(args[4])) or owners(*args))
    analysis = api.analyze(packed(tmp_path, members), code=False)
    assert [run.id for run in analysis.runs] == ["many.zip/good/log.csv"]
    assert sum("381 others were not read" in defect.what for defect in analysis.defects) == 1
    assert len(asked) <= 402
    assert sum(asked) == 0


def test_each_name_of_a_crowded_folder_is_looked_at_a_few_times_whatever_the_number_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 100)
    looked: list[str] = []
    told_by = unread.told_by
    monkeypatch.setattr(unread, "told_by", lambda stem: looked.append(stem) or told_by(stem))
    members = {f"logs/log_{i}.csv": ROWS for i in range(400)}
    members |= {f"logs/{split}_loss_{i}.csv": ROWS for i in range(30) for split in ("val", "train")}
    items = list(load([packed(tmp_path, dict(sorted(members.items(), key=lambda one: one[0][-5:])))]))
    assert 100 < len(looked) <= 2 * len(members)
    assert sum(isinstance(item, Run) for item in items) > 50
    told = [item.what for item in items if isinstance(item, Defect)]
    assert sum("360 others were not read" in what for what in told) == 1, told


def test_members_that_are_no_bomb_each_but_one_together_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "RATIO_FROM", 1 << 16)
    tight = "step,loss\n" + "1,2\n" * 15_000
    path = packed(tmp_path, {"good/log.csv": ROWS, **{f"x{i}/log.csv": tight for i in range(60)}})
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    told = archives.unpack(path, scratch)
    taken = sum(file.stat().st_size for file in scratch.rglob("*.csv"))
    assert taken <= (1 << 16) + archives.MAX_RATIO * path.stat().st_size
    assert len(tight) < 1 << 16
    assert any("200 times" in one.what for one in told)
    assert (scratch / "good" / "log.csv").read_text() == ROWS


def test_members_whose_names_conflict_cost_themselves_only(tmp_path: Path) -> None:
    members = {"a.csv": ROWS, "a.csv/b.csv": ROWS, "c/d.csv": ROWS, "c": ROWS, "e.csv": ROWS}
    analysis = api.analyze(packed(tmp_path, members), code=False)
    assert sorted(run.id.rpartition("many.zip/")[2] for run in analysis.runs) == ["a.csv", "c/d.csv", "e.csv"]
    told = [d.what for d in (*analysis.defects, *(d for run in analysis.runs for d in run.defects))]
    assert sum("its name in the archive is that of a folder" in what for what in told) >= 1


def test_the_bounds_of_one_archive_are_those_that_are_meant() -> None:
    assert (archives.MAX_MEMBERS, discovery.MAX_RUNS) == (10_000, 2_000)


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_of_60000_tiny_members_as_many_as_the_bounds_allow_are_judged_and_the_others_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 30)
    monkeypatch.setattr(discovery, "MAX_RUNS", 12)
    rows, names = ROWS.encode(), [f"r{i:05}/log.csv" for i in range(60_000)]
    path = tmp_path / f"many.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(zipfile.ZipInfo(name), rows)
    else:
        with tarfile.open(path, "w") as several:
            for name in names:
                member = tarfile.TarInfo(name)
                member.size = len(rows)
                several.addfile(member, io.BytesIO(rows))
    analysis = api.analyze(path, code=False)
    assert [run.id for run in analysis.runs] == [f"{path.name}/{name}" for name in names[:12]]
    told = [(defect.lost, defect.what) for defect in analysis.defects]
    assert sum("18 of the logs in it were not judged, after 12" in what for lost, what in told if lost) == 1
    beyond = "the 59,970 others were not read" if kind == "zip" else "the others were not read"
    assert sum(f"it holds more than 30 files or 4 GiB of logs; {beyond}" in what for lost, what in told if lost) == 1
    assert len(told) == 2
