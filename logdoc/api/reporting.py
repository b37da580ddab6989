"""Reports as texts: an analysis or a comparison in any form, and what a pipeline wants of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.errors import ConfigError, suggest
from logdoc.report.saving import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc import model
    from logdoc.api import PathLike

__all__ = ["counted", "render_comment", "render_comparison", "render_report", "write_comment"]


def render_report(analysis: model.Analysis, form: str) -> str:
    """Return a report in one of the forms of `logdoc.report.forms`.

    Raises:
        ConfigError: there is no such form.
    """
    from logdoc.report.forms import FORMS, form_named

    found = form_named(form)
    if found is None:
        names = [one.name for one in FORMS]
        raise ConfigError(
            f"there is no report format '{form}'", hint=suggest(form, names) or f"Known are {', '.join(names)}."
        )
    return found.render(analysis)


def render_comment(analysis: model.Analysis, name: str = "default") -> str:
    """Return the comment of a pull request: Markdown behind a hidden marker with this name."""
    from logdoc.report.comment import comment

    return comment(analysis, name)


def counted(analysis: model.Analysis) -> dict[str, str]:
    """Return how many findings count at warning or error, and the worst severity, for a pipeline."""
    from logdoc.report.comment import counted as count

    return count(analysis)


def render_comparison(comparisons: Sequence[model.Comparison], form: str) -> str:
    """Return a comparison in one of the forms of `logdoc.report.forms`.

    Raises:
        ConfigError: there is no such form.
    """
    from logdoc.report.forms import COMPARISON_FORMS, form_named

    found = form_named(form, COMPARISON_FORMS)
    if found is None:
        raise ConfigError(f"a comparison has no format '{form}'")
    return found.render(comparisons)


def write_comment(analysis: model.Analysis, path: PathLike, name: str = "default") -> None:
    """Write the comment of a pull request, whole or not at all.

    Raises:
        RenderError: the file could not be written.
    """
    write_text(render_comment(analysis, name), Path(path))
