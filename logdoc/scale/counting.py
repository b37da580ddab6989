"""Keeps count of how far an analysis is, and tells whoever asked."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from logdoc.model import Progress

if TYPE_CHECKING:
    from collections.abc import Callable


class Counting:
    """How far one analysis is; `told` is called at every step, if anybody asked."""

    def __init__(self, told: Callable[[Progress], None] | None) -> None:
        self._told = told
        self._now = Progress(0, 0, 0)

    def listing(self, files: int) -> None:
        """So many files more were looked at."""
        self._tell(dataclasses.replace(self._now, listed=self._now.listed + files))

    def reading(self, read: int, found: int) -> None:
        """So many logs of so many have been read."""
        self._tell(dataclasses.replace(self._now, read=read, found=found, listed=0))

    def judging(self, run: str) -> None:
        """One more run has been judged."""
        self._tell(dataclasses.replace(self._now, judged=self._now.judged + 1, run=run))

    def _tell(self, now: Progress) -> None:
        self._now = now
        if self._told is not None:
            self._told(now)
