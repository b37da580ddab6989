"""From a W&B run folder, or a ``.wandb`` file alone, to a run."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.documents import flatten, load_json
from logdoc.errors import LogdocError
from logdoc.model import Defect, Histogram, Run
from logdoc.model.notes import DAMAGED, ENDED, LINES, NOTHING, TOO_LARGE, UNFINISHED
from logdoc.readers.console.crashes import crashes_in
from logdoc.readers.console.messages import said_in, told_said
from logdoc.readers.console.reading import runs_of_text
from logdoc.readers.dumps import settings_of_arguments
from logdoc.readers.files import read_regular, shown_path, shown_relative
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.jsonlines import parse_lines
from logdoc.readers.noticing import looked_at
from logdoc.readers.source import RunSource
from logdoc.readers.tables.building import run_of
from logdoc.readers.tables.rows import columns_of, sparse_columns
from logdoc.readers.tables.wide import Piece, arrange_wide
from logdoc.readers.wandb.contents import Contents, contents_of, counter_of, unpacked
from logdoc.readers.wandb.contents import sniff as is_wandb
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from logdoc.model import ConfigValue

MAX_FILE = 2 << 30
_MOST_METADATA = 1 << 20
_MOST_PRINTED = 64 << 20  # bytes
_RUN_FOLDER = re.compile(r"(?:offline-)?run-\d{8}_\d{6}-[\w.-]+")
_BESIDE = ("output.log", "wandb-history.jsonl", "wandb-summary.json")
_OWN = ("_step", "_timestamp", "_runtime")


def sniff(head: bytes, name: str) -> str | None:
    """Return how the file was recognised: the magic bytes, or its place in the folder of a run."""
    if is_wandb(head):
        return "W&B run"
    *folders, file = name.split("/")
    in_run = any(_RUN_FOLDER.fullmatch(folder) for folder in folders)
    return "W&B run folder" if in_run and file in _BESIDE and folders[-1] == "files" else None


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return the files of every run folder as one run."""
    runs: dict[Path, list[Path]] = {}
    for path in files:
        runs.setdefault(_home(path), []).append(path)
    found = []
    for home, mine in runs.items():
        id_ = shown_path(root.name) if home == root else shown_relative(home, root)
        found.append(
            RunSource(
                id_, "wandb", root, tuple(sorted(mine, key=lambda path: (path.suffix != ".wandb", path.as_posix())))
            )
        )
    return found


def _home(path: Path) -> Path:
    """Return the folder of the run; a ``.wandb`` file in a folder of another name is a run of its own."""
    folder = next((parent for parent in path.parents if _RUN_FOLDER.fullmatch(parent.name)), None)
    return folder if folder is not None else path


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run of one folder."""
    binary = next((path for path in source.files if path.suffix == ".wandb"), None)
    by_name = {path.name: path for path in source.files}
    beside, sources, more = _beside(source, binary or source.files[0])
    shown = tuple(shown_relative(path, source.root) for path in source.files)
    if binary is None:
        return _without_binary(source, by_name, beside, (*shown, *sources), more)
    name = shown_relative(binary, source.root)
    data = read_regular(binary, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        return [Defect(name, f"not judged: it is larger than {MAX_FILE >> 30} GiB", lost=True, id=TOO_LARGE)]
    records = unpacked(data)
    del data  # the rows of the history are copied out of their frames; only the copy is kept
    contents = contents_of(records)
    console = contents.console or _text_of(by_name.get("output.log"))
    defects = [*_defects(contents, name), *_printed(console, name), *more]
    piece = _piece(contents)
    config = {**_launched_with(_home(binary)), **beside, **flatten(contents.config)[0]}
    run = run_of(source.id, source, (*shown, *sources), piece, config=config, defects=defects, texts=_texts(contents))
    return [_with_histograms(run, contents)]


def _beside(source: RunSource, path: Path) -> tuple[dict[str, ConfigValue], tuple[str, ...], tuple[Defect, ...]]:
    home = _home(path)
    looked_at(home / "files")
    folder = home / "files" if (home / "files").is_dir() else path.parent
    return read_beside(folder, source.root) if folder.is_relative_to(source.root) else ({}, (), ())


def _launched_with(home: Path) -> dict[str, ConfigValue]:
    """Return the settings of the command that W&B says was started."""
    for name in ("files/wandb-metadata.json", "wandb-metadata.json"):
        try:
            text = read_regular(home / name, _MOST_METADATA).decode("utf-8", "replace")
            content: Any = load_json(text, where=name)
        except (OSError, LogdocError):
            continue
        arguments = content.get("args") if isinstance(content, dict) else None
        if isinstance(arguments, list):
            return settings_of_arguments(arguments)
    return {}


def _piece(contents: Contents) -> Piece:
    columns, left_out = sparse_columns(contents.rows, contents.columns)
    piece = arrange_wide(columns, contents.rows, counter=counter_of(contents))
    piece.curves.left_out.update({**contents.left_out, **left_out})
    for own in _OWN:
        if piece.curves.series.pop(own, None) is not None:
            piece.curves.left_out[own] = "W&B's own bookkeeping"
    about = f" '{cut(str(contents.run.get('name')), 80)}'" if contents.run.get("name") else ""
    piece.note = (
        f"W&B run{about}, {contents.rows:,} history rows, {piece.note if contents.rows else 'nothing was logged'}"
    )
    return piece


def _texts(contents: Contents) -> dict[str, str]:
    texts = {
        f"wandb/{key}": cut(str(value), 200)
        for key, value in contents.run.items()
        if key in ("name", "group", "job_type", "sweep") and value
    }
    if contents.exit_code is not None:
        texts["wandb/exit_code"] = str(contents.exit_code)
    return texts


def _defects(contents: Contents, name: str) -> list[Defect]:
    found = [
        Defect(name, what, f"offset {offset:,}", lost=True, id=kind) for offset, what, kind in contents.problems[:20]
    ]
    if len(contents.problems) > 20:
        found.append(Defect(name, f"{len(contents.problems) - 20:,} more damaged places", lost=True, id=DAMAGED))
    if contents.exit_code is None:
        found.append(
            Defect(
                name,
                "no exit record: the process was killed (out of memory, a time limit, a signal), or it is "
                "still running",
                id=UNFINISHED,
            )
        )
    elif contents.exit_code:
        found.append(Defect(name, f"the process ended with exit code {contents.exit_code}", ended=True, id=ENDED))
    if contents.run.get("resumed"):
        found.append(
            Defect(
                name,
                f"resumed at step {contents.run.get('starting_step', 0):,}; what came before lies in another file",
                id=UNFINISHED,
            )
        )
    return found


def _printed(console: str, name: str) -> list[Defect]:
    """Return how the program ended, and what libraries said, by the text that it printed."""
    ends = [
        Defect(name, f"the program {crash.what}: {crash.text}", "console", ended=True, id=ENDED)
        for crash in crashes_in(console)
    ]
    return ends + told_said(said_in(console), name)


def _text_of(path: Path | None, most: int = 256 << 10) -> str:
    """Return the end of a text, at most so many bytes of it; empty where there is none."""
    if path is None:
        return ""
    looked_at(path)
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - most))
        return stream.read(most).decode("utf-8", "replace")


def _without_binary(
    source: RunSource,
    files: dict[str, Path],
    config: dict[str, ConfigValue],
    sources: tuple[str, ...],
    defects: Sequence[Defect],
) -> list[Run | Defect]:
    """Read what is left of a run whose ``.wandb`` file is gone: the history of old versions, what the program printed
    where that is the log of a training, or nothing but the last values.
    """
    if "wandb-history.jsonl" in files:
        path = files["wandb-history.jsonl"]
        rows, broken = parse_lines(read_regular(path, MAX_FILE), shown_relative(path, source.root))
        columns, left_out = columns_of(rows)
        piece = arrange_wide(columns, len(rows))
        piece.curves.left_out.update(left_out)
        piece.note = f"W&B history of an old version, {piece.note}"
        printed = _printed(_text_of(files.get("output.log")), sources[0])
        return [run_of(source.id, source, sources, piece, config=config, defects=[*broken, *defects, *printed])]
    console = _text_of(files.get("output.log"), _MOST_PRINTED)
    runs = runs_of_text(console, source, sources[0]) if console else []
    if any(isinstance(run, Run) for run in runs):
        missing = Defect(source.id, "the .wandb file is missing; what the program printed was read instead", id=LINES)
        return [_printed_run(run, config, (missing, *defects)) if isinstance(run, Run) else run for run in runs]
    what = (
        "not judged: the folder of a W&B run without its .wandb file, which holds the curves; only last values or "
        "console lines are left"
    )
    ends = "; ".join(f"the program {crash.what}: {crash.text}" for crash in crashes_in(console))
    return [Defect(source.id, f"{what}; {ends}" if ends else what, id=NOTHING)]


def _printed_run(run: Run, config: dict[str, ConfigValue], defects: Sequence[Defect]) -> Run:
    return replace(run, config={**config, **run.config}, defects=(*run.defects, *defects))


def _with_histograms(run: Run, contents: Contents) -> Run:
    if not contents.histograms:
        return run
    steps = contents.steps
    counted = contents.columns.get(counter_of(contents))
    if counted is not None and bool((np.abs(counted[1]) < 2.0**62).all()):
        steps = steps.copy()
        steps[counted[0]] = counted[1].astype(np.int64)
    clock = contents.columns.get("_timestamp")
    times = np.full(contents.rows, np.nan)
    if clock is not None:
        times[clock[0]] = clock[1]
    return replace(
        run, histograms={key: _histogram(key, points, steps, times) for key, points in contents.histograms.items()}
    )


def _histogram(
    key: str, points: list[tuple[int, NDArray[Any], NDArray[Any]]], steps: NDArray[np.int64], times: NDArray[np.float64]
) -> Histogram:
    """Return the histograms of one key. W&B states no moments: they come from the middle of the buckets."""
    rows = np.array([row for row, _, _ in points], dtype=np.int64)
    middles = [(edges[:-1] + edges[1:]) / 2 for _, edges, _ in points]
    weights = [counts for _, _, counts in points]
    at = steps[rows]
    return Histogram(
        name=key,
        steps=np.where(at >= 0, at, rows),
        times=times[rows] if np.isfinite(times[rows]).all() else None,
        num=np.array([w.sum() for w in weights]),
        total=np.array([(w * m).sum() for w, m in zip(weights, middles, strict=True)]),
        squares=np.array([(w * m * m).sum() for w, m in zip(weights, middles, strict=True)]),
        low=np.array([edges[0] if edges.size else np.nan for _, edges, _ in points]),
        high=np.array([edges[-1] if edges.size else np.nan for _, edges, _ in points]),
        left=np.concatenate([edges[:-1] for _, edges, _ in points]),
        right=np.concatenate([edges[1:] for _, edges, _ in points]),
        counts=np.concatenate(weights),
        offsets=np.concatenate(([0], np.cumsum([w.size for w in weights]))).astype(np.int64),
        exact=False,
    )
