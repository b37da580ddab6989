"""Jupyter notebooks: what the cells printed while they trained, and the tables of Hugging Face's Trainer and fastai.

A notebook's text is data: its outputs are read, its code never runs.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.model import Defect, Run
from logdoc.model.notes import CUT, NOTHING, TOO_LARGE
from logdoc.readers import console
from logdoc.readers.console.crashes import crashes_in
from logdoc.readers.delimited.cells import parse_cells
from logdoc.readers.files import HEAD_SIZE, read_regular, shown_relative
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.source import each_alone, in_folder
from logdoc.readers.tables.axes import known_counter
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.wide import arrange_wide
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from logdoc.readers.source import RunSource

MAX_FILE = 256 << 20
MAX_CELLS = 20_000
MAX_TEXT = 64 << 20  # characters of one cell
_MOST_ROWS, _MOST_COLUMNS = 1_000_000, 2_000
_FEWEST_ROWS = 2
_TRAINS = re.compile(rb'"output_type".{0,4000}?(?:epoch|step|iter|loss)[^"]{0,80}\d', re.IGNORECASE | re.DOTALL)


def sniff(head: bytes, name: str) -> str | None:
    """Return that it is a notebook; one in a folder must show an output of a training in its first bytes, or be cut
    there.
    """
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"{") or b'"cells"' not in head or b'"cell_type"' not in head:
        return None
    if in_folder(name) and len(head) < HEAD_SIZE and not _TRAINS.search(head):
        return None
    return "outputs of a Jupyter notebook"


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return every notebook as a source; it may hold several runs."""
    return each_alone("notebook", root, files)


def read(source: RunSource) -> list[Run | Defect]:
    """Return the runs of one notebook, one for every cell that trained."""
    path = source.files[0]
    shown = shown_relative(path, source.root)
    data = read_regular(path, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        return [Defect(shown, f"not judged: it is larger than {MAX_FILE >> 20} MiB", lost=True, id=TOO_LARGE)]
    try:
        document = json.loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        return [Defect(shown, f"not judged: it is no whole JSON document ({cut(str(error), 120)})", lost=True, id=CUT)]
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        return [Defect(shown, "not judged: a notebook without cells", id=NOTHING)]
    config, sources, more = read_beside(path.parent, source.root)
    found: list[tuple[str, int, Run]] = []
    for number, cell in enumerate(cells[:MAX_CELLS], 1):
        runs = _runs_of_cell(cell, source, shown) if isinstance(cell, dict) else []
        for place, run in enumerate(runs, 1):
            found.append((f"cell {number}" if len(runs) == 1 else f"cell {number}, log {place}", number, run))
    if not found:
        what = "not judged: no output of its cells is the log of a training"
        ends = _last_error(cells)
        return [Defect(shown, f"{what}; {ends}" if ends else f"{what}; was it saved with them?", id=NOTHING)]
    return [
        replace(
            run,
            id=source.id if len(found) == 1 else f"{source.id}/{name}",
            format=source.format,
            sources=(shown, *sources),
            config={**config, **run.config},
            defects=(*run.defects, *more),
            note=f"notebook, output of cell {number:,}: {run.note}",
        )
        for name, number, run in found
    ]


def _last_error(cells: list[Any]) -> str:
    """Return how the last cell that failed ended: by the sign that its outputs give, else by its exception."""
    for cell in reversed(cells[:MAX_CELLS]):
        outputs = [one for one in _list(cell.get("outputs")) if isinstance(one, dict)] if isinstance(cell, dict) else []
        errors = [one for one in outputs if one.get("output_type") == "error"]
        if not errors or errors[-1].get("ename") == "KeyboardInterrupt":
            continue
        said = f"{_text(errors[-1].get('ename'))}: {_text(errors[-1].get('evalue'))}"
        printed = "".join(_text(one.get("text")) for one in outputs if one.get("output_type") == "stream")
        crashes = crashes_in(f"{printed[:MAX_TEXT]}\n{said}")
        return f"a cell {crashes[0].what}: {crashes[0].text}" if crashes else f"a cell failed: {cut(said, 200)}"
    return ""


def _runs_of_cell(cell: dict[str, Any], source: RunSource, shown: str) -> list[Run]:
    """Return what a cell logged, in tables and in text; what says no more than another of them is left out."""
    outputs = [output for output in _list(cell.get("outputs")) if isinstance(output, dict)]
    text = "".join(_text(output.get("text")) for output in outputs if output.get("output_type") == "stream")
    pages = [_text(output["data"].get("text/html")) for output in outputs if isinstance(output.get("data"), dict)]
    runs = [run for page in pages for run in _run_of_tables(page[:MAX_TEXT], source, shown)]
    runs.extend(run for run in console.runs_of_text(text[:MAX_TEXT], source, shown) if isinstance(run, Run))
    kept: list[Run] = []
    for run in sorted(runs, key=lambda run: -sum(map(len, run.series.values()))):
        if run.series and not any(_repeats(run, other) for other in kept):
            kept.append(run)
    return [run for run in runs if run in kept]


def _repeats(run: Run, other: Run) -> bool:
    """Tell whether every curve of a run is one of another's as well, but for digits that a table rounds away."""
    return all(
        any(_ends_alike(series.values, known.values) for known in other.series.values())
        for name, series in run.series.items()
        if has_measure(name)
    )


def _ends_alike(values: NDArray[np.float64], known: NDArray[np.float64]) -> bool:
    """Tell whether the first and the last value are among the others."""
    ends = values[[0, -1]]
    return bool(np.isclose(known[:, None], ends, rtol=1e-3, atol=1e-4, equal_nan=True).any(axis=0).all())


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    """Return a text of a notebook, which is one string or a list of lines."""
    return value if isinstance(value, str) else "".join(line for line in _list(value) if isinstance(line, str))


def _run_of_tables(page: str, source: RunSource, shown: str) -> Iterator[Run]:
    """Yield a run for every HTML table with a counter, a measure and rows."""
    if "<t" not in page.lower():
        return
    parser = _Tables()
    parser.feed(page)
    parser.close()
    for table in filter(None, parser.tables):
        header, rows = table[0], [row for row in table[1:] if len(row) == len(table[0])]
        if len(rows) < _FEWEST_ROWS or len(set(header)) < len(header):
            continue
        if not any(map(known_counter, header)) or not any(map(has_measure, header)):
            continue
        columns = [parse_cells(name, cells) for name, *cells in zip(header, *rows, strict=True)]
        piece = arrange_wide(columns, len(rows))
        piece.note = f"HTML table, {piece.note}"
        run = run_of(source.id, source, (shown,), piece)
        if run.series:
            yield run


class _Tables(HTMLParser):
    """Collects the cells of every table of a page, row by row, the header among them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._cell: list[str] | None = None
        self._rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell."""
        del attrs
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables and self._rows < _MOST_ROWS:
            self.tables[-1].append([])
            self._rows += 1
        elif tag in ("td", "th") and self.tables and self.tables[-1] and len(self.tables[-1][-1]) < _MOST_COLUMNS:
            self._cell = []

    def handle_data(self, data: str) -> None:
        """Take the text of a cell."""
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        """End a cell, and leave out tables without rows and rows without cells."""
        if tag in ("td", "th") and self._cell is not None and self.tables and self.tables[-1]:
            self.tables[-1][-1].append(cut("".join(self._cell).strip(), 200))
            self._cell = None
        elif tag == "table" and self.tables:
            self.tables[-1] = [row for row in self.tables[-1] if row]
            if not self.tables[-1]:
                self.tables.pop()
