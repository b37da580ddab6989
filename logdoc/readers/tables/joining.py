"""One run whose measures lie in a file each: how their curves are named, whether they fit together, and joined."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.one_measure import told_by
from logdoc.readers.tables.axes import normal_name
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.wide import Piece

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from logdoc.model import Series

CATBOOST = {"learn_error.tsv": "train", "test_error.tsv": "val"}
CATBOOST_CLOCK = "time_left.tsv"
_COMMON = 0.5  # of the shorter curve's steps must be the other's, or the files count other things


def name_of(path: Path, column: str, *, alone: bool = True) -> str:
    """Return the name of a curve in a file: its column's, with the split that the file's name says; that of the file
    where the column is `alone` and says nothing.
    """
    told = told_by(path.stem).measure
    if path.name in CATBOOST:
        return f"{CATBOOST[path.name]}/{column}"
    if (alone and not has_measure(column)) or column in ("val", "test", "train"):
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
    """Return the piece of a file with one measure, or of one part of the data, its curves named by their columns and
    the file's own name.
    """
    curves = piece.curves
    if path.name == CATBOOST_CLOCK:
        named = Curves()
        named.left_out.update(dict.fromkeys(curves.series, "the clock of the training, in milliseconds"))
        return Piece("", named, note=piece.note)
    return _renamed(piece, {old: name_of(path, old, alone=len(curves.series) == 1) for old in curves.series})


def named_below(front: str, piece: Piece) -> Piece:
    """Return the piece of a file with the file's name in front of those of its curves."""
    return _renamed(piece, {old: f"{front}/{old}" for old in piece.curves.series})


def _renamed(piece: Piece, names: Mapping[str, str]) -> Piece:
    curves, named = piece.curves, Curves()
    for old, curve in curves.series.items():
        name = names[old]
        named.series[name] = replace(curve, name=name)
        if old in curves.attempts:
            named.attempts[name] = tuple(replace(attempt, name=name) for attempt in curves.attempts[old])
        if old in curves.restarts:
            named.restarts[name] = curves.restarts[old]
    named.left_out.update(curves.left_out)
    named.problems.extend(curves.problems)
    return Piece("", named, note=piece.note)
