from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from analyses import many, typical

from logdoc.errors import RenderError
from logdoc.report import write_report
from logdoc.report.forms import FORMS, Form
from logdoc.report.saving import write_pieces, write_text


@pytest.mark.parametrize("suffix", ["html", "htm", "md", "markdown", "json", "txt"])
def test_the_suffix_decides_the_form(tmp_path: Path, suffix: str) -> None:
    write_report(typical(), tmp_path / f"r.{suffix}")

    assert (tmp_path / f"r.{suffix}").stat().st_size > 500
    assert [p.name for p in tmp_path.iterdir()] == [f"r.{suffix}"]


def test_an_unknown_suffix_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"\.html"):
        write_report(typical(), tmp_path / "r.pdf")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="could not be written"):
        write_report(typical(), tmp_path / "nowhere" / "r.html")


def test_a_failing_disk_leaves_the_old_report_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.html"
    path.write_text("old")

    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(RenderError, match="No space left"):
        write_report(typical(), path)

    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["r.html"]


def test_every_form_has_suffixes_of_its_own_and_a_function_that_renders() -> None:
    suffixes = [suffix for form in FORMS for suffix in form.suffixes]

    assert len(suffixes) == len(set(suffixes))
    assert all(len(form.render(typical())) > 200 for form in FORMS)


def test_a_text_that_cannot_be_encoded_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    path.write_text("old")

    with pytest.raises(UnicodeEncodeError):
        write_text("\ud800", path)

    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["r.txt"]


def test_pieces_of_a_report_are_its_text() -> None:
    for form in FORMS:
        assert "".join(form.pieces_of(many(5))) == form.render(many(5)), form.name


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_lines_of_many_runs_are_written_as_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(Form, "render", lambda *_: pytest.fail("the whole text stood in memory"))

    write_report(many(20), tmp_path / f"r.{suffix}")

    with (tmp_path / f"r.{suffix}").open() as lines:
        assert sum(1 for _ in lines) > 20


def test_a_piece_that_cannot_be_made_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("old")

    def pieces() -> Iterator[str]:
        yield "new"
        raise MemoryError

    with pytest.raises(MemoryError):
        write_pieces(pieces(), path)

    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["r.jsonl"]


def test_a_pipe_is_written_to_and_nothing_takes_its_place(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    reader = os.open(tmp_path / "pipe.txt", os.O_RDONLY | os.O_NONBLOCK)
    write_text("text", tmp_path / "pipe.txt")

    assert os.read(reader, 100) == b"text"
    os.close(reader)
    assert [stat.S_ISFIFO(path.stat().st_mode) for path in tmp_path.iterdir()] == [True]


def test_a_pipe_that_nobody_reads_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(RenderError, match="could not be written"):
        write_text("text", tmp_path / "pipe.txt")


def test_a_link_to_a_device_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "full").symlink_to("/dev/full")

    write_text("text", tmp_path / "null")
    with pytest.raises(RenderError, match="No space left"):
        write_text("text", tmp_path / "full")

    assert all(path.is_symlink() for path in tmp_path.iterdir())


def test_a_device_that_is_not_there_is_not_made() -> None:
    with pytest.raises(RenderError, match="could not be written"):
        write_text("text", Path("/dev/no-such-device.txt"))
    assert not Path("/dev/no-such-device.txt").exists()


def test_a_name_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="could not be written"):
        write_text("text", tmp_path / "a\0.txt")
