"""Several trainings that were appended to one file of rows: where each of them starts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.documents import flatten
from logdoc.readers.dumps import names_settings
from logdoc.readers.tables.axes import known_counter, normal_name
from logdoc.readers.tables.column import TEXT
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.passes import passes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from logdoc.readers.tables.column import Column

_FEWEST = 3  # rows that are counted; a shorter start was broken off, and what it logged was replaced
_MOST = 1_000  # starts, and measures that are looked at; more starts are something else
_HEAD = 20  # rows of a start that tell what it measures
_ALIKE = 0.5  # of the names that either of two starts has
_SEVERAL = 2  # names
_LEVEL = 3  # rows whose median is the level of a measure
_PROCESSES = frozenset(("rank", "local_rank", "global_rank", "process", "worker", "device"))
_RESETTING = frozenset(
    ("batch", "batches", "batch_idx", "minibatch", "iter", "iters", "iteration", "it", "step", "steps")
)


def starts_in(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the number of the row at which each training begins, the first one 0.

    A training starts where every counter of a row is back at its beginning, and what stood there before is measured
    again. One that was resumed counts on from a later place; a counter that starts again in every epoch of one training
    leaves its loss where it was; where a text or a number tells the parts apart, the file holds several curves.

    Args:
        columns: of the rows.
        rows: as logged; those in front of a start that count and measure nothing belong to it.
    """
    counters = [column for column in columns if known_counter(column.name) and column.count(TEXT) == 0]
    backs = _backs(counters, len(rows))
    if not backs.size or backs.size >= _MOST:
        return [0]
    measures = [column for column in columns if has_measure(column.name) and not known_counter(column.name)]
    begins, opening = [0], _row(measures, 0)
    for back in backs.tolist():
        anew = _enough(counters, begins[-1], back) and _before(counters, begins[-1], back)
        if anew and _alike(opening, _row(measures, back)):
            begins.append(back)
    if len(begins) > 1 and not _enough(counters, begins[-1], len(rows)):
        begins.pop()
    edges = [*begins, len(rows)]
    spans = list(pairwise(edges))
    names = [_measured(measures, begin, end) for begin, end in spans]
    alike = all(_alike(names[0], mine) for mine in names)
    if len(begins) == 1 or not alike or passes_of(columns) is not None:
        return [0]
    if _told_apart(columns, spans) or _goes_on(columns, counters, spans):
        return [0]
    return [0, *(_with_front(rows, begin, counters) for begin in begins[1:])]


def again(number: int, count: int) -> str:
    """Return what is told of the run of the given number among those of one file."""
    often = "once" if count == 2 else f"{count - 1:,} times"
    return f"the counters start again {often}: this is run {number} of {count} in the file"


def _backs(counters: Sequence[Column], count: int) -> NDArray[np.int64]:
    """Return the rows at which some counter is back at or below where it began, and none is beyond that."""
    back, beyond = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
    for column in counters:
        at, values = column.places(), column.numbers()
        if values.size < _FEWEST or not np.isfinite(values).all():
            continue
        begun = values[1:] <= values[0]
        back[at[1:]] |= begun & (np.diff(values) < 0)
        beyond[at[1:]] |= ~begun
    return np.flatnonzero(back & ~beyond)


def _enough(counters: Sequence[Column], begin: int, end: int) -> bool:
    """Tell whether rows count to several numbers."""
    for column in counters:
        at = column.places()
        inside = column.numbers()[(at >= begin) & (at < end)]
        if np.unique(inside).size >= _FEWEST:
            return True
    return False


def _before(counters: Sequence[Column], begin: int, back: int) -> bool:
    """Tell whether no counter is beyond where the training began that is told at present: one that begins far below the
    first of the file counts on there.
    """
    for column in counters:
        at, values = column.places(), column.numbers()
        if values.size < _FEWEST or not np.isfinite(values).all():
            continue
        first, row = (int(place) for place in np.searchsorted(at, (begin, back)))
        if row < at.size and at[row] == back and values[row] > values[first]:
            return False
    return True


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether more than half of what either measures is measured by both, or several names and all that one of
    them has, where the program logged less after it was changed: a rate alone is in rows of any kind.
    """
    both = len(one & other)
    return both > _ALIKE * len(one | other) or both == min(len(one), len(other)) >= _SEVERAL


def _row(columns: Sequence[Column], begin: int) -> frozenset[str]:
    """Return what the first row from here on measures that measures anything: a start begins as the first one did, and
    an evaluation between the rows of training does not.
    """
    firsts = {}
    for column in columns[:_MOST]:
        at = column.places()
        first = int(np.searchsorted(at, begin))
        if first < at.size:
            firsts[column.name] = int(at[first])
    nearest = min(firsts.values(), default=-1)
    return frozenset(name for name, at in firsts.items() if at == nearest)


def _measured(columns: Sequence[Column], begin: int, end: int) -> frozenset[str]:
    """Return the names of what the first rows of a start measure."""
    found = set()
    for column in columns[:_MOST]:
        at = column.places()
        first = int(np.searchsorted(at, begin))
        if first < at.size and at[first] < min(end, begin + _HEAD):
            found.add(column.name)
    return frozenset(found)


def _told_apart(columns: Sequence[Column], spans: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a text, or the number of a process, stays the same within each start and differs between them."""
    for column in columns:
        cells = column.values if normal_name(column.name) in _PROCESSES else column.texts
        if cells is not None:
            said = [frozenset(cells[begin:end]) for begin, end in spans]
            if all(len(mine) == 1 for mine in said) and len(set(said)) == len(said):
                return True
    return False


def _goes_on(columns: Sequence[Column], counters: Sequence[Column], spans: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a count that is one of batches perhaps starts again while the loss goes on from where it was."""
    if any(normal_name(column.name).rpartition("/")[2] not in _RESETTING for column in counters):
        return False
    lengths = {end - begin for begin, end in spans[:-1]}
    if len(spans) <= 2 or len(lengths) > 1:
        return False
    losses = [column for column in columns if "loss" in column.name.lower() and has_measure(column.name)]
    return bool(losses) and not _back_at_first(losses[0], spans)


def _back_at_first(column: Column, spans: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a measure is nearer to its beginning than to its last value at most starts."""
    values = [v[np.isfinite(v)] for begin, end in spans for v in (column.values[begin:end],)]
    values = [v for v in values if v.size]
    if len(values) < 2:
        return True
    first = float(np.median(values[0][:_LEVEL]))
    pairs = [
        (float(np.median(before[-_LEVEL:])), float(np.median(after[:_LEVEL]))) for before, after in pairwise(values)
    ]
    back = sum(abs(after - first) <= abs(after - before) for before, after in pairs)
    return 2 * back > len(pairs)


def _with_front(rows: Sequence[Mapping[str, Any]], begin: int, counters: Sequence[Column]) -> int:
    """Return the first of the rows in front of a start that print its settings."""
    names = {column.name for column in counters} & rows[begin].keys()
    while begin > 1 and not names & rows[begin - 1].keys() and names_settings(flatten(rows[begin - 1])[0], least=1):
        begin -= 1
    return begin
