"""A saved report may come from a stranger: it is checked before anything is drawn from it."""

from __future__ import annotations

import copy
import json
import random
import re

import pytest
from analyses import hostile, typical
from markdown_it import MarkdownIt

from logdoc.errors import ReadError
from logdoc.report import from_json, to_html, to_json, to_markdown
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
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def places(value, path=()):
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


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
    for path in TEXTS:
        try:
            analysis = from_json(json.dumps(changed(DOCUMENT, path, evil)))
        except ReadError:
            continue
        markdown, page = to_markdown(analysis), to_html(analysis)
        assert not CONTROL.search(markdown), path
        assert not CONTROL.search(page), path
        assert "<script>alert" not in page, path
        assert "<img" not in page, path
        assert all("alert(1)" not in found for found in elements(markdown)), path


def test_whatever_is_changed_a_report_is_refused_in_a_sentence_or_drawn_in_every_form():
    chance = random.Random(20)
    sources = [DOCUMENT, json.loads(to_json(hostile()))]
    refused = drawn = 0
    for _ in range(700):
        document = chance.choice(sources)
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
        for form in FORMS:
            assert isinstance(form.render(analysis), str)
    assert refused > 100
    assert drawn > 100


@pytest.mark.parametrize(
    "text",
    [
        '{"schema": "logdoc-report/1", "version": "1", "runs": [{"verdict": "x"}]}',
        to_json(typical()).replace('"points": ', '"points": -'),
        to_json(typical()).replace('"steps": [\n', '"steps": [\n 1e999,\n', 1),
    ],
)
def test_what_is_only_like_a_report_is_refused_with_the_place(text):
    with pytest.raises(ReadError, match="report"):
        from_json(text)
