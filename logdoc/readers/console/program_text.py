"""Text of a program among what it printed: statements, comments, calls, layers; none of it was measured."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.readers.console import fronts
from logdoc.readers.console.masking import varies
from logdoc.readers.console.words import header_counter

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Shape

_CODE = re.compile(
    r"^[-+]\s+\w[\w.]* = [-\d.e]+$|^\s*(?:def|class|import|return|while|elif|else|try|except|with|assert|raise"
    r"|print|parser|args|self|@|#|//|\"\"\""
    r"|for \w+ in|from \w+ import|if [^:]*:)(?!\w)"
    r"|\bself\.|\):$|=\s*[A-Za-z_][\w.]*\(|\*\*|\w\(\w+=|, \w+=[\w.]+\)"
)
_ALONE = re.compile(
    r"[,{(;\\]\s*$|==|!=|->|\bif\b|\belse\b|\blambda\b|\bfor\b|\+=|//|\b\w+ = [-\d.e]+\s*(?:#.*)?$|\w\(.*\)\s*$|^\s*#"
)
# A layer as a model prints itself, "(3): Dropout(p=0.5, inplace=False)"; its number counts nothing over time.
_LAYER = re.compile(r"^\s*\(\w+\):\s[A-Z]\w*\(")
_STATEMENT = re.compile(r"^\s*[A-Za-z_][\w.]*\s*(?::\s*\w+\s*)?=\s*[-+.\de_]+;?\s*(?:#.*)?$")
# A configuration in one line, as Ultralytics prints its own: "amp=False, lr0=0.01, resume=None, val=True".
_SWITCH = re.compile(r"\b[A-Za-z_]\w*\s?[=:]\s?(?:True|False|None|true|false|null)\b")
_SWITCHES = 3
_FEW = 3  # lines that are all the same; a program prints its settings once or twice


def is_statement(line: str) -> bool:
    """Tell whether a line has the form of a statement of Python or of a call with named arguments."""
    return _CODE.search(line) is not None


def is_program_text(shape: Shape) -> bool:
    """Tell whether lines are statements, comments or layers that a program printed, and no rows of its log."""
    if _LAYER.search(shape.line):
        return True
    if len(shape) < _FEW and len(_SWITCH.findall(shape.line)) >= _SWITCHES:
        return True
    alone = (
        len(shape) <= _FEW
        and not any(varies(shape.column(i)) for i in range(len(shape.tokens)))
        and _ALONE.search(shape.line)
        and not _is_said_of_a_step(shape)
    )
    if not alone and not _CODE.search(shape.line) and not _STATEMENT.match(shape.line):
        return False
    # A count that was printed as a float, ('Step', 840.0), counts as well.
    counted = any(
        (slot.role == "counter" or (slot.role == "value" and header_counter(slot.name))) and varies(shape.column(i))
        for i, slot in enumerate(shape.slots)
    )
    if counted:
        return False
    if alone:
        return True
    return bool(_CODE.search(shape.line)) or not any(varies(shape.column(i)) for i in range(len(shape.tokens)))


def _is_said_of_a_step(shape: Shape) -> bool:
    """Tell whether a logger's front and a word that counts stand in a line: ``12:01 INFO: (Step: 900) loss = 0.31``."""
    named = any(slot.role == "counter" and slot.why == "named" for slot in shape.slots)
    return named and fronts.own_words(shape.line) > 0
