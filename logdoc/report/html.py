"""One self-contained HTML page: no network, works without script, strict content security policy.

With script the charts answer to the pointer; uPlot (MIT, ``templates/vendor/uplot``) draws them.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

from logdoc.report.page import page_model
from logdoc.resources import bundled

if TYPE_CHECKING:
    from markupsafe import Markup

    from logdoc.model import Analysis


_WITH_EXPONENT = re.compile(r"-?\d[\d.]*e[-+]?\d+")
# Of several runs one is open at a time; told before the body is read, so that the others are never laid out.
_EARLY = "document.documentElement.classList.add('single');"


def render_html(analysis: Analysis) -> str:
    """Return the report as one HTML page. The same analysis gives the same bytes."""
    return render_page("report.html.j2", page_model(analysis))


def render_page(name: str, page: dict[str, Any]) -> str:
    """Return a template of ``templates/`` filled with a view model, style and script inlined under a strict policy."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    style = _part("report.css") + _part("vendor/uplot/uPlot.min.css")
    script = _part("vendor/uplot/uPlot.iife.min.js") + _part("report.js") + _part("charts.js")
    # select_autoescape() would say no to `report.html.j2`, because of its suffix.
    environment = Environment(
        loader=FunctionLoader(_part), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["svg"] = (
        Markup  # charts are built and escaped by `charts`, the only markup that is passed through
    )
    environment.filters["told"] = _told
    template = environment.get_template(name)
    return template.render(
        page=page,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        early=Markup(_EARLY),  # noqa: S704 - our own text
        early_hash=_hash(_EARLY),
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _told(text: str) -> Markup:
    """Escape a sentence and keep a number with an exponent on one line: browsers break 6.0e-10 at its sign."""
    from markupsafe import Markup, escape

    kept = _WITH_EXPONENT.sub(r'<span class="nowrap">\g<0></span>', str(escape(text)))
    return Markup(kept)  # noqa: S704 - escaped above, and spans of ours around digits


def _part(name: str) -> str:
    return (bundled("templates") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
