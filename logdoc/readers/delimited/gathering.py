"""Several tables of one run: a chart of W&B per file, a measure per file, the folder that CatBoost writes.

Which files may belong together is told by their headers and names; whether they do, by their steps when they are read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.delimited.dialect import Dialect, detect_dialect, detect_encoding
from logdoc.readers.files import read_regular
from logdoc.readers.one_measure import names_curve, together, told_by
from logdoc.readers.tables.axes import known_counter, normal_name
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.wide import Piece

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from pathlib import Path

    from logdoc.model import Series

CHART, MEASURE, NUMBERS, CATBOOST = "chart", "measure", "numbers", "catboost"
NOTES = {
    CHART: "W&B chart exports, a table per chart",
    MEASURE: "a table per measure",
    NUMBERS: "a list of numbers per measure",
    CATBOOST: "catboost_info, a table per data set",
}
_HEAD = 8 << 10
_CATBOOST = {"learn_error.tsv": "train", "test_error.tsv": "val"}
_CATBOOST_CLOCK = "time_left.tsv"
_TIMES = frozenset({"wall_time", "walltime", "timestamp", "time", "relative_time"})
_COMMON = 0.5  # of the shorter curve's steps must be the other's, or the files count other things


def gathered(files: Sequence[Path]) -> list[tuple[str, list[Path]]]:
    """Return the files in groups that may be one run, each with how; a file alone has an empty text."""
    kinds = {path: _kind_of(path) for path in files}
    groups: dict[Hashable, list[Path]] = {}
    for path in files:
        kind = kinds[path]
        if kind is not None and kind[0] in (CHART, CATBOOST):
            groups.setdefault((path.parent, kind), []).append(path)
    result: list[tuple[str, list[Path]]] = []
    taken: set[Path] = set()
    for mine in groups.values():
        kind = kinds[mine[0]]
        if kind is not None and len(mine) > 1:
            result.append((kind[0], mine))
            taken.update(mine)
    rest = [path for path in files if path not in taken]
    alike = [kind if (kind := kinds[path]) is not None and kind[0] in (MEASURE, NUMBERS) else None for path in rest]
    for mine in together(rest, alike):
        kind = kinds[mine[0]]
        result.append((kind[0] if kind is not None and len(mine) > 1 else "", mine))
    place = {path: i for i, path in enumerate(files)}
    return sorted(result, key=lambda entry: place[entry[1][0]])


def _kind_of(path: Path) -> tuple[str, Hashable] | None:
    """Return what kind of part a file may be, and what parts of one run have in common; None for a table by itself."""
    if path.name in _CATBOOST or path.name == _CATBOOST_CLOCK:
        beside = path.with_name("learn_error.tsv")
        return (CATBOOST, "") if beside.exists() else None
    try:
        head = read_regular(path, _HEAD)
    except OSError:
        return None
    encoding = detect_encoding(head)
    dialect = None if encoding is None else detect_dialect(head, encoding)
    if dialect is None:
        return None
    if not dialect.header:
        return (NUMBERS, path.suffix) if dialect.width == 1 and names_curve(path.stem) else None
    if len(dialect.header) > 1 and all(" - " in name for name in dialect.header[1:]):
        runs = frozenset(name.rpartition(" - ")[0] for name in dialect.header[1:])
        return CHART, (dialect.header[0], runs)
    measured = measure_in(dialect)
    told = told_by(path.stem).measure
    return (MEASURE, measured[0]) if measured and (has_measure(measured[1]) or has_measure(told)) else None


def measure_in(dialect: Dialect) -> tuple[str, str] | None:
    """Return the counter and the measure of a table that has one of each, beside times; else None."""
    counters = [name for name in dialect.header if known_counter(name)]
    others = [name for name in dialect.header if not known_counter(name) and normal_name(name) not in _TIMES]
    return (normal_name(counters[0]), others[0]) if len(counters) == 1 and len(others) == 1 else None


def name_of(path: Path, column: str) -> str:
    """Return the name of the curve in a file with one measure: its column's, with the split that the file's name says;
    that of the file where the column says nothing.
    """
    told = told_by(path.stem).measure
    if path.name in _CATBOOST:
        return f"{_CATBOOST[path.name]}/{column}"
    if not has_measure(column) or column in ("val", "test", "train"):
        return told
    split = told.split("_")[0]
    known = split in ("train", "val", "test", "eval") and not any(
        word in normal_name(column).split("_") for word in ("train", "val", "valid", "test", "eval")
    )
    return f"{split}/{column}" if known else column


def fit_together(pieces: Sequence[Piece]) -> bool:
    """Tell whether curves are over the same axis: the steps of each are, for the most part, those of the longest."""
    curves = [curve for piece in pieces for curve in piece.curves.series.values()]
    names = [(piece.run, name) for piece in pieces for name in piece.curves.series]
    if len(set(names)) < len(names):
        return False  # one chart twice, or two runs
    longest = max(curves, key=len, default=None)
    if longest is None or len({curve.axis for curve in curves}) > 1:
        return False
    return all(_common(curve, longest) >= _COMMON * len(curve) for curve in curves)


def _common(curve: Series, longest: Series) -> int:
    return int(np.intersect1d(curve.steps, longest.steps).size)


def joined_pieces(pieces: Sequence[Piece]) -> list[Piece]:
    """Return a piece per run with the curves of all pieces of that run."""
    merged: dict[str, Piece] = {}
    for piece in pieces:
        whole = merged.setdefault(piece.run, Piece(piece.run, Curves(), note=piece.note))
        curves = piece.curves
        whole.curves.series.update(curves.series)
        whole.curves.attempts.update(curves.attempts)
        whole.curves.restarts.update(curves.restarts)
        whole.curves.left_out.update(curves.left_out)
        whole.curves.problems.extend(problem for problem in curves.problems if problem not in whole.curves.problems)
        whole.config.update(piece.config)
    return list(merged.values())


def named_by_file(path: Path, piece: Piece) -> Piece:
    """Return the piece of a file with one measure, its curves named by their columns and the file's own name."""
    curves, named = piece.curves, Curves()
    if path.name == _CATBOOST_CLOCK:
        named.left_out.update(dict.fromkeys(curves.series, "the clock of the training, in milliseconds"))
        return Piece("", named, note=piece.note)
    for old, curve in curves.series.items():
        name = name_of(path, old)
        named.series[name] = replace(curve, name=name)
        if old in curves.attempts:
            named.attempts[name] = tuple(replace(attempt, name=name) for attempt in curves.attempts[old])
        if old in curves.restarts:
            named.restarts[name] = curves.restarts[old]
    named.left_out.update(curves.left_out)
    named.problems.extend(curves.problems)
    return Piece("", named, note=piece.note)
