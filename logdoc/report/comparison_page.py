"""A comparison as one HTML page: both curves in one chart, what differs, what is new."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from logdoc.model import Chart
from logdoc.model.words import likelihood, percent, verdict_word
from logdoc.report.comparison import WORDS, errors_of_its_own, settings, told
from logdoc.report.curvebook import CurveBook
from logdoc.report.escape import show, slug
from logdoc.report.figures import Figures
from logdoc.report.html import render_page
from logdoc.report.page import finding_model
from logdoc.report.wording import role_words
from logdoc.report.wrapping import name_parts
from logdoc.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Comparison, Overlay

_BADGES = {"worse": "error", "better": "healthy", "same": "info", "unclear": "incomplete"}


def render_comparison(comparisons: Sequence[Comparison]) -> str:
    """Return the comparison as one self-contained HTML page. The same comparison gives the same bytes."""
    worse = sum(one.verdict == "worse" for one in comparisons)
    count = f"{len(comparisons)} run{'s' if len(comparisons) != 1 else ''} compared"
    whose = "its" if worse == 1 or len(comparisons) == 1 else "their"
    book = CurveBook()
    page = {
        "version": __version__,
        "summary": f"{count}: {worse} worse than {whose} baseline.",
        "comparisons": [_comparison(one, number, book) for number, one in enumerate(comparisons)],
    }
    return render_page("comparison.html.j2", {**page, "curves": book.text()})


def _comparison(one: Comparison, number: int, book: CurveBook) -> dict[str, Any]:
    anchor = f"{slug(one.candidate.id)}-{number}"
    changes, more = settings(one)
    drawn = [_overlay(one, overlay, book, anchor, f"{i}") for i, overlay in enumerate(one.overlays)]
    cause = one.candidate.causes[0] if one.verdict == "worse" and one.candidate.causes else None
    return {
        "anchor": anchor,
        "candidate": name_parts(show(one.candidate.id)),
        "baseline": name_parts(show(one.baseline.id)),
        "badge": _BADGES[one.verdict],
        "word": WORDS[one.verdict],
        "yardstick": show(one.yardstick, cap=500),
        "verdicts": (verdict_word(one.baseline.verdict), verdict_word(one.candidate.verdict)),
        "findings": [finding_model(replace(f, charts=()), Figures({}, book, anchor)) for f in told(one)],
        "errors": [show(text) for text in errors_of_its_own(one)],
        "charts": [chart for chart in drawn if chart["svg"]],
        "changes": changes,
        "more": more,
        "lists": [
            {
                "word": word,
                "rows": [
                    {
                        "word": f.severity,
                        "severity": f.severity,
                        "id": show(f.id),
                        "title": show(f.title),
                    }
                    for f in findings
                ],
            }
            for word, findings in (("New in the candidate", one.new), ("Gone", one.gone))
            if findings
        ],
        "cause": cause
        and {
            "title": show(cause.title),
            "percent": percent(cause.probability),
            "likelihood": likelihood(cause.probability),
            "remedies": [{"do": show(r.do), "effort": show(r.effort)} for r in cause.remedies],
        },
    }


def _overlay(one: Comparison, overlay: Overlay, book: CurveBook, anchor: str, name: str) -> dict[str, Any]:
    names = ("baseline", "candidate")  # which they are stands above
    curves = {
        name: replace(curve, name=name)
        for name, curve in zip(names, (overlay.baseline, overlay.candidate), strict=True)
    }
    title = role_words(overlay.role)
    return {"title": title, **Figures(curves, book, anchor).draw(Chart(names), None, title, name)}
