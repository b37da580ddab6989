"""The functions that expressions may call: everything `logdoc.signals` exports, with signatures read from its
annotations.

A new function there is usable in rules at once; nothing here knows what any of them computes.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from logdoc.engine.kinds import FACT, MASK, NUMBER, SERIES, TEXT, TRUTH, Type

if TYPE_CHECKING:
    from collections.abc import Callable

_ANNOTATIONS: dict[str, Type] = {
    "Series": SERIES,
    "Mask": MASK,
    "float": NUMBER,
    "bool": TRUTH,
    "bool | None": TRUTH,
    "str": TEXT,
    "object": FACT,
    "Any": FACT,
    "Column": Type("number", many=True),
    "Flags": Type("truth", many=True),
}


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """One callable of the language.

    Attributes:
        required: how many arguments it needs at least.
        variadic: the type of any further arguments, or None when there may be none.
    """

    name: str
    call: Callable[..., Any]
    parameters: tuple[Type, ...]
    required: int
    variadic: Type | None
    result: Type
    about: str

    def parameter(self, index: int) -> Type | None:
        """Return the type of argument `index`, or None when there can be no such argument."""
        return self.parameters[index] if index < len(self.parameters) else self.variadic


@lru_cache(maxsize=1)
def functions() -> dict[str, Function]:
    """Return every function of the language by name."""
    import logdoc.signals as signals

    found: dict[str, Function] = {}
    for name in signals.__all__:
        call = getattr(signals, name)
        if inspect.isfunction(call) and not name.startswith("_"):
            known = _signature(name, call)
            if known is not None:
                found[name] = known
    return found


def _signature(name: str, call: Callable[..., Any]) -> Function | None:
    parameters: list[Type] = []
    required = 0
    variadic: Type | None = None
    signature = inspect.signature(call)
    for parameter in signature.parameters.values():
        kind = _ANNOTATIONS.get(str(parameter.annotation))
        if kind is None:
            return None
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            variadic = kind
        else:
            parameters.append(kind)
            required += parameter.default is inspect.Parameter.empty
    result = _ANNOTATIONS.get(str(signature.return_annotation))
    if result is None:
        return None
    about = " ".join((inspect.getdoc(call) or "").partition("\n\n")[0].split())
    return Function(name, call, tuple(parameters), required, variadic, result, about)
