"""From the lines of a log to columns: what each kind of line measures, put into the rows that its lines became."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console.prepared import name_of
from logdoc.readers.console.resources import resources_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Shape
    from logdoc.readers.console.prepared import Prepared
    from logdoc.readers.console.rows import Rows


def _of_whole_set(shape: Shape, i: int, section: str) -> int:
    """Return the slot to read for a value: of a held-out set the average over it, where it stands behind the value of
    the last batch.
    """
    slots = shape.slots
    held_out = (slots[i].split or section) in ("val", "test")
    return i + 1 if held_out and i + 1 < len(slots) and slots[i + 1].role == "average" else i


def collect(rows: Rows, lines: list[Prepared], boxes: dict[str, list[tuple[int, float]]]) -> None:
    """Put the values of all lines into the columns of the rows."""
    parts: dict[str, list[tuple[NDArray[np.int64], NDArray[np.float64]]]] = {}
    for line in sorted(lines, key=lambda line: line.shape.number):
        for part in dict.fromkeys(line.sections.tolist()):
            mine, section = (line.rows >= 0) & (line.sections == part), line.parts[part]
            at = line.rows[mine]
            for i, slot in enumerate(line.shape.slots):
                if slot.role == "value":
                    name = name_of(line.shape, i, section)
                    if slot.quoted:
                        rows.quoted.add(name)
                    parts.setdefault(name, []).append(_points(rows, line, i, mine, at, section))
    for name, found in parts.items():
        at, values = found[0]
        if len(found) > 1:
            at, values = np.concatenate([at for at, _ in found]), np.concatenate([values for _, values in found])
        rows.values[name] = (at, values)
    for name, curve in resources_of(lines).items():
        rows.values.setdefault(name, curve)
    rows.quoted.update(boxes)
    for name, points in boxes.items():
        at, values = (
            np.array([n for n, _ in points], dtype=np.int64),
            np.array([v for _, v in points], dtype=np.float64),
        )
        rows.values[name] = (at, values)


def _points(
    rows: Rows, line: Prepared, i: int, mine: NDArray[np.bool_], at: NDArray[np.int64], section: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the rows and the values of the measure in slot `i` of the lines of which `mine` is true, rows `at`."""
    shape, slot = line.shape, line.shape.slots[i]
    gone = [row for row, hole in shape.missing if hole == i]
    if gone:
        holes = np.zeros(len(shape), dtype=np.bool_)
        holes[gone] = True
        if not shape.cut:
            rows.missing.setdefault(name_of(shape, i, section), []).extend(line.rows[mine & holes].tolist())
        mine = mine & ~holes
        at = line.rows[mine]
    values = shape.column(_of_whole_set(shape, i, section))[mine]
    if slot.of >= 0:
        total = shape.column(slot.of)[mine]
        values = np.where(total > 0, values / np.where(total > 0, total, 1.0), values)
    return at, values
