"""Runs the tests that rules carry: logs in a compact notation, and the verdict that must come of them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logdoc.engine.compiled import split_source
from logdoc.engine.contexts import conclude
from logdoc.engine.evaluate import evaluate, evaluate_group, evaluate_pair
from logdoc.engine.inputs import EngineInput
from logdoc.engine.kinds import is_unknown
from logdoc.engine.notation import parse_series
from logdoc.engine.remedies import weigh_cause
from logdoc.errors import ConfigError
from logdoc.model import Fact, Finding, Reading, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from logdoc.engine.compiled import CompiledCause, CompiledContext, CompiledRule
    from logdoc.engine.schema import CauseTest, ContextTest, RuleTest, TestRun

UNKNOWN = re.compile(r"unknown\b")
TOLERANCE = 0.02  # relative, for expected values


@dataclass(frozen=True, slots=True)
class TestResult:
    """How one test of a rule went; `problems` is empty when it passed."""

    rule: str
    name: str
    verdict: str
    problems: tuple[str, ...]
    __test__ = False

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.problems


def run_tests(rules: Sequence[CompiledRule]) -> tuple[TestResult, ...]:
    """Run every test of every rule."""
    return tuple(run_test(rule, test) for rule in rules for test in rule.rule.tests)


def run_test(rule: CompiledRule, test: RuleTest) -> TestResult:
    """Run one test."""
    try:
        finding = _finding(rule, test)
    except (ValueError, KeyError, ConfigError) as error:
        return TestResult(rule.rule.id, test.name, "error", (f"the test cannot be read: {error}",))
    return TestResult(rule.rule.id, test.name, finding.status, tuple(_problems(finding, test)))


def run_context_tests(contexts: Sequence[CompiledContext]) -> tuple[TestResult, ...]:
    """Run every test of every context."""
    return tuple(_context_test(context, test) for context in contexts for test in context.context.tests)


def _context_test(context: CompiledContext, test: ContextTest) -> TestResult:
    try:
        fact = conclude([context], make_input(test)).get(context.context.fact)
    except ValueError as error:
        return TestResult(context.context.id, test.name, "error", (f"the test cannot be read: {error}",))
    value, why = (None, "") if fact is None else (fact.value, fact.why)
    problems = []
    if not _close(value, test.expect.value):
        problems.append(f"expected {test.expect.value}, got {value}: {why}")
    if test.expect.because_contains is not None and test.expect.because_contains not in why:
        problems.append(f"'{test.expect.because_contains}' is not in the reason: {why}")
    return TestResult(context.context.id, test.name, str(value), tuple(problems))


def run_cause_tests(causes: Sequence[CompiledCause]) -> tuple[TestResult, ...]:
    """Run every test of the conditions of causes."""
    return tuple(_cause_test(cause, test) for cause in causes for test in cause.cause.tests)


def _cause_test(cause: CompiledCause, test: CauseTest) -> TestResult:
    try:
        run = make_input(test)
    except ValueError as error:
        return TestResult(cause.cause.id, test.name, "error", (f"the test cannot be read: {error}",))
    shown = {f"code.{name}": Fact(text, "the test") for name, text in test.code.items()}
    run = EngineInput(run.reading, {**run.facts, **shown})
    findings = {name: Finding(name, "fires", "warning", values=values) for name, values in test.findings.items()}
    factor, influences = weigh_cause(cause, run, findings)
    reasons = "; ".join(one.says for one in influences)
    problems = []
    if not math.isclose(factor, test.expect.factor, rel_tol=TOLERANCE):
        problems.append(f"expected the odds times {test.expect.factor:g}, got {factor:g}: {reasons}")
    if test.expect.because_contains is not None and test.expect.because_contains not in reasons:
        problems.append(f"'{test.expect.because_contains}' is not in the reasons: {reasons}")
    return TestResult(cause.cause.id, test.name, f"odds times {factor:g}", tuple(problems))


def _finding(rule: CompiledRule, test: RuleTest) -> Finding:
    overrides = {f"{rule.rule.id}.{name}": value for name, value in test.params.items()}
    if rule.rule.scope == "pair":
        facts = {f"group.{name}": Fact(value) for name, value in test.group.items()}
        return evaluate_pair(
            [rule], make_input(test.runs["baseline"]), make_input(test.runs["candidate"]), facts, overrides
        )[0]
    if rule.rule.scope == "group":
        runs = {run_id: make_input(run) for run_id, run in test.runs.items()}
        facts = {f"group.{name}": Fact(value) for name, value in test.group.items()}
        return evaluate_group([rule], runs, facts, overrides)[0]
    return evaluate([rule], make_input(test), overrides)[0]


def make_input(test: TestRun) -> EngineInput:
    """Return the run that a test describes.

    Raises:
        ValueError: a series is not in the notation.
    """
    one: dict[str, Signal] = {}
    each: dict[str, dict[str, Signal]] = {}
    for source, notation in test.series.items():
        role, entity = split_source(source)
        signal = Signal(role, entity, parse_series(notation, source))
        if entity:
            each.setdefault(role, {})[entity] = signal
        else:
            one[role] = signal
    families: dict[str, Mapping[str, Any]] = {"meta": test.meta, "log": test.log, "said": test.said}
    facts = {f"{family}.{k}": Fact(v, "the test") for family, told in families.items() for k, v in told.items()}
    return EngineInput(Reading(one=one, each=each), facts)


def _problems(finding: Finding, test: RuleTest) -> Iterator[str]:
    expect = test.expect
    if finding.status != expect.verdict:
        values = ", ".join(
            f"{k} = {v:.4g}" if isinstance(v, float) else f"{k} = {v}" for k, v in finding.values.items()
        )
        yield f"expected {expect.verdict}, got {finding.status}: {finding.evidence} [{values}]"
        return
    if expect.severity is not None and finding.severity != expect.severity:
        yield f"expected severity {expect.severity}, got {finding.severity}: {finding.evidence}"
    for name, wanted in expect.values.items():
        got = finding.values.get(name)
        if name not in finding.values:
            yield f"there is no value '{name}'; there are {', '.join(finding.values) or 'none'}"
        elif not _close(got, wanted):
            yield f"expected {name} = {wanted}, got {got}"
    if expect.where is not None and sorted(finding.layers) != sorted(expect.where):
        yield f"expected it at {', '.join(expect.where)}, got {', '.join(finding.layers) or 'nowhere'}"
    if expect.missing is not None and sorted(finding.missing) != sorted(expect.missing):
        yield f"expected {', '.join(expect.missing)} to be missing, got {', '.join(finding.missing) or 'nothing'}"
    if expect.window is not None and (
        finding.window is None
        or any(not _close(float(g), w) for g, w in zip(finding.window, expect.window, strict=True))
    ):
        yield f"expected the window {expect.window}, got {finding.window}"
    if expect.message_contains is not None and expect.message_contains not in finding.evidence:
        yield f"'{expect.message_contains}' is not in the message: {finding.evidence}"
    # A placeholder whose value could not be computed; a reader learns nothing from it.
    if finding.status == "fires" and UNKNOWN.search(finding.evidence):
        yield f"the message says 'unknown' where a value is to stand: {finding.evidence}"


def _close(got: Any, wanted: Any) -> bool:
    if is_unknown(wanted) or is_unknown(got):
        return is_unknown(wanted) and is_unknown(got)
    if isinstance(wanted, int | float) and not isinstance(wanted, bool) and isinstance(got, int | float):
        return math.isclose(float(got), float(wanted), rel_tol=TOLERANCE, abs_tol=1e-12)
    return bool(got == wanted)


def expected_verdicts(rules: Sequence[CompiledRule]) -> Mapping[str, set[str]]:
    """Return, for every rule, the verdicts that its tests expect."""
    return {rule.rule.id: {test.expect.verdict for test in rule.rule.tests} for rule in rules}
