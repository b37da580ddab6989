"""The runs that follow each other in one log, told apart by where their counters begin again."""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console.interleaved import side_by_side
from logdoc.readers.console.rounds import rounds_joined
from logdoc.readers.console.steps import repeats_before
from logdoc.readers.console.words import EPOCH, STEP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.readers.console.steps import Numbered

_RISES = 0.05  # of the rows of a count that falls
_SHARE = 0.125  # of the rows; results at the end of each run rise by chance
_NEAR = 2  # rows behind the first one at which a run may begin that counts every few steps
_LOST = 20  # rows; whoever resumes a training does not go back that far to its beginning
_VOID = 5  # rows that are made void, to one that follows
_RECENT = 64  # rows that tell how far apart they are
_NAMES = 200  # measures that are looked at
_PART = 3  # rows; a shorter run in a file of several is an attempt that was broken off


def parts_of(numbered: Numbered, marked: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Return the rows of each run of a log that several were appended to: where the counters are back at their
    beginning, a run of some length starts.

    Args:
        numbered: the rows.
        marked: bool[rows], those in front of which a line says that a training ends, or that one begins.
    """
    everything = np.arange(numbered.rows.size)
    step = numbered.counters.get(STEP)
    key = step if step is not None and np.isfinite(step).sum() * 2 > step.size else numbered.counters.get(EPOCH)
    if key is None:
        key = next(iter(numbered.counters.values()), None)
    steady = _steady(numbered, key)
    if key is not None and not steady and (apart := side_by_side(key, _level(numbered))) is not None:
        numbered.apart = True
        return [part for part in apart if np.unique(key[part]).size >= _PART]
    before = _uncounted_before(numbered)
    if before and key is not None:
        rest = _parts(everything[before:], key, steady, marked)
        return [everything[:before], *rest]
    parts = _parts(everything, key, steady, marked)
    loss = _level(numbered)
    if key is not None and loss is not None and (on := rounds_joined(parts, key, loss)) is not None:
        numbered.counters = {name: on if column is key else column for name, column in numbered.counters.items()}
        numbered.rounds = len(parts)
        return [everything]
    return parts


def _level(numbered: Numbered) -> NDArray[np.float64] | None:
    """Return the first measure that every row has, a loss where there is one; None where there is none."""
    whole = [
        (name, values[np.argsort(at, kind="stable")])
        for name, (at, values) in numbered.values.items()
        if at.size == numbered.rows.size
    ]
    return min(whole, key=lambda one: "loss" not in one[0].lower())[1] if whole else None


def _steady(numbered: Numbered, key: NDArray[np.float64] | None) -> list[NDArray[np.int64]]:
    """Return the rows of each measure whose count never goes back, in a log in which that of others does."""
    if key is None or bool((np.diff(key[np.isfinite(key)]) >= 0).all()):
        return []
    places = [at for at, _ in islice(numbered.values.values(), _NAMES) if at.size > max(_PART, _SHARE * key.size)]
    return [at for at in places if bool((np.diff(key[at]) >= 0).all())]


def _counts_on(row: int, key: NDArray[np.float64], steady: list[NDArray[np.int64]], *, often: bool) -> bool:
    """Tell whether another measure counts on over a row, so that what is back at its beginning there is a count of its
    own, of one loss of several perhaps, and no run begins; behind its last row, where it did so `often`.
    """
    for at in steady:
        behind = int(np.searchsorted(at, row))
        if behind == at.size and often:
            return True
        if 1 < behind < at.size and at[behind] > row and key[at[behind]] > key[at[behind - 1]]:
            return True
    return False


def _uncounted_before(numbered: Numbered) -> int:
    """Return how many rows stand before the first that is counted, if they are a run of their own; else 0.

    They are one where they repeat a measure; rows whose counters are simply named later say every measure once.
    """
    counted = np.zeros(numbered.rows.size, dtype=np.bool_)
    for column in numbered.counters.values():
        counted |= np.isfinite(column)
    before = int(np.argmax(counted)) if counted.any() else 0
    return before if repeats_before(before, numbered.values) else 0


def count_down(numbered: Numbered, times: NDArray[np.float64] | None) -> bool:
    """Take a count that falls while time goes on from the rows: it counts what is left. Return whether there was one.

    Args:
        numbered: the rows; their counters are changed.
        times: float64[all rows], when each was printed; None where that is not known.
    """
    key = numbered.counters.get(STEP, numbered.counters.get(EPOCH))
    if times is None or key is None or not np.isfinite(key).all() or not _falls_all_along(np.diff(key)):
        return False
    went_on = np.diff(times[numbered.rows])
    if not bool((went_on >= 0).all()) or not bool((went_on > 0).any()):
        return False
    numbered.counters.clear()
    numbered.note = ""
    return True


def _falls_all_along(further: NDArray[np.float64]) -> bool:
    """Tell whether a count falls from row to row: the newest row stands first, or what is left is counted.

    Args:
        further: float64[rows - 1], by how much it grows.
    """
    down, up = int(np.count_nonzero(further < 0)), int(np.count_nonzero(further > 0))
    return down >= _PART and up <= _RISES * down


def _parts(
    everything: NDArray[np.int64],
    key: NDArray[np.float64] | None,
    steady: list[NDArray[np.int64]],
    marked: NDArray[np.bool_],
) -> list[NDArray[np.int64]]:
    """Return the given rows, cut where `key` is back at its beginning, and no `steady` measure counts on."""
    if key is None:
        return [everything]
    mine = key[everything]
    further = np.diff(mine[np.isfinite(mine)])
    if bool((further >= 0).all()) or _falls_all_along(further):
        return [everything]
    parts: list[list[int]] = []
    last = lowest = math.inf
    passed = 0
    falls = _falls(mine)
    for row, value in zip(everything.tolist(), mine.tolist(), strict=True):
        at = last if math.isnan(value) else value
        fell = at < last and bool(parts) and len(parts[-1]) >= _PART
        back = fell and (
            at <= lowest
            or _near_beginning(key, parts[-1], row, lowest, last, sure=bool(marked[row]))
            or _tries(key, parts[-1], at, falls.get(row - int(everything[0]), math.inf))
        )
        on = back and _counts_on(row, key, steady, often=passed >= _PART)
        passed += on
        if not parts or (back and not on):
            parts.append([])
            lowest = math.inf
        parts[-1].append(row)
        last = at
        lowest = min(lowest, at)
    kept = [np.array(part) for part in parts if np.unique(key[part]).size >= _PART]
    return kept or [everything]


def _falls(mine: NDArray[np.float64]) -> dict[int, float]:
    """Return ``row -> how many rows follow`` until the next one, of the rows at which a count falls."""
    known = np.flatnonzero(np.isfinite(mine))
    at = known[1:][np.diff(mine[known]) < 0]
    return dict(zip(at.tolist(), np.diff(np.append(at, mine.size)).tolist(), strict=True))


def _tries(key: NDArray[np.float64], part: list[int], at: float, follow: float) -> bool:
    """Tell whether a few rows behind a long run would make void far more of it than they are: who resumes a training
    goes on with it, and who loads its weights and tries something starts another.
    """
    void = int(np.count_nonzero(key[part] >= at))
    return void >= _LOST and void > _VOID * follow


def _near_beginning(
    key: NDArray[np.float64], part: list[int], row: int, lowest: float, last: float, *, sure: bool
) -> bool:
    """Tell whether a count falls to within a row or two of where the run began, and goes on from there.

    Args:
        key: float64[rows], the count.
        part: the rows of the run so far.
        row: at which the count has fallen.
        lowest: where the run began to count, and `last` how far it had counted.
        sure: a line in front of the row says that a training ended, or that one begins.
    """
    back = key[row] - lowest
    if not sure and _LOST * back > _NEAR * (last - lowest):
        return False
    mine, behind = key[part[-_RECENT:]], key[row : row + _PART]
    grown, behind = np.diff(mine[np.isfinite(mine)]), behind[np.isfinite(behind)]
    if behind.size < 2 or not behind[0] <= behind[1] < last or not (grown > 0).any():
        return False
    spacing = max(float(np.median(grown[grown > 0])), float(behind[1] - behind[0]))
    return bool(back <= _NEAR * spacing) and (sure or last - lowest >= _LOST * spacing)
