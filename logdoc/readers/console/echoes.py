"""Lines that two handlers of one logger print: the same words and numbers twice in a row, behind another front."""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import fronts
from logdoc.readers.console.gaps import drop_rows
from logdoc.readers.console.slots import spans_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Grammar, Shape

_FEWEST = 3  # lines of a kind, each followed by its echo


def drop_echoes(grammar: Grammar) -> None:
    """Leave out the lines of a kind of which each repeats the line above it, but for what the logger put in front.

    TensorFlow's messages come twice where absl and the root logger both print them; their counts would seem to stand
    still in every other row.
    """
    kinds: dict[tuple[str, ...], list[int]] = {}
    for place, shape in enumerate(grammar.shapes):
        if len(shape) >= _FEWEST and shape.tokens:
            kinds.setdefault(_own_words(shape), []).append(place)
    gone = {
        later
        for places in kinds.values()
        for earlier, later in pairwise(places)
        if _echoes(grammar.shapes[earlier], grammar.shapes[later])
    }
    twice = {place for places in kinds.values() for place in places if _said_twice(grammar.shapes[place])} - gone
    if not gone and not twice:
        return
    seen = Counter[int]()
    kept = []
    for place in grammar.order:
        seen[place] += 1
        if place not in gone and not (place in twice and seen[place] % 2 == 0):
            kept.append(place)
    grammar.order = array(grammar.order.typecode, kept)
    for place in gone:
        drop_rows(grammar.shapes[place], list(range(len(grammar.shapes[place]))))
    for place in twice:
        drop_rows(grammar.shapes[place], list(range(1, len(grammar.shapes[place]), 2)))


def _own_words(shape: Shape) -> tuple[str, ...]:
    """Return the texts of a kind of line without its front; what stands between front and first number is cut there."""
    start, skipped = fronts.own_words(shape.line), _skipped(shape)
    begin = spans_of(shape)[skipped - 1][1] if skipped else 0
    first = shape.raw[skipped][max(start - begin, 0) :] if skipped < len(shape.raw) else ""
    return (" ".join(first.split()), *shape.texts[skipped + 1 :])


def _skipped(shape: Shape) -> int:
    """Return how many numbers of a kind of line stand in its front."""
    start = fronts.own_words(shape.line)
    return sum(1 for begin, _ in spans_of(shape) if begin < start)


def _echoes(one: Shape, other: Shape) -> bool:
    """Tell whether the lines of one kind follow those of the other one by one, with the same numbers."""
    if len(one) != len(other) or one.line == other.line:
        return False
    at, behind = np.frombuffer(one.at, dtype=np.int64), np.frombuffer(other.at, dtype=np.int64)
    if not (behind - at == 1).all():
        return False
    return bool(np.array_equal(_numbers(one), _numbers(other), equal_nan=True))


def _said_twice(shape: Shape) -> bool:
    """Tell whether every line of a kind stands there twice, one right below the other, and changes from pair to pair:
    lines that stay the same are no echoes but a count or a loss that does.
    """
    if len(shape) < 2 * _FEWEST or len(shape) % 2:
        return False
    at, numbers = np.frombuffer(shape.at, dtype=np.int64), _numbers(shape)
    if not numbers.size or not (at[1::2] - at[::2] == 1).all():
        return False
    same = bool(np.array_equal(numbers[:, ::2], numbers[:, 1::2], equal_nan=True))
    return same and bool((numbers[:, 2::2] != numbers[:, :-2:2]).any(axis=0).all())


def _numbers(shape: Shape) -> NDArray[np.float64]:
    """float64[numbers, rows]: those behind the front."""
    return np.array([shape.column(i) for i in range(_skipped(shape), len(shape.tokens))])
