"""A column of a table: every cell a number, a hole or text, whatever the file was."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logdoc.model.notes import STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NUMBER, HOLE, TEXT = 0, 1, 2
EXACT_LIMIT = float(2**53)


class Problem(NamedTuple):
    """What was odd about a table: one sentence, its kind (`logdoc.model.notes`), and whether data were lost."""

    what: str
    kind: str = STEPS
    lost: bool = False


@dataclass(slots=True)
class Column:
    """One column of a table, every cell with its meaning.

    Attributes:
        name: of the column, unique in its table.
        values: float64[n]; NaN where nothing was logged or the cell is text.
        state: uint8[n] of NUMBER, HOLE and TEXT, or None when every cell is a number.
        texts: the cells as written, or None when no cell is text.
        exact: int64[n], only when an integer of the column is too large for a float to hold exactly; 0 where there
            is none.
        wrapped: how many cells held a number in a shell, such as ``tensor(0.5)`` or ``85%``.
        bound: float64[n], of a counter written as ``10/47``, the number behind its stroke; None elsewhere.
    """

    name: str
    values: NDArray[np.float64]
    state: NDArray[np.uint8] | None = None
    texts: list[str] | None = None
    exact: NDArray[np.int64] | None = None
    wrapped: int = 0
    examples: list[str] = field(default_factory=list)
    bound: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return int(self.values.size)

    def logged(self) -> NDArray[np.bool_]:
        """Return bool[n]: where a number was logged, NaN and infinity included."""
        return np.ones(len(self), dtype=bool) if self.state is None else np.asarray(self.state == NUMBER)

    def places(self) -> NDArray[np.int64]:
        """Return int64[k]: the rows in which a number was logged."""
        return np.flatnonzero(self.logged())

    def numbers(self) -> NDArray[np.float64]:
        """Return float64[k]: the numbers that were logged, in the order of their rows."""
        return self.values[self.logged()]

    def complete(self) -> bool:
        """Tell whether every cell is a number."""
        return self.state is None

    def only(self, name: str, rows: NDArray[np.bool_]) -> Column:
        """Return the column under another name, with a hole outside of the marked rows."""
        return Column(name, self.values, np.where(rows & self.logged(), NUMBER, HOLE).astype(np.uint8))

    def select(self, rows: NDArray[np.bool_]) -> Column:
        """Return the column with the marked rows only."""
        return Column(
            self.name,
            self.values[rows],
            None if self.state is None else self.state[rows],
            None if self.texts is None else [self.texts[i] for i in np.flatnonzero(rows).tolist()],
            None if self.exact is None else self.exact[rows],
            bound=None if self.bound is None else self.bound[rows],
        )

    def count(self, state: int) -> int:
        """Return how many cells are NUMBER, HOLE or TEXT."""
        if self.state is None:
            return len(self) if state == NUMBER else 0
        return int(np.count_nonzero(self.state == state))


class SparseColumn(Column):
    """A column of numbers that few rows have: it is laid out only where someone asks for `values` or `state`, and
    forgets them again, so that many such columns take the memory of their numbers and not of all their holes.

    Attributes:
        at: int64[k], the rows that have a number, strictly growing.
        found: float64[k], the numbers.
        rows: how many rows there are.
    """

    __slots__ = ("at", "found", "rows")

    def __init__(self, name: str, rows: int, at: NDArray[np.int64], found: NDArray[np.float64]) -> None:
        self.name = name
        self.texts = self.exact = self.bound = None
        self.wrapped = 0
        self.examples = []
        self.at, self.found, self.rows = at, found, rows

    def __getattr__(self, name: str) -> Any:
        # Reached for `values` and `state`, whose places of the parent class stay empty.
        if name == "values":
            values = np.full(self.rows, math.nan)
            values[self.at] = self.found
            return values
        if name == "state":
            state = np.full(self.rows, HOLE, dtype=np.uint8)
            state[self.at] = NUMBER
            return state
        raise AttributeError(name)

    def __len__(self) -> int:
        return self.rows

    def logged(self) -> NDArray[np.bool_]:
        """Return bool[n]: where a number was logged."""
        logged = np.zeros(self.rows, dtype=np.bool_)
        logged[self.at] = True
        return logged

    def places(self) -> NDArray[np.int64]:
        """Return int64[k]: the rows in which a number was logged."""
        return self.at

    def numbers(self) -> NDArray[np.float64]:
        """Return float64[k]: the numbers that were logged, in the order of their rows."""
        return self.found

    def complete(self) -> bool:
        """Tell whether every cell is a number."""
        return self.at.size == self.rows

    def only(self, name: str, rows: NDArray[np.bool_]) -> Column:
        """Return the column under another name, with a hole outside of the marked rows."""
        mine = rows[self.at]
        return SparseColumn(name, self.rows, self.at[mine], self.found[mine])

    def count(self, state: int) -> int:
        """Return how many cells are NUMBER, HOLE or TEXT."""
        return {NUMBER: int(self.at.size), HOLE: self.rows - int(self.at.size)}.get(state, 0)


def join_columns(blocks: Sequence[Column]) -> Column:
    """Return one column from its consecutive blocks."""
    if len(blocks) == 1:
        return blocks[0]
    values = np.concatenate([block.values for block in blocks])
    column = Column(blocks[0].name, values, wrapped=sum(block.wrapped for block in blocks))
    column.examples = [example for block in blocks for example in block.examples][:3]
    if any(block.state is not None for block in blocks):
        column.state = np.concatenate(
            [np.zeros(len(b), dtype=np.uint8) if b.state is None else b.state for b in blocks]
        )
    if any(block.texts is not None for block in blocks):
        column.texts = [cell for b in blocks for cell in (b.texts if b.texts is not None else [""] * len(b))]
    if any(block.exact is not None for block in blocks):
        column.exact = np.concatenate([_as_exact(block) for block in blocks])
    return column


def _as_exact(block: Column) -> NDArray[np.int64]:
    if block.exact is not None:
        return block.exact
    whole = np.isfinite(block.values) & (np.abs(block.values) < EXACT_LIMIT)
    return np.where(whole, block.values, 0.0).astype(np.int64)


def hole_column(name: str, count: int) -> Column:
    """Return a column in which nothing was logged."""
    return Column(name, np.full(count, math.nan), np.full(count, HOLE, dtype=np.uint8))
