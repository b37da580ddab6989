"""What the names of a rule or a cause stand for in one evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.engine.expression import Expression
    from logdoc.engine.kinds import Scope


class Bound(dict[str, Any]):
    """What names stand for in one evaluation; those under `let` are computed when first asked for."""

    __slots__ = ("_lets", "_scope")
    _lets: Mapping[str, Expression]
    _scope: Scope

    def let(self, lets: Mapping[str, Expression], scope: Scope) -> None:
        """Give names to what is computed from those that are there, and from one another."""
        self._lets, self._scope = lets, scope

    def __missing__(self, name: str) -> Any:
        value = self[name] = self._lets[name].run(self._scope)
        return value

    def compute(self) -> None:
        """Compute what nobody has asked for yet."""
        for name in self._lets:
            self[name]
