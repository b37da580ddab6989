"""What is written about one run, the same for every place."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from logdoc.model.words import percent, verdict_word
from logdoc.report.agent import run_lines
from logdoc.report.escape import show, slug
from logdoc.report.jsonform import to_json
from logdoc.report.markdown import render_markdown

if TYPE_CHECKING:
    from logdoc.model import Analysis, RunAnalysis

_MOST_OF_A_TAG = 500  # characters; MLflow takes 8,000


@dataclasses.dataclass(frozen=True, slots=True)
class Card:
    """What is written about one run.

    Attributes:
        run: its id in the report.
        name: a name for folders and files.
        step: the last step that it logged.
        tags: short texts by name: verdict, headline, the first cause, findings, versions.
        summary: a few lines of plain text.
        markdown, json: the whole report of this run.
    """

    run: str
    name: str
    step: int
    tags: dict[str, str]
    summary: str
    markdown: str
    json: str


def card_of(analysis: Analysis, run: RunAnalysis) -> Card:
    """Return what is written about one run of an analysis."""
    alone = dataclasses.replace(analysis, runs=(run,), groups=(), defects=())
    firing = [f for f in run.findings if f.status == "fires" and f.severity != "info"]
    tags = {
        "verdict": verdict_word(run.verdict),
        "headline": run.headline,
        "findings": ", ".join(f.id for f in firing) or "none",
        "version": analysis.version,
        "ruleset": analysis.ruleset,
    }
    if run.causes:
        tags["cause"] = run.causes[0].id
        tags["probability"] = percent(run.causes[0].probability)
        tags["first"] = run.causes[0].remedies[0].do if run.causes[0].remedies else ""
    return Card(
        show(run.id),
        slug(run.id),
        run.steps[1] if run.steps else 0,
        {name: show(text, cap=_MOST_OF_A_TAG) for name, text in tags.items() if text},
        "\n".join(run_lines(run)),
        render_markdown(alone),
        to_json(alone),
    )
