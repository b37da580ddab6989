"""Targets about what is shown: texts in every form, secrets, and reports that strangers wrote."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from benchmarks.fuzzing.targets import changed, odd_text
from logdoc.errors import LogdocError
from logdoc.report.escape import redact, show, slug
from logdoc.report.markdown import code, plain, sentence

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ud800-\udfff]")
_SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_LIVE = re.compile(r"[<@\[\]|*_\\]|://|(?<![A-Za-z0-9])www\.|#\d|(?<![A-Za-z0-9])GH-\d")


def escaping(chance: Random, folder: Path) -> tuple[str, str]:
    """Texts of logs: no control characters, nothing that Markdown could act on outside a code span, safe file names."""
    text = odd_text(chance)
    if _CONTROL.search(show(text)) or "\n" in show(text):
        return text, "a control character is shown"
    for draw in (code, sentence, plain):
        made = draw(text)
        if live := _LIVE.search(_SPAN.sub("", made)):
            return text, f"{live.group()} is live in {made!r}"
    name = slug(text)
    if not re.fullmatch(r"[A-Za-z0-9._-]{0,80}", name) or name in (".", ".."):
        return text, f"the file name {name}"
    return text, ""


_KINDS = (
    *(("password", "{}"), ("api_key", "{}"), ("x", "hf_{}"), ("x", "ghp_{}"), ("msg", "api key {}")),
    *(("url", "https://u:{}@host"), ("cmd", "train.py --password {} --lr 1"), ("note", "token={}"), ("x", "glpat-{}")),
    *(("header", "Authorization: Bearer {}"), ("db", "host=h password='{}'"), ("client_secret", "{}")),
)
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"


def secrets(chance: Random, folder: Path) -> tuple[str, str]:
    """Secrets of known kinds: hidden as a setting and in the midst of a text."""
    key, form = chance.choice(_KINDS)
    secret = "".join(chance.choice(_LETTERS) for _ in range(38)) + "7aZ"
    value = form.format(secret)
    text = f"{odd_text(chance)} {key}={value} {odd_text(chance)}"
    if secret in redact(key, value):
        return value, "a setting shows it"
    return text, "a text shows it" if secret in show(text, cap=4000) else ""


@cache
def _document() -> Any:
    from logdoc import api
    from logdoc.report import to_json
    from logdoc.resources import bundled

    folder = bundled("templates").joinpath("..", "sample_logs")  # type: ignore[call-arg]
    return json.loads(to_json(api.analyze([str(folder / "digits-cnn"), str(folder / "letters-hot")], code=False)))


@cache
def _elements() -> frozenset[str]:
    from logdoc.report import from_json, to_html

    return frozenset(re.findall(r"<[a-z!/][^\s>]*", to_html(from_json(json.dumps(_document())))))


def report(chance: Random, folder: Path) -> tuple[str, str]:
    """Reports of strangers: refused in a sentence, or drawn without markup and control characters."""
    from logdoc.report import from_json
    from logdoc.report.forms import FORMS

    document = _document()
    for _ in range(chance.choice((1, 1, 2, 3))):
        document = changed(document, chance)
    text = json.dumps(document)
    try:
        analysis = from_json(text)
    except LogdocError:
        return text, ""
    for form in FORMS if chance.random() < 0.1 else FORMS[1:]:
        made = form.render(analysis)
        if _CONTROL.search(made):
            return text, f"a control character in {form.name}"
        if form.name == "html" and (odd := set(re.findall(r"<[a-z!/][^\s>]*", made)) - _elements()):
            return text, f"markup in html: {sorted(odd)[:3]}"
        if form.name == "markdown" and re.search(r"<(?:script|b|img)\b|javascript:", _SPAN.sub("", made)):
            return text, "markup in markdown"
    return text, ""
