"""What the rules about groups compute on each run alone: a few numbers, taken when the run is judged, so that its
curves need not be kept until the last run of the group is read.

A rule whose expressions do more with a curve than hand it to a function of the language keeps the curve whole.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.engine.calling import call_key, called
from logdoc.engine.compiled import FACT_SOURCES, split_source
from logdoc.engine.functions import functions
from logdoc.engine.inputs import EngineInput, GroupInput
from logdoc.engine.kinds import Scope
from logdoc.model import Fact, Reading, Series, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from logdoc.engine.compiled import CompiledRule
    from logdoc.engine.schema import Rule
    from logdoc.model import ConfigValue

Value = float | bool | str | None
Argument = float | str


@dataclass(frozen=True, slots=True)
class Measure:
    """A call of a function of the language on the curve of one role: the curve stands before `arguments`."""

    role: str
    function: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Needs:
    """What the rules about groups ask of each run.

    Attributes:
        measures: the calls on its curves.
        roles: every role whose curve is named.
        whole: those of them whose curve itself is needed.
        facts: facts of the run.
    """

    measures: tuple[Measure, ...] = ()
    roles: tuple[str, ...] = ()
    whole: frozenset[str] = frozenset()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What was taken of one run.

    Attributes:
        names: ``role -> name as logged`` of the curves that it has.
        values: the result of each measure that it has the curve for, in the order of `Needs.measures`.
        facts: those that are known.
        span: first and last step of any curve.
        whole: the curves that are needed themselves.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    values: tuple[Value, ...] = ()
    facts: Mapping[str, ConfigValue] = field(default_factory=dict)
    span: tuple[int, int] = (0, 0)
    whole: Mapping[str, Series] = field(default_factory=dict)


def needs_of(rules: Sequence[CompiledRule], overrides: Mapping[str, float]) -> Needs:
    """Return what the rules about groups ask of each run, with the parameters that a user sets."""
    measures: dict[Measure, None] = {}
    roles: dict[str, None] = {}
    whole: set[str] = set()
    facts: dict[str, None] = {}
    for rule in rules:
        if rule.rule.scope != "group":
            continue
        named = {**rule.rule.inputs, **rule.rule.optional}
        sources = {name: [split_source(one)[0] for one in source.from_] for name, source in named.items()}
        facts.update(dict.fromkeys(s for each in sources.values() for s in each if s.startswith(FACT_SOURCES)))
        curves = {name: [s for s in each if not s.startswith(FACT_SOURCES)] for name, each in sources.items()}
        roles.update(dict.fromkeys(role for each in curves.values() for role in each))
        calls = {name: _calls(name, rule, overrides, [n for n, each in curves.items() if each]) for name in curves}
        for name, found in calls.items():
            if found is None:
                whole.update(curves[name])
            else:
                measures.update({Measure(role, f, given): None for role in curves[name] for f, given in found})
    return Needs(tuple(measures), tuple(roles), frozenset(whole), tuple(facts))


def _calls(
    name: str, rule: CompiledRule, overrides: Mapping[str, float], curves: Sequence[str]
) -> list[tuple[str, tuple[Argument, ...]]] | None:
    """Return the calls on one input of a rule; None when it is used in any other way than as the first argument of a
    function that returns no curve, with numbers and texts behind it.
    """
    found: list[tuple[str, tuple[Argument, ...]]] = []
    if name not in curves:
        return found
    for text in _expressions(rule.rule):
        tree = ast.parse(" ".join(text.split()), mode="eval")
        taken: set[int] = set()
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            first, *rest = node.args
            function = functions().get(node.func.id)
            alone = function is not None and function.result.kind in ("number", "truth", "text")
            if not (isinstance(first, ast.Name) and first.id == name and alone):
                continue
            given = [_argument(one, rule.rule, overrides) for one in rest]
            if all(one is not None for one in given):
                found.append((node.func.id, tuple(one for one in given if one is not None)))
                taken.add(id(first))
        if any(isinstance(n, ast.Name) and n.id == name and id(n) not in taken for n in ast.walk(tree)):
            return None
    return found


def _expressions(rule: Rule) -> Iterator[str]:
    yield from rule.let.values()
    yield rule.when
    yield from (rule.applies.when,) if rule.applies else ()
    yield from rule.window or ()
    yield from (one for one in (rule.where, rule.rank) if one)
    yield from (str(line) for evidence in rule.evidence for line in evidence.lines.values())


def _argument(node: ast.expr, rule: Rule, overrides: Mapping[str, float]) -> Argument | None:
    """Return a number, a text or a parameter as the language hands it over; None for anything else."""
    if isinstance(node, ast.Name) and node.id in rule.params:
        return overrides.get(f"{rule.id}.{node.id}", rule.params[node.id].value)
    if isinstance(node, ast.Constant) and not isinstance(node.value, bool):
        return float(node.value) if isinstance(node.value, int | float) else str(node.value)
    return None


def take(run: EngineInput, needs: Needs) -> Taken:
    """Return what the rules about groups need of one run."""
    curves = {role: run.reading.one[role].series for role in needs.roles if role in run.reading.one}
    scope = Scope({}, run.memo)
    values: list[Value] = []
    whole = needs.whole
    try:
        for measure in needs.measures:
            if measure.role in curves:
                call = called(functions()[measure.function], len(measure.arguments) + 1)
                values.append(_plain(call(scope, [curves[measure.role], *measure.arguments])))
    except Exception:
        # The rule that asks for it fails, and no other: it gets the curves, and fails on them.
        values, whole = [], frozenset(curves)
    return Taken(
        names={role: series.name for role, series in curves.items()},
        values=tuple(values),
        facts={name: run.facts[name].value for name in needs.facts if name in run.facts},
        span=run.span(),
        whole={role: series for role, series in curves.items() if role in whole},
    )


def _plain(value: Any) -> Value:
    """Return a result as a plain number, truth value or text, whatever NumPy makes of it."""
    return value if value is None or isinstance(value, bool | str) else float(value)


def group_input(taken: Mapping[str, Taken], needs: Needs, facts: Mapping[str, Fact]) -> GroupInput:
    """Return several runs as the rules about groups see them, what was taken of each standing for its curves.

    Args:
        taken: by the id of the run.
        needs: what was asked for.
        facts: what is known of the group.
    """
    runs: dict[str, EngineInput] = {}
    memo: dict[Any, Any] = {}
    for run, mine in taken.items():
        curves = {role: mine.whole.get(role) or _named(name) for role, name in mine.names.items()}
        one = {role: Signal(role, "", series) for role, series in curves.items()}
        known = {name: Fact(value) for name, value in mine.facts.items()}
        runs[run] = EngineInput(Reading(one=one), known, {"span": mine.span})
        asked = (measure for measure in needs.measures if measure.role in curves)
        for measure, value in zip(asked, mine.values, strict=False):
            arguments = [curves[measure.role], *measure.arguments]
            memo[call_key(measure.function, arguments)] = (value, arguments)
    return GroupInput(runs, facts, memo)


def _named(name: str) -> Series:
    """Return a curve that has nothing but its name: whatever is asked of it was computed before."""
    return Series(name, np.empty(0, np.int64), np.empty(0))
