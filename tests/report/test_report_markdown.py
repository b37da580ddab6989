from __future__ import annotations

import dataclasses
import re

import pytest
from analyses import NASTY, hostile, many, typical, with_a_place_in_the_program
from markdown_it import MarkdownIt

from logdoc.model import Analysis, Defect, Member
from logdoc.model.analysis import Curve
from logdoc.report import to_markdown
from logdoc.report.markdown import LIMIT, _mermaid, code, sentence

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")


@pytest.mark.parametrize("count", [1, 10, 500])
def test_the_comment_always_fits(count: int) -> None:
    assert len(to_markdown(many(count))) < LIMIT


def test_what_was_left_out_is_counted() -> None:
    assert "left out" in to_markdown(many(500))


def test_the_verdict_stands_first() -> None:
    assert to_markdown(typical()).startswith("## 3 runs: 1 warning, 1 incomplete, 1 healthy.")


@pytest.mark.parametrize("text", NASTY[:-1])
def test_a_code_span_holds_whatever_it_is_given(text: str) -> None:
    made = code(text)
    table = PARSER.parse(f"| a | b |\n|---|---|\n| {made} | x |\n")

    cells = [token for token in table if token.type == "inline"][2:]
    assert len(cells) == 2
    assert [child.type for child in cells[0].children or []] == ["code_inline"]


def test_hostile_texts_become_neither_links_nor_html_nor_headings() -> None:
    page = to_markdown(hostile())
    tokens = PARSER.parse(page)

    flat = [child for token in tokens for child in (token.children or [token])]
    assert not [t for t in flat if t.type in ("link_open", "image")]
    assert {t.content.strip()[:9].lower() for t in flat if t.type in ("html_block", "html_inline")} <= {
        "<details>",
        "<details",
        "</details",
        "<sub>",
        "</sub>",
        "<summary>",
        "</summary",
    }
    assert "forged heading" not in "".join(
        tokens[i + 1].content
        for i, t in enumerate(tokens)
        if t.type == "heading_open" and "`" not in tokens[i + 1].content
    )
    plain = "".join(t.content for t in flat if t.type == "text")
    assert "@user" not in plain
    assert "\x1b" not in page


def test_a_single_healthy_run_is_told_in_full() -> None:
    only = dataclasses.replace(typical(), runs=typical().runs[1:2], groups=(), defects=())

    assert "No fault found" in to_markdown(only)


def test_no_runs_is_a_sentence() -> None:
    assert to_markdown(Analysis("0.1.0")).startswith("## No training log was found.")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (
            "Use (cross_entropy on logits, log_softmax, logsumexp).",
            "Use (`cross_entropy` on logits, `log_softmax`, logsumexp).",
        ),
        ("see https://a.example/x, or www.a.example", "see `https://a.example/x`, or `www.a.example`"),
        ("since deadbeef1 or GH-12", "since `deadbeef1` or `GH-12`"),
        ("in 1,234,567 of 12.5% at 1e-3 (about half)", "in 1,234,567 of 12.5% at 1e-3 (about half)"),
        ("@team #12 *bold*", "`@team` `#12` `*bold*`"),
    ],
)
def test_words_of_a_log_become_no_link_and_code_marks_hold_the_word_alone(text: str, made: str) -> None:
    assert sentence(text) == made


def test_sources_are_linked_and_nothing_else_is() -> None:
    page = to_markdown(typical())
    children = [child for token in PARSER.parse(page) for child in token.children or []]

    assert {str(c.attrs["href"]) for c in children if c.type == "link_open"} == {
        "https://example.org/parabolas#2",
        "http://example.org/all",
    }
    assert "*Sources:* [On parabolas](https://example.org/parabolas#2): a parabola; Practice: those" in page
    assert "[`Résumé & <b>of</b> [all]`](http://example.org/all): stop early" in page


def test_the_title_of_a_chart_holds_no_secret() -> None:
    for name in ("loss https://bob:Pw9xKq72LmZv@host.example/x", "loss hf_" + "AbCdEfGhIj" * 4):
        curve = Curve(name, "train.loss", "step", tuple(range(9)), tuple(9.0 - i for i in range(9)), 9)
        made = _mermaid(curve, log=False)
        assert made.startswith("```mermaid")
        assert "Pw9xKq72LmZv" not in made
        assert "AbCdEfGhIj" not in made


def test_where_in_the_program_a_cause_lies_stands_below_what_to_change() -> None:
    told = to_markdown(dataclasses.replace(typical(), runs=(with_a_place_in_the_program(),)))

    assert told.index("1. Stop at step 300.") < told.index("*In the program:*") < told.index("*To verify:*")
    assert "train.py" in told


def test_notes_about_files_beyond_twenty_are_counted() -> None:
    defects = tuple(Defect(f"notes{i}.csv", "a table that is no training log") for i in range(23))
    told = to_markdown(dataclasses.replace(typical(), defects=defects))

    assert "`notes19.csv`" in told
    assert "notes20.csv" not in told
    assert "- and 3 more\n" in told


def test_members_of_a_group_beyond_thirty_are_counted() -> None:
    (group,) = typical().groups
    members = tuple(Member(f"runs/{i:02d}", {"lr": 10.0**-i, "seed": 1}, 1.3, 1.0) for i in range(33))
    told = to_markdown(
        dataclasses.replace(typical(), groups=(dataclasses.replace(group, members=members, runs=("runs/a",) * 33),))
    )
    rows = [line for line in told.splitlines() if line.startswith("| 3 more ") or re.search("`runs/[0-9]", line)]

    assert len(rows) == 31
    assert rows[-1].startswith("| 3 more ")
    assert len({row.count("|") for row in rows}) == 1


def test_a_run_of_which_everything_was_judged_has_no_list_of_what_was_not() -> None:
    whole = dataclasses.replace(typical().runs[0], not_judged=(), suggestions=(), defects=())
    told = to_markdown(dataclasses.replace(typical(), runs=(whole,), groups=(), defects=()))

    assert "could not be judged</summary>" not in told
    assert "Data quality" not in told
