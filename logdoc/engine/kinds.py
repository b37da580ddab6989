"""The types of the rule language, and how values of them are combined.

A value is a number, a truth value, a text, a series, or a condition per point; or one of these per entity ("many").
Unknown is a value too: NaN for numbers, None for truth values and texts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["number", "truth", "text", "series", "mask", "fact"]


@dataclass(frozen=True, slots=True)
class Type:
    """The type of an expression: a kind, of the whole run or one per entity.

    `fact` is the kind of a fact or a default, whose value decides at run time whether it is a number, a truth value
    or a text.
    """

    kind: Kind
    many: bool = False

    def __str__(self) -> str:
        words = {
            "number": "number",
            "truth": "truth value",
            "text": "text",
            "series": "series",
            "mask": "condition per point",
            "fact": "fact",
        }
        return f"{words[self.kind]} per entity" if self.many else words[self.kind]

    def fits(self, wanted: Kind) -> bool:
        """Whether a value of this kind can stand where `wanted` is asked for, entities apart."""
        if self.kind == wanted or wanted == "fact":
            return True
        if self.kind == "fact":
            return wanted in ("number", "truth", "text")
        return self.kind == "truth" and wanted == "number"


NUMBER, TRUTH, TEXT, SERIES, MASK, FACT = (Type(k) for k in ("number", "truth", "text", "series", "mask", "fact"))


@dataclass(slots=True)
class Scope:
    """The values an expression sees, and what was computed before in this run.

    The memo is keyed by function and identity of its arguments; it keeps the arguments alive, so that identities
    stay unique.
    """

    values: dict[str, Any]
    memo: dict[Any, Any] = field(default_factory=dict)


def is_unknown(value: Any) -> bool:
    """Whether a value says nothing: None or NaN."""
    return value is None or (isinstance(value, float) and value != value)


def as_number(value: Any) -> float:
    """Return a float; unknown and texts become NaN, integers beyond any float infinite."""
    if value is None or isinstance(value, str):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
