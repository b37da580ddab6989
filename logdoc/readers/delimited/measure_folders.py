"""Folders that hold a table per measure, which its path below them names: DVCLive's, torchrl's and d3rlpy's."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from logdoc.documents import flatten, load_json
from logdoc.errors import LogdocError
from logdoc.readers.beside import names_in
from logdoc.readers.files import read_regular

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

DVCLIVE = "DVCLive folder, a table per measure"
TORCHRL = "torchrl folder, a table per measure"
D3RLPY = "d3rlpy folder, a table per measure"
FOLDERS = frozenset((DVCLIVE, TORCHRL, D3RLPY))
_SCALARS = "scalars"
_SETTINGS = "params.json"  # beside the tables of d3rlpy
_BARE = re.compile(rb"\d+, ?(?:[-+]?(?:\d|\.\d)[\d.eE+\-]*|-?inf|nan)\r?\n")
_EPOCHS = re.compile(rb"\d+,\d+,(?:[-+]?(?:\d|\.\d)[\d.eE+\-]*|-?inf|nan)\r?\n")
_DEPTH = 6  # folders above a table that are looked at
_SUMMARY = "metrics.json"
_MOST = 1 << 20  # bytes


def measure_folder(path: Path) -> tuple[Path, str] | None:
    """Return the folder that the names of the measures are relative to, and which tool made it; None for other tables.

    torchrl's tables have no headings; another table in a folder of that name has. Neither have d3rlpy's, whose rows are
    epoch, step and value.
    """
    suffix, parents = path.name.lower()[-4:], list(path.parents)[:_DEPTH]
    if suffix == ".tsv":
        plots = [p for p in parents if p.name == "metrics" and p.parent.name == "plots"]
        old = [p for p in parents if p.name == _SCALARS and p.parent.name.startswith("dvclive")]
        return next(((p, DVCLIVE) for p in (*plots, *old)), None)
    scalars = next((p for p in parents if p.name == _SCALARS), None) if suffix == ".csv" else None
    if suffix != ".csv" or not (scalars or _may_lie_beside(path, _SETTINGS)):
        return None
    try:
        head = read_regular(path, 80)
    except OSError:
        return None
    if scalars is None:
        return (path.parent, D3RLPY) if _EPOCHS.match(head) else None
    return (scalars, TORCHRL) if _BARE.match(head) else None


def _may_lie_beside(path: Path, name: str) -> bool:
    """Tell whether a file of that name lies beside a table; the names of a folder are listed once for all that ask."""
    listed = names_in(os.fspath(path.parent))
    return (listed is None or listed.may_hold(name)) and (path.parent / name).is_file()


def last_values(folder: Path, known: Collection[str]) -> dict[str, str]:
    """Return ``name -> why it has no curve`` of the measures that were logged without a plot.

    Their last values stand in ``metrics.json`` of the folder of the run.
    """
    try:
        content = load_json(read_regular(folder / _SUMMARY, _MOST).decode("utf-8", "replace"), where=_SUMMARY)
    except (OSError, LogdocError):
        return {}
    if not isinstance(content, dict):
        return {}
    names = {name.replace(".", "/"): (name, value) for name, value in flatten(content)[0].items() if name != "step"}
    return {
        name: f"logged without a plot: the file holds its last value alone, {value}"
        for name, (dotted, value) in names.items()
        if name not in known and dotted not in known
    }
