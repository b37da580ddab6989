"""The verb ``watch``: follow runs while they train, print what is new, and call somebody."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from logdoc.cli.analysing import decided_by
from logdoc.cli.exits import FOUND, OK
from logdoc.cli.options import (
    Baseline,
    Code,
    Config,
    Ignore,
    InputFormat,
    Map,
    NoCode,
    NoConfig,
    Rules,
    Select,
    Settings,
)
from logdoc.cli.values import FailOn, code_of, pairs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logdoc.watching import Event, Watcher

_PATIENCE = 10.0  # seconds that programs may still take when the watch ends
_MOST_AT_ONCE = 8  # programs that may run at once


Followed = Annotated[
    list[str], typer.Argument(help="Log files, folders of runs, patterns; what is not there yet is waited for.")
]
UntilFail = Annotated[
    bool, typer.Option("--until-fail", help="Exit with 1 at the first alarm, with 0 when every run has ended.")
]
StallTimeout = Annotated[
    float | None,
    typer.Option(
        help="Seconds without a new byte that are an alarm, too, unless the run reached its plan.",
        min=0.1,
        show_default=False,
    ),
]
Command = Annotated[
    str | None,
    typer.Option(
        "--exec",
        help="A program to start at every alarm; what it is about stands in its environment as LOGDOC_RUN, "
        "LOGDOC_RULE, LOGDOC_TEXT, ... No shell is involved.",
        metavar="CMD",
    ),
]


class WatchForm(StrEnum):
    """What standard output is."""

    text = "text"
    jsonl = "jsonl"


def watch(
    paths: Followed,
    interval: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.05, max=86_400)] = 5.0,
    until_fail: UntilFail = False,
    stall_timeout: StallTimeout = None,
    command: Command = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(
            help="The least severity that is an alarm, by default error; warnings are printed in any case.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[WatchForm, typer.Option("--format", help="What standard output is.")] = WatchForm.text,
    mapping: Map = None,
    rules: Rules = None,
    settings: Settings = None,
    select: Select = None,
    ignore: Ignore = None,
    input_format: InputFormat = None,
    code: Code = None,
    no_code: NoCode = False,
    baseline: Baseline = None,
    config: Config = None,
    no_config: NoConfig = False,
    until_eof: Annotated[
        bool, typer.Option("--until-eof", hidden=True, help="End when standard input does: the parent is gone.")
    ] = False,
) -> int:
    """Follow the runs below PATHS while they train: print what is new and what is over, raise an alarm.

    A finding is an alarm once it held at two looks. A run that is being written is running, however little of it there
    is. Paths that are not there yet are waited for. Ctrl-C ends it.
    """
    from logdoc.api import accepting, watching
    from logdoc.errors import ConfigError

    if fail_on is FailOn.never:
        raise ConfigError("a watch that never alarms has nothing to do", where="--fail-on")
    decided = decided_by(config, no_config)
    least = fail_on or FailOn(decided.fail_on or "error")
    least = FailOn.error if least is FailOn.never else least  # a project whose pipeline never fails wants alarms still
    watcher = watching.make_watcher(
        paths,
        fail_on=least.value,
        stall_after=stall_timeout,
        rules=rules or decided.rules,
        settings={**decided.settings, **pairs(settings, "--set")},
        mapping={**decided.mapping, **pairs(mapping, "--map")},
        format=input_format or decided.input_format,
        code=code_of(code, no_code=no_code),
        select=select or decided.select,
        ignore=ignore or decided.ignore,
        overfit_test=decided.overfit_test,
        mark=accepting.marker(accept=decided.accept, baseline=baseline or decided.baseline),
    )
    stopped = watching.end_of(lambda: os.read(sys.stdin.fileno(), 4096)) if until_eof else None
    return _follow(watcher, watching.events_of(watcher, interval, stopped=stopped), command, form, least, until_fail)


def _follow(
    watcher: Watcher,
    looks: Iterable[list[Event]],
    command: str | None,
    form: WatchForm,
    fail_on: FailOn,
    until_fail: bool,
) -> int:
    """Tell what every look finds until the watch ends, and return the exit code."""
    caller = _Caller(command)
    try:
        for events in looks:
            _print(events, form)
            caller.call(event for event in events if event.is_alarm)
            if until_fail and any(event.is_alarm for event in events):
                return FOUND
            if until_fail and _all_ended(watcher):
                return OK
    except KeyboardInterrupt:
        pass
    finally:
        caller.close()
    return FOUND if any(f.severity in _failing(fail_on) for found in watcher.raised.values() for f in found) else OK


def _failing(fail_on: FailOn) -> tuple[str, ...]:
    order = ("error", "warning", "info")
    return order[: order.index(fail_on.value) + 1]


def _all_ended(watcher: Watcher) -> bool:
    return bool(watcher.states) and all(state != "running" for state in watcher.states.values())


def _print(events: Iterable[Event], form: WatchForm) -> None:
    from logdoc.cli import terminal

    for event in events:
        terminal.print_document((event.json_line() if form is WatchForm.jsonl else event.line()) + "\n")
    sys.stdout.flush()


class _Caller:
    """Starts the user's program at alarms, without a shell and without waiting for it.

    Raises:
        ConfigError: the command cannot be taken apart.
    """

    def __init__(self, command: str | None) -> None:
        from logdoc.errors import ConfigError

        try:
            self._words = shlex.split(command) if command else []
        except ValueError as error:
            raise ConfigError(f"this is no command: {error}", where="--exec") from None
        if command is not None and not self._words:
            raise ConfigError("the command is empty", where="--exec")
        self._running: list[subprocess.Popen[bytes]] = []

    def call(self, alarms: Iterable[Event]) -> None:
        """Start the program once for every alarm; one that cannot be started is a note."""
        from logdoc.cli import terminal

        self._running = [one for one in self._running if one.poll() is None]
        for event in alarms if self._words else ():
            if len(self._running) >= _MOST_AT_ONCE:
                terminal.note(f"--exec was not started for {event.run}: {_MOST_AT_ONCE} still run")
                continue
            variables = {key: value.replace("\0", "") for key, value in event.variables().items()}
            try:
                self._running.append(
                    subprocess.Popen(  # noqa: S603 - the user's own command; log text is in variables only
                        self._words, env={**os.environ, **variables}, stdin=subprocess.DEVNULL, stdout=sys.stderr
                    )
                )
            except OSError as error:
                terminal.note(f"--exec could not start {self._words[0]}: {error.strerror or error}")

    def close(self) -> None:
        """Give what was started a little time."""
        for one in self._running:
            try:
                one.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                continue
