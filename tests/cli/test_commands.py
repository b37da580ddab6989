from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from logdoc.cli import run

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"


def test_a_fault_is_exit_code_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", str(SAMPLES / "letters-hot")]) == 1
    assert "learning rate too high" in capsys.readouterr().out


def test_a_healthy_run_is_exit_code_zero() -> None:
    assert run(["analyze", str(SAMPLES / "digits-cnn"), "-q"]) == 0


def test_a_warning_counts_only_when_asked_for() -> None:
    path = str(SAMPLES / "clouds-small-set")

    assert run(["analyze", path, "-q"]) == 0
    assert run(["analyze", path, "-q", "--fail-on", "warning"]) == 1
    assert run(["analyze", path, "-q", "--fail-on", "never"]) == 0


def test_nothing_to_judge_is_exit_code_three(tmp_path: Path) -> None:
    assert run(["analyze", str(tmp_path)]) == 3
    (tmp_path / "log.csv").write_text("epoch,loss\n0,1\n")
    assert run(["analyze", str(tmp_path)]) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze"],
        ["analyze", "/nowhere/at/all"],
        ["wibble"],
        ["analyze", ".", "--set", "x"],
        ["analyze", ".", "--fail-on", "sometimes"],
    ],
)
def test_wrong_usage_is_exit_code_two_and_never_a_traceback(
    arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert "Traceback" not in capfd.readouterr().err


def test_an_unknown_suffix_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", str(SAMPLES / "digits-cnn"), "-q", "-o", str(tmp_path / "report.pdf")]) == 2
    assert ".html" in capfd.readouterr().err


def test_an_unknown_suffix_is_refused_before_anything_is_read(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", str(SAMPLES / "digits-cnn"), "-o", "report.pdf"]) == 2
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(("name", "told"), [("notes.txt", "this is not JSON"), ("gone.json", "No such file")])
def test_what_is_no_saved_report_is_named(
    name: str, told: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("epoch 1\n")

    assert run(["render", str(tmp_path / name)]) == 2
    message = capfd.readouterr().err
    assert f"{name}: " in message
    assert told in message
    assert message.count(name) == 1


def test_the_tests_of_one_cause_can_be_run_as_those_of_one_rule(capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("data-not-shuffled", "loss-nan"):
        assert run(["rules", "test", name]) == 0
        assert "0 failed, of 1 rule or cause" in capfd.readouterr().out
    assert run(["rules", "test", "data-not-shufled"]) == 2
    assert "Did you mean 'data-not-shuffled'?" in capfd.readouterr().err


def test_reports_of_every_suffix_are_written(tmp_path: Path) -> None:
    outputs = [tmp_path / f"report.{suffix}" for suffix in ("html", "md", "json", "txt")]

    run(["analyze", str(SAMPLES / "letters-hot"), "-q", *(part for path in outputs for part in ("-o", str(path)))])

    assert all(path.stat().st_size > 1000 for path in outputs)


def test_a_saved_report_renders_without_the_logs(tmp_path: Path) -> None:
    run(["analyze", str(SAMPLES / "letters-hot"), "-q", "-o", str(tmp_path / "a.json"), "-o", str(tmp_path / "a.html")])

    assert run(["render", str(tmp_path / "a.json"), "-o", str(tmp_path / "b.html")]) == 0
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_inspect_shows_roles_and_what_was_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(SAMPLES / "digits-cnn")]) == 0

    out = capsys.readouterr().out
    assert "train.loss" in out
    assert "left out" in out


def test_inspect_shows_settings_of_the_program_beside_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log.csv").write_text("step,loss\n" + "".join(f"{i},{2 - 0.01 * i}\n" for i in range(50)))
    (tmp_path / "train.py").write_text("opt = Adam(net.parameters(),\n    lr=0.25)\nloss.backward()\n")

    assert run(["inspect", str(tmp_path)]) == 0
    assert "0.25 train.py:2" in " ".join(capsys.readouterr().out.split())
    assert run(["inspect", str(tmp_path), "--no-code"]) == 0
    assert "0.25" not in capsys.readouterr().out


def test_a_name_can_be_mapped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log.csv").write_text("step,wibble\n" + "".join(f"{i},{2 - 0.01 * i}\n" for i in range(50)))

    run(["inspect", str(tmp_path), "--map", "train.loss=wibble"])

    assert "train.loss" in capsys.readouterr().out


def test_rules_are_listed_shown_tested_and_validated(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "list"]) == 0
    assert run(["rules", "list", "--causes"]) == 0
    assert run(["rules", "show", "val-u-shape"]) == 0
    assert run(["rules", "test", "val-u-shape"]) == 0
    assert run(["rules", "validate"]) == 0
    assert "overfitting" in capsys.readouterr().out


def test_a_new_rule_passes_its_own_tests(tmp_path: Path) -> None:
    assert run(["rules", "new", "loss-my-own", "--rules", str(tmp_path)]) == 0
    assert run(["rules", "test", "loss-my-own", "--rules", str(tmp_path)]) == 0
    assert run(["rules", "new", "loss-my-own", "--rules", str(tmp_path)]) == 2


def in_process(arguments: list[str], **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "logdoc", *arguments], capture_output=True, env={**os.environ, **environment}
    )


def test_a_pipe_gets_no_escape_codes() -> None:
    done = in_process(["analyze", str(SAMPLES / "letters-hot")])

    assert b"\x1b" not in done.stdout


def test_no_color_wins_over_a_terminal() -> None:
    done = in_process(["analyze", str(SAMPLES / "letters-hot")], NO_COLOR="1", FORCE_COLOR="")

    assert b"\x1b[" not in done.stdout


def test_a_terminal_without_unicode_gets_ascii() -> None:
    done = in_process(["analyze", str(SAMPLES / "letters-hot")], PYTHONIOENCODING="ascii")

    assert done.returncode == 1
    assert done.stdout.isascii()


def test_the_words_of_a_log_never_command_the_terminal(tmp_path: Path) -> None:
    rows = "".join(f"{i},{2 - 0.001 * i}\n" for i in range(30))
    (tmp_path / "log.csv").write_text("step,loss \x1b]0;owned\x07[/foo] loss\n" + rows)

    done = in_process(["inspect", str(tmp_path)])

    assert b"\x1b" not in done.stdout
    assert b"\x07" not in done.stdout


def test_a_mapping_of_no_role_or_of_no_name_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log.csv").write_text("step,wibble\n0,1\n1,2\n2,3\n", encoding="utf-8")

    for command in ("analyze", "inspect"):
        assert run([command, str(tmp_path), "--map", "train.los=wibble"]) == 2
        assert "Did you mean 'train.loss'?" in capsys.readouterr().err
        assert run([command, str(tmp_path), "--map", "train.loss=wobble"]) == 2
        assert "no log read has a series 'wobble'. Near it are wibble." in capsys.readouterr().err


def test_roles_can_be_looked_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["roles", "learning rate"]) == 0
    shown = capsys.readouterr().out
    assert "train.lr" in shown
    assert "lr_group[group]" in shown
    assert "val.loss" not in shown

    assert run(["roles", "val.los"]) == 0
    assert run(["roles", "val.lsos"]) == 2
    assert "no role holds 'val.lsos'. Did you mean 'val.loss'?" in capsys.readouterr().err


def test_a_role_of_the_users_vocabulary_is_recognised_and_can_be_mapped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine" / "_vocabulary").mkdir(parents=True)
    roles = "roles:\n  physics.residual: {type: series, brief: How far the equation is off., names: [pde_residual]}\n"
    (tmp_path / "mine" / "_vocabulary" / "roles.yaml").write_text(roles, encoding="utf-8")
    (tmp_path / "log.csv").write_text("step,PDE_residual,other\n0,1,5\n1,2,5\n2,3,5\n", encoding="utf-8")
    with_mine = [str(tmp_path / "log.csv"), "--rules", str(tmp_path / "mine")]

    assert run(["inspect", *with_mine]) == 0
    assert "physics.residual" in capsys.readouterr().out
    assert run(["inspect", *with_mine, "--map", "physics.residual=other"]) == 0
    assert run(["roles", "equation", "--rules", str(tmp_path / "mine")]) == 0
    assert "pde_residual" in capsys.readouterr().out
    assert run(["inspect", str(tmp_path / "log.csv"), "--map", "physics.residual=other"]) == 2
