"""Several tables of one run: a chart of W&B per file, a measure per file, the folder that CatBoost writes.

Which files may belong together is told by their headers and names; whether they do, by their steps when they are read.
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from logdoc.readers.delimited.dialect import Dialect, detect_dialect, detect_encoding
from logdoc.readers.files import read_regular
from logdoc.readers.one_measure import names_curve, together, told_by
from logdoc.readers.tables import joining
from logdoc.readers.tables.axes import known_counter, normal_name
from logdoc.readers.tables.measures import has_measure

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from pathlib import Path

CHART, MEASURE, NUMBERS, CATBOOST, PART = "chart", "measure", "numbers", "catboost", "part"
NOTES = {
    CHART: "W&B chart exports, a table per chart",
    MEASURE: "a table per measure",
    NUMBERS: "a list of numbers per measure",
    CATBOOST: "catboost_info, a table per data set",
    PART: "a table per part of the data",
}
_HEAD = 8 << 10
_TIMES = frozenset({"wall_time", "walltime", "timestamp", "time", "relative_time"})


def gathered(files: Sequence[Path]) -> list[tuple[str, list[Path]]]:
    """Return the files in groups that may be one run, each with how; a file alone has an empty text."""
    crowd = collections.Counter(path.parent for path in files)
    kinds = {path: _kind_of(path) if crowd[path.parent] > 1 else None for path in files}
    groups: dict[Hashable, list[Path]] = {}
    for path in files:
        kind = kinds[path]
        if kind is not None and kind[0] in (CHART, CATBOOST):
            groups.setdefault((path.parent, kind), []).append(path)
    result: list[tuple[str, list[Path]]] = []
    taken: set[Path] = set()
    for mine in groups.values():
        kind = kinds[mine[0]]
        if kind is not None and len(mine) > 1:
            result.append((kind[0], mine))
            taken.update(mine)
    rest = [path for path in files if path not in taken]
    alike = [
        kind if (kind := kinds[path]) is not None and kind[0] in (MEASURE, NUMBERS, PART) else None for path in rest
    ]
    for mine in together(rest, alike):
        kind = kinds[mine[0]]
        result.append((kind[0] if kind is not None and len(mine) > 1 else "", mine))
    place = {path: i for i, path in enumerate(files)}
    return sorted(result, key=lambda entry: place[entry[1][0]])


def _kind_of(path: Path) -> tuple[str, Hashable] | None:
    """Return what kind of part a file may be, and what parts of one run have in common; None for a table by itself."""
    if path.name in joining.CATBOOST or path.name == joining.CATBOOST_CLOCK:
        beside = path.with_name("learn_error.tsv")
        return (CATBOOST, "") if beside.exists() else None
    try:
        head = read_regular(path, _HEAD)
    except OSError:
        return None
    encoding = detect_encoding(head)
    dialect = None if encoding is None else detect_dialect(head, encoding)
    if dialect is None:
        return None
    if not dialect.header and dialect.delimiter == "_" and names_curve(path.stem):
        return MEASURE, ""
    if not dialect.header:
        return (NUMBERS, path.suffix) if dialect.width == 1 and names_curve(path.stem) else None
    if len(dialect.header) > 1 and all(" - " in name for name in dialect.header[1:]):
        runs = frozenset(name.rpartition(" - ")[0] for name in dialect.header[1:])
        return CHART, (dialect.header[0], runs)
    measured = measure_in(dialect)
    told = told_by(path.stem).measure
    if measured and (has_measure(measured[1]) or has_measure(told)):
        return MEASURE, measured[0]
    counters = tuple(normal_name(name) for name in dialect.header if known_counter(name))
    # train.csv and valid.csv, each of a loss and more; tables of other names tell of other things.
    of_part = told in ("train", "val", "test", "eval") and counters and any(map(has_measure, dialect.header))
    return (PART, counters) if of_part else None


def measure_in(dialect: Dialect) -> tuple[str, str] | None:
    """Return the counter and the measure of a table that has one of each, beside times; else None."""
    counters = [name for name in dialect.header if known_counter(name)]
    others = [name for name in dialect.header if not known_counter(name) and normal_name(name) not in _TIMES]
    return (normal_name(counters[0]), others[0]) if len(counters) == 1 and len(others) == 1 else None
