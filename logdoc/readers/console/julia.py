"""Numbers and measures as Julia shows them: ``0.198f0``, ``1.2f-5``, ``NaN32``, and ``loss(x, y) = 0.5 (tracked)``."""

from __future__ import annotations

import re

from logdoc.readers.console.ends import ends_of

# Single precision, as repr() and @show of Julia spell it: a number with a point, and f in place of e.
_SINGLE = re.compile(r"(?<![\w.])([-+]?\d+\.\d+)f([-+]?\d{1,3})(?!\w|\.\d)")
_NOT_FINITE = re.compile(r"(?<![\w.])(NaN|[-+]?Inf)(?:16|32)(?!\w)")
_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[ef][-+]?\d+)?|NaN(?:16|32)?|Inf(?:16|32)?)"
# What @show prints of a call, the callback of Flux's own examples; until 2019 its numbers were tracked.
_CALL = re.compile(
    r"^\s*(?P<name>[A-Za-z_]\w*)\((?P<given>[\w .,:;!]*[A-Za-z][\w .,:;!]*)\)\s+=\s+"
    rf"(?P<value>{_NUMBER})(?:\s*\(tracked\))?\s*$"
)
_SHOWN = re.compile(rf"\d\.\d+f[-+]?\d|\w\) +=\s+{_NUMBER}(?:\s*\(tracked\))?\s*$|(?:NaN|Inf)(?:16|32)\b", re.MULTILINE)
_TRACKED = re.compile(rf"(?<=[:=] )({_NUMBER})\s*\(tracked\)")
# Data that was held out, by the names that examples give it: x_test, testX, tX, Yval, validation_data.
_HELD_OUT = re.compile(
    r"(?i)(?:[xy]_?)?(?P<part>te(?:st)?|val(?:id(?:ation)?)?)(?:_?(?:data|set|[xy]|\d))?|(?P<short>t[xy])"
)


def is_shown_by_julia(text: str) -> bool:
    """Tell whether a text may have numbers in single precision or calls as Julia shows them."""
    return any(_SHOWN.search(part) is not None for part in ends_of(text))


def as_usual(line: str) -> str:
    """Return a line whose numbers are spelt as everywhere else, and whose call is the name of what was called.

    A function that was given data called test or validation is a measure of it: ``loss(xval, yval)`` is ``val_loss``.
    """
    call = _CALL.match(line)
    if call is not None:
        line = f"{_part_of(call['given'])}{call['name']} = {call['value']}"
    elif "(tracked)" in line:
        line = _TRACKED.sub(r"\1", line)
    return _NOT_FINITE.sub(r"\1", _SINGLE.sub(_spelt, line))


def _spelt(found: re.Match[str]) -> str:
    return found[1] if found[2] in ("0", "+0") else f"{found[1]}e{found[2]}"


def _part_of(given: str) -> str:
    for name in re.findall(r"\w+", given):
        if (held_out := _HELD_OUT.fullmatch(name)) is not None:
            return "val_" if (held_out["part"] or "").lower().startswith("v") else "test_"
    return ""
