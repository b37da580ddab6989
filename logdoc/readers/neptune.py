"""The queue of a run that Neptune keeps offline, ``data-1.log``: an operation per line, points of series among them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.model import ConfigValue, Defect, Run
from logdoc.model.notes import DAMAGED, NOTHING, TOO_LARGE
from logdoc.readers.files import read_regular, shown_path, shown_relative
from logdoc.readers.source import RunSource
from logdoc.readers.tables.axes import Index
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.rows import number_in
from logdoc.readers.tables.wide import Piece

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MAX_FILE = 256 << 20
_MAX_STEP = 2**62
_FORM = re.compile(rb'\{"obj":\s*\{"type":\s*"[A-Z]\w+",\s*"path":\s*\[')
_SETTINGS = ("AssignFloat", "AssignInt", "AssignBool", "AssignString")
_TEXTS = ("LogStrings", "LogImages")
# All that Neptune's client writes into a queue: another name is one that a flipped bit has made, maybe of a series.
_OTHERS = frozenset(
    [
        *("AssignDatetime", "AssignArtifact", "UploadFile", "UploadFileContent", "UploadFileSet", "ClearFloatLog"),
        *("ClearStringLog", "ClearImageLog", "ConfigFloatSeries", "AddStrings", "RemoveStrings", "ClearStringSet"),
        *("DeleteFiles", "DeleteAttribute", "TrackFilesToArtifact", "ClearArtifact", "CopyAttribute"),
    ]
)
_OWN = ("sys", "monitoring", "source_code")  # what Neptune notes of the machine and the program

Points = dict[str, list[tuple[int, float, float]]]


def sniff(head: bytes, name: str) -> str | None:
    """Return that it is an offline queue of Neptune: operations as JSON, one per line."""
    del name
    return "Neptune offline queue" if _FORM.match(head.lstrip()) else None


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return the files of a folder, which a run's queue is split into, as one run."""
    folders: dict[Path, list[Path]] = {}
    for path in files:
        folders.setdefault(path.parent, []).append(path)
    return [
        RunSource(
            shown_path(root.name) if folder == root else shown_relative(folder, root),
            "neptune",
            root,
            tuple(sorted(mine, key=_number)),
        )
        for folder, mine in folders.items()
    ]


def _number(path: Path) -> tuple[int, str]:
    """Return what orders the files of a queue: the version of their first operation, which their names hold."""
    digits = re.search(r"(\d+)\.log$", path.name)
    return (int(digits[1]) if digits else 0, path.name)


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run of one queue."""
    curves, settings, points = Curves(), dict[str, ConfigValue](), Points()
    broken, whole = 0, 0
    for path in source.files:
        data = read_regular(path, MAX_FILE + 1)
        if len(data) > MAX_FILE:
            return [
                Defect(
                    shown_relative(path, source.root),
                    f"not judged: larger than {MAX_FILE >> 20} MiB",
                    lost=True,
                    id=TOO_LARGE,
                )
            ]
        for operation in _operations(data):
            if operation is None:
                broken += 1
            else:
                whole += 1
                broken += _take(operation, settings, points, curves.left_out)
    shown = tuple(shown_relative(path, source.root) for path in source.files)
    for name, found in points.items():
        steps, values, times = (np.array(column) for column in zip(*found, strict=True))
        counted = steps.astype(np.int64)
        index = Index(counted, "step", frozenset(), "")
        curves.add_points(name, index, counted, values.astype(np.float64), times.astype(np.float64))
    if not curves.series:
        # A queue begins with an operation: one without any was emptied or overwritten since it was recognised.
        lost = broken > 0 or not whole
        why = "not judged: the queue of Neptune holds no series" + (" that could be read" if lost else "")
        return [Defect(shown[0], why, lost=lost, id=DAMAGED if lost else NOTHING)]
    what = f"{broken:,} operations or points could not be read"
    defects = [Defect(shown[0], what, lost=True, id=DAMAGED)] if broken else []
    piece = Piece("", curves, note="Neptune offline queue, 'step' counts steps")
    return [run_of(source.id, source, shown, piece, config=settings, defects=defects)]


def _operations(data: bytes) -> Iterator[dict[str, Any] | None]:
    """Yield the operations of a file, None for a line that is none."""
    for line in data.splitlines():
        if not line.strip():
            continue
        try:
            operation = json.loads(line)["obj"]
            yield operation if isinstance(operation, dict) and isinstance(operation.get("path"), list) else None
        except (ValueError, KeyError, TypeError, RecursionError):
            yield None


def _take(operation: dict[str, Any], settings: dict[str, ConfigValue], points: Points, left_out: dict[str, str]) -> int:
    """Take what one operation says: a setting, or points of a series; return how many of these are none."""
    broken = 0
    path = [str(part) for part in operation["path"]]
    name, kind, value = shown_path("/".join(path)), operation.get("type"), operation.get("value")
    if kind in _SETTINGS and path[0] not in _OWN and isinstance(value, bool | int | float | str):
        settings[name.replace("/", ".")] = value
    elif kind == "LogFloats":
        mine = points.setdefault(name, [])
        given: Any = operation.get("values")
        logged: list[Any] = given if isinstance(given, list) else [None]
        for point in logged:
            number = number_in(point.get("value")) if isinstance(point, dict) else None
            if number is None:
                broken += 1
                continue
            step = number_in(point.get("step"))
            moment = number_in(point.get("ts"))
            at = len(mine) if step is None or not abs(step) < _MAX_STEP else int(step)
            mine.append((at, number, float("nan") if moment is None else moment))
        if not mine:
            del points[name]
    elif kind in _TEXTS:
        left_out[name] = "texts or images"
    elif kind not in _SETTINGS and kind not in _OTHERS:
        broken += 1
    return broken
