"""JSON documents that hold curves: Keras' ``History.history`` and other dicts of lists, lists of records, records by
epoch.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.documents import flatten
from logdoc.model import Defect, Run
from logdoc.model.notes import CUT, NOTHING, TOO_LARGE
from logdoc.readers.catboost import FILE as CATBOOST
from logdoc.readers.catboost import records_of
from logdoc.readers.files import read_regular, shown_path, shown_relative
from logdoc.readers.hyperparameters import read_beside
from logdoc.readers.json_text import loads
from logdoc.readers.one_measure import together, told_by
from logdoc.readers.source import RunSource
from logdoc.readers.tables.axes import Index, choose_index, known_counter, normal_name
from logdoc.readers.tables.building import runs_of
from logdoc.readers.tables.column import EXACT_LIMIT, Column, Problem
from logdoc.readers.tables.curves import Curves
from logdoc.readers.tables.joining import fit_together, joined_pieces, named_by_file
from logdoc.readers.tables.measures import has_measure
from logdoc.readers.tables.rows import columns_of, number_in
from logdoc.readers.tables.wide import Piece, arrange_wide
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from logdoc.model.run import Axis

MAX_FILE = 256 << 20
_MAX_DEPTH = 4
_PEEK = 4096  # bytes that show what the records of a file hold
_LIST = re.compile(r'"([^"\\]{1,80})"\s*:\s*\[\s*(?:-?\d|NaN|-?Infinity|null|\[\s*-?\d)')
_EPOCH_KEY = re.compile(r"(?:epoch|step|iter(?:ation)?)?[\s_-]*(\d+)", re.IGNORECASE)
_TRAINED_KEY = re.compile(r"d?train(?:ing)?|learn", re.IGNORECASE)
_HELD_OUT_KEY = re.compile(r"d?(?:val|valid|validation|eval|evaluation|test)(?:_?\d+)?", re.IGNORECASE)
_SPLIT_KEY = re.compile(f"{_TRAINED_KEY.pattern}|{_HELD_OUT_KEY.pattern}", re.IGNORECASE)
_SPLIT_WORDS = frozenset({"train", "training", "val", "valid", "validation", "test", "eval"})
_EVALUATED = re.compile(
    rf'\{{\s*"(?:{_SPLIT_KEY.pattern})"\s*:\s*\{{\s*"[^"\\]{{1,80}}"\s*:\s*\[\s*(?:-?\d|NaN|-?Infinity)', re.IGNORECASE
)
# "history": [{"epoch": 0, "loss": 0.7}, ...] among other things that a program wrote about its run.
_RECORDS = re.compile(r'"[^"\\]{1,80}"\s*:\s*\[\s*(?=\{)')
_SAVED = re.compile(r"(?:^|_)(?:path|file|file_?name|checkpoint|ckpt)$", re.IGNORECASE)  # keys of where weights lie
_MOST_LISTS = 20  # of records that are looked at
_SPREAD_FROM = 2  # a list at most half as long as the longest is one value per so many of the longest
_MOST_EPOCHS = 2_000
_FLAG_ROWS = 100  # records whose keys are looked at for flags


def sniff(head: bytes, name: str) -> str | None:
    """Return how the document was recognised: lists of numbers, or records, under a name for something that is
    measured.
    """
    text = head.decode("utf-8-sig", "replace").lstrip()
    if not text.startswith(("{", "[")):
        return None
    if text.startswith("["):
        try:
            first, _ = json.JSONDecoder().raw_decode(text[1:].lstrip())
        except (ValueError, RecursionError):
            return None
        return (
            "a JSON list of records"
            if isinstance(first, dict) and _measured(first) and any(map(known_counter, first))
            else None
        )
    if any(has_measure(key) for key in _LIST.findall(text)):
        return "a JSON document with lists of numbers"
    if _EVALUATED.match(text):
        return "a JSON document with the results of every split"
    if any(map(_counts, _first_records(text))):
        return "a JSON document with a list of records"
    match = re.match(r'\{\s*"([^"\\]{1,40})"\s*:\s*(?=\{)', text)
    if match and _EPOCH_KEY.fullmatch(match[1]):
        try:
            first, _ = json.JSONDecoder().raw_decode(text, match.end())
        except (ValueError, RecursionError):
            return None
        return "a JSON document with a record per epoch" if _measured(first) else None
    return None


def _first_records(text: str) -> Iterator[dict[str, Any]]:
    """Yield the first record of each list of records that begins in a text."""
    decoder = json.JSONDecoder()
    for match in islice(_RECORDS.finditer(text), _MOST_LISTS):
        try:
            yield decoder.raw_decode(text, match.end())[0]
        except (ValueError, RecursionError):
            return


def _counts(record: object) -> bool:
    """Tell whether a record counts steps or epochs and measures something; one of saved weights repeats a row of the
    log.
    """
    if not isinstance(record, dict) or any(_SAVED.search(str(k)) and isinstance(v, str) for k, v in record.items()):
        return False
    return any(known_counter(str(key)) for key in record) and _measured(record)


def group(root: Path, files: Sequence[Path]) -> list[RunSource]:
    """Return every file as a run of its own, but records of one measure each, as DVC plots them, together."""
    sources = []
    for mine in together(files, [_counter_of(path) for path in files] if len(files) > 1 else [None] * len(files)):
        folder = shown_path(root.name) if mine[0].parent == root else shown_relative(mine[0].parent, root)
        if len(mine) == 1:
            id_ = folder if mine[0].name == CATBOOST else shown_relative(mine[0], root)
            sources.append(RunSource(id_, "json", root, (mine[0],)))
            continue
        run = told_by(mine[0].stem).run
        id_ = f"{folder}/{shown_path(run)}" if run else folder
        sources.append(RunSource(id_, "json", root, tuple(mine), "a list of records per measure"))
    return sources


def _counter_of(path: Path) -> str | None:
    """Return the counter of a list of records with one measure, or None for every other document."""
    try:
        text = read_regular(path, _PEEK).decode("utf-8-sig", "replace").lstrip()
        first, _ = json.JSONDecoder().raw_decode(text[1:].lstrip()) if text.startswith("[") else (None, 0)
    except (OSError, ValueError, RecursionError):
        return None
    counters = [key for key in first if known_counter(key)] if isinstance(first, dict) else []
    return counters[0] if isinstance(first, dict) and len(counters) == 1 and len(first) == 2 else None


def read(source: RunSource) -> list[Run | Defect]:
    """Return the run, or the runs, of one document; of several, each with a measure, the run that they are."""
    found: list[tuple[str, list[Piece]]] = []
    faults: list[Defect] = []
    for path in source.files:
        shown = shown_relative(path, source.root)
        pieces = _pieces_of_file(path, shown)
        if isinstance(pieces, Defect):
            faults.append(pieces)
        else:
            found.append((shown, pieces))
    if not found:
        return list(faults)
    beside, sources, more = read_beside(source.files[0].parent, source.root)
    defects = [*faults, *more]
    if len(found) == 1:
        shown, pieces = found[0]
        return list(runs_of(source, (shown, *sources), pieces, config=beside, defects=defects))
    parts = [
        named_by_file(path, piece) for path, (_, pieces) in zip(source.files, found, strict=False) for piece in pieces
    ]
    if faults or not fit_together(parts):
        apart = [runs_of(replace(source, id=shown), (shown, *sources), mine, config=beside) for shown, mine in found]
        return [*defects, *(run for runs in apart for run in runs)]
    whole = joined_pieces(parts)
    return list(runs_of(source, (*(shown for shown, _ in found), *sources), whole, config=beside, defects=defects))


def _pieces_of_file(path: Path, shown: str) -> list[Piece] | Defect:
    data = read_regular(path, MAX_FILE + 1)
    if len(data) > MAX_FILE:
        return Defect(shown, f"not judged: it is larger than {MAX_FILE >> 20} MiB", lost=True, id=TOO_LARGE)
    try:
        document = loads(data.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        what = f"not judged: it is no whole JSON document ({cut(str(error), 120) or type(error).__name__})"
        return Defect(shown, what, lost=True, id=CUT)
    pieces = pieces_of(document, told_by(path.stem).measure)
    for piece in pieces:
        piece.note = f"JSON {piece.note}"
    if pieces:
        return pieces
    return Defect(
        shown,
        "not judged: a JSON document without curves: no lists of numbers and no records by step or epoch",
        id=NOTHING,
    )


def pieces_of(document: Any, measure: str = "") -> list[Piece]:
    """Return the curves in dicts, lists and numbers, whatever they were written in; none when there are none.

    A bare list of numbers is the curve of `measure`, where that is known.
    """
    if measure and has_measure(measure) and _numbers(document):
        document = {measure: document}
    boosted = records_of(document)
    if boosted:
        return [_records(boosted, "")]
    return _pieces(document, "", 0)


def _measured(record: dict[str, Any], depth: int = 0) -> bool:
    """Tell whether a record holds a number under a word for something that is measured, or a record that does."""
    return any(
        _measured(value, depth + 1)
        if isinstance(value, dict) and depth < _MAX_DEPTH
        else has_measure(str(key)) and number_in(value) is not None
        for key, value in record.items()
    )


def _pieces(value: object, where: str, depth: int) -> list[Piece]:
    """Return the curves below a value: at the shallowest place that has any."""
    if isinstance(value, list):
        records = [item for item in value if isinstance(item, dict)]
        return (
            [_records(records, where)]
            if records and len(records) == len(value) and any(map(_measured, records))
            else []
        )
    if not isinstance(value, dict):
        return []
    value = {str(key): item["values"] if _is_array(item) else item for key, item in value.items()}
    lists = {key: item for key, item in value.items() if _numbers(item)}
    if any(map(has_measure, lists)):
        return [curves_in_lists(lists, {k: v for k, v in value.items() if k not in lists}, where)]
    numbered = {
        match[1]: item for key, item in value.items() if (match := _EPOCH_KEY.fullmatch(key)) and isinstance(item, dict)
    }
    if len(numbered) == len(value) and any(map(_measured, numbered.values())):
        return [_records([{"epoch": int(key), **record} for key, record in numbered.items()], where)]
    evaluated = _by_split(value, depth)
    if evaluated:
        return [curves_in_lists(evaluated, {k: v for k, v in value.items() if not isinstance(v, dict)}, where)]
    if depth >= _MAX_DEPTH:
        return []
    if any(isinstance(item, list) and item and _counts(item[0]) for item in value.values()):
        # Beside records that count, a list of others is of classes, models or examples, and no curve.
        value = {k: item for k, item in value.items() if not isinstance(item, list) or (item and _counts(item[0]))}
    found = [
        piece for key, item in value.items() for piece in _pieces(item, f"{where}/{key}" if where else key, depth + 1)
    ]
    if len(found) == 1:
        found[0].config.update(flatten({k: v for k, v in value.items() if not isinstance(v, list | dict)})[0])
    return found


def _is_array(value: object) -> bool:
    """Tell whether a value is a NumPy array as jsonpickle writes it, which Sacred uses."""
    return isinstance(value, dict) and "dtype" in value and isinstance(value.get("values"), list)


def _by_split(value: dict[str, Any], depth: int) -> dict[str, Any]:
    """Return the lists of a dict that holds a dict of lists per split, as the `evals_result` of boosters does."""
    parts = {key: _lists_in(item) for key, item in value.items() if _SPLIT_KEY.fullmatch(key)}
    others = {key: item for key, item in value.items() if key not in parts}
    if not parts or not all(parts.values()) or any(_pieces(item, "", depth + 1) for item in others.values()):
        return {}
    held_out = [key for key in parts if _HELD_OUT_KEY.fullmatch(key) and key.lower() not in _SPLIT_WORDS]
    # XGBoost numbers its sets as given, the training set first by custom; LightGBM numbers those for validation only.
    told = {"val", "valid", "validation"} & {key.lower() for key in parts}
    chosen = "" if told else next(iter(held_out if "valid_0" in held_out else held_out[::-1]), "")
    return {f"{_split_name(key, chosen)}/{name}": item for key, lists in parts.items() for name, item in lists.items()}


def _split_name(key: str, held_out: str) -> str:
    """Return a split by the word that is usual for it; held-out sets keep their own, all but `held_out`."""
    if key.lower() in _SPLIT_WORDS:
        return key
    return "train" if _TRAINED_KEY.fullmatch(key) else "val" if key == held_out else key


def _lists_in(value: object) -> dict[str, Any]:
    return {str(key): item for key, item in value.items() if _numbers(item)} if isinstance(value, dict) else {}


def _numbers(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 0
        and (set(map(type, value)) <= {float} or sum(number_in(item) is not None for item in value) > len(value) // 2)
    )


def _records(records: Sequence[dict[str, Any]], where: str) -> Piece:
    flags = {
        key
        for key in dict.fromkeys(key for record in records[:_FLAG_ROWS] for key in record)
        if key.endswith("_best") and all(isinstance(record.get(key, True), bool) for record in records)
    }
    if flags:
        records = [{key: value for key, value in record.items() if key not in flags} for record in records]
    columns, left_out = columns_of(records)
    piece = arrange_wide(columns, len(records), where)
    piece.curves.left_out.update(
        {**left_out, **dict.fromkeys(sorted(flags), "a flag, true where it is the best so far")}
    )
    piece.note = f"records, {piece.note}"
    return piece


def curves_in_lists(lists: dict[str, Any], others: dict[str, Any], where: str = "") -> Piece:
    """Return the curves of a dict of lists.

    Lists of one length share their counter; much shorter ones are spread over the longest.
    """
    piece = Piece(where, Curves())
    longest = max(map(len, lists.values()))
    notes: list[str] = []
    lengths = list(dict.fromkeys(map(len, lists.values())))
    for length in lengths:
        columns, left_out = _columns(_of(lists, length))
        piece.curves.left_out.update(left_out)
        index = _index(columns, length, longest, list(lists), uneven=len(lengths) > 1)
        notes.append(index.note)
        piece.curves.problems.extend(map(Problem, index.problems))
        piece.curves.problems.extend(Problem(what, lost=True) for what in index.lost)
        for column in columns:
            if column.name not in index.used:
                piece.curves.add(column.name, column, index, None)
    piece.note = f"lists of numbers, {notes[0]}"
    piece.config.update(flatten({k: v for k, v in others.items() if not isinstance(v, list)})[0])
    return piece


def _columns(lists: dict[str, Any]) -> tuple[list[Column], dict[str, str]]:
    """Return a column per list, all of one length, and ``key -> why`` for what has none."""
    if all(map(_plain, lists.values())):
        columns = [Column(key, np.array(value, dtype=np.float64)) for key, value in lists.items()]
        if not any(np.any(np.abs(column.values) >= EXACT_LIMIT) for column in columns):
            return columns, {}
    return columns_of([dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)])


def _plain(value: list[Any]) -> bool:
    """Tell whether a list holds floats and integers only, which become an array at once."""
    return set(map(type, value)) <= {int, float} and not any(type(item) is int and abs(item) >= 2**63 for item in value)


def _of(lists: dict[str, Any], length: int) -> dict[str, list[Any]]:
    return {key: value for key, value in lists.items() if len(value) == length}


def _index(columns: Sequence[Column], length: int, longest: int, names: Sequence[str], *, uneven: bool) -> Index:
    counters = [column for column in columns if known_counter(column.name)]
    found = choose_index(counters, length)
    if found.axis != "index":
        return found
    split = any(re.match(r"(?:val|valid|validation|train|test)[_/ ]", normal_name(name)) for name in names)
    if length * _SPREAD_FROM <= longest and longest >= 3:
        steps = np.round((np.arange(length) + 1) * (longest / length)).astype(np.int64) - 1
        problem = (
            f"{length:,} values beside lists of {longest:,}: taken as spread evenly over them "
            f"({', '.join(c.name for c in columns[:3])})"
        )
        return Index(steps, "step", frozenset(), problem, (problem,))
    axis: Axis = "step" if uneven else "epoch" if split and longest <= _MOST_EPOCHS else "index"
    return Index(
        np.arange(length, dtype=np.int64), axis, frozenset(), "no list counts steps or epochs; values were counted"
    )
