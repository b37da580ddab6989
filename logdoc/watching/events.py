"""What a watch tells: one event, as a line of text, a line of JSON, or variables for a program."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from logdoc.model.words import percent
from logdoc.report.escape import show

if TYPE_CHECKING:
    from logdoc.model import Cause, Finding

Kind = Literal["running", "step", "restart", "alarm", "finding", "over", "stalled", "ended", "unreadable", "waiting"]
ALARMS = ("alarm", "stalled")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is new about one run.

    Attributes:
        kind: ``running``: seen, or written to again; ``step``: how far it is; ``restart``: it goes on from an earlier
            step or in a new file; ``finding``: a finding below the severity of an alarm; ``alarm``; ``over``: a finding
            that no longer holds; ``stalled``: nothing new for too long; ``ended``; ``unreadable``; ``waiting``: the
            path is not there yet, or is empty.
        run: its id.
        at: seconds since the epoch.
        text: what happened, one sentence.
        step: the last step logged.
        finding: of an alarm, of a finding, of what is over.
        cause: the most probable cause that explains the finding.
    """

    kind: Kind
    run: str
    at: float
    text: str
    step: int | None = None
    finding: Finding | None = None
    cause: Cause | None = None

    @property
    def is_alarm(self) -> bool:
        """Whether somebody has to be called."""
        return self.kind in ALARMS

    def line(self) -> str:
        """Return the event as a line: when, what, which run, what about it."""
        clock = time.strftime("%H:%M:%S", time.localtime(self.at))
        kind = self.kind.upper() if self.is_alarm else self.kind
        return f"{clock} {kind:8} {show(self.run)}: {show(self.text, cap=1500)}"

    def record(self) -> dict[str, Any]:
        """Return the event as JSON has it, with text that can be shown anywhere."""
        made: dict[str, Any] = {"kind": self.kind, "run": show(self.run), "at": round(self.at, 3), "step": self.step}
        made["text"] = show(self.text, cap=1500)
        if self.finding is not None:
            made["finding"] = {
                "id": self.finding.id,
                "severity": self.finding.severity,
                "title": show(self.finding.title),
                "evidence": show(self.finding.evidence, cap=1500),
                "window": list(self.finding.window) if self.finding.window else None,
            }
        if self.cause is not None:
            remedies = [show(remedy.do) for remedy in self.cause.remedies]
            made["cause"] = {
                "id": self.cause.id,
                "title": show(self.cause.title),
                "probability": self.cause.probability,
                "first": remedies[0] if remedies else "",
            }
        return made

    def json_line(self) -> str:
        """Return the event as one line of JSON."""
        return json.dumps(self.record(), ensure_ascii=False)

    def variables(self) -> dict[str, str]:
        """Return the event as environment variables, ``LOGDOC_...``."""
        record = self.record()
        finding, cause = record.get("finding", {}), record.get("cause", {})
        made = {
            "KIND": self.kind,
            "RUN": record["run"],
            "STEP": "" if self.step is None else str(self.step),
            "TEXT": record["text"],
            "RULE": finding.get("id", ""),
            "SEVERITY": finding.get("severity", ""),
            "TITLE": finding.get("title", ""),
            "EVIDENCE": finding.get("evidence", ""),
            "CAUSE": cause.get("id", ""),
            "CAUSE_TITLE": cause.get("title", ""),
            "PROBABILITY": str(cause.get("probability", "")),
            "FIRST": cause.get("first", ""),
        }
        return {f"LOGDOC_{name}": value for name, value in made.items()}


def told(finding: Finding, cause: Cause | None) -> str:
    """Return what a finding says, why, and what to change first, in one line."""
    parts = [f"{finding.severity} [{finding.id}] {finding.title}. {finding.evidence}"]
    if cause is not None:
        parts.append(f"Cause: {cause.title} ({percent(cause.probability)}).")
        parts += [f"First: {remedy.do}" for remedy in cause.remedies[:1]]
    return " ".join(parts)
