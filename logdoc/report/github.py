"""For GitHub: annotations as workflow commands on standard output, and the summary of a job as Markdown.

Limits as GitHub documents them: 10 errors, 10 warnings and 10 notices a step, 1 MiB of summary a step; what is over
them is dropped without a word, so that is counted here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.report.escape import show
from logdoc.report.markdown import render_markdown
from logdoc.report.places import Placed, placed, unjudged
from logdoc.report.wording import settled_text, summary

if TYPE_CHECKING:
    from logdoc.model import Analysis

_MOST = 10
SUMMARY_LIMIT = 900_000  # characters; most of them are one byte, and the limit is 1,048,576 bytes


def workflow_commands(analysis: Analysis) -> str:
    """Return a workflow command a finding that counts, errors first, at most ten of each kind; findings at info are
    only counted. The last line sums up.
    """
    counted = [one for one in placed(analysis) if one.finding.counts]
    errors = [_finding(one) for one in counted if one.finding.severity == "error"]
    warnings = [_finding(one) for one in counted if one.finding.severity == "warning"]
    warnings += [
        _command("warning", f"{show(run.id)}: {run.verdict}", show(run.headline, cap=1500))
        for run in unjudged(analysis)
    ]
    more = max(0, len(errors) - _MOST) + max(0, len(warnings) - _MOST)
    told = [summary(analysis), settled_text(analysis)]
    if more:
        told.append(f"{more} more annotation{'s' if more != 1 else ''} than a step may have; the report has them all.")
    last = _command("notice", "logdoc", " ".join(part for part in told if part))
    return "\n".join([*errors[:_MOST], *warnings[:_MOST], last]) + "\n"


def job_summary(analysis: Analysis) -> str:
    """Return the report as Markdown for ``$GITHUB_STEP_SUMMARY``, under its limit."""
    return render_markdown(analysis, limit=SUMMARY_LIMIT)


def _finding(one: Placed) -> str:
    return _command(one.finding.severity, f"{one.owner}: {one.finding.id}", one.message)


def _command(kind: str, title: str, message: str) -> str:
    """Return one workflow command; its text can neither end it nor begin another."""
    return f"::{kind} title={_escaped(title).replace(':', '%3A').replace(',', '%2C')}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
