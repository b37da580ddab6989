"""Concludes facts about a run from other facts and its curves, by the context files of the rule base.

Nothing is judged here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logdoc.engine.compiled import CompiledContext, split_source
from logdoc.engine.inputs import EngineInput, bind_optional
from logdoc.engine.kinds import Scope, is_unknown
from logdoc.engine.wording import fill
from logdoc.model import Fact

if TYPE_CHECKING:
    from collections.abc import Sequence


def in_order(contexts: Sequence[CompiledContext]) -> tuple[CompiledContext, ...]:
    """Return the contexts so that each comes after those whose facts it uses; a circle is entered at the first of its
    ids.
    """
    left = sorted(contexts, key=lambda c: c.context.id)
    made: list[CompiledContext] = []
    while left:
        open_facts = {c.context.fact for c in left}
        ready = [c for c in left if not (_used(c) & open_facts - {c.context.fact})] or _circle(left)[:1]
        made.extend(ready)
        left = [c for c in left if c not in ready]
    return tuple(made)


def _circle(left: Sequence[CompiledContext]) -> list[CompiledContext]:
    """Of contexts that all wait for one another, those whose facts others wait for: what only follows from a circle
    comes after it.
    """
    circle = list(left)
    while True:
        needed = set[str]().union(*(_used(c) - {c.context.fact} for c in circle))
        closer = [c for c in circle if c.context.fact in needed]
        if len(closer) == len(circle):
            return circle
        circle = closer


def _used(context: CompiledContext) -> set[str]:
    return {split_source(one)[0] for source in context.context.optional.values() for one in source.from_}


def conclude(contexts: Sequence[CompiledContext], run: EngineInput) -> dict[str, Fact]:
    """Return the facts of the run with those that follow from them, in order; a context that fails concludes
    nothing, and is named among what failed on the run.
    """
    facts = dict(run.facts)
    for context in contexts:
        if context.context.fact in facts and not context.context.override:
            continue
        fact = _concluded(context, EngineInput(run.reading, facts, run.memo, run.failed))
        if fact is not None:
            facts[context.context.fact] = fact
    return facts


def _concluded(context: CompiledContext, run: EngineInput) -> Fact | None:
    try:
        values = _values(context, run)
        scope = Scope(values, run.memo)
        for choice, (holds, computed) in zip(context.context.choose, context.forms.choices, strict=True):
            if holds.run(scope) is not True:
                continue
            value = computed.run(scope) if computed is not None else choice.value
            return None if is_unknown(value) else Fact(value, fill(choice.because, values))
    except Exception as error:
        run.failed[f"the context '{context.context.id}'"] = f"{type(error).__name__}: {error}"
    return None


def _values(context: CompiledContext, run: EngineInput) -> dict[str, Any]:
    values: dict[str, Any] = bind_optional(context.context.optional, run)
    values.update({name: param.value for name, param in context.context.params.items()})
    scope = Scope(values, run.memo)
    for name, expression in context.forms.let:
        values[name] = expression.run(scope)
    return values
