"""VisualDL's records, ``vdlrecords.*.log``, as PaddlePaddle writes them.

A record is its length, eight bytes little-endian, and a message of ``record.proto``: values with id (the step), tag,
timestamp in milliseconds and one content, of which 4 is a number and 14 a number under a second tag. There are no
checksums.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Defect, Run
from logdoc.model.notes import CUT, DAMAGED, NOTHING, TOO_LARGE
from logdoc.readers.files import read_regular, shown_path, shown_relative
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.protobuf import WireError, collected, text, whole
from logdoc.readers.source import RunSource
from logdoc.readers.tables.axes import Index
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.wide import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logdoc.readers.protobuf import Value

MAX_FILE = 1 << 30
_LARGEST = 256 << 20  # bytes of one record
_MAX_TAGS = 20_000
_KINDS = {
    5: "images",
    6: "audio",
    7: "embeddings",
    8: "histograms",
    9: "curves of precision and recall",
    11: "ROC curves",
    12: "texts",
    13: "hyper-parameters",
}

_Points = dict[str, tuple[list[int], list[float], list[int]]]


def sniff(head: bytes, name: str) -> str | None:
    """Return that it is a file of VisualDL: by its name, or by first records that are messages of the right form."""
    file = name.rpartition("/")[2]
    if file.startswith("vdlrecords.") and _first(head) is not None:
        return "VisualDL records"
    return "VisualDL records" if _first(head) and _first(head[_first(head) or 0 :]) is not None else None


def _first(head: bytes) -> int | None:
    """Return where the first record ends, when it begins like one; None when it does not."""
    if len(head) < 12:
        return None
    (size,) = struct.unpack_from("<Q", head)
    if not 2 < size < _LARGEST or head[8] != 0x0A:
        return None
    try:
        values = collected(head[8 : 8 + size]).get(1, []) if len(head) >= 8 + size else [b""]
        good = bool(values) and all(isinstance(value, bytes) for value in values)
        tagged = all(not value or 2 in collected(value) for value in values)
    except WireError:
        return None
    return 8 + size if good and tagged else None


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return the files of one folder, which a training that was taken up again adds to, as one run."""
    folders: dict[Path, list[Path]] = {}
    for path in files:
        folders.setdefault(path.parent, []).append(path)
    return [
        RunSource(
            shown_relative(mine[0] if len(mine) == 1 else folder, root) if folder != root else shown_path(mine[0].name),
            "visualdl",
            root,
            tuple(sorted(mine)),
        )
        for folder, mine in folders.items()
    ]


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run of one folder."""
    points: _Points = {}
    curves = Curves()
    defects: list[Defect] = []
    shown = tuple(shown_relative(path, source.root) for path in source.files)
    for path, name in zip(source.files, shown, strict=True):
        data = read_regular(path, MAX_FILE + 1)
        if len(data) > MAX_FILE:
            defects.append(Defect(name, f"not read: it is larger than {MAX_FILE >> 30} GiB", lost=True, id=TOO_LARGE))
            continue
        _take(data, points, curves, defects, name)
    if not points:
        return [*defects, Defect(shown[0], "not judged: its records hold no number", id=NOTHING)]
    for tag, (steps, values, moments) in points.items():
        at = np.array(steps, dtype=np.int64)
        times = np.array(moments, dtype=np.float64) / 1000.0
        index = Index(at, "step", frozenset(), "")
        curves.add_points(tag, index, at, np.array(values), times if (times > 0).all() else None)
    config, sources, more = read_beside(source.files[0].parent, source.root)
    piece = Piece("", curves, note="VisualDL records, 'id' counts steps")
    return [run_of(source.id, source, (*shown, *sources), piece, config=config, defects=[*defects, *more])]


def _take(data: bytes, points: _Points, curves: Curves, defects: list[Defect], shown: str) -> None:
    """Collect the numbers of one file; a record that is none ends it, for nothing says where the next would begin."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 8], "little")
        if at + 8 + size > len(data) or size > _LARGEST:
            what = "the last record is cut short; it was left out" if at else "its first record is damaged"
            defects.append(Defect(shown, what, f"offset {at:,}", lost=True, id=CUT))
            return
        try:
            for value in collected(data[at + 8 : at + 8 + size]).get(1, []):
                _take_value(collected(value), points, curves)
        except WireError as error:
            defects.append(
                Defect(shown, f"a record could not be understood ({error})", f"offset {at:,}", lost=True, id=DAMAGED)
            )
        at += 8 + size


def _take_value(message: dict[int, list[Value]], points: _Points, curves: Curves) -> None:
    tag = shown_path(text(message.get(2)))
    content = message.get(4)
    if content is None and 14 in message:
        inner = collected(message[14][-1])
        # Inside this message a 0 is not written; the value 4 above, one of several contents, always is.
        tag, content = f"{tag}/{shown_path(text(inner.get(1)))}", inner.get(2, [bytes(4)])
    if content is None:
        kind = next((name for number, name in _KINDS.items() if number in message), "")
        if kind:
            curves.left_out.setdefault(tag, kind)
        return
    if tag not in points and len(points) >= _MAX_TAGS:
        curves.left_out["further tags"] = f"at most {_MAX_TAGS:,} tags of a log are read"
        return
    steps, values, moments = points.setdefault(tag, ([], [], []))
    steps.append(whole(message.get(1)))
    values.append(_float(content[-1]))
    moments.append(whole(message.get(3)))


def _float(value: Value) -> float:
    if not isinstance(value, bytes) or len(value) != 4:
        raise WireError("a value that is no float")
    number: float = struct.unpack("<f", value)[0]
    return number
