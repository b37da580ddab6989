"""A loss that is null where numbers stood before: writers put null where JSON has no NaN."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from logdoc.model import Defect
from logdoc.model.notes import NO_NUMBERS
from logdoc.readers.tables.axes import known_counter
from logdoc.readers.tables.measures import has_measure
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OBJECTIVE = re.compile(r"loss|nll|ppl|perplexity|xent", re.IGNORECASE)
_FEWEST = 3  # rows; fewer may be rows of another kind
_FEW = 0.1  # of a loss's rows; a loss that is null more often is simply not measured in each


def nulls_in(rows: Sequence[Mapping[str, Any]], shown: str) -> list[Defect]:
    """Return one defect per loss whose key goes on to the last rows and has no number there any more, or is null in
    rows that otherwise hold numbers under the very keys of the row before.

    Args:
        rows: the objects of a log, in their order.
        shown: the log's name for the user.
    """
    if rows and any(isinstance(value, dict) for value in rows[-1].values()):
        rows = [_flat(row) for row in rows]
    names = {key for key in rows[-1] if rows[-1][key] is None and _OBJECTIVE.search(key)} if rows else set()
    ended = [told for name in sorted(names) for told in _told(rows, name, shown)]
    return ended or _between(rows, shown)


def _between(rows: Sequence[Mapping[str, Any]], shown: str) -> list[Defect]:
    """Tell of single rows in which a loss is null though it is one of the kind of rows that measure it.

    A row of validation in the same table lacks the loss of training, but it has other numbers than its neighbours;
    a loss that is measured now and then is null in most rows.
    """
    places: dict[str, list[int]] = {}
    for i, row in enumerate(rows[1:], 1):
        for name, value in row.items():
            if value is None and _OBJECTIVE.search(name) and rows[i - 1].get(name) is not None:
                places.setdefault(name, []).append(i)
    if rows and _sums_up(rows):
        places = {name: [i for i in found if i < len(rows) - 1] for name, found in places.items()}
    result = []
    for name, found in sorted(places.items()):
        empty = sum(1 for row in rows if name in row and row[name] is None)
        alike = bool(found) and all(_numbers(rows[i]) == _numbers(rows[i - 1]) - _nulls(rows[i]) for i in found)
        if alike and empty <= _FEW * sum(1 for row in rows if name in row):
            what = f"'{cut(name, 80)}' is null in {empty:,} rows that measure the rest, as of a writer that has no NaN"
            result.append(Defect(shown, what, lost=True, id=NO_NUMBERS))
    return result


def _sums_up(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the last row closes the log and measures nothing: all is null that the row before it measured, the
    learning rate among it, but what tells how far the training is.
    """
    if len(rows) < _FEWEST:
        return False
    measured = {name for name in _numbers(rows[-2]) if has_measure(name) and not known_counter(name)}
    return bool(measured - {n for n in measured if _OBJECTIVE.search(n)}) and measured <= _nulls(rows[-1])


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with what lies in its objects beside the rest: ``{"data": {"loss": 1}}`` has a ``data/loss``."""
    inner = {
        f"{name}/{key}": value for name, part in row.items() if isinstance(part, dict) for key, value in part.items()
    }
    return {**{name: value for name, value in row.items() if not isinstance(value, dict)}, **inner}


def _numbers(row: Mapping[str, Any]) -> set[str]:
    return {name for name, value in row.items() if value is not None}


def _nulls(row: Mapping[str, Any]) -> set[str]:
    return {name for name, value in row.items() if value is None}


def _told(rows: Sequence[Mapping[str, Any]], name: str, shown: str) -> list[Defect]:
    values = [row[name] for row in rows if name in row]
    longest = late = 0
    for value in values:
        if value is None:
            late += 1
        else:
            longest, late = max(longest, late), 0
    before = len(values) - late
    if before < _FEWEST or late < _FEWEST or late <= longest:
        return []
    lately = f"in the last {late:,} rows, where numbers stood before"
    what = f"'{cut(name, 80)}' is null {lately}, as of a writer that has no NaN"
    return [Defect(shown, what, lost=True, id=NO_NUMBERS)]
