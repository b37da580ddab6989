"""Sacred's ``metrics.json``: the steps of every measure, its values and their times; ``run.json`` tells the end."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.model import Defect, Run
from logdoc.model.notes import CUT, ENDED, NO_NUMBERS, NOTHING, TOO_LARGE, UNFINISHED
from logdoc.readers.files import read_regular, shown_path, shown_relative
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.json_text import loads
from logdoc.readers.source import RunSource, each_alone
from logdoc.readers.tables.axes import Index
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.moments import parse_dates
from logdoc.readers.tables.rows import number_in
from logdoc.readers.tables.wide import Piece
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_FILE = 256 << 20
_MAX_STEP = 2**62
_FORM = re.compile(r'\{\s*"(?:[^"\\]|\\.){1,200}"\s*:\s*\{\s*"(steps|values|timestamps)"\s*:\s*\[')
_ENDS = {
    "FAILED": "Sacred says that the run failed",
    "INTERRUPTED": "Sacred says that the run was interrupted",
    "TIMEOUT": "Sacred says that the run took too long and was stopped",
}


def sniff(head: bytes, name: str) -> str | None:
    """Return that it is a metrics.json of Sacred: an object of objects that begin with steps, values or timestamps."""
    del name
    text = head.decode("utf-8-sig", "replace").lstrip()
    if not _FORM.match(text):
        return None
    # The other lists may lie beyond what was read; where they do not, they must be there.
    whole = sum(f'"{key}"' in text for key in ("steps", "values", "timestamps"))
    return "Sacred metrics.json" if whole >= 2 or "]" not in text else None


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return every file as a run of its own."""
    return each_alone("sacred", root, files)


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run of one file."""
    path = source.files[0]
    shown = shown_relative(path, source.root)
    data = read_regular(path, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        return [Defect(shown, f"not judged: it is larger than {MAX_FILE >> 20} MiB", lost=True, id=TOO_LARGE)]
    try:
        document = loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        return [Defect(shown, f"not judged: it is no whole JSON document ({cut(str(error), 120)})", lost=True, id=CUT)]
    curves = Curves()
    for name, metric in document.items() if isinstance(document, dict) else ():
        _add(curves, shown_path(str(name)), metric)
    if not curves.series:
        return [Defect(shown, "not judged: none of its measures has steps and values", id=NOTHING)]
    config, sources, more = read_beside(path.parent, source.root)
    status = _status(path.parent / "run.json")
    ended = [Defect(shown, _ENDS[status], ended=True, id=ENDED)] if status in _ENDS else []
    if status == "RUNNING":
        ended = [
            Defect(shown, "Sacred never saw the end of the run: it was killed, or it is still running", id=UNFINISHED)
        ]
    piece = Piece("", curves, note="Sacred metrics.json, 'steps' counts steps")
    texts = {"status": status} if status else {}
    defects = [*more, *ended]
    return [run_of(source.id, source, (shown, *sources), piece, config=config, defects=defects, texts=texts)]


def _add(curves: Curves, name: str, metric: object) -> None:
    """Add the curve of one measure, or say why it has none."""
    steps, values = (metric.get(key) for key in ("steps", "values")) if isinstance(metric, dict) else (None, None)
    if not isinstance(steps, list) or not isinstance(values, list) or not values:
        curves.left_out[name] = "it has no steps and values"
        if isinstance(metric, dict) and any(metric.get(key) for key in ("steps", "values")):
            curves.note(f"'{cut(name, 80)}' has steps without values, or values without steps", NO_NUMBERS, lost=True)
        return
    count = min(len(steps), len(values))
    if len(steps) != len(values):
        curves.note(
            f"'{cut(name, 80)}' has {len(steps):,} steps and {len(values):,} values; {count:,} were read", lost=True
        )
    numbers = [number_in(value) for value in values[:count]]
    places = [step if type(step) is int and abs(step) < _MAX_STEP else None for step in steps[:count]]
    kept = [i for i in range(count) if numbers[i] is not None and places[i] is not None]
    if len(kept) < count:
        what = f"{count - len(kept):,} points of '{cut(name, 80)}' hold no number and were left out"
        curves.note(what, NO_NUMBERS, lost=True)
    if not kept:
        curves.left_out[name] = "it holds no number"
        return
    at = np.array([places[i] for i in kept], dtype=np.int64)
    found = np.array([numbers[i] for i in kept], dtype=np.float64)
    index = Index(at, "step", frozenset(), "")
    curves.add_points(name, index, at, found, _times(metric, kept))


def _times(metric: Any, kept: list[int]) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    moments = metric.get("timestamps")
    if not isinstance(moments, list) or len(moments) <= kept[-1] or not all(isinstance(m, str) for m in moments):
        return None
    times = parse_dates(moments)
    return None if times is None else times[kept]


def _status(path: Path) -> str:
    try:
        state = json.loads(read_regular(path, 4 << 20))
    except (OSError, ValueError, RecursionError):
        return ""
    status = state.get("status") if isinstance(state, dict) else None
    return status if isinstance(status, str) and len(status) < 20 else ""
