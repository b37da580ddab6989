"""A run is never called healthy when a file of it could not be read."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile

import numpy as np
import pytest

from logdoc import api
from logdoc.hook.eventfile import EventFile
from logdoc.model import Defect, Run
from logdoc.readers import discovery, load

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
NOTHING = {"empty": b"", "zeros": bytes(5000), "many zeros": bytes(200_000), "pointer": POINTER}


def events(path, first=0, count=60):
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(first).normal(0, 0.02, count)
    file = EventFile(path, 1.7e9)
    for i in range(count):
        loss = 2 / (1 + 0.05 * (i + first)) + float(noise[i])
        file.scalars(i + first, 1.7e9 + i + first, ("train/loss", "lr"), np.array([loss, 0.001]))
    file.close()
    return path


def table(count=60):
    return "step,loss\n" + "".join(f"{i},{2 / (1 + 0.05 * i) + 0.01 * (i * 7 % 5):.4f}\n" for i in range(count))


def runs(items):
    return {item.id: any(d.lost for d in item.defects) for item in items if isinstance(item, Run)}


def strays(items):
    return [item.source for item in items if isinstance(item, Defect)]


@pytest.fixture
def forbid(monkeypatch):
    """Make files of a name unreadable, for whoever runs the tests may read everything."""

    def now(name):
        real = discovery.read_regular

        def refusing(path, limit=None):
            if path.name == name:
                raise PermissionError(13, "Permission denied")
            return real(path, limit)

        monkeypatch.setattr(discovery, "read_regular", refusing)

    return now


@pytest.mark.parametrize("content", NOTHING.values(), ids=NOTHING)
def test_an_event_file_without_content_makes_its_run_incomplete(tmp_path, content):
    events(tmp_path / "run" / "events.out.tfevents.1.host")
    (tmp_path / "run" / "events.out.tfevents.2.host").write_bytes(content)
    analysis = api.analyze(tmp_path)
    assert [run.verdict for run in analysis.runs] == ["incomplete"]
    assert any("tfevents.2" in d.source and d.lost for d in analysis.runs[0].defects)


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE html><html>404</html>", gzip.compress(bytes(99))[:-9]], ids=["page", "gz"]
)
def test_an_event_file_that_is_something_else_makes_its_run_incomplete(tmp_path, content):
    events(tmp_path / "run" / "events.out.tfevents.1.host")
    (tmp_path / "run" / "events.out.tfevents.2.host").write_bytes(content)
    assert runs(load([tmp_path])) == {"run": True}


@pytest.mark.parametrize("content", NOTHING.values(), ids=NOTHING)
def test_the_other_split_in_json_lines_is_missed(tmp_path, content):
    rows = "".join(f'{{"step": {i}, "loss": {2 / (1 + i)}}}\n' for i in range(60))
    (tmp_path / "train.jsonl").write_text(rows)
    (tmp_path / "other.jsonl").write_text(rows)
    (tmp_path / "eval.jsonl").write_bytes(content)
    assert runs(load([tmp_path])) == {"train.jsonl": True, "other.jsonl": False}


@pytest.mark.parametrize("content", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize(
    ("read", "gone"),
    [
        ("train.log", "eval.log"),
        ("log_train.txt", "log_val.txt"),
        ("progress.csv", "eval_progress.csv"),
        ("metrics.jsonl", "eval_metrics.jsonl"),
        ("resnet_log.csv", "resnet_test_log.csv"),
    ],
)
def test_a_split_beside_its_log_is_missed_in_any_form_and_another_file_is_not(tmp_path, read, gone, content):
    rows = "".join(f'{{"step": {i}, "loss": {2 / (1 + i)}}}\n' for i in range(60))
    lines = "".join(f"epoch {i} loss {2 / (1 + i):.4f}\n" for i in range(60))
    (tmp_path / read).write_text({"csv": table(), "jsonl": rows}.get(read.rpartition(".")[2], lines))
    (tmp_path / f"other{read[read.index('.') :]}").write_bytes(content)
    (tmp_path / f"unet_val_log{read[read.index('.') :]}").write_bytes(content)
    assert runs(load([tmp_path])) == {read: False}
    (tmp_path / gone).write_bytes(content)
    assert runs(load([tmp_path])) == {read: True}


@pytest.mark.parametrize(("missing", "lost"), [("checkpoint-10", False), ("checkpoint-30", True), ("", True)])
def test_a_newer_state_of_the_trainer_is_missed_and_an_older_one_is_not(tmp_path, missing, lost):
    history = [{"step": i, "loss": 2 / (1 + i), "epoch": i / 20} for i in range(20)]
    (tmp_path / "run" / "checkpoint-20").mkdir(parents=True)
    (tmp_path / "run" / "checkpoint-20" / "trainer_state.json").write_text(
        json.dumps({"log_history": history, "global_step": 20})
    )
    (tmp_path / "run" / missing).mkdir(exist_ok=True)
    (tmp_path / "run" / missing / "trainer_state.json").write_bytes(b"")
    assert list(runs(load([tmp_path])).values()) == [lost]


@pytest.mark.parametrize("name", ["log.jsonl", "log.csv"])
@pytest.mark.parametrize("count", [512, 200_000])
def test_zero_bytes_in_front_of_a_log_of_lines_are_told_and_cost_no_line(tmp_path, name, count):
    rows = "".join(f'{{"step": {i}, "loss": {2 / (1 + i)}}}\n' for i in range(60)) if "jsonl" in name else table()
    (tmp_path / name).write_bytes(bytes(count) + rows.encode())
    (run,) = load([tmp_path])
    assert len(run.series["loss"]) == 60
    assert [(defect.id, defect.lost) for defect in run.defects] == [("DATA003", True)]


def test_an_event_file_that_may_not_be_opened_makes_its_run_incomplete(tmp_path, forbid):
    events(tmp_path / "run" / "events.out.tfevents.1.host")
    events(tmp_path / "run" / "events.out.tfevents.2.host", 60)
    assert runs(load([tmp_path])) == {"run": False}
    forbid("events.out.tfevents.2.host")
    (run,) = api.analyze(tmp_path).runs
    assert run.verdict == "incomplete"
    assert "Permission denied" in run.headline


def test_the_validation_folder_of_a_run_that_cannot_be_read_is_a_loss_of_that_run(tmp_path, forbid):
    events(tmp_path / "a" / "train" / "events.out.tfevents.1.host")
    events(tmp_path / "a" / "validation" / "events.out.tfevents.2.host")
    events(tmp_path / "b" / "events.out.tfevents.3.host")
    forbid("events.out.tfevents.2.host")
    assert runs(load([tmp_path])) == {"a": True, "b": False}


def test_a_run_is_not_blamed_for_the_files_of_another(tmp_path, forbid):
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text(table())
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "pointer.jsonl").write_bytes(POINTER)
    forbid("b.csv")
    items = list(load([tmp_path]))
    assert runs(items) == {"a.csv": False, "c.csv": False}
    assert sorted(strays(items)) == ["b.csv", "empty.csv", "pointer.jsonl"]
    assert {item.source: item.lost for item in items if isinstance(item, Defect)} == {
        "b.csv": True,
        "empty.csv": False,
        "pointer.jsonl": True,
    }


def test_the_other_log_of_a_run_that_is_alone_in_its_folder_is_missed(tmp_path, forbid):
    for run, gone in (("a", "metrics.csv"), ("b", "trainer_state.json"), ("c", "train.log")):
        events(tmp_path / run / "events.out.tfevents.1.host")
        (tmp_path / run / gone).write_bytes(POINTER if run != "c" else b"epoch 1 loss 0.5\n")
    forbid("train.log")
    assert runs(load([tmp_path])) == {"a": True, "b": True, "c": True}


@pytest.mark.parametrize(("content", "lost"), [(POINTER, True), (bytes(3000), True), (b"", False)])
def test_what_a_program_printed_is_missed_unless_it_printed_nothing(tmp_path, content, lost):
    events(tmp_path / "run" / "events.out.tfevents.1.host")
    (tmp_path / "run" / "train.log").write_bytes(content)
    assert runs(load([tmp_path])) == {"run": lost}


def test_the_other_split_of_a_table_is_missed(tmp_path, forbid):
    for name in ("train.csv", "val.csv", "other.csv"):
        (tmp_path / name).write_text(table())
    forbid("val.csv")
    found = runs(load([tmp_path]))
    assert found["other.csv"] is False
    assert found["train.csv"] is True


def test_files_that_are_no_logs_are_not_missed(tmp_path):
    events(tmp_path / "run" / "events.out.tfevents.1.host")
    for name, content in [("stderr", b""), ("notes.txt", b""), ("model.bin", bytes(99)), ("DONE", b"")]:
        (tmp_path / "run" / name).write_bytes(content)
    (tmp_path / "run" / "events.out.tfevents.1.host.profile-empty").write_bytes(b"")
    items = list(load([tmp_path]))
    assert runs(items) == {"run": False}
    assert strays(items) == []


def test_a_folder_that_cannot_be_read_is_a_loss_where_its_name_says_so(tmp_path, monkeypatch):
    events(tmp_path / "run" / "events.out.tfevents.1.host")
    for name in ("validation", "code"):
        events(tmp_path / "run" / name / "events.out.tfevents.2.host")
    from logdoc.readers import walk

    real = walk.os.scandir
    closed = {"validation"}

    def scandir(folder):
        if folder.name in closed:
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(walk.os, "scandir", scandir)
    assert runs(load([tmp_path]))["run"] is True
    closed = {"code"}
    items = list(load([tmp_path]))
    assert runs(items)["run"] is False
    assert strays(items) == ["run/code"]


def test_a_member_of_an_archive_that_is_damaged_makes_its_run_incomplete(tmp_path):
    first, second = (events(tmp_path / "x" / f"events.out.tfevents.{i}.host", 60 * i) for i in range(2))
    place = tmp_path / "y" / "runs.zip"
    place.parent.mkdir()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(first, "a/" + first.name)
        archive.write(second, "a/" + second.name)
        archive.writestr("b/metrics.csv", table())
    data = bytearray(place.read_bytes())
    at = data.rindex(second.name.encode(), 0, data.index(b"b/metrics.csv")) + len(second.name) + 200
    data[at : at + 40] = bytes(40)
    place.write_bytes(bytes(data))
    assert runs(load([tmp_path / "y"])) == {"runs.zip/a": True, "runs.zip/b/metrics.csv": False}


def test_every_run_of_an_archive_that_breaks_off_may_lack_files(tmp_path):
    place = tmp_path / "runs.tar.gz"
    with tarfile.open(place, "w:gz") as archive:
        for name in ("a/metrics.csv", "b/metrics.csv"):
            content = np.random.default_rng(1).bytes(20_000).hex().encode() if name[0] == "b" else table().encode()
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    place.write_bytes(place.read_bytes()[:-9000])
    items = list(load([tmp_path]))
    assert runs(items) == {"runs.tar.gz/a/metrics.csv": True}
    assert "runs.tar.gz" in strays(items)


def test_a_log_whose_compressed_end_is_missing_is_incomplete(tmp_path):
    data = gzip.compress(table(400).encode())
    (tmp_path / "a.csv.gz").write_bytes(data[: len(data) * 2 // 3])
    assert runs(load([tmp_path])) == {"a.csv": True}


def test_members_whose_names_are_in_conflict_do_not_cost_the_others(tmp_path):
    place = tmp_path / "runs.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for name in ("a.csv", "a.csv/b.csv", "c/d.csv", "c", "e.csv"):
            archive.writestr(name, table())
    items = list(load([tmp_path]))
    assert sorted(runs(items)) == ["runs.zip/a.csv", "runs.zip/c/d.csv", "runs.zip/e.csv"]
    assert "runs.zip/a.csv/b.csv" in strays(items)


def test_data_that_were_packed_more_than_any_log_is_are_left_out(tmp_path, monkeypatch):
    from logdoc.readers import archives

    monkeypatch.setattr(archives, "RATIO_FROM", 1 << 16)
    bomb = table().encode() + b"59,1\n" * 100_000
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(bomb))
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", bomb)
        archive.writestr("good.csv", table())
    with tarfile.open(tmp_path / "t.tgz", "w:gz") as archive:
        info = tarfile.TarInfo("bomb.csv")
        info.size = len(bomb)
        archive.addfile(info, io.BytesIO(bomb))
    items = list(load([tmp_path]))
    assert runs(items) == {"z.zip/good.csv": False}
    told = {item.source: item.what for item in items if isinstance(item, Defect)}
    assert sorted(told) == ["bomb.csv", "t.tgz/bomb.csv", "z.zip/bomb.csv"]
    assert all("200 times" in what for what in told.values())


def test_an_archive_of_very_many_logs_is_judged_in_part_and_says_so(tmp_path, monkeypatch):
    from logdoc.readers import archives

    monkeypatch.setattr(archives, "MAX_MEMBERS", 30)
    monkeypatch.setattr(discovery, "MAX_RUNS", 20)
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        for i in range(50):
            archive.writestr(f"{i:03}.csv", table())
    items = list(load([tmp_path]))
    assert len(runs(items)) == 20
    told = [item.what for item in items if isinstance(item, Defect)]
    assert len(told) == 2, told
    assert any("the 20 others were not read" in what for what in told)
    assert any("10 of the logs in it were not judged" in what for what in told)


def test_a_run_with_a_file_beyond_the_bounds_of_its_archive_is_incomplete(tmp_path, monkeypatch):
    from logdoc.readers import archives

    first, second = (events(tmp_path / "x" / f"events.out.tfevents.{i}.host", 60 * i) for i in range(2))
    monkeypatch.setattr(archives, "MAX_MEMBERS", 1)
    (tmp_path / "y").mkdir()
    with zipfile.ZipFile(tmp_path / "y" / "runs.zip", "w") as archive:
        archive.write(first, "a/" + first.name)
        archive.write(second, "a/" + second.name)
    assert runs(load([tmp_path / "y"])) == {"runs.zip/a": True}
