"""How many episodes or batches a mean is over, in brackets behind its name: ``MeanReturn(100): 39.4``."""

from __future__ import annotations

import re

from logdoc.readers.console import words
from logdoc.readers.console.names_in_front import name_in_front

_OPENED = re.compile(r"\(\s*(?:(?:the|over|of|last|past|recent)\s+)*$", re.IGNORECASE)
_CLOSED = re.compile(r"[^()\[\]\d:=]{0,40}\)\s*(?=[:=])")
_FEW = 20  # a smaller number in brackets is part of the name: Hits(10)


def window_of(before: str, after: str, token: str) -> tuple[str, int] | None:
    """Return the name of the measure that a whole number in brackets stands behind, and how much of the text behind
    the number belongs to it; None where it stands in no such bracket.
    """
    if "(" not in before or ")" not in after:
        return None
    closed, opened = _CLOSED.match(after), _OPENED.search(before)
    if closed is None or opened is None:
        return None
    name, _ = name_in_front(before[: opened.start()])
    if not words.is_measure(name):
        return None
    return (f"{name} {token}" if int(token.replace(",", "")) <= _FEW else name), closed.end()
