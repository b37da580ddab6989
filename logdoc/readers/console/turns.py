"""Lines that come by turns: whether a line that counts stands above or below what it counts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from logdoc.readers.console.prepared import Prepared

_FEWEST = 3  # pairs of lines
_ALONE = 4  # pairs to each line that counts and stands alone
_COST = re.compile(r"loss|entropy|cost", re.IGNORECASE)


def row_lines(lines: Sequence[Prepared | None]) -> NDArray[np.int64]:
    """Return where the lines that are rows stand, in their order."""
    found = [line.at[line.keep] for line in lines if line is not None and line.shape.kind == "row"]
    return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)


def heads_rows(at: NDArray[np.int64], rows: NDArray[np.int64], first: Mapping[str, float]) -> bool:
    """Tell whether lines that only count stand nearer to the row below them than to the one above.

    Where both are as near, a count that begins with a later number than the first tells that the line above the first
    row was cut off.

    Args:
        at: int64[n], where they stand.
        rows: int64[m], where the rows do.
        first: what the first of them counts.
    """
    below = np.searchsorted(rows, at)
    inside = (below > 0) & (below < rows.size)
    if not inside.any():
        return False
    below, at = below[inside], at[inside]
    to_below, to_above = int((rows[below] - at).sum()), int((at - rows[below - 1]).sum())
    return to_below < to_above or (to_below == to_above and min(first.values(), default=0.0) > 1)


def lead_their_rows(lines: Sequence[Prepared | None]) -> None:
    """Mark the lines that name no count and stand in front of the line that counts for both, as the two hooks of
    TensorFlow's estimators print a step: ``cross_entropy = 2.3, accuracy = 0.1``, ``loss = 2.3, step = 100``.

    They do where the two come in pairs from the first line of the log on that is a row, and the line that counts stands
    no nearer to the next pair; where a line that counts stands first, what follows belongs to it.
    """
    known = [line for line in lines if line is not None]
    rows = [line for line in known if line.shape.kind == "row" and line.keep.any()]
    ahead = [line for line in rows if not line.kinds]
    counted = [line for line in rows if line.kinds]
    if not ahead or not counted or len(rows) < len(known) or any(line.box[0] for line in rows):
        return
    if len({line.whole for line in rows}) > 1:
        return  # an evaluation between lines of training is no part of the next of these
    at = np.concatenate([line.at[line.keep] for line in rows])
    counts = np.concatenate([np.full(int(line.keep.sum()), bool(line.kinds)) for line in rows])
    order = np.argsort(at, kind="stable")
    at, counts = at[order], counts[order]
    open_ended = not counts[-1]  # the log was cut within a pair, or ends with something else
    first = np.flatnonzero(~counts[:-1])
    names = frozenset[str]().union(*(line.named for line in ahead))
    if (
        counts[0]
        or first.size < _FEWEST
        or not counts[first + 1].all()
        or _ALONE * (int(counts.sum()) - first.size) > first.size
        or not names.isdisjoint(frozenset[str]().union(*(line.named for line in counted)))
    ):
        return
    to_count = int((at[first + 1] - at[first])[1:].sum())
    from_count = int((at[first[1:]] - at[first[1:] - 1]).sum())
    alike = to_count == from_count and not open_ended and any(_COST.search(name) for name in names)
    if to_count < from_count or alike:
        for line in ahead:
            line.leads = True
