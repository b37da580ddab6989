"""What rules and causes rest on: the bundled sources, and what is refused in a file of sources or a reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from logdoc.engine import load_rules
from logdoc.errors import RuleErrors
from logdoc.model import ADDRESS, Citation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BASE = load_rules()
SOURCE = """\
sources:
  - id: nobody-2020
    title: On nothing
    authors: Nobody
    year: 2020
    kind: paper
    address: https://example.org/nothing.html#part-1
    says: nothing comes of nothing
"""
PLAIN = "  - {practice: a test, says: an example}"


@pytest.fixture
def folder(tmp_path: Path, rule_text: str) -> Callable[..., Path]:
    """Write a folder of one rule with the given references, and a file of sources."""

    def write(references: str = PLAIN, sources: str = SOURCE) -> Path:
        assert PLAIN in rule_text
        (tmp_path / "loss").mkdir(exist_ok=True)
        (tmp_path / "loss" / "loss-high.yaml").write_text(rule_text.replace(PLAIN, references), encoding="utf-8")
        (tmp_path / "_sources.yaml").write_text(sources, encoding="utf-8")
        return tmp_path

    return write


def faults(folder: Path) -> list[str]:
    with pytest.raises(RuleErrors) as caught:
        load_rules([folder])
    return [str(error) for error in caught.value.errors]


def cited(folder: Path) -> tuple[Citation, ...]:
    found = load_rules([folder]).rule("loss-high")
    assert found is not None
    return found.citations


def test_every_rule_and_cause_names_a_source_or_whose_practice_it_is() -> None:
    assert [r.rule.id for r in BASE.rules if not r.citations] == []
    assert [c.cause.id for c in BASE.causes if not c.citations] == []


def test_nearly_every_rule_and_cause_has_a_source_that_can_be_opened() -> None:
    closed = [r.rule.id for r in BASE.rules if not any(c.link for c in r.citations)]
    closed += [c.cause.id for c in BASE.causes if not any(one.link for one in c.citations)]

    assert closed == ["preflight-unfinished"]


def test_every_source_is_named_and_every_name_is_known() -> None:
    named = {reference.id for r in BASE.rules for reference in r.rule.references}
    named |= {reference.id for c in BASE.causes for reference in c.cause.references}

    assert named - {""} == set(BASE.sources)


def test_every_address_is_one_of_its_own_that_may_be_linked() -> None:
    addresses = [known.entry.address for known in BASE.sources.values()]

    assert len(set(addresses)) == len(addresses)
    assert all(re.fullmatch(ADDRESS, address) for address in addresses)


def test_a_reference_takes_title_address_and_statement_of_its_source(folder: Callable[..., Path]) -> None:
    address = "https://example.org/nothing.html#part-1"

    assert cited(folder("  - {id: nobody-2020}")) == (
        Citation("On nothing", "nothing comes of nothing", "nobody-2020", "Nobody, 2020", address),
    )
    assert cited(folder("  - nobody-2020")) == cited(folder("  - {id: nobody-2020}"))
    assert cited(folder("  - {id: nobody-2020, says: more}"))[0].says == "more"
    assert cited(folder("  - {practice: my colleagues, says: so we do}")) == (
        Citation("Practice: my colleagues", "so we do"),
    )


def test_bundled_sources_can_be_named_by_rules_of_ones_own(folder: Callable[..., Path]) -> None:
    assert (
        cited(folder("  - {id: nobody-2020}\n  - {id: pascanu-2012}"))[1].address == "https://arxiv.org/abs/1211.5063"
    )


@pytest.mark.parametrize(
    ("references", "place", "message"),
    [
        ("  - {id: nobdy-2020}", "35:10", "unknown source 'nobdy-2020'. Did you mean 'nobody-2020'?"),
        ("  - {id: pascanu-2013}", "35:10", "unknown source 'pascanu-2013'. Did you mean 'pascanu-2012'?"),
        ("  - {id: pascanu-2012}\n  - nobdy-2020", "36:5", "Did you mean 'nobody-2020'?"),
        ("  - {id: X1, says: an example}", "35:10", "unknown source 'X1'. Sources stand in _sources.yaml"),
        ("  - {says: an example}", "35:5", "'references': a reference names a source by its id, or says practice"),
        ("  - {id: nobody-2020, practice: mine, says: so}", "35:5", "names a source by its id, or says practice"),
        ("  - {practice: mine}", "35:5", "a practice says what it is"),
        ("  - {source: nobody-2020}", "35:6", "unknown key 'source'"),
    ],
)
def test_a_wrong_reference_is_refused_at_its_place(
    folder: Callable[..., Path], references: str, place: str, message: str
) -> None:
    found = faults(folder(references))

    assert any(f"loss/loss-high.yaml:{place}: " in one and message in one for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        (
            "https://example.org/nothing.html#part-1",
            "ftp://example.org/a",
            "7:14",
            "'ftp://example.org/a' is no address",
        ),
        (
            "https://example.org/nothing.html#part-1",
            "javascript:alert(1)",
            "7:14",
            "It begins with http:// or https://",
        ),
        ("https://example.org/nothing.html#part-1", "https://example.org/a b", "7:14", "percent-encoded"),
        ("https://example.org/nothing.html#part-1", "https://example.org/(a)", "7:14", "percent-encoded"),
        ("    title: On nothing\n", "", "2:5", "the key 'title' is missing"),
        ("kind: paper", "kind: rumour", "6:11", "'kind'"),
        ("year: 2020", "yaer: 2020", "5:5", "unknown key 'yaer'. Did you mean 'year'?"),
        (
            "id: nobody-2020",
            "id: pascanu-2012",
            "2:9",
            "there is a source 'pascanu-2012' already. It stands at rules/_sources",
        ),
        (SOURCE, "[]", "1:1", "a file of sources holds one mapping"),
    ],
)
def test_a_wrong_source_is_refused_at_its_place(
    folder: Callable[..., Path], old: str, new: str, place: str, message: str
) -> None:
    assert old in SOURCE

    found = faults(folder(sources=SOURCE.replace(old, new)))

    assert any(f"_sources.yaml:{place}: " in one and message in one for one in found), found


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)",
        "//example.org",
        "https://",
        "https://a.b/\n",
        "https://a.b/)x",
        'https://a.b/"',
        "HTTPS:x",
    ],
)
def test_what_is_no_address_is_never_linked(address: str) -> None:
    assert Citation("t", address=address).link == ""
