"""How each kind of line of a console log was understood, and which kinds were not: for `logdoc inspect --lines`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from logdoc.readers.console import words
from logdoc.readers.console.reading import read_text, understood
from logdoc.redaction import hide

if TYPE_CHECKING:
    from pathlib import Path

    from logdoc.readers.console.masking import Shape
    from logdoc.readers.console.slot import Slot

MOST_KINDS = 60
_READ = ("row", "state", "box", "group", "inner", "section")
_MEANING = {
    "row": "measures",
    "state": "counts for the lines below",
    "box": "a cell of a table drawn with bars",
    "inner": "measures, of which the last before a table drawn with bars belong to it",
    "group": "a heading in a table drawn with bars",
    "section": "names the part of the data for the lines below",
    "repeat": "announces a row that was said before, which is left out",
    "code": "not read: program text",
    "talk": "not read",
}
_PLURALS = {"step": "steps", "epoch": "epochs", "batch": "batches"}
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_SHOWN = 160  # characters of an example


class NumberMeaning(NamedTuple):
    """One number of a kind of line: as written in the example, what it is, its name, and why."""

    example: str
    role: str
    name: str
    why: str


class LineKind(NamedTuple):
    """A kind of line.

    Attributes:
        shape: the line with ``#`` for every number.
        times: how many lines there are of it.
        line: where the first stands, from 1.
        example: that line.
        meaning: what it was taken for.
        read: whether anything was read from it.
        numbers: its numbers, but for those that the logger put in front.
    """

    shape: str
    times: int
    line: int
    example: str
    meaning: str
    read: bool
    numbers: tuple[NumberMeaning, ...]


def line_kinds(path: Path) -> list[LineKind]:
    """Return the kinds of lines of a text that hold numbers or structure it: first those that were read.

    At most `MOST_KINDS` are returned, and one more that counts the lines of all others.
    """
    grammar = understood(read_text(path))
    kinds = [_kind(shape) for shape in grammar.shapes if shape.tokens or shape.kind in _READ]
    kinds.sort(key=lambda kind: (not kind.read, -kind.times, kind.line))
    shown, rest = kinds[:MOST_KINDS], kinds[MOST_KINDS:]
    beyond = sum(kind.times for kind in rest) + grammar.uncounted
    if beyond:
        shown.append(
            LineKind("further kinds", beyond, rest[0].line if rest else 0, "", "not shown", read=False, numbers=())
        )
    return shown


def _kind(shape: Shape) -> LineKind:
    meaning = _MEANING.get(shape.kind, "not read")
    if shape.why:
        meaning = f"not read: {shape.why}"
    numbers = tuple(
        NumberMeaning(token, *_meaning(slot))
        for token, slot in zip(shape.tokens, shape.slots, strict=False)
        if slot.role != "front"
    )
    example = hide(shape.line).strip()
    # The digits of a secret are numbers too: where one is hidden, the shape is made of what is left.
    text = "#".join(shape.raw) if example == shape.line.strip() else _NUMBER.sub("#", example)
    return LineKind(
        text.strip()[:_SHOWN], len(shape), shape.number, example[:_SHOWN], meaning, shape.kind in _READ, numbers
    )


def _meaning(slot: Slot) -> tuple[str, str, str]:
    """Return the role, the name and the reason of a slot in words."""
    if slot.role == "counter":
        return f"counts {_PLURALS.get(slot.counter, slot.counter)}", slot.name, slot.why
    if slot.role == "value":
        return (
            "measure",
            words.with_split(slot.name, slot.split),
            slot.why or ("named" if slot.paired else "named, without a colon"),
        )
    roles = {"total": "how many there are", "other": "not read", "rank": "number of the process"}
    return roles.get(slot.role, slot.role), slot.name, slot.why
