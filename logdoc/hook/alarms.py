"""Alarms while a model trains: `logdoc watch` follows the log in a process of its own, and what it raises is handed to
the training between two steps.

The analyser is never imported here: a second program judges, so that it costs the training neither its interpreter
lock nor its memory. Whatever fails ends as one warning.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logdoc.hook.notices import warn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_KINDS = ("alarm", "stalled")
_PATIENCE = 5.0  # seconds that the other process may take to end
ACTIONS = ("stop", "save")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that needs a person, or an end.

    Attributes:
        rule: id of the finding; ``stalled`` where nothing was logged for too long.
        severity: ``error`` or ``warning``.
        text: what was found, why, and what to change first.
        step: the last step that was logged when it was raised.
        cause: id of the most probable cause; empty where there is none.
        probability: of the cause; NaN where there is none.
        first: what to change first.
    """

    rule: str
    severity: str
    text: str
    step: int | None
    cause: str
    probability: float
    first: str


class Follower:
    """Follows the log of one training.

    Args:
        folder: where the log is written.
        alarm: called with every `Alarm`, in the thread that calls `deliver`.
        interval: seconds between two looks at the log.
        fail_on: the least severity that is an alarm.
    """

    def __init__(
        self, folder: Path, alarm: Callable[[Alarm], None] | None, *, interval: float = 10.0, fail_on: str = "error"
    ) -> None:
        self.raised: list[Alarm] = []
        self._alarm = alarm
        self._waiting: deque[Alarm] = deque()
        self._failed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        command = [sys.executable, "-m", "logdoc", "watch", str(folder), "--format", "jsonl", "--until-eof"]
        command += ["--no-code", "--interval", str(interval), "--fail-on", fail_on]
        # One thread is enough for a look at a log, and the cores belong to the training.
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the training
            )
        except OSError as error:
            self._fail(f"logdoc watch could not be started ({error.strerror or error})")
            return
        threading.Thread(target=self._read, args=(self._process,), name="logdoc-alarms", daemon=True).start()

    def __bool__(self) -> bool:
        """Whether something waits to be delivered; costs nothing."""
        return bool(self._waiting)

    def deliver(self) -> list[Alarm]:
        """Hand what was raised since the last call to the user's function, and return it."""
        found: list[Alarm] = []
        while self._waiting:
            found.append(self._waiting.popleft())
        self.raised += found
        for one in found if self._alarm is not None else ():
            try:
                self._alarm(one)  # type: ignore[misc]
            except Exception as error:  # training must go on whatever happens here
                self._fail(f"the alarm function failed ({type(error).__name__}: {error})")
                self._alarm = None
                break
        return found

    def close(self) -> None:
        """End the other process."""
        process, self._process = self._process, None
        if process is None or os.getpid() != self._owner:
            return
        with contextlib.suppress(OSError):
            process.terminate()
            process.wait(_PATIENCE)
            if process.stdin is not None:
                process.stdin.close()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """Take the lines of the other process; in a thread."""
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            with process.stdout:
                for line in process.stdout:
                    event = json.loads(line)
                    if event.get("kind") in _KINDS:
                        self._waiting.append(_alarm(event))
        except Exception as error:
            self._fail(f"its alarms could not be read ({type(error).__name__}: {error})")
            return
        if self._process is process and process.wait() not in (0, -15):
            self._fail(f"logdoc watch ended with code {process.returncode}; is all of logdoc installed here?")

    def _fail(self, what: str) -> None:
        if not self._failed:
            self._failed = True
            warn(f"logdoc.hook raises no more alarms: {what}; training goes on without them.")


def _alarm(event: dict[str, Any]) -> Alarm:
    finding, cause = event.get("finding") or {}, event.get("cause") or {}
    return Alarm(
        rule=str(finding.get("id", event["kind"])),
        severity=str(finding.get("severity", "error")),
        text=str(event.get("text", "")),
        step=event.get("step"),
        cause=str(cause.get("id", "")),
        probability=float(cause.get("probability", math.nan)),
        first=str(cause.get("first", "")),
    )


class Alerts:
    """What a callback of a framework does about alarms: it calls the user's function, and acts once, between steps.

    Args:
        alarm: called with every `Alarm`.
        on_alarm: ``"stop"``, ``"save"`` (a checkpoint), or both; done at the first alarm.

    Raises:
        ValueError: an unknown action.
    """

    def __init__(self, alarm: Callable[[Alarm], None] | None, on_alarm: str | Sequence[str] | None) -> None:
        asked = () if on_alarm is None else (on_alarm,) if isinstance(on_alarm, str) else tuple(on_alarm)
        unknown = [one for one in asked if one not in ACTIONS]
        if unknown:
            raise ValueError(f"on_alarm={unknown[0]!r} is none of {', '.join(ACTIONS)}")
        self._alarm, self._actions = alarm, asked
        self._due = False

    @property
    def wanted(self) -> bool:
        """Whether anything is to be done about alarms."""
        return self._alarm is not None or bool(self._actions)

    def options(self) -> dict[str, Any]:
        """Return the option of `logdoc.hook.watch`."""
        return {"alarm": self.take} if self.wanted else {}

    def take(self, alarm: Alarm) -> None:
        """Remember that there is something to do, and tell the user's function."""
        self._due = True
        if self._alarm is not None:
            self._alarm(alarm)

    def due(self, *, processes: int = 1) -> tuple[str, ...]:
        """Return what is to be done now; every action once.

        One process of several cannot stop or save alone without the others waiting for it forever: then nothing is done
        but a warning.
        """
        if not self._due:
            return ()
        self._due = False
        actions, self._actions = self._actions, ()
        if actions and processes > 1:
            warn(f"logdoc.hook does not {' and '.join(actions)} at an alarm in one of {processes} processes.")
            return ()
        return actions
