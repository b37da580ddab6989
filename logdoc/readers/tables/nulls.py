"""A loss that is null from some row on where numbers stood before: writers put null where JSON has no NaN."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from logdoc.model import Defect
from logdoc.model.notes import NO_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OBJECTIVE = re.compile(r"loss|nll|ppl|perplexity|xent", re.IGNORECASE)
_FEWEST = 3  # rows; fewer may be rows of another kind


def nulls_in(rows: Sequence[Mapping[str, Any]], shown: str) -> list[Defect]:
    """Return one defect per loss whose key goes on to the last rows and has no number there any more.

    Args:
        rows: the objects of a log, in their order.
        shown: the log's name for the user.
    """
    names = {key for key in rows[-1] if rows[-1][key] is None and _OBJECTIVE.search(key)} if rows else set()
    return [told for name in sorted(names) for told in _told(rows, name, shown)]


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
    what = (
        f"'{name[:80]}' is null in the last {late:,} rows, where numbers stood before, as of a writer that has no NaN"
    )
    return [Defect(shown, what, lost=True, id=NO_NUMBERS)]
