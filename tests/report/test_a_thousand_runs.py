"""A thousand runs in one report: every form stays within its bounds, and whatever it leaves out it counts."""

from __future__ import annotations

import dataclasses
import re

import pytest
from analyses import faulty, many

from logdoc.model import Group, Member
from logdoc.report import to_html, to_markdown
from logdoc.report.text import Layout, render_text

COUNT = 1000


@pytest.fixture(scope="module")
def ids() -> list[str]:
    return [run.id for run in many(COUNT).runs]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_text_is_a_table_with_every_run(ids: list[str], width: int) -> None:
    told = render_text(many(COUNT), layout=Layout(width)).plain

    assert len(told.splitlines()) < 1100
    assert [one for one in ids if one.removeprefix("runs/") not in told] == []
    assert "-v for every run" in told


def test_many_groups_are_counted_not_listed() -> None:
    runs = many(COUNT).runs
    groups = []
    for first in range(0, COUNT, 20):
        names = tuple(run.id for run in runs[first : first + 20])
        members = tuple(Member(name, {"lr": 10.0**-i}, 2.0, 1.0 + i) for i, name in enumerate(names))
        group = Group(f"set{first}", names, kind="lr-sweep", varies=("lr",), loss="train.loss", members=members)
        groups.append(dataclasses.replace(group, findings=faulty().findings[:1]))
    whole = dataclasses.replace(many(COUNT), groups=tuple(groups))
    told = render_text(whole, layout=Layout(100)).plain

    assert len(told.splitlines()) < 1100
    assert told.count("Sweep of the learning rate in set") == 12
    assert "and 38 more groups" in told
    assert render_text(whole, layout=Layout(100, details="all")).plain.count("Sweep of the learning rate in set") == 50


def test_markdown_keeps_its_limit_and_counts_what_it_leaves_out(ids: list[str]) -> None:
    told = to_markdown(many(COUNT))
    rows, sections = (len(re.findall(form, told, re.MULTILINE)) for form in (r"^\| `runs/\d+`", r"^### .*`runs/"))
    more = re.search(r"^\| (\d+) more \|", told, re.MULTILINE)
    left = re.search(r"(\d+) sections left out", told)

    assert len(told) <= 60_000
    assert more is not None
    assert rows + int(more[1]) == COUNT
    assert left is not None
    assert sections + int(left[1]) == COUNT


def test_the_page_lists_every_run_and_counts_those_without_a_section(ids: list[str]) -> None:
    page = to_html(many(COUNT))
    sections = page.count('<section class="run one"')
    omitted = re.search(r"(\d+) more runs stand in the list only", page)

    assert len(page.encode()) < 5_000_000
    assert page.count("<tr data-number=") == COUNT
    assert sections + (int(omitted[1]) if omitted else 0) == COUNT
