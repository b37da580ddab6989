"""From columns to curves: holes have no row, padding is no NaN, a restart replaces what it logs again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Series
from logdoc.model.notes import DUPLICATES, STEPS
from logdoc.readers.attempts import split, strays
from logdoc.readers.tables.column import HOLE, NUMBER, TEXT, Column, Problem
from logdoc.readers.tables.spoilt import is_spoilt, without_text
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.readers.tables.axes import Index

MAX_RESTARTS = 50


@dataclass(slots=True)
class Curves:
    """The curves of one run as they are collected.

    Attributes:
        series, attempts: as in `Run`.
        restarts: per curve the steps at which a later attempt took over.
        left_out: ``name -> why``.
        problems: what was odd.
    """

    series: dict[str, Series] = field(default_factory=dict)
    attempts: dict[str, tuple[Series, ...]] = field(default_factory=dict)
    restarts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _grows: tuple[Index, bool] | None = None

    def all_restarts(self) -> tuple[int, ...]:
        """Return the restarts of the curve that saw most of them."""
        return max(self.restarts.values(), key=len, default=())

    def note(self, what: str, kind: str = STEPS, *, lost: bool = False) -> None:
        """Note what was odd."""
        self.problems.append(Problem(what, kind, lost))

    def add(self, name: str, column: Column, index: Index, times: NDArray[np.float64] | None) -> None:
        """Add the curve of one column, or say why it has none."""
        texts = column.count(TEXT)
        if not column.count(NUMBER):
            self.left_out[name] = _why_no_number(column)
            return
        if texts:
            if texts > column.count(NUMBER) and not is_spoilt(column):
                self.left_out[name] = _why_no_number(column)
                return
            column, problem = without_text(column)
            self.problems.append(problem)
        if column.complete() and self._strictly_grows(index):
            self.series[name] = Series(name, index.steps, column.values, times, index.axis)
            return
        places = column.places()
        self.add_points(name, index, index.steps[places], column.numbers(), None if times is None else times[places])

    def add_points(
        self,
        name: str,
        index: Index,
        steps: NDArray[np.int64],
        values: NDArray[np.float64],
        times: NDArray[np.float64] | None,
    ) -> None:
        """Add a curve from its points in the order in which they were logged."""
        change = np.diff(steps)
        back = int(np.count_nonzero(change < 0))
        if back > max(3, 0.05 * steps.size) or back > MAX_RESTARTS:
            order = np.argsort(steps, kind="stable")
            steps, values, times = steps[order], values[order], None if times is None else times[order]
            self._note_once("the rows are not in the order of their steps; they were sorted", STEPS)
        elif back and (stray := strays(steps)).any():
            order = np.argsort(steps, kind="stable")
            first = f"{np.count_nonzero(stray):,} of '{cut(name, 80)}', the first at {steps[stray][0]:,}"
            self._note_once(
                f"single rows have an older step than those around them; they were sorted in: {first}", STEPS
            )
            steps, values, times = steps[order], values[order], None if times is None else times[order]
        twice = int(np.count_nonzero(np.diff(steps) == 0))
        if twice and name != "epoch":
            points, repeat = ("1 point", "repeats") if twice == 1 else (f"{twice:,} points", "repeat")
            self._note_once(
                f"{points} of '{cut(name, 80)}' {repeat} the step of the point before; the last one counts", DUPLICATES
            )
        parts = split(name, steps, values, times, index.axis)
        self.series[name] = parts.curve
        if parts.starts.size:
            self.attempts[name] = parts.replaced
            self.restarts[name] = tuple(steps[parts.starts].tolist())

    def _strictly_grows(self, index: Index) -> bool:
        """Tell whether no step repeats or goes back, so that full columns are curves as they are; looked at once per
        index.
        """
        if self._grows is None or self._grows[0] is not index:
            self._grows = (index, bool((index.steps[1:] > index.steps[:-1]).all()))
        return self._grows[1]

    def _note_once(self, problem: str, kind: str) -> None:
        words = problem.split("'")[0].lstrip("0123456789 points")
        if not any(words in known.what for known in self.problems):
            self.note(problem, kind)


def unpad(columns: Sequence[Column]) -> tuple[list[Column], list[str]]:
    """Turn NaNs that only pad a row into holes, and return the names of the columns concerned.

    ``to_csv(na_rep="nan")`` writes a NaN where nothing was logged. Such columns have no blank cell, and their NaNs
    follow a layout: the
    rows are shared out among groups of columns so that every row has exactly one group with numbers, or a column has
    a number every
    k-th row. A NaN of a training that diverged never looks like that: once there, it stays, and it stands in all
    columns.
    """
    suspects = [
        i for i, c in enumerate(columns) if c.complete() and np.isnan(c.values).any() and not np.isnan(c.values).all()
    ]
    if not suspects:
        return list(columns), []
    finite = {i: ~np.isnan(columns[i].values) for i in suspects}
    groups: dict[bytes, list[int]] = {}
    for i in suspects:
        groups.setdefault(np.packbits(finite[i]).tobytes(), []).append(i)
    firsts = [members[0] for members in groups.values()]
    cover = np.sum([finite[i].astype(np.int64) for i in firsts], axis=0)
    padded = (
        set(suspects)
        if len(firsts) > 1 and bool((cover == 1).all()) and all(_returns(finite[i]) for i in firsts)
        else set()
    )
    for i in set(suspects) - padded:
        at = np.flatnonzero(finite[i])
        if at.size >= 3 and np.ptp(np.diff(at)) == 0 and at[1] - at[0] >= 2:
            padded.add(i)
    result = list(columns)
    for i in padded:
        state = np.where(finite[i], NUMBER, HOLE).astype(np.uint8)
        result[i] = Column(columns[i].name, columns[i].values, state, exact=columns[i].exact)
    return result, [columns[i].name for i in sorted(padded)]


def _returns(finite: NDArray[np.bool_]) -> bool:
    """Numbers come back after a NaN at least once, or the column holds a single number: padding, not the end
    of a run.
    """
    at = np.flatnonzero(finite)
    return at.size == 1 or bool(np.any(np.diff(at) > 1))


def _why_no_number(column: Column) -> str:
    if column.texts is None:
        return "nothing was logged in this column"
    seen: dict[str, None] = {}
    for text in column.texts:
        if text.strip():
            seen[text.strip()] = None
        if len(seen) > 3:
            break
    if len(seen) == 1:
        return f"text, the same in every row: {cut(next(iter(seen)), 60)}"
    return "text: " + ", ".join(cut(text, 24) for text in list(seen)[:3]) + (" …" if len(seen) > 3 else "")
