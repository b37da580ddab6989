"""One look after the other at logs that grow: what changed is read and judged again, and what is new is told.

A run whose log changed lately is running: its end cannot be judged, and half a record at the end of its file is no
damage. Once nothing has come for a while, or the program said that it ended, it is judged as `logdoc analyze` would.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from logdoc.judging import prepare
from logdoc.judging.pipeline import judge_run
from logdoc.model import Defect, Fact, Run
from logdoc.readers import Family, UniqueIds, read_family, survey
from logdoc.readers.companion import closed
from logdoc.readers.places import Scratch
from logdoc.signals.remembering import forget
from logdoc.watching.alarms import Alarms
from logdoc.watching.events import Event, told
from logdoc.watching.stamps import Stamp, look, roots_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from logdoc.judging import Judge
    from logdoc.model import Cause, Finding, ProgramText, RunAnalysis
    from logdoc.readers import Format

State = Literal["running", "quiet", "ended"]
QUIET_AFTER = 600.0  # seconds without a new byte after which a run is judged as one that has ended
_STEP_EVERY = 600.0  # seconds between two lines about how far a run is
_MOST_MISSES = 3  # looks in a row at which nothing could be read of what was readable before
_NEAR_END = 0.95  # of the plan: as for a run that was cut short, some loops leave the last evaluation out
_ALARMING = {"error": ("error",), "warning": ("error", "warning"), "info": ("error", "warning", "info")}
_RUNNING = {"log.ending": Fact("running", "the log still grows")}


@dataclass(slots=True)
class _Log:
    """The files of one run, or of several in one file, as they were when they were read last."""

    family: Family
    stamps: Mapping[Path, Stamp]
    changed_at: float
    runs: list[Run] = field(default_factory=list)
    lost: frozenset[tuple[str, str, str]] = frozenset()  # what was damaged when it was looked at last
    misses: int = 0
    refused: str = ""  # what was said of it when nothing could be read


@dataclass(slots=True)
class _Known:
    """What has been told of one run."""

    state: State
    alarms: Alarms = field(default_factory=Alarms)
    causes: tuple[Cause, ...] = ()
    restarts: int = 0
    step: int | None = None
    planned: float | None = None
    told_at: float = 0.0
    stalled: bool = False
    files: tuple[Path, ...] = ()
    absent: int = 0  # looks in a row at which none of its files was there


class Watcher:
    """Follows every run below paths.

    Args:
        paths: files, folders or patterns; what is not there yet is waited for.
        judge: of the rule base.
        fail_on: the least severity that is an alarm; findings from warning on are told in any case.
        stall_after: seconds without a new byte that are an alarm, unless the run reached its plan; None: never.
        format: read everything as this format.
        program: text of the training program; None looks beside each log.
        mark: marks in the judgement of a run what is accepted or known; such findings are told no more.
    """

    def __init__(
        self,
        paths: Sequence[Path | str],
        judge: Judge,
        *,
        fail_on: str = "error",
        stall_after: float | None = None,
        format: Format | None = None,  # noqa: A002 - the name of the option
        program: tuple[ProgramText, ...] | None = None,
        mark: Callable[[RunAnalysis], RunAnalysis] | None = None,
    ) -> None:
        self._mark = mark
        self._paths, self._format, self._program = list(paths), format, program
        self._ended_judge = judge
        self._running_judge = dataclasses.replace(judge, given={**judge.given, **_RUNNING})
        self._sure = frozenset(r.rule.id for r in judge.rules.rules if {"numerics", "fact"} & set(r.rule.tags))
        self._logging = judge.logging_rules
        self._alarming = frozenset(_ALARMING[fail_on])
        self._stall_after = stall_after
        self._quiet_after = min(QUIET_AFTER, stall_after) if stall_after else QUIET_AFTER
        self._stamps: dict[Path, Stamp] = {}
        self._logs: list[_Log] = []
        self._runs: dict[str, _Known] = {}
        self._scratch = Scratch()
        self._first = True
        self._waiting = False
        self.read_anything = False  # at the last look

    @property
    def states(self) -> dict[str, State]:
        """Run -> whether it is running, quiet, or has ended."""
        return {name: known.state for name, known in self._runs.items()}

    @property
    def raised(self) -> dict[str, tuple[Finding, ...]]:
        """Run -> the findings that hold now."""
        return {name: tuple(known.alarms.raised.values()) for name, known in self._runs.items() if known.alarms.raised}

    def poll(self, now: float) -> list[Event]:
        """Look once, at `now` seconds since the epoch, and return what is new. Nothing is opened where nothing grew."""
        stamps = look(roots_of(self._paths))
        events: list[Event] = []
        if stamps != self._stamps or self._first:
            fresh = self._changed(stamps, now)
            self._stamps = stamps
            events += self._looked_at(fresh, now)
        else:
            fresh = []
        self.read_anything = bool(fresh)
        for log in self._logs:
            if log not in fresh:
                events += self._unchanged(log, now)
        events += self._gone(now)
        if not self._logs and not self._waiting:
            self._waiting = True
            events.append(Event("waiting", ", ".join(map(str, self._paths)), now, "no log there yet"))
        self._first = False
        return events

    def _changed(self, stamps: dict[Path, Stamp], now: float) -> list[_Log]:
        """Bring the list of logs up to date and return those that have to be read again."""
        if stamps.keys() != self._stamps.keys() or self._unread(stamps):
            known = {_files(log.family): log for log in self._logs}
            entries = survey(roots_of(self._paths), self._format, self._scratch)
            families = [entry for entry in entries if isinstance(entry, Family)]
            self._logs = [known.get(_files(one)) or _Log(one, {}, 0.0) for one in families]
            for log, family in zip(self._logs, families, strict=True):
                log.family = family
        owned = {path for log in self._logs for path in _files(log.family)}
        fresh: list[_Log] = []
        for log in self._logs:
            files = set(_files(log.family))
            folders = {path.parent for path in files}
            mine = {p: s for p, s in stamps.items() if p in files or (p.parent in folders and p not in owned)}
            if mine == log.stamps:
                continue
            written = max((s.changed for p, s in mine.items() if p in files), default=0) / 1e9
            # The clock of a shared disk may not be ours: only the first look has to believe it.
            log.changed_at = min(written, now) if self._first else now
            log.stamps = mine
            fresh.append(log)
        return fresh

    def _unread(self, stamps: dict[Path, Stamp]) -> bool:
        """Whether a file grew that belongs to no log so far: an empty file has become one."""
        owned = {path for log in self._logs for path in _files(log.family)}
        return any(stamp != self._stamps.get(path) for path, stamp in stamps.items() if path not in owned)

    def _looked_at(self, fresh: Sequence[_Log], now: float) -> list[Event]:
        events: list[Event] = []
        for log in fresh:
            items = read_family(log.family, self._program)
            runs = [item for item in items if isinstance(item, Run)]
            if not any(run.readable for run in runs):
                # A document that is written anew is cut for a moment.
                log.refused = "; ".join(item.what for item in items if isinstance(item, Defect)) or "nothing in it"
                events += self._missed(log, now)
                continue
            log.misses, log.runs = 0, runs
        ids = UniqueIds()
        for log in self._logs:
            log.runs = [dataclasses.replace(run, id=ids.of(run.id)) for run in log.runs]
            if log in fresh and not log.misses:
                for run in log.runs:
                    events += self._judged(log, run, now)
                log.lost = frozenset(_key(d) for run in log.runs for d in run.defects if d.lost)
        return events

    @staticmethod
    def _missed(log: _Log, now: float) -> list[Event]:
        """Count a look at which nothing could be read, and tell the last that is waited for."""
        log.misses += 1
        return [Event("unreadable", log.family.id, now, log.refused)] if log.misses == _MOST_MISSES else []

    def _gone(self, now: float) -> list[Event]:
        """Tell which runs have no file any more; a log that is rotated may be away for a look."""
        events: list[Event] = []
        there = {run.id for log in self._logs for run in log.runs}
        for name, known in self._runs.items():
            if known.state != "running" or name in there:
                known.absent = 0
                continue
            known.absent += 1
            if known.absent == _MOST_MISSES:
                known.state = "ended"
                if not any(file in self._stamps for file in known.files):  # else it goes on under another name
                    events.append(Event("unreadable", name, now, "its log is not there any more", known.step))
        return events

    def _unchanged(self, log: _Log, now: float) -> list[Event]:
        """Confirm what needs no new data, and see whether a run went quiet."""
        events: list[Event] = self._missed(log, now) if log.misses else []
        for run in log.runs:
            known = self._runs.get(run.id)
            if known is None or known.state != "running":
                continue
            events += [self._raised(run.id, known, finding, now) for finding in known.alarms.unchanged(self._sure)]
            silent = now - log.changed_at
            if silent >= self._quiet_after:
                events += self._judged(log, run, now)
                done = known.planned is not None and known.step is not None and known.step >= _NEAR_END * known.planned
                if done:
                    known.state = "ended"
                elif self._stall_after is not None and silent >= self._stall_after and not known.stalled:
                    known.stalled = True
                    text = f"nothing new for {silent:,.0f} seconds"
                    events.append(Event("stalled", run.id, now, text, known.step))
        return events

    def _judged(self, log: _Log, run: Run, now: float) -> list[Event]:
        """Judge one run and return what is new about it."""
        ended = any(defect.ended for defect in run.defects) or any(closed(f.parent) for f in _files(log.family)[:1])
        state: State = "ended" if ended else "running" if now - log.changed_at < self._quiet_after else "quiet"
        running = state == "running"
        seen = prepare(
            _settled(run, log.lost) if running else run, self._running_judge if running else self._ended_judge
        )
        analysis = judge_run(run, seen, self._running_judge if running else self._ended_judge)
        analysis = self._mark(analysis) if self._mark is not None else analysis
        planned = seen.facts["meta.planned_end"].value if "meta.planned_end" in seen.facts else None
        seen.memo.clear()
        forget()
        before = self._runs.get(run.id)
        known = self._runs.setdefault(run.id, _Known(state))
        known.files = _files(log.family)
        known.planned = float(planned) if isinstance(planned, int | float) else None
        known.causes = analysis.causes
        events = self._moved(run, analysis, known, before is None, state, now)
        if before is None and not running and len(self._logs) > 1:
            return events  # of many runs those that ended before the watch began are told, and raise no alarm
        firing = {
            f.id: f
            for f in analysis.findings
            if f.counts and f.severity in ("error", "warning", *self._alarming) and f.id not in self._logging
        }
        new, over = known.alarms.evaluated(firing, final=not running)
        events += [self._raised(run.id, known, finding, now) for finding in new]
        events += [
            Event("over", run.id, now, f"[{f.id}] no longer holds: {f.title}", known.step, finding=f) for f in over
        ]
        return events

    def _moved(
        self, run: Run, analysis: RunAnalysis, known: _Known, new: bool, state: State, now: float
    ) -> list[Event]:
        """Return how far a run has come, where that is worth a line."""
        span = run.step_range
        step = None if span is None else span[1]
        last, known.step = known.step, step
        events: list[Event] = []
        if not new and (len(run.restarts) > known.restarts or (step is not None and last is not None and step < last)):
            at = run.restarts[-1] if len(run.restarts) > known.restarts else step
            events.append(Event("restart", run.id, now, f"goes on from step {at:,}", step))
        known.restarts = len(run.restarts)
        was, known.state = known.state, state
        if state == "running" and (new or was != "running"):
            known.told_at, known.stalled = now, False
            told_now = (
                f"{analysis.format}, at step {step:,}" if step is not None else f"{analysis.format}, no value yet"
            )
            events.append(Event("running", run.id, now, told_now, step))
        elif state == "running" and now - known.told_at >= _STEP_EVERY and step != last:
            known.told_at = now
            events.append(Event("step", run.id, now, f"at step {step:,}" if step is not None else "", step))
        elif state != "running" and (new or was == "running"):
            words = "ended" if state == "ended" else "writes no more"
            events.append(Event("ended", run.id, now, f"{words}: {analysis.verdict}. {analysis.headline}", step))
        return events

    def _raised(self, run: str, known: _Known, finding: Finding, now: float) -> Event:
        cause = next((c for c in known.causes if finding.id in c.explains), None)
        kind: Literal["alarm", "finding"] = "alarm" if finding.severity in self._alarming else "finding"
        return Event(kind, run, now, told(finding, cause), known.step, finding=finding, cause=cause)


def _files(family: Family) -> tuple[Path, ...]:
    return tuple(path for _, source in family.sources for path in source.files)


def _key(defect: Defect) -> tuple[str, str, str]:
    return defect.source, defect.what, defect.where


def _settled(run: Run, before: frozenset[tuple[str, str, str]]) -> Run:
    """Return a running run whose damage counts where it stood at the last look already: what is being written ends
    elsewhere each time.
    """
    return dataclasses.replace(
        run,
        defects=tuple(
            dataclasses.replace(d, lost=False) if d.lost and _key(d) not in before else d for d in run.defects
        ),
    )
