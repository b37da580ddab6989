"""How the functions of the expression language are called: with what they expect, and once in a run where that pays."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from logdoc.engine.kinds import as_number
from logdoc.model import Series
from logdoc.signals import Mask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logdoc.engine.functions import Function
    from logdoc.engine.kinds import Scope, Type

_BY_IDENTITY = (Series, Mask, dict)


@lru_cache(maxsize=1024)
def called(function: Function, count: int) -> Callable[[Scope, Any], Any]:
    """Return how a function is called with `count` arguments.

    What is computed on series, conditions and collections is computed once in a run; on numbers and texts it is
    quicker done again than found.
    """
    wanted = [kind for index in range(count) if (kind := function.parameter(index)) is not None]
    unknown = math.nan if function.result.kind == "number" else None
    # A missing series makes the result unknown; functions never see it.
    needed = [
        i for i, kind in enumerate(function.parameters[:count]) if kind.kind in ("series", "mask") and not kind.many
    ]
    numbers = [(i, kind) for i, kind in enumerate(wanted) if kind.kind == "number"]

    def call(scope: Scope, arguments: Any) -> Any:
        """Return what the function makes of `arguments`, of which there are `count`, in the units that it says itself.

        Unknown (NaN for a number, else None) where a series or a condition that it needs is missing; facts where it
        expects numbers are numbers, or NaN. Nothing of the scope is read. What the function raises is raised.
        """
        for index in needed:
            if arguments[index] is None:
                return unknown
        given = arguments
        for index, kind in numbers:
            if type(arguments[index]) is not float:
                if given is arguments:
                    given = list(arguments)
                given[index] = _given(arguments[index], kind)
        return function.call(*given)

    if not any(kind.many or kind.kind in ("series", "mask") for kind in wanted):
        return call

    def call_once(scope: Scope, arguments: Any) -> Any:
        key = call_key(function.name, arguments)
        found = scope.memo.get(key)
        if found is None:
            found = scope.memo[key] = (call(scope, arguments), list(arguments))
        return found[0]

    return call_once


def call_key(name: str, arguments: Sequence[Any]) -> tuple[Any, ...]:
    """Return what tells one call from another in the memory of a run; curves and collections count by identity."""
    return (name, *[id(a) if isinstance(a, _BY_IDENTITY) else (type(a), a) for a in arguments])


def _given(argument: Any, wanted: Type) -> Any:
    """Return an argument as its function expects it: facts that should be numbers become numbers, texts among them
    unknown.
    """
    if not wanted.many:
        return as_number(argument)
    if any(not isinstance(v, float) for v in argument.values()):
        return {entity: as_number(value) for entity, value in argument.items()}
    return argument
