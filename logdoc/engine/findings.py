"""How an evaluation of a rule is told: its words with their numbers, its evidence, where it is and what to draw."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from logdoc.engine.compiled import split_source
from logdoc.engine.inputs import first_present
from logdoc.engine.kinds import Scope, as_number, is_unknown
from logdoc.engine.wording import fill
from logdoc.model import Chart, Finding, Series

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.engine.compiled import CompiledRule
    from logdoc.engine.inputs import EngineInput, GroupInput
    from logdoc.model import Verdict
    from logdoc.model.analysis import Severity, Value

_CHART_ENTITIES = 4  # curves in one chart; more cannot be told apart
_MOST_SILENT = 50  # kept findings of a rule; more is the number of its reasons, and none has so many
_NAMED = 6  # entities named in a sentence; the rest is counted


@dataclass(frozen=True, slots=True)
class One:
    """One evaluation of a rule: for the run, or for one entity."""

    verdict: Verdict
    reason: str = ""
    missing: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    entity: str = ""
    rank: float = math.nan


def finding_of(
    rule: CompiledRule, run: EngineInput | GroupInput, one: One, firing: Sequence[One] = (), of: int = 0
) -> Finding:
    """Return the finding that tells an evaluation; where several entities fire, of the first of them for all.

    Args:
        rule: the rule that was evaluated.
        run: what it saw.
        one: the evaluation.
        firing: those of all entities that fire, the worst first.
        of: how many entities were looked at.
    """
    if one.verdict not in ("not-judged", "not-applicable") and (one.verdict != "clear" or one.values):
        return _told(rule, run, one, firing, of)
    # What is not there, or does not apply, is told in the same words of run after run.
    key = (one.verdict, one.reason, one.missing)
    found = rule.silent.get(key)
    if found is None:
        found = _told(rule, run, one, firing, of)
        if len(rule.silent) < _MOST_SILENT:
            rule.silent[key] = found
    return found


def _told(rule: CompiledRule, run: EngineInput | GroupInput, one: One, firing: Sequence[One], of: int) -> Finding:
    declared = rule.rule
    fires = one.verdict == "fires"
    message = one.reason
    layers: tuple[str, ...] = ()
    scope = Scope(dict(one.values), run.memo)
    if fires:
        message = _message(rule, one)
        layers = tuple(f.entity for f in firing) or _layers(rule, scope)
        if len(firing) > 1:
            message = (
                f"{message} Found in {len(firing)} of {of} {declared.for_each}s: {listed([f.entity for f in firing])}."
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
        verify=fill(declared.verify, one.values) if fires else declared.verify,
        false_positives=tuple(declared.false_positives),
        sources=rule.citations,
    )


def _message(rule: CompiledRule, one: One) -> str:
    """The message with its numbers; a module that is called "2" is "Module 2", or nobody knows what 2 is."""
    kind = rule.rule.for_each
    if not kind or not one.entity.replace(".", "").isdigit():
        return fill(rule.rule.message, one.values)
    message = fill(rule.rule.message, {**one.values, kind: f"{kind} {one.entity}"})
    return message[:1].upper() + message[1:] if message.startswith(f"{kind} ") else message


def _severity(rule: CompiledRule, scope: Scope) -> Severity:
    """The severity of a rule, or the worst one whose condition under `severity_when` holds."""
    for severity, held in rule.forms.severities:
        if held.run(scope) is True:
            return cast("Severity", severity)
    return rule.rule.severity


def listed(entities: Sequence[str]) -> str:
    """Return the first entities by name, and how many more there are."""
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
    if not values:
        return shown
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
