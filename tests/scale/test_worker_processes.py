"""Several processes say what one says, and one that dies costs its family."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import logdoc
from logdoc.model import Progress
from logdoc.scale import processes

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_logs"
# A worker that ends itself where it meets a family whose name holds BAD; with a file to leave, only the first time.
DYING = """
import os, sys
from pathlib import Path
import logdoc.scale.worker as worker
real = worker.judge_family
mark = {mark!r}
def judge_family(family, *rest):
    if "BAD" in family.id and not (mark and Path(mark).exists()):
        if mark:
            Path(mark).touch()
        {death}
    return real(family, *rest)
worker.judge_family = judge_family
worker.main()
"""

WAITING = "import sys, time; sys.stdin.readline(); print('ready', flush=True); time.sleep(99)"


def dying(monkeypatch: pytest.MonkeyPatch, death: str, mark: str = "") -> None:
    code = DYING.format(death=death, mark=mark)
    real = subprocess.Popen

    def start(command: list[str], **options: object) -> object:
        return real([command[0], "-c", code], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(processes.subprocess, "Popen", start)


def test_reports_are_the_same_to_the_byte_with_any_number_of_processes() -> None:
    alone = logdoc.analyze(SAMPLES).to_json()

    assert logdoc.analyze(SAMPLES, jobs=3).to_json() == alone


def test_options_groups_and_defects_are_the_same(runs: Path) -> None:
    options = {
        "settings": {"lr-sweep-best.differ": 0.01},
        "mapping": {"train.loss": "train/loss"},
        "ignore": ["loss-stuck"],
    }

    alone = logdoc.analyze([runs, runs / "a"], **options)  # type: ignore[arg-type]
    several = logdoc.analyze([runs, runs / "a"], jobs=2, **options)  # type: ignore[arg-type]

    assert alone.groups
    assert alone.defects
    assert several.to_json() == alone.to_json()
    assert several.groups == alone.groups


def test_progress_counts_every_log_and_run_of_every_process(runs: Path) -> None:
    told: list[Progress] = []

    logdoc.analyze(runs, jobs=2, progress=told.append)

    assert told[0] == Progress(6, 0, 0)
    assert (told[-1].read, told[-1].judged) == (6, 5)
    assert [one.judged for one in told] == sorted(one.judged for one in told)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_a_run_that_kills_its_process_twice_is_told_and_the_others_are_judged(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = logdoc.analyze(runs)
    dying(monkeypatch, "os.kill(os.getpid(), 9)")

    found = logdoc.analyze(runs, jobs=2)

    assert [run.id for run in found.runs] == [run.id for run in alone.runs if "BAD" not in run.id]
    assert [run for run in alone.runs if "BAD" not in run.id] == list(found.runs)
    (defect,) = [defect for defect in found.defects if "BAD" in defect.source]
    assert defect.lost
    assert "was ended by signal SIGKILL; the system does so when memory runs out, twice" in defect.what


def test_a_process_that_ends_once_costs_nothing(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = logdoc.analyze(runs).to_json()
    dying(monkeypatch, "os._exit(7)", mark=str(tmp_path / "was-there"))

    found = logdoc.analyze(runs, jobs=2).to_json()

    assert (tmp_path / "was-there").exists()
    assert found == alone


@pytest.mark.parametrize("command", [["-c", "raise SystemExit(3)"], ["-c", "print('ready'); print('[nonsense')"]])
def test_where_processes_cannot_work_the_runs_are_judged_here_or_told(
    runs: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    real = subprocess.Popen
    monkeypatch.setattr(processes.subprocess, "Popen", lambda given, **rest: real([given[0], *command], **rest))

    found = logdoc.analyze(runs, jobs=2)

    assert len(found.runs) + sum("BAD" in d.source or "/log.csv" in d.source for d in found.defects) == 5


def test_few_runs_are_judged_here_and_many_by_as_many_processes_as_there_are_cores(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from logdoc.readers import survey
    from logdoc.readers.places import Scratch
    from logdoc.readers.survey import Family

    few = [entry for entry in survey([runs], None, Scratch()) if isinstance(entry, Family)]
    monkeypatch.setattr(processes, "cores", lambda: 4)

    assert processes.jobs_for(few, None) == 1
    assert processes.jobs_for(few * 10, None) == 3
    assert processes.jobs_for(few * 100, None) == 4
    assert processes.jobs_for(few, 64) == 6


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_every_process(runs: Path, tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell may have it ignored
        "from logdoc.scale import processes\n"
        "real = subprocess.Popen\n"
        "def start(command, **rest):\n"
        f"    made = real([command[0], '-c', {WAITING!r}], **rest)\n"
        f"    open({str(tmp_path / 'pids')!r}, 'a').write(f'{{made.pid}}\\n')\n"
        "    return made\n"
        "processes.subprocess.Popen = start\n"
        "from logdoc.cli import run\n"
        f"sys.exit(run(['analyze', {str(runs)!r}, '--jobs', '2', '--no-config']))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE)
    pids = tmp_path / "pids"
    deadline = time.monotonic() + 60
    while (not pids.exists() or len(pids.read_text().split()) < 2) and time.monotonic() < deadline:
        time.sleep(0.05)

    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 130
    assert b"Traceback" not in said
    for pid in map(int, pids.read_text().split()):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
