"""Puts together what comes of the families, in whatever order it comes, in the order of the report."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from logdoc.model import Defect, RunAnalysis
from logdoc.model.packed import PackedRun, packed
from logdoc.readers import UniqueIds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logdoc.judging import Summary
    from logdoc.scale.items import Item

_UNPACKED = 100  # so many runs are kept as they are; further ones packed


class Collector:
    """Keeps every run and defect in order.

    Attributes:
        runs: in order, each with an id of its own.
        summaries: of the runs, in their order.
        defects: of files that belong to no run, in order.
    """

    def __init__(self, each: Callable[[RunAnalysis], None] | None = None) -> None:
        """Call `each` with every run as soon as those before it are there."""
        self.runs: list[RunAnalysis] = []
        self.summaries: list[Summary] = []
        self.defects: list[Defect] = []
        self._each = each
        self._early: dict[int, Sequence[Item]] = {}
        self._next = 0
        self._ids = UniqueIds()

    @property
    def taken(self) -> int:
        """How many places there are without a gap from the first on."""
        return self._next

    def add(self, place: int, items: Sequence[Item]) -> None:
        """Take what stands at one place of the order; each place is given once."""
        self._early[place] = items
        while self._next in self._early:
            for item in self._early.pop(self._next):
                self._take(item)
            self._next += 1

    def _take(self, item: Item) -> None:
        if isinstance(item, Defect):
            self.defects.append(item)
            return
        run, summary = item.run, item.summary
        name = self._ids.of(run.id)
        if name != run.id:
            run = run.renamed(name) if isinstance(run, PackedRun) else dataclasses.replace(run, id=name)
            summary = dataclasses.replace(summary, traits=dataclasses.replace(summary.traits, id=name))
        self.runs.append(run if len(self.runs) < _UNPACKED else packed(run))
        self.summaries.append(summary)
        if self._each is not None:
            self._each(self.runs[-1])
