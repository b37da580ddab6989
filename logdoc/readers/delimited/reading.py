"""From the files of a run to the run: read, arrange, add the configuration that lies beside."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.model import Defect, Run
from logdoc.model.notes import NOTHING, TOO_LARGE, UNREADABLE
from logdoc.readers.delimited.cells import parse_cells
from logdoc.readers.delimited.dialect import Dialect, detect_dialect, detect_encoding, split_fields
from logdoc.readers.delimited.gathering import CHART, MEASURE, NOTES, NUMBERS, PART, gathered
from logdoc.readers.delimited.layout import arrange, arrange_measure, tag_of_download
from logdoc.readers.delimited.measure_folders import D3RLPY, FOLDERS, last_values, measure_folder
from logdoc.readers.delimited.records import NotATableError, TooLargeTableError
from logdoc.readers.delimited.starts import runs_in
from logdoc.readers.delimited.table import read_clean_file, read_table
from logdoc.readers.files import HEAD_SIZE, describe_bytes, read_regular, shown_path, shown_relative
from logdoc.readers.history import pieces_of
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.one_measure import names_curve, told_by
from logdoc.readers.source import RunSource
from logdoc.readers.tables.axes import RECORD_KEEPER, known_counter
from logdoc.readers.tables.building import run_of, runs_of
from logdoc.readers.tables.column import NUMBER
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.joining import fit_together, joined_pieces, named_below, named_by_file
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.wide import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Series
    from logdoc.readers.delimited.records import Table

Part = tuple[Path, list[Piece], list[Defect]]

MAX_FILE = 2 << 30
_BARE_SUFFIXES = ("txt", "dat", "log", "out", "list")
_FEWEST_ROWS, _MOST_COLUMNS, _SAMPLE = 3, 30, 60  # of numbers without a header
_TORCH = b"% "  # as the Logger of Lua Torch begins
_FEWEST_NAMES = 2  # of columns without a count
_APART = ("\t", ";", "/")  # between columns; commas and blanks stand in any text
_ALL_ROWS = 0.95  # of the rows have the same number of fields
_ALIKE = 4  # lines below a heading that are compared with it
_WORD = re.compile(r"[^\W\d_]{2}")
_NUMBER = re.compile(r"(?:\d*\.)?\d+(?:e[-+]?\d+)?", re.IGNORECASE)
_VALUED = re.compile(
    r"\w\s*[=:]\s*[-+]?\.?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$|\w\s*=\s*(?:[\w.]+\()+[-+]?\.?\d[\d.e+-]*[),]|%\|"
)
TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".psv")
_DOWNLOAD = re.compile(r"run-(.+)-tag-.+\.csv\Z", re.IGNORECASE)


def sniff(head: bytes, name: str) -> str | None:
    """Return how the table that begins with `head` is written, or None when it looks like no table of a training log.

    A file whose name ends in ``.csv`` or ``.tsv`` needs to be text only; its table is judged when it is read. Any
    other needs a header with a counter and a measure, and numbers below it; or nothing but numbers, in a file that is
    named after a measure.
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
    if any(_VALUED.search(cell) for cell in dialect.header or ()):
        return None  # "loss=0.5" is a line of a console, no heading
    if _says_its_words_again(head, dialect):
        return None  # so are "iter 100 | loss 0.5 | lr 0.1" and "Epoch 1/9.. loss: 0.5.."
    if dialect.delimiter == " " and _is_quoted_line(dialect.header):
        return None  # so is "'loss after epoch 0: 0.5'"
    if b"\x1b[" in head:
        return None  # a terminal was sent this, and the console reader knows what it showed
    if not dialect.header:
        return dialect.describe() if _bare_numbers(head, dialect, name) else None
    if not dialect.delimiter or dialect.agreement < 0.9 or head.count(b"\n") < 3:
        return None
    counted = any(known_counter(n) for n in dialect.header) and any(has_measure(n) for n in dialect.header)
    return dialect.describe() if counted or _measures_only(head, dialect) else None


def _says_its_words_again(head: bytes, dialect: Dialect) -> bool:
    """Tell whether most words of the heading stand again in every other line below at least, but for their numbers: it
    is a line of a console then.
    """
    lines = [line for line in head.decode(dialect.encoding, "replace").splitlines()[dialect.skip :] if line.strip()]
    rows = [[_masked(cell) for cell in split_fields(line, dialect.delimiter)] for line in lines[:_ALIKE]]
    words = [i for i, cell in enumerate(dialect.header) if _WORD.search(cell)]
    said = [sum(len(row) > i and row[i] == _masked(dialect.header[i]) for row in rows) for i in words]
    return len(rows) > 1 and 2 * sum(2 * times >= len(rows) for times in said) > len(words)


def _masked(cell: str) -> str:
    return _NUMBER.sub("0", " ".join(cell.split()))


def _is_quoted_line(header: tuple[str, ...]) -> bool:
    """Tell whether what was cut at blanks is one text in quotes, as pprint shows a line."""
    first, last = (header[0], header[-1].rstrip(",]")) if len(header) > 1 else ("", "")
    mark = first.lstrip("[")[:1]
    return mark in ("'", '"') and last.endswith(mark) and not first.endswith(mark)


def _measures_only(head: bytes, dialect: Dialect) -> bool:
    """Tell whether a text is a table of measures without a count, a tab or its like between its columns, as the loggers
    of many papers keep it: names above, most of them of measures, and nothing but numbers below.
    """
    names = [name for name in dialect.header if name]
    measured = sum(has_measure(name) for name in names)
    fewest = 1 if head.startswith(_TORCH) else _FEWEST_NAMES
    apart = dialect.delimiter in _APART or (dialect.delimiter == "|" and not head.lstrip().startswith(b"|"))
    if not apart or len(names) < fewest or 2 * measured < len(names):
        return False
    lines = [line for line in head.decode(dialect.encoding, "replace").splitlines()[dialect.skip :] if line.strip()]
    lines = lines[:-1] if len(head) >= HEAD_SIZE else lines
    if len(lines) < _FEWEST_ROWS or dialect.agreement < _ALL_ROWS:
        return False
    cells = [cell for line in lines[:_SAMPLE] for cell in line.rstrip(f" {dialect.delimiter}").split(dialect.delimiter)]
    return parse_cells("", cells, dialect.decimal).count(NUMBER) == len(cells)


def _bare_numbers(head: bytes, dialect: Dialect, name: str) -> bool:
    """Tell whether a text holds nothing but numbers, some on every line, in a file that is named after a measure."""
    file = name.rpartition("/")[2]
    stem, point, suffix = file.rpartition(".")
    if (point and suffix.lower() not in _BARE_SUFFIXES) or not names_curve(stem or file):
        return False
    lines = [line for line in head.decode(dialect.encoding, "replace").splitlines() if line.strip()]
    lines = lines[:-1] if len(head) >= HEAD_SIZE else lines
    if len(lines) < _FEWEST_ROWS or dialect.agreement < _ALL_ROWS or dialect.width > _MOST_COLUMNS:
        return False
    cells = [cell for line in lines[:_SAMPLE] for cell in split_fields(line, dialect.delimiter)]
    return parse_cells("", cells, dialect.decimal).count(NUMBER) == len(cells)


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return the files as runs: a DVCLive folder, the downloads of one TensorBoard run and tables of one measure each
    that are named alike are one each, every other file is its own.
    """
    groups: dict[tuple[str, str], list[Path]] = {}
    plain: list[Path] = []
    for path in files:
        named = _group_of(path, root)
        if named is None:
            plain.append(path)
        else:
            groups.setdefault(named, []).append(path)
    sources = [RunSource(id_, "delimited", root, tuple(paths), note) for (id_, note), paths in groups.items()]
    for how, mine in gathered(plain):
        folder = shown_path(root.name) if mine[0].parent == root else shown_relative(mine[0].parent, root)
        run = shown_path(told_by(mine[0].stem).run) if how in (MEASURE, NUMBERS, PART) else ""
        id_ = shown_relative(mine[0], root) if not how else f"{folder}/{run}" if run else folder
        sources.append(RunSource(id_, "delimited", root, tuple(mine), NOTES.get(how, "")))
    return sources


def read(source: RunSource) -> list[Run | Defect]:
    """Return the runs of one source, most often one; a file that is no training log is a defect that says why."""
    found: list[Part] = []
    faults: list[Defect] = []
    for path in source.files:
        shown = shown_relative(path, source.root)
        try:
            table = read_clean_file(path, shown) or read_table(_read_bytes(path), shown)
            if (runs := _runs_of_table(source, path, table, shown)) is not None:
                return runs
            pieces = (
                [arrange_measure(table, _measure_name(path))] if source.note in FOLDERS else arrange(table, path.name)
            )
        except NotATableError as error:
            large = isinstance(error, TooLargeTableError)
            # It began like a table when it was found: a part of a run that is something else now is missed.
            gone = len(source.files) > 1 and str(error).startswith(("it is ", "it holds binary"))
            kind = TOO_LARGE if large else NOTHING
            faults.append(Defect(shown, f"not judged: {error}", lost=large or gone, id=kind))
        except OSError as error:
            what = f"the file could not be read: {error.strerror or error}"
            faults.append(Defect(shown, what, lost=True, id=UNREADABLE))
        else:
            found.append((path, _described(pieces, table, path), table.defects))
    if not found:
        return list(faults)
    if len(source.files) > 1 and source.note in NOTES.values():
        return _gathered_runs(source, found, faults)
    if len(source.files) > 1 or source.note in FOLDERS:
        return [_merged(source, found, faults)]
    return _runs_of_file(source, source.id, *found[0])


def _described(pieces: list[Piece], table: Table, path: Path) -> list[Piece]:
    if RECORD_KEEPER in table.dialect.header:  # half a name is that of the file: loss_weights.csv
        pieces = [named_below(path.stem, piece) for piece in pieces]
    for piece in pieces:
        piece.note = f"{piece.note} ({table.dialect.describe()})"
    return pieces


def _runs_of_table(source: RunSource, path: Path, table: Table, shown: str) -> list[Run | Defect] | None:
    """Return the runs of a table that several trainings were appended to, None of another, or of one of several files.

    Raises:
        NotATableError: it is no log of a training.
    """
    if len(source.files) > 1 or source.note in FOLDERS:
        return None
    parts = runs_in(table, shown)
    if len(parts) == 1 and parts[0] is table:
        return None
    found: list[Run | Defect] = []
    for number, part in enumerate(parts, 1):
        id_ = f"{source.id}/part {number}" if len(parts) > 1 else source.id
        pieces = _described(arrange(part, path.name), part, path)
        found += _runs_of_file(source, id_, path, pieces, part.defects)
    return found


def _runs_of_file(
    source: RunSource, id_: str, path: Path, pieces: list[Piece], defects: list[Defect]
) -> list[Run | Defect]:
    config, sources, more = read_beside(path.parent, source.root)
    shown = (shown_relative(path, source.root), *sources)
    return list(runs_of(replace(source, id=id_), shown, pieces, config=config, defects=[*defects, *more]))


def _gathered_runs(source: RunSource, found: list[Part], faults: list[Defect]) -> list[Run | Defect]:
    """Return the run, or the runs, whose measures lie in a file each; files over another axis are runs of their own."""
    if source.note == NOTES[NUMBERS]:
        lists = {told_by(path.stem).measure: _numbers_of(pieces) for path, pieces, _ in found}
        pieces = pieces_of(lists)
    else:
        whole = source.note == NOTES[CHART]
        pieces = [p if whole else named_by_file(path, p) for path, mine, _ in found for p in mine]
        pieces = joined_pieces(pieces) if fit_together(pieces) else []
    if not pieces:
        apart = [_runs_of_file(source, shown_relative(part[0], source.root), *part) for part in found]
        return [*faults, *(run for runs in apart for run in runs)]
    config, sources, more = read_beside(found[0][0].parent, source.root)
    for piece in pieces:
        piece.note = f"{source.note}, {piece.note}"
    shown = (*(shown_relative(path, source.root) for path, *_ in found), *sources)
    defects = [*faults, *(defect for *_, mine in found for defect in mine), *more]
    return list(runs_of(source, shown, pieces, config=config, defects=defects))


def _numbers_of(pieces: list[Piece]) -> list[float]:
    curve = next(iter(pieces[0].curves.series.values()), None)
    return [] if curve is None else curve.values.tolist()


def _read_bytes(path: Path) -> bytes:
    data = read_regular(path, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise TooLargeTableError(f"it is larger than {MAX_FILE >> 30} GiB")
    what = describe_bytes(data[:4096])
    if not data.strip(b"\0") or "archive" in what or "pointer" in what or "HTML" in what:
        raise NotATableError(f"it is {what}")
    return data


def _merged(source: RunSource, found: list[Part], faults: list[Defect]) -> Run:
    """Join the files of one run: every file holds one measure, named by its path."""
    whole = Curves()
    defects = list(faults)
    for path, pieces, more in found:
        defects.extend(more)
        curves = pieces[0].curves
        name = _measure_name(path)
        defects.extend(
            Defect(shown_relative(path, source.root), one.what, lost=one.lost, id=one.kind) for one in curves.problems
        )
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
    if folder.is_relative_to(source.root):
        whole.left_out.update(last_values(folder, whole.series.keys()))
    shown = (*(shown_relative(path, source.root) for path, _, _ in found), *sources)
    return run_of(
        source.id, source, shown, Piece("", whole, note=source.note), config=config, defects=[*defects, *more_defects]
    )


def _renamed(series: Series, name: str, key: str, count: int) -> Series:
    return replace(series, name=name if count == 1 else f"{name}/{key}")


def _group_of(path: Path, root: Path) -> tuple[str, str] | None:
    found = measure_folder(path)
    if found is not None:
        base = _config_folder(path)
        shown = (
            shown_relative(base, root)
            if base != root and base.is_relative_to(root)
            else shown_path(base.name or path.name)
        )
        return shown, found[1]
    match = _DOWNLOAD.match(path.name)
    if match:
        run = "" if match.group(1) in {".", ""} else f"/{match.group(1)}"
        parent = shown_path(root.name) if path.parent == root else shown_relative(path.parent, root)
        return f"{parent}{shown_path(run)}", "TensorBoard downloads, a table per tag"
    return None


def _measure_name(path: Path) -> str:
    found = measure_folder(path)
    if found is None:
        return tag_of_download(path.name)
    return shown_path(path.relative_to(found[0]).with_suffix("").as_posix())


def _config_folder(path: Path) -> Path:
    found = measure_folder(path)
    if found is None:
        return path.parent
    if found[1] == D3RLPY:
        return found[0]
    above = found[0].parent
    return above.parent if above.name == "plots" else above
