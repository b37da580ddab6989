"""The one way through the house: runs are read, named, judged, and their causes ranked.

Everything from `Run` on is pure.
"""

from __future__ import annotations

import dataclasses
import math
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from logdoc.context import gather_facts
from logdoc.context.learners import FACT as LEARNER
from logdoc.context.learners import learner_of
from logdoc.context.roles import understand
from logdoc.diagnosis import LEAKS, Beliefs, CauseNode, Network, explained_by, possibilities, rank, told
from logdoc.engine import (
    CompiledCause,
    EngineInput,
    Needs,
    RuleSet,
    conclude,
    evaluate,
    fill_cause,
    healthy_bands,
    needs_of,
    remembered_rules,
    weigh_cause,
)
from logdoc.judging.beside import program_of, settings_with_program
from logdoc.judging.counting import counts_epochs, in_epochs
from logdoc.judging.denials import withhold_denied
from logdoc.judging.failures import failures
from logdoc.judging.mapping import require_roles
from logdoc.judging.maps import heat_maps
from logdoc.judging.pairs import undecided
from logdoc.judging.suggesting import suggested
from logdoc.judging.verdict import BEFORE, GAME, LOGGING, SIDE, decide, fired, headline
from logdoc.model import (
    Cause,
    Curve,
    Finding,
    Possibility,
    Reading,
    Reason,
    Run,
    RunAnalysis,
    SilentRule,
)
from logdoc.resources import bundled
from logdoc.resources.store import remembered
from logdoc.signals.decimate import decimate
from logdoc.vocabulary.loading import load_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.engine import Influence
    from logdoc.model import Defect, Fact, Remedy, Signal
    from logdoc.vocabulary.names import Names

_ALWAYS_DRAWN = ("train.loss", "val.loss", "train.accuracy", "val.accuracy", "train.lr")
_CURVE_POINTS = 300


@dataclasses.dataclass(frozen=True)
class Judge:
    """The rule base and the user's wishes; the same for every run of an analysis.

    Attributes:
        given: facts that the user states and no log can overrule.
        answered: cause -> what answers in an interview say about it.
    """

    rules: RuleSet
    network: Network
    overrides: Mapping[str, float]
    mapping: Mapping[str, str]
    names: Names
    given: Mapping[str, Fact] = dataclasses.field(default_factory=dict)
    bands: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    answered: Mapping[str, tuple[Influence, ...]] = dataclasses.field(default_factory=dict)

    @cached_property
    def logging_rules(self) -> frozenset[str]:
        """Ids of the rules that speak about the log, not about training."""
        return frozenset(r.rule.id for r in self.rules.rules if LOGGING in r.rule.tags)

    @cached_property
    def severities(self) -> Mapping[str, str]:
        """What each rule weighs, by its id."""
        return {r.rule.id: r.rule.severity for r in self.rules.rules}

    @cached_property
    def side_rules(self) -> frozenset[str]:
        """Ids of the rules about the program, the machine and single values, whose silence says nothing of training."""
        return frozenset(r.rule.id for r in self.rules.rules if set(SIDE) & set(r.rule.tags))

    @cached_property
    def early_rules(self) -> frozenset[str]:
        """Ids of the rules about what was checked before a training."""
        return frozenset(r.rule.id for r in self.rules.rules if BEFORE in r.rule.tags)

    @cached_property
    def game_rules(self) -> frozenset[str]:
        """Ids of the rules about the balance of the losses of a GAN."""
        return frozenset(r.rule.id for r in self.rules.rules if GAME in r.rule.tags)

    @cached_property
    def needs(self) -> Needs:
        """What the rules about groups ask of each run."""
        return needs_of(self.rules.rules, self.overrides)


def make_judge(
    rules: RuleSet, overrides: Mapping[str, float], mapping: Mapping[str, str], given: Mapping[str, Fact] | None = None
) -> Judge:
    """Return the judge for a rule base; `given` are facts that the user states and no log can overrule.

    Raises:
        ConfigError: `mapping` names what is no role.
    """
    require_roles(mapping, rules.registry)
    causes = tuple(
        CauseNode(c.cause.id, c.cause.prior, c.cause.explains, c.cause.against, tuple(c.cause.leads_to))
        for c in rules.causes
    )
    leaks = {r.rule.id: LEAKS[r.rule.severity] for r in rules.rules}
    return Judge(
        rules,
        Network(causes, leaks=leaks),
        overrides,
        mapping,
        load_names().with_roles(rules.registry.roles.values()),
        given or {},
        healthy_bands(rules.rules),
    )


def read_names(run: Run, mapping: Mapping[str, str]) -> Reading:
    """Return how the names of a run are understood, by the bundled tables and vocabulary.

    Raises:
        ConfigError: `mapping` names what is no role.
    """
    registry = remembered_rules().registry
    require_roles(mapping, registry)
    return understand(run, load_names().with_roles(registry.roles.values()), mapping)


def prepare(run: Run, judge: Judge) -> EngineInput:
    """Name the series of a run and gather its facts, those of its program's text among them."""
    reading = understand(run, judge.names, judge.mapping)
    names, program = judge.names, program_of(run)
    settings = () if program is None else program.settings
    facts = gather_facts(run, reading, names.config, names.tasks, names.weights, names.passes, settings)
    of_program = {} if program is None else program.facts
    known = {**facts, **learner_of(run, facts, names.learners), **of_program, **judge.given}
    seen = EngineInput(reading, known)
    concluded = conclude(judge.rules.contexts, seen)
    learner, task = (fact.value if (fact := concluded.get(name)) else None for name in (LEARNER, "meta.task"))
    never = judge.rules.registry.never_logged(learner, task)
    return dataclasses.replace(seen, facts=concluded, never=never)


def judge_run(run: Run, seen: EngineInput, judge: Judge) -> RunAnalysis:
    """Judge one run."""
    findings = evaluate(judge.rules.rules, seen, judge.overrides, evidence=False)
    causes, possible, findings = _diagnose(findings, seen, judge)
    findings = withhold_denied(findings)
    verdict, missing = decide(
        run, findings, seen.facts, judge.logging_rules, judge.side_rules, judge.early_rules, judge.game_rules
    )
    shown = [f for f in fired(findings) if f.id not in judge.logging_rules]
    advice = [f for f in fired(findings) if f.id in judge.logging_rules]
    errors = [f for f in findings if f.status == "error"]
    suggestions = suggested(findings, judge)
    program = program_of(run)
    parts, next_to_log = _of_parts(findings, judge), suggestions[0].line if suggestions else ""
    analysis = RunAnalysis(
        id=run.id,
        format=run.format,
        sources=run.sources,
        steps=run.step_range,
        verdict=verdict,
        headline=headline(verdict, missing, findings, causes, judge.logging_rules, parts, possible, next_to_log),
        context={name.removeprefix("meta."): fact for name, fact in facts_of(seen).items()},
        config=settings_with_program(run, seen.facts),
        names={name: role for name, (role, _) in seen.reading.names.items()},
        findings=(*shown, *errors, *advice),
        causes=causes,
        possible=possible,
        not_judged=_listed(findings, "not-judged"),
        not_applicable=_listed(findings, "not-applicable"),
        clear=_listed(findings, "clear"),
        suggestions=suggestions,
        defects=(*run.defects, *(() if program is None else program.notes), *failures(run, seen)),
        curves=_curves(run, seen.reading, findings),
        maps=heat_maps(seen.reading, shown, judge.bands),
    )
    return in_epochs(analysis) if counts_epochs(run) else analysis


def network_statuses(findings: Sequence[Finding], judge: Judge) -> dict[str, str]:
    """Return what the network hears of each finding: its verdict, except that a finding at info about one term of a
    loss whose total is fine says nothing.
    """
    parts = _of_parts(findings, judge)
    return {f.id: f.status for f in findings if f.id not in parts}


def _of_parts(findings: Sequence[Finding], judge: Judge) -> frozenset[str]:
    """Ids of the findings at info about one term or metric, where the whole is fine and the rule weighs more."""
    return frozenset(
        f.id for f in findings if f.status == "fires" and f.severity == "info" and judge.severities.get(f.id) != "info"
    )


def _diagnose(
    findings: tuple[Finding, ...], seen: EngineInput, judge: Judge
) -> tuple[tuple[Cause, ...], tuple[Possibility, ...], tuple[Finding, ...]]:
    """Rank the causes, list what else is possible, and tell every finding which cause explains it."""
    statuses = network_statuses(findings, judge)
    onsets = {f.id: f.window[0] if f.window else None for f in findings if f.status == "fires"}
    by_id = {f.id: f for f in findings}
    weighed = weighed_causes(by_id, seen, judge)
    factors = {cause_id: factor for cause_id, (factor, _) in weighed.items()}
    files = {c.cause.id: c for c in judge.rules.causes}
    serious = {f.id for f in findings if f.status == "fires" and f.severity != "info" and f.id in statuses}
    beliefs = Beliefs(judge.network, statuses, factors)
    ranked = rank(judge.network, statuses, onsets, factors, serious, beliefs=beliefs)
    # From probable to improbable, whether a cause explains a fault or notes only: in another order the numbers are not
    # believed, and on the benchmark it ranks the injected cause no better.
    causes = tuple(
        filled_cause(
            r.probability,
            files[r.id],
            fill_cause(files[r.id], seen, by_id)[0],
            r.explains,
            _reasons(r.because, weighed[r.id][1]),
        )
        for r in ranked
    )
    owners = explained_by(judge.network, ranked, statuses)
    # Below the causes that are worth acting on: what else may explain the faults. Notes alone need no guesses.
    open_ = serious or {s for r in ranked for s in r.explains}
    left = possibilities(judge.network, statuses, [r.id for r in ranked], open_, factors, beliefs=beliefs)
    possible = tuple(Possibility(name, files[name].cause.title, round(told(p), 4)) for name, p in left)
    pair = undecided([(c.id, c.probability) for c in causes] + [(p.id, p.probability) for p in possible])
    if pair is not None:
        causes = (dataclasses.replace(causes[0], verify=pair[2]), *causes[1:]) if causes else causes
    return causes, possible, tuple(_with_record(f, owners.get(f.id)) for f in findings)


def weighed_causes(
    findings: Mapping[str, Finding], seen: EngineInput, judge: Judge
) -> dict[str, tuple[float, tuple[Influence, ...]]]:
    """Return for every cause the factor on its prior odds, and the conditions and answers behind it.

    Args:
        findings: by their ids.
        seen: the run.
        judge: whose causes are weighed.
    """
    made = {}
    for cause in judge.rules.causes:
        factor, influences = weigh_cause(cause, seen, findings)
        said = judge.answered.get(cause.cause.id, ())
        made[cause.cause.id] = (factor * math.prod(one.factor for one in said), (*influences, *said))
    return made


def _reasons(of_findings: Sequence[Reason], influences: Sequence[Influence]) -> tuple[Reason, ...]:
    """Return what moved a cause, the strongest first.

    A factor on the prior odds moves the posterior odds by as much.
    """
    of_context = [
        Reason(
            "program" if one.of_program else "answer" if one.answered else "context",
            round(math.log(one.factor), 2),
            one.says,
        )
        for one in influences
        if one.factor != 1
    ]
    return tuple(sorted([*of_findings, *of_context], key=lambda r: (-abs(r.weight), r.finding, r.about)))


def _with_record(finding: Finding, owner: str | None) -> Finding:
    """Add to a finding that fires what explains it and, for faults, how often its rule was right on the benchmark."""
    if finding.status != "fires":
        return finding
    record = _measured().get(finding.id) if finding.severity != "info" else None
    return dataclasses.replace(finding, explained_by=owner, measured=record)


@lru_cache(maxsize=1)
def _measured() -> Mapping[str, tuple[int, int]]:
    """Return what ``rules/_measured/findings.yaml`` holds: rule -> (right, of)."""
    return remembered("measured", [bundled("rules")], read_measured)


def read_measured() -> Mapping[str, tuple[int, int]]:
    """Read how often each rule was right on the benchmark, from its file."""
    from logdoc.documents import load_yaml

    file = bundled("rules") / "_measured" / "findings.yaml"
    data = load_yaml(file.read_text(encoding="utf-8"), where="rules/_measured/findings.yaml").data["measured"]
    return {name: (int(record["right"]), int(record["of"])) for name, record in data.items()}


def filled_cause(
    probability: float,
    file: CompiledCause,
    remedies: tuple[Remedy, ...],
    explains: tuple[str, ...] = (),
    because: tuple[Reason, ...] = (),
) -> Cause:
    """Return a cause as reports show it, given its posterior."""
    return Cause(
        id=file.cause.id,
        title=file.cause.title,
        probability=round(told(probability), 4),
        explains=explains,
        because=because,
        remedies=remedies,
        verify=file.cause.verify,
        refute=file.cause.refute,
        sources=file.citations,
    )


def _listed(findings: Sequence[Finding], status: str) -> tuple[SilentRule, ...]:
    return tuple(
        SilentRule(f.id, f.title, "" if status == "clear" else f.evidence, f.log)
        for f in findings
        if f.status == status
    )


def _curves(run: Run, reading: Reading, findings: Sequence[Finding]) -> tuple[Curve, ...]:
    """The curves that the report draws: the main ones, and those of the findings; decimated so that no
    extreme is lost.
    """
    by_name: dict[str, Signal] = {}
    for signal in [*reading.one.values(), *(s for mine in reading.each.values() for s in mine.values())]:
        by_name.setdefault(signal.series.name, signal)
    wanted = [reading.one[role].series.name for role in _ALWAYS_DRAWN if role in reading.one]
    wanted += [name for f in findings if f.status == "fires" for chart in f.charts for name in chart.series]
    made = []
    for name in dict.fromkeys(wanted):
        known = by_name.get(name)
        if known is not None and len(known.series):
            made.append(curve_of(known))
    return tuple(made)


def curve_of(signal: Signal) -> Curve:
    """Return a signal's curve for drawing, decimated so that no extreme is lost."""
    thin = decimate(signal.series, _CURVE_POINTS)
    return Curve(
        signal.series.name,
        signal.role,
        signal.series.axis,
        tuple(thin.steps.tolist()),
        tuple(thin.values.tolist()),
        len(signal.series),
    )


def facts_of(seen: EngineInput) -> dict[str, Fact]:
    """Return the facts about the run itself and its program, without those about its log, for `logdoc inspect`."""
    return {name: fact for name, fact in seen.facts.items() if name.startswith(("meta.", "code."))}


def stray(items: Sequence[Run | Defect]) -> tuple[list[Run], list[Defect]]:
    """Split what the readers yield into runs and defects of files that belong to no run."""
    return [i for i in items if isinstance(i, Run)], [i for i in items if not isinstance(i, Run)]
