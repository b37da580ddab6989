"""Runs that must be healthy: what a test says when they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.errors import ConfigError, LogdocError, suggest
from logdoc.model.words import SEVERITIES, likelihood, percent, verdict_word
from logdoc.report.escape import show
from logdoc.report.wording import worst_first

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from logdoc import model
    from logdoc.model import Finding, RunAnalysis

_MOST_RUNS = 5
_MOST_FINDINGS = 5
_UNJUDGED = ("undecidable", "unreadable", "incomplete", "running")


class UnhealthyError(LogdocError, AssertionError):
    """Runs that should be healthy are not.

    Attributes:
        runs: those that failed.
    """

    def __init__(self, message: str, runs: Sequence[RunAnalysis] = ()) -> None:
        self.runs = tuple(runs)
        super().__init__(message)


def assert_healthy(
    analysis: model.Analysis, *, fail_on: str = "warning", allow: Collection[str] = (), allow_undecided: bool = False
) -> None:
    """Fail unless every run is healthy; `logdoc.Analysis.assert_healthy` tells of the arguments.

    Raises:
        UnhealthyError: a run is not, or there is none.
        ConfigError: `fail_on` is no severity, or `allow` names no rule.
    """
    severities = [str(one) for one in SEVERITIES]
    if fail_on not in severities:
        raise ConfigError(f"fail_on={fail_on!r} is no severity", hint=f"Known are {', '.join(severities)}.")
    failing = frozenset(severities[: severities.index(fail_on) + 1])
    allowed = frozenset([allow] if isinstance(allow, str) else allow)
    _require_rules(analysis, allowed)
    if not analysis.runs:
        what = "; ".join(f"{show(d.source)}: {show(d.what)}" for d in analysis.defects[:3])
        raise UnhealthyError(f"there is no run to judge{f' ({what})' if what else ''}")
    told: list[str] = []
    failed: list[RunAnalysis] = []
    for run in worst_first(analysis.runs):
        found = [f for f in run.findings if f.counts and f.severity in failing and f.id not in allowed]
        unjudged = run.verdict in _UNJUDGED and not (allow_undecided and run.verdict == "undecidable")
        if found or unjudged:
            failed.append(run)
            told.append(_about(run, found))
    for group in analysis.groups:
        found = [f for f in group.findings if f.counts and f.severity in failing and f.id not in allowed]
        told.extend(f"the runs {', '.join(map(show, group.runs))} together\n{_finding(f)}" for f in found)
    if not told:
        return
    more = f"\nand {len(told) - _MOST_RUNS} more" if len(told) > _MOST_RUNS else ""
    count = f"{len(failed)} of {len(analysis.runs)} runs are" if len(analysis.runs) > 1 else "the run is"
    raise UnhealthyError(
        f"{count} not healthy\n" + "\n".join(told[:_MOST_RUNS]) + more + _way_out(failed, failing, allowed), failed
    )


def _require_rules(analysis: model.Analysis, allowed: Collection[str]) -> None:
    known = {f.id for run in analysis.runs for f in run.findings} | {f.id for g in analysis.groups for f in g.findings}
    known |= {r.id for run in analysis.runs for r in (*run.clear, *run.not_judged, *run.not_applicable)}
    for name in allowed:
        if known and name not in known and suggest(name, known):
            raise ConfigError(f"allow names no rule that was judged: {name!r}", hint=suggest(name, known))


def _about(run: RunAnalysis, found: Sequence[Finding]) -> str:
    lines = [f"{show(run.id)}: {verdict_word(run.verdict)}. {show(run.headline)}"]
    lines += [_finding(f) for f in found[:_MOST_FINDINGS]]
    if len(found) > _MOST_FINDINGS:
        lines.append(f"  and {len(found) - _MOST_FINDINGS} more findings")
    causes = [cause for cause in run.causes if any(f.id in cause.explains for f in found)]
    if causes:
        first = causes[0]
        lines.append(f"  cause: {show(first.title)} ({percent(first.probability)}, {likelihood(first.probability)})")
        lines += [f"  first: {show(remedy.do)}" for remedy in first.remedies[:1]]
    return "\n".join(lines)


def _finding(finding: Finding) -> str:
    return f"  {finding.severity} [{finding.id}] {show(finding.title)}: {show(finding.evidence)}"


def _way_out(failed: Sequence[RunAnalysis], failing: Collection[str], allowed: Collection[str]) -> str:
    ids = {f.id for run in failed for f in run.findings if f.counts and f.severity in failing} - set(allowed)
    hints = []
    if ids:
        hints.append(f"expected here? allow={sorted(ids)[:3]!r}")
    if any(run.verdict == "undecidable" for run in failed):
        hints.append("too short to judge on purpose? allow_undecided=True")
    return "".join(f"\n{hint}" for hint in hints)
