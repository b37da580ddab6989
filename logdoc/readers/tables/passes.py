"""A count that starts again and again, beside a column that says what each pass is: a fold or a seed of its own, or the
next task or round of the same training.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logdoc.readers.tables.axes import integers, known_counter, normal_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.readers.tables.column import Column

_OWN = (
    "fold folds k_fold kfold cv cv_fold fold_id fold_idx seed random_seed run run_id run_idx trial trial_id repeat"
    " repetition rep replicate"
)
_NEXT = "task task_id experience training_exp stage phase cycle round session lesson"
_RUNS, _PARTS = frozenset(_OWN.split()), frozenset(_NEXT.split())


class Passes(NamedTuple):
    """What the passes of a count are.

    Attributes:
        column: it says which pass a row is of, `numbers`, int64[rows].
        counter: the column that starts again in each.
        own: each is a run of its own.
    """

    column: Column
    numbers: NDArray[np.int64]
    counter: Column
    own: bool


def passes_of(columns: Sequence[Column]) -> Passes | None:
    """Return what the passes of a table's count are; None where no column says so, or the count goes back elsewhere,
    too.
    """
    for column in columns:
        name = normal_name(column.name)
        if name not in _RUNS | _PARTS or not column.complete() or (numbers := integers(column)) is None:
            continue
        changed = np.flatnonzero(np.diff(numbers))
        if not changed.size or np.unique(numbers).size != changed.size + 1:
            continue
        for counter in columns:
            if counter is column or not known_counter(counter.name) or not counter.complete():
                continue
            counted = integers(counter)
            if counted is not None and np.array_equal(np.flatnonzero(np.diff(counted) < 0), changed):
                return Passes(column, numbers, counter, name in _RUNS)
    return None


def run_on(columns: Sequence[Column], passes: Passes) -> list[Column]:
    """Return the columns of a training in several parts, whose count goes on from part to part."""
    counted = passes.counter.values
    begins = np.flatnonzero(np.diff(passes.numbers, prepend=passes.numbers[0] - 1))
    most, least = np.maximum.reduceat(counted, begins), np.minimum.reduceat(counted, begins)
    before = np.concatenate(([0.0], np.cumsum(most - least + 1)[:-1])) + least[0] - least
    length = np.diff(np.append(begins, counted.size))
    joined = replace(passes.counter, values=counted + np.repeat(before, length), exact=None)
    return [joined if column is passes.counter else column for column in columns]
