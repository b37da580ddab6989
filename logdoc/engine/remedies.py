"""What to do about a cause, with the numbers of the run, and how the run's context changes its prior."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logdoc.engine.binding import Bound
from logdoc.engine.inputs import ABSENT, EngineInput, fact_value, whole
from logdoc.engine.kinds import Scope
from logdoc.engine.wording import fill, holes
from logdoc.model import Remedy
from logdoc.vocabulary.registry import BOOSTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.engine.compiled import CompiledCause
    from logdoc.model import Finding

_PLAIN = frozenset({type(None), bool, int, float, str})
_MOST_KEPT = 50  # sets of values whose weight is kept of a cause
_RULED_OUT = 1e-9  # on the prior odds; odds of exactly zero have no logarithm


@dataclass(frozen=True, slots=True)
class Influence:
    """A condition of a cause that holds in a run: its factor on the odds, the reason with its numbers, and whether it
    was read from the text of the program, or answered by a person.
    """

    factor: float
    says: str
    of_program: bool = False
    answered: bool = False


def fill_cause(
    cause: CompiledCause, run: EngineInput, findings: Mapping[str, Finding]
) -> tuple[tuple[Remedy, ...], float, tuple[Influence, ...]]:
    """Return the remedies of a cause with the numbers of this run, the factor that the context puts on its prior
    odds, and the conditions that make it up.

    When its numbers cannot be computed, the remedies that need none are left and the context says nothing; the cause
    is then named among what failed on the run.
    """
    try:
        bound, scope = _bound(cause, run, _seen(cause, run, findings))
        factor, influences = _weighed(cause, bound, scope)
        return _advised(cause, bound, scope), factor, influences
    except Exception as error:
        _tell(cause, run, error)
        plain = [r for r in cause.cause.remedies if r.if_ is None and not any(holes(r.do))]
        return tuple(Remedy(r.effort, fill(r.do, {})) for r in plain), 1.0, ()


def weigh_cause(
    cause: CompiledCause, run: EngineInput, findings: Mapping[str, Finding]
) -> tuple[float, tuple[Influence, ...]]:
    """Return the factor that the context puts on the prior odds of a cause, and the conditions that make it up.

    Its remedies are not looked at: of fifty causes at most a few are worth acting on. A cause that fails is named among
    what failed on the run, and its context says nothing. One that only networks have is out of the question in a run
    of boosted trees.
    """
    if cause.cause.networks and fact_value(run.facts, "meta.learner") == BOOSTED:
        return _RULED_OUT, ()
    try:
        seen = _seen(cause, run, findings)
        # Most causes see nothing in most runs, or the same facts as in the run before.
        known = tuple((type(value), value) for value in seen.values())
        if not all(kind in _PLAIN for kind, _ in known):
            return _weighed(cause, *_bound(cause, run, seen))
        if known in cause.weighed:
            return cause.weighed[known]
        found = _weighed(cause, *_bound(cause, run, seen))
        if len(cause.weighed) < _MOST_KEPT:
            cause.weighed[known] = found
        return found
    except Exception as error:
        _tell(cause, run, error)
        return 1.0, ()


def _tell(cause: CompiledCause, run: EngineInput, error: Exception) -> None:
    run.failed[f"the cause '{cause.cause.id}'"] = f"{type(error).__name__}: {error}"


def _seen(cause: CompiledCause, run: EngineInput, findings: Mapping[str, Finding]) -> dict[str, Any]:
    """Return what a cause sees of the run, by its names."""
    values: dict[str, Any] = {}
    for name, optional in cause.cause.optional.items():
        found: Any = ABSENT
        for source in optional.from_:
            found = _from_finding(source, findings) if source.startswith("finding.") else whole(run, source)
            if found is not ABSENT:
                break
        values[name] = optional.default if found is ABSENT else found
    return values


def _bound(cause: CompiledCause, run: EngineInput, seen: Mapping[str, Any]) -> tuple[Bound, Scope]:
    values = Bound(seen)
    scope = Scope(values, run.memo)
    values.let(cause.lets, scope)
    return values, scope


def _weighed(cause: CompiledCause, values: Bound, scope: Scope) -> tuple[float, tuple[Influence, ...]]:
    conditions = zip(cause.cause.context, cause.forms.context, strict=True)
    holding = [(c, e) for c, e in conditions if e.run(scope) is True]
    if not holding:
        return 1.0, ()
    values.compute()  # for the words
    read = {name for name, source in cause.cause.optional.items() if any(s.startswith("code.") for s in source.from_)}
    influences = tuple(Influence(c.factor, fill(c.why, values), bool(e.names & read)) for c, e in holding)
    return math.prod(one.factor for one in influences), influences


def _advised(cause: CompiledCause, values: Bound, scope: Scope) -> tuple[Remedy, ...]:
    values.compute()
    return tuple(
        Remedy(remedy.effort, fill(remedy.do, values))
        for remedy, condition in zip(cause.cause.remedies, cause.forms.remedies, strict=True)
        if condition is None or condition.run(scope) is True
    )


def _from_finding(source: str, findings: Mapping[str, Finding]) -> Any:
    """``finding.<rule>.<value>``: a value of a finding that fires."""
    rule_id, _, name = source.removeprefix("finding.").partition(".")
    finding = findings.get(rule_id)
    if finding is None or finding.status != "fires" or finding.values.get(name) is None:
        return ABSENT
    return finding.values[name]
