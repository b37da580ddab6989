"""`logdoc watch` as a process of its own, beside a program that writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAD = "epoch,loss,val_loss\n"
NOTE = """
import os, pathlib
pathlib.Path(os.environ["PLACE"]).write_text(os.environ["LOGDOC_RULE"] + os.environ["LOGDOC_RUN"])
"""


def started(*arguments: str, folder: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "logdoc", "watch", *arguments],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def rows(count: int) -> str:
    return "".join(f"{i},{2 * 0.9**i + 0.3:.5f},{2 * 0.9**i + 0.35:.5f}\n" for i in range(count))


def written_until(watch: subprocess.Popen[str], log: Path, text: str, tail: str) -> None:
    """Append to a log until the watch has ended."""
    end = time.monotonic() + 120
    log.write_text(text)
    while watch.poll() is None and time.monotonic() < end:
        with log.open("a") as file:
            file.write(tail)
        time.sleep(0.1)


def test_until_fail_ends_at_nan_with_1_and_the_program_of_exec_knows_what_it_is_about(tmp_path: Path) -> None:
    place, script = tmp_path / "called", tmp_path / "note.py"
    script.write_text(NOTE)
    (tmp_path / "runs").mkdir()
    call = f"{sys.executable} {script} '$(touch pwned)'"

    watch = started(
        "runs",
        "--interval",
        "0.1",
        "--until-fail",
        "--exec",
        call,
        "--format",
        "jsonl",
        folder=tmp_path,
        PLACE=str(place),
    )
    written_until(watch, tmp_path / "runs" / "log.csv", HEAD + rows(30), "31,nan,nan\n")
    said, noted = watch.communicate(timeout=30)

    told = [json.loads(line) for line in said.splitlines()]
    assert watch.returncode == 1, noted
    assert next(one["kind"] for one in told if one["kind"] != "waiting") == "running"
    assert "loss-nan" in [one["finding"]["id"] for one in told if one["kind"] == "alarm"]
    assert place.read_text().endswith("log.csv")
    assert not (tmp_path / "pwned").exists()


def test_a_watch_whose_parent_is_gone_looks_once_more_and_ends(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(HEAD + rows(30))
    watch = started("log.csv", "--interval", "30", "--until-eof", folder=tmp_path)
    assert watch.stdout is not None

    first = watch.stdout.readline()
    said, noted = watch.communicate(timeout=60)

    assert "running" in first
    assert said == ""
    assert watch.returncode == 0, noted


def test_until_fail_ends_with_0_when_every_run_has_ended(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEAD + rows(30))
    os.utime(log, (1.7e9, 1.7e9))

    said, noted = (watch := started("log.csv", "--until-fail", folder=tmp_path)).communicate(timeout=60)

    assert watch.returncode == 0, noted
    assert "ended" in said


def test_the_configuration_of_the_project_and_its_baseline_hold_for_a_watch_too(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEAD + rows(30) + "30,nan,nan\n31,nan,nan\n")
    os.utime(log, (1.7e9, 1.7e9))
    subprocess.run(
        [sys.executable, "-m", "logdoc", "analyze", "log.csv", "-q", "--write-baseline", "known.json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    (tmp_path / "logdoc.toml").write_text('baseline = "known.json"\n')

    known = (watch := started("log.csv", "--until-fail", folder=tmp_path)).communicate(timeout=60)[0]
    anyway = (new := started("log.csv", "--until-fail", "--no-config", folder=tmp_path)).communicate(timeout=60)[0]

    assert (watch.returncode, "ALARM" in known) == (0, False), known
    assert (new.returncode, "ALARM" in anyway) == (1, True), anyway


def test_a_configuration_that_is_none_ends_a_watch_at_once(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(HEAD + rows(3))
    (tmp_path / "logdoc.toml").write_text("wibble = 1\n")

    watch = started("log.csv", folder=tmp_path)

    assert "there is no setting 'wibble'" in watch.communicate(timeout=60)[1]
    assert watch.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["log.csv", "--interval", "inf"], "86400"),
        (["--exec", "'open"], "this is no command"),
        (["--exec", " "], "the command is empty"),
        (["--fail-on", "never"], "nothing to do"),
    ],
)
def test_options_that_make_no_sense_are_refused(arguments: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(HEAD + rows(3))

    watch = started("log.csv", *arguments, folder=tmp_path)

    assert said in watch.communicate(timeout=60)[1]
    assert watch.returncode == 2


def test_a_program_that_cannot_be_started_is_a_note_and_the_watch_goes_on(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(HEAD + rows(20) + "21,nan,nan\n")

    watch = started("log.csv", "--interval", "0.1", "--until-fail", "--exec", "./nowhere", folder=tmp_path)

    assert "could not start ./nowhere" in watch.communicate(timeout=60)[1]
    assert watch.returncode == 1
