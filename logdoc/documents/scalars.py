"""What a plain scalar of YAML 1.2 means, in the core schema."""

from __future__ import annotations

import re

Scalar = bool | int | float | str | None
MAX_DIGITS = 300

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_INF = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z")
_NAN = frozenset({".nan", ".NaN", ".NAN"})
_NUMBER_START = frozenset("+-.0123456789")


def resolve_scalar(text: str) -> Scalar:
    """Return what a plain scalar means in the core schema of YAML 1.2: ``1e-3`` is a float, ``010`` is 10, ``off`` is a
    text.
    """
    if text in _NULL:
        return None
    if text[0] not in _NUMBER_START:
        return True if text in _TRUE else False if text in _FALSE else text
    if INTEGER.match(text):
        return bounded_int(text)
    if _BASED.match(text):
        return int(text, 0)
    if _FLOAT.match(text):
        return float(text)
    if _INF.match(text):
        return float("-inf") if text[0] == "-" else float("inf")
    return float("nan") if text in _NAN else text


def bounded_int(text: str) -> int | float:
    """Return the integer; one of over 300 digits as a float (Python refuses to convert thousands of digits)."""
    return int(text) if len(text) <= MAX_DIGITS else float(text)
