"""For GitLab: a Code Quality report, a JSON array of what counts.

Its fields are those of GitLab's documentation ("Code Quality report format"); there is no published schema. A log has
no meaningful line, so all stand in the first one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from logdoc.report.escape import show
from logdoc.report.places import place_of, placed, unjudged

if TYPE_CHECKING:
    from logdoc.model import Analysis

_SEVERITIES = {"error": "critical", "warning": "major", "info": "info"}


def code_quality(analysis: Analysis) -> str:
    """Return the findings that count, and the runs that could not be judged, as a Code Quality report."""
    rows = [
        _row(
            f"{one.owner}: {one.message}", one.finding.id, one.fingerprint, _SEVERITIES[one.finding.severity], one.path
        )
        for one in placed(analysis)
        if one.finding.counts
    ]
    rows += [
        _row(f"{show(run.id)}: {show(run.headline, cap=1500)}", run.verdict, f"{run.verdict}:{run.id}", "minor", place)
        for run in unjudged(analysis)
        if (place := place_of(run))
    ]
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def _row(description: str, name: str, print_: str, severity: str, path: str) -> dict[str, object]:
    return {
        "description": description,
        "check_name": name,
        "fingerprint": show(print_),
        "severity": severity,
        "location": {"path": path, "lines": {"begin": 1}},
    }
