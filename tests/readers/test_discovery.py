from __future__ import annotations

import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdoc import readers
from logdoc.errors import ConfigError, ReadError
from logdoc.model import Defect, Run
from logdoc.readers import Format, load
from logdoc.readers.files import describe_bytes, shown_path

LOG = "step,loss\n0,1.0\n1,0.5\n2,0.25\n"


@pytest.fixture
def folder(tmp_path):
    for name in ("b/metrics.csv", "a/metrics.csv", "c.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(LOG)
    return tmp_path


def ids(items):
    return [item.id for item in items if isinstance(item, Run)]


def defects(items):
    return {item.source: item.what for item in items if isinstance(item, Defect)}


def test_runs_come_in_the_order_of_their_paths(folder):
    assert ids(load([folder])) == ["a/metrics.csv", "b/metrics.csv", "c.csv"]


def test_a_single_file_is_named_by_its_name(folder):
    assert ids(load([folder / "a" / "metrics.csv"])) == ["metrics.csv"]


def test_equal_ids_under_several_paths_are_told_apart(folder):
    assert ids(load([folder / "a", folder / "b", folder / "c.csv"])) == ["a/metrics.csv", "b/metrics.csv", "c.csv"]


def test_a_file_named_twice_is_read_once(folder):
    assert len(ids(load([folder, folder / "a", folder]))) == 3


def test_relative_paths_and_ids_are_never_absolute(folder, monkeypatch):
    monkeypatch.chdir(folder)
    runs = list(load(["."]))
    assert ids(runs) == ["a/metrics.csv", "b/metrics.csv", "c.csv"]
    assert all(not source.startswith("/") for run in runs for source in run.sources)


def test_files_that_are_no_logs_are_passed_over_in_silence(folder):
    (folder / "train.py").write_text("print(1)\n")
    (folder / "README").write_text("Hello, world\nthis is, a text\n")
    (folder / "model.pt").write_bytes(bytes(1000))
    (folder / "args.yaml").write_text("lr: 0.1\n")
    (folder / "notes.txt").write_text("a, b\nc, d\n")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.csv").write_text("not,a\nlog,x\n")
    assert defects(load([folder])) == {}


def test_files_named_like_logs_that_are_none_are_reported(folder):
    (folder / "data.csv").write_text("name,age\nx,3\ny,4\n")
    (folder / "image.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (folder / "empty.csv").write_text("")
    (folder / "packed.csv").write_bytes(b"\x1f\x8b\x08" + bytes(50))
    (folder / "pointer.tsv").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    found = defects(load([folder]))
    assert set(found) == {"data.csv", "image.csv", "empty.csv", "packed.csv", "pointer.tsv"}
    assert "PNG image" in found["image.csv"]
    assert "empty file" in found["empty.csv"]
    assert "gzip" in found["packed.csv"]
    assert "git lfs pull" in found["pointer.tsv"]
    assert "measure" in found["data.csv"]


def test_a_file_named_itself_says_what_it_is(tmp_path):
    for name, content, word in [
        ("x.png", b"\x89PNG\r\n\x1a\n", "PNG image"),
        ("args.yaml", b"lr: 1\n", "configuration"),
        ("a.txt", b"hello\n", "a text that is no known log"),
        ("b.bin", bytes(range(256)), "binary data"),
        ("c", b"", "empty"),
    ]:
        (tmp_path / name).write_bytes(content)
        (defect,) = load([tmp_path / name])
        assert isinstance(defect, Defect)
        assert word in defect.what


def test_nothing_to_judge_is_said(tmp_path):
    assert defects(load([tmp_path])) == {tmp_path.name: "nothing to judge: an empty folder"}
    (tmp_path / "x.py").write_text("1\n")
    assert "no known log" in defects(load([tmp_path]))[tmp_path.name]


def test_pipes_are_never_opened(folder):
    os.mkfifo(folder / "pipe.csv")
    os.mkfifo(folder / "other")
    items = list(load([folder]))
    assert set(defects(items)) == {"pipe.csv"}
    assert len(ids(items)) == 3
    (defect,) = load([folder / "pipe.csv"])
    assert "pipe" in defect.what


def test_links_in_circles_and_out_of_the_folder(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.csv").write_text(LOG)
    (folder / "circle").symlink_to(folder)
    (folder / "again.csv").symlink_to(folder / "c.csv")
    (folder / "out").symlink_to(outside)
    (folder / "out.csv").symlink_to(outside / "secret.csv")
    (folder / "broken.csv").symlink_to(folder / "nowhere")
    items = list(load([folder]))
    assert ids(items) == ["a/metrics.csv", "b/metrics.csv", "c.csv"]
    assert set(defects(items)) == {"out", "out.csv"}


def test_a_folder_reached_through_a_link_keeps_its_name(folder, tmp_path_factory):
    link = tmp_path_factory.mktemp("links") / "latest"
    link.symlink_to(folder)
    assert ids(load([link])) == ["a/metrics.csv", "b/metrics.csv", "c.csv"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_no_utf8_are_shown_with_escapes(folder):
    bad = os.fsencode(folder) + b"/run\xff"
    os.mkdir(bad)  # noqa: PTH102 - a name in bytes
    with open(bad + b"/log.csv", "w") as stream:  # noqa: PTH123
        stream.write(LOG)
    assert r"run\xff/log.csv" in ids(load([folder]))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may read everything")
def test_unreadable_files_and_folders_are_reported(folder):
    (folder / "a" / "metrics.csv").chmod(0)
    (folder / "b").chmod(0)
    try:
        items = list(load([folder]))
    finally:
        (folder / "b").chmod(0o700)
    assert ids(items) == ["c.csv"]
    assert set(defects(items)) == {"a/metrics.csv", "b"}


def test_a_system_error_while_reading_is_a_defect(folder, monkeypatch):
    from logdoc.readers import discovery

    real = discovery.read_regular

    def failing(path, limit=None):
        if path.parent.name == "a":
            raise PermissionError(13, "Permission denied")
        return real(path, limit)

    monkeypatch.setattr(discovery, "read_regular", failing)
    items = list(load([folder]))
    assert ids(items) == ["b/metrics.csv", "c.csv"]
    assert defects(items) == {"a/metrics.csv": "the file could not be read: Permission denied"}


def test_a_reader_that_fails_costs_one_source_only(folder, monkeypatch):
    real = Format.read

    def failing(self, source):
        if source.id.startswith("b/"):
            raise ZeroDivisionError("boom")
        return real(self, source)

    monkeypatch.setattr(Format, "read", failing)
    items = list(load([folder]))
    assert ids(items) == ["a/metrics.csv", "c.csv"]
    (what,) = defects(items).values()
    assert "ZeroDivisionError: boom" in what
    assert [item.lost for item in items if isinstance(item, Defect)] == [True]


def test_loading_is_lazy(folder, monkeypatch):
    read = []
    real = Format.read
    monkeypatch.setattr(Format, "read", lambda self, source: read.append(source.id) or real(self, source))
    items = load([folder])
    next(items)
    assert read == ["a/metrics.csv"]


def test_a_format_that_is_told_is_used(tmp_path):
    (tmp_path / "odd.dat").write_text("loss\n1.0\n0.5\n")
    assert ids(load([tmp_path / "odd.dat"])) == []
    assert ids(load([tmp_path / "odd.dat"], format="delimited")) == ["odd.dat"]


def test_wrong_arguments_are_errors_at_once(tmp_path):
    with pytest.raises(ReadError, match="no such file"):
        load([tmp_path / "nowhere"])
    with pytest.raises(ConfigError, match="delimited"):
        load([tmp_path], format="abacus")


def test_registry_names_are_unique_and_load():
    names = [known.name for known in readers.FORMATS]
    assert len(set(names)) == len(names)
    assert all(known.sniff(b"", "x") is None for known in readers.FORMATS)


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"", "an empty file"),
        (bytes(10), "a file of zero bytes only"),
        (b"PK\x03\x04x", "a zip archive"),
        (b" {", "a JSON document"),
    ],
)
def test_bytes_are_described(head, what):
    assert describe_bytes(head) == what


def test_paths_can_always_be_encoded():
    assert shown_path(os.fsdecode(b"a\xff\xc3\xa9")) == r"a\xffé"


@given(
    st.sampled_from(
        [
            b"",
            b":W&B",
            b"{",
            b"[{",
            b"SQLite format 3\0",
            b"PAR1",
            b"step,loss\n",
            b'{"log_history": [',
            b"step 1 loss 0.5\n",
        ]
    ),
    st.binary(max_size=300),
)
def test_no_bytes_make_the_detection_fail(start, rest):
    for known in readers.FORMATS:
        for name in ("folder/wandb/run-20240101_000000-abcdefgh/files/output.log", "metrics/a.txt"):
            told = known.sniff(start + rest, name)
            assert told is None or (isinstance(told, str) and told)


def test_a_log_pasted_into_a_page_is_read_where_it_is_named_or_nothing_else_is_a_log(tmp_path):
    rows = "".join(f"Epoch {n:02} loss {3 / n:.4f} | train 3.{n}s\n" for n in range(1, 30))
    page = tmp_path / "run.md"
    page.write_text(f"# Runs\n\nThe first of them:\n\n```\n{rows}```\n")
    (tmp_path / "README.md").write_text("# A project\n\nTrain it for 5 epochs with a loss of 0.5, or 10.\n")
    for path in (tmp_path, page):
        (run,) = load([path])
        assert run.series["loss"].steps.tolist() == list(range(1, 30))
    (tmp_path / "train.log").write_text(rows)
    (run,) = load([tmp_path])
    assert run.sources == ("train.log",)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8", "gbk"])
def test_a_text_whose_rows_begin_late_is_found_in_any_encoding(tmp_path, encoding):
    talk = "Loading the shards \u8f7d\u5165\u6570\u636e\u4e2d of the corpus\n" * 120
    rows = "".join(f"step {n} loss {3 / n:.4f}\n" for n in range(1, 30))
    (tmp_path / "printed.txt").write_bytes((talk + rows).encode(encoding))

    (run,) = load([tmp_path])
    assert run.series["loss"].steps.tolist() == list(range(1, 30))
