"""Functions of single numbers and texts. Outside their domain they give NaN, never an error."""

from __future__ import annotations

import math
from typing import Any

from logdoc.signals.patterns import pattern_of

_NAN = float("nan")


def ln(x: float) -> float:
    """Natural logarithm; NaN for zero and below."""
    return math.log(x) if x > 0 else _NAN


def log2(x: float) -> float:
    """Logarithm to base two; NaN for zero and below."""
    return math.log2(x) if x > 0 else _NAN


def log10(x: float) -> float:
    """Logarithm to base ten; NaN for zero and below."""
    return math.log10(x) if x > 0 else _NAN


def sqrt(x: float) -> float:
    """Square root; NaN below zero."""
    return math.sqrt(x) if x >= 0 else _NAN


def exp(x: float) -> float:
    """Exponential; infinite where it overflows."""
    return math.exp(x) if x < 709 else (math.inf if x == x else _NAN)


def abs(x: float) -> float:
    """Absolute value."""
    return math.fabs(x)


def min(x: float, *others: float) -> float:
    """Smallest of the known numbers."""
    known = [v for v in (x, *others) if v == v]
    return sorted(known)[0] if known else _NAN


def max(x: float, *others: float) -> float:
    """Largest of the known numbers."""
    known = [v for v in (x, *others) if v == v]
    return sorted(known)[-1] if known else _NAN


def over(a: float, b: float) -> float:
    """a / b; infinite with the sign of a when b is zero, NaN for 0/0."""
    if b == 0:
        return _NAN if a == 0 or a != a else math.copysign(math.inf, a)
    return a / b


def within(x: float, low: float, high: float) -> bool | None:
    """Whether low <= x <= high; unknown when one of them is."""
    return None if x != x or low != low or high != high else low <= x <= high


def clamp(x: float, low: float, high: float) -> float:
    """x, but not under low and not over high."""
    return _NAN if x != x else sorted((low, x, high))[1]


def is_known(x: Any) -> bool:
    """Whether a value is known: neither missing nor NaN."""
    return not (x is None or (isinstance(x, float) and x != x))


def default(x: float, y: float) -> float:
    """x, or y when x is unknown."""
    return y if x != x else x


def round_to(x: float, digits: float) -> float:
    """Round to so many digits after the point; negative digits round to tens, hundreds ..."""
    return round(x, int(digits)) if math.isfinite(x) and math.isfinite(digits) else _NAN


def nearest(x: float, *choices: float) -> float:
    """The choice nearest to x by its share of the choice; NaN when x or every choice is unknown or zero."""
    known = [c for c in choices if c == c and c != 0]
    return sorted(known, key=lambda c: math.fabs(x / c - 1.0))[0] if known and x == x else _NAN


def nice(x: float) -> float:
    """The nearest of 1, 2, 3, 5 times 10 to a whole power: a number a person would type."""
    if not (x > 0 and math.isfinite(x)):
        return _NAN
    scale = 10.0 ** math.floor(math.log10(x))
    return float(
        f"{sorted((1.0, 2.0, 3.0, 5.0, 10.0), key=lambda m: math.fabs(math.log(m * scale / x)))[0] * scale:.3g}"
    )


def matches(text: str, patterns: str) -> bool | None:
    """Whether a text matches one of several shell patterns, separated by |; case does not count."""
    if not isinstance(text, str):
        return None
    return pattern_of(patterns).match(text.lower()) is not None


def one_of(text: str, *choices: str) -> bool | None:
    """Whether a text is one of several."""
    return None if not isinstance(text, str) else text in choices
