"""Which column counts the steps: recognised by its name, then by its values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.tables.column import NUMBER, Column
from logdoc.readers.tables.counting import join_counters
from logdoc.readers.tables.measures import MOST_NAMES, has_measure
from logdoc.readers.tables.unplaced import lost_rows
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.model.run import Axis

RECORD_KEEPER = "~iteration~"  # what counts in the tables of record-keeper
_STEP_NAMES = (
    "global_step",
    "step",
    "_step",
    "steps",
    "global_steps",
    "current_steps",
    "train_step",
    "training_step",
    "total_timesteps",
    "timesteps_total",
    "timesteps",
    "timestep",
    "timestepssofar",  # of OpenAI baselines
    "num_timesteps",
    "total_steps",
    "num_steps",
    "env_steps",
    "num_env_steps_sampled",
    "iteration",
    "iter",
    "iters",
    "iterations",
    RECORD_KEEPER,
    "global_iter",
    "global_iteration",
    "n_iter",
    "it",
    "training_iteration",
    "num_updates",
    "n_updates",
    "updates",
    "update",
    "batch",
    "batches",
    "batch_idx",
    "minibatch",
)
_CALLS = "_step"
_EPOCH_NAMES = ("epoch", "epochs", "_epoch", "epoch_num", "epoch_number", "current_epoch", "epoch_idx")
_COUNT_NAMES = ("episode", "episodes", "num_episodes", "episodes_total", "generation", "round", "trial", "game")
_FRAME_NAMES = ("frame", "frames", "total_frames", "num_frames", "frame_idx")  # that an agent has seen, where they grow
_COUNTERS = frozenset({*_STEP_NAMES, *_EPOCH_NAMES, *_COUNT_NAMES})
_PARTED = re.compile(r"[\s.\-]+")
_MIN_ROWS = 3
_FALLS, _ONE_BY_ONE = 0.1, 0.9  # of the rows: a count falls in fewer, and one of whole rows rises by one in more
_ENDLESS = re.compile(r"\s*[+-]?\d{19,}\s*")  # an integer that is too long even for a float stays a text
_END_OF_EPOCH = -1  # as the step of an evaluation at the end of an epoch: sentence-transformers
_FEWEST_SAID = 3  # values of a measure that stands once under each number of an excerpt
_FEWEST_FALLS = 2  # pairs of them
_MOST_RESUMES = 0.05  # of the rows; where epochs go back more often, they count something else
_RESETTING = frozenset(
    {"batch", "batches", "batch_idx", "minibatch", "iter", "iters", "iteration", "it", "step", "steps", "train_step"}
)


@dataclass(frozen=True, slots=True)
class Index:
    """What numbers the rows of a table.

    Attributes:
        steps: int64[rows].
        axis: what the steps count.
        used: names of the columns that serve as the index and are no series of their own.
        note: how it was found, for `logdoc inspect`.
        problems: what was odd about it, one sentence each.
        lost: what of it costs values, one sentence each.
    """

    steps: NDArray[np.int64]
    axis: Axis
    used: frozenset[str]
    note: str
    problems: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@lru_cache(maxsize=MOST_NAMES)
def normal_name(name: str) -> str:
    """Return the name in lower case with blanks, points and dashes as underscores: ``Wall time`` and ``wall-time`` are
    one name.
    """
    lower = name.strip().lower()
    return lower if lower.isidentifier() else _PARTED.sub("_", lower)


def known_counter(name: str) -> bool:
    """Tell whether the name is that of a step, epoch or episode counter."""
    normal = normal_name(name)
    return normal in _COUNTERS or normal.rpartition("/")[2] in _COUNTERS


def epoch_counter(name: str) -> bool:
    """Tell whether the name is that of an epoch counter."""
    return normal_name(name).rpartition("/")[2] in _EPOCH_NAMES


def choose_index(
    columns: Sequence[Column], rows: int, counter: str = "", whole: NDArray[np.bool_] | None = None
) -> Index:
    """Return the index of a table of `rows` rows: a step column, an epoch column, a column that counts, or the rows
    themselves.

    A column named `counter` is taken before all others if it holds whole numbers. `whole`, bool[rows], marks rows that
    belong to a whole epoch and may have a count of their own: validations.
    """
    named = next((column for column in columns if counter and column.name == counter), None)
    if named is not None and integers(named) is not None:
        return _checked(_index(named, "epoch" if epoch_counter(counter) else "step"), columns)
    step = _real_step(columns)
    epoch = _by_name(columns, _EPOCH_NAMES)
    if step is not None and _is_a_length(step, columns):
        step = None
    if step is not None:
        joined = within_epochs(step, epoch, whole, columns)
        return joined if joined is not None else _checked(_index(step, "step"), columns)
    if epoch is not None:
        return _checked(_index(epoch, "epoch"), columns)
    count = _by_name(columns, _COUNT_NAMES)
    if count is not None:
        return _checked(_index(count, "other"), columns)
    frames = _by_name(columns, _FRAME_NAMES)
    if frames is not None and (seen := integers(frames)) is not None and bool((np.diff(seen) > 0).all()):
        return _index(frames, "step")
    first = columns[0] if columns else None
    if (
        first is not None
        and len(columns) > 1
        and (numbers := integers(first)) is not None
        and rows >= 3
        and bool((np.diff(numbers) > 0).all())
    ):
        if re.fullmatch(r"column 1|unnamed(:_\d+)?|index|row|#", normal_name(first.name)) or np.array_equal(
            numbers, np.arange(rows)
        ):
            return Index(numbers, "index", frozenset({first.name}), f"'{first.name}' numbers the rows")
        return Index(numbers, "other", frozenset({first.name}), f"'{first.name}' holds whole numbers that only grow")
    note = "no column counts steps or epochs; rows were counted"
    return Index(_numbered(columns, rows), "index", frozenset(), note, _no_steps(columns))


def _no_steps(columns: Sequence[Column]) -> tuple[str, ...]:
    """Say which column is named like a counter, but holds numbers that no step can be."""
    for column in columns:
        if not known_counter(column.name):
            continue
        values = column.values[column.logged()]
        if bool((np.abs(values) >= 2.0**63).any()) or any(map(_ENDLESS.fullmatch, column.texts or ())):
            return (f"'{cut(column.name, 80)}' holds numbers beyond 2^63, which are no steps; the rows were counted",)
        if values.size and float(np.nanmin(values, initial=0.0)) < _END_OF_EPOCH:
            return (f"'{cut(column.name, 80)}' holds numbers below 0, which are no steps; the rows were counted",)
    return ()


def _numbered(columns: Sequence[Column], rows: int) -> NDArray[np.int64]:
    """Return the number of every row; it goes back where fractions of epochs do, as after a resume from a checkpoint.

    The first row behind a resume takes the number of the first row that it makes void: of the first that is as far.
    """
    numbers = np.arange(rows, dtype=np.int64)
    column = next((c for c in columns if normal_name(c.name).rpartition("/")[2] == "epoch"), None)
    if column is None or column.count(NUMBER) < rows:
        return numbers
    epoch = column.values
    backs = np.flatnonzero(np.diff(epoch) < 0) + 1
    if not np.isfinite(epoch).all() or backs.size > max(1, _MOST_RESUMES * rows):
        return numbers
    for back in backs.tolist():
        numbers[back:] += numbers[int(np.argmax(epoch[:back] >= epoch[back]))] - numbers[back]
    return numbers


def integers(column: Column) -> NDArray[np.int64] | None:
    """Return int64[n] when every logged value is a whole number and most cells are logged; holes take the value before
    them.
    """
    logged = column.logged() & np.isfinite(column.values)
    if column.count(NUMBER) == 0 or not logged.any():
        return None
    values = column.values[logged]
    if np.any(values != np.floor(values)) or np.any(np.abs(values) > 2.0**63 - 1024) or values.min() < -1:
        return None
    whole = np.zeros(len(column), dtype=np.int64)
    whole[logged] = values.astype(np.int64) if column.exact is None else column.exact[logged]
    if not logged.all():
        last = np.maximum.accumulate(np.where(logged, np.arange(len(column)), -1))
        whole = whole[np.where(last < 0, int(np.argmax(logged)), last)]
    return whole


def _by_name(columns: Sequence[Column], names: tuple[str, ...]) -> Column | None:
    best: tuple[tuple[int, int], Column] | None = None
    for column in columns:
        normal = normal_name(column.name)
        for depth, name in enumerate((normal, normal.rpartition("/")[2])):
            if name in names:
                rank = (depth, names.index(name))
                if (best is None or rank < best[0]) and integers(column) is not None:
                    best = (rank, column)
                break
    return None if best is None else best[1]


def _real_step(columns: Sequence[Column]) -> Column | None:
    """Return the column that counts steps; W&B's own ``_step`` counts calls of its log function, so a counter of the
    training that most rows have and that never goes back comes before it.
    """
    step = _by_name(columns, _STEP_NAMES)
    if step is None or normal_name(step.name) != _CALLS:
        return step
    other = _by_name([column for column in columns if column is not step], _STEP_NAMES)
    if other is None or 2 * other.count(NUMBER) <= len(other):
        return step
    counted = integers(other)
    grows = counted is not None and bool((np.diff(counted) >= 0).all()) and counted[-1] > counted[0]
    return other if grows else step


def _is_a_length(step: Column, columns: Sequence[Column]) -> bool:
    """Tell whether what is named like a count of steps is how many each epoch or episode had: it goes up and down from
    row to row, and another column counts these one by one, but for a start that was broken off.
    """
    counted = integers(step)
    rows = len(step) - 1
    if counted is None or rows < _MIN_ROWS or np.count_nonzero(np.diff(counted) < 0) <= _FALLS * rows:
        return False
    others = [integers(c) for c in columns if normal_name(c.name) in (*_EPOCH_NAMES, *_COUNT_NAMES) and c.complete()]
    apart = max(1.0, (1 - _ONE_BY_ONE) * rows)
    return any(
        np.count_nonzero((gone := np.diff(one)) != 1) - np.count_nonzero(gone < 0) <= apart
        for one in others
        if one is not None
    )


def _index(column: Column, axis: Axis) -> Index:
    steps = integers(column)
    assert steps is not None  # noqa: S101 - `_by_name` returned it because it holds integers
    problems: tuple[str, ...] = ()
    holes = len(column) - int(np.count_nonzero(column.logged() & np.isfinite(column.values)))
    if holes:
        rows = "1 row has" if holes == 1 else f"{holes} rows have"
        problems = (f"{rows} no '{column.name}', and the one of the row before is taken",)
    return Index(
        steps,
        axis,
        frozenset({column.name}),
        f"'{column.name}' counts {'epochs' if axis == 'epoch' else 'steps'}",
        problems,
        lost_rows(column),
    )


def within_epochs(
    step: Column, epoch: Column | None, whole: NDArray[np.bool_] | None, columns: Sequence[Column]
) -> Index | None:
    """Return one running count where `step` starts again in every epoch, else None.

    Args:
        step, epoch: the columns that count; a bound that `step` was written with (``10/47``) is its `bound`.
        whole: bool[rows], the rows of validations, which may have a count of their own.
        columns: of the table; without an epoch their measures tell the next epoch from another run.
    """
    if normal_name(step.name).rpartition("/")[2] not in _RESETTING or len(step) < _MIN_ROWS:
        return None
    inner = np.where(step.logged() & np.isfinite(step.values), step.values, np.nan)
    own = whole is not None and _counts_by_itself(inner, whole)
    outer = None if epoch is None else np.where(epoch.logged(), epoch.values, np.nan)
    levels = None if epoch is not None else _levels(columns)
    if epoch is None and levels is None and step.bound is None:
        return None
    ends = inner == _END_OF_EPOCH
    if epoch is not None and ends.any() and not ends.all():
        inner = np.where(ends, inner.max() + 1, inner)  # behind the last that is numbered, so that both stay
    found = join_counters(outer, inner, bound=step.bound, whole=whole if own else None, levels=levels)
    if found is None or (not found.per_epoch and not own):
        return None
    if epoch is None:
        note = f"'{step.name}' starts again in every epoch of {found.per_epoch:,}"
    elif found.per_epoch:
        note = f"'{step.name}' counts within '{epoch.name}', {found.per_epoch:,} to one; the two were joined"
    else:
        note = f"'{step.name}' counts steps; rows with a count of their own take the step before them"
    return Index(found.steps, "step", frozenset({step.name}), note)


def _counts_by_itself(inner: NDArray[np.float64], whole: NDArray[np.bool_]) -> bool:
    """Tell whether validations count something else: a number that stands still, or is below the training's."""
    counted = np.flatnonzero(whole & np.isfinite(inner))
    trained = np.flatnonzero(~whole & np.isfinite(inner))
    if not counted.size or not trained.size:
        return False
    before = np.searchsorted(trained, counted) - 1
    below = (before >= 0) & (inner[counted] < inner[trained[np.maximum(before, 0)]])
    still = counted.size > 1 and np.unique(inner[counted]).size == 1 and np.unique(inner[trained]).size > 1
    return bool(still) or 2 * int(np.count_nonzero(below)) >= counted.size


def _levels(columns: Sequence[Column]) -> NDArray[np.float64] | None:
    """Return a measure of the training, float64[rows]: a loss before all others; None when half the rows have none."""
    measured = [c for c in columns if has_measure(c.name) and 2 * c.count(NUMBER) > len(c)]
    varied = [c for c in measured if "lr" not in c.name.lower() and "rate" not in c.name.lower()]
    return min(varied, key=lambda c: "loss" not in c.name.lower()).values if varied else None


def _checked(index: Index, columns: Sequence[Column]) -> Index:
    """Fall back to counting rows where the columns repeat the same number over and over (a row per batch under an epoch
    number).
    """
    if bool((index.steps[1:] > index.steps[:-1]).all()):
        return index
    if _falls(index.steps):
        problem = f"{index.note}, but falls from row to row; the order of the rows was used instead"
        rows = np.arange(index.steps.size, dtype=np.int64)
        return Index(rows, "index", frozenset(), problem, (*index.problems, problem))
    measures = [column for column in columns if not known_counter(column.name) and column.count(NUMBER)]
    most = max((column.count(NUMBER) for column in measures), default=0)
    longest = [column for column in measures if column.count(NUMBER) >= max(_FEWEST_SAID, 0.5 * most)]
    steps = index.steps
    repeats = [
        np.count_nonzero(np.diff(steps if c.complete() else steps[c.places()]) == 0) > 0.5 * (c.count(NUMBER) - 1)
        for c in longest
    ]
    if not repeats or not all(repeats):
        return index
    problem = f"{index.note}, but most rows repeat the number of the row before; the order of the rows was used instead"
    return Index(np.arange(index.steps.size, dtype=np.int64), "index", frozenset(), problem, (*index.problems, problem))


def _falls(steps: NDArray[np.int64]) -> bool:
    """Tell whether a number falls more often than it rises, by another amount each time: it is how many there were of
    something at each row. Rows that were written the newest first fall throughout.
    """
    change = np.diff(steps)
    down = change[change < 0]
    unlike = np.unique(down).size > down.size // 2 >= _FEWEST_FALLS
    return unlike and 0 < int(np.count_nonzero(change > 0)) < down.size
