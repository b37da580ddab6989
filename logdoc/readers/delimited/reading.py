"""From the files of a run to the run: read, arrange, add the configuration that lies beside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.model import Defect, Run
from logdoc.readers.delimited.dialect import detect_dialect, detect_encoding
from logdoc.readers.delimited.layout import arrange, arrange_measure, tag_of_download
from logdoc.readers.delimited.records import NotATableError
from logdoc.readers.delimited.table import read_clean_file, read_table
from logdoc.readers.files import describe_bytes, read_regular, shown_path, shown_relative
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.source import RunSource
from logdoc.readers.tables.building import run_of, runs_of
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.wide import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logdoc.model import Series

MAX_FILE = 2 << 30
TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".psv")
_DOWNLOAD = re.compile(r"run-(.+)-tag-.+\.csv\Z", re.IGNORECASE)


def sniff(head: bytes, name: str) -> str | None:
    """Return how the table that begins with `head` is written, or None when it looks like no table of a training log.

    A file whose name ends in ``.csv`` or ``.tsv`` needs to be text only; its table is judged when it is read. Any
    other needs a header
    with a counter or a measure, and numbers below it.
    """
    encoding = detect_encoding(head)
    if encoding is None or not head.strip(b"\0"):
        return None
    what = describe_bytes(head)
    if what not in {"a text", "binary data"} and not what.startswith("a JSON"):
        return None
    dialect = detect_dialect(head, encoding)
    if dialect is None:
        return None
    if name.lower().endswith(TABLE_SUFFIXES):
        return dialect.describe()
    from logdoc.readers.tables.axes import known_counter

    if not dialect.delimiter or dialect.agreement < 0.9 or not dialect.header or head.count(b"\n") < 3:
        return None
    return (
        dialect.describe()
        if any(known_counter(n) for n in dialect.header) and any(has_measure(n) for n in dialect.header)
        else None
    )


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return the files as runs: a DVCLive folder and the downloads of one TensorBoard run are one each, every other
    file is its own.
    """
    groups: dict[tuple[str, str], list[Path]] = {}
    for path in files:
        groups.setdefault(_group_of(path, root), []).append(path)
    return [RunSource(id_, "delimited", root, tuple(paths), note) for (id_, note), paths in groups.items()]


def read(source: RunSource) -> list[Run | Defect]:
    """Return the runs of one source, most often one; a file that is no training log is a defect that says why."""
    found: list[tuple[Path, list[Piece], list[Defect]]] = []
    faults: list[Defect] = []
    for path in source.files:
        shown = shown_relative(path, source.root)
        try:
            table = read_clean_file(path, shown) or read_table(_read_bytes(path), shown)
            pieces = (
                [arrange_measure(table, _measure_name(path))]
                if _dvclive_folder(path) is not None
                else arrange(table, path.name)
            )
        except NotATableError as error:
            faults.append(Defect(shown, f"not judged: {error}"))
        except OSError as error:
            faults.append(Defect(shown, f"the file could not be read: {error.strerror or error}"))
        else:
            found.append((path, pieces, table.defects))
            for piece in pieces:
                piece.note = f"{piece.note} ({table.dialect.describe()})"
    if not found:
        return list(faults)
    if len(source.files) > 1 or _dvclive_folder(source.files[0]) is not None:
        return [_merged(source, found, faults)]
    path, pieces, defects = found[0]
    config, sources, more = read_beside(path.parent, source.root)
    return list(
        runs_of(source, (shown_relative(path, source.root), *sources), pieces, config=config, defects=[*defects, *more])
    )


def _read_bytes(path: Path) -> bytes:
    data = read_regular(path, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise NotATableError(f"it is larger than {MAX_FILE >> 30} GiB")
    what = describe_bytes(data[:4096])
    if not data.strip(b"\0") or "archive" in what or "pointer" in what or "HTML" in what:
        raise NotATableError(f"it is {what}")
    return data


def _merged(source: RunSource, found: list[tuple[Path, list[Piece], list[Defect]]], faults: list[Defect]) -> Run:
    """Join the files of one run: every file holds one measure, named by its path."""
    whole = Curves()
    defects = list(faults)
    for path, pieces, more in found:
        defects.extend(more)
        curves = pieces[0].curves
        name = _measure_name(path)
        defects.extend(Defect(shown_relative(path, source.root), problem) for problem in curves.problems)
        for key, series in curves.series.items():
            whole.series[name if len(curves.series) == 1 else f"{name}/{key}"] = _renamed(
                series, name, key, len(curves.series)
            )
        for key, attempts in curves.attempts.items():
            whole.attempts[name] = tuple(_renamed(series, name, key, 1) for series in attempts)
        if curves.restarts:
            whole.restarts[name] = curves.all_restarts()
        whole.left_out.update({name if key == name else f"{name}/{key}": why for key, why in curves.left_out.items()})
    folder = _config_folder(found[0][0])
    config, sources, more_defects = (
        read_beside(folder, source.root) if folder.is_relative_to(source.root) else ({}, (), ())
    )
    shown = (*(shown_relative(path, source.root) for path, _, _ in found), *sources)
    return run_of(
        source.id, source, shown, Piece("", whole, note=source.note), config=config, defects=[*defects, *more_defects]
    )


def _renamed(series: Series, name: str, key: str, count: int) -> Series:
    from dataclasses import replace

    return replace(series, name=name if count == 1 else f"{name}/{key}")


def _group_of(path: Path, root: Path) -> tuple[str, str]:
    folder = _dvclive_folder(path)
    if folder is not None:
        base = folder.parent if folder.name in {"metrics", "scalars"} else folder
        base = base.parent if base.name == "plots" else base
        shown = (
            shown_relative(base, root)
            if base != root and base.is_relative_to(root)
            else shown_path(base.name or path.name)
        )
        return shown, "DVCLive folder, a table per measure"
    match = _DOWNLOAD.match(path.name)
    if match:
        run = "" if match.group(1) in {".", ""} else f"/{match.group(1)}"
        parent = shown_path(root.name) if path.parent == root else shown_relative(path.parent, root)
        return f"{parent}{shown_path(run)}", "TensorBoard downloads, a table per tag"
    return shown_relative(path, root), ""


def _dvclive_folder(path: Path) -> Path | None:
    """Return the folder that the names of a DVCLive run's measures are relative to."""
    if not path.name.lower().endswith(".tsv"):
        return None
    parents = list(path.parents)[:6]
    for parent in parents:
        if parent.name == "metrics" and parent.parent.name == "plots":
            return parent
    return next((p for p in parents if p.name == "scalars" and p.parent.name.startswith("dvclive")), None)


def _measure_name(path: Path) -> str:
    folder = _dvclive_folder(path)
    if folder is None:
        return tag_of_download(path.name)
    return shown_path(path.relative_to(folder).with_suffix("").as_posix())


def _config_folder(path: Path) -> Path:
    folder = _dvclive_folder(path)
    if folder is None:
        return path.parent
    return folder.parent.parent if folder.parent.name == "plots" else folder.parent
