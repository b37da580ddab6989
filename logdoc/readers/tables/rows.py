"""Rows of keys and values, sparse as loggers write them, as columns: the way from JSON, SQL and console lines to
curves.
"""

from __future__ import annotations

import gc
import math
import operator
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.readers.tables.column import EXACT_LIMIT, HOLE, NUMBER, TEXT, Column, SparseColumn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

MAX_CELLS = 100_000_000
_MAX_NAMES = 20_000
_MAX_DEPTH = 12
_MAX_SPLITS = 64
_FEW_SPLITS = 8
_SPARSE = 8  # rows to a number; where there are more, a column is not laid out
_LONGEST_LIST = 16  # numbers; a longer one is a distribution, a vector, the classes of a data set
# What pycocotools sums up, in its order; ten numbers for keypoints.
_COCO = re.compile(r"coco_eval_\w+$", re.IGNORECASE)
_AP, _SIZES = ("AP", "AP50", "AP75"), ("small", "medium", "large")
_COCO_NAMES = {
    12: (*_AP, *(f"AP_{size}" for size in _SIZES), "AR_1", "AR_10", "AR_100", *(f"AR_{size}" for size in _SIZES)),
    10: (*_AP, "AP_medium", "AP_large", "AR", "AR50", "AR75", "AR_medium", "AR_large"),
}
_WORDS = {
    "nan": math.nan,
    "inf": math.inf,
    "infinity": math.inf,
    "-inf": -math.inf,
    "-infinity": -math.inf,
    "+inf": math.inf,
    "+infinity": math.inf,
}


@contextmanager
def without_collection() -> Iterator[None]:
    """Pause the garbage collector: a million small objects, none of them garbage, would be looked at over and over."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def columns_of(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Column], dict[str, str]]:
    """Return one column per key, in the order in which the keys first appear, and ``key -> why`` for what has no
    column.

    Numbers, truth values (0 and 1), ``"NaN"``, ``"Infinity"`` and numbers written as text are numbers; null and a
    missing key are holes;
    nested objects are joined with ``/``; a list of one number is that number, short lists of as many numbers in every
    row are a column per place, any other list is left out.
    """
    sheet = _Sheet(len(rows))
    for keys, numbers, cells in _alike(rows):
        for key, column in zip(keys, cells, strict=True):
            if isinstance(column, np.ndarray):
                sheet.put(str(key), numbers, column)
            else:
                sheet.add(str(key), numbers, column)
    return sheet.columns(), sheet.left_out


def _alike(
    rows: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[tuple[str, ...], NDArray[np.int64], list[NDArray[np.float64] | list[Any]]]]:
    """Yield rows with the same keys together: the keys, the numbers of the rows, and the cells of every key.

    Rows of equal length are tried with the keys of the first of them, in one sweep; where one lacks a key they are
    split by it.
    """
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    sizes, firsts = np.unique(lengths, return_index=True)
    piles = [np.flatnonzero(lengths == size) for size in sizes[np.argsort(firsts)].tolist()]
    splits = 0
    while piles:
        numbers = piles.pop(0)
        mine = [rows[i] for i in numbers.tolist()]
        keys = tuple(mine[0])
        try:
            cells = [_cells_of(key, mine) for key in keys]
        except KeyError as error:
            splits += 1
            has = np.fromiter((error.args[0] in row for row in mine), dtype=np.bool_, count=len(mine))
            if splits > _MAX_SPLITS or (splits > _FEW_SPLITS and _FEW_SPLITS**2 * np.count_nonzero(has) < len(mine)):
                yield from _sorted_out(mine, numbers)  # nearly every row is of a kind of its own
                continue
            piles[:0] = [numbers[has], numbers[~has]]
        else:
            yield keys, numbers, cells


def _cells_of(key: str, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float64] | list[Any]:
    """Return the cells of a key that every row has: an array where all are numbers that a float holds exactly.

    Raises:
        KeyError: a row has no such key.
    """
    get = operator.itemgetter(key)
    try:
        # `pos` lets numbers through and stops at texts and nulls, which a float array would take.
        values = np.fromiter(map(operator.pos, map(get, rows)), dtype=np.float64, count=len(rows))
    except (TypeError, OverflowError):
        return list(map(get, rows))
    return values if not np.any(np.abs(values) >= EXACT_LIMIT) else list(map(get, rows))


def _sorted_out(
    rows: Sequence[Mapping[str, Any]], numbers: NDArray[np.int64]
) -> Iterator[tuple[tuple[str, ...], NDArray[np.int64], list[NDArray[np.float64] | list[Any]]]]:
    """Yield the same for rows of many kinds, by looking at the keys of each."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for i, row in enumerate(rows):
        groups.setdefault(tuple(row), []).append(i)
    for keys, members in groups.items():
        yield keys, numbers[members], [[rows[i][key] for i in members] for key in keys]


def sparse_columns(
    count: int, found: Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]
) -> tuple[list[Column], dict[str, str]]:
    """Return columns of `count` rows from ``key -> (row numbers, values)``, and what had to be left out."""
    sheet = _Sheet(count)
    for key, (rows, values) in found.items():
        sheet.put(key, rows, values)
    return sheet.columns(), sheet.left_out


class _Sheet:
    """Columns under construction."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.left_out: dict[str, str] = {}
        self._parts: dict[str, list[tuple[NDArray[np.int64], NDArray[np.float64]]]] = {}
        self._texts: dict[str, dict[int, str]] = {}
        self._odd: dict[str, dict[int, str]] = {}  # lists and the like
        self._exact: dict[str, dict[int, int]] = {}

    def put(self, key: str, at: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        if key not in self._parts and len(self._parts) >= _MAX_NAMES:
            self.left_out["further keys"] = f"at most {_MAX_NAMES:,} keys of a log are read"
            return
        self._parts.setdefault(key, []).append((at, values))

    def add(self, key: str, at: NDArray[np.int64], cells: Sequence[Any], depth: int = 0) -> None:
        """Take the cells of one key.

        Args:
            key: its name, the keys around it in front.
            at: int64[cells], the rows they stand in.
            cells: as JSON has them; mappings are taken apart.
            depth: how many mappings the key lies in.
        """
        kinds = set(map(type, cells))
        if kinds <= {float, int}:
            try:
                values = np.array(cells, dtype=np.float64)
            except OverflowError:
                kinds.add(str)
            else:
                if int in kinds and np.any(np.abs(values) >= EXACT_LIMIT):
                    self._exact.setdefault(key, {}).update(
                        {i: c for i, c in zip(at.tolist(), cells, strict=True) if type(c) is int and abs(c) < 2**63}
                    )
                self.put(key, at, values)
                return
        self._add_mixed(key, at, cells, depth)

    def _add_mixed(self, key: str, at: NDArray[np.int64], cells: Sequence[Any], depth: int) -> None:
        rows: list[int] = []
        values: list[float] = []
        nested: dict[tuple[str, ...], tuple[list[int], list[Any]]] = {}
        if (lists := _lists_of_numbers(cells)) is not None:
            places, found = lists
            for name, column in zip(_names_of_places(key, found.shape[1]), found.T, strict=True):
                self.put(name, at[places], column)
            return
        for row, cell in zip(at.tolist(), cells, strict=True):
            if isinstance(cell, dict):
                mine = nested.setdefault(tuple(cell), ([], []))
                mine[0].append(row)
                mine[1].append(cell)
                continue
            number = number_in(cell)
            if number is not None:
                rows.append(row)
                values.append(number)
            elif isinstance(cell, str | int):  # an integer of hundreds of digits, which no number can be
                self._texts.setdefault(key, {})[row] = str(cell)
                self._parts.setdefault(key, [])
            elif cell is not None:
                kind = "list" if isinstance(cell, list) else type(cell).__name__
                self.left_out.setdefault(key, "a list in every row" if kind == "list" else f"{kind} values")
                self._odd.setdefault(key, {})[row] = f"a {kind}"
        if rows:
            self.put(key, np.array(rows, dtype=np.int64), np.array(values, dtype=np.float64))
        for keys, (where, dicts) in nested.items():
            if depth >= _MAX_DEPTH:
                self.left_out[key] = f"nested more than {_MAX_DEPTH} levels deep"
                continue
            for inner, column in zip(keys, zip(*[d.values() for d in dicts], strict=True), strict=True):
                self.add(f"{key}/{inner}", np.array(where, dtype=np.int64), column, depth + 1)

    def columns(self) -> list[Column]:
        """Return a column for each key, as many as there is room for; which are left out is told."""
        for key, cells in self._odd.items():
            if sum(at.size for at, _ in self._parts.get(key, ())) > len(cells):
                # A list among numbers is a number that was lost, and no other kind of column.
                self._texts.setdefault(key, {}).update(cells)
                del self.left_out[key]
        names = list(self._parts)
        laid_out = [name for name in names if not self._is_sparse(name)]
        room = MAX_CELLS // max(self.count, 1)
        if len(laid_out) > room:
            often = sorted(laid_out, key=lambda name: -sum(at.size for at, _ in self._parts[name]))
            gone = set(often[room:])
            why = "the log has too many keys for its length; those logged most often were read"
            self.left_out.update({name: why for name in names if name in gone})
            names = [name for name in names if name not in gone]
        return [self._column(name) for name in names]

    def _is_sparse(self, name: str) -> bool:
        """Tell whether a column is all holes but for a few numbers."""
        if name in self._texts or name in self._exact:
            return False
        return _SPARSE * sum(at.size for at, _ in self._parts[name]) < self.count

    def _column(self, name: str) -> Column:
        parts = self._parts[name]
        if parts and self._is_sparse(name):
            return _sparse(name, self.count, parts)
        if len(parts) == 1 and name not in self._texts and name not in self._exact:
            at, part = parts[0]
            if at.size == self.count and bool((at == np.arange(self.count)).all()):
                return Column(name, part)  # every row has a number: there is nothing to lay out
        values = np.full(self.count, math.nan)
        state = np.full(self.count, HOLE, dtype=np.uint8)
        for at, part in parts:
            values[at] = part
            state[at] = NUMBER
        texts: list[str] | None = None
        found = self._texts.get(name)
        if found:
            state[list(found)] = TEXT
            texts = [found.get(i, "") for i in range(self.count)]
        column = Column(name, values, state if state.any() else None, texts)
        if name in self._exact:
            known = np.isfinite(values) & (np.abs(values) < EXACT_LIMIT)
            column.exact = np.where(known, values, 0.0).astype(np.int64)
            for i, whole in self._exact[name].items():
                column.exact[i] = whole
        return column


def _lists_of_numbers(cells: Sequence[Any]) -> tuple[list[int], NDArray[np.float64]] | None:
    """Return the places of the cells that hold lists, and their numbers, float64[lists, numbers]; None where any other
    cell holds something, or the lists are long or of several lengths.
    """
    places = [i for i, cell in enumerate(cells) if isinstance(cell, list)]
    lengths = {len(cells[i]) for i in places}
    if len(lengths) != 1 or not 2 <= min(lengths) <= _LONGEST_LIST:
        return None
    if any(cell is not None and not isinstance(cell, list) for cell in cells):
        return None
    numbers = [[None if isinstance(one, list | str) else number_in(one) for one in cells[i]] for i in places]
    if any(one is None for row in numbers for one in row):
        return None
    return places, np.array(numbers, dtype=np.float64)


def _names_of_places(key: str, count: int) -> list[str]:
    """Return the names of the numbers of a list: what COCO's evaluation counts has names of its own."""
    if _COCO.search(key) and count in _COCO_NAMES:
        return [f"{key}/{name}" for name in _COCO_NAMES[count]]
    return [f"{key}[{i}]" for i in range(count)]


def _sparse(name: str, count: int, parts: Sequence[tuple[NDArray[np.int64], NDArray[np.float64]]]) -> SparseColumn:
    at, found = parts[0]
    if len(parts) > 1:
        at, found = np.concatenate([at for at, _ in parts]), np.concatenate([found for _, found in parts])
    if at.size > 1 and not bool((at[1:] > at[:-1]).all()):
        order = np.argsort(at, kind="stable")
        at, found = at[order], found[order]
        last = np.append(at[1:] != at[:-1], True)  # of several numbers of one row the last counts
        at, found = at[last], found[last]
    return SparseColumn(name, count, at, found)


def number_in(cell: object) -> float | None:
    """Return the number that a JSON value holds, however it was written, or None."""
    if isinstance(cell, bool | int | float):
        try:
            return float(cell)
        except OverflowError:
            return None
    if isinstance(cell, str):
        text = cell.strip().lower()
        if text in _WORDS:
            return _WORDS[text]
        if not text or text[0] not in "+-.0123456789" or "_" in text or len(text) > 40:
            return None
        try:
            number = float(text)
        except ValueError:
            return None
        return number if math.isfinite(number) else None  # digits that no number can hold are no infinity
    if isinstance(cell, list) and len(cell) == 1 and not isinstance(cell[0], list | dict | str):
        return number_in(cell[0])
    return None
