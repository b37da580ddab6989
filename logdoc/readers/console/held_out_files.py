"""A log of held-out data alone, told by the name of its file beside that of training: ``train.log`` and ``val.log``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.model import Run
from logdoc.readers.beside import names_in
from logdoc.readers.console import words
from logdoc.readers.one_measure import told_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Defect

_SPLITS = {"val": "val", "eval": "val", "test": "test"}


def split_of_file(path: Path) -> str:
    """Return ``val`` or ``test`` where a file is named so and another beside it alike, but for ``train``,
    else "".
    """
    told = told_by(path.stem)
    split, _, measure = told.measure.partition("_")
    if split not in _SPLITS:
        return ""
    suffix = path.suffix.lower()
    names = names_in(str(path.parent))
    for name in names.lower if names is not None else ():
        if name.endswith(suffix) and name != path.name.lower():
            other = told_by(Path(name).stem)
            if other.run == told.run.lower() and other.measure == "_".join(filter(None, ("train", measure.lower()))):
                return _SPLITS[split]
    return ""


def of_held_out(items: Sequence[Run | Defect], path: Path) -> list[Run | Defect]:
    """Return the runs with the part of the data in the names of their measures, where none of them names one."""
    split = split_of_file(path)
    return [_named(item, split) if split and isinstance(item, Run) else item for item in items]


def _named(run: Run, split: str) -> Run:
    if any(map(words.says_split, run.series)):
        return run
    named = [replace(series, name=words.with_split(name, split)) for name, series in run.series.items()]
    return replace(run, series={series.name: series for series in named})
