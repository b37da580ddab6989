"""The same values as one wide CSV: a row per step, a column per name."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray


def table_path(folder: Path) -> Path:
    """Return ``metrics.csv`` in `folder`, or the name with a number when a run before has written it."""
    free, count = folder / "metrics.csv", 1
    while free.exists():
        count += 1
        free = folder / f"metrics-{count}.csv"
    return free


class CsvFile:
    """Writes ``metrics.csv``. What of a step comes in several parts becomes one row; a new name rewrites the file
    with one more column.

    Raises:
        OSError: from every method, when the disk is full or the folder cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._columns: dict[str, None] = {"step": None}
        self._row: dict[str, str] = {}
        self._stream = path.open("x", newline="", encoding="utf-8")
        self._written = False

    def scalars(self, step: int, wall_time: float, tags: Sequence[str], values: NDArray[np.float64]) -> None:
        """Add values to the row of a step; the row is written when the next step begins. `wall_time` has no column."""
        if self._row.get("step", str(step)) != str(step):
            self._end_row()
        self._row["step"] = str(step)
        for tag, value in zip(tags, values.tolist(), strict=True):
            self._row[tag] = repr(value)

    def text(self, tag: str, text: str, step: int, wall_time: float) -> None:
        """Texts have no place in a table; the sidecar holds them."""

    def flush(self) -> None:
        """Hand everything but the row that is not complete to the operating system."""
        self._stream.flush()

    def close(self) -> None:
        """Write the last row and close; safe to call twice."""
        if not self._stream.closed:
            self._end_row()
            self._stream.close()

    def _end_row(self) -> None:
        if not self._row:
            return
        new = [tag for tag in self._row if tag not in self._columns]
        if new:
            self._columns.update(dict.fromkeys(new))
            if self._written:
                self._widen()
            else:
                self._line(list(self._columns))
        self._written = True
        self._line([self._row.get(tag, "") for tag in self._columns])
        self._row = {}

    def _line(self, cells: list[str]) -> None:
        csv.writer(self._stream, lineterminator="\n").writerow(cells)

    def _widen(self) -> None:
        """Write the file again with the columns that there are now; the old one stays until the new one is whole."""
        self._stream.close()
        aside = self._path.with_name(self._path.name + ".new")
        with self._path.open(newline="", encoding="utf-8") as old, aside.open("w", newline="", encoding="utf-8") as new:
            rows = csv.reader(old)
            next(rows, None)
            writer = csv.writer(new, lineterminator="\n")
            writer.writerow(list(self._columns))
            writer.writerows([*row, *[""] * (len(self._columns) - len(row))] for row in rows)
        aside.replace(self._path)
        self._stream = self._path.open("a", newline="", encoding="utf-8")
