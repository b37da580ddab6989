"""Expressions of files that were found right in an earlier call: each is compiled when it is first needed.

Most rules stay silent, and what they would draw, name and say is then never asked for; nor is what a cause would advise
that is not to blame.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from logdoc.engine.expression import Expression, ExpressionError, compile_expression
from logdoc.errors import RuleError, RuleErrors

if TYPE_CHECKING:
    from logdoc.engine.kinds import Type
    from logdoc.engine.schema import CauseFile, Rule


class Lets(Mapping[str, Expression]):
    """The expressions under `let` by their names, in order."""

    def __init__(self, forms: OnDemand, texts: Mapping[str, str]) -> None:
        self._forms, self._texts = forms, texts
        self._made: dict[str, Expression] = {}
        self._begun: set[str] = set()

    def __getitem__(self, name: str) -> Expression:
        if name not in self._made:
            text = self._texts[name]
            if name in self._begun:
                raise ExpressionError(f"'{name}' is computed from itself")
            self._begun.add(name)
            self._made[name] = self._forms.compiled(text)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


class _Types(Mapping[str, "Type"]):
    """The types of all names of a file; that of a name under `let` is known once it is compiled."""

    def __init__(self, known: Mapping[str, Type], lets: Lets) -> None:
        self._known, self._lets = known, lets

    def __getitem__(self, name: str) -> Type:
        return self._known[name] if name in self._known else self._lets[name].type

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._lets

    def __iter__(self) -> Iterator[str]:
        return iter((*self._known, *self._lets))

    def __len__(self) -> int:
        return len(self._known) + len(self._lets)


class OnDemand:
    """The expressions of one file.

    Attributes:
        lets: those under `let` by their names.
    """

    def __init__(self, where: str, types: Mapping[str, Type], let: Mapping[str, str]) -> None:
        self._where = where
        self.lets = Lets(self, let)
        self._types = _Types(types, self.lets)

    def compiled(self, text: str) -> Expression:
        """Compile one expression of the file.

        Raises:
            RuleErrors: it was not checked before, and is wrong.
        """
        try:
            return compile_expression(text, self._types, checked=True)
        except ExpressionError as error:
            raise RuleErrors([RuleError(error.what, where=self._where, hint=error.hint)]) from None

    @cached_property
    def let(self) -> tuple[tuple[str, Expression], ...]:
        """All names under `let` with their expressions."""
        return tuple(self.lets.items())

    def _if_any(self, text: str | None) -> Expression | None:
        return self.compiled(text) if text else None


class RuleOnDemand(OnDemand):
    """The expressions of a rule, as in `RuleForms`."""

    def __init__(self, rule: Rule, where: str, inputs: Mapping[str, Type], types: Mapping[str, Type]) -> None:
        super().__init__(where, types, rule.let)
        self._rule, self.inputs = rule, inputs

    @cached_property
    def applies(self) -> Expression | None:
        """Whether the rule applies at all."""
        return self._if_any(self._rule.applies.when if self._rule.applies else None)

    @cached_property
    def when(self) -> Expression:
        """Whether it fires."""
        return self.compiled(self._rule.when)

    @cached_property
    def window(self) -> tuple[Expression, Expression] | None:
        """The steps that it speaks of."""
        ends = self._rule.window
        return (self.compiled(ends[0]), self.compiled(ends[1])) if ends else None

    @cached_property
    def layers(self) -> Expression | None:
        """The layers that it names."""
        return self._if_any(self._rule.where)

    @cached_property
    def rank(self) -> Expression | None:
        """What orders its entities."""
        return self._if_any(self._rule.rank)

    @cached_property
    def lines(self) -> tuple[tuple[tuple[str, Expression], ...], ...]:
        """The levels in its charts."""
        return tuple(
            tuple((label, self.compiled(text)) for label, text in evidence.lines.items())
            for evidence in self._rule.evidence
        )

    @cached_property
    def severities(self) -> tuple[tuple[str, Expression], ...]:
        """When it weighs more; error before warning."""
        return tuple((name, self.compiled(text)) for name, text in sorted(self._rule.severity_when.items()))


class CauseOnDemand(OnDemand):
    """The expressions of a cause, as in `CauseForms`."""

    def __init__(self, cause: CauseFile, where: str, types: Mapping[str, Type]) -> None:
        super().__init__(where, types, cause.let)
        self._cause = cause

    @cached_property
    def context(self) -> tuple[Expression, ...]:
        """What makes it more or less probable."""
        return tuple(self.compiled(one.if_) for one in self._cause.context)

    @cached_property
    def remedies(self) -> tuple[Expression | None, ...]:
        """When each remedy is advised."""
        return tuple(self._if_any(one.if_) for one in self._cause.remedies)
