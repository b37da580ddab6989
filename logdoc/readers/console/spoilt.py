"""A word for an error where a number always stands (``loss: ERR``): the number is lost, and no other is read for it."""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Defect
from logdoc.model.notes import NO_NUMBERS

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Grammar, Shape

# What programs and spreadsheets put in the place of a number that they could not print.
_FAULT = r"#{2,}|#[A-Z]+[!?]|\?{2,}|(?i:err|error|overflow|ovf|invalid|undefined)"
_NONE = r"(?i:n/a|none|null)"  # nothing was measured, so that nothing is lost
_WORD = re.compile(rf"(?<![\w#/])(?:(?P<none>{_NONE})|{_FAULT})(?![\w#/])")
_MOST = 4  # such words in a line


@dataclass(frozen=True, slots=True)
class Spoilt:
    """Numbers in whose place a word stood: the kind of line, the line of the first, how many, and one of the words."""

    shape: Shape
    line: int
    count: int
    word: str


def restore_spoilt(grammar: Grammar) -> list[Spoilt]:
    """Make lines with such a word lines of the kind that they are, with no number there.

    A row of ``#`` to the end of the text is NaN, as a row of asterisks is: the number outgrew its field.
    """
    known = {shape.texts: shape for shape in grammar.shapes if shape.tokens}
    found: list[Spoilt] = []
    for shape in grammar.shapes:
        words = [(i, match) for i, text in enumerate(shape.texts) for match in _WORD.finditer(text)]
        if not words or len(words) > _MOST or not len(shape):
            continue
        like = known.get(_with_numbers(shape.texts, words))
        if like is None or len(like) <= 1:
            continue
        slots = [i + number for number, (i, _) in enumerate(words)]
        if shape.unread != like.unread or slots[0] < like.unread:
            continue
        outgrown = shape.at[0] > like.at[-1] and all(match.group()[:2] == "##" for _, match in words)
        _put(shape, like, slots, lost=not outgrown)
        faults = [match.group() for _, match in words if match["none"] is None]
        if faults and not outgrown:
            found.append(Spoilt(shape, shape.at[0], len(shape) * len(faults), faults[0]))
    return found


def told_spoilt(spoilt: list[Spoilt], source: str) -> list[Defect]:
    """Return what is told of such lines as are rows."""
    rows = [one for one in spoilt if one.shape.kind == "row"]
    if not rows:
        return []
    first, count = min(rows, key=lambda one: one.line), sum(one.count for one in rows)
    numbers = "1 number" if count == 1 else f"{count:,} numbers"
    what = f"{numbers} could not be read: a word stands there, such as '{first.word[:20]}'"
    return [Defect(source, what, f"line {first.line:,}", lost=True, id=NO_NUMBERS)]


def _with_numbers(texts: tuple[str, ...], words: list[tuple[int, re.Match[str]]]) -> tuple[str, ...]:
    """Return the texts of a line that has numbers in the place of these words."""
    made: list[str] = []
    for i, text in enumerate(texts):
        begin = 0
        for match in (match for place, match in words if place == i):
            made.append(text[begin : match.start()].strip())
            begin = match.end()
        made.append(text[begin:].strip())
    return tuple(made)


def _put(shape: Shape, like: Shape, slots: list[int], *, lost: bool) -> None:
    """Make a kind of line one like another, with NaN in these slots, which are missing if they are lost."""
    count, width = len(shape), len(like.tokens)
    read = [slot for slot in range(width) if slot not in slots]
    table = np.full((count, width - like.unread), math.nan)
    table[:, [slot - like.unread for slot in read if slot >= like.unread]] = np.array(shape.values).reshape(count, -1)
    shape.values = array("d", table.tobytes())
    shape.missing = [(row, read[slot]) for row, slot in shape.missing]
    shape.missing += [(row, slot) for slot in slots for row in range(count) if lost]
    shape.texts, shape.raw, shape.tokens, shape.line = like.texts, like.raw, like.tokens, like.line
