"""Layouts of tables: one column per measure, one row per measure, W&B chart exports, TensorBoard downloads; and what is
no log.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np

from logdoc.documents import flatten
from logdoc.readers.delimited.lists_in_cells import arrange_lists
from logdoc.readers.delimited.records import NotATableError, Table
from logdoc.readers.delimited.runs_table import arrange_runs, is_runs_table
from logdoc.readers.delimited.settings_table import settings_by_row
from logdoc.readers.delimited.turned import turned
from logdoc.readers.one_measure import names_curve, told_by
from logdoc.readers.tables.axes import (
    Index,
    choose_index,
    integers,
    known_counter,
    normal_name,
)
from logdoc.readers.tables.column import NUMBER, Column, Problem
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.long import VALUES, arrange_columns, is_long
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.moments import absolute_times, parse_dates
from logdoc.readers.tables.wide import Piece
from logdoc.redaction import cut

# Words that count things elsewhere, too: without a measure beside them they do not make a table a training log.
_WEAK_COUNTERS = frozenset(
    {"batch", "batches", "round", "game", "trial", "generation", "it", "update", "updates", "minibatch"}
)
_EPOCH_AND_STEP = 2  # columns
_FEWEST_COUNTED = 6  # rows that two columns without names count


def arrange(table: Table, file_name: str) -> list[Piece]:
    """Return the runs that a table holds.

    Raises:
        NotATableError: when it is a table, but no log of a training run; the message says what it is.
    """
    table = turned(table) or table
    names = [normal_name(name) for name in table.names()]
    if names == ["wall_time", "step", "value"]:
        return [_download(table, file_name)]
    if len(names) > 1 and table.dialect.header and all(" - " in name for name in table.dialect.header[1:]):
        return _chart_export(table)
    if _is_monitor(table):
        return [_monitor(table)]
    if curves := arrange_lists(table):
        return curves
    if is_runs_table(table):
        return arrange_runs(table)
    if not is_long(table.columns):
        _refuse_nameless_values(table)
        _refuse_other_tables(table, file_name)
    return arrange_columns(_named_by_file(table, file_name), table.rows)


def _named_by_file(table: Table, file_name: str) -> list[Column]:
    """Return the columns, the one measure of a table without a header by the name of its file."""
    stem = file_name.rpartition(".")[0] or file_name
    columns = table.columns if table.dialect.header else _counted_twice(table.columns)
    if columns is not table.columns:
        named = len(columns) == _EPOCH_AND_STEP + 1 and names_curve(stem)
        return [*columns[:-1], replace(columns[-1], name=told_by(stem).measure)] if named else columns
    counted = len(columns) == 2 and _counts(columns[0])
    if table.dialect.header or not (len(columns) == 1 or counted) or not names_curve(stem):
        return columns
    return [*columns[:-1], replace(columns[-1], name=told_by(stem).measure)]


def _counts(column: Column) -> bool:
    """Tell whether a column counts on, or begins again where it began now and then, as a log of several runs does."""
    whole = integers(column)
    if whole is None:
        return False
    on = np.diff(whole) > 0
    again = (whole[1:] == whole[0]) & (whole[0] in (0, 1))
    return bool((on | again).all()) and _FEWEST_COUNTED * int(np.count_nonzero(~on)) <= whole.size


def _counted_twice(columns: list[Column]) -> list[Column]:
    """Return columns without names with those of an epoch and of the iterations in it, where the first two count so."""
    if len(columns) <= _EPOCH_AND_STEP:
        return columns
    epoch, inner = (integers(column) for column in columns[:_EPOCH_AND_STEP])
    if epoch is None or inner is None or epoch.size < _FEWEST_COUNTED or epoch[0] not in (0, 1):
        return columns
    ends = np.diff(epoch)
    ended = ends == 1
    first = inner[np.concatenate(([True], ended))]
    if not bool((ended | (ends == 0)).all()) or not ended.any() or 2 * first.size > epoch.size:
        return columns
    if not bool((np.diff(inner)[~ended] > 0).all()) or np.unique(first).size != 1:
        return columns
    names = ("epoch", "iteration")
    return [*(replace(c, name=name) for c, name in zip(columns, names, strict=False)), *columns[_EPOCH_AND_STEP:]]


def arrange_measure(table: Table, measure: str) -> Piece:
    """Return the curve of a table that holds one measure and its steps, as DVCLive, torchrl and d3rlpy write them.

    The measure is named by its file.
    """
    index = choose_index(
        [column for column in table.columns[:-1] if normal_name(column.name) != "timestamp"], table.rows
    )
    steps = integers(table.columns[-2]) if not table.dialect.header and len(table.columns) > 1 else None
    if steps is not None:
        which = "first" if len(table.columns) == 2 else "second"  # behind the epoch
        index = Index(steps, "step", frozenset(), f"the {which} column counts steps")
    found = absolute_times(table.columns[:-1])
    curves = Curves()
    if len(table.columns) == 1:
        curves.left_out[measure] = "the table holds the steps only"
    else:
        curves.add(measure, table.columns[-1], index, None if found is None else found[0])
    curves.problems.extend(map(Problem, index.problems))
    curves.problems.extend(Problem(what, lost=True) for what in index.lost)
    return Piece("", curves, note=index.note)


def _refuse_nameless_values(table: Table) -> None:
    """Refuse what holds no curve that could be named: values of several curves at every step, without the names that
    told them apart, and a list of numbers that only counts, as the steps of a plot are written beside its curves.

    Raises:
        NotATableError: it is one of these.
    """
    numeric = [column for column in table.columns if column.count(NUMBER)]
    if (
        not table.dialect.header
        and len(table.columns) == len(numeric) == 1
        and (whole := integers(numeric[0])) is not None
    ):
        further = np.diff(whole)
        if further.size >= _FEWEST_COUNTED and further[0] > 0 and bool((further == further[0]).all()):
            raise NotATableError(f"its numbers only count, {whole[0]:,}, {whole[1]:,}, {whole[2]:,} …")
    counts = {c.name: whole for c in numeric if known_counter(c.name) and (whole := integers(c)) is not None}
    others = [c for c in numeric if c.name not in counts]
    if len(others) != 1 or not counts or normal_name(others[0].name) not in VALUES:
        return
    whole = next(iter(counts.values()))
    if 2 * np.unique(whole).size <= whole.size and bool((np.diff(whole) >= 0).all()):
        raise NotATableError(
            f"several values stand at every step of '{cut(others[0].name, 40)}', and no column names what they are"
        )


def _refuse_other_tables(table: Table, file_name: str) -> None:
    columns = table.columns
    counters = [c for c in columns if known_counter(c.name) and integers(c) is not None]
    numeric = [c for c in columns if c.count(NUMBER) and c not in counters]
    shown = ", ".join(f"'{cut(c.name, 40)}'" for c in columns[:6]) + (" …" if len(columns) > 6 else "")
    if not numeric:
        raise NotATableError(f"no column but the counters holds numbers (columns {shown})")
    if not table.dialect.header:
        if re.search(r"hist|log|loss|metric|progress|train|result|acc|reward|return", file_name, re.IGNORECASE) or (
            len(columns) <= 30
            and len(columns) > 1
            and (first := integers(columns[0])) is not None
            and bool((np.diff(first) > 0).all())
        ):
            return
        raise NotATableError(
            f"a table of {len(columns)} columns without a header; nothing says that it logs a training run"
        )
    if by_row := settings_by_row(table):
        raise NotATableError(
            f"a table of runs: every row has its own settings ({', '.join(cut(name, 40) for name in by_row[:3])}), and "
            "no column counts on from row to row, so it shows no course of a training"
        )
    measured = any(has_measure(c.name) for c in numeric)
    if any(measured or normal_name(c.name) not in _WEAK_COUNTERS for c in counters):
        return
    named = [c for c in columns if c.texts is not None and not c.count(NUMBER) and not known_counter(c.name)]
    key = next((c for c in named if _is_key(c, table.rows)), None)
    if key is not None and (measured or key.name == "Name"):
        raise NotATableError(
            f"a table of results: one row per '{cut(key.name, 40)}' and no step or epoch, so it shows no course "
            "of a training"
        )
    if not measured:
        raise NotATableError(f"a table without step, epoch or any known measure (columns {shown})")


def _is_key(column: Column, rows: int) -> bool:
    """Tell whether every row has its own text in the column, and no date."""
    filled = [text for text in column.texts or [] if text.strip()]
    return len(filled) > 1 and len(set(filled)) == len(filled) >= 0.9 * rows and parse_dates(filled) is None


def _chart_export(table: Table) -> list[Piece]:
    first = table.columns[0]
    whole = integers(first)
    axis = choose_index([first], table.rows).axis
    if whole is None:
        index = Index(
            np.arange(table.rows, dtype=np.int64),
            "index",
            frozenset(),
            f"'{first.name}' is no whole number; rows were counted",
        )
    else:
        index = Index(
            whole,
            axis if axis == "epoch" else "step",
            frozenset({first.name}),
            f"'{first.name}' counts the rows of a W&B chart",
        )
    pieces: dict[str, Piece] = {}
    for column in table.columns[1:]:
        run, _, metric = column.name.rpartition(" - ")
        piece = pieces.setdefault(run, Piece(run, Curves(), note=f"W&B chart export, {index.note}"))
        if metric.endswith(("__MIN", "__MAX")):
            piece.curves.left_out[metric] = "the band of a W&B chart, no curve of its own"
        else:
            piece.curves.add(metric, column, index, None)
    return list(pieces.values())


def _download(table: Table, file_name: str) -> Piece:
    time, step, value = table.columns
    curves = Curves()
    index = choose_index([step], table.rows)
    curves.add(tag_of_download(file_name), value, index, time.values)
    return Piece("", curves, note=f"TensorBoard download, {index.note}")


def tag_of_download(file_name: str) -> str:
    """Return the tag of a file ``run-<run>-tag-<tag>.csv``, else the file's stem."""
    stem = re.sub(r"\.(csv|tsv|txt)\Z", "", file_name, flags=re.IGNORECASE)
    return stem.rpartition("-tag-")[2] or stem


def _is_monitor(table: Table) -> bool:
    return {"r", "l", "t"} <= set(table.names()) and any(comment.startswith("{") for comment in table.dialect.comments)


def _monitor(table: Table) -> Piece:
    """Stable-Baselines' Monitor: a row per episode with its return r, its length l and the seconds t since
    the start.
    """
    header = next(comment for comment in table.dialect.comments if comment.startswith("{"))
    try:
        config, _ = flatten(json.loads(header))
    except (ValueError, RecursionError):
        config = {}
    curves = Curves()
    index = Index(
        np.arange(table.rows, dtype=np.int64), "index", frozenset(), "a row per episode (Stable-Baselines Monitor)"
    )
    start = config.get("t_start")
    clock = next(c for c in table.columns if c.name == "t")
    times = clock.values + start if isinstance(start, float | int) else None
    for column in table.columns:
        curves.add(column.name, column, index, times)
    return Piece("", curves, config, index.note)
