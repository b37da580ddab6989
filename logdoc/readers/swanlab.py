"""A run that SwanLab keeps offline, ``run-*.swanlab``: records framed as W&B's are, each a message of protobuf."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.documents import load_config_yaml
from logdoc.errors import LogdocError
from logdoc.model import ConfigValue, Defect, Run
from logdoc.model.notes import DAMAGED, ENDED, NOTHING, TOO_LARGE, UNFINISHED
from logdoc.readers.files import read_regular, shown_path, shown_relative
from logdoc.readers.protobuf import WireError, collected, double, text, timestamp, whole
from logdoc.readers.source import RunSource
from logdoc.readers.tables.axes import Index
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.wide import Piece
from logdoc.readers.wandb.framing import SWANLAB, records_in
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_FILE = 1 << 30
_FINISH, _SCALAR, _MEDIA = 11, 13, 14
_KEY, _STEP, _TIME, _VALUE = 1, 2, 4, 5  # of a scalar; a 0 is not written
_STATE, _ERROR = 1, 2  # of a finish
_SUCCESS = 1
_SETTINGS = "files/config.yaml"
_ENTRY = re.compile(r"^([^.]+)\.value(?=\.|$)")


def sniff(head: bytes, name: str) -> str | None:
    """Return that it is a log of SwanLab."""
    del name
    return "SwanLab run, kept offline" if head.startswith(SWANLAB) else None


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return every file as a run; it lies in a folder of its own, whose name is the run's."""
    return [RunSource(_id_of(path, root), "swanlab", root, (path,)) for path in files]


def _id_of(path: Path, root: Path) -> str:
    return shown_path(path.name) if path.parent == root else shown_relative(path.parent, root)


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run of one file."""
    path = source.files[0]
    shown = shown_relative(path, source.root)
    data = read_regular(path, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        return [Defect(shown, f"not judged: larger than {MAX_FILE >> 30} GiB", lost=True, id=TOO_LARGE)]
    problems: list[tuple[int, str, str]] = []
    points: dict[str, list[tuple[int, float, float]]] = {}
    curves, broken = Curves(), 0
    ending: Defect | None = Defect(
        shown, "no record of an end: the process was killed, or it is still running", id=UNFINISHED
    )
    for _, payload in records_in(data, problems):
        try:
            record = collected(payload)
            for scalar in record.get(_SCALAR, ()):
                _take(collected(scalar), points)
            for media in record.get(_MEDIA, ()):
                curves.left_out[shown_path(text(collected(media).get(_KEY)))] = "images, audio or texts"
            for end in record.get(_FINISH, ()):
                ending = _ending(end, shown)
        except WireError:
            broken += 1
    for name, found in points.items():
        steps, values, times = (np.array(column) for column in zip(*found, strict=True))
        counted = steps.astype(np.int64)
        curves.add_points(name, Index(counted, "step", frozenset(), ""), counted, values, times)
    if not curves.series:
        # Without its first bytes it was emptied or overwritten since it was recognised.
        lost = bool(problems) or broken > 0 or not data.startswith(SWANLAB)
        why = "not judged: the log of SwanLab holds no scalar" + (" that could be read" if lost else "")
        return [Defect(shown, why, lost=lost, id=DAMAGED if lost else NOTHING)]
    defects = [Defect(shown, what, f"byte {at:,}", lost=True, id=kind) for at, what, kind in problems]
    if broken:
        defects.append(Defect(shown, f"{broken:,} records could not be read", lost=True, id=DAMAGED))
    if ending is not None:
        defects.append(ending)
    config, sources = _settings(path.parent / _SETTINGS, source.root)
    piece = Piece("", curves, note="SwanLab run, kept offline, 'step' counts steps")
    return [run_of(source.id, source, (shown, *sources), piece, config=config, defects=defects)]


def _take(scalar: dict[int, list[int | bytes]], points: dict[str, list[tuple[int, float, float]]]) -> None:
    """Take one point of a curve."""
    name = shown_path(text(scalar.get(_KEY)))
    numbers = collected(scalar[_VALUE][-1]) if _VALUE in scalar else {}
    value = double(numbers[1][-1]) if 1 in numbers else 0.0
    moment = timestamp(scalar[_TIME][-1]) if _TIME in scalar else float("nan")
    points.setdefault(name, []).append((whole(scalar.get(_STEP)), value, moment))


def _ending(end: int | bytes, shown: str) -> Defect | None:
    """Return how the run ended; nothing is said of one that succeeded."""
    record = collected(end)
    if whole(record.get(_STATE)) == _SUCCESS:
        return None
    lines = text(record.get(_ERROR)).strip().splitlines()
    what = f"the program ended with an exception: {cut(lines[-1], 200)}" if lines else "the run did not succeed"
    return Defect(shown, what, ended=True, id=ENDED)


def _settings(path: Path, root: Path) -> tuple[dict[str, ConfigValue], tuple[str, ...]]:
    """Return what was set, each entry of which has its value beside a description."""
    try:
        flat, _ = load_config_yaml(read_regular(path, 1 << 20).decode("utf-8", "replace"), where=path.name)
    except (OSError, LogdocError):
        return {}, ()
    return {_set(name): value for name, value in flat.items() if _ENTRY.search(name)}, (shown_relative(path, root),)


def _set(name: str) -> str:
    return _ENTRY.sub(r"\1", name, count=1)
