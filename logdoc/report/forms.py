"""The forms a report or a comparison can take: one table each, read by the writer, the command line and its help.

A new form is a module with a function of an `Analysis` (or of comparisons), and one row here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from logdoc.errors import RenderError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Form(NamedTuple):
    """One form: what it is called, the suffixes that ask for it, and the module and function that make it.

    The module is imported when the form is asked for, so that JSON costs no template engine.
    """

    name: str
    suffixes: tuple[str, ...]
    module: str
    function: str

    def render(self, told: Any) -> str:
        """Return what is to be told, an `Analysis` or comparisons, in this form."""
        made: str = getattr(import_module(self.module), self.function)(told)
        return made


FORMS = (
    Form("html", (".html", ".htm"), "logdoc.report.html", "render_html"),
    Form("markdown", (".md", ".markdown"), "logdoc.report.markdown", "render_markdown"),
    Form("json", (".json",), "logdoc.report.jsonform", "to_json"),
    Form("text", (".txt",), "logdoc.report.text", "plain_text"),
)
COMPARISON_FORMS = (
    Form("html", (".html", ".htm"), "logdoc.report.comparison_page", "render_comparison"),
    Form("markdown", (".md", ".markdown"), "logdoc.report.comparison", "comparison_markdown"),
    Form("json", (".json",), "logdoc.report.comparison", "comparison_json"),
    Form("text", (".txt",), "logdoc.report.comparison", "comparison_text"),
)
SUFFIXES = " ".join(form.suffixes[0] for form in FORMS)  # as help texts list them


def form_for(path: Path, forms: Sequence[Form] = FORMS) -> Form:
    """Return the form that a file's suffix asks for.

    Raises:
        RenderError: no form has this suffix.
    """
    for form in forms:
        if path.suffix.lower() in form.suffixes:
            return form
    known = ", ".join(suffix for form in forms for suffix in form.suffixes)
    raise RenderError(f"no report has the suffix '{path.suffix}'", where=str(path), hint=f"Known are {known}.")
