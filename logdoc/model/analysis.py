"""What the judging stages produce: findings, causes, and the analysis that every report is drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.model.citation import Citation
    from logdoc.model.run import ConfigValue, Defect

Verdict = Literal["fires", "clear", "not-applicable", "not-judged", "error"]
Severity = Literal["error", "warning", "info"]
RunVerdict = Literal["error", "warning", "info", "healthy", "incomplete", "undecidable", "unreadable", "running"]
Value = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something known about the run, with the reason: ``Fact(10, "config num_classes")``."""

    value: ConfigValue
    why: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """What a finding wants drawn: curves by name, level lines by label, a band, the scale of the y axis."""

    series: tuple[str, ...]
    lines: Mapping[str, float] = field(default_factory=dict)
    band: tuple[float, float] | None = None
    scale: Literal["linear", "log"] = "linear"


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict of one rule on one run (or one group of runs).

    Attributes:
        id: the symptom.
        status: one of the five verdicts.
        severity: of the rule; what it weighs when it fires.
        title: the rule's title when it fires, its healthy sentence when it is clear.
        evidence: the message with its numbers when it fires; for the other verdicts the reason.
        values: every intermediate value of the rule by name, the evidence table.
        window: first and last step of what was seen, or None.
        layers: the entities concerned, first offending first.
        missing: roles or facts that were not logged (not-judged).
        log: what to log so that it can be judged (not-judged).
        charts: what to draw.
        why: why it matters.
        verify: how to check that it is so.
        false_positives: when the rule is known to be wrong.
        sources: what the rule rests on.
        explained_by: the cause that explains it, once the causes are ranked.
        accepted: why a person accepts it (`logdoc accept`); empty where nobody does.
        known: it stands in the baseline file, so it is not new.
        measured: in how many benchmark cases the rule was right, and in how many it spoke; None where there are too
            few, and for rules at info.
    """

    id: str
    status: Verdict
    severity: Severity
    title: str = ""
    evidence: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    window: tuple[int, int] | None = None
    layers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    log: str = ""
    charts: tuple[Chart, ...] = ()
    why: str = ""
    verify: str = ""
    false_positives: tuple[str, ...] = ()
    sources: tuple[Citation, ...] = ()
    explained_by: str | None = None
    measured: tuple[int, int] | None = None
    accepted: str = ""
    known: bool = False

    @property
    def counts(self) -> bool:
        """Whether it fires and is neither accepted nor known: only such findings fail a pipeline."""
        return self.status == "fires" and not self.accepted and not self.known


@dataclass(frozen=True, slots=True)
class Reason:
    """How much one finding moved a cause: `weight` is the change of its log-odds (natural log).

    What is known about the run beside its findings moves it, too: then `finding` is ``context``, ``program`` for what
    its text shows, or ``answer`` for what somebody answered,
    and `about` says what it is: ``train.py:83: softmax before CrossEntropyLoss``.
    """

    finding: str
    weight: float
    about: str = ""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One thing to do, with its effort: ``minutes``, ``hours`` or ``days``."""

    effort: str
    do: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Something a person can change, and how probable it is that it is to blame."""

    id: str
    title: str
    probability: float
    explains: tuple[str, ...] = ()
    because: tuple[Reason, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    verify: str = ""
    refute: str = ""
    sources: tuple[Citation, ...] = ()

    @property
    def in_program(self) -> tuple[str, ...]:
        """What the text of the program shows that speaks for it, each with file and line."""
        return tuple(reason.about for reason in self.because if reason.finding == "program" and reason.weight > 0)


@dataclass(frozen=True, slots=True)
class Possibility:
    """A cause that the findings leave open, less probable than those that are worth acting on."""

    id: str
    title: str
    probability: float


@dataclass(frozen=True, slots=True)
class SilentRule:
    """A rule that does not fire: found clear, not applicable, or not judged; why, and what to log so that it can be."""

    id: str
    title: str
    reason: str
    log: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to log next: the signal that would tell most, and the line of code that logs it."""

    signal: str
    line: str
    why: str


@dataclass(frozen=True, slots=True)
class Curve:
    """A decimated curve for drawing; extremes and non-finite points survive the decimation.

    `steps`, `values` are equally long; `values` may hold NaN and infinities. `points` is the length before decimation.
    """

    name: str
    role: str
    axis: str
    steps: tuple[int, ...]
    values: tuple[float, ...]
    points: int


@dataclass(frozen=True, slots=True)
class HeatMap:
    """One signal of every layer over the run, for drawing: layers from the input to the output, columns of steps
    from first to last.

    Attributes:
        role: the signal: ``update_ratio``, ``act_std``, ``grad_norm``, ``act_dead_frac``.
        title: what the signal is, in words.
        axis: what the steps count: ``step``, ``epoch``, ``index``.
        layers: names of parameters or modules, one per row.
        steps: first step of every column, rising.
        end: last step of the last column.
        cells: float[len(layers)][len(steps)]; None where nothing was logged, NaN or an infinity where such a value was.
        omitted: layers that have the signal and are not in the map.
        scale: how the values spread.
        band: what is healthy, or None where that depends on the network.

    Raises:
        ValueError: the cells do not fit the layers and the steps, the steps do not rise, or the band is not two
            rising positive numbers.
    """

    role: str
    title: str
    axis: str
    layers: tuple[str, ...]
    steps: tuple[int, ...]
    end: int
    cells: tuple[tuple[float | None, ...], ...]
    omitted: int = 0
    scale: Literal["log", "linear"] = "log"
    band: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if len(self.cells) != len(self.layers) or any(len(row) != len(self.steps) for row in self.cells):
            raise ValueError(f"the cells of the map '{self.role}' are not {len(self.layers)} x {len(self.steps)}")
        if not self.steps or any(b <= a for a, b in pairwise(self.steps)) or self.end < self.steps[-1]:
            raise ValueError(f"the steps of the map '{self.role}' do not rise")
        if self.band is not None and not 0 < self.band[0] < self.band[1] < inf:
            raise ValueError(f"the band of the map '{self.role}' is not two rising positive numbers")


@dataclass(frozen=True, slots=True, repr=False)
class RunAnalysis:
    """Everything that is said about one run."""

    id: str
    format: str
    sources: tuple[str, ...]
    steps: tuple[int, int] | None
    verdict: RunVerdict
    headline: str
    context: Mapping[str, Fact] = field(default_factory=dict)
    config: Mapping[str, ConfigValue] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    causes: tuple[Cause, ...] = ()
    possible: tuple[Possibility, ...] = ()
    not_judged: tuple[SilentRule, ...] = ()
    not_applicable: tuple[SilentRule, ...] = ()
    clear: tuple[SilentRule, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    defects: tuple[Defect, ...] = ()
    curves: tuple[Curve, ...] = ()
    maps: tuple[HeatMap, ...] = ()

    def __repr__(self) -> str:
        fires = sum(finding.status == "fires" for finding in self.findings)
        first = f", first cause {self.causes[0].id!r}" if self.causes else ""
        return f"<RunAnalysis {self.id!r}: {self.verdict}, {fires} findings{first}>"


@dataclass(frozen=True, slots=True)
class Member:
    """One run of a group: what sets it apart, and where its loss began and ended.

    Attributes:
        settings: those that differ within the group, in the order of `Group.varies`; None where one is not set.
        start, end: levels of the loss of the group, in its own unit; None where it was not logged, NaN where it ends
            as no number.
    """

    run: str
    settings: Mapping[str, ConfigValue] = field(default_factory=dict)
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """What is said about several runs together.

    Attributes:
        kind: ``lr-sweep``, ``seeds``, ``single-key`` or ``mixed``; empty in reports of early versions.
        varies: the settings that differ.
        loss: role of the curve whose levels the members hold; empty without any.
        members: the runs in the order of `runs`; empty in reports of early versions.
    """

    id: str
    runs: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    causes: tuple[Cause, ...] = ()
    kind: str = ""
    varies: tuple[str, ...] = ()
    loss: str = ""
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """The result of one call: what every report is drawn from.

    Attributes:
        defects: about files that belong to no run: not a training log, not readable, skipped.
        ruleset: version and hash of the rule base.
    """

    version: str
    runs: tuple[RunAnalysis, ...] = ()
    groups: tuple[Group, ...] = ()
    defects: tuple[Defect, ...] = ()
    ruleset: str = ""
