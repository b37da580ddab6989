"""One thing seen in a program, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logdoc.program.scopes import Call, Scope


@dataclass(frozen=True, slots=True)
class Sign:
    """What was seen, as a fact's name and in a few words, with file and line."""

    fact: str
    path: str
    line: int
    says: str


def at_call(fact: str, call: Call, says: str) -> Sign:
    """Return a sign whose place is a call."""
    return Sign(fact, call.scope.script.path, call.line, says)


def at_line(fact: str, scope: Scope, line: int, says: str) -> Sign:
    """Return a sign whose place is a line of a scope."""
    return Sign(fact, scope.script.path, line, says)
