"""Comparisons for pipelines and programs: what the candidate has and its baseline has not is new, what both have is
known, as a report beside a file of known findings tells it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from logdoc.model import Analysis
from logdoc.report.agent import run_lines
from logdoc.report.codequality import code_quality
from logdoc.report.comparison import (
    SCHEMA,
    WORDS,
    comparison_document,
    comparison_markdown,
    errors_of_its_own,
    settings,
    told,
)
from logdoc.report.escape import show
from logdoc.report.github import SUMMARY_LIMIT, workflow_commands
from logdoc.report.jsonform import clean
from logdoc.report.junit import junit
from logdoc.report.sarif import sarif
from logdoc.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Comparison, RunAnalysis

_CURVES = ("curves", "maps")  # nine tenths of a document; the other forms draw them


def as_analysis(comparisons: Sequence[Comparison]) -> Analysis:
    """Return the candidates as an analysis: first what the rules about pairs found, then what is new; what the baseline
    has as well is marked as known. The headline says how it compares.
    """
    return Analysis(__version__, tuple(map(_candidate, comparisons)))


def _candidate(one: Comparison) -> RunAnalysis:
    new = {f.id for f in one.new}
    own = [f if f.id in new or f.status != "fires" else replace(f, known=True) for f in one.candidate.findings]
    headline = f"{WORDS[one.verdict].capitalize()} ({one.baseline.id}, {one.yardstick}). {one.candidate.headline}"
    return replace(one.candidate, findings=(*told(one), *own), headline=headline)


def comparison_jsonl(comparisons: Sequence[Comparison]) -> str:
    """Return a line of JSON a comparison, without curves, between a first line and one that tells that it is whole."""
    rows: list[dict[str, Any]] = [
        {"kind": "comparisons", "schema": SCHEMA, "version": __version__, "left_out": list(_CURVES)}
    ]
    for one in comparisons:
        document = {key: value for key, value in comparison_document(one).items() if key not in _CURVES}
        for side in ("baseline", "candidate"):
            document[side] = {key: value for key, value in document[side].items() if key not in _CURVES}
        rows.append({"kind": "comparison", **document})
    rows.append({"kind": "end", "comparisons": len(comparisons)})
    return "".join(json.dumps(clean(row), ensure_ascii=False, allow_nan=False) + "\n" for row in rows)


def comparison_agent(comparisons: Sequence[Comparison]) -> str:
    """Return every comparison in the fewest words that keep its numbers, the candidate's findings with it."""
    lines: list[str] = []
    for one in comparisons:
        lines.append(f"compare {show(one.candidate.id)} with {show(one.baseline.id)}: {one.verdict}")
        lines.append(f"measured by {show(one.yardstick, cap=300)}")
        lines += [f"{f.severity} {f.id}: {show(f.evidence, cap=420)}" for f in told(one)]
        lines += [show(text) for text in errors_of_its_own(one)]
        changes, more = settings(one)
        lines += [f"setting {key}: {old} -> {new}" for key, old, new in changes]
        lines += [f"and {more} more settings"] if more else []
        for word, findings in (("new", one.new), ("gone", one.gone)):
            lines += [f"{word} {', '.join(f.id for f in findings)}"] if findings else []
        for overlay in one.overlays:
            ends = [f"{curve.values[-1]:.4g}" for curve in (overlay.baseline, overlay.candidate)]
            lines.append(f"last {overlay.role}: {ends[0]} -> {ends[1]}")
        lines += run_lines(one.candidate)
    return "\n".join(lines) + "\n"


def comparison_junit(comparisons: Sequence[Comparison]) -> str:
    """Return the candidates as JUnit XML: what their baseline has not fails."""
    return junit(as_analysis(comparisons))


def comparison_sarif(comparisons: Sequence[Comparison]) -> str:
    """Return the candidates as SARIF: what their baseline has is unchanged, the rest new."""
    return sarif(as_analysis(comparisons))


def comparison_quality(comparisons: Sequence[Comparison]) -> str:
    """Return what the baselines have not as GitLab's Code Quality report."""
    return code_quality(as_analysis(comparisons))


def comparison_commands(comparisons: Sequence[Comparison]) -> str:
    """Return what the baselines have not as workflow commands of GitHub."""
    return workflow_commands(as_analysis(comparisons))


def comparison_summary(comparisons: Sequence[Comparison]) -> str:
    """Return the comparison as Markdown for ``$GITHUB_STEP_SUMMARY``, under its limit."""
    return comparison_markdown(comparisons, limit=SUMMARY_LIMIT)
