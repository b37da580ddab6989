"""A saved report is changed at every kind of place in every way: refused in a sentence, or drawn for what it is."""

from __future__ import annotations

import json

import pytest
from analyses import typical
from markdown_it import MarkdownIt
from report_places import CONTROL, places

from logdoc.errors import ReadError
from logdoc.report import from_json, to_html, to_json, to_markdown
from logdoc.report.checking import fault_in
from logdoc.report.forms import form_named

MISSING = object()
EVIL = "\x1b[31m<img src=x onerror=alert(1)>\u202e\x00@all"
WAYS = (None, True, -1, 0.5, 2**70, 1e300, EVIL, "", [], {}, [[{}]], MISSING)


def kinds_of_places(document):
    """Return a place of every kind: the first of those that differ in nothing but numbers of a list."""
    kinds = {}
    for path in places(document):
        kinds.setdefault(tuple("*" if isinstance(key, int) else key for key in path), path)
    return [path for path in kinds.values() if path]


class Changed:
    """A document with one change, which is taken back."""

    def __init__(self, document, path, value):
        self.at = document
        for key in path[:-1]:
            self.at = self.at[key]
        self.key, self.value = path[-1], value

    def __enter__(self):
        # Of a mapping the order is kept, of a list the items behind it.
        self.before = dict(self.at) if isinstance(self.at, dict) else list(self.at)
        if self.value is MISSING:
            del self.at[self.key]
        else:
            self.at[self.key] = self.value

    def __exit__(self, *_):
        self.at.clear()
        if isinstance(self.at, dict):
            self.at.update(self.before)
        else:
            self.at.extend(self.before)


def elements(markdown):
    parsed = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    return {t.content for token in parsed for t in [token, *(token.children or ())] if t.type.startswith("html_")}


def loaded(text):
    try:
        return from_json(text), ""
    except ReadError as error:
        return None, str(error)


@pytest.fixture(scope="module")
def walked():
    """What became of every change: the sentences of refusal, and the changed documents that are reports."""
    document = json.loads(to_json(typical()))
    before = json.dumps(document)
    refused, taken = [], []
    for path in kinds_of_places(document):
        for value in WAYS:
            with Changed(document, path, value):
                fault = fault_in(document)
                if fault:
                    refused.append((path, value, fault))
                else:
                    taken.append((path, value, json.dumps(document)))
    assert json.dumps(document) == before
    return refused, taken


def test_more_than_2437_changes_are_refused_or_taken(walked):
    refused, taken = walked
    assert len(refused) + len(taken) >= 2_437
    assert len(refused) > 1_000
    assert len(taken) > 500


def test_a_refusal_is_a_sentence_that_names_the_place(walked):
    for path, _, fault in walked[0]:
        assert fault.startswith("report"), path
        assert len(fault) < 300, path
        assert not CONTROL.search(fault), path


def test_a_change_that_is_taken_is_drawn_without_markup_or_refused_as_incomplete(walked):
    allowed = elements(to_markdown(typical()))
    drawn = []
    for path, value, text in walked[1]:
        analysis, sentence = loaded(text)
        if analysis is None:
            assert "not complete" in sentence or "schema" in sentence, path
            assert not CONTROL.search(sentence), path
            continue
        for form in ("text", "jsonl", "agent"):
            assert not CONTROL.search(form_named(form).render(analysis)), (form, path, value)
        markdown = to_markdown(analysis)
        assert not CONTROL.search(markdown), path
        if value is EVIL:
            assert elements(markdown) <= allowed, path
        drawn.append((path, value, text))
    assert len(drawn) > 400


def test_no_change_becomes_markup_of_the_page(walked):
    """A page takes a hundred times longer than a text: of the places that hold texts, ten are changed at once."""
    texts = [path for path, value, text in walked[1] if value is EVIL and loaded(text)[0] is not None]
    texts = [path for path in texts if not any(path == more[: len(path)] and path != more for more in texts)]
    assert len(texts) > 50
    for several in (texts[at : at + 10] for at in range(0, len(texts), 10)):
        document = json.loads(to_json(typical()))
        for path in several:
            Changed(document, path, EVIL).__enter__()
        page = to_html(from_json(json.dumps(document)))
        assert not CONTROL.search(page), several
        assert "<img" not in page, several
