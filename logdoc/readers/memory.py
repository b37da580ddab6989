"""Curves that a program holds already: data frames, dicts of lists, lists of records, Keras histories, loggers.

Everything is known by what it can do; pandas, Keras, Lightning, torch and W&B are never imported. A logger is
the folder into which it writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from logdoc.errors import ReadError
from logdoc.model import Run
from logdoc.readers.history import curves_in_lists, pieces_of
from logdoc.readers.source import RunSource
from logdoc.readers.tables.axes import known_counter
from logdoc.readers.tables.building import runs_of
from logdoc.readers.tables.column import HOLE, NUMBER, Column
from logdoc.readers.tables.long import arrange_columns
from logdoc.readers.tables.rows import columns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.readers.tables.wide import Piece

FORMAT = "memory"
_PADDED_FROM = 0.5  # a column with at least this share of NaN between its numbers was not logged in every row
_LONGEST_TAIL = 2  # times the longest hole: a longer tail of NaN is a training that lost its numbers


@runtime_checkable
class Frame(Protocol):
    """A table with named columns, as pandas and polars have it."""

    @property
    def columns(self) -> Any:
        """The names of the columns."""

    def __getitem__(self, name: Any, /) -> Any:
        """Return a column."""


@runtime_checkable
class History(Protocol):
    """What ``model.fit`` of Keras returns."""

    history: Any
    epoch: Any


def folder_of(thing: object) -> Path | None:
    """Return the path that a thing is or writes to: a path, a Lightning logger or Trainer, a W&B run; else None."""
    if isinstance(thing, str | os.PathLike):
        return Path(thing) if not isinstance(thing, str) else None
    if isinstance(thing, Mapping | Frame | Run):
        return None
    logged = getattr(thing, "log_dir", None)
    if isinstance(logged, str | os.PathLike):
        return Path(logged)
    files = getattr(thing, "dir", None)
    if isinstance(files, str) and Path(files).name == "files":
        return Path(files).parent
    return None


def holds_curves(thing: object) -> bool:
    """Tell whether a thing is curves itself, and not several things in a list."""
    if isinstance(thing, Run | Mapping | Frame | History) or hasattr(thing, "log_history"):
        return True
    return isinstance(thing, list | tuple) and len(thing) > 0 and all(map(_is_record, thing))


def runs_in(thing: object, name: str = "") -> list[Run]:
    """Return the runs that a thing in memory holds.

    Args:
        thing: a data frame, a dict of lists, a list of records, a Keras history, the log history of a Trainer, a
            `Run`, or a dict of such things by the name of the run.
        name: of the run; by default what the thing is.

    Raises:
        ReadError: there are no curves in it.
    """
    if isinstance(thing, Run):
        return [thing]
    if isinstance(thing, Mapping) and any(isinstance(part, Frame | History | Run) for part in thing.values()):
        return [run for key, part in thing.items() for run in _named(runs_in(part, str(key)), str(key), len(thing))]
    kind, pieces = _pieces_of(thing)
    if not pieces:
        raise ReadError(
            f"there are no curves in this {type(thing).__name__}",
            hint="Give a path, a DataFrame, a dict of lists of numbers, a list of records, or a Keras History.",
        )
    for piece in pieces:
        piece.note = f"{kind} in memory, {piece.note}"
    return runs_of(RunSource(name or kind, FORMAT, Path(), ()), ("memory",), pieces)


def _named(runs: Sequence[Run], name: str, several: int) -> Sequence[Run]:
    """Give a run that has a name of its own that of the dict."""
    import dataclasses

    return [dataclasses.replace(run, id=name) for run in runs] if len(runs) == 1 else runs


def _pieces_of(thing: object) -> tuple[str, list[Piece]]:
    if isinstance(thing, Frame) and not isinstance(thing, Mapping):
        return "table", _of_frame(thing)
    if isinstance(thing, History) and isinstance(thing.history, Mapping):
        return "history", _of_lists(_of_keras(thing), thing)
    if hasattr(thing, "log_history"):
        return "history", pieces_of(_plain(thing.log_history))
    if isinstance(thing, Mapping):
        return "lists", _of_lists(_plain(thing), None)
    if isinstance(thing, list | tuple):
        return "records", pieces_of(_plain(thing))
    return type(thing).__name__, []


def _of_keras(thing: History) -> dict[str, Any]:
    lists = {str(key): _plain(value) for key, value in thing.history.items()}
    epochs = _plain(thing.epoch)
    counts = isinstance(epochs, list) and all(len(value) == len(epochs) for value in lists.values())
    return {**({"epoch": epochs} if counts and "epoch" not in lists else {}), **lists}


def _of_lists(lists: dict[str, Any], keras: History | None) -> list[Piece]:
    """Return the curves of a dict; whoever hands over curves means them, so that no name need be known."""
    found = pieces_of(lists)
    numbers = {key: value for key, value in lists.items() if isinstance(value, list) and any(map(_number, value))}
    if not found and numbers:
        found = [curves_in_lists(numbers, {k: v for k, v in lists.items() if k not in numbers})]
    planned = getattr(keras, "params", None)
    if found and isinstance(planned, Mapping) and isinstance(planned.get("epochs"), int):
        found[0].config.setdefault("epochs", planned["epochs"])
    return found


def _of_frame(frame: Frame) -> list[Piece]:
    names = [str(name) for name in frame.columns]
    columns = [_column(name, frame[key]) for name, key in zip(names, frame.columns, strict=True)]
    rows = len(columns[0]) if columns else 0
    index = _index_of(frame, names)
    if not rows:
        return []
    return arrange_columns(([index] if index is not None else []) + columns, rows)


def _index_of(frame: Frame, names: Sequence[str]) -> Column | None:
    """Return the index of a data frame where it counts something: it is named so, or is no plain numbering."""
    index = getattr(frame, "index", None)
    name = getattr(index, "name", None)
    if index is None or any(known_counter(one) for one in names):
        return None
    if isinstance(name, str) and known_counter(name):
        return _column(name, index)
    steps = np.asarray(index)
    if name is not None or steps.dtype.kind not in "iu" or not steps.size:
        return None
    return None if np.array_equal(steps, np.arange(steps.size)) else _column("step", index)


def _column(name: str, cells: Any) -> Column:
    """Return a column: null is a hole, and so is NaN where it only pads the rows."""
    values = np.asarray(cells)
    if values.dtype.kind == "M":
        seconds = values.astype("datetime64[us]").astype(np.int64) / 1e6
        gone = np.isnat(values)
        return Column(name, np.where(gone, np.nan, seconds), _state(gone))
    if values.dtype.kind == "f":
        numbers = values.astype(np.float64)
        null = _nulls(cells, numbers)
        return Column(name, np.where(null, np.nan, numbers), _state(null))
    if values.dtype.kind in "bu" or (values.dtype.kind == "i" and not np.any(np.abs(values) >= 2**53)):
        return Column(name, values.astype(np.float64))
    listed = cells.tolist() if hasattr(cells, "tolist") else cells.to_list() if hasattr(cells, "to_list") else cells
    made, _ = columns_of([{name: _plain(cell)} for cell in listed])
    return made[0] if made else Column(name, np.full(len(values), np.nan), np.full(len(values), HOLE, dtype=np.uint8))


def _state(gone: NDArray[np.bool_]) -> NDArray[np.uint8] | None:
    return np.where(gone, HOLE, NUMBER).astype(np.uint8) if gone.any() else None


def _nulls(cells: Any, numbers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return bool[n]: where nothing was logged. Tables that know null from NaN say so, the others are looked at."""
    tells = next((getattr(cells, name) for name in ("is_null", "isna") if hasattr(cells, name)), None)
    if tells is not None and not isinstance(getattr(cells, "dtype", None), np.dtype):
        return np.asarray(tells(), dtype=bool)
    gone = np.isnan(numbers)
    if _pads(gone):
        return gone
    begins = int(np.argmin(gone)) if not gone.all() else 0  # a column that begins late, or a training without numbers
    return np.arange(gone.size) < begins if not gone[begins:].any() else np.zeros(gone.size, dtype=bool)


def _pads(gone: NDArray[np.bool_]) -> bool:
    """Tell whether NaN stands where nothing was logged, as pandas has it: in half of the rows, with numbers after it.

    A training that lost its numbers has them no more, so that its NaN make a tail that is longer than any hole.
    """
    if not gone.any() or gone.all() or gone.mean() < _PADDED_FROM:
        return False
    at = np.flatnonzero(~gone)
    holes = np.diff(np.concatenate(([-1], at))) - 1
    tail = gone.size - 1 - int(at[-1])
    return bool(holes.max() > 0) and tail <= max(_LONGEST_TAIL * int(holes.max()), 1)


def _plain(value: Any, depth: int = 0) -> Any:
    """Return lists, dicts and Python numbers for arrays, tensors and their kind; a missing value is None."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(part, depth + 1) for key, part in value.items()} if depth < 8 else None
    if isinstance(value, list | tuple):
        return [_plain(part, depth + 1) for part in value] if depth < 8 else None
    if isinstance(value, Real):
        return float(value)
    for name in ("tolist", "to_list"):  # arrays, tensors, columns, and their single elements
        if hasattr(value, name):
            return _plain(getattr(value, name)(), depth + 1) if depth < 8 else None
    if hasattr(value, "item"):
        return _plain(value.item(), depth + 1) if depth < 8 else None
    return list(value) if isinstance(value, Iterable) else None


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_record(value: object) -> bool:
    return isinstance(value, Mapping) and any(_number(_plain(part)) for part in value.values())
