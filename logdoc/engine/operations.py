"""What the operators of the rule language do: three-valued truth, comparisons with unknowns, division by zero, and
lifting over entities.
"""

from __future__ import annotations

import ast
import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.engine.kinds import as_number, is_unknown
from logdoc.model import Series
from logdoc.signals import Mask

if TYPE_CHECKING:
    from collections.abc import Callable

    from logdoc.engine.kinds import Scope


def per_entity(action: Callable[..., Any], arguments: list[Any]) -> dict[str, Any]:
    """Apply `action` for every entity that all collections among the arguments share."""
    collections = [a for a in arguments if isinstance(a, dict)]
    shared = [e for e in collections[0] if all(e in c for c in collections[1:])] if collections else []
    return {e: action(*(a[e] if isinstance(a, dict) else a for a in arguments)) for e in shared}


def lift1(action: Callable[[Any], Any], many: bool, run: Callable[[Scope], Any]) -> Callable[[Scope], Any]:
    """Return the closure that applies `action` to one operand, per entity when `many`."""
    if many:
        return lambda scope: per_entity(action, [run(scope)])
    return lambda scope: action(run(scope))


def lift2(action: Callable[[Any, Any], Any], many: bool, left: Any, right: Any) -> Callable[[Scope], Any]:
    """Return the closure that applies `action` to two operands, per entity when `many`."""
    if many:
        return lambda scope: per_entity(action, [left(scope), right(scope)])
    return lambda scope: action(left(scope), right(scope))


def to_truth(value: Any) -> bool | None:
    """Return a truth value; a text is neither true nor false, so it is unknown."""
    return None if is_unknown(value) or isinstance(value, str) else bool(value)


def all_of(values: Any) -> bool | None:
    """Kleene's `and`: false when one is false, else unknown when one is unknown."""
    truths = [to_truth(v) for v in values]
    return False if False in truths else None if None in truths else True


def any_of(values: Any) -> bool | None:
    """Kleene's `or`: true when one is true, else unknown when one is unknown."""
    truths = [to_truth(v) for v in values]
    return True if True in truths else None if None in truths else False


def compare_values(left: Any, right: Any, action: Callable[[Any, Any], Any]) -> bool | None:
    """Compare two values; unknown when one is unknown or only one is a text."""
    if is_unknown(left) or is_unknown(right):
        return None
    if isinstance(left, str) != isinstance(right, str):
        return None
    return bool(action(left, right))


def mask(left: Any, right: Any, action: Callable[[Any, Any], Any]) -> Mask | None:
    """Compare a series with a number, or with a series of the same steps, point by point; None when that says
    nothing.
    """
    if left is None or right is None:
        return None
    base = left if isinstance(left, Series) else right
    a = left.values if isinstance(left, Series) else as_number(left)
    b = right.values if isinstance(right, Series) else as_number(right)
    if isinstance(left, Series) and isinstance(right, Series) and not np.array_equal(left.steps, right.steps):
        return None  # point by point they say nothing about each other; rules align them first
    with np.errstate(invalid="ignore"):
        known = np.isfinite(base.values) & ~np.isnan(b if isinstance(left, Series) else a)
        values = action(a, b)
    return Mask(base.steps, np.asarray(values & known, dtype=bool), np.asarray(known, dtype=bool))


def plain_arithmetic(action: Callable[[float, float], float], left: Any, right: Any) -> Callable[[Scope], Any]:
    """Return the closure that computes with two numbers; what is none becomes one, or NaN."""

    def computed(scope: Scope) -> float:
        a, b = left(scope), right(scope)
        return action(a if type(a) is float else as_number(a), b if type(b) is float else as_number(b))

    return computed


def plain_comparison(action: Callable[[Any, Any], Any], left: Any, right: Any) -> Callable[[Scope], Any]:
    """Return the closure that compares two values as `compare_values` does."""

    def compared(scope: Scope) -> bool | None:
        a, b = left(scope), right(scope)
        if type(a) is float and type(b) is float:
            return action(a, b) if a == a and b == b else None
        return compare_values(a, b, action)

    return compared


def divide(a: float, b: float) -> float:
    """a / b; infinite with the sign of a when b is zero, NaN for 0/0."""
    if b == 0:
        return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a)
    return a / b


ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: divide,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
