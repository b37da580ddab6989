"""From kinds of lines to rows: what is said under the same counters, in one line or a few, belongs together."""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import fronts, words
from logdoc.readers.console.behaviour import FINISHED, box_of, kept_rows
from logdoc.readers.console.presets import called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Grammar, Shape

_NEAR = 6  # lines; measures that follow a line with counters so closely belong to it
_INNER = (words.STEP, words.BATCH)
_EPOCHLIKE = "epoch"


@dataclass(slots=True)
class Rows:
    """Rows as columns.

    Attributes:
        at: the line of each row (its last).
        counters: ``kind -> one number per row``, NaN where a row has none.
        bound: the n of ``i/n`` of the iteration of each row, NaN where unknown.
        whole: rows that belong to an epoch as a whole, whatever they count themselves.
        values: ``name -> (rows, values)``, in the order in which they were printed.
        missing: ``name -> rows`` at which a word for "no number" stands.
        own_epochs: how many rows name their epoch beside their measures.
        global_steps: how many rows name a step that counts the whole run.
        quoted: names that are keys of dicts or of tables, and were meant for a reader.
        others: of how many lines of other processes than the first nothing was taken.
    """

    at: array[int] = field(default_factory=lambda: array("q"))
    counters: dict[str, array[float]] = field(default_factory=dict)
    bound: array[float] = field(default_factory=lambda: array("d"))
    whole: array[int] = field(default_factory=lambda: array("b"))
    values: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = field(default_factory=dict)
    missing: dict[str, list[int]] = field(default_factory=dict)
    others: int = 0
    own_epochs: int = 0
    global_steps: int = 0
    quoted: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.at)


@dataclass(slots=True)
class _Line:
    """What every line of one shape says, ready for the walk through the log."""

    shape: Shape
    keep: list[bool]
    kinds: tuple[str, ...]
    counts: tuple[array[float], ...]
    bounds: array[float] | None
    named: frozenset[str]
    split: str
    whole: bool
    unsplit: bool
    everywhere: bool
    alternate: list[str] | None
    rows: array[int] = field(default_factory=lambda: array("q"))
    sections: list[str] = field(default_factory=list)
    seen: int = 0


def rows_of(grammar: Grammar) -> Rows:
    """Return the rows of a log whose shapes are settled."""
    rows = Rows()
    lines = _lines(grammar, rows)
    walk = _Walk(rows, lines)
    for place in _relevant(grammar, lines):
        walk.take(place)
    walk.end()
    _collect(rows, [line for line in lines if line is not None and line.shape.kind == "row"], walk.boxes)
    return rows


def _relevant(grammar: Grammar, lines: list[_Line | None]) -> Iterator[int]:
    used = np.array([line is not None for line in lines], dtype=np.bool_)
    order = np.frombuffer(grammar.order, dtype=f"i{grammar.order.itemsize}")
    if order.size:
        yield from order[used[order]].tolist()


def _lines(grammar: Grammar, rows: Rows) -> list[_Line | None]:
    first = _first_process(grammar)
    training = _training_bounds(grammar)
    result: list[_Line | None] = []
    for shape in grammar.shapes:
        if shape.kind not in ("row", "state", "section", "box", "group"):
            result.append(None)
            continue
        line = _line(shape, training)
        process = _processes(shape)
        if first is not None and process is not None and shape.kind == "row":
            line.keep = [keep and mine == first for keep, mine in zip(line.keep, process, strict=True)]
            rows.others += sum(mine != first for mine in process)
        result.append(line)
    return result


def _line(shape: Shape, training: frozenset[float]) -> _Line:
    table = shape.table
    places = [i for i, slot in enumerate(shape.slots) if slot.role == "counter"]
    splits = {slot.split for slot in shape.slots if slot.role == "value"}
    held_out = shape.kind == "row" and bool(splits) and splits <= {"val", "test"}
    inner = next((i for i in places if shape.slots[i].counter in _INNER), None)
    bounds = None
    whole = False
    if inner is not None and shape.slots[inner].of >= 0:
        column = table[:, shape.slots[inner].of]
        whole = held_out and not frozenset(np.unique(column).tolist()) & training
        bounds = array("d", column.tobytes())
    if held_out and inner is not None and shape.slots[inner].counter == words.BATCH:
        whole = True
    if whole and inner is not None:
        places.remove(inner)
    names = frozenset(_name(shape, i) for i, slot in enumerate(shape.slots) if slot.role == "value")
    return _Line(
        shape,
        kept_rows(shape).tolist() if shape.tokens else [True] * len(shape),
        tuple(shape.slots[i].counter for i in places),
        tuple(array("d", table[:, i].tobytes()) for i in places),
        None if whole else bounds,
        names,
        _section(shape.line) if shape.kind == "section" else "",
        whole or held_out,
        bool(splits) and "" in splits,
        any(slot.role == "counter" and slot.why.endswith("whole run") for slot in shape.slots),
        _alternation(shape),
    )


def _alternation(shape: Shape) -> list[str] | None:
    """Return the split of each line of a bar that is printed at its end, by turns over two amounts of data: the
    larger is for training.
    """
    ends = [slot.of for slot in shape.slots if slot.name == FINISHED and slot.role == "other"]
    if not ends or not any(slot.role == "value" and not slot.split for slot in shape.slots):
        return None
    totals = shape.table[:, ends[-1]]
    kinds, counts = np.unique(totals, return_counts=True)
    if kinds.size != 2 or abs(int(counts[0]) - int(counts[1])) > 1:
        return None
    return ["val" if total == kinds[0] else "" for total in totals.tolist()]


def _training_bounds(grammar: Grammar) -> frozenset[float]:
    """Return the n of ``i/n`` of lines that do not speak of validation."""
    found: set[float] = set()
    for shape in grammar.shapes:
        if shape.kind != "row" or any(slot.split in ("val", "test") for slot in shape.slots):
            continue
        for slot in shape.slots:
            if slot.role == "counter" and slot.counter in _INNER and slot.of >= 0:
                found.update(np.unique(shape.table[:, slot.of]).tolist()[:1000])
    return frozenset(found)


def _section(line: str) -> str:
    match = words.SECTION.match(line)
    return words.split_of(match[1]) or {"validat": "val", "evaluat": "val"}.get(match[1].lower(), "") if match else ""


def _name(shape: Shape, i: int, section: str = "") -> str:
    slot = shape.slots[i]
    return called(words.with_split(slot.name, slot.split or section), shape)


def _processes(shape: Shape) -> list[float] | None:
    """Return the number of the process that printed each line of a shape, None where its lines name none."""
    ranks = [i for i, slot in enumerate(shape.slots) if slot.role == "rank"]
    if ranks:
        column: list[float] = shape.table[:, ranks[0]].tolist()
        return column
    front = shape.line[: fronts.own_words(shape.line)]
    match = fronts.RANK.search(front) or re.match(
        r"^\[?(?:rank|gpu|worker|node)[ _]?(\d+)\]?:?\s", shape.line, re.IGNORECASE
    )
    return None if match is None else [float(next(group for group in match.groups() if group))] * len(shape)


def _first_process(grammar: Grammar) -> float | None:
    """Return the lowest number of a process that printed measures; None where only one did."""
    found: set[float] = set()
    for shape in grammar.shapes:
        if shape.kind == "row" and (mine := _processes(shape)) is not None:
            found.update(mine)
    return min(found) if len(found) > 1 else None


class _Walk:
    """The way through a log line by line."""

    def __init__(self, rows: Rows, lines: list[_Line | None]) -> None:
        self.rows = rows
        self.lines = lines
        self.boxes: dict[str, list[tuple[int, float]]] = {}
        self._state: dict[str, float] = {}
        self._names: frozenset[str] = frozenset()
        self._counters: dict[str, float] = {}
        self._last = (-1, -1)
        self._from_row = False
        self._opening: list[_Line] = []  # the lines of the first row
        self._trailing: bool | None = None
        self._section = ""
        self._box: dict[str, float] = {}
        self._group = ""
        self._box_at = 0

    def take(self, place: int) -> None:
        """Take the next line."""
        line = self.lines[place]
        assert line is not None  # noqa: S101 - only lines that say something are walked
        number = line.seen
        line.seen += 1
        if not line.keep[number]:
            if line.shape.kind == "row":
                line.rows.append(-1)
                line.sections.append("")
            return
        at = line.shape.at[number]
        if line.shape.kind in ("box", "group"):
            self._take_box(line, number, at)
            return
        if self._box:
            self._end_box(self._box_at)
        if line.shape.kind == "section":
            self._section = line.split
            return
        counters = dict(zip(line.kinds, [column[number] for column in line.counts], strict=True))
        if line.shape.kind == "state":
            if self._ends_block(line, counters, at):
                return
            self._state = counters if _EPOCHLIKE in counters else {**self._state, **counters}
            self._section, self._from_row = "", False
            if any(self._counters.get(kind) != value for kind, value in counters.items()):
                self._last = (-1, self._last[1])  # what follows is counted otherwise and begins a row of its own
            return
        bound = line.bounds[number] if line.bounds is not None else math.nan
        self._take_row(line, place, at, counters, bound)

    def _take_row(self, line: _Line, place: int, at: int, counters: dict[str, float], bound: float) -> None:
        if counters:
            self._section = ""
        section = self._section if line.unsplit else ""
        if line.alternate is not None:
            section = line.alternate[len(line.rows)]
        line.sections.append(section)
        named = line.named if not section else frozenset(f"{section}\0{name}" for name in line.named)
        number, last_at = self._last
        near = number >= 0 and at - last_at <= _NEAR
        held_out = line.whole or section in ("val", "test")
        own_count = held_out and any(kind in counters for kind in _INNER)
        if near and held_out and not own_count and not self.rows.whole[number] and self._within_epoch():
            near = False
        if near and named.isdisjoint(self._names) and counters.items() <= self._counters.items():
            self._names |= named
            self.rows.at[number] = at
        elif number >= 0 and at == last_at and counters and counters == self._counters:
            pass
        else:
            if not counters:
                counters = dict(self._state)
                if (line.whole or section in ("val", "test")) and self._from_row:
                    counters = {kind: value for kind, value in counters.items() if kind not in _INNER}
            elif _EPOCHLIKE in counters:
                self.rows.own_epochs += 1
            elif _EPOCHLIKE in self._state:
                counters = {_EPOCHLIKE: self._state[_EPOCHLIKE], **counters}
            number = self._add(at, counters, bound, whole=held_out)
            self.rows.global_steps += line.everywhere
            self._names, self._counters = named, counters
            if not held_out:
                self._state = dict(counters) if counters.keys() >= self._state.keys() else {**self._state, **counters}
                self._from_row = True
                self._trailing = bool(self._trailing) if counters else self._trailing
            elif _EPOCHLIKE in counters:
                self._state[_EPOCHLIKE] = counters[_EPOCHLIKE]
        if number == 0:
            self._opening.append(line)
        line.rows.append(number)
        self._last = (number, at)

    def _ends_block(self, line: _Line, counters: dict[str, float], at: int) -> bool:
        """Give the counters of a line that ends a block, instead of heading one, to the row above it.

        What stands before the first counter of a log tells which of the two it is, if it is said as often as that.
        """
        number, last_at = self._last
        if self._trailing is None:
            alike = all(2 * len(first.shape) >= len(line.shape) for first in self._opening)
            near = at - last_at <= _NEAR and alike
            self._trailing = number == 0 and not self._counters and near and len(self.rows) == 1
        if not self._trailing or number < 0:
            return False
        for kind, value in counters.items():
            column = self.rows.counters.setdefault(kind, array("d", [math.nan]) * len(self.rows.at))
            column[number] = value
        self._counters, self._last = counters, (number, at)
        return True

    def _within_epoch(self) -> bool:
        """Tell whether the last row counts iterations within an epoch, so that a validation ends the epoch."""
        return _EPOCHLIKE in self._counters and any(kind in self._counters for kind in _INNER)

    def _add(self, at: int, counters: dict[str, float], bound: float, *, whole: bool) -> int:
        rows, number = self.rows, len(self.rows.at)
        rows.at.append(at)
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

    def _take_box(self, line: _Line, number: int, at: int) -> None:
        """Take a line of a table drawn with bars, as Stable-Baselines and its forerunners print."""
        match = box_of(line.shape.line)
        assert match is not None  # noqa: S101 - that made it a box
        key = match[1]
        if line.shape.kind == "group":
            self._group = key if key.endswith("/") and not match[2] else self._group
            return
        name = key if "/" in key else f"{self._group}{key}"
        if name in self._box:
            group = self._group  # it was named by the table that begins here
            self._end_box(at)
            self._group = group
        self._box[name] = line.shape.table[number, -1]
        self._box_at = at

    def _end_box(self, at: int) -> None:
        number = self._add(at, {}, math.nan, whole=False)
        for name, value in self._box.items():
            self.boxes.setdefault(name, []).append((number, value))
        self._box, self._group = {}, ""
        self._last = (-1, -1)

    def end(self) -> None:
        """Finish what is open."""
        if self._box:
            self._end_box(self._box_at)


def _of_whole_set(shape: Shape, i: int, section: str) -> int:
    """Return the slot to read for a value: of a held-out set the average over it, where it stands behind the value of
    the last batch.
    """
    slots = shape.slots
    held_out = (slots[i].split or section) in ("val", "test")
    return i + 1 if held_out and i + 1 < len(slots) and slots[i + 1].role == "average" else i


def _collect(rows: Rows, lines: list[_Line], boxes: dict[str, list[tuple[int, float]]]) -> None:
    """Put the values of all lines into the columns of the rows."""
    parts: dict[str, list[tuple[NDArray[np.int64], NDArray[np.float64]]]] = {}
    for line in sorted(lines, key=lambda line: line.shape.number):
        shape = line.shape
        numbers = np.frombuffer(line.rows, dtype=np.int64)
        table = shape.table
        gone = {
            slot: {row for row, mine in shape.missing if mine == slot} for slot in {slot for _, slot in shape.missing}
        }
        for section in dict.fromkeys(line.sections):
            mine = (numbers >= 0) & np.array([name == section for name in line.sections], dtype=np.bool_)
            for i, slot in enumerate(shape.slots):
                if slot.role != "value":
                    continue
                name, chosen = _name(shape, i, section), mine
                if i in gone:
                    holes = np.array([row in gone[i] for row in range(len(shape))], dtype=np.bool_)
                    if not shape.cut:
                        rows.missing.setdefault(name, []).extend(numbers[mine & holes].tolist())
                    chosen = mine & ~holes
                values = table[chosen, _of_whole_set(shape, i, section)]
                if slot.quoted:
                    rows.quoted.add(name)
                if slot.of >= 0:
                    total = table[chosen, slot.of]
                    values = np.where(total > 0, values / np.where(total > 0, total, 1.0), values)
                parts.setdefault(name, []).append((numbers[chosen], values))
    for name, found in parts.items():
        rows.values[name] = (np.concatenate([at for at, _ in found]), np.concatenate([values for _, values in found]))
    rows.quoted.update(boxes)
    for name, points in boxes.items():
        at, values = (
            np.array([n for n, _ in points], dtype=np.int64),
            np.array([v for _, v in points], dtype=np.float64),
        )
        rows.values[name] = (at, values)
