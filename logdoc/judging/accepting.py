"""Which findings are already known: accepted by a person, with a reason and perhaps a last day, or in a baseline.

Such a finding stays in every report and says so, and the verdict of its run stays what it is; it only fails no
pipeline.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any, TypeVar

from logdoc.errors import ConfigError
from logdoc.model import Analysis, Finding, fingerprint, group_fingerprint
from logdoc.model.packed import PackedRun
from logdoc.report.escape import show

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator, Sequence

    from logdoc.model import Group, RunAnalysis


BASELINE = "logdoc-baseline/1"
Told = TypeVar("Told", bound=Analysis)


@dataclasses.dataclass(frozen=True, slots=True)
class Acceptance:
    """A finding that a person accepts.

    Attributes:
        fingerprint: of the finding (`logdoc.model.fingerprint`).
        run: the id of its run or group, for people who read the entry.
        rule: the id of its rule, likewise.
        because: the reason.
        until: the last day on which it holds, or None.
    """

    fingerprint: str
    run: str
    rule: str
    because: str
    until: datetime.date | None = None

    def told(self) -> str:
        """Return the reason as reports show it."""
        return f"{self.because} (until {self.until.isoformat()})" if self.until else self.because


def mark(
    analysis: Told, acceptances: Sequence[Acceptance], baseline: frozenset[str], today: datetime.date
) -> tuple[Told, tuple[str, ...]]:
    """Return the analysis with every finding marked that is accepted or in the baseline, and notes about
    acceptances that are over or no longer needed.

    Args:
        analysis: as judged.
        acceptances: what a person accepts.
        baseline: the fingerprints that were there before.
        today: acceptances whose last day is before it no longer hold.
    """
    if not acceptances and not baseline:
        return analysis, ()
    valid = {one.fingerprint: one for one in acceptances if one.until is None or one.until >= today}

    def marked(finding: Finding, print_: str) -> Finding:
        one = valid.get(print_)
        return dataclasses.replace(finding, accepted=one.told() if one else "", known=print_ in baseline)

    found = {print_ for _, finding, print_ in firing(analysis)}
    judged = {show(run.id) for run in analysis.runs} | {group.id for group in analysis.groups}
    notes = []
    for one in acceptances:
        if one.fingerprint in found and one.fingerprint not in valid:
            notes.append(f"{one.run}: {one.rule} was accepted until {one.until}, and is found again")
        elif one.fingerprint not in found and one.run in judged:
            notes.append(f"{one.run}: {one.rule} is accepted and no longer found; the entry can go")
    return _with_findings(analysis, marked), tuple(notes)


def firing(analysis: Analysis) -> Iterator[tuple[str, Finding, str]]:
    """Yield (id of the run or group, finding, fingerprint) for every finding that fires."""
    for run in analysis.runs:
        yield from ((run.id, f, fingerprint(show(run.id), f, run.curves)) for f in run.findings if f.status == "fires")
    for group in analysis.groups:
        yield from ((group.id, f, group_fingerprint(group, f)) for f in group.findings if f.status == "fires")


def _with_findings(analysis: Told, marked: Callable[[Finding, str], Finding]) -> Told:
    def in_run(run: RunAnalysis) -> tuple[Finding, ...]:
        curves, name = run.curves, show(run.id)  # as a saved report has it
        return tuple(marked(f, fingerprint(name, f, curves)) if f.status == "fires" else f for f in run.findings)

    def in_group(group: Group) -> tuple[Finding, ...]:
        return tuple(marked(f, group_fingerprint(group, f)) if f.status == "fires" else f for f in group.findings)

    return dataclasses.replace(
        analysis,
        runs=tuple(_replaced(run, in_run(run)) for run in analysis.runs),
        groups=tuple(dataclasses.replace(group, findings=in_group(group)) for group in analysis.groups),
    )


def _replaced(run: RunAnalysis, findings: tuple[Finding, ...]) -> RunAnalysis:
    if findings == run.findings:
        return run
    return run.finding(findings) if isinstance(run, PackedRun) else dataclasses.replace(run, findings=findings)


def accepted(analysis: Analysis, run: str, rule: str, because: str, until: datetime.date | None = None) -> Acceptance:
    """Return the acceptance of one finding of an analysis.

    Args:
        analysis: where it is found.
        run: the id of its run or group.
        rule: the id of its rule.
        because: the reason.
        until: the last day on which the acceptance holds.

    Raises:
        ConfigError: there is no such run or finding, or no reason.
    """
    from logdoc.errors import suggest

    if not because.strip():
        raise ConfigError("an acceptance needs a reason", where="--because")
    owners = [*(r.id for r in analysis.runs), *(g.id for g in analysis.groups)]
    if run not in owners:
        known = f"There are {', '.join(owners[:5])}." if owners else "It holds no run."
        raise ConfigError(f"the report has no run '{run}'", hint=suggest(run, owners) or known)
    found = {finding.id: print_ for owner, finding, print_ in firing(analysis) if owner == run}
    if rule not in found:
        raise ConfigError(
            f"the run '{run}' has no finding '{rule}'",
            hint=suggest(rule, found) or (f"It has {', '.join(found)}." if found else "It has none."),
        )
    return Acceptance(found[rule], run, rule, because.strip(), until)


def baseline_of(analysis: Analysis) -> str:
    """Return a baseline file: every finding of an analysis that nobody accepted, as JSON in the schema
    ``logdoc-baseline/1``.
    """
    rows = [
        {"fingerprint": print_, "run": owner, "rule": finding.id, "severity": finding.severity}
        for owner, finding, print_ in firing(analysis)
        if not finding.accepted
    ]
    return json.dumps({"schema": BASELINE, "findings": rows}, indent=1, ensure_ascii=True) + "\n"


def load_baseline(text: str, where: str) -> frozenset[str]:
    """Return the fingerprints of a baseline file.

    Raises:
        ConfigError: it is none.
    """
    hint = "Make one with --write-baseline."
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"this is not JSON: {error}", where=where, hint=hint) from None
    if not isinstance(data, dict) or data.get("schema") != BASELINE or not isinstance(data.get("findings"), list):
        raise ConfigError(f"this is not a baseline in the schema {BASELINE}", where=where, hint=hint)
    prints = [row.get("fingerprint") for row in data["findings"] if isinstance(row, dict)]
    known = frozenset(one for one in prints if isinstance(one, str))
    if len(prints) != len(data["findings"]) or not all(isinstance(one, str) for one in prints):
        raise ConfigError("a finding of the baseline has no fingerprint", where=where, hint=hint)
    return known
