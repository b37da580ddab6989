"""Tables with one column per measure: which column counts the rows, which is time or configuration, and the curves of
the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model.notes import NO_NUMBERS
from logdoc.readers.tables.axes import choose_index, known_counter, normal_name
from logdoc.readers.tables.column import NUMBER, Column, Problem
from logdoc.readers.tables.curves import Curves, unpad
from logdoc.readers.tables.moments import absolute_times
from logdoc.readers.tables.strokes import counters_with_bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import ConfigValue

_SPLITS = frozenset({"phase", "split", "mode", "stage", "set", "subset", "dataset", "data_split"})
_SPLIT_WORDS = frozenset(
    {"train", "training", "trn", "opt", "fit", "val", "valid", "validation", "dev", "test", "eval", "evaluation"}
)
_TRAINING = frozenset({"opt", "fit"})  # words that say training only beside one for data held out: MACE's rows

_HELD_OUT = _SPLIT_WORDS - _TRAINING - {"train", "training", "trn"}


@dataclass(slots=True)
class Piece:
    """The curves of one run of a table; `run` is empty when the table holds a single run."""

    run: str
    curves: Curves
    config: dict[str, ConfigValue] = field(default_factory=dict)
    note: str = ""


def arrange_wide(all_columns: Sequence[Column], rows: int, run: str = "", counter: str = "") -> Piece:
    """Return the curves of a table of `rows` rows, one column per measure; `counter` names the column that counts,
    where that is known.
    """
    curves = Curves()
    columns, padded = unpad(counters_with_bounds(all_columns))
    if padded:
        shown = ", ".join(padded[:4]) + (" …" if len(padded) > 4 else "")
        curves.note(
            f"'nan' pads the rows in which nothing was logged ({shown}); it was not read as a logged NaN", NO_NUMBERS
        )
    split = _split_of(columns)
    whole = None if split is None else np.array([text.strip().lower() in _HELD_OUT for text in split.texts or []])
    columns = columns if split is None else _by_split(columns, split)
    index = choose_index(columns, rows, counter, whole)
    curves.problems.extend(map(Problem, index.problems))
    curves.problems.extend(Problem(what, lost=True) for what in index.lost)
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


def _split_of(columns: list[Column]) -> Column | None:
    """Return the column that says ``train`` or ``val`` in every row."""
    split = text_column(columns, _SPLITS)
    words = set() if split is None else {text.strip().lower() for text in split.texts or [] if text.strip()}
    return split if words <= _SPLIT_WORDS and (not words & _TRAINING or words & _HELD_OUT) else None


def _by_split(columns: list[Column], split: Column) -> list[Column]:
    """Return every measure once per word of the column that names the split: ``train/loss`` and ``val/loss``."""
    words = {
        word: np.array([text == word for text in split.texts or []], dtype=bool)
        for word in dict.fromkeys(split.texts or [])
    }
    result: list[Column] = []
    for column in columns:
        if known_counter(column.name) or not column.count(NUMBER) or absolute_times([column]) is not None:
            result.extend([column] if column is not split else [])
            continue
        parts = [column.only(f"{_part_named(word)}/{column.name}", rows) for word, rows in words.items()]
        result.extend(part for part in parts if part.count(NUMBER))
    return result


def _part_named(word: str) -> str:
    return "train" if word.strip().lower() in _TRAINING else word.strip()


def _take_config(column: Column, piece: Piece) -> None:
    key = column.name[len("config/") :].replace("/", ".")
    logged = column.values[column.logged()]
    if logged.size and (logged == logged[0]).all():
        value = float(logged[0])
        piece.config[key] = int(value) if value.is_integer() and abs(value) < 2**53 else value
    elif column.texts and len(set(column.texts)) == 1 and len(column.texts[0]) <= 200:
        piece.config[key] = {"True": True, "False": False}.get(column.texts[0].strip(), column.texts[0].strip())
    piece.curves.left_out[column.name] = "part of the configuration"


def text_column(columns: Sequence[Column], names: frozenset[str]) -> Column | None:
    """Return the first column of texts whose name is one of `names`."""
    return next(
        (c for c in columns if normal_name(c.name) in names and c.texts is not None and not c.count(NUMBER)), None
    )
