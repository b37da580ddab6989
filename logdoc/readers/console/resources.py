"""What lines of training say of the machine beside their measures: memory in use, and how long a step and its data
take. A line is no row for the sake of these; where it is one, they become curves as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console.words import EPOCH

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Shape
    from logdoc.readers.console.prepared import Prepared

_MEMORY = re.compile(
    r"(?:(?:max|peak|cur|current|gpu|cuda|cpu|device|process|proc|host|used)[ _.\-]?)*(?:mem|memory|rss|vram|ram)"
    r"(?:[ _.\-]?(?:used|usage|in use|allocated|alloc|rss|kb|mb|gb|mib|gib))*",
    re.IGNORECASE,
)
_UNIT = re.compile(r"\s?([KMGT])(?:i?B)?(?![\w/%])", re.IGNORECASE)
_POWERS = {"k": 0, "m": 1, "g": 2, "t": 3}
# A time says what it is of only beside the other: of the ImageNet example of PyTorch, torchvision, mmdetection, Paddle.
_WHOLE = re.compile(r"(?:(?:batch|step|iter)[ _]?)?time|(?:avg[ _])?batch_cost", re.IGNORECASE)
_DATA = re.compile(r"data(?:[ _]?(?:loading[ _]?)?time)?|(?:avg[ _])?reader_cost", re.IGNORECASE)
_NOT_SECONDS = re.compile(r"\s?(?:ms|us|µs|ns|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?!\w)|\s?[/%:]", re.IGNORECASE)
# What a step took, by its own words: "elapsed time per iteration (ms): 512.3" of Megatron-LM.
_PER_STEP = re.compile(
    r"\b(?:time|elapsed|duration)\s?(?:per|/)\s?(?:iteration|iter|step|batch)\s*(?:\((ms|s|sec|secs|seconds)\))?\s*[:=]\s*$",
    re.IGNORECASE,
)
_BEHIND_STEP = re.compile(r"\s?(ms|s|secs?|seconds)(?![\w/])", re.IGNORECASE)
_WHOLE_NAME, _DATA_NAME = "step_time", "data_time"

# Lines of their own between the rows: "GPU memory: current 0.9 GB, peak 2.1 GB", "RAM used: 7.2 GB".
_OF_MEMORY = re.compile(r"\b(?:memory|mem|vram|ram|rss|max_?mem)\b|memory_|_mem(?:ory)?\b", re.IGNORECASE)
_IN_USE = re.compile(
    r"(?:current(?:ly)?|used?|in use|usage|allocated|alloc|consumed|rss)\b[\w ]*[:=]?\s*$", re.IGNORECASE
)
_BARE = re.compile(r"(?:memory|mem|vram|ram)\s*(?:\(\w+\)\s*)?[:=]?\s*$", re.IGNORECASE)
_NOT_IN_USE = re.compile(
    r"\b(?:total|free|available|reserved|cached|limit|peak|max(?:imum)?)\b[\w ]*[:=]?\s*$", re.IGNORECASE
)
_OTHER_MEMORY = re.compile(
    r"\b(?:replay|experience|episodic|working|external) ?memory\b|memory[ _]?bank", re.IGNORECASE
)
_OFTEN = 5  # lines; a program says once or twice how much memory it needs
MEMORY = "memory"


def resources_of(lines: Sequence[Prepared]) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Return ``name -> (rows, values)`` of the memory and the times that lines of training name.

    Memory is in the unit of the first line that names it, times in seconds.
    """
    found: dict[str, list[tuple[NDArray[np.int64], NDArray[np.float64]]]] = {}
    units: dict[str, int] = {}
    for line in sorted(lines, key=lambda line: line.shape.number):
        if line.whole:
            continue
        mine = line.rows >= 0
        if (step := _per_step(line.shape)) is not None:
            seconds = line.shape.column(step[0])[mine] * step[1]
            found.setdefault(_WHOLE_NAME, []).append((line.rows[mine], seconds))
        for place, name in _memory(line.shape) + ([] if step else _times(line.shape)):
            power = _power(line.shape, place)
            factor = 1024.0 ** (power - units.setdefault(name, power))
            found.setdefault(name, []).append((line.rows[mine], line.shape.column(place)[mine] * factor))
    return {
        name: (np.concatenate([at for at, _ in parts]), np.concatenate([values for _, values in parts]))
        for name, parts in found.items()
    }


def memory_beside(
    shapes: Iterable[Shape], ends: array[int], known: Iterable[str]
) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Return rows and values of the memory that lines of one kind say between the rows: that which name a number as in
    use, and of which one stands there for nearly every row. None where the rows say it themselves.

    Args:
        ends: the line of each row.
        known: the names of what the rows say.
    """
    rows = np.array(ends, dtype=np.int64)
    if any(_MEMORY.fullmatch(name) for name in known):
        return None
    for sure in (_IN_USE, _BARE):
        for shape in shapes:
            place = _place_in_use(shape, sure) if shape.kind == "talk" and not shape.why else -1
            if place < 0 or not _OFTEN <= len(shape) <= rows.size + 1:
                continue
            above = np.searchsorted(rows, np.frombuffer(shape.at, dtype=np.int64), side="right") - 1
            at, first = np.unique(np.maximum(above, 0), return_index=True)
            if 2 * at.size >= rows.size:
                return at, shape.column(place)[first]
    return None


def _place_in_use(shape: Shape, sure: re.Pattern[str]) -> int:
    """Return the place of the one number of a line about memory that its words say is in use, -1 without one."""
    if not _OF_MEMORY.search(shape.line) or _OTHER_MEMORY.search(shape.line):
        return -1
    found = [
        i
        for i, text in enumerate(shape.raw[:-1])
        if sure.search(text) and not _NOT_IN_USE.search(text) and not _behind(shape, i).lstrip().startswith(("%", "/s"))
    ]
    return found[0] if found and shape.slots[found[0]].role != "front" else -1


def _memory(shape: Shape) -> list[tuple[int, str]]:
    """Return the places and names of the amounts of memory of a kind of line; of each name the first."""
    named = {
        slot.name: i
        for i, slot in reversed(list(enumerate(shape.slots)))
        if slot.role in ("time", "amount") and _MEMORY.fullmatch(slot.name)
    }
    return [(i, name) for name, i in named.items()]


def _times(shape: Shape) -> list[tuple[int, str]]:
    """Return the places of the time of a step and of that which its data took, where a kind of line names both, and
    other steps stand there than the first of every epoch, which waits until the workers of the loader have started.
    """
    if _only_first(shape):
        return []
    places = []
    for known in (_WHOLE, _DATA):
        named = [i for i, s in enumerate(shape.slots) if s.role == "time" and known.fullmatch(s.name)]
        if len(named) != 1 or _NOT_SECONDS.match(_behind(shape, named[0])) or "." not in shape.tokens[named[0]]:
            return []
        places.append(named[0])
    return list(zip(places, (_WHOLE_NAME, _DATA_NAME), strict=True))


def _only_first(shape: Shape) -> bool:
    """Tell whether a kind of line counts within the epoch, ``[0/50]``, and only ever stands at its first iteration."""
    inner = [
        (i - 1, i)
        for i, slot in enumerate(shape.slots)
        if slot.role == "total" and i and EPOCH not in (shape.slots[i - 1].counter, shape.slots[i - 1].name)
    ]
    return any(bool((shape.column(i) <= 1).all() and (shape.column(of) > 1).all()) for i, of in inner)


def _per_step(shape: Shape) -> tuple[int, float] | None:
    """Return the place of the time that a step took, where a line says whose time it is and in what unit, and the
    seconds of that unit.
    """
    for i in range(len(shape.tokens)):
        match = _PER_STEP.search(shape.raw[i])
        unit = (
            "" if match is None else match[1] or ((found := _BEHIND_STEP.match(_behind(shape, i))) and found[1]) or ""
        )
        if unit:
            return i, 1e-3 if unit.lower() == "ms" else 1.0
    return None


def _power(shape: Shape, place: int) -> int:
    """Return the power of 1024 that the unit behind a number stands for, as far as one does."""
    unit = _UNIT.match(_behind(shape, place))
    return _POWERS[unit[1].lower()] if unit else 0


def _behind(shape: Shape, place: int) -> str:
    return shape.raw[place + 1] if place + 1 < len(shape.raw) else ""
