"""From kinds of lines to rows: what is said under the same counters, in one line or a few, belongs together."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import durations, sentences, words
from logdoc.readers.console.collecting import collect
from logdoc.readers.console.examples import counted_with_share
from logdoc.readers.console.gaps import only_counts
from logdoc.readers.console.marks import marks_of, resumed_of
from logdoc.readers.console.prepared import prepare
from logdoc.readers.console.presets import of_a_round, of_catboost
from logdoc.readers.console.resources import MEMORY, memory_beside
from logdoc.readers.console.turns import lead_their_rows, row_lines
from logdoc.readers.console.walking import Walk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Grammar
    from logdoc.readers.console.prepared import Prepared
    from logdoc.readers.console.spoilt import Spoilt


@dataclass(slots=True)
class Rows:
    """Rows as columns.

    Attributes:
        at: the line of each row (its last).
        opened: how the line that began each row begins, by numbers; -1 for tables drawn with bars.
        counters: ``kind -> one number per row``, NaN where a row has none.
        bound: the n of ``i/n`` of the iteration of each row, NaN where unknown.
        whole: rows that belong to an epoch as a whole, whatever they count themselves.
        values: ``name -> (rows, values)``, in the order in which they were printed.
        missing: ``name -> rows`` at which a word for "no number" stands.
        own_epochs: how many rows name their epoch beside their measures.
        global_steps: how many rows name a step that counts the whole run.
        rounds: how many rows are of a round of boosting.
        catboost: some are as CatBoost prints them.
        quoted: names that are keys of dicts or of tables, and were meant for a reader.
        others: of how many lines of other processes than the first nothing was taken.
        broken: the last line where it breaks off, and whether that is sure.
        unmeasured: whether it breaks off before anything that is measured in it.
        endless: how many rows with a number of hundreds of digits were left out.
        spoilt: numbers in whose place a word for an error stands.
        commas: whether the numbers are written with decimal commas.
        shared: float64[n], what is counted within an epoch with a share of the whole behind it.
        marks: int64[k], the lines that end a training or head the next one.
        resumed: int64[k], the lines that say that a training goes on from a checkpoint.
        times: float64[rows], seconds since the epoch at which each was printed; None where that is not known.
    """

    at: array[int] = field(default_factory=lambda: array("q"))
    opened: array[int] = field(default_factory=lambda: array("q"))
    counters: dict[str, array[float]] = field(default_factory=dict)
    bound: array[float] = field(default_factory=lambda: array("d"))
    whole: array[int] = field(default_factory=lambda: array("b"))
    values: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = field(default_factory=dict)
    missing: dict[str, list[int]] = field(default_factory=dict)
    others: int = 0
    own_epochs: int = 0
    global_steps: int = 0
    rounds: int = 0
    catboost: bool = False
    quoted: set[str] = field(default_factory=set)
    broken: tuple[int, bool] = (0, False)
    unmeasured: bool = False
    endless: int = 0
    spoilt: list[Spoilt] = field(default_factory=list)
    commas: bool = False
    marks: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    resumed: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    times: NDArray[np.float64] | None = None
    shared: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        return len(self.at)


def rows_of(grammar: Grammar) -> Rows:
    """Return the rows of a log whose shapes are settled."""
    rows = Rows(broken=grammar.broken, endless=grammar.endless, spoilt=grammar.spoilt, marks=marks_of(grammar))
    rows.unmeasured = only_counts(grammar)
    rows.resumed = resumed_of(grammar)
    lines, rows.others = prepare(grammar)
    lead_their_rows(lines)
    walk = Walk(rows, row_lines(lines))
    for place, count in _stretches(grammar, lines):
        line = lines[place]
        if line is not None:
            walk.take(line, count)
    walk.end()
    taken = [line for line in lines if line is not None and line.shape.kind == "row"]
    rows.shared = counted_with_share(taken)
    rows.rounds = sum(len(line.shape) for line in taken if of_a_round(line.shape))
    rows.catboost = any(of_catboost(line.shape) for line in taken)
    collect(rows, taken, walk.boxes)
    bad = sentences.nan_iterations(grammar.shapes, rows.at)
    if bad is not None and rows.values.setdefault(sentences.NAME, bad) is bad:
        rows.quoted.add(sentences.NAME)
    memory = memory_beside(grammar.shapes, rows.at, rows.values)
    if memory is not None:
        rows.values[MEMORY] = memory
        rows.quoted.add(MEMORY)
    took = durations.epoch_times(grammar, taken, rows.at, rows.counters.get(words.EPOCH))
    if took is not None and rows.values.setdefault(durations.NAME, took) is took:
        rows.quoted.add(durations.NAME)
    return rows


def _stretches(grammar: Grammar, lines: list[Prepared | None]) -> list[tuple[int, int]]:
    """Return (number of a shape, how many lines of it follow each other), of the lines that say something."""
    used = np.array([line is not None for line in lines], dtype=np.bool_)
    order = np.frombuffer(grammar.order, dtype=f"i{grammar.order.itemsize}")
    if not order.size:
        return []
    order = order[used[order]]
    begins = np.flatnonzero(np.concatenate(([True], order[1:] != order[:-1]))) if order.size else order
    counts = np.diff(np.append(begins, order.size))
    return list(zip(order[begins].tolist(), counts.tolist(), strict=True))
