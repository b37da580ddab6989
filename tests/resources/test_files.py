"""Files that somebody names: none is waited for, and a folder of rules has an end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from logdoc.errors import LogdocError
from logdoc.resources import files, walk
from logdoc.resources.store import remembered

LOG = "step,loss\n" + "".join(f"{i},{2 / (1 + 0.05 * i):.4f}\n" for i in range(60))


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_a_pipe_without_a_writer_and_a_device_are_refused_at_once(pipe: Path) -> None:
    for path in (pipe, Path("/dev/zero"), pipe.parent):
        with pytest.raises(OSError, match="no file"):
            files.read_bytes(path)


def test_a_file_beyond_the_bound_is_refused_without_being_read(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 11)
    assert files.read_bytes(tmp_path / "large", most=11) == b"x" * 11
    with pytest.raises(OSError, match="more than 10 bytes"):
        files.read_bytes(tmp_path / "large", most=10)


def test_a_pipe_that_the_shell_opened_for_us_is_read_to_its_end() -> None:
    code = "from logdoc.resources.files import read_text; print(len(read_text('/dev/stdin')))"
    text = "x\r\n" * 100_000
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], input=text.encode(), stdout=subprocess.PIPE, cwd=root, timeout=60, check=True
    )
    assert int(done.stdout) == 200_000


@pytest.mark.parametrize("option", ["--answers", "--baseline", "--config"])
def test_a_pipe_as_an_option_is_a_sentence_and_not_waited_for(pipe: Path, option: str) -> None:
    (pipe.parent / "log.csv").write_text(LOG)
    done = subprocess.run(
        [sys.executable, "-m", "logdoc", "analyze", str(pipe.parent / "log.csv"), option, str(pipe)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "pipe: " in done.stderr


def test_a_pipe_as_a_report_is_a_sentence_and_not_waited_for(pipe: Path) -> None:
    from logdoc.api import load_report

    with pytest.raises(LogdocError, match="a pipe"):
        load_report(pipe)


def test_a_folder_of_rules_with_links_in_circles_is_walked_once(tmp_path: Path) -> None:
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "a.yaml").write_text("x")
    for name in ("one", "two"):
        (tmp_path / "loss" / name).symlink_to("..")
    assert [path for path, _ in walk(tmp_path, ".yaml")] == ["loss/a.yaml"]
    assert remembered("test", [tmp_path], lambda: 5) == 5  # the digest of the folder ends, too


def test_a_pipe_in_a_folder_of_rules_is_a_fault_with_its_place(tmp_path: Path) -> None:
    from logdoc.api import load_rules

    for folder in ("loss", "_vocabulary"):
        (tmp_path / folder).mkdir()
        os.mkfifo(tmp_path / folder / "roles.yaml")
    with pytest.raises(LogdocError) as caught:
        load_rules([tmp_path])
    assert f"{tmp_path.name}/loss/roles.yaml: the file cannot be read: it is a pipe" in str(caught.value)
    assert "_vocabulary/roles.yaml: the file cannot be read: it is a pipe" in str(caught.value)
