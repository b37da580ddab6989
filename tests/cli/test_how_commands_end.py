"""How calls end: with the exit code that the README promises, in one line, and with nothing left behind."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from logdoc.cli import run
from logdoc.resources import budget

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"
LOGDOC = (sys.executable, "-m", "logdoc")
ROWS = "".join(f"{i},{2 / (1 + 0.05 * i) + 0.01 * (i * 7 % 5):.4f}\n" for i in range(200))


def call(*arguments: str, **more) -> subprocess.CompletedProcess[str]:  # type: ignore[no-untyped-def]
    return subprocess.run([*LOGDOC, *arguments], text=True, stderr=subprocess.PIPE, timeout=60, **more)


def test_lost_data_have_an_exit_code_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("step,loss\n" + ROWS + "200,0.")
    assert run(["analyze", str(tmp_path), "-q"]) == 0
    assert run(["analyze", str(tmp_path), "-q", "--strict"]) == 4
    (tmp_path / "logdoc.toml").write_text("strict = true\n")
    assert run(["analyze", str(tmp_path), "-q", "--config", str(tmp_path / "logdoc.toml")]) == 4


def test_a_whole_log_is_fine_when_asked_strictly(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("step,loss\n" + ROWS)
    assert run(["analyze", str(tmp_path), "-q", "--strict"]) == 0


def test_a_file_that_belongs_to_no_run_counts_as_lost_when_asked_strictly(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("step,loss\n" + ROWS)
    (tmp_path / "other.csv").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert run(["analyze", str(tmp_path), "-q"]) == 0
    assert run(["analyze", str(tmp_path), "-q", "--strict"]) == 4


def test_nothing_to_judge_comes_before_lost_data_and_lost_data_before_findings(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("step,loss\n0,1\n1,2\n2,3\n3,")
    assert run(["analyze", str(tmp_path), "-q", "--strict"]) == 3
    rows = "".join(f"{i},{1 / (1 + i) if i < 40 else float('nan')}\n" for i in range(80))
    (tmp_path / "log.csv").write_text("step,loss\n" + rows + "80,0.")
    assert run(["analyze", str(tmp_path), "-q"]) == 1
    assert run(["analyze", str(tmp_path), "-q", "--strict"]) == 4


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ZeroDivisionError("boom"), "ZeroDivisionError: boom"),
        (
            budget.OverBudgetError("it took more than 10 s of processor time"),
            "this rule was stopped: it took more than",
        ),
    ],
    ids=["a fault", "too long"],
)
def test_a_rule_that_raises_is_an_error_of_its_own_and_the_others_are_judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, said: str
) -> None:
    evaluate = importlib.import_module("logdoc.engine.evaluate")
    real = evaluate._judge

    def failing(rule, seen, overrides, **how):  # type: ignore[no-untyped-def]
        if rule.rule.id == "loss-plateau":
            raise error
        return real(rule, seen, overrides, **how)

    monkeypatch.setattr(evaluate, "_judge", failing)
    assert run(["analyze", str(SAMPLES / "letters-hot"), "--no-cache"]) == 2
    out = capsys.readouterr().out
    assert said in " ".join(out.split())
    assert "learning rate too high" in out


def test_a_run_that_cannot_be_judged_costs_no_other_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from logdoc.judging import guarding

    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("step,loss\n" + ROWS)
    real = guarding.prepare

    def failing(found, judge):  # type: ignore[no-untyped-def]
        if found.id == "a.csv":
            raise error
        return real(found, judge)

    monkeypatch.setattr(guarding, "prepare", failing)
    error: BaseException = MemoryError()
    assert run(["analyze", str(tmp_path)]) == 0
    assert "there was not enough memory to judge it" in capsys.readouterr().out
    error = budget.OverBudgetError("it took more than 60 s of processor time")
    assert run(["analyze", str(tmp_path)]) == 0
    assert run(["analyze", str(tmp_path), "--strict"]) == 4
    assert "judging it was stopped: it took more than 60 s" in " ".join(capsys.readouterr().out.split())
    error = ZeroDivisionError("boom")
    assert run(["analyze", str(tmp_path)]) == 2
    assert "healthy" in capsys.readouterr().out


def test_a_thread_that_the_system_refuses_is_no_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(arguments: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("logdoc.cli._called", refused)

    assert run(["analyze", "x"]) == 2
    said = capsys.readouterr().err
    assert "a limit on threads" in said
    assert "fault of logdoc" not in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full device")
@pytest.mark.parametrize(
    "arguments",
    [
        ("analyze", str(SAMPLES / "digits-cnn")),
        ("analyze", str(SAMPLES / "digits-cnn"), "--format", "json"),
        ("export", str(SAMPLES / "digits-cnn")),
        ("inspect", str(SAMPLES / "digits-cnn")),
        ("rules", "list"),
        ("version",),
    ],
)
def test_an_output_that_cannot_be_written_is_one_line(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = call(*arguments, stdout=full)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == "logdoc: standard output cannot be written: No space left on device"
    assert "fault of logdoc" not in ended.stderr


@pytest.mark.skipif(os.name != "posix", reason="other systems close streams in another way")
def test_a_closed_output_is_one_line() -> None:
    ended = subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -m logdoc version >&-'], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 2
    assert ended.stderr == "logdoc: standard output cannot be written: Bad file descriptor\n"


@pytest.mark.skipif(os.name != "posix", reason="other systems tell it in another way")
@pytest.mark.parametrize(
    "arguments", [("rules", "list"), ("--help",), ("inspect", str(SAMPLES)), ("export", str(SAMPLES))]
)
def test_a_reader_of_the_output_that_goes_away_is_no_finding(arguments: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "logdoc", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        running.stdout.close()
        assert running.wait(timeout=60) == 0
        assert running.stderr is not None
        assert "Traceback" not in running.stderr.read()


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such signals")
def test_sigterm_leaves_no_scratch_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "runs.zip", "w") as archive:
        for i in range(300):
            archive.writestr(f"{i}.csv", "step,loss\n" + ROWS)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}
    report = tmp_path / "report.html"
    report.write_text("the old one")
    process = subprocess.Popen(
        [*LOGDOC, "analyze", str(tmp_path / "runs.zip"), "-q", "-o", str(report)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 30
    while not list(scratch.glob("logdoc-*/*/runs.zip/*")) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert told == "logdoc: stopped by SIGTERM; nothing was written\n"
    assert list(scratch.iterdir()) == []
    assert report.read_text() == "the old one"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound the address space")
@pytest.mark.parametrize("mebibytes", [60, 100, 150, 165, 180, 190, 200, 215, 230, 300, 400])
def test_too_little_memory_is_never_exit_code_one(mebibytes: int) -> None:
    ended = subprocess.run(
        [
            "/bin/sh",
            "-c",
            f'ulimit -v {mebibytes * 1024}; "{sys.executable}" -m logdoc analyze "{SAMPLES / "digits-cnn"}"',
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode in {0, 2, 3}, ended.stderr
    assert ended.returncode != 2 or ended.stderr.startswith("logdoc: ")


@pytest.mark.parametrize("kind", ["ImportError", "DeprecationWarning", "TypeError"])
def test_a_library_that_is_not_there_is_never_exit_code_one(tmp_path: Path, kind: str) -> None:
    (tmp_path / "typer.py").write_text(f"raise {kind}('typer is broken')\n")
    path = os.pathsep.join([str(tmp_path), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    ended = call("version", env={**os.environ, "PYTHONPATH": path})
    assert ended.returncode == 2
    assert "typer is broken" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_closed_input_is_an_empty_log(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m logdoc analyze - <&-"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "fault of logdoc" not in done.stderr


def test_a_complaint_that_cannot_be_written_is_never_exit_code_one() -> None:
    # Without a buffer nothing is left to be written when Python ends; users have one.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    for wrong in ("inspect /nowhere.csv", "watch /nowhere --interval x"):
        call = ["sh", "-c", f"{sys.executable} -m logdoc {wrong} 2>/dev/full"]
        assert subprocess.run(call, check=False, env=environ).returncode == 2


def test_a_comparison_that_could_not_be_written_is_refused_before_it_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("old", "new"):
        (tmp_path / f"{name}.csv").write_text("step,loss\n" + ROWS)
    code = run(["compare", str(tmp_path / "old.csv"), str(tmp_path / "new.csv"), "-o", str(tmp_path / "report.docx")])
    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert "no report has the suffix '.docx'" in told.err
