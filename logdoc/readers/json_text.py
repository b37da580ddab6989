"""JSON as logs hold it: a number of hundreds of digits, which no number can be, is a text and costs nothing beside it.

Python makes an infinity of it where it has decimals, and refuses the whole document where it has none.
"""

from __future__ import annotations

import json
import re
from typing import Any

DIGITS = 300
"""More of them than any number has."""
_SPAN = 100  # characters; more than `DIGITS` in a row stand at three such places behind each other at least
_PLACES = re.compile(r"[0-9]{3,}")
_LONG = re.compile(rf"[0-9]{{{DIGITS + 1}}}")


def loads(text: str | bytes) -> Any:
    """Return what a JSON document holds.

    Raises:
        ValueError: it is none.
        RecursionError: it is nested too deep.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    if not has_long_number(text):
        return json.loads(text)
    return json.loads(text, parse_int=_whole, parse_float=_decimal)


def has_long_number(text: str) -> bool:
    """Tell whether so many digits stand in a row; looked for in every hundredth character first, which is quick."""
    return any(
        _LONG.search(text, max(found.start() - 1, 0) * _SPAN, (found.end() + 1) * _SPAN)
        for found in _PLACES.finditer(text[::_SPAN])
    )


def _whole(text: str) -> int | str:
    return text if len(text) > DIGITS else int(text)


def _decimal(text: str) -> float | str:
    return text if _LONG.match(text.lstrip("-")) else float(text)
