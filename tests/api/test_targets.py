from __future__ import annotations

import json
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
