"""The text of the program that wrote a log, as it was found beside it. Nothing of it is ever run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProgramText:
    """One file of a program.

    Attributes:
        path: relative posix path, as reports show it.
        text: its content.
        main: the log, or the user, names it as the program that was started.
    """

    path: str
    text: str
    main: bool = False
