from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path

import pytest

from logdoc import api
from logdoc.cli import run
from logdoc.errors import ConfigError


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "runs" / "history.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"loss": [2 * 0.9**i for i in range(40)]}))
    return path


@pytest.mark.parametrize("asked", [".", "history.json", "*.json"], ids=["folder", "file", "pattern"])
def test_a_report_is_never_written_over_a_log_that_was_read(
    log: Path, asked: str, capfd: pytest.CaptureFixture[str]
) -> None:
    before = log.read_bytes()

    assert run(["analyze", str(log.parent / asked), "-o", str(log)]) == 2
    assert run(["compare", str(log), str(log.parent / asked), "-o", str(log)]) == 2

    assert "this is a log that was read" in capfd.readouterr().err
    assert log.read_bytes() == before
    assert [path.name for path in log.parent.iterdir()] == ["history.json"]


def test_a_table_is_never_written_over_a_log_that_was_read(log: Path) -> None:
    before = log.read_bytes()

    with pytest.raises(ConfigError, match="would be lost"):
        api.export(log.parent, log, to="jsonl")

    assert log.read_bytes() == before
    assert [path.name for path in log.parent.iterdir()] == ["history.json"]


def test_a_report_may_replace_an_older_report_beside_the_logs(log: Path) -> None:
    report = log.parent / "report.html"

    assert run(["analyze", str(log), "-q", "-o", str(report)]) == 0
    assert run(["analyze", str(log), "-q", "-o", str(report)]) == 0


def test_a_name_that_is_too_long_is_told_in_a_line(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", str(log), "-q", "-o", str(log.parent / ("a" * 300 + ".html"))]) == 2
    assert run(["export", str(log), "-o", str(log.parent / ("a" * 300 + ".csv"))]) == 2

    told = capfd.readouterr().err
    assert told.count("could not be written: File name too long") == 2
    assert "fault of logdoc" not in told
    assert [path.name for path in log.parent.iterdir()] == ["history.json"]


def test_a_baseline_is_never_written_over_a_log_that_was_read(log: Path) -> None:
    before = log.read_bytes()

    assert run(["analyze", str(log), "-q", "--write-baseline", str(log)]) == 2

    assert log.read_bytes() == before


def test_a_part_is_never_written_over_anything_but_a_part(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("".join(f'{{"step": {i}, "loss": {2 / (1 + i)}}}\n' for i in range(40)))
    before = log.read_bytes()

    assert run(["analyze", str(tmp_path), "-q", "--shard", "1/1", "-o", str(log)]) == 2
    assert log.read_bytes() == before
    assert run(["analyze", str(log), "-q", "--shard", "1/1", "-o", str(tmp_path / "part.jsonl")]) == 0
    assert run(["analyze", str(log), "-q", "--shard", "1/1", "-o", str(tmp_path / "part.jsonl")]) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no such names")
def test_a_log_whose_name_is_no_utf8_is_not_written_over(log: Path) -> None:
    odd = log.with_name(os.fsdecode(b"log\xff.json"))
    log.rename(odd)
    before = odd.read_bytes()

    assert run(["analyze", str(log.parent), "-q", "-o", str(odd)]) == 2

    assert odd.read_bytes() == before


def test_an_archive_is_not_written_over_by_a_table_of_what_is_in_it(log: Path) -> None:
    packed = log.with_name("runs.zip")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(log, "one/history.json")
    before = packed.read_bytes()

    with pytest.raises(ConfigError, match="would be lost"):
        api.export(log.parent, packed, to="csv")

    assert packed.read_bytes() == before


def test_a_dash_is_standard_output_for_a_table_too(
    log: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(log.parent)

    assert run(["export", str(log), "-o", "-"]) == 0

    assert capfd.readouterr().out.startswith("run,tag,step")
    assert [path.name for path in log.parent.iterdir()] == ["history.json"]
