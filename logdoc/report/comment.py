"""One comment of a pull request: the Markdown report behind a hidden marker by which it is found again and renewed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.report.markdown import LIMIT, render_markdown

if TYPE_CHECKING:
    from logdoc.model import Analysis


def comment(analysis: Analysis, name: str = "default") -> str:
    """Return the Markdown report with the marker as its first line.

    Args:
        analysis: what to tell.
        name: tells the comments of several jobs apart; only letters, digits, dots, dashes and underscores of it stay.
    """
    plain = re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-")[:60] or "default"
    marker = f"<!-- logdoc:{plain} -->"
    return f"{marker}\n{render_markdown(analysis, limit=LIMIT - len(marker) - 1)}"


def counted(analysis: Analysis) -> dict[str, str]:
    """Return what a pipeline asks for: how many findings count at warning or error, and the worst severity of all."""
    findings = [f for run in analysis.runs for f in run.findings] + [f for g in analysis.groups for f in g.findings]
    severities = [f.severity for f in findings if f.counts]
    worst = next((s for s in ("error", "warning", "info") if s in severities), "none")
    return {"findings-count": str(sum(s != "info" for s in severities)), "max-severity": worst}
