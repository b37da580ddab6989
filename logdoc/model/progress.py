"""How far an analysis has come, for whoever waits for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an analysis has come.

    Attributes:
        found: logs that were found below the paths.
        read: how many of them have been read.
        judged: runs that have been judged; one log may hold several runs, and several logs may be one.
        run: the id of the run that was judged last.
        listed: files that were looked at while logs are still looked for; `found` is 0 until all are known.
    """

    found: int
    read: int
    judged: int
    run: str = ""
    listed: int = 0
