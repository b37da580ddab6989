from __future__ import annotations

import dataclasses
import json
import math
import os
import time
from pathlib import Path

import pytest

from logdoc.api.watching import make_watcher
from logdoc.errors import ConfigError
from logdoc.model import RunAnalysis
from logdoc.readers import read_family
from logdoc.watching import Event
from tests.watching.growing import WRITERS, Values, healthy

START = time.time()  # the clock of the files is that of the machine
EPOCHS = 40


class Clock:
    """Time that passes when the test says so."""

    def __init__(self, folder: Path, **options: object) -> None:
        self.watcher = make_watcher([folder], **options)  # type: ignore[arg-type]
        self.now = START

    def poll(self, seconds: float = 5.0) -> list[Event]:
        self.now += seconds
        return self.watcher.poll(self.now)


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events]


def rows(values: list[Values], begin: int = 0) -> str:
    return "".join(f"{i},{loss},{val}\n" for i, (loss, val) in enumerate(values, begin))


HEAD = "epoch,loss,val_loss\n"


@pytest.mark.parametrize("name", list(WRITERS))
def test_a_healthy_run_that_is_being_written_is_running_and_raises_nothing(name: str, tmp_path: Path) -> None:
    clock = Clock(tmp_path, fail_on="warning")
    told: list[Event] = []

    for number, _ in enumerate(WRITERS[name](tmp_path, healthy(EPOCHS))):
        if number % 3 == 0:
            told += clock.poll()
    told += clock.poll()

    assert set(kinds(told)) <= {"running", "waiting"}, [event.line() for event in told]
    assert kinds(told).count("running") == 1
    assert set(clock.watcher.states.values()) == {"running"}


@pytest.mark.parametrize("name", list(WRITERS))
def test_nan_is_told_within_two_looks_whatever_the_format(name: str, tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    lost = 20
    values = healthy(EPOCHS)[:lost] + [(math.nan, math.nan)] * 6
    late: list[Event] = []
    before: list[Event] = []

    for number, _ in enumerate(WRITERS[name](tmp_path, values)):
        if number < lost:
            before += clock.poll() if number % 5 == 0 else []
    late += clock.poll()
    late += clock.poll()

    assert not any(event.is_alarm for event in before)
    alarms = [event for event in late if event.is_alarm]
    assert "loss-nan" in [event.finding.id for event in alarms if event.finding]
    assert "First: " in next(event.text for event in alarms if event.finding and event.finding.id == "loss-nan")


def test_three_points_are_running_and_never_too_short(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    (tmp_path / "config.json").write_text('{"epochs": 100}')
    (tmp_path / "log.csv").write_text(HEAD + rows(healthy(3)))
    os.utime(tmp_path / "log.csv", (START, START))

    told = clock.poll()

    assert kinds(told) == ["running"]
    assert "short" not in told[0].line()
    assert clock.poll() == []


def test_a_run_that_writes_no_more_is_judged_as_one_that_ended(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    (tmp_path / "log.csv").write_text(HEAD + rows(healthy(EPOCHS)))
    os.utime(tmp_path / "log.csv", (START, START))
    clock.poll()

    told = clock.poll(700)

    assert kinds(told) == ["ended"]
    assert "writes no more: healthy" in told[0].text


def test_nothing_new_for_too_long_is_an_alarm_only_where_it_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(HEAD + rows(healthy(EPOCHS)))
    os.utime(tmp_path / "log.csv", (START, START))
    asked, silent = Clock(tmp_path, stall_after=60.0), Clock(tmp_path)
    asked.poll(), silent.poll()

    assert "stalled" in kinds(asked.poll(120))
    assert "stalled" not in kinds(asked.poll(120))
    assert silent.poll(120) == []


def test_a_run_that_reached_its_plan_does_not_stall(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"epochs": EPOCHS}))
    (tmp_path / "log.csv").write_text(HEAD + rows(healthy(EPOCHS)))
    os.utime(tmp_path / "log.csv", (START, START))
    clock = Clock(tmp_path, stall_after=60.0)
    clock.poll()

    assert "stalled" not in kinds(clock.poll(120))


def test_a_run_that_writes_again_after_a_stall_runs_again(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEAD + rows(healthy(EPOCHS)))
    os.utime(log, (START, START))
    clock = Clock(tmp_path, stall_after=60.0)
    clock.poll()
    clock.poll(120)

    log.write_text(HEAD + rows(healthy(EPOCHS + 5)))

    assert "running" in kinds(clock.poll())


def test_an_alarm_is_over_when_the_finding_is_and_can_be_raised_again(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    clock = Clock(tmp_path)
    good, bad = healthy(30), [*healthy(30), *[(math.nan, math.nan)] * 3]
    log.write_text(HEAD + rows(good[:10]))
    os.utime(log, (START, START))
    told = [clock.poll()]

    for values in (bad, bad, good, good[:29], bad, bad):
        log.write_text(HEAD + rows(values) + " " * len(told))
        told.append([e for e in clock.poll() if e.finding is not None and e.finding.id == "loss-nan"])

    assert [kinds(events) for events in told[1:]] == [[], ["alarm"], [], ["over"], [], ["alarm"]]


def test_a_restart_from_an_earlier_step_and_a_rotated_file_are_told(tmp_path: Path) -> None:
    log = tmp_path / "metrics.csv"
    clock = Clock(tmp_path)
    log.write_text(HEAD + rows(healthy(20)))
    os.utime(log, (START, START))
    clock.poll()

    log.write_text(HEAD + rows(healthy(20)) + rows(healthy(20)[10:15], 10))
    resumed = clock.poll()
    log.rename(tmp_path / "metrics.csv.1")
    log.write_text(HEAD + rows(healthy(4)))
    rotated = clock.poll()

    assert [(e.kind, e.text) for e in resumed] == [("restart", "goes on from step 10")]
    assert [(e.kind, e.text) for e in rotated] == [("restart", "goes on from step 3")]


def test_a_new_file_is_a_new_run(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.csv").write_text(HEAD + rows(healthy(10)))
        os.utime(tmp_path / name / "log.csv", (START, START))
        told = clock.poll()
        assert [(event.kind, event.run) for event in told] == [
            ("running", f"{name}/log.csv"),
        ]


def test_runs_that_ended_before_the_watch_began_raise_no_alarm_beside_others(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.csv").write_text(HEAD + rows([*healthy(20), (math.nan, math.nan)]))
        os.utime(tmp_path / name / "log.csv", (START - (86400 if name == "old" else 0),) * 2)
    clock = Clock(tmp_path)

    told = clock.poll() + clock.poll()

    assert [(e.kind, e.run) for e in told if e.run == "old/log.csv"] == [("ended", "old/log.csv")]
    assert "alarm" in [e.kind for e in told if e.run == "new/log.csv"]


def test_a_look_at_what_has_not_changed_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "log.csv").write_text(HEAD + rows(healthy(10)))
    clock = Clock(tmp_path)
    clock.poll()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr(Path, "open", refuse)

    assert clock.poll() == []


def test_only_the_log_that_grew_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(family, program):  # type: ignore[no-untyped-def]
        read.append(family.id)
        return read_family(family, program)

    monkeypatch.setattr("logdoc.watching.watcher.read_family", counted)
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.csv").write_text(HEAD + rows(healthy(10)))
    clock = Clock(tmp_path)
    clock.poll()
    begun = sorted(read)
    for count in range(11, 16):
        (tmp_path / "b" / "log.csv").write_text(HEAD + rows(healthy(count)))
        clock.poll()
        clock.poll()  # nothing new: nothing is read

    assert begun == ["a/log.csv", "b/log.csv", "c/log.csv"]
    assert read[3:] == ["b/log.csv"] * 5


def test_what_is_accepted_or_known_raises_no_alarm(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(HEAD + rows([*healthy(30), *[(math.nan, math.nan)] * 3]))

    def known(run: RunAnalysis) -> RunAnalysis:
        return dataclasses.replace(run, findings=tuple(dataclasses.replace(f, known=True) for f in run.findings))

    plain, settled = Clock(tmp_path), Clock(tmp_path, mark=known)
    assert "alarm" in kinds(plain.poll()) + kinds(plain.poll())
    assert "alarm" not in kinds(settled.poll()) + kinds(settled.poll())


def test_a_document_that_stays_broken_is_told_once(tmp_path: Path) -> None:
    log = tmp_path / "history.json"
    whole = json.dumps({"loss": [v[0] for v in healthy(20)], "val_loss": [v[1] for v in healthy(20)]})
    log.write_text(whole)
    os.utime(log, (START, START))
    clock = Clock(tmp_path)
    told = clock.poll()

    for length in range(6):
        log.write_text(whole[: 60 + length])
        told += clock.poll()

    assert kinds(told) == ["running", "unreadable"]


def test_a_log_that_is_emptied_and_stays_so_is_told_after_three_looks(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEAD + rows(healthy(EPOCHS)))
    clock = Clock(tmp_path)
    assert kinds(clock.poll()) == ["running"]

    log.write_text("")

    assert [kinds(clock.poll()) for _ in range(5)] == [[], [], ["unreadable"], [], []]


def test_a_log_that_is_deleted_is_told_and_its_run_has_ended(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(HEAD + rows(healthy(EPOCHS)))
    (tmp_path / "other.csv").write_text(HEAD + rows(healthy(EPOCHS)))
    clock = Clock(tmp_path)
    clock.poll()

    (tmp_path / "log.csv").unlink()
    told = [event for _ in range(5) for event in clock.poll()]

    assert [(event.kind, event.run) for event in told] == [("unreadable", "log.csv")]
    assert clock.watcher.states == {"log.csv": "ended", "other.csv": "running"}

    (tmp_path / "log.csv").write_text(HEAD + rows(healthy(EPOCHS + 5)))
    assert kinds(clock.poll()) == ["running"]


def test_a_log_that_is_away_for_a_look_is_not_gone(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEAD + rows(healthy(EPOCHS)))
    clock = Clock(tmp_path)
    clock.poll()

    log.rename(tmp_path / "log.csv.1")
    assert "unreadable" not in kinds(clock.poll())
    log.write_text(HEAD + rows(healthy(EPOCHS + 5)))

    assert "unreadable" not in [kind for _ in range(5) for kind in kinds(clock.poll())]


def test_damage_that_stays_where_it_is_counts(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    lines = [json.dumps({"epoch": i, "train_loss": v[0], "val_loss": v[1]}) for i, v in enumerate(healthy(30))]
    lines[5] = '{"epoch": 5, "train'
    clock = Clock(tmp_path)

    for count in (20, 25, 30):
        log.write_text("\n".join(lines[:count]) + "\n")
        clock.poll()

    assert clock.watcher._logs[0].lost


@pytest.mark.parametrize("path", ["-", "s3://bucket/run"])
def test_what_cannot_be_followed_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match="only local"):
        make_watcher([path])


def test_log_text_is_harmless_in_every_form_of_an_event() -> None:
    event = Event("alarm", "run\x1b[31m\n", START, "text\x1b]0;x\x07", 3)

    for form in (event.line(), event.json_line(), *event.variables().values()):
        assert "\x1b" not in form
        assert "\n" not in form
