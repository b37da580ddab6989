"""Counters that start again: an epoch beside an iteration within it, made one step that only grows.

Nothing here knows a file format. Rows come in the order in which they were logged; a reader says which of them belong
to a whole epoch (a validation, a summary) and, where the log prints ``i/n``, what the iteration is bounded by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST = 2**62  # steps beyond this would overflow
_FEW_ATTEMPTS = 3  # so many restarts are believed in any log; more only in a log long enough
_ATTEMPT_SHARE = 0.05  # of the rows; more restarts than that are rows out of order
_SAME_WIDTHS = 2  # epochs of one width before a counter without an epoch is believed to start again in each
_LEVEL_ROWS = 3  # rows at a jump whose median is the level there
_MOST_JUMPS = 256  # so many jumps tell what the others are


@dataclass(frozen=True, slots=True)
class Counted:
    """One count made of two.

    Attributes:
        steps: int64[rows]; goes back only where the run itself began again.
        per_epoch: iterations of an epoch, of the last attempt; 0 where the iteration runs on over the epochs.
        first_epoch: number of the first epoch, 0 or 1.
        note: how it was found, for `logdoc inspect`.
    """

    steps: NDArray[np.int64]
    per_epoch: int
    first_epoch: int
    note: str


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that count iterations: their attempt, epoch and iteration, and its bound (0 where unknown)."""

    attempt: NDArray[np.int64]
    epoch: NDArray[np.int64]
    inner: NDArray[np.int64]
    bound: NDArray[np.int64]
    ordered: bool = True


def join_counters(
    epoch: NDArray[np.float64] | None,
    inner: NDArray[np.float64],
    *,
    bound: NDArray[np.float64] | None = None,
    whole: NDArray[np.bool_] | None = None,
    levels: NDArray[np.float64] | None = None,
    once: bool = False,
) -> Counted | None:
    """Return one step for every row of a log whose iteration starts again in every epoch, or that of the iteration.

    The step is (epoch - first epoch) · n + iteration. The iterations per epoch n come from `bound`, else from where the
    iteration jumps back. A row that belongs to a whole epoch takes the step of the end of its epoch; one between
    iterations of the same epoch that of the iteration before it. Where the epoch goes back, or the iteration does
    within an epoch, the run began again, and so do the steps. An iteration that runs on over the epochs is the step
    itself.

    Args:
        epoch: float64[rows], NaN where a row names none and goes with the row before; None when the log has no epochs.
        inner: float64[rows], NaN where a row has no iteration.
        bound: float64[rows], the n of ``i/n``, NaN where unknown.
        whole: bool[rows], the rows that belong to a whole epoch whatever iteration they name (a validation with its own
            count); rows without an iteration always do.
        levels: float64[rows], a measure that tells an epoch from a run: without epochs in the log, a measure that is
            back at its beginning with the counter says that the run began again.
        once: a run counts its iterations once, as boosting does its rounds; one that starts again is another run.

    Returns:
        None when no row counts iterations, or a counter is no whole number.
    """
    counts = np.isfinite(inner) if whole is None else np.isfinite(inner) & ~whole
    if not counts.any() or not _are_whole(inner[counts]) or (epoch is not None and not _are_whole(epoch)):
        return None
    iterations = inner[counts].astype(np.int64)
    limits = _bounds(iterations, None if bound is None else bound[counts])
    carried = None if epoch is None else _carried(epoch)
    if carried is not None and not _epoch_says_nothing(carried[counts], iterations):
        attempt, ordered = _attempts(carried[counts], iterations)
        rows = _Rows(attempt, carried[counts], iterations, limits, ordered)
    else:
        if once:
            made = _every_jump_a_run(iterations)
        else:
            made = _epochs_of_jumps(iterations, limits, None if levels is None else levels[counts])
        rows = _Rows(*made, iterations, limits)
        carried = _carried_from(rows.epoch, counts)
    return _joined(rows, counts, carried)


def _are_whole(values: NDArray[np.float64]) -> bool:
    finite = values[np.isfinite(values)]
    return bool(np.all(finite == np.floor(finite)) and np.all(np.abs(finite) < 2**53))


def _bounds(inner: NDArray[np.int64], bound: NDArray[np.float64] | None) -> NDArray[np.int64]:
    """Return int64[n]: the bounds, 0 where there is none; all 0 where the iteration exceeds them.

    Those are bounds of other things.
    """
    if bound is None:
        return np.zeros(inner.size, dtype=np.int64)
    known = np.isfinite(bound) & (bound >= 1) & (bound < 2**53)
    limits = np.where(known, bound, 0.0).astype(np.int64)
    return limits if bool(np.all(inner[known] <= limits[known])) else np.zeros_like(limits)


def _carried(values: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Return int64[n]: every hole takes the value before it, holes at the beginning the first; None without a value."""
    known = np.isfinite(values)
    if not known.any():
        return None
    last = np.maximum.accumulate(np.where(known, np.arange(values.size), -1))
    filled: NDArray[np.int64] = values[np.where(last < 0, int(np.argmax(known)), last)].astype(np.int64)
    return filled


def _carried_from(values: NDArray[np.int64], at: NDArray[np.bool_]) -> NDArray[np.int64]:
    spread = np.full(at.size, np.nan)
    spread[at] = values
    carried = _carried(spread)
    assert carried is not None  # noqa: S101 - some row counts
    return carried


def _epoch_says_nothing(epoch: NDArray[np.int64], inner: NDArray[np.int64]) -> bool:
    """An epoch that never changes while the iteration jumps back again and again was said once, somewhere else."""
    return bool((epoch == epoch[0]).all()) and int(np.count_nonzero(np.diff(inner) < 0)) >= _SAME_WIDTHS


def _attempts(epoch: NDArray[np.int64], inner: NDArray[np.int64]) -> tuple[NDArray[np.int64], bool]:
    """Return int64[n], one more wherever the run began again, and whether the rows are in order; else it is all 0."""
    later, further = np.diff(epoch), np.diff(inner)
    back = (later < 0) | ((later == 0) & (further < 0))
    ordered = int(np.count_nonzero(back)) <= max(_FEW_ATTEMPTS, _ATTEMPT_SHARE * epoch.size)
    attempt = np.concatenate(([0], np.cumsum(back & ordered)))
    return attempt.astype(np.int64), ordered


def _epochs_of_jumps(
    inner: NDArray[np.int64], bound: NDArray[np.int64], levels: NDArray[np.float64] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the attempt and the epoch of rows without an epoch, from where their iteration jumps back.

    It is the next epoch that begins where the iteration had come as far as in the others (or to its bound), and
    another attempt where it had not, or where the measure is back at its beginning as well.
    """
    jumps = np.flatnonzero(np.diff(inner) < 0) + 1
    none = np.zeros(inner.size, dtype=np.int64)
    if not jumps.size:
        return none, none
    ends = inner[jumps - 1]
    spacing = _spacing(inner)
    reached = ends + spacing > bound[jumps - 1] if bound.any() else ends + spacing > int(ends.max())
    same_start = np.count_nonzero(inner[jumps] == inner[jumps[-1]]) > 0.5 * jumps.size
    enough = bound.any() or (np.count_nonzero(reached) >= _SAME_WIDTHS and same_start)
    if not enough or (levels is not None and _begins_again(levels, jumps)):
        reached = np.zeros(jumps.size, dtype=np.bool_)
    attempt, number = none.copy(), none.copy()
    attempt[jumps], number[jumps] = ~reached, reached
    attempt, number = np.cumsum(attempt), np.cumsum(number)
    firsts = np.flatnonzero(np.diff(attempt, prepend=-1))
    return attempt, number - np.repeat(number[firsts], np.diff(np.append(firsts, inner.size)))


def _every_jump_a_run(inner: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the attempt and the epoch of rows of which each that counts less than the one before begins a run."""
    return np.concatenate(([0], np.cumsum(np.diff(inner) < 0))).astype(np.int64), np.zeros(inner.size, dtype=np.int64)


def _spacing(inner: NDArray[np.int64]) -> int:
    """Return by how much the iteration most often grows from row to row; 1 where it never grows."""
    grown = np.diff(inner)
    sizes, counts = np.unique(grown[grown > 0], return_counts=True)
    return int(sizes[np.argmax(counts)]) if sizes.size else 1


def _begins_again(levels: NDArray[np.float64], jumps: NDArray[np.int64]) -> bool:
    """Tell whether a measure is nearer to its beginning than to where it was, after most jumps of the counter."""

    def level(start: int) -> float:
        few = levels[max(start, 0) : start + _LEVEL_ROWS]
        few = few[np.isfinite(few)]
        return float(np.median(few)) if few.size else np.nan

    jumps = jumps[:: -(-jumps.size // _MOST_JUMPS)]
    first = level(0)
    after = np.array([level(int(at)) for at in jumps])
    before = np.array([level(int(at) - _LEVEL_ROWS) for at in jumps])
    known = np.isfinite(after) & np.isfinite(before) & np.isfinite(first)
    back = np.abs(after - first) < np.abs(after - before)
    return int(np.count_nonzero(back & known)) > 0.5 * int(np.count_nonzero(known))


def _joined(rows: _Rows, counts: NDArray[np.bool_], epoch: NDArray[np.int64]) -> Counted | None:
    """Return the steps of all rows, those that count iterations and those of whole epochs."""
    first = min(int(rows.epoch.min()), 1)
    zero = 0 if int(rows.inner.min()) <= 0 else 1
    lengths = _lengths(rows, zero)
    alone = not ((np.diff(rows.epoch) != 0) & (np.diff(rows.attempt) == 0)).any()
    # A log of one late epoch, whose iteration does not begin at its beginning, tells of no other epoch.
    runs_on = _starts_late(rows, first) if alone else _runs_on(rows)
    if runs_on:
        lengths = np.zeros_like(lengths)
    if float(np.abs(rows.epoch - first).max() + 2) * float(lengths.max()) + float(np.abs(rows.inner).max()) > _LARGEST:
        return None
    steps = np.empty(counts.size, dtype=np.int64)
    mine = (rows.epoch - first) * lengths[rows.attempt] + rows.inner
    steps[counts] = mine
    if not counts.all():
        shifted = epoch - _shift(rows.epoch, epoch, counts, first)
        steps[~counts] = _ends(rows, mine, counts, shifted, first, lengths, zero)[~counts]
    length = int(lengths[-1])
    note = (
        f"the iteration starts again in every epoch of {length:,}; epoch and iteration were joined"
        if length and not alone
        else "the iteration runs on over the epochs"
    )
    return Counted(steps, length, first, note)


def _runs_on(rows: _Rows) -> bool:
    """Tell whether the iteration goes on where the next epoch begins; a row per epoch with the same number does not."""
    if not rows.ordered and not rows.bound.any():
        return True  # rows out of order show no jump back that could be trusted
    order = np.lexsort((rows.inner, rows.epoch, rows.attempt))
    attempt, epoch, inner = rows.attempt[order], rows.epoch[order], rows.inner[order]
    begins = np.flatnonzero((np.diff(attempt) != 0) | (np.diff(epoch) != 0)) + 1
    begins = begins[attempt[begins] == attempt[begins - 1]]
    further = inner[begins] - inner[begins - 1]
    if not further.any():
        return bool(np.unique(inner[begins]).size > 1)
    return 2 * int(np.count_nonzero(further < 0)) <= int(further.size)


def _starts_late(rows: _Rows, first: int) -> bool:
    return bool(rows.epoch[0] == first) or int(rows.inner.min()) > max(1, _spacing(rows.inner))


def _lengths(rows: _Rows, zero: int) -> NDArray[np.int64]:
    """Return int64[attempts]: the iterations of an epoch in each attempt; `zero` is the number of the first iteration.

    What an attempt prints as bound counts; else how far its iteration comes. An attempt that never came to a second
    epoch knows no width of its own and takes the widest.
    """
    starts = np.flatnonzero(np.diff(rows.attempt, prepend=-1))
    most = np.maximum.reduceat(rows.inner, starts)
    bound = np.maximum.reduceat(rows.bound, starts)
    epochs = np.maximum.reduceat(rows.epoch, starts) - np.minimum.reduceat(rows.epoch, starts)
    spacing = _spacing(rows.inner)
    # 0, 10 .. 90 and 1, 11 .. 91 are rows of 100 iterations; 10, 20 .. 90 may be rows of 90 to 99, and 90 were seen.
    regular = (int(rows.inner.min()) == zero) & ((most - zero) % spacing == 0)
    width = np.where(regular, most - zero + spacing, most + 1 - zero)
    # A counter that shows both 0 and its bound has one iteration more than the bound, or two rows would share a step.
    known = np.where((zero == 0) & (most == bound), bound + 1, bound)
    single = np.where(epochs > 0, width, int(width.max()))
    lengths: NDArray[np.int64] = np.where(bound > 0, known, single).astype(np.int64)
    return lengths


def _shift(trained: NDArray[np.int64], epoch: NDArray[np.int64], counts: NDArray[np.bool_], first: int) -> int:
    """Return 1 where iterations count epochs from 0 and the rows of whole epochs count them from 1, else 0."""
    before = np.cumsum(counts) - 1
    told = ~counts & (before >= 0)
    if first != 0 or not told.any():
        return 0
    return int(bool((epoch[told] == trained[before[told]] + 1).all()))


def _ends(
    rows: _Rows,
    steps: NDArray[np.int64],
    counts: NDArray[np.bool_],
    epoch: NDArray[np.int64],
    first: int,
    lengths: NDArray[np.int64],
    zero: int,
) -> NDArray[np.int64]:
    """Return int64[all rows]: the step of each row if it belongs to a whole epoch.

    That is the end of its epoch, but the iteration before it where the next one is of the same epoch still.
    """
    before = np.cumsum(counts) - 1
    previous, following = np.maximum(before, 0), np.minimum(before + 1, rows.epoch.size - 1)
    attempt = rows.attempt[previous]
    ends = (epoch - first + 1) * lengths[attempt] - (1 - zero)
    end = ends if lengths.any() else _last_of_epoch(rows, steps, attempt, epoch)
    same = (before >= 0) & (before + 1 < rows.epoch.size) & (rows.attempt[following] == attempt)
    within = same & (rows.epoch[following] == epoch) & (rows.epoch[previous] == epoch)
    result: NDArray[np.int64] = np.maximum(np.where(within, steps[previous], end), 0)
    return result


def _last_of_epoch(
    rows: _Rows, steps: NDArray[np.int64], attempt: NDArray[np.int64], epoch: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the last step that was counted in the epoch of each row, or before it; 0 where there is none."""
    order = np.lexsort((rows.epoch, rows.attempt))
    epochs = np.unique(rows.epoch)
    place = attempt * (epochs.size + 1) + np.searchsorted(epochs, epoch, side="right")
    places = rows.attempt[order] * (epochs.size + 1) + np.searchsorted(epochs, rows.epoch[order], side="right")
    at = np.maximum(np.searchsorted(places, place, side="right") - 1, 0)
    known = (places[at] <= place) & (rows.attempt[order][at] == attempt)
    return np.where(known, steps[order][at], 0)
