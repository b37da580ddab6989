"""Draws an analysis: JSON first, and every other form as a view of the same data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from logdoc.model import Analysis

__all__ = ["from_json", "to_html", "to_json", "to_markdown", "to_text", "write_report"]


def to_json(analysis: Analysis) -> str:
    """Return JSON in the schema ``logdoc-report/2``."""
    from logdoc.report.jsonform import to_json as render

    return render(analysis)


def from_json(text: str) -> Analysis:
    """Return the analysis of a saved JSON report."""
    from logdoc.report.loading import from_json as load

    return load(text)


def to_html(analysis: Analysis) -> str:
    """Return one self-contained HTML page."""
    from logdoc.report.html import render_html

    return render_html(analysis)


def to_markdown(analysis: Analysis) -> str:
    """Return Markdown for a pull request."""
    from logdoc.report.markdown import render_markdown

    return render_markdown(analysis)


def to_text(analysis: Analysis) -> str:
    """Return plain text, 100 columns wide."""
    from logdoc.report.text import plain_text

    return plain_text(analysis)


def write_report(analysis: Analysis, path: Path) -> None:
    """Write a report to a file, whole or not at all; its suffix decides the form (`logdoc.report.forms`).

    Raises:
        RenderError: the suffix is not known, or the file could not be written; an older report at this place is then
            untouched.
    """
    from logdoc.report.forms import form_for
    from logdoc.report.saving import write_pieces

    write_pieces(form_for(path).pieces_of(analysis), path)
