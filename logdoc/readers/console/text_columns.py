"""Rows of a table that has a column of texts, ``3   Left   -1.0``: the text names no measure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.readers.console import words

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Grammar, Shape

_FEWEST = 3  # texts
_NUMBERS = 2
_BLANKS = re.compile(r"\s+")


def drop_text_columns(grammar: Grammar) -> None:
    """Leave out rows of a count, a word and a number that differ in that word, and in none that is a known measure: an
    action, a move, a class. As measures they would be curves of which each has a few of the rows.
    """
    families: dict[tuple[str, ...], list[Shape]] = {}
    for shape in grammar.shapes:
        if name := _only_name(shape):
            key = tuple(_BLANKS.sub(" ", text.replace(name, "")) for text in shape.texts)
            families.setdefault(key, []).append(shape)
    for key, members in families.items():
        if len({_only_name(shape) for shape in members}) >= _FEWEST and not any(map(str.strip, key)):
            for shape in members:
                if shape.kind == "row":
                    shape.kind, shape.why = "talk", "a row of which a column holds texts"


def _only_name(shape: Shape) -> str:
    """Return the one word between the two numbers of a line that is nothing else, where it is no known measure."""
    if len(shape.tokens) != _NUMBERS or len(shape.slots) != _NUMBERS or shape.slots[1].paired:
        return ""
    name = shape.texts[1].strip()
    return name if name.isalpha() and not words.is_measure(name) and not words.split_of(name) else ""
