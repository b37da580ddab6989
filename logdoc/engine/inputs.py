"""What a rule gets to see: the roles and facts of one run, of several runs together, or of two."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from logdoc.engine.compiled import FACT_SOURCES, of_pair, split_source
from logdoc.engine.kinds import as_number
from logdoc.model import Reading
from logdoc.signals.profile import profile_together

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from logdoc.engine.schema import Optional_, Source
    from logdoc.model import Fact

ALL_STEPS = (-(2**63), 2**63 - 1)
ABSENT = object()  # what stands for an input that is not there; None is a value


@dataclass(slots=True)
class EngineInput:
    """One run as the engine sees it: roles, facts, and what was computed before.

    Attributes:
        memo: what was computed on its curves.
        failed: what is no rule and failed on the run, such as ``the cause 'x'``, and with what; the rest went on.
        found: source -> what is behind it in the whole run; two hundred rules ask for a few dozen sources.
        never: roles that a run of its kind cannot have, such as the gradients of boosted trees.
    """

    reading: Reading
    facts: Mapping[str, Fact]
    memo: dict[Any, Any] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    found: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    never: Collection[str] = field(default=(), kw_only=True)

    def span(self) -> tuple[int, int]:
        """Return the first and the last step of any curve; every step there is where nothing was logged."""
        known: tuple[int, int] | None = self.memo.get("span")
        if known is None:
            signals = [*self.reading.one.values(), *(s for mine in self.reading.each.values() for s in mine.values())]
            steps = [s.series.steps for s in signals if len(s.series)]
            known = (min(int(s[0]) for s in steps), max(int(s[-1]) for s in steps)) if steps else ALL_STEPS
            self.memo["span"] = known
        return known


class GroupInput:
    """Several runs seen as one: an input binds a value per run; `memo` is what was computed on them before."""

    def __init__(
        self, runs: Mapping[str, EngineInput], facts: Mapping[str, Fact], memo: dict[Any, Any] | None = None
    ) -> None:
        self.runs, self.facts = runs, facts
        self.memo: dict[Any, Any] = {} if memo is None else memo
        self.reading = Reading()

    def span(self) -> tuple[int, int]:
        """Return the first and the last step of any curve of any run."""
        spans = [run.span() for run in self.runs.values()]
        return min(low for low, _ in spans), max(high for _, high in spans)

    def find(self, source: str) -> Any:
        """Return a value per run, or of the one run that the source names; ABSENT when no run has it."""
        one, role = of_pair(source)
        if one:
            return lookup(self.runs[one], role, None)
        role, _ = split_source(source)
        if role.startswith("group."):
            return fact_value(self.facts, role)
        found = {run_id: lookup(run, role, None) for run_id, run in self.runs.items()}
        known = {run_id: value for run_id, value in found.items() if value is not ABSENT}
        return known or ABSENT


def first_present(source: Source, run: EngineInput | GroupInput, entity: str | None, for_each: str | None) -> Any:
    """Return the value of the first source that is there, else ABSENT."""
    for one in source.from_:
        if isinstance(run, GroupInput):
            value = run.find(one)
        elif entity is not None and split_source(one)[1] == for_each:
            value = lookup(run, one, entity)
        else:
            value = whole(run, one)
        if value is not ABSENT:
            return value
    return ABSENT


def whole(run: EngineInput, source: str) -> Any:
    """Return the series, the collection or the fact behind one source in the whole run, else ABSENT; looked up once."""
    if source not in run.found:
        run.found[source] = lookup(run, source, None)
    return run.found[source]


def lookup(run: EngineInput, source: str, entity: str | None) -> Any:
    """Return the series, the collection or the fact behind one source, else ABSENT."""
    role, kind = split_source(source)
    if role.startswith(FACT_SOURCES):
        return fact_value(run.facts, role)
    if not kind:
        signal = run.reading.one.get(role)
        return ABSENT if signal is None else signal.series
    signals = run.reading.each.get(role)
    if not signals:
        return ABSENT
    if ("collection", role) not in run.memo:
        # The same collection must be the same object each time, so that what was computed on it is found again.
        run.memo["collection", role] = {e: s.series for e, s in signals.items()}
        profile_together(run.memo["collection", role].values())
    if entity is None:
        return run.memo["collection", role]
    return signals[entity].series if entity in signals else ABSENT


def is_there(run: EngineInput, source: str) -> bool:
    """Tell whether `lookup` finds anything in the whole run, without looking at what it is."""
    role, kind = split_source(source)
    if role.startswith(FACT_SOURCES):
        return fact_value(run.facts, role) is not ABSENT
    return bool(run.reading.each.get(role)) if kind else run.reading.one.get(role) is not None


def fact_value(facts: Mapping[str, Fact], name: str) -> Any:
    """Return the value of a fact, numbers as floats; ABSENT when it is not known."""
    fact = facts.get(name)
    if fact is None or fact.value is None:
        return ABSENT
    return as_number(fact.value) if isinstance(fact.value, int) and not isinstance(fact.value, bool) else fact.value


def bind_optional(optional: Mapping[str, Optional_], run: EngineInput) -> dict[str, Any]:
    """Return the value of every optional input of a context."""
    values: dict[str, Any] = {}
    for name, source in optional.items():
        value = first_present(source, run, None, None)
        values[name] = source.default if value is ABSENT else value
    return values
