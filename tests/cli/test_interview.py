"""The interview on a terminal: asked only where there is one, remembered beside the report, and used again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from logdoc.api.answers import read_answers, write_answers
from logdoc.cli import asking
from logdoc.cli.app import app
from logdoc.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A classifier that stays at chance."""
    rows = [f"{i},{2.303 + 0.01 * (-1) ** i},{2.304 + 0.002 * (-1) ** i},{0.1 + 0.001 * (i % 3)}" for i in range(40)]
    place = tmp_path / "history.csv"
    place.write_text("\n".join(["epoch,loss,val_loss,val_accuracy", *rows]) + "\n", encoding="utf-8")
    (tmp_path / "config.json").write_text('{"num_classes": 10, "optimizer": "sgd", "lr": 0.01}', encoding="utf-8")
    return place


def test_without_a_terminal_nothing_is_asked(log: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["analyze", str(log), "--ask", "-o", str(tmp_path / "r.json")])

    assert "there is no terminal" in done.stderr
    assert not (tmp_path / "r.answers.yaml").exists()


def test_answers_are_kept_beside_the_report_and_used_again(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    for stream in ("stdin", "stderr"):
        monkeypatch.setattr(getattr(asking.sys, stream), "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "9")
    said = iter(["nonsense", "1", "0", ""])
    monkeypatch.setattr("builtins.input", lambda _: next(said))
    report = tmp_path / "r.json"

    found = asking.gathered([str(log)], ask=True, file=None, targets=[report])

    kept = tmp_path / "r.answers.yaml"
    assert list(found.values())[1] == "unknown"
    assert read_answers(kept) == found
    assert asking.gathered([str(log)], ask=False, file=kept, targets=[]) == found


def test_explain_shows_what_answers_moved(log: Path, tmp_path: Path) -> None:
    write_answers(tmp_path / "a.yaml", {"labels-looked-at": "mismatch"})

    done = CliRunner().invoke(app, ["explain", str(log), "labels-wrong", "--answers", str(tmp_path / "a.yaml")])

    assert done.exit_code == 0, done.output
    assert "What your answers moved" in done.stdout
    assert "labels-looked-at" in done.stdout


@pytest.mark.parametrize("text", ["answers: [1]", "- a", "answers: {a: [1]}", "answers: {a: b"])
def test_a_file_that_holds_no_answers_is_refused(text: str, tmp_path: Path) -> None:
    place = tmp_path / "a.yaml"
    place.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match="answers"):
        read_answers(place)


def test_a_file_that_is_not_there_is_refused_unless_it_is_to_be_written(tmp_path: Path, log: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        asking.gathered([str(log)], ask=False, file=tmp_path / "none.yaml", targets=[])
