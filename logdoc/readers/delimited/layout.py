"""Layouts of tables: one column per measure, one row per measure, W&B chart exports, TensorBoard downloads; and what is no log."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from logdoc.documents import flatten
from logdoc.readers.delimited.axes import Index, absolute_times, choose_index, integers, known_counter, normal_name, parse_dates
from logdoc.readers.delimited.cells import HOLE, NUMBER, Column
from logdoc.readers.delimited.curves import Curves, unpad
from logdoc.readers.delimited.records import NotATableError, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.model import ConfigValue

_TAGS = frozenset({"tag", "metric", "name", "key", "metric_name", "variable", "measure", "series"})
_VALUES = frozenset({"value", "values", "metric_value", "val", "scalar"})
_RUNS = frozenset({"run", "run_name", "run_id", "run_uuid", "experiment", "exp", "exp_name", "experiment_name", "trial_name"})
_SPLITS = frozenset({"phase", "split", "mode", "stage", "set", "subset", "dataset", "data_split"})
_SPLIT_WORDS = frozenset({"train", "training", "trn", "val", "valid", "validation", "dev", "test", "eval", "evaluation"})
# Words that count things elsewhere, too: without a measure beside them they do not make a table a training log.
_WEAK_COUNTERS = frozenset({"batch", "batches", "round", "game", "trial", "generation", "it", "update", "updates", "minibatch"})
_MEASURES = re.compile(
    r"loss|acc(?:uracy)?$|^acc|^lr|learning_?rate|reward|return|perplexity|^ppl|bleu|^f1|^mae$|^mse$|rmse|^auc|roc|^iou|miou|^map|precision|recall|grad"
    r"|entropy|^kl|psnr|ssim|^fid|dice|^wer$|^cer$|^val$|^train|^valid|^eval|^test|^top[15]$|^elbo|^nll|^bce|score|jaccard|^err(?:or)?$|explained|ep_len"
)


@dataclass(slots=True)
class Piece:
    """The curves of one run of a table; `run` is empty when the table holds a single run."""

    run: str
    curves: Curves
    config: dict[str, ConfigValue] = field(default_factory=dict)
    note: str = ""


def arrange(table: Table, file_name: str) -> list[Piece]:
    """Return the runs that a table holds.

    Raises:
        NotATableError: when it is a table, but no log of a training run; the message says what it is.
    """
    names = [normal_name(name) for name in table.names()]
    if names == ["wall_time", "step", "value"]:
        return [_download(table, file_name)]
    if len(names) > 1 and table.dialect.header and all(" - " in name for name in table.dialect.header[1:]):
        return _chart_export(table)
    if _is_monitor(table):
        return [_monitor(table)]
    tag = _text_column(table.columns, _TAGS)
    value = next((c for c in table.columns if normal_name(c.name) in _VALUES and c.count(NUMBER)), None)
    if tag is not None and value is not None:
        return _long(table, tag, value)
    _refuse_other_tables(table, file_name)
    run = _text_column(table.columns, _RUNS)
    if run is not None and 1 < len(set(run.texts or [])) <= max(1, table.rows // 2):
        return [_wide(_rows_of(table, run, name), name.strip()) for name in dict.fromkeys(run.texts or []) if name.strip()]
    return [_wide(table, "")]


def arrange_measure(table: Table, measure: str) -> Piece:
    """Return the curve of a table that holds one measure and its steps, as DVCLive writes them; the measure is named by its file."""
    index = choose_index([column for column in table.columns[:-1] if normal_name(column.name) != "timestamp"], table.rows)
    found = absolute_times(table.columns[:-1])
    curves = Curves()
    if len(table.columns) == 1:
        curves.left_out[measure] = "the table holds the steps only"
    else:
        curves.add(measure, table.columns[-1], index, None if found is None else found[0])
    curves.problems.extend(index.problems)
    return Piece("", curves, note=index.note)


def has_measure(name: str) -> bool:
    """Tell whether a part of the name is a word for something that is measured while training."""
    return any(_MEASURES.search(part) for part in re.split(r"[\s/.:|()]+|(?<=[a-z])(?=[A-Z])", name.strip()) for part in _forms(part))


def _forms(part: str) -> tuple[str, ...]:
    lower = part.lower()
    return (lower, *lower.split("_"))


def _refuse_other_tables(table: Table, file_name: str) -> None:
    columns = table.columns
    counters = [c for c in columns if known_counter(c.name) and integers(c) is not None]
    numeric = [c for c in columns if c.count(NUMBER) and c not in counters]
    shown = ", ".join(f"'{c.name[:40]}'" for c in columns[:6]) + (" …" if len(columns) > 6 else "")
    if not numeric:
        raise NotATableError(f"no column but the counters holds numbers (columns {shown})")
    if not table.dialect.header:
        if re.search(r"hist|log|loss|metric|progress|train|result|acc", file_name, re.IGNORECASE) or (
            len(columns) <= 30 and len(columns) > 1 and (first := integers(columns[0])) is not None and bool((np.diff(first) > 0).all())
        ):
            return
        raise NotATableError(f"a table of {len(columns)} columns without a header; nothing says that it logs a training run")
    measured = any(has_measure(c.name) for c in numeric)
    if any(measured or normal_name(c.name) not in _WEAK_COUNTERS for c in counters):
        return
    key = next((c for c in columns if c.texts is not None and not c.count(NUMBER) and _is_key(c, table.rows)), None)
    if key is not None and (measured or key.name == "Name"):
        kind = "an export of W&B's runs table" if key is columns[0] and key.name == "Name" else "a table of results"
        raise NotATableError(f"{kind}: one row per '{key.name[:40]}' and no step or epoch, so it shows no course of a training")
    if not measured:
        raise NotATableError(f"a table without step, epoch or any known measure (columns {shown})")


def _is_key(column: Column, rows: int) -> bool:
    """Tell whether every row has its own text in the column, and no date."""
    filled = [text for text in column.texts or [] if text.strip()]
    return len(filled) > 1 and len(set(filled)) == len(filled) >= 0.9 * rows and parse_dates(filled) is None


def _text_column(columns: Sequence[Column], names: frozenset[str]) -> Column | None:
    return next((c for c in columns if normal_name(c.name) in names and c.texts is not None and not c.count(NUMBER)), None)


def _rows_of(table: Table, column: Column, text: str) -> Table:
    rows = np.array([cell == text for cell in column.texts or []], dtype=bool)
    columns = [c.select(rows) for c in table.columns if c is not column]
    return Table(table.dialect, columns, int(rows.sum()))


def _wide(table: Table, run: str) -> Piece:
    curves = Curves()
    columns, padded = unpad(table.columns)
    if padded:
        shown = ", ".join(padded[:4]) + (" …" if len(padded) > 4 else "")
        curves.problems.append(f"'nan' pads the rows in which nothing was logged ({shown}); it was not read as a logged NaN")
    columns = _by_split(columns)
    index = choose_index(columns, table.rows)
    curves.problems.extend(index.problems)
    found = absolute_times([c for c in columns if c.name not in index.used])
    times, clock = found if found is not None else (None, "")
    piece = Piece(run, curves, note=index.note)
    for column in columns:
        if column.name in index.used:
            continue
        if column.name == clock:
            curves.left_out[column.name] = "read as the time of the rows"
        elif column.name.startswith(("config/", "config.")):
            _take_config(column, piece)
        else:
            curves.add("epoch" if normal_name(column.name) == "epoch" else column.name, column, index, times)
    return piece


def _by_split(columns: list[Column]) -> list[Column]:
    """Where a column says ``train`` or ``val``, return every measure once per such word, named ``train/loss`` and ``val/loss``."""
    split = _text_column(columns, _SPLITS)
    if split is None or not {text.strip().lower() for text in split.texts or [] if text.strip()} <= _SPLIT_WORDS:
        return columns
    words = {word: np.array([text == word for text in split.texts or []], dtype=bool) for word in dict.fromkeys(split.texts or [])}
    result: list[Column] = []
    for column in columns:
        if known_counter(column.name) or not column.count(NUMBER) or absolute_times([column]) is not None:
            result.extend([column] if column is not split else [])
            continue
        parts = [Column(f"{word.strip()}/{column.name}", column.values, _only(column, rows)) for word, rows in words.items()]
        result.extend(part for part in parts if part.count(NUMBER))
    return result


def _only(column: Column, rows: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.where(rows & column.logged(), NUMBER, HOLE).astype(np.uint8)


def _take_config(column: Column, piece: Piece) -> None:
    key = column.name[len("config/") :].replace("/", ".")
    logged = column.values[column.logged()]
    if logged.size and (logged == logged[0]).all():
        value = float(logged[0])
        piece.config[key] = int(value) if value.is_integer() and abs(value) < 2**53 else value
    elif column.texts and len(set(column.texts)) == 1 and len(column.texts[0]) <= 200:
        piece.config[key] = {"True": True, "False": False}.get(column.texts[0].strip(), column.texts[0].strip())
    piece.curves.left_out[column.name] = "part of the configuration"


def _long(table: Table, tag: Column, value: Column) -> list[Piece]:
    texts = tag.texts or []
    others = [c for c in table.columns if c is not tag and c is not value]
    run_column = next((c for c in others if normal_name(c.name) in _RUNS), None)
    runs = [""] * table.rows if run_column is None or run_column.texts is None else [text.strip() for text in run_column.texts]
    several = len(set(runs)) > 1
    counters = [c for c in others if c is not run_column]
    index = _index_of_long(counters, table.rows)
    found = absolute_times(counters)
    times = None if found is None else found[0]
    labels: dict[tuple[str, str], int] = {}
    codes = np.array([labels.setdefault((run, text.strip()), len(labels)) for run, text in zip(runs, texts, strict=True)], dtype=np.int64)
    logged = value.logged()
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(labels) + 1))
    pieces: dict[str, Piece] = {}
    for (run, name), code in labels.items():
        piece = pieces.setdefault(run, Piece(run if several else "", Curves(), note=f"one row per value: '{tag.name}', {index.note}"))
        rows = order[bounds[code] : bounds[code + 1]]
        rows = rows[logged[rows]]
        if not rows.size:
            piece.curves.left_out[name] = "no number was logged"
            continue
        steps = np.arange(rows.size, dtype=np.int64) if index.axis == "index" else index.steps[rows]
        piece.curves.add_points(name, index, steps, value.values[rows], None if times is None else times[rows])
    return list(pieces.values())


def _index_of_long(columns: Sequence[Column], rows: int) -> Index:
    """Every tag has its own rows, so that a step stands in many of them; repeats are no reason to distrust the column."""
    named = [c for c in columns if known_counter(c.name) and integers(c) is not None]
    for column in named:
        found = choose_index([column], rows)
        if found.axis in {"step", "epoch"}:
            return found
    return choose_index(named[:1], rows)


def _chart_export(table: Table) -> list[Piece]:
    first = table.columns[0]
    whole = integers(first)
    axis = choose_index([first], table.rows).axis
    if whole is None:
        index = Index(np.arange(table.rows, dtype=np.int64), "index", frozenset(), f"'{first.name}' is no whole number; rows were counted")
    else:
        index = Index(whole, axis if axis == "epoch" else "step", frozenset({first.name}), f"'{first.name}' counts the rows of a W&B chart")
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
    """Stable-Baselines' Monitor: a row per episode with its return r, its length l and the seconds t since the start."""
    header = next(comment for comment in table.dialect.comments if comment.startswith("{"))
    try:
        config, _ = flatten(json.loads(header))
    except (ValueError, RecursionError):
        config = {}
    curves = Curves()
    index = Index(np.arange(table.rows, dtype=np.int64), "index", frozenset(), "a row per episode (Stable-Baselines Monitor)")
    start = config.get("t_start")
    clock = next(c for c in table.columns if c.name == "t")
    times = clock.values + start if isinstance(start, float | int) else None
    for column in table.columns:
        curves.add(column.name, column, index, times)
    return Piece("", curves, config, index.note)
