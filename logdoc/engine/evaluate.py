"""Evaluates rules on one run or on a group of runs: one finding per rule, with one of five verdicts and its reason."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import TYPE_CHECKING, Any

from logdoc.engine.binding import Bound
from logdoc.engine.compiled import CompiledRule, split_source
from logdoc.engine.findings import One, finding_of, listed
from logdoc.engine.inputs import ABSENT, EngineInput, GroupInput, fact_value, first_present, is_there
from logdoc.engine.kinds import Scope, as_number, is_unknown
from logdoc.errors import ConfigError
from logdoc.resources import budget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.model import Fact, Finding

_MOST_SHAPES = 100  # a folder of runs that differ in everything gains nothing by more
_shapes: dict[tuple[Any, ...], int] = {}


def evaluate(
    rules: Sequence[CompiledRule],
    run: EngineInput,
    overrides: Mapping[str, float] | None = None,
    *,
    evidence: bool = True,
) -> tuple[Finding, ...]:
    """Judge one run by every rule about runs.

    A fault inside one rule is that rule's `error` finding; the others are not touched.

    Args:
        rules: those about groups and pairs are passed over.
        run: what they see.
        overrides: ``rule.parameter -> value``.
        evidence: also give the values of rules that stay silent; without it only what their verdict needs is computed.

    Raises:
        ConfigError: an override names no parameter.
    """
    changed = check_overrides(rules, overrides or {})
    shape = _shape_of(run)
    return tuple(
        _lacking(rule, run, shape) or _guarded(rule, run, changed, evidence=evidence)
        for rule in rules
        if rule.rule.scope == "run"
    )


def _shape_of(run: EngineInput) -> int | None:
    """Return the number of what was logged in a run, whatever its values: roles, facts and the task; None where too
    many shapes are known. Four in five rules lack an input, and the runs of a folder mostly lack the same ones.
    """
    roles = frozenset(role for role, signals in run.reading.each.items() if signals)
    facts = frozenset(name for name, fact in run.facts.items() if fact.value is not None)
    shape = (frozenset(run.reading.one), roles, facts, fact_value(run.facts, "meta.task"))
    if shape not in _shapes and len(_shapes) < _MOST_SHAPES:
        _shapes[shape] = len(_shapes)
    return _shapes.get(shape)


def _lacking(rule: CompiledRule, run: EngineInput, shape: int | None) -> Finding | None:
    """Return the finding of a rule that lacks an input in runs of this shape; None where it is to be judged."""
    if shape is None or rule.rule.also or rule.rule.for_each is not None:
        return None
    if shape not in rule.lacking:
        inputs = rule.rule.inputs.values()
        missing = [" or ".join(one.from_) for one in inputs if not any(is_there(run, name) for name in one.from_)]
        rule.lacking[shape] = finding_of(rule, run, _not_there(rule, run, missing, None)) if missing else None
    return rule.lacking[shape]


def evaluate_group(
    rules: Sequence[CompiledRule],
    runs: Mapping[str, EngineInput],
    facts: Mapping[str, Fact],
    overrides: Mapping[str, float] | None = None,
) -> tuple[Finding, ...]:
    """Judge several runs together by every rule about groups; roles and facts of the runs are collections over the
    runs.
    """
    return evaluate_together(rules, GroupInput(runs, facts), overrides)


def evaluate_together(
    rules: Sequence[CompiledRule], group: GroupInput, overrides: Mapping[str, float] | None = None
) -> tuple[Finding, ...]:
    """Judge several runs together, of which only what the rules about groups ask for may be left
    (`logdoc.engine.measures`).
    """
    changed = check_overrides(rules, overrides or {})
    return tuple(_guarded(rule, group, changed) for rule in rules if rule.rule.scope == "group")


def evaluate_pair(
    rules: Sequence[CompiledRule],
    baseline: EngineInput,
    candidate: EngineInput,
    facts: Mapping[str, Fact],
    overrides: Mapping[str, float] | None = None,
) -> tuple[Finding, ...]:
    """Judge a run against another by every rule about pairs; roles carry ``baseline.`` or ``candidate.`` in front."""
    changed = check_overrides(rules, overrides or {})
    pair = GroupInput({"baseline": baseline, "candidate": candidate}, facts)
    return tuple(_guarded(rule, pair, changed) for rule in rules if rule.rule.scope == "pair")


def _guarded(
    rule: CompiledRule, run: EngineInput | GroupInput, overrides: Mapping[str, float], *, evidence: bool = True
) -> Finding:
    try:
        with budget.within(budget.SECONDS_PER_RULE):
            return _judge(rule, run, overrides, evidence=evidence)
    except budget.OverBudgetError as over:
        return finding_of(rule, run, One("error", f"this rule was stopped: {over}"))
    except Exception as error:
        return finding_of(rule, run, One("error", f"this rule failed: {type(error).__name__}: {error}"))


def check_overrides(rules: Sequence[CompiledRule], overrides: Mapping[str, float]) -> Mapping[str, float]:
    """Return the overrides.

    Raises:
        ConfigError: one names no parameter.
    """
    if not overrides:
        return overrides
    known = {f"{rule.rule.id}.{name}" for rule in rules for name in rule.rule.params}
    for key in overrides:
        if key not in known:
            from logdoc.errors import suggest

            raise ConfigError(f"no rule has a parameter '{key}'", where="--set", hint=suggest(key, sorted(known)))
    return overrides


def _judge(
    rule: CompiledRule, run: EngineInput | GroupInput, overrides: Mapping[str, float], *, evidence: bool
) -> Finding:
    declared = rule.rule
    params = rule.params
    if overrides:
        params = {name: overrides.get(f"{declared.id}.{name}", value) for name, value in params.items()}
    if declared.for_each is None:
        whole = _evaluate_once(rule, run, params, None, evidence=evidence)
        parts = _parts(rule, run, params, evidence=evidence) if declared.also else ()
        return _with_parts(rule, run, whole, parts) if declared.also else finding_of(rule, run, whole)
    entities = _entities(rule, run)
    if not entities:
        return finding_of(rule, run, _missing(rule, run, None))
    return _fold(rule, run, [_evaluate_once(rule, run, params, entity, evidence=evidence) for entity in entities])


def _parts(
    rule: CompiledRule, run: EngineInput | GroupInput, params: Mapping[str, float], *, evidence: bool
) -> list[One]:
    """Judge the rule with every term, metric ... of `also` in place of the input it names."""
    name, source = next(iter(rule.rule.also.items()))
    signals = run.reading.each.get(split_source(source)[0], {})
    return [
        _evaluate_once(
            rule, run, params, entity, {name: signal.series, split_source(source)[1]: entity}, evidence=evidence
        )
        for entity, signal in signals.items()
    ]


def _with_parts(rule: CompiledRule, run: EngineInput | GroupInput, whole: One, parts: Sequence[One]) -> Finding:
    """A rule that holds for the total speaks of the total; where only a part shows it, the part is named and the
    finding weighs less.

    Beside a total that is fine a part that is not is at info: terms may pull against each other on purpose.
    """
    firing = [part for part in parts if part.verdict == "fires"]
    if not firing:
        clear = next((part for part in parts if part.verdict == "clear"), None)
        return finding_of(rule, run, clear if clear is not None and whole.missing else whole)
    kind = split_source(next(iter(rule.rule.also.values())))[1]
    names = listed([part.entity for part in firing])
    plural = "s" if len(firing) > 1 else ""
    if whole.verdict == "fires":
        told = f" The same holds for the {kind}{plural} {names}." if len(parts) > 1 else ""
        return dataclasses.replace(found := finding_of(rule, run, whole), evidence=f"{found.evidence}{told}")
    found = finding_of(rule, run, firing[0])
    others = f" The same holds for {listed([part.entity for part in firing[1:]])}." if firing[1:] else ""
    return dataclasses.replace(
        found,
        evidence=f"{kind.capitalize()} {firing[0].entity}: {_inside(found.evidence)}{others}",
        layers=tuple(part.entity for part in firing),
        severity="warning" if found.severity == "error" and whole.verdict != "clear" else "info",
    )


def _inside(message: str) -> str:
    """A message as it stands behind the name of a part and a colon: it is about neither the training loss nor the
    accuracy; a word of capitals, as NaN, keeps them.
    """
    sentence = re.sub(r"\b([Tt])he (?:training loss|accuracy)\b", lambda it: "It" if it[1] == "T" else "it", message)
    first, gap, rest = sentence.partition(" ")
    return f"{first.lower() if first.istitle() else first}{gap}{rest}"


def _entities(rule: CompiledRule, run: EngineInput | GroupInput) -> list[str]:
    for source in rule.rule.inputs.values():
        for one in source.from_:
            role, kind = split_source(one)
            if kind and kind == rule.rule.for_each and run.reading.each.get(role):
                return list(run.reading.each[role])
    return []


def _bind(
    rule: CompiledRule, run: EngineInput | GroupInput, entity: str | None, instead: Mapping[str, Any]
) -> tuple[Bound, list[str]]:
    values = Bound()
    missing: list[str] = []
    for name, source in rule.rule.inputs.items():
        value = instead[name] if name in instead else first_present(source, run, entity, rule.rule.for_each)
        if value is ABSENT:
            missing.append(" or ".join(source.from_))
        else:
            values[name] = value
    if missing:
        return values, missing
    for name, optional in rule.rule.optional.items():
        value = first_present(optional, run, entity, rule.rule.for_each)
        values[name] = optional.default if value is ABSENT else value
    return values, missing


def _missing(rule: CompiledRule, run: EngineInput | GroupInput, entity: str | None) -> One:
    _, missing = _bind(rule, run, entity, {})
    kinds = [
        " or ".join(s.from_)
        for s in rule.rule.inputs.values()
        if any(split_source(o)[1] == rule.rule.for_each for o in s.from_)
    ]
    return _not_there(rule, run, list(dict.fromkeys([*missing, *kinds])), entity)


def _not_there(rule: CompiledRule, run: EngineInput | GroupInput, missing: Sequence[str], entity: str | None) -> One:
    """An input that is not there is missing, except in runs that need not have it: the entropy of a policy in a
    classifier,
    terms of a loss that has none.
    """
    expected = rule.rule.expected
    if expected is not None and (
        isinstance(run, GroupInput) or fact_value(run.facts, "meta.task") not in expected.tasks
    ):
        return One("not-applicable", expected.otherwise, entity=entity or "")
    if missing and not isinstance(run, GroupInput) and _never(missing, run):
        return One("not-applicable", "runs of this kind do not have what it needs", entity=entity or "")
    return One("not-judged", f"not logged: {', '.join(missing)}", tuple(missing), entity=entity or "")


def _never(missing: Sequence[str], run: EngineInput) -> bool:
    """Tell whether one of the missing inputs is what a run of this kind cannot log, under any of its names."""
    return any(all(split_source(one)[0] in run.never for one in any_of.split(" or ")) for any_of in missing)


def _evaluate_once(
    rule: CompiledRule,
    run: EngineInput | GroupInput,
    params: Mapping[str, float],
    entity: str | None,
    instead: Mapping[str, Any] | None = None,
    *,
    evidence: bool,
) -> One:
    values, missing = _bind(rule, run, entity, instead or {})
    if missing:
        return _not_there(rule, run, missing, entity)
    if entity is not None and rule.rule.for_each:
        values[rule.rule.for_each] = entity
    for source in rule.rule.also.values():
        kind = split_source(source)[1]
        values[kind] = (instead or {}).get(kind, "")
    values.update(params)
    scope = Scope(values, run.memo)
    values.let(rule.lets, scope)
    if evidence:
        values.compute()
    if rule.forms.applies is not None and rule.rule.applies is not None:
        holds = rule.forms.applies.run(scope)
        if holds is None or is_unknown(holds):
            return One(
                "not-judged",
                f"whether the rule applies could not be computed{_unknowns(rule, values)}",
                values=values,
                entity=entity or "",
            )
        if not holds:
            return One("not-applicable", rule.rule.applies.otherwise, values=values, entity=entity or "")
    fires = rule.forms.when.run(scope)
    if is_unknown(fires):
        return One("not-judged", f"could not be computed{_unknowns(rule, values)}", values=values, entity=entity or "")
    if not fires:
        return One("clear", values=values if evidence else {}, entity=entity or "")
    values.compute()
    rank = as_number(rule.forms.rank.run(scope)) if rule.forms.rank else math.nan
    return One("fires", values=values, entity=entity or "", rank=rank)


def _unknowns(rule: CompiledRule, values: Bound) -> str:
    values.compute()
    names = [name for name in rule.rule.let if is_unknown(values.get(name))]
    return f": {', '.join(names)} unknown, too few points or values that are not finite" if names else ""


def _fold(rule: CompiledRule, run: EngineInput | GroupInput, ones: Sequence[One]) -> Finding:
    """Make one finding of the evaluations of all entities: it fires when any fires, it is clear when any is clear and
    none fires.
    """
    firing = [one for one in ones if one.verdict == "fires"]
    if firing:
        firing.sort(key=lambda one: math.inf if math.isnan(one.rank) else -one.rank)
        return finding_of(rule, run, firing[0], firing, len(ones))
    # What is missing for one entity is not missing in the log where another has it.
    complete = [one for one in ones if not one.missing] or ones
    for verdict in ("clear", "not-judged", "not-applicable"):
        found = next((one for one in complete if one.verdict == verdict), None)
        if found is not None:
            return finding_of(rule, run, found)
    return finding_of(rule, run, complete[0])
