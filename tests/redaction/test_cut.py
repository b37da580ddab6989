"""Half of a secret is known by no form, so that secrets are hidden before a text is cut, wherever that is done."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from logdoc import api
from logdoc.cli import run, terminal
from logdoc.pushing.card import card_of
from logdoc.readers.console.lines import line_kinds
from logdoc.redaction import FAR, cut
from logdoc.report.forms import FORMS

KEY = "hf_" + "aB3x" * 9
HALF = KEY[:12]  # of a secret that was cut, at least this would be seen


@pytest.mark.parametrize("most", [8, 24, 40, 80])
def test_a_secret_across_the_place_where_a_text_is_cut_is_hidden(most: int) -> None:
    text = f"{'x' * (most - 14)} {KEY} and more"
    assert len(cut(text, most)) <= most
    assert HALF not in cut(text, most)


def test_a_short_text_is_left_as_it_is_and_a_huge_one_is_looked_through_in_part() -> None:
    assert cut(KEY, 80) == KEY
    assert cut("y" * 10, 9) == "y" * 9
    assert cut("y" * (FAR + 10), FAR + 5) == "y" * FAR


def everything_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    shown = [form.render(api.analyze(folder, code=False)) for form in FORMS]
    for words in (["inspect", str(folder)], ["inspect", "--lines", str(folder)], ["analyze", "-v", str(folder)]):
        run([*words, "--quiet"] if words[0] == "analyze" else words)
        shown += capsys.readouterr()
    return "\n".join(shown)


def test_no_half_of_a_secret_in_long_names_and_cells_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{'layer.' * 10} {KEY}"  # cut at 80 characters in notes about the data
    cell = f"{'z' * 10} {KEY}"  # cut at 24 and at 40
    rows = "".join(f"{i},{2 / (1 + i)},{i if i != 7 else cell},{cell}{i % 2},{i}\n" for i in range(40))
    (tmp_path / "table.csv").write_text(f"step,loss,{name},said,{name}\n" + rows)
    lines = [{"step": i, "loss": 1 / (1 + i), name: None if i > 20 else float(i)} for i in range(40)]
    (tmp_path / "lines.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    crash = f"RuntimeError: {'y' * 170} {KEY} is no key\n"
    steps = "".join(f"step {i} loss {2 / (1 + i):.4f}\n" for i in range(30))
    talk = f"{'a' * 140} {KEY} 17\n"  # lines are shown up to 160 characters
    (tmp_path / "console.log").write_text(talk + steps + "Traceback (most recent call last):\n" + crash)

    assert HALF not in everything_shown(tmp_path, capsys)


def test_the_shape_of_a_line_shows_no_letters_of_a_secret(tmp_path: Path) -> None:
    line = "the password is hunter 2.5 x\npassword: abc-17.5-def\n"
    (tmp_path / "a.log").write_text(line + "".join(f"step {i} loss {2 / (1 + i):.4f}\n" for i in range(30)))
    kinds = line_kinds(tmp_path / "a.log")
    assert "step # loss #" in [kind.shape for kind in kinds]
    assert not any("abc-" in kind.shape + kind.example or "-def" in kind.shape + kind.example for kind in kinds)


def test_a_secret_that_would_stand_on_two_lines_of_the_terminal_is_hidden(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(terminal, "_width", lambda: 40)
    terminal.print_wrapped([f"  note  a.csv: {'word ' * 3}the password is opensesame now"])
    assert "opensesame" not in capsys.readouterr().out


def test_what_is_pushed_is_called_without_secrets(tmp_path: Path) -> None:
    (tmp_path / f"run {KEY}").mkdir()
    (tmp_path / f"run {KEY}" / "log.csv").write_text("step,loss\n" + "".join(f"{i},{2 / (1 + i)}\n" for i in range(40)))
    (tmp_path / "other.csv").write_text("step,loss\n" + "".join(f"{i},{2 / (1 + i)}\n" for i in range(40)))
    analysis = api.analyze(tmp_path, code=False)
    assert not any(HALF in str(card_of(analysis, one)) for one in analysis.runs)
