"""Messages with numbers: ``{name}``, ``{name:.3g}`` and words that go by a number, ``{name|one|many}`` or
``{name|none|one|many}`` with ``#`` for the number itself and holes within. Nothing else.

No attribute, no index, no conversion is reachable from a message.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HOLE = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)(?::([^{}|]*)|((?:\|(?:[^{}|]|\{[^{}|]*\})*){2,3}))?\}|[{}]")
_FORMAT = re.compile(r"\+?(?:,?(?:\.\d{1,2})?[gfe%]?|,?d)|x")
_EXPONENT = re.compile(r"(?<=e[-+])0(?=\d)")
_LONGEST = 400
_WRITTEN_OUT = 1e7  # below it a number of few digits is 2,760 and not 2.76e+03
_FINER = 2  # digits that a percentage may have beyond those asked for, before it is called 0% or 100%


def holes(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield (name, format, position) of every hole of a message.

    Raises:
        ValueError: a brace that belongs to no hole, or a format that is not one of g f e d % x.
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
                "a sign and a thousands comma, nor x"
            )
        yield match[1], form, match.start()
        yield from ((name, form, match.start(3) + at) for name, form, at in holes(match[3] or ""))


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Return the message with its numbers; what is unknown is said so."""
    if "{" not in text and "}" not in text:
        return text

    def put(match: re.Match[str]) -> str:
        if match.group() in ("{{", "}}"):
            return match.group()[0]
        value = values.get(match[1] or "")
        if match[3] is not None:
            return fill(_by_number(value, match[3][1:].split("|")), values)
        return spoken(value, match[2] or "")

    return _HOLE.sub(put, text)


def spoken(value: Any, form: str) -> str:
    """Return one value as text in a format of `holes`; NaN and None are "unknown"."""
    if value is None:
        return "unknown"
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else f"{cut(value, _LONGEST - 1)}…"
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
        if form == "x":
            return _multiple(number)
        text = _percentage(number, form) if form.endswith("%") else format(number, form or ".4g")
        if "e+0" in text and not form.endswith("e") and abs(number) < _WRITTEN_OUT:
            text = format(float(text), "+,.0f" if form.startswith("+") else ",.0f")
        text = _EXPONENT.sub("", text)  # 1e-7, as everybody writes it, and as charts and tables do
        return text.removeprefix("-") if not any(digit in text for digit in "123456789") else text
    return "unknown"


def _by_number(value: Any, words: list[str]) -> str:
    """Return the words for none, one or many; without those for none, what is not one is many."""
    if len(words) == 3 and not value:
        return words[0]
    return words[-2 if value == 1 else -1].replace("#", spoken(value, ",d"))


def _multiple(number: float) -> str:
    """Return how many times something is something else, to two digits: nobody wants 1,656,091 times."""
    size = abs(number)
    if size < 99.5:
        return format(number, ".2g")
    if size >= 1e15:
        return format(number, ".1e")
    rounded = float(format(number, ".1e"))
    for unit, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if abs(rounded) >= unit:
            return f"{rounded / unit:g} {word}"
    return format(rounded, ",.0f")


def _percentage(number: float, form: str) -> str:
    """Return a share; a little is not called 0%, and nearly all not 100%, as far as two more digits tell."""
    head, _, digits = form[:-1].partition(".")
    asked = int(digits or 6)
    texts = [format(number, f"{head}.{asked + finer}%") for finer in range(_FINER + 1)]
    nearly = 0 < abs(number) < 1
    return next(
        (text for text in texts if not nearly or abs(float(text[:-1].replace(",", ""))) not in (0, 100)), texts[0]
    )
