"""The way through a log line by line: which lines say one row together, and by what each row is counted."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import words
from logdoc.readers.console.prepared import INNER, Prepared, name_of
from logdoc.readers.console.turns import heads_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.readers.console.rows import Rows

_NEAR = 6  # lines; measures that follow a line with counters so closely belong to it
_BELOW = 2  # lines; a row that counts epochs itself belongs to the heading so closely above it
_HELD_OUT = ("val", "test")
_PER_MEAN = 2  # iterations, at least, to a line that sums up an epoch
_SELDOM = 3  # rows to a line that sums up some of them
_LONG = 8  # lines of one kind behind each other; so many are taken together


class Walk:
    """The way through a log line by line."""

    def __init__(self, rows: Rows, lines: NDArray[np.int64]) -> None:
        self.rows = rows
        self._lines = lines  # those that are rows
        self._ahead = False  # the last line leads the row of the next one, which counts it
        self.boxes: dict[str, list[tuple[int, float]]] = {}
        self._state: dict[str, float] = {}
        self._names: frozenset[str] = frozenset()
        self._counters: dict[str, float] = {}
        self._last = (-1, -1)
        self._from_row = False
        self._opening: list[Prepared] = []  # the lines of the first row
        self._trailing: bool | None = None
        self._section = ""
        self._drawn: tuple[Prepared, int] | None = None  # the line that was taken last, and which of its kind
        self._row: Prepared | None = None  # the line that began the last row
        self._times: Counter[frozenset[str]] = Counter()  # how often rows of these measures began
        self._heading: set[int] = set()  # kinds of lines that count the training
        self._headed_at = -_NEAR  # where a heading stood that counts the epoch of held-out data
        self._everywhere = False  # the last of them counts steps of the whole run
        self._kept = False  # a heading said that weights kept from an earlier epoch are evaluated
        self._begun = False  # a heading said that a pass over held-out data begins, which counts for itself
        self._box: dict[str, float] = {}
        self._inner: dict[str, float] = {}  # what was measured last on the way to the next table
        self._group = ""
        self._box_at = 0
        self._evaluated: dict[frozenset[str], dict[str, float]] = {}  # at what step which scores were said
        self._epoch_of_box = math.nan  # that a line above the last table counted

    def take(self, line: Prepared, count: int) -> None:
        """Take the next lines of a kind, as many as follow each other."""
        begin = line.seen
        line.seen += count
        if count >= _LONG and line.shape.kind == "row" and line.named and line.alternate is None and not self._begun:
            kept = begin + np.flatnonzero(line.keep[begin : line.seen])
            at = line.at[kept]
            part = not line.kinds and self._row is not None and line.named < self._row.named
            if not part and kept.size >= _LONG and bool((at[1:] != at[:-1]).all()):
                for number in kept[:2].tolist():
                    self._take(line, number)
                self._take_many(line, kept[2:-1])
                self._take(line, int(kept[-1]))
                return
        for number in range(begin, line.seen):
            if line.keep.item(number):
                self._take(line, number)

    def _take(self, line: Prepared, number: int) -> None:
        at: int = line.at.item(number)
        if line.shape.kind in ("box", "group"):
            self._take_box(line, number, at)
            return
        if line.shape.kind == "inner":
            places = [i for i, slot in enumerate(line.shape.slots) if slot.role == "value"]
            self._inner = {name_of(line.shape, i): line.shape.column(i).item(number) for i in places}
            return
        if self._box:
            self._end_box(self._box_at)
        if line.shape.kind == "section":
            self._section = line.split
            self._kept = words.OF_KEPT.match(line.shape.line) is not None
            self._begun = line.split in _HELD_OUT and words.BEGINS.search(line.shape.line) is not None
            return
        counters = dict(zip(line.kinds, [column.item(number) for column in line.counts], strict=True))
        if line.shape.kind == "state":
            if self._ends_block(line, counters, at):
                return
            held_out = self._section in _HELD_OUT and words.EPOCH not in counters
            if held_out and self._heading and id(line) not in self._heading:
                return  # a pass over held-out data counts batches of its own
            self._heading.add(id(line))
            self._everywhere = line.everywhere
            again = self._section in _HELD_OUT and counters.items() <= self._state.items()
            section = line.split or (self._section if again else "")  # "Validation:", "[Epoch: 3, images: 1449]"
            self._state = counters if words.EPOCH in counters else {**self._state, **counters}
            self._section, self._from_row, self._begun, self._kept = section, False, False, False
            self._headed_at = at if section in _HELD_OUT and words.EPOCH in counters else -_NEAR
            if any(self._counters.get(kind) != value for kind, value in counters.items()):
                self._last = (-1, self._last[1])  # what follows is counted otherwise and begins a row of its own
            return
        self._take_row(line, number, at, counters)

    def _take_many(self, line: Prepared, numbers: NDArray[np.int64]) -> None:
        """Take lines that stand between others of their kind: each repeats the names of the one before it, so that
        each begins a row, and what they leave behind, the line after them says again.
        """
        rows, first, count = self.rows, len(self.rows.at), int(numbers.size)
        section = self._section if line.unsplit else ""
        held_out = line.whole or section in _HELD_OUT
        line.rows[numbers] = np.arange(first, first + count)
        line.sections[numbers] = line.part(section)
        rows.at.frombytes(line.at[numbers].tobytes())
        rows.opened.frombytes(np.full(count, line.opening, dtype=np.int64).tobytes())
        rows.whole.frombytes(bytes([held_out]) * count)
        rows.bound.frombytes((np.full(count, math.nan) if line.bounds is None else line.bounds[numbers]).tobytes())
        counters = self._inherited(line, bool(line.kinds), held_out=held_out)
        columns = {kind: np.full(count, value) for kind, value in counters.items()}
        columns.update(zip(line.kinds, [column[numbers] for column in line.counts], strict=True))
        for kind in {**columns, **rows.counters}:
            column = rows.counters.setdefault(kind, array("d", [math.nan]) * first)
            column.frombytes(columns[kind].tobytes() if kind in columns else np.full(count, math.nan).tobytes())
        rows.own_epochs += count * (words.EPOCH in line.kinds)
        rows.global_steps += count * line.everywhere
        self._times[line.named] += count

    def _inherited(self, line: Prepared, counted: bool, *, held_out: bool) -> dict[str, float]:
        """Return what a row is counted by beside its own counters: by what stood above."""
        if not counted:
            within = held_out and self._from_row
            if within and words.EPOCH not in self._state and self._evaluated.get(line.named) != self._state:
                self._evaluated[line.named] = dict(self._state)  # once: a pass over held-out data repeats itself
                return dict(self._state)
            within = within or self._is_mean(line)
            return {kind: value for kind, value in self._state.items() if not (within and kind in INNER)}
        if words.EPOCH not in line.kinds and words.EPOCH in self._state:
            return {words.EPOCH: self._state[words.EPOCH]}
        return {}

    def _is_mean(self, line: Prepared) -> bool:
        """Tell whether a line without a count says, once for many, what the lines say that count the iterations of an
        epoch: it is said of all of them.
        """
        row = self._row
        return (
            row is not None
            and row is not line
            and words.EPOCH in self._state
            and any(kind in INNER for kind in row.kinds)
            and not line.named.isdisjoint(row.named)
            and _PER_MEAN * len(line.shape) <= len(row.shape)
        )

    def _take_row(self, line: Prepared, place: int, at: int, counters: dict[str, float]) -> None:
        self._kept = self._kept and not counters
        if self._kept and self._counters:
            return
        if self._begun and line.unsplit:
            counters = {kind: value for kind, value in counters.items() if kind not in INNER}
        elif counters and not (at - self._headed_at <= _BELOW and counters.keys() <= {words.EPOCH}):
            self._section = ""
        section = self._section if line.unsplit else ""
        if line.alternate is not None:
            section = line.alternate[place]
        line.sections[place] = line.part(section)
        if self._ahead and counters:
            self._count_the_row_ahead(line, place, at, counters)
            return
        named = line.named if not section else frozenset(f"{section}\0{name}" for name in line.named)
        number, last_at = self._last
        near = number >= 0 and at - last_at <= _NEAR and not line.leads
        self._ahead = line.leads
        held_out = line.whole or section in _HELD_OUT
        own_count = held_out and any(kind in counters for kind in INNER)
        if near and held_out and not own_count and not self.rows.whole[number] and self._within_epoch():
            near = False
        if near and named.isdisjoint(self._names) and counters.items() <= self._counters.items():
            self._names |= named
            self.rows.at[number] = at
            self.rows.global_steps += line.everywhere and not (self._row is not None and self._row.everywhere)
        elif number >= 0 and at == last_at and counters and counters == self._counters:
            self._draw_over(line)
        elif not counters and not section and not line.leads and self._sums_up(line, held_out=held_out):
            return
        else:
            self.rows.own_epochs += words.EPOCH in counters
            counters = {} if line.leads else {**self._inherited(line, bool(counters), held_out=held_out), **counters}
            bound = line.bounds.item(place) if line.bounds is not None else math.nan
            number = self._add(at, counters, bound, whole=held_out, opening=line.opening)
            self.rows.global_steps += line.everywhere or (self._everywhere and not line.kinds)
            self._names, self._counters, self._row = named, counters, line
            self._times[line.named] += 1
            if not held_out:
                self._state = dict(counters) if counters.keys() >= self._state.keys() else {**self._state, **counters}
                self._from_row = True
                self._trailing = bool(self._trailing) if counters else self._trailing
            elif words.EPOCH in counters:
                self._state[words.EPOCH] = counters[words.EPOCH]
        if number == 0:
            self._opening.append(line)
        line.rows[place] = number
        self._last, self._drawn = (number, at), (line, place)

    def _count_the_row_ahead(self, line: Prepared, place: int, at: int, counters: dict[str, float]) -> None:
        """Let a line count the row that the line before it began: both are one record."""
        number = self._last[0]
        counters = {**self._inherited(line, True, held_out=False), **counters}
        self._put(number, counters)
        self.rows.at[number] = at
        self.rows.bound[number] = line.bounds.item(place) if line.bounds is not None else math.nan
        self.rows.own_epochs += words.EPOCH in line.kinds
        self.rows.global_steps += line.everywhere
        self._names |= line.named
        self._counters, self._row, self._ahead, self._from_row = counters, line, False, True
        self._state = {**self._state, **counters}
        self._times[line.named] += 1
        line.rows[place] = number
        self._last, self._drawn = (number, at), (line, place)

    def _put(self, number: int, counters: dict[str, float]) -> None:
        for kind, value in counters.items():
            column = self.rows.counters.setdefault(kind, array("d", [math.nan]) * len(self.rows.at))
            column[number] = value

    def _draw_over(self, line: Prepared) -> None:
        """Leave out the state of a bar that this line is drawn over, of another kind: its speed was unknown."""
        if self._drawn is not None and self._drawn[0] is not line and not line.named.isdisjoint(self._drawn[0].named):
            before, place = self._drawn
            before.rows[place] = -1

    def _sums_up(self, line: Prepared, *, held_out: bool) -> bool:
        """Tell whether a line without a counter says again, and seldom, a part of what the row above it says: the best
        of a search that Keras Tuner prints behind the last epoch of a trial.
        """
        row = self._row
        if row is None or not self._counters or not line.named < row.named or 2 * len(line.named) > len(row.named):
            return False
        counters = self._inherited(line, False, held_out=held_out)
        if any(self._counters.get(kind, value) != value for kind, value in counters.items()):
            return False
        self._times[line.named] += 1
        return _SELDOM * self._times[line.named] <= self._times[row.named]

    def _ends_block(self, line: Prepared, counters: dict[str, float], at: int) -> bool:
        """Give the counters of a line that ends a block, instead of heading one, to the row above it.

        What stands before the first counter of a log tells which of the two it is, if it is said as often as that.
        """
        number, last_at = self._last
        if self._trailing is None:
            alike = all(2 * len(first.shape) >= len(line.shape) for first in self._opening)
            near = at - last_at <= _NEAR and alike
            first = number == 0 and not self._counters and len(self.rows) == 1
            self._trailing = first and near and not heads_rows(line.at, self._lines, counters)
            if first and near and not self._trailing and (above := line.count_above()) is not None:
                self._put(number, above)  # its own line was cut off
        if not self._trailing or number < 0:
            return False
        own = self._row.kinds if self._row is not None else ()
        if any(kind in own and self._counters.get(kind) != value for kind, value in counters.items()):
            return False  # the row above says its own count
        self._put(number, counters)
        self._counters, self._last = counters, (number, at)
        return True

    def _within_epoch(self) -> bool:
        """Tell whether the last row counts iterations within an epoch, so that a validation ends the epoch."""
        return words.EPOCH in self._counters and any(kind in self._counters for kind in INNER)

    def _add(self, at: int, counters: dict[str, float], bound: float, *, whole: bool, opening: int = -1) -> int:
        rows, number = self.rows, len(self.rows.at)
        rows.at.append(at)
        rows.opened.append(opening)
        rows.bound.append(bound)
        rows.whole.append(whole)
        columns = rows.counters
        for kind, value in counters.items():
            if kind not in columns:
                columns[kind] = array("d", [math.nan]) * number
            columns[kind].append(value)
        if len(columns) > len(counters):
            for kind, column in columns.items():
                if kind not in counters:
                    column.append(math.nan)
        return number

    def _take_box(self, line: Prepared, number: int, at: int) -> None:
        """Take a line of a table drawn with bars, as Stable-Baselines and its forerunners print."""
        key, content = line.box
        if line.cells is None:
            self._group = key if key.endswith("/") and not content else self._group
            return
        name = key if "/" in key else f"{self._group}{key}"
        if name in self._box:
            group = self._group  # it was named by the table that begins here
            self._end_box(at)
            self._group = group
        if not self._box:
            self._box, self._inner = dict(self._inner), {}
        self._box[name] = line.cells.item(number)
        self._box_at = at

    def _end_box(self, at: int) -> None:
        epoch = self._state.get(words.EPOCH) if self._state.keys() == {words.EPOCH} and not self._from_row else None
        heads = epoch is not None and epoch != self._epoch_of_box
        self._epoch_of_box = epoch if epoch is not None else self._epoch_of_box
        number = self._add(at, self._state if heads else {}, math.nan, whole=False)
        for name, value in self._box.items():
            self.boxes.setdefault(name, []).append((number, value))
        self._box, self._group = {}, ""
        self._last = (-1, -1)

    def end(self) -> None:
        """Finish what is open."""
        if self._box:
            self._end_box(self._box_at)
