"""What a table's columns make of it: one row per value (run, tag, step, value), several runs below each other, or one
column per measure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.tables.axes import (
    Index,
    choose_index,
    epoch_counter,
    integers,
    known_counter,
    normal_name,
    within_epochs,
)
from logdoc.readers.tables.column import NUMBER, Column
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.moments import absolute_times
from logdoc.readers.tables.passes import passes_of, run_on
from logdoc.readers.tables.wide import Piece, arrange_wide, text_column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import ConfigValue

_TAGS = frozenset({"tag", "metric", "name", "key", "metric_name", "variable", "measure", "series"})
VALUES = frozenset({"value", "values", "metric_value", "val", "scalar"})
_RUNS = frozenset(
    {"run", "run_name", "run_id", "run_uuid", "experiment", "exp", "exp_name", "experiment_name", "trial_name"}
)

_KINDS = frozenset({"type", "kind"})
_SETTING = frozenset({"parameter", "parameters", "param", "params"})
_MEASURED = frozenset({"metric", "metrics"})


def arrange_columns(columns: Sequence[Column], rows: int) -> list[Piece]:
    """Return the runs in a table of `rows` rows."""
    columns, rows, config = _without_settings(columns, rows)
    tag, value = _tag_and_value(columns)
    if tag is not None and value is not None:
        pieces = _long(columns, rows, tag, value)
        for piece in pieces:
            piece.config.update(config)
        return pieces
    run = text_column(columns, _RUNS)
    if run is not None and 1 < len(set(run.texts or [])) <= max(1, rows // 2):
        names = [name for name in dict.fromkeys(run.texts or []) if name.strip()]
        return [arrange_wide(*_rows_of(columns, run, name), name.strip()) for name in names]
    passes = passes_of(columns)
    if passes is None:
        return [arrange_wide(columns, rows)]
    if not passes.own:
        return [arrange_wide(run_on(columns, passes), rows)]
    others = [column for column in columns if column is not passes.column]
    return [
        arrange_wide([c.select(mine) for c in others], int(mine.sum()), f"{passes.column.name.strip()} {number}")
        for number in dict.fromkeys(passes.numbers.tolist())
        for mine in (passes.numbers == number,)
    ]


def _without_settings(columns: Sequence[Column], rows: int) -> tuple[Sequence[Column], int, dict[str, ConfigValue]]:
    """Return a table of one row per value without its settings, how many rows are left, and the settings.

    PyKEEN writes ``parameter,0,lr,0.1`` above ``metric,0,lr,0.1``.
    """
    kind = text_column(columns, _KINDS)
    tag, value = _tag_and_value(columns)
    if kind is None or tag is None or value is None:
        return columns, rows, {}
    words = [text.strip().lower() for text in kind.texts or []]
    if not set(words) <= _SETTING | _MEASURED or not set(words) & _SETTING:
        return columns, rows, {}
    config: dict[str, ConfigValue] = {}
    for word, name, number, text in zip(words, tag.texts or [], value.values, value.texts or [""] * rows, strict=True):
        if word in _SETTING:
            config[name.strip()] = float(number) if np.isfinite(number) else text.strip()
    kept = np.array([word in _MEASURED for word in words], dtype=np.bool_)
    return [c.select(kept) for c in columns if c is not kind], int(kept.sum()), config


def is_long(columns: Sequence[Column]) -> bool:
    """Tell whether the table has one row per value, with the name of what was logged in a column."""
    return None not in _tag_and_value(columns)


def _tag_and_value(columns: Sequence[Column]) -> tuple[Column | None, Column | None]:
    return text_column(columns, _TAGS), next(
        (c for c in columns if normal_name(c.name) in VALUES and c.count(NUMBER)), None
    )


def _rows_of(columns: Sequence[Column], column: Column, text: str) -> tuple[list[Column], int]:
    rows = np.array([cell == text for cell in column.texts or []], dtype=bool)
    chosen = [c.select(rows) for c in columns if c is not column]
    return chosen, int(rows.sum())


def _long(columns: Sequence[Column], count: int, tag: Column, value: Column) -> list[Piece]:
    texts = tag.texts or []
    others = [c for c in columns if c is not tag and c is not value]
    run_column = next((c for c in others if normal_name(c.name) in _RUNS), None)
    runs = (
        [""] * count if run_column is None or run_column.texts is None else [text.strip() for text in run_column.texts]
    )
    several = len(set(runs)) > 1
    counters = [c for c in others if c is not run_column]
    index = _index_of_long(counters, count)
    found = absolute_times(counters)
    times = None if found is None else found[0]
    labels: dict[tuple[str, str], int] = {}
    codes = np.array(
        [labels.setdefault((run, text.strip()), len(labels)) for run, text in zip(runs, texts, strict=True)],
        dtype=np.int64,
    )
    logged = value.logged()
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(labels) + 1))
    pieces: dict[str, Piece] = {}
    for (run, name), code in labels.items():
        piece = pieces.setdefault(
            run, Piece(run if several else "", Curves(), note=f"one row per value: '{tag.name}', {index.note}")
        )
        mine = order[bounds[code] : bounds[code + 1]]
        mine = mine[logged[mine]]
        if not mine.size:
            piece.curves.left_out[name] = "no number was logged"
            continue
        steps = np.arange(mine.size, dtype=np.int64) if index.axis == "index" else index.steps[mine]
        piece.curves.add_points(name, index, steps, value.values[mine], None if times is None else times[mine])
    return list(pieces.values())


def _index_of_long(columns: Sequence[Column], rows: int) -> Index:
    """Every tag has its own rows, so that a step stands in many of them; repeats are no reason to distrust
    the column.
    """
    named = [c for c in columns if known_counter(c.name) and integers(c) is not None]
    epoch = next((c for c in named if epoch_counter(c.name)), None)
    if epoch is not None and (inner := next((c for c in named if c is not epoch), None)) is not None:
        joined = within_epochs(inner, epoch, None, ())
        if joined is not None:
            return joined
    for column in named:
        found = choose_index([column], rows)
        if found.axis in {"step", "epoch"}:
            return found
    return choose_index(named[:1], rows)
