"""`logdoc demo`: logs for somebody who has none yet."""

from __future__ import annotations

from pathlib import Path

import pytest

import logdoc
from logdoc.api.demo import write_demo
from logdoc.cli import run


def test_the_three_logs_are_judged_as_they_are_called(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo")
    runs = {run.id.partition("/")[0]: run for run in logdoc.analyze(tmp_path / "demo").runs}

    assert {name: run.verdict for name, run in runs.items()} == {
        "diverging": "error",
        "healthy": "healthy",
        "overfits": "warning",
    }
    assert [runs[name].causes[0].id for name in ("diverging", "overfits")] == ["lr-too-high", "overfitting"]


def test_the_same_bytes_are_written_each_time(tmp_path: Path) -> None:
    first, second = write_demo(tmp_path / "a"), write_demo(tmp_path / "b")

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_nothing_that_is_there_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logdoc-demo").mkdir()
    (tmp_path / "logdoc-demo" / "mine.csv").write_text("step,loss\n")

    assert run(["demo"]) == 2
    assert "there is something already" in capsys.readouterr().err
    assert run(["demo", "other"]) == 0
    assert "logdoc analyze other" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "logdoc-demo").iterdir()] == ["mine.csv"]
