"""The shortest faithful text: verdict, causes, evidence, what to do, what would settle it. For programs that read
English and pay by the token.

Nothing is left out in silence: what is not told is counted. Findings at info are named by id alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.model.words import percent
from logdoc.report.escape import show
from logdoc.report.together import together
from logdoc.report.wording import settled_word, summary, worst_first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Analysis, Cause, Finding, RunAnalysis
    from logdoc.report.together import Together

_CAUSES = 3
_REMEDIES = 2
_LAYERS = 6
_EVIDENCE = 420  # characters
_DEFECTS = 3
_MEMBERS = 10


def agent_text(analysis: Analysis) -> str:
    """Return every run in the fewest words that keep its numbers."""
    return "\n".join(agent_lines(analysis)) + "\n"


def agent_lines(analysis: Analysis) -> list[str]:
    """Return the lines of `agent_text`, worst run first."""
    runs = worst_first(analysis.runs)
    lines = [summary(analysis)] if len(runs) != 1 else []
    for run in runs:
        lines += run_lines(run, alone=len(runs) == 1)
    by_id = {run.id: run for run in runs} if analysis.groups else {}
    for group in analysis.groups:
        lines += _together(together(group, by_id), group.runs)
        lines += [_finding(f) for f in group.findings]
    for defect in analysis.defects[:_DEFECTS]:
        lines.append(f"not judged {show(defect.source, cap=120)}: {show(defect.what, cap=200)}")
    if len(analysis.defects) > _DEFECTS:
        lines.append(f"and {len(analysis.defects) - _DEFECTS} more files that were not judged")
    return lines


def _together(group: Together, runs: Sequence[str]) -> list[str]:
    """Return what sets the runs of a group apart and where each ended; without that, which they are."""
    if not group.loss:
        return [f"together {', '.join(show(name, cap=80) for name in runs[:5])} ({len(runs)} runs)"]
    told = []
    for row in group.rows[:_MEMBERS]:
        settings = " ".join(f"{key}={value}" for key, value in zip(group.settings, row.settings, strict=True))
        told.append(f"{settings} {row.start}->{row.end}{f' ({row.note})' if row.note else ''}")
    more = f"; and {len(group.rows) - _MEMBERS} more" if len(group.rows) > _MEMBERS else ""
    return [f"together {len(runs)} runs, {group.loss} start->end: {'; '.join(told)}{more}"]


def run_lines(run: RunAnalysis, *, alone: bool = True) -> list[str]:
    """Return one run; a healthy one among several is one line."""
    span = f" steps {run.steps[0]}-{run.steps[1]}" if run.steps else ""
    lines = [f"run {show(run.id, cap=160)}: {run.verdict}{span}, {show(run.format)}"]
    firing = [f for f in run.findings if f.status == "fires"]
    faults = [f for f in firing if f.severity != "info"]
    if run.verdict in ("undecidable", "unreadable", "incomplete", "running"):
        lines.append(show(run.headline))
    if not faults and not alone:
        return lines
    for cause in run.causes[:_CAUSES]:
        lines += _cause(cause)
    if len(run.causes) > _CAUSES:
        lines.append("also " + ", ".join(f"{c.id} {percent(c.probability)}" for c in run.causes[_CAUSES:]))
    lines += [_finding(f) for f in faults]
    notes = [f.id for f in firing if f.severity == "info"]
    if notes:
        lines.append(f"notes {', '.join(notes)}")
    lines += [f"log next: {show(one.line)}" for one in run.suggestions[:1]]
    lost = [d for d in run.defects if d.lost]
    lines += [f"data lost {show(d.source, cap=120)}: {show(d.what, cap=200)}" for d in lost[:_DEFECTS]]
    failed = sum(f.status == "error" for f in run.findings)
    counted = f"{len(run.clear)} checks clear, {len(run.not_judged)} not judged"
    lines.append(counted + (f", {failed} failed" if failed else ""))
    return lines


def _cause(cause: Cause) -> list[str]:
    explains = f" explains {', '.join(cause.explains)}" if cause.explains else ""
    lines = [f"cause {cause.id} {percent(cause.probability)}: {show(cause.title)};{explains}".rstrip(";")]
    lines += [f"code {show(place)}" for place in cause.in_program]
    lines += [f"do {show(remedy.do, cap=300)}" for remedy in cause.remedies[:_REMEDIES]]
    if cause.verify:
        lines.append(f"test {show(cause.verify, cap=300)}")
    return lines


def _finding(finding: Finding) -> str:
    span = f" @{finding.window[0]}-{finding.window[1]}" if finding.window else ""
    told = show(finding.evidence, cap=_EVIDENCE)
    layers = _layers([name for name in finding.layers if show(name) not in told])
    settled = f" ({settled_word(finding)})" if settled_word(finding) else ""
    return f"{finding.severity} {finding.id}{span}: {told}{layers}{settled}"


def _layers(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _LAYERS} more" if len(names) > _LAYERS else ""
    return f" [{', '.join(show(name, cap=80) for name in names[:_LAYERS])}{more}]"
