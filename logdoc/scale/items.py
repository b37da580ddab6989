"""What comes of one family of sources, as one line of JSON, and back: between processes, in the parts of a report, and
from call to call. Plain data; reading it runs nothing.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.context import Traits
from logdoc.engine import Taken
from logdoc.judging import Summary
from logdoc.model import Defect, RunAnalysis, Series
from logdoc.model.packed import PackedRun, packed, plain, restored
from logdoc.readers import Family, RunSource

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One run, judged, and what is kept of it for the rules about groups."""

    summary: Summary
    run: RunAnalysis


Item = Judged | Defect


def write_items(items: Iterable[Item]) -> str:
    """Return the items as one line of JSON."""
    rows = [
        {"run": packed(item.run).written(), "summary": _summary(item.summary)}
        if isinstance(item, Judged)
        else {"defect": plain(item)}
        for item in items
    ]
    return json.dumps(rows, separators=(",", ":"), default=_number)


def read_items(text: str) -> tuple[Item, ...]:
    """Return the items of one line.

    Raises:
        ValueError: the line was not written by `write_items` of this version.
    """
    try:
        return items_of(json.loads(text))
    except RecursionError as error:
        raise ValueError(f"these are no judged runs: {error!r}") from None


def items_of(rows: Any) -> tuple[Item, ...]:
    """Return the items that stand in a line as plain data.

    Raises:
        ValueError: they were not written by `write_items` of this version.
    """
    try:
        return tuple(_item(row) for row in rows)
    except (TypeError, KeyError, IndexError) as error:
        raise ValueError(f"these are no judged runs: {error!r}") from None


def _item(row: dict[str, Any]) -> Item:
    if "defect" in row:
        made: Defect = restored(Defect, row["defect"])
        return made
    return Judged(_read_summary(row["summary"]), PackedRun.read(row["run"]))


def _summary(summary: Summary) -> list[Any]:
    traits, taken = summary.traits, summary.taken
    of_group = [
        dict(taken.names),
        taken.values,
        dict(taken.facts),
        taken.span,
        {role: [s.name, s.steps.tolist(), s.values.tolist(), s.axis] for role, s in taken.whole.items()},
    ]
    return [plain(traits), of_group if traits.comparable else None, summary.mapped]


def _read_summary(data: list[Any]) -> Summary:
    (name, folder, names, keys, values), taken, mapped = data
    # Runs of a sweep have the same settings: one text each is kept, not one a run.
    traits = Traits(
        name, bool(folder), sys.intern(names), _shared(tuple(keys)), tuple(sys.intern(value) for value in values)
    )
    return Summary(traits, _read_taken(taken) if taken else Taken(), tuple(mapped))


def _read_taken(data: list[Any]) -> Taken:
    names, values, facts, span, whole = data
    curves = {
        role: Series(name, np.array(steps, np.int64), np.array(points, np.float64), axis=axis)
        for role, (name, steps, points, axis) in whole.items()
    }
    return Taken(names, tuple(values), facts, (int(span[0]), int(span[1])), curves)


@lru_cache(maxsize=1024)
def _shared(keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sys.intern(key) for key in keys)


def _number(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"a {type(value).__name__} cannot be written")


def write_family(family: Family) -> list[Any]:
    """Return the sources of a family as plain data."""
    return [
        [
            *(name, source.id, source.format, str(source.root), [str(path) for path in source.files], source.note),
            [plain(defect) for defect in source.lacking],
            source.told,
        ]
        for name, source in family.sources
    ]


def read_family_of(data: list[Any]) -> Family:
    """Return the family that was written."""
    return Family(
        tuple(
            (name, RunSource(id_, form, Path(root), tuple(map(Path, files)), note, _defects(lacking), told))
            for name, id_, form, root, files, note, lacking, told in data
        )
    )


def _defects(rows: list[Any]) -> tuple[Defect, ...]:
    return tuple(restored(Defect, row) for row in rows)
