"""Evaluates rules on one run or on a group of runs: one finding per rule, with one of five verdicts and its reason."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from logdoc.engine.compiled import CompiledRule, split_source
from logdoc.engine.inputs import ABSENT, EngineInput, GroupInput, fact_value, first_present
from logdoc.engine.kinds import Scope, as_number, is_unknown
from logdoc.engine.wording import fill
from logdoc.errors import ConfigError
from logdoc.model import Chart, Finding, Series
from logdoc.resources import budget

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.model import Fact, Verdict
    from logdoc.model.analysis import Severity, Value

_CHART_ENTITIES = 4  # curves in one chart; more cannot be told apart
_NAMED = 6  # entities named in a sentence; the rest is counted


@dataclass(frozen=True, slots=True)
class _One:
    """One evaluation of a rule: for the run, or for one entity."""

    verdict: Verdict
    reason: str = ""
    missing: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    entity: str = ""
    rank: float = math.nan


def evaluate(
    rules: Sequence[CompiledRule], run: EngineInput, overrides: Mapping[str, float] | None = None
) -> tuple[Finding, ...]:
    """Judge one run by every rule about runs.

    A fault inside one rule is that rule's `error` finding; the others are not touched.

    Raises:
        ConfigError: an override names no parameter.
    """
    changed = check_overrides(rules, overrides or {})
    return tuple(_guarded(rule, run, changed) for rule in rules if rule.rule.scope == "run")


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


def _guarded(rule: CompiledRule, run: EngineInput | GroupInput, overrides: Mapping[str, float]) -> Finding:
    try:
        with budget.within(budget.SECONDS_PER_RULE):
            return _judge(rule, run, overrides)
    except budget.OverBudgetError as over:
        return _finding(rule, run, _One("error", f"this rule was stopped: {over}"))
    except Exception as error:
        return _finding(rule, run, _One("error", f"this rule failed: {type(error).__name__}: {error}"))


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


def _judge(rule: CompiledRule, run: EngineInput | GroupInput, overrides: Mapping[str, float]) -> Finding:
    declared = rule.rule
    params = {name: param.value for name, param in declared.params.items()}
    if overrides:
        params = {name: overrides.get(f"{declared.id}.{name}", value) for name, value in params.items()}
    if declared.for_each is None:
        whole = _evaluate_once(rule, run, params, None)
        return _with_parts(rule, run, whole, _parts(rule, run, params)) if declared.also else _finding(rule, run, whole)
    entities = _entities(rule, run)
    if not entities:
        return _finding(rule, run, _missing(rule, run, None))
    return _fold(rule, run, [_evaluate_once(rule, run, params, entity) for entity in entities])


def _parts(rule: CompiledRule, run: EngineInput | GroupInput, params: Mapping[str, float]) -> list[_One]:
    """Judge the rule with every term, metric ... of `also` in place of the input it names."""
    name, source = next(iter(rule.rule.also.items()))
    signals = run.reading.each.get(split_source(source)[0], {})
    return [
        _evaluate_once(rule, run, params, entity, {name: signal.series, split_source(source)[1]: entity})
        for entity, signal in signals.items()
    ]


def _with_parts(rule: CompiledRule, run: EngineInput | GroupInput, whole: _One, parts: Sequence[_One]) -> Finding:
    """A rule that holds for the total speaks of the total; where only a part shows it, the part is named and the
    finding weighs less.

    Beside a total that is fine a part that is not is at info: terms may pull against each other on purpose.
    """
    firing = [part for part in parts if part.verdict == "fires"]
    if not firing:
        clear = next((part for part in parts if part.verdict == "clear"), None)
        return _finding(rule, run, clear if clear is not None and whole.missing else whole)
    kind = split_source(next(iter(rule.rule.also.values())))[1]
    names = _listed([part.entity for part in firing])
    plural = "s" if len(firing) > 1 else ""
    if whole.verdict == "fires":
        told = f" The same holds for the {kind}{plural} {names}." if len(parts) > 1 else ""
        return dataclasses.replace(found := _finding(rule, run, whole), evidence=f"{found.evidence}{told}")
    found = _finding(rule, run, firing[0])
    others = f" The same holds for {_listed([part.entity for part in firing[1:]])}." if firing[1:] else ""
    return dataclasses.replace(
        found,
        evidence=f"{kind.capitalize()} {firing[0].entity}: {found.evidence}{others}",
        layers=tuple(part.entity for part in firing),
        severity="warning" if found.severity == "error" and whole.verdict != "clear" else "info",
    )


def _entities(rule: CompiledRule, run: EngineInput | GroupInput) -> list[str]:
    for source in rule.rule.inputs.values():
        for one in source.from_:
            role, kind = split_source(one)
            if kind and kind == rule.rule.for_each and run.reading.each.get(role):
                return list(run.reading.each[role])
    return []


def _bind(
    rule: CompiledRule, run: EngineInput | GroupInput, entity: str | None, instead: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    missing: list[str] = []
    for name, source in rule.rule.inputs.items():
        value = instead[name] if name in instead else first_present(source, run, entity, rule.rule.for_each)
        if value is ABSENT:
            missing.append(" or ".join(source.from_))
        else:
            values[name] = value
    for name, optional in rule.rule.optional.items():
        value = first_present(optional, run, entity, rule.rule.for_each)
        values[name] = optional.default if value is ABSENT else value
    return values, missing


def _missing(rule: CompiledRule, run: EngineInput | GroupInput, entity: str | None) -> _One:
    _, missing = _bind(rule, run, entity, {})
    kinds = [
        " or ".join(s.from_)
        for s in rule.rule.inputs.values()
        if any(split_source(o)[1] == rule.rule.for_each for o in s.from_)
    ]
    return _not_there(rule, run, list(dict.fromkeys([*missing, *kinds])), entity)


def _not_there(rule: CompiledRule, run: EngineInput | GroupInput, missing: Sequence[str], entity: str | None) -> _One:
    """An input that is not there is missing, except in runs that need not have it: the entropy of a policy in a
    classifier,
    terms of a loss that has none.
    """
    expected = rule.rule.expected
    if expected is not None and (
        isinstance(run, GroupInput) or fact_value(run.facts, "meta.task") not in expected.tasks
    ):
        return _One("not-applicable", expected.otherwise, entity=entity or "")
    return _One("not-judged", f"not logged: {', '.join(missing)}", tuple(missing), entity=entity or "")


def _evaluate_once(
    rule: CompiledRule,
    run: EngineInput | GroupInput,
    params: Mapping[str, float],
    entity: str | None,
    instead: Mapping[str, Any] | None = None,
) -> _One:
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
    for name, expression in rule.forms.let:
        values[name] = expression.run(scope)
    if rule.forms.applies is not None and rule.rule.applies is not None:
        holds = rule.forms.applies.run(scope)
        if holds is None or is_unknown(holds):
            return _One(
                "not-judged",
                f"whether the rule applies could not be computed{_unknowns(rule, values)}",
                values=values,
                entity=entity or "",
            )
        if not holds:
            return _One("not-applicable", rule.rule.applies.otherwise, values=values, entity=entity or "")
    fires = rule.forms.when.run(scope)
    if is_unknown(fires):
        return _One("not-judged", f"could not be computed{_unknowns(rule, values)}", values=values, entity=entity or "")
    rank = as_number(rule.forms.rank.run(scope)) if rule.forms.rank else math.nan
    return _One("fires" if fires else "clear", values=values, entity=entity or "", rank=rank)


def _unknowns(rule: CompiledRule, values: Mapping[str, Any]) -> str:
    names = [name for name, _ in rule.forms.let if is_unknown(values.get(name))]
    return f": {', '.join(names)} unknown, too few points or values that are not finite" if names else ""


def _fold(rule: CompiledRule, run: EngineInput | GroupInput, ones: Sequence[_One]) -> Finding:
    """Make one finding of the evaluations of all entities: it fires when any fires, it is clear when any is clear and
    none fires.
    """
    firing = [one for one in ones if one.verdict == "fires"]
    if firing:
        firing.sort(key=lambda one: math.inf if math.isnan(one.rank) else -one.rank)
        return _finding(rule, run, firing[0], firing, len(ones))
    # What is missing for one entity is not missing in the log where another has it.
    complete = [one for one in ones if not one.missing] or ones
    for verdict in ("clear", "not-judged", "not-applicable"):
        found = next((one for one in complete if one.verdict == verdict), None)
        if found is not None:
            return _finding(rule, run, found)
    return _finding(rule, run, complete[0])


def _finding(
    rule: CompiledRule, run: EngineInput | GroupInput, one: _One, firing: Sequence[_One] = (), of: int = 0
) -> Finding:
    declared = rule.rule
    fires = one.verdict == "fires"
    message = one.reason
    layers: tuple[str, ...] = ()
    scope = Scope(dict(one.values), run.memo)
    if fires:
        message = fill(declared.message, one.values)
        layers = tuple(f.entity for f in firing) or _layers(rule, scope)
        if len(firing) > 1:
            message = (
                f"{message} In all {len(firing)} of {of} {declared.for_each}s: {_listed([f.entity for f in firing])}."
            )
    shown = one.verdict in ("fires", "clear")
    return Finding(
        id=declared.id,
        status=one.verdict,
        severity=_severity(rule, scope) if fires else declared.severity,
        title=declared.healthy if one.verdict == "clear" else declared.title,
        evidence=message,
        values=_shown_values(rule, one.values) if shown else {},
        window=_window(rule, run, scope) if fires else None,
        layers=layers,
        missing=one.missing,
        log=declared.log if one.verdict == "not-judged" else "",
        charts=_charts(rule, run, scope, [f.entity for f in firing], layers) if fires else (),
        why=declared.why,
        verify=declared.verify,
        false_positives=tuple(declared.false_positives),
        sources=rule.citations,
    )


def _severity(rule: CompiledRule, scope: Scope) -> Severity:
    """The severity of a rule, or the worst one whose condition under `severity_when` holds."""
    for severity, held in rule.forms.severities:
        if held.run(scope) is True:
            return cast("Severity", severity)
    return rule.rule.severity


def _listed(entities: Sequence[str]) -> str:
    rest = len(entities) - _NAMED
    return ", ".join(entities[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _layers(rule: CompiledRule, scope: Scope) -> tuple[str, ...]:
    if rule.forms.layers is None:
        return ()
    flags = rule.forms.layers.run(scope)
    return tuple(entity for entity, flag in flags.items() if flag is True)


def _shown_values(rule: CompiledRule, values: Mapping[str, Any]) -> dict[str, Value]:
    """The evidence table: every `let` that is a number, a truth value or a text; collections as lowest, median and
    highest.
    """
    shown: dict[str, Value] = {}
    for name, expression in rule.forms.let:
        value = values.get(name)
        if isinstance(value, Series) or expression.type.kind in ("series", "mask"):
            continue
        if isinstance(value, dict):
            numbers = sorted(as_number(v) for v in value.values() if not is_unknown(v))
            if numbers and expression.type.kind == "number":
                shown[f"{name} (lowest)"], shown[f"{name} (median)"] = numbers[0], numbers[len(numbers) // 2]
                shown[f"{name} (highest)"] = numbers[-1]
        else:
            shown[name] = value
    return shown


def _window(rule: CompiledRule, run: EngineInput | GroupInput, scope: Scope) -> tuple[int, int] | None:
    """The steps a finding is about, kept inside the run: a rule may compute an end that lies just outside of it."""
    if rule.forms.window is None:
        return None
    ends = [as_number(expression.run(scope)) for expression in rule.forms.window]
    if any(not math.isfinite(end) for end in ends):
        return None
    low, high = run.span()
    return max(int(min(ends)), low), min(int(max(ends)), high)


def _charts(
    rule: CompiledRule,
    run: EngineInput | GroupInput,
    scope: Scope,
    entities: Sequence[str],
    layers: Sequence[str],
) -> tuple[Chart, ...]:
    charts: list[Chart] = []
    for evidence, lines in zip(rule.rule.evidence, rule.forms.lines, strict=True):
        names: list[str] = []
        for name in evidence.plot or ():
            value = scope.values.get(name)
            if (
                entities
                and name in rule.rule.inputs
                and any(split_source(s)[1] == rule.rule.for_each for s in rule.rule.inputs[name].from_)
            ):
                found = [
                    first_present(rule.rule.inputs[name], run, e, rule.rule.for_each)
                    for e in entities[:_CHART_ENTITIES]
                ]
                names.extend(s.name for s in found if isinstance(s, Series))
            elif isinstance(value, Series):
                names.append(value.name)
            elif isinstance(value, dict):
                names.extend(_of_collection(value, layers))
        if names:
            levels = {label: as_number(line.run(scope)) for label, line in lines}
            known = {label: level for label, level in levels.items() if math.isfinite(level)}
            charts.append(Chart(tuple(names), known, _band(evidence.band, scope), evidence.scale))
    return tuple(charts)


def _of_collection(series: Mapping[str, Any], layers: Sequence[str]) -> list[str]:
    """The curves of the layers that the finding names first; where there is room, others to compare with."""
    named = _spread([series[layer].name for layer in layers if isinstance(series.get(layer), Series)], _CHART_ENTITIES)
    others = [s.name for entity, s in series.items() if isinstance(s, Series) and entity not in layers]
    return [*named, *_spread(others, _CHART_ENTITIES - len(named))]


def _spread(names: Sequence[str], most: int) -> list[str]:
    """The first, the last and some between, when there are more than can be told apart."""
    if len(names) <= most:
        return list(names)
    if most < 2:
        return list(names[:most])
    return [names[round(i * (len(names) - 1) / (most - 1))] for i in range(most)]


def _band(band: Sequence[float | str] | None, scope: Scope) -> tuple[float, float] | None:
    if band is None or len(band) != 2:
        return None
    ends = [as_number(scope.values.get(end)) if isinstance(end, str) else float(end) for end in band]
    return (ends[0], ends[1]) if all(math.isfinite(end) for end in ends) else None
