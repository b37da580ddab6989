"""Files that several ranks of one run wrote into the same folder at the same time.

A restart writes its file after the one before it has ended. Two files of a folder whose wall times and steps overlap
and which log the same tags
come from processes that ran side by side: joined, every record of one would look like a restart of the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.tensorboard.assembly import scalar_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logdoc.readers.tensorboard.assembly import Rows
    from logdoc.readers.tensorboard.contents import Contents

# of the shorter file's time, and of the fewer tags, that two ranks have in common; a clock that is off makes far less
_SHARED = 0.5


@dataclass(frozen=True, slots=True)
class _Extent:
    """What a file covers: its scalar tags, its wall times in seconds, its steps."""

    tags: frozenset[bytes]
    times: tuple[float, float]
    steps: tuple[int, int]


def other_ranks(files: Sequence[tuple[Path, Contents]]) -> dict[int, int]:
    """Return which files to leave out, and the one that each was written at the same time as, both as positions in
    `files`.

    Of files that were written together the one with the most records stays, the first of them where several have as
    many.
    """
    folders: dict[Path, list[int]] = {}
    for i, (path, _) in enumerate(files):
        folders.setdefault(path.parent, []).append(i)
    left: dict[int, int] = {}
    for mine in folders.values():
        if len(mine) < 2:
            continue
        extents = {i: extent for i in mine if (extent := _extent(files[i][1])) is not None}
        kept: list[int] = []
        for i in sorted(extents, key=lambda i: -files[i][1].records):
            twin = next((k for k in kept if _together(extents[i], extents[k])), None)
            if twin is None:
                kept.append(i)
            else:
                left[i] = twin
    return left


def disagreement(kept: dict[str, Rows], name_of: dict[bytes, str], contents: Contents) -> str:
    """Return, for a note, at how many of the points that a file shares with the judged one its values are others; empty
    where they share none.

    `kept` are the rows of the folder's judged files by name, `name_of` the names of the other file's tags. The contents
    are used up.
    """
    shared = differing = 0
    for tag, (_, steps, _, values) in scalar_rows(contents).items():
        mine = kept.get(name_of[tag])
        if mine is None:
            continue
        _, here, there = np.intersect1d(np.concatenate(mine.steps), steps, return_indices=True)
        one, other = np.concatenate(mine.values)[here], values[there]
        shared += here.size
        differing += int(np.count_nonzero((one != other) & ~(np.isnan(one) & np.isnan(other))))
    if not shared:
        return ""
    return f"; of {shared:,} points at the same steps {differing:,} have another value"


def _extent(contents: Contents) -> _Extent | None:
    """None for a file without scalars, or without a wall time that is a number."""
    tags = {slot.tag for decoded in contents.columns for slots in decoded.slots for slot in slots} | {
        point.tag for point in contents.points
    }
    times = np.concatenate(
        [
            *(decoded.times for decoded in contents.columns),
            np.array([point.time for point in contents.points], dtype=np.float64),
        ]
    )
    steps = np.concatenate(
        [
            *(decoded.steps for decoded in contents.columns),
            np.array([point.step for point in contents.points], dtype=np.int64),
        ]
    )
    times = times[np.isfinite(times)]
    if not tags or not times.size:
        return None
    return _Extent(frozenset(tags), (float(times.min()), float(times.max())), (int(steps.min()), int(steps.max())))


def _together(one: _Extent, other: _Extent) -> bool:
    common = min(one.times[1], other.times[1]) - max(one.times[0], other.times[0])
    shorter = min(one.times[1] - one.times[0], other.times[1] - other.times[0])
    if common <= 0 or common < _SHARED * shorter:
        return False
    if min(one.steps[1], other.steps[1]) < max(one.steps[0], other.steps[0]):
        return False
    return len(one.tags & other.tags) >= _SHARED * min(len(one.tags), len(other.tags))
