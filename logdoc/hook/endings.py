"""How a run ends: an exception, a signal, or the end of the program.

What is still in memory is brought to the disk first.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from types import FrameType, TracebackType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Ends(Protocol):
    """What wants to know about the end."""

    def ended(self, kind: str, text: str) -> None:
        """Bring everything to the disk; `kind` is exception, signal or ok."""


class Endings:
    """Tells every open watch of this process about its end; installed with the first watch, taken away with the last.

    The handlers and hooks that were there before are called after ours, as if ours were not there.
    """

    def __init__(self) -> None:
        self._open: list[Ends] = []
        self._before: dict[int, Any] = {}
        self._hook: Any = None
        self._process = os.getpid()

    def add(self, watch: Ends) -> None:
        """Tell this one too."""
        if os.getpid() != self._process:  # a forked child has nothing of ours to save
            self._open, self._before, self._hook, self._process = [], {}, None, os.getpid()
        if not self._open:
            self._install()
        self._open.append(watch)

    def remove(self, watch: Ends) -> None:
        """Tell this one no longer."""
        if watch in self._open:
            self._open.remove(watch)
            if not self._open:
                self._uninstall()

    def _install(self) -> None:
        atexit.register(self._at_exit)
        self._hook, sys.excepthook = sys.excepthook, self._on_exception
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                before = signal.getsignal(number)
                if before is not None and before is not signal.SIG_IGN:  # None: set by C, which Python cannot call
                    self._before[number] = before
                    signal.signal(number, self._on_signal)

    def _uninstall(self) -> None:
        atexit.unregister(self._at_exit)
        if sys.excepthook == self._on_exception:
            sys.excepthook = self._hook
        if threading.current_thread() is threading.main_thread():
            for number, before in self._before.items():
                if signal.getsignal(number) == self._on_signal:
                    signal.signal(number, before)
        self._before = {}

    def _tell(self, kind: str, text: str) -> None:
        if os.getpid() == self._process:
            for watch in list(self._open):
                watch.ended(kind, text)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        before = self._before.get(number, signal.SIG_DFL)
        self._tell("signal", signal.Signals(number).name)
        if callable(before):
            before(number, frame)
            return
        signal.signal(number, before)
        os.kill(os.getpid(), number)

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self._tell("exception", f"{kind.__name__}: {error}"[:500])
        (self._hook or sys.__excepthook__)(kind, error, trace)

    def _at_exit(self) -> None:
        self._tell("ok", "")


ENDINGS = Endings()
