"""A saved report may come from a stranger: it is checked before anything is drawn from it."""

from __future__ import annotations

import copy
import json
import random

import pytest
from analyses import typical
from markdown_it import MarkdownIt
from report_places import CONTROL, places

from logdoc.errors import ReadError
from logdoc.report import from_json, to_html, to_json, to_markdown
from logdoc.report.checking import fault_in
from logdoc.report.forms import FORMS

EVIL = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "@somebody and https://evil.example/x",
    "\x1b[31mred\x1b]0;title\x07",
    "![x](https://evil.example/x.png)",
    "`` ` | \n# Approved",
    "\u202eevil",
)
WRONG = (None, True, -1, 0, 1e300, 2**70, "x", "", [], {}, [[]], {"a": 1}, ["x"], [1, 2, 3], "Infinity")


def changed(document, path, value):
    made = copy.deepcopy(document)
    if not path:
        return value
    at = made
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return made


def at_of(document, path):
    for key in path:
        document = document[key]
    return document


DOCUMENT = json.loads(to_json(typical()))
TEXTS = [path for path in places(DOCUMENT) if isinstance(at_of(DOCUMENT, path), str)]


def elements(markdown):
    parsed = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    return [t.content for token in parsed for t in [token, *(token.children or ())] if t.type.startswith("html_")]


ALLOWED = set(elements(to_markdown(typical())))


@pytest.mark.parametrize("evil", EVIL)
def test_no_text_of_a_report_becomes_markup_or_commands(evil):
    document = DOCUMENT
    planted = 0
    for path in TEXTS:
        candidate = changed(document, path, evil)
        if not fault_in(candidate):
            document, planted = candidate, planted + 1
    assert planted > 50
    analysis = from_json(json.dumps(document))
    markdown, page = to_markdown(analysis), to_html(analysis)
    assert not CONTROL.search(markdown)
    assert not CONTROL.search(page)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert all("alert(1)" not in found and "<img" not in found for found in elements(markdown))
    for form in FORMS:
        assert not CONTROL.search(form.render(analysis))


def test_whatever_is_changed_a_report_is_refused_in_a_sentence_or_drawn_in_every_form():
    chance = random.Random(20)  # noqa: S311 - the same cases every time
    refused = drawn = 0
    for _ in range(80):
        document = DOCUMENT
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            path = chance.choice(list(places(document)))
            if path and chance.random() < 0.3:
                document = copy.deepcopy(document)
                del at_of(document, path[:-1])[path[-1]]
            else:
                document = changed(document, path, chance.choice((*WRONG, *EVIL)))
        try:
            analysis = from_json(json.dumps(document))
        except ReadError:
            refused += 1
            continue
        drawn += 1
        for form in FORMS if drawn % 4 == 0 else FORMS[1:]:
            assert isinstance(form.render(analysis), str)
    assert refused > 5
    assert drawn > 5


@pytest.mark.parametrize(
    "text",
    [
        '{"schema": "logdoc-report/1", "version": "1", "runs": [{"verdict": "x"}]}',
        to_json(typical()).replace('"points":', '"points":-'),
        to_json(typical()).replace('"steps":[', '"steps":[1e999,', 1),
    ],
)
def test_what_is_only_like_a_report_is_refused_with_the_place(text):
    with pytest.raises(ReadError, match="report"):
        from_json(text)
