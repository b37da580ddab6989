"""Messages with numbers: ``{name}`` and ``{name:.3g}``, nothing else.

No attribute, no index, no conversion is reachable from a message.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HOLE = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)(?::([^{}]*))?\}|[{}]")
_FORMAT = re.compile(r"\+?(?:,?(?:\.\d{1,2})?[gfe%]?|,?d)")
_LONGEST = 400


def holes(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield (name, format, position) of every hole of a message.

    Raises:
        ValueError: a brace that belongs to no hole, or a format that is not one of g f e d %.
    """
    for match in _HOLE.finditer(text):
        if match.group() in ("{{", "}}"):
            continue
        if match[1] is None:
            raise ValueError(
                f"a single '{match.group()}' at character {match.start() + 1}; write it twice for the character itself"
            )
        form = match[2] or ""
        if not _FORMAT.fullmatch(form):
            raise ValueError(
                f"the format '{form}' at character {match.start() + 1} is not one of g f e d %, with digits, "
                "a sign and a thousands comma"
            )
        yield match[1], form, match.start()


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Return the message with its numbers; what is unknown is said so."""
    if "{" not in text and "}" not in text:
        return text

    def put(match: re.Match[str]) -> str:
        if match.group() in ("{{", "}}"):
            return match.group()[0]
        return spoken(values.get(match[1] or ""), match[2] or "")

    return _HOLE.sub(put, text)


def spoken(value: Any, form: str) -> str:
    """Return one value as text in a format of `holes`; NaN and None are "unknown"."""
    if value is None:
        return "unknown"
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        number = float(value)
        if math.isnan(number):
            return "unknown"
        if math.isinf(number):
            return "infinite" if number > 0 else "minus infinite"
        if form.endswith("d"):
            return format(round(number), form)
        return format(number, form or ".4g")
    return "unknown"
