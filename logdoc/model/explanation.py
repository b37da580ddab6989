"""How a cause came to its probability, and how two runs compare: answers to questions about runs that were judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.model.analysis import Cause, Curve, Finding, RunAnalysis

Comparing = Literal["worse", "better", "same", "unclear"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the arithmetic: what was added, by how much it moved the log-odds (natural log), and the probability
    after it.
    """

    what: str
    about: str
    weight: float
    probability: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The arithmetic behind one cause in one run.

    Attributes:
        steps: the prior first, then the context, then every finding that moves it; the last probability is the cause's.
        rivals: the other causes that explain what fires, with their probabilities.
        silent: symptoms of the cause that could not be judged.
        answers: what each answer of the interview moved: the probability with all answers, and the change of the
            log-odds against all but this one.
    """

    run: str
    cause: Cause
    steps: tuple[Step, ...]
    rivals: tuple[tuple[str, float], ...] = ()
    silent: tuple[str, ...] = ()
    answers: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Overlay:
    """One quantity of both runs, to be drawn into one chart.

    Attributes:
        role: what it is, ``val.loss`` for instance.
        axis: what both count.
    """

    role: str
    axis: str
    baseline: Curve
    candidate: Curve


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate beside its baseline.

    Attributes:
        verdict: "worse" or "better" beyond noise, seeds and tolerance, or "worse" for an error that the baseline has
            not; "same" within them; "unclear" when the two share nothing that can be compared.
        findings: of the rules about pairs.
        changed: settings that differ, as (baseline, candidate); one entry where two keys mean the same setting.
        new, gone: findings of the candidate that the baseline does not have, and the reverse.
        yardstick: what a difference is measured by.
    """

    baseline: RunAnalysis
    candidate: RunAnalysis
    verdict: Comparing
    findings: tuple[Finding, ...] = ()
    changed: Mapping[str, tuple[object, object]] = field(default_factory=dict)
    new: tuple[Finding, ...] = ()
    gone: tuple[Finding, ...] = ()
    yardstick: str = ""
    overlays: tuple[Overlay, ...] = ()
