"""What every line of one kind says, worked out once before the walk through a log: what it counts, which part of the
data it speaks of, and whether it is said of a whole epoch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import fronts, words
from logdoc.readers.console.boxes import box_of
from logdoc.readers.console.counting_up import FINISHED
from logdoc.readers.console.presets import called
from logdoc.readers.console.redraws import kept_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Grammar, Shape

INNER = (words.STEP, words.BATCH)
_SELDOM = 10  # iterations of training, at least, to an evaluation that counts for itself
_FEWEST = 3  # lines that count one by one
_PAIR = 2  # amounts of data: what is fitted, and what is evaluated
_TAKEN = ("row", "state", "section", "box", "group", "inner")


@dataclass(slots=True)
class Prepared:
    """What every line of one shape says.

    Attributes:
        keep: bool[lines]: which of them are taken.
        at: int64[lines]: where they stand.
        kinds: what is counted; `counts` has float64[lines] for each, `bounds` the n of ``i/n`` of the iteration.
        named: the names of what is measured.
        split: the part of the data that a heading or a line that counts for those below names.
        whole: the lines are said of a whole epoch.
        unsplit: some measure belongs to the part of the data that a heading above names.
        everywhere: a step is counted over the whole run.
        rows: int64[lines]: the row that each line became part of; -1 for those that are left out.
        sections: int64[lines]: the place among `parts` of the part of the data that each was said under.
        seen: how many lines were walked already.
        opening: how the line begins, by a number that lines which begin alike share.
        alternate: the part of the data of each line where what was fitted is evaluated by lines of the same form.
        leads: the lines name no count, and stand in front of one that counts for both.
        box: the two cells of a line drawn with bars, and `cells`, float64[lines], the numbers in the second.
    """

    shape: Shape
    keep: NDArray[np.bool_]
    at: NDArray[np.int64]
    kinds: tuple[str, ...]
    counts: tuple[NDArray[np.float64], ...]
    bounds: NDArray[np.float64] | None
    named: frozenset[str]
    split: str
    whole: bool
    unsplit: bool
    everywhere: bool
    rows: NDArray[np.int64]
    sections: NDArray[np.int8]
    box: tuple[str, str] = ("", "")
    cells: NDArray[np.float64] | None = None
    parts: list[str] = field(default_factory=lambda: [""])
    seen: int = 0
    opening: int = -1
    leads: bool = False
    alternate: list[str] | None = None

    def count_above(self) -> dict[str, float] | None:
        """Return what stands before the first count of lines that count up one by one; None where they do not."""
        if len(self.counts) != 1 or len(self.counts[0]) < _FEWEST or not bool((np.diff(self.counts[0]) == 1).all()):
            return None
        return {self.kinds[0]: float(self.counts[0][0]) - 1}

    def part(self, section: str) -> int:
        """Return the place of a part of the data among `parts`."""
        if section not in self.parts:
            self.parts.append(section)
        return self.parts.index(section)


def prepare(grammar: Grammar) -> tuple[list[Prepared | None], int]:
    """Return what the lines of every shape say, None for those that say nothing, and how many lines of other
    processes than the first are left out.
    """
    first = _first_process(grammar)
    training = _training_bounds(grammar)
    course = _training_course(grammar)
    trained = any(shape.kind == "row" and not _is_held_out(shape) for shape in grammar.shapes)
    evaluated = _evaluated_behind(grammar)
    result: list[Prepared | None] = []
    others = 0
    openings: dict[str, int] = {}
    for shape in grammar.shapes:
        if shape.kind not in _TAKEN:
            result.append(None)
            continue
        line = _prepared(shape, training, course, trained=trained)
        line.opening = openings.setdefault(_opening(shape), len(openings))
        line.alternate = evaluated.get(id(shape))
        process = _processes(shape)
        if first is not None and process is not None and shape.kind == "row":
            line.keep &= process == first
            others += int(np.count_nonzero(process != first))
        result.append(line)
    return result, others


def _opening(shape: Shape) -> str:
    """Return the words before the first number of a line, without its front."""
    own = shape.line[fronts.own_words(shape.line) :]
    return re.split(r"[-+]?\.?\d", own, maxsplit=1)[0].strip()


def _is_held_out(shape: Shape) -> bool:
    """Tell whether all that a row measures is of validation or test."""
    splits = {slot.split for slot in shape.slots if slot.role == "value"}
    return shape.kind == "row" and bool(splits) and splits <= {"val", "test"}


def _prepared(
    shape: Shape, training: frozenset[float], course: Mapping[float, tuple[float, float]], *, trained: bool
) -> Prepared:
    """Return what the lines of a shape say; `trained`: the log has rows of training, too, so that one of validation
    alone counts its own batches. `training` are the bounds of iterations of training, `course` the first and last of
    them in each epoch.
    """
    places = [i for i, slot in enumerate(shape.slots) if slot.role == "counter"]
    splits = {slot.split for slot in shape.slots if slot.role == "value"}
    held_out = _is_held_out(shape)
    inner = next((i for i in places if shape.slots[i].counter in INNER), None)
    bounds = None
    whole = False
    if inner is not None and shape.slots[inner].of >= 0:
        bounds = shape.column(shape.slots[inner].of)
        whole = held_out and trained and not frozenset(np.unique(bounds).tolist()) & training
    if held_out and trained and inner is not None and shape.slots[inner].counter == words.BATCH:
        whole = True
    if held_out and inner is not None and not whole:
        whole = _counts_apart(shape, inner, course)
    if whole and inner is not None:
        places.remove(inner)
    box = box_of(shape.line) if shape.kind in ("box", "group") else None
    names = frozenset(name_of(shape, i) for i, slot in enumerate(shape.slots) if slot.role == "value")
    return Prepared(
        shape,
        kept_rows(shape) if shape.tokens else np.ones(len(shape), dtype=np.bool_),
        np.frombuffer(shape.at, dtype=np.int64),
        tuple(shape.slots[i].counter for i in places),
        tuple(shape.column(i) for i in places),
        None if whole else bounds,
        names,
        _section(shape.line) if shape.kind == "section" else _split_of_state(shape),
        whole or held_out,
        bool(splits) and "" in splits,
        any(slot.role == "counter" and slot.why.endswith("whole run") for slot in shape.slots),
        np.full(len(shape) if shape.kind == "row" else 0, -1, dtype=np.int64),
        np.zeros(len(shape) if shape.kind == "row" else 0, dtype=np.int8),
        ("", "") if box is None else (box[1], box[2]),
        shape.column(len(shape.tokens) - 1) if shape.kind == "box" else None,
    )


def _evaluated_behind(grammar: Grammar) -> dict[int, list[str]]:
    """Return, by the id of a shape, the split of each of its bars that are printed at their end: "test" where a bar
    over more data stands above and no line between the two begins an epoch, as where Keras evaluates what it fitted;
    "val" where that is done behind every other epoch or more often.
    """
    bars: list[tuple[int, float, int, int]] = []
    shapes = [s for s in grammar.shapes if s.kind == "row" and any(v.role == "value" and not v.split for v in s.slots)]
    for number, shape in enumerate(shapes):
        ends = [slot.of for slot in shape.slots if slot.name == FINISHED and slot.role == "other"]
        if ends:
            totals = shape.column(ends[-1]).tolist()
            bars += [(at, total, number, i) for i, (at, total) in enumerate(zip(shape.at, totals, strict=True))]
    amounts = sorted({total for _, total, _, _ in bars})
    if len(amounts) != _PAIR:
        return {}
    states = [np.frombuffer(shape.at, dtype=np.int64) for shape in grammar.shapes if shape.kind == "state"]
    begun = np.sort(np.concatenate([np.empty(0, dtype=np.int64), *states]))
    marked: list[tuple[int, int]] = []
    fitted, fits = -1, 0
    for at, total, number, i in sorted(bars):
        if total == amounts[1]:
            fitted, fits = at, fits + 1
        elif fitted >= 0 and np.searchsorted(begun, at) == np.searchsorted(begun, fitted):
            marked.append((number, i))
    split = "test" if _PAIR * len(marked) <= fits else "val"
    found: dict[int, list[str]] = {}
    for number, i in marked:
        shape = shapes[number]
        found.setdefault(id(shape), [""] * len(shape))[i] = split
    return found


def _training_bounds(grammar: Grammar) -> frozenset[float]:
    """Return the n of ``i/n`` of lines that do not speak of validation."""
    found: set[float] = set()
    for shape in grammar.shapes:
        if shape.kind != "row" or any(slot.split in ("val", "test") for slot in shape.slots):
            continue
        for slot in shape.slots:
            if slot.role == "counter" and slot.counter in INNER and slot.of >= 0:
                found.update(np.unique(shape.column(slot.of)).tolist()[:1000])
    return frozenset(found)


def _training_course(grammar: Grammar) -> dict[float, tuple[float, float]]:
    """Return ``epoch -> (first, last)`` of the iterations of lines of training that name both."""
    course: dict[float, tuple[float, float]] = {}
    for shape in grammar.shapes:
        found = {slot.counter: i for i, slot in enumerate(shape.slots) if slot.role == "counter"}
        if shape.kind != "row" or _is_held_out(shape) or not {words.EPOCH, words.STEP} <= found.keys():
            continue
        epochs, steps = shape.column(found[words.EPOCH]), shape.column(found[words.STEP])
        for epoch in np.unique(epochs[np.isfinite(epochs)]).tolist():
            mine = steps[epochs == epoch]
            low, high = course.get(epoch, (np.inf, -np.inf))
            course[epoch] = (min(low, float(mine.min())), max(high, float(mine.max())))
    return course


def _counts_apart(shape: Shape, inner: int, course: Mapping[float, tuple[float, float]]) -> bool:
    """Tell whether lines of held-out data count on over the epochs for themselves: what they count to in an epoch is in
    most epochs no number that training has there.
    """
    outer = next(
        (i for i, slot in enumerate(shape.slots) if slot.role == "counter" and slot.counter == words.EPOCH), None
    )
    if outer is None:
        # "validation: iter 3" below "epoch 2, iter 8000": how often it was evaluated.
        counted, ends = shape.column(inner), float(np.median([end for _, end in course.values()] or [0.0]))
        by_one = counted.size > 1 and 2 * int(np.count_nonzero(np.diff(counted) == 1)) > counted.size
        return len(course) > 1 and by_one and _SELDOM * float(counted.max()) < ends
    pairs = zip(shape.column(outer).tolist(), shape.column(inner).tolist(), strict=True)
    known = [(step, *course[epoch]) for epoch, step in pairs if epoch in course]
    apart = sum(not low <= step <= high + 1 for step, low, high in known)
    return len(known) > 1 and 2 * apart > len(known)


def _split_of_state(shape: Shape) -> str:
    """Return the part of the data that a line which counts for those below it names: ``Eval epoch: 4``."""
    counted = [slot for slot in shape.slots if slot.role == "counter"]
    return counted[0].split if shape.kind == "state" and counted and counted[0].split in ("val", "test") else ""


def _section(line: str) -> str:
    match = words.SECTION.match(line[fronts.own_words(line) :])
    return words.split_of(match[1]) or {"validat": "val", "evaluat": "val"}.get(match[1].lower(), "") if match else ""


def name_of(shape: Shape, i: int, section: str = "") -> str:
    """Return the name of a measure of a shape, said under the heading of a part of the data."""
    slot = shape.slots[i]
    return called(words.with_split(slot.name, slot.split or section), shape)


def _processes(shape: Shape) -> NDArray[np.float64] | None:
    """Return the number of the process that printed each line of a shape, None where its lines name none."""
    ranks = [i for i, slot in enumerate(shape.slots) if slot.role == "rank"]
    if ranks:
        return shape.column(ranks[0])
    front = shape.line[: fronts.own_words(shape.line)]
    match = fronts.RANK.search(front) or re.match(
        r"^\[?(?:rank|gpu|worker|node)[ _]?(\d+)\]?:?\s", shape.line, re.IGNORECASE
    )
    return None if match is None else np.full(len(shape), float(next(group for group in match.groups() if group)))


def _first_process(grammar: Grammar) -> float | None:
    """Return the lowest number of a process that printed measures; None where only one did."""
    found: set[float] = set()
    for shape in grammar.shapes:
        if shape.kind == "row" and (mine := _processes(shape)) is not None:
            found.update(np.unique(mine).tolist())
    return min(found) if len(found) > 1 else None
