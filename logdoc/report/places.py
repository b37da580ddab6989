"""What every form for a pipeline needs: the findings that fire with where they belong, worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from logdoc.model import Analysis, Finding, fingerprint, group_fingerprint
from logdoc.model.words import SEVERITIES, percent
from logdoc.report.escape import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import RunAnalysis


class Placed(NamedTuple):
    """One finding that fires, and where it belongs.

    Attributes:
        owner: the id of its run or group, harmless.
        path: the log below the path that was analysed, with forward slashes, as far as it is known.
        fingerprint: stays the same when the run is trained again (`logdoc.model.fingerprint`).
        cause: the most probable cause that explains it, with its probability; empty without one.
    """

    owner: str
    path: str
    finding: Finding
    fingerprint: str
    cause: str

    @property
    def message(self) -> str:
        """What was found and why, in one line."""
        parts = (f"{show(self.finding.title).rstrip('.')}.", show(self.finding.evidence, cap=1500), self.cause)
        return " ".join(part for part in parts if part)


def placed(analysis: Analysis) -> list[Placed]:
    """Return every finding that fires, errors first; findings of one severity keep the order of their runs."""
    made = [
        Placed(show(run.id), place_of(run), f, fingerprint(show(run.id), f, run.curves), _cause(run, f))
        for run in analysis.runs
        for f in run.findings
        if f.status == "fires"
    ]
    made += [
        Placed(show(group.id), show(group.id), f, group_fingerprint(group, f), "")
        for group in analysis.groups
        for f in group.findings
        if f.status == "fires"
    ]
    return sorted(made, key=lambda one: SEVERITIES.index(one.finding.severity))


def place_of(run: RunAnalysis) -> str:
    """Return the log of a run as a path below what was analysed: its first file, below its folder if it is one."""
    if not run.sources:
        return show(run.id)
    source = run.sources[0].replace("\\", "/").lstrip("/")
    inside = source == run.id or source.startswith(f"{run.id}/") or run.id.endswith(f"/{source}")
    return show(run.id if run.id.endswith(f"/{source}") else source if inside else f"{run.id}/{source}")


def unjudged(analysis: Analysis) -> Sequence[RunAnalysis]:
    """Return the runs about which nothing could be said, or not everything."""
    return [run for run in analysis.runs if run.verdict in ("undecidable", "unreadable", "incomplete", "running")]


def _cause(run: RunAnalysis, finding: Finding) -> str:
    cause = next((c for c in run.causes if c.id == finding.explained_by), None)
    if cause is None:
        return ""
    return f"Most probable cause: {show(cause.title).rstrip('.')} ({percent(cause.probability)})."
