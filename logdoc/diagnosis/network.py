"""The belief network as data: causes, what each explains and how strongly, what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Probability that a symptom shows for a reason that no cause of the network names, by its severity: notes are common in
# healthy runs, errors are not. Fitted with the fault benchmark, as the priors and the weight of silence were.
LEAKS: Mapping[str, float] = {"error": 0.0025, "warning": 0.0075, "info": 0.05}


@dataclass(frozen=True, slots=True)
class CauseNode:
    """One cause.

    Attributes:
        prior: probability before any finding, in (0, 1).
        explains: symptom -> probability that it shows when this is the only cause present.
        against: symptom -> factor on the odds of the cause when the symptom shows, in (0, 1].
        leads_to: causes further down the chain of events.
    """

    id: str
    prior: float
    explains: Mapping[str, float]
    against: Mapping[str, float] = field(default_factory=dict)
    leads_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Network:
    """All causes, and how often each symptom shows without any of them.

    Attributes:
        leak: that probability for a symptom that `leaks` does not name.
        leaks: symptom -> probability that it shows although no cause of the network is present.
        computed: what follows from the network alone, kept for the next run that is judged by it.

    Raises:
        ValueError: a probability outside its range, a `leads_to` that names no cause, or a circle of them.
    """

    causes: tuple[CauseNode, ...]
    leak: float = LEAKS["warning"]
    leaks: Mapping[str, float] = field(default_factory=dict)
    computed: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for leak in (self.leak, *self.leaks.values()):
            if not 0.0 < leak < 1.0:
                raise ValueError(f"a leak must lie between 0 and 1, not {leak}")
        known = {cause.id for cause in self.causes}
        for cause in self.causes:
            if not 0.0 < cause.prior < 1.0:
                raise ValueError(f"the prior of {cause.id} must lie between 0 and 1, not {cause.prior}")
            for symptom, strength in {**cause.explains, **cause.against}.items():
                if not 0.0 < strength <= 1.0:
                    raise ValueError(f"{cause.id}: the strength of {symptom} must lie between 0 and 1, not {strength}")
            for after in cause.leads_to:
                if after not in known:
                    raise ValueError(f"{cause.id} leads to '{after}', which is no cause")
        _refuse_circles({cause.id: cause.leads_to for cause in self.causes})

    @cached_property
    def by_id(self) -> Mapping[str, CauseNode]:
        """The causes by their ids, in order."""
        return {cause.id: cause for cause in self.causes}

    @cached_property
    def explaining(self) -> Mapping[str, tuple[CauseNode, ...]]:
        """Symptom -> the causes that explain it, in order."""
        return _by_symptom((symptom, cause) for cause in self.causes for symptom in cause.explains)

    @cached_property
    def opposed(self) -> Mapping[str, tuple[CauseNode, ...]]:
        """Symptom -> the causes that it speaks against, in order."""
        return _by_symptom((symptom, cause) for cause in self.causes for symptom in cause.against)

    def leak_of(self, symptom: str) -> float:
        """Return the probability that a symptom shows without any cause."""
        return self.leaks.get(symptom, self.leak)


def _by_symptom(pairs: Iterable[tuple[str, CauseNode]]) -> dict[str, tuple[CauseNode, ...]]:
    found: dict[str, list[CauseNode]] = {}
    for symptom, cause in pairs:
        found.setdefault(symptom, []).append(cause)
    return {symptom: tuple(causes) for symptom, causes in found.items()}


def _refuse_circles(edges: Mapping[str, tuple[str, ...]]) -> None:
    done: set[str] = set()
    for start in edges:
        path: list[tuple[str, int]] = [(start, 0)]
        on_path = {start}
        while path:
            node, index = path.pop()
            if index == 0 and node in done:
                on_path.discard(node)
                continue
            following = edges.get(node, ())
            if index < len(following):
                path.append((node, index + 1))
                after = following[index]
                if after in on_path:
                    raise ValueError(f"'{after}' leads to itself through '{node}'")
                on_path.add(after)
                path.append((after, 0))
            else:
                done.add(node)
                on_path.discard(node)
