from __future__ import annotations

import sys
from pathlib import Path

import pytest

import logdoc
from logdoc.cli import progress
from logdoc.model import Progress
from logdoc.readers import discovery

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"


def test_an_analysis_tells_how_far_it_is() -> None:
    told: list[Progress] = []
    logdoc.analyze([SAMPLES / "letters-hot", SAMPLES / "digits-cnn"], progress=told.append)

    assert told[0] == Progress(2, 0, 0)
    assert (told[-1].read, told[-1].judged) == (2, 2)
    assert [one.read for one in told] == sorted(one.read for one in told)
    assert {one.run for one in told if one.run} == {"letters-hot", "digits-cnn"}


def test_the_search_for_logs_tells_how_far_it_is_before_the_first_is_read(tmp_path: Path) -> None:
    for number in range(discovery.TELL_AFTER * 2 + 1):
        (tmp_path / f"{number:03}.txt").write_text("no log", encoding="utf-8")
    (tmp_path / "log.csv").write_text("step,loss\n" + "".join(f"{i},{i}\n" for i in range(9)), encoding="utf-8")
    told: list[Progress] = []

    logdoc.analyze(tmp_path, progress=told.append)

    assert told[:2] == [Progress(0, 0, 0, listed=discovery.TELL_AFTER * count) for count in (1, 2)]
    assert told[2] == Progress(1, 0, 0)


def test_no_bar_is_shown_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    with progress.shown(quiet=False) as moved:
        assert moved is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("CI", "true")
    with progress.shown(quiet=False) as moved:
        assert moved is None


def test_a_bar_shows_counts_and_a_harmless_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress.shown(quiet=False) as moved:
        assert moved is not None
        moved(Progress(3, 1, 1, "run \x1b]0;owned\x07"))
    shown = capsys.readouterr()

    assert "1/3" in shown.err
    assert "1 judged" in shown.err
    assert "\x1b]0;" not in shown.err
    assert shown.out == ""


def test_a_bar_shows_that_logs_are_looked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with progress.shown(quiet=False) as moved:
        assert moved is not None
        moved(Progress(0, 0, 0, listed=64))

    assert "looking for logs" in capsys.readouterr().err
