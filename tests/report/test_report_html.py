from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser

import pytest
from analyses import faulty, healthy, hostile, many, typical

from logdoc.model import Analysis, Citation, Reason, SilentRule
from logdoc.report import to_html


class Elements(HTMLParser):
    """Collects tags with the names of their attributes, ids, and inline code."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[str, tuple[str, ...]]] = set()
        self.ids: list[str] = []
        self.code: dict[str, list[str]] = {"script": [], "style": []}
        self.head: list[str] = []
        self.links: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add((tag, tuple(sorted(name for name, _ in attrs))))
        self.ids.extend(value or "" for name, value in attrs if name == "id")
        self.links.extend(value or "" for name, value in attrs if name in ("href", "src", "xlink:href", "action"))
        self.head.append(tag)
        data = ("type", "application/json") in attrs  # is not run, so that no policy names it
        self._inside = tag if tag in self.code and not data else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.code[self._inside].append(data)


def parse(analysis: Analysis) -> Elements:
    parser = Elements()
    parser.feed(to_html(analysis))
    return parser


def test_hostile_texts_add_no_element_and_no_attribute() -> None:
    assert parse(hostile()).seen <= parse(typical()).seen


SOURCES = ("https://example.org/parabolas#2", "http://example.org/all")


def test_only_the_sources_of_rules_and_causes_lead_out_of_the_page() -> None:
    outward = [link for link in parse(typical()).links if not link.startswith("#")]

    assert sorted(set(outward)) == sorted(SOURCES)
    assert all(link.startswith("#") for link in parse(hostile()).links)
    rest = re.sub(r"http-equiv", "", to_html(typical()))
    for address in SOURCES:
        rest = rest.replace(f'<a href="{address}" rel="noopener noreferrer">', "")
    rest = rest.replace("/*! https://github.com/leeoniya/uPlot (v1.6.32) */", "")  # whose work the charts are
    assert "http" not in rest


def test_a_source_shows_its_title_its_authors_and_what_it_says() -> None:
    page = to_html(typical())

    link = '<a href="https://example.org/parabolas#2" rel="noopener noreferrer">On parabolas</a>'
    assert f'<li>{link} <span class="faint">Nobody, 2020</span>: a parabola</li>' in page
    assert "<li>Practice: those who evaluate: look at the minimum</li>" in page
    assert ">Résumé &amp; &lt;b&gt;of&lt;/b&gt; [all]</a>" in page


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", 'https://a.b/" onmouseover="x', "data:text/html,x", "//a.b"]
)
def test_an_address_that_may_not_be_linked_is_none(address: str) -> None:
    run = typical().runs[0]
    findings = tuple(dataclasses.replace(f, sources=(Citation("Bad", address=address),)) for f in run.findings)
    bad = dataclasses.replace(typical(), runs=(dataclasses.replace(run, findings=findings, causes=()),), groups=())

    assert all(link.startswith("#") for link in parse(bad).links)
    assert "<li>Bad</li>" in to_html(bad)


def test_the_policy_stands_first_and_names_the_hashes_of_the_code() -> None:
    page = to_html(typical())
    parsed = parse(typical())

    assert re.search(r"<head>\s*<meta http-equiv=\"Content-Security-Policy\"", page)
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256("".join(parsed.code[kind]).encode()).digest()).decode()
        assert f"{kind}-src &#39;sha256-{digest}&#39;" in page or f"{kind}-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page


def test_nothing_has_a_style_or_an_event_attribute() -> None:
    names = {name for _, attributes in parse(hostile()).seen for name in attributes}

    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]


def test_ids_are_unique() -> None:
    for analysis in (typical(), many(30), hostile()):
        ids = parse(analysis).ids
        assert len(ids) == len(set(ids))


def test_the_page_can_be_written_as_utf8_whatever_the_logs_hold() -> None:
    assert to_html(hostile()).encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e]", to_html(hostile()))


def test_the_page_says_what_it_must() -> None:
    page = to_html(typical())

    order = [
        "1 warning",
        "Stop at step 300.",
        "It gets worse on new data.",
        "What was checked",
        "Data quality",
    ]
    places = [page.index(part) for part in order]
    assert places == sorted(places)
    assert "Double descent." in page
    assert "the gradient norm per parameter" in page


def test_every_row_of_the_list_has_a_section_to_go_to_and_every_section_a_way_back() -> None:
    page = to_html(many(200))
    links = set(re.findall(r'<tr [^>]*><td><a href="#([^"]+)"', page))
    sections = re.findall(r'<section class="run one" id="([^"]+)"', page)

    assert links == set(sections)
    assert len(sections) == 200
    assert page.count('<a class="back small" href="#runs">') == 200


def test_without_script_and_on_paper_every_section_is_open() -> None:
    page = to_html(many(30))
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)

    assert style
    assert "@media screen{.single .box{max-height:62vh}.single .run.one:not(.shown){display:none}}" in style[1]
    assert 'class="single"' not in page  # only the script sets it
    assert 'id="filter" class="filter" role="search" aria-label="Filter the runs" hidden' in page


def test_a_run_without_a_finding_shows_its_curves_at_once() -> None:
    page = to_html(Analysis("0.1.0", (healthy(),)))

    assert page.index("<h3>Curves</h3>") < page.index("What was checked")


def test_what_the_program_shows_stands_below_what_to_change() -> None:
    run = typical().runs[0]
    cause = dataclasses.replace(
        run.causes[0], because=(Reason("program", 2.0, "train.py:12: scaled before the split"),)
    )
    page = to_html(dataclasses.replace(typical(), runs=(dataclasses.replace(run, causes=(cause,)),)))

    shown_at = page.index("train.py:12: scaled")
    assert page.index("<h4>What to change") < shown_at < page.index("<h4>How to verify")
    assert "<h4>In the program" not in to_html(typical())


def test_the_first_step_stands_once_below_the_findings_of_a_cause() -> None:
    run = faulty()
    twice = dataclasses.replace(run, findings=(run.findings[0], dataclasses.replace(run.findings[0], id="other")))

    assert to_html(Analysis("0.1.0", (twice,))).count("<b>What to change.</b>") == 1


def test_pages_stay_small() -> None:
    assert len(to_html(many(1000))) < 5_000_000
    assert len(to_html(typical())) < 300_000
    assert len(to_html(many(50))) < 2_000_000


def test_a_reason_for_not_judging_is_said_once_with_all_that_it_holds_for() -> None:
    silent = tuple(SilentRule(f"r{i}", f"Title {i}", "not logged: act_std[module]", "log act_std") for i in range(3))
    page = to_html(Analysis("0.1.0", (dataclasses.replace(healthy(), not_judged=silent),)))

    assert page.count("not logged: act_std[module]") == 1
    assert "Title 0; Title 1; Title 2" in page
    assert "3 could not be judged" in page


def test_a_number_with_an_exponent_is_not_broken_over_lines_and_its_text_stays_escaped() -> None:
    told = dataclasses.replace(faulty().findings[0], evidence="fell to 6.0e-10 <b>of</b> the weights")
    page = to_html(Analysis("0.1.0", (dataclasses.replace(faulty(), findings=(told,)),)))

    assert 'fell to <span class="nowrap">6.0e-10</span> &lt;b&gt;of&lt;/b&gt; the weights' in page
