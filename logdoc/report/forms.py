"""The forms a report or a comparison can take: one table each, read by the writer, the command line and its help.

A new form is a module with a function of an `Analysis` (or of comparisons), and one row here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from logdoc.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Form(NamedTuple):
    """One form: what it is called, the endings of a file's name that ask for it, and the module and function that make
    it.

    The module is imported when the form is asked for, so that JSON costs no template engine. `pieces` names a function
    that makes the same text piece by piece, where a report of many runs must never stand in memory as a whole.
    """

    name: str
    suffixes: tuple[str, ...]
    module: str
    function: str
    pieces: str = ""

    def render(self, told: Any) -> str:
        """Return what is to be told, an `Analysis` or comparisons, in this form."""
        made: str = getattr(import_module(self.module), self.function)(told)
        return made

    def pieces_of(self, told: Any) -> Iterator[str]:
        """Yield the text of `render` piece by piece; in one piece where the form knows no other way."""
        if self.pieces:
            yield from getattr(import_module(self.module), self.pieces)(told)
        else:
            yield self.render(told)


FORMS = (
    Form("html", (".html", ".htm"), "logdoc.report.html", "render_html"),
    Form("markdown", (".md", ".markdown"), "logdoc.report.markdown", "render_markdown"),
    Form("json", (".json",), "logdoc.report.jsonform", "to_json", "json_pieces"),
    Form("jsonl", (".jsonl",), "logdoc.report.jsonlines", "json_lines", "line_pieces"),
    Form("text", (".txt",), "logdoc.report.text", "plain_text"),
    Form("agent", (".agent.txt",), "logdoc.report.agent", "agent_text"),
    Form("github", (".annotations.txt",), "logdoc.report.github", "workflow_commands"),
    Form("github-summary", (".summary.md",), "logdoc.report.github", "job_summary"),
    Form("gitlab", (".codequality.json", "code-quality-report.json"), "logdoc.report.codequality", "code_quality"),
    Form("junit", (".xml",), "logdoc.report.junit", "junit"),
    Form("sarif", (".sarif", ".sarif.json"), "logdoc.report.sarif", "sarif"),
)
_BESIDE = {
    "html": ("logdoc.report.comparison_page", "render_comparison"),
    "markdown": ("logdoc.report.comparison", "comparison_markdown"),
    "json": ("logdoc.report.comparison", "comparison_json"),
    "text": ("logdoc.report.comparison", "comparison_text"),
    "jsonl": ("logdoc.report.comparison_pipelines", "comparison_jsonl"),
    "agent": ("logdoc.report.comparison_pipelines", "comparison_agent"),
    "github": ("logdoc.report.comparison_pipelines", "comparison_commands"),
    "github-summary": ("logdoc.report.comparison_pipelines", "comparison_summary"),
    "gitlab": ("logdoc.report.comparison_pipelines", "comparison_quality"),
    "junit": ("logdoc.report.comparison_pipelines", "comparison_junit"),
    "sarif": ("logdoc.report.comparison_pipelines", "comparison_sarif"),
}
COMPARISON_FORMS = tuple(Form(form.name, form.suffixes, *_BESIDE[form.name]) for form in FORMS)
SUFFIXES = " ".join(form.suffixes[0] for form in COMPARISON_FORMS)  # as help texts list them
NAMES = ", ".join(form.name for form in COMPARISON_FORMS)
REPORT_SUFFIXES = " ".join(form.suffixes[0] for form in FORMS)


def form_for(path: Path, forms: Sequence[Form] = FORMS) -> Form:
    """Return the form that the end of a file's name asks for; the longest ending that fits wins.

    Raises:
        RenderError: no form has this ending.
    """
    name = path.name.lower()
    fitting = [(len(suffix), form) for form in forms for suffix in form.suffixes if name.endswith(suffix)]
    if fitting:
        return max(fitting, key=lambda one: one[0])[1]
    known = ", ".join(suffix for form in forms for suffix in form.suffixes)
    raise RenderError(f"no report has the suffix '{path.suffix}'", where=str(path), hint=f"Known are {known}.")


def form_named(name: str, forms: Sequence[Form] = FORMS) -> Form | None:
    """Return the form of that name, or None."""
    return next((form for form in forms if form.name == name), None)
