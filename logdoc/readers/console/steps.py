"""What numbers the rows of a log: its counters made one."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console.words import BATCH, EPOCH, STEP, is_measure, is_time
from logdoc.readers.tables.counting import join_counters
from logdoc.readers.tables.measures import has_measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from logdoc.readers.console.rows import Rows

ENOUGH = 3  # rows of a kind; a log repeats itself, talk and program text do not
_PER_MEAN = 2  # iterations to a row of a whole epoch, on average, before that is taken for their mean
_UNKNOWN_SHARE = 0.05  # of the rows; so often must a name stand there that is no known measure
_LOSS = re.compile(r"loss(?!.?scale)", re.IGNORECASE)
_EVALUATED = re.compile(r"eval_[a-z]")  # by its name what a trainer evaluated, and be it once
# What a library says whenever it lowers the learning rate: once or twice a training, and each time it counts.
_LOWERED = re.compile(r"\breduc\w+ learning rate$", re.IGNORECASE)
_SELDOM = 20  # rows of an epoch to one of an iteration


@dataclass(slots=True)
class Numbered:
    """The rows of a log that say something, numbered.

    Attributes:
        rows: int64[n], which rows these are.
        counters: ``name -> float64[n]``, NaN where a row has none.
        values: ``name -> (places among `rows`, values)``.
        note: how the counters were made one, "" when there was nothing to make.
        settled: whether the steps are known to count on over the epochs, so that nothing is to be made of them.
        rare: names that were said too seldom to be curves.
        apart: several counts run side by side, and were told apart.
        rounds: how many rounds of one training count anew, and were joined.
        uncounted: how many rows were left out since they name no counter, unlike most.
    """

    rows: NDArray[np.int64]
    counters: dict[str, NDArray[np.float64]]
    values: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]
    note: str = ""
    settled: bool = False
    rare: tuple[str, ...] = ()
    uncounted: int = 0
    apart: bool = False
    rounds: int = 0


def number_rows(rows: Rows) -> Numbered:
    """Return the rows that repeat each other, with one step where epochs and iterations count together."""
    counters = {kind: np.array(column, dtype=np.float64) for kind, column in rows.counters.items()}
    values, rare = _often(rows)
    used = _used(rows, counters, values)
    used &= ~_copies(used, counters, values)
    kept = np.flatnonzero(used)
    place = np.cumsum(used) - 1
    mine = {}
    for name, (at, found) in values.items():
        inside = used[at]
        if kept.size == len(rows) and at.size:
            mine[name] = (at, found)
        elif inside.any():
            mine[name] = (place[at[inside]], found[inside])
    numbered = Numbered(kept, {kind: column[kept] for kind, column in counters.items()}, mine, rare=rare)
    said = np.zeros(len(rows), dtype=np.bool_)
    for at, _ in values.values():
        said[at] = True
    numbered.uncounted = int(np.count_nonzero(said & ~used & ~_counted(counters, said.size)))
    numbered.counters = {kind: c for kind, c in numbered.counters.items() if np.isfinite(c).any()}
    epoch = numbered.counters.get(EPOCH)
    if (
        epoch is not None
        and not rows.own_epochs
        and np.unique(epoch[np.isfinite(epoch)]).size <= 2
        and len(numbered.counters) > 1
    ):
        del numbered.counters[EPOCH]  # it was said once, somewhere else
    _count_into_the_line_that_closes(numbered.counters)
    counted = np.zeros(kept.size, dtype=np.bool_)
    for kind in (STEP, BATCH):
        counted |= np.isfinite(numbered.counters.get(kind, np.full(kept.size, np.nan)))
    _join(
        numbered,
        np.array(rows.bound)[kept],
        np.array(rows.whole, dtype=np.bool_)[kept],
        everywhere=rows.global_steps * 2 > kept.size,
        once=rows.rounds * 2 > kept.size,
    )
    _part_means(numbered, counted)
    return numbered


def _count_into_the_line_that_closes(counters: dict[str, NDArray[np.float64]]) -> None:
    """Give iterations the epoch whose line stands below them, where that is how the log tells its epochs.

    ``Step: 20 ..``, ``Step: 40 ..``, ``Epoch: 0, training loss ..``, ``Step: 20 ..``: the first iterations stand before
    any epoch, each epoch has a line without an iteration, and the iterations start again below it.
    """
    epoch, inner = counters.get(EPOCH), counters.get(STEP, counters.get(BATCH))
    if epoch is None or inner is None or not np.isfinite(epoch).any():
        return
    first = int(np.argmax(np.isfinite(epoch)))
    iterating = np.isfinite(inner)
    said = np.flatnonzero(np.isfinite(epoch) & np.concatenate([[True], np.diff(epoch) != 0]))
    below, above = np.flatnonzero(iterating[first:]), np.flatnonzero(iterating[:first])
    if not below.size or not above.size or iterating[said].any():
        return
    again = inner[first + below[0]] <= inner[above[0]]
    if not (above.size >= ENOUGH and epoch[first] in (0.0, 1.0) and again) and not _as_many(
        above.size, said, iterating
    ):
        return
    carried = np.where(np.isfinite(epoch), epoch + 1, epoch[first])
    counters[EPOCH] = np.where(iterating, carried, epoch)


def _as_many(before: int, said: NDArray[np.int64], iterating: NDArray[np.bool_]) -> bool:
    """Tell whether as many iterations stand above the first line of an epoch as between each two, and none below the
    last: `said` is where these lines stand.
    """
    between = np.diff(np.concatenate([[0], np.cumsum(iterating)])[said])
    return between.size >= 2 and bool((between == before).all()) and not iterating[said[-1] :].any()


def _part_means(numbered: Numbered, counted: NDArray[np.bool_]) -> None:
    """Make a curve of its own of what whole epochs say under the name of a measure of their iterations.

    The mean of an epoch would replace what its last iteration said, where both stand at the same step, or be a point
    of another kind among those of the iterations, where there are several of these to an epoch.

    Args:
        numbered: the rows; their values are changed.
        counted: bool[rows], those that count iterations.
    """
    step = numbered.counters.get(STEP)
    if step is None or counted.all() or not counted.any():
        return
    parted: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
    for name, (at, values) in numbered.values.items():
        within = counted[at]
        own = f"epoch {name}"
        means = int(np.count_nonzero(~within))
        several = means > 1 and within.sum() >= _PER_MEAN * means
        if own in numbered.values or not (several or np.isin(step[at[~within]], step[at[within]]).any()):
            parted[name] = (at, values)
        else:
            parted[name], parted[own] = (at[within], values[within]), (at[~within], values[~within])
    numbered.values = parted


def _often(rows: Rows) -> tuple[dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]], tuple[str, ...]]:
    """Return the measures that the log repeats; one that is said once in a long log is talk, but for an evaluation."""
    most = max((at.size for at, _ in rows.values.values()), default=0)
    if most < ENOUGH:
        return dict(rows.values), ()
    least = min(ENOUGH, most // 10)
    many = max(ENOUGH, _UNKNOWN_SHARE * most)
    epochs = np.array(rows.counters.get(EPOCH, ()), dtype=np.float64)
    every = np.unique(epochs[np.isfinite(epochs)]).size
    kept = {
        name: found
        for name, found in rows.values.items()
        if found[0].size
        >= (least if (is_measure(name) and has_measure(name)) or name == EPOCH or name in rows.quoted else many)
        or _LOWERED.search(name) is not None
        or (_EVALUATED.match(name) is not None and is_measure(name) and has_measure(name))
        or _ends_epochs(epochs, every, found[0])
    }
    return kept, tuple(name for name in rows.values if name not in kept)


def _ends_epochs(epochs: NDArray[np.float64], every: int, at: NDArray[np.int64]) -> bool:
    """Tell whether a measure is said once an epoch, in at least half of them, as results at the end of one are between
    rows of single batches.

    Args:
        epochs: float64[rows], or none where no row has an epoch; `every` is how many there are.
        at: the rows of the measure.
    """
    if at.size < ENOUGH or not epochs.size or 2 * at.size < every:
        return False
    mine = epochs[at]
    return bool(np.isfinite(mine).all()) and np.unique(mine).size == at.size


def _used(
    rows: Rows,
    counters: dict[str, NDArray[np.float64]],
    values: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]],
) -> NDArray[np.bool_]:
    """Return bool[rows]: those that say something and are counted as most are."""
    used = np.zeros(len(rows), dtype=np.bool_)
    for at, _ in values.values():
        used[at] = True
    counted = {kind: int(np.isfinite(column[used]).sum()) for kind, column in counters.items()}
    if not any(counted.values()):
        return used
    has = _counted(counters, len(rows))
    beside = _losses(values, used & has)
    if beside < _losses(values, used & ~has) and 2 * beside <= int((used & has).sum()):
        counters.clear()  # a bar counts beside a warning that is repeated; the losses stand in lines of their own
        return used
    if "epoch" in rows.values:
        return used
    before = int(np.argmax(has)) if has.any() else 0
    has[:before] = repeats_before(before, values)
    if int((used & has).sum()) * 2 <= int(used.sum()):
        return used
    return used & has


def _counted(counters: Mapping[str, NDArray[np.float64]], rows: int) -> NDArray[np.bool_]:
    """Return bool[rows]: those that name any counter."""
    has = np.zeros(rows, dtype=np.bool_)
    for column in counters.values():
        has |= np.isfinite(column)
    return has


def _losses(values: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]], chosen: NDArray[np.bool_]) -> int:
    """Return how many of the chosen rows, bool[rows], say a loss."""
    return max((int(chosen[at].sum()) for name, (at, _) in values.items() if _LOSS.search(name)), default=0)


def _copies(
    used: NDArray[np.bool_],
    counters: Mapping[str, NDArray[np.float64]],
    values: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]],
) -> NDArray[np.bool_]:
    """Return bool[rows]: those that say what the row before says, but for times and speeds, at the same count, where
    at least half of the rows do: every process of a run prints the averages over all of them.
    """
    copies = np.zeros(used.size, dtype=np.bool_)
    step = counters.get(STEP)
    kept = np.flatnonzero(used)
    if step is None or kept.size < 2 * ENOUGH or not np.isfinite(step[kept]).all():
        return copies
    same = np.diff(step[kept]) == 0
    if 2 * int(np.count_nonzero(same)) < same.size:
        return copies
    for name, (at, found) in values.items():
        if is_time(name):
            continue
        column = np.full(used.size, math.nan)
        column[at] = found
        mine = column[kept]
        same &= (mine[1:] == mine[:-1]) | (np.isnan(mine[1:]) & np.isnan(mine[:-1]))
    if 2 * int(np.count_nonzero(same)) >= same.size:
        copies[kept[1:][same]] = True
    return copies


def repeats_before(before: int, values: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]) -> bool:
    """Tell whether the rows before the given one repeat a measure: then they are a run of their own."""
    return any(np.count_nonzero(at < before) >= ENOUGH and is_measure(name) for name, (at, _) in values.items())


def _join(
    numbered: Numbered, bound: NDArray[np.float64], whole: NDArray[np.bool_], *, everywhere: bool, once: bool
) -> None:
    """Make one step of an epoch and an iteration that starts again in it."""
    counters = numbered.counters
    inner = counters.get(STEP)
    if BATCH in counters:
        batch = counters.pop(BATCH)
        inner = batch if inner is None else np.where(np.isfinite(inner), inner, np.nan)
    if inner is None or np.isfinite(inner).sum() < 1:
        return
    epoch = counters.get(EPOCH, np.empty(0))
    if np.unique(inner[np.isfinite(inner)]).size == 1 and np.unique(epoch[np.isfinite(epoch)]).size > 1:
        counters.pop(STEP, None)  # the last of the batches of an epoch, of which only the epoch says a measure
        return
    if _SELDOM * np.isfinite(inner).sum() <= np.isfinite(epoch).sum() and np.unique(epoch[np.isfinite(epoch)]).size > 1:
        counters.pop(STEP, None)  # the first batch of some epochs, in a log that counts these
        return
    if everywhere:
        last = np.maximum.accumulate(np.where(np.isfinite(inner), np.arange(inner.size), -1))
        counters[STEP] = inner[np.where(last < 0, int(np.argmax(np.isfinite(inner))), last)]
        numbered.note = "'step' counts steps of the whole run"
        return
    held = whole & ~np.isfinite(inner)
    counted = join_counters(
        counters.get(EPOCH),
        inner,
        bound=bound,
        whole=held if held.any() else None,
        levels=_levels(numbered),
        once=once,
    )
    if counted is None:
        counters[STEP] = inner
        return
    numbered.note = counted.note if counted.per_epoch else ""
    numbered.settled = EPOCH in counters
    counters[STEP] = counted.steps.astype(np.float64)
    if EPOCH in counters and len(set(epoch[np.isfinite(epoch)].tolist())) <= 2 and not counted.per_epoch:
        del counters[EPOCH]


def _levels(numbered: Numbered) -> NDArray[np.float64] | None:
    """Return the loss of every row, for a counter without epochs that starts again: does the loss, too?"""
    names = sorted(numbered.values, key=lambda name: ("loss" not in name.lower(), -numbered.values[name][0].size))
    if not names:
        return None
    column = np.full(numbered.rows.size, math.nan)
    at, values = numbered.values[names[0]]
    column[at] = values
    return column
