"""``results.txt`` of ultralytics' YOLOv3, YOLOv5 (before its CSV) and YOLOv7: a row per epoch, no header.

The columns are those that their ``train.py`` prints: epoch/epochs, GPU memory, box, objectness and class loss, their
sum, labels, image size, then precision, recall, two scores and the three losses of the validation. YOLOv3's second
score is F1, the others' mAP over thresholds; F1 is known by its formula.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Defect, Run
from logdoc.model.notes import NOTHING, ROWS, STEPS, TOO_LARGE
from logdoc.readers.files import read_regular, shown_relative
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.source import RunSource, each_alone
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.column import Column
from logdoc.readers.tables.strokes import counters_with_bounds
from logdoc.readers.tables.wide import arrange_wide

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MAX_FILE = 64 << 20
_NUMBER = r"(?:[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf))"
_ROW = re.compile(rf"\s*(\d{{1,9}}/\d{{1,9}})\s+(\d+\.?\d*)G((?:\s+{_NUMBER}){{13}})\s*")
_TRAINED = ("train/box_loss", "train/obj_loss", "train/cls_loss", "train/loss", "labels", "img_size")
_TESTED = ("metrics/precision", "metrics/recall", "metrics/mAP_0.5", "metrics/mAP_0.5:0.95")
_COLUMNS = (*_TRAINED, *_TESTED, "val/box_loss", "val/obj_loss", "val/cls_loss")
_F1 = 9  # place among the columns of what is F1 in YOLOv3
_CLOSE = 0.02  # of F1; the printed numbers have three digits


def sniff(head: bytes, name: str) -> str | None:
    """Return that it is such a file: every row has an epoch of so many, gigabytes and thirteen numbers."""
    del name
    lines = [line for line in head.decode("latin-1").splitlines()[:20] if line.strip()]
    return "YOLO results.txt" if lines and all(map(_ROW.fullmatch, lines[:3])) else None


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return every file as a run of its own."""
    return each_alone("yolo-results", root, files)


def read(source: RunSource) -> list[Run | Defect]:
    """Return the runs of one file, to which each training of the folder was appended; rows of another form are told."""
    path = source.files[0]
    shown = shown_relative(path, source.root)
    data = read_regular(path, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        return [Defect(shown, f"not judged: it is larger than {MAX_FILE >> 20} MiB", lost=True, id=TOO_LARGE)]
    lines = data.decode("latin-1").splitlines()
    rows = [_ROW.fullmatch(line) for line in lines]
    good = [row for row in rows if row]
    if not good:
        return [Defect(shown, "not judged: no row of it has the columns of a YOLO results.txt", id=NOTHING)]
    odd = [number for number, row in enumerate(rows, 1) if row is None and lines[number - 1].strip()]
    defects = []
    if odd:
        count = "1 row has" if len(odd) == 1 else f"{len(odd):,} rows have"
        defects.append(
            Defect(shown, f"{count} other columns and could not be read", f"line {odd[0]:,}", lost=True, id=ROWS)
        )
    names = _names(_values(good))
    config, sources, more = read_beside(path.parent, source.root)
    parts = _attempts(good)
    result: list[Run | Defect] = []
    for i, part in enumerate(parts, 1):
        piece = arrange_wide(_columns(part, names), len(part))
        piece.note = f"YOLO results.txt, {piece.note}"
        mine = [*(defects if i == len(parts) else ()), *more]
        if len(parts) > 1:
            mine.append(Defect(shown, f"the epochs start again: this is run {i} of {len(parts)} in the file", id=STEPS))
        id_ = source.id if len(parts) == 1 else f"{source.id}/part {i}"
        result.append(run_of(id_, source, (shown, *sources), piece, config=config, defects=mine))
    return result


def _attempts(rows: list[re.Match[str]]) -> list[list[re.Match[str]]]:
    """Return the rows of each training: one that is not resumed but begun again has the first epoch again."""
    epochs = [int(row[1].partition("/")[0]) for row in rows]
    starts = [0, *(i for i in range(1, len(rows)) if epochs[i] == epochs[0] and epochs[i] <= epochs[i - 1])]
    return [rows[begin:end] for begin, end in pairwise([*starts, len(rows)])]


def _values(rows: list[re.Match[str]]) -> NDArray[np.float64]:
    return np.array([[float(cell) for cell in row[3].split()] for row in rows])


def _columns(rows: list[re.Match[str]], names: list[str]) -> list[Column]:
    values = _values(rows)
    hole = np.full(len(rows), np.nan)
    epochs = Column("epoch", hole, np.full(len(rows), 2, dtype=np.uint8), [row[1] for row in rows])
    memory = Column("gpu_mem", np.array([float(row[2]) for row in rows]))
    measures = [Column(name, values[:, i].copy()) for i, name in enumerate(names)]
    return counters_with_bounds([epochs, memory, *measures])


def _names(values: NDArray[np.float64]) -> list[str]:
    precision, recall, score = values[:, _F1 - 3], values[:, _F1 - 2], values[:, _F1]
    told = (precision > 0) & (recall > 0)
    if not told.any():
        return list(_COLUMNS)
    with np.errstate(divide="ignore", invalid="ignore"):
        f1 = 2 * precision * recall / (precision + recall)
        near = np.abs(score - f1) <= _CLOSE * np.maximum(f1, 0.05)
    is_f1 = float(np.mean(near[told])) > 0.5
    return [("metrics/F1" if is_f1 and i == _F1 else name) for i, name in enumerate(_COLUMNS)]
