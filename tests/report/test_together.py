"""Runs of a group side by side, in every form of a report, and the chart of a sweep."""

from __future__ import annotations

import dataclasses
import math
import re
from xml.etree import ElementTree

import pytest
from analyses import healthy

from logdoc.model import Analysis, Curve, Group, Member, RunAnalysis
from logdoc.report import to_html, to_json, to_markdown, to_text
from logdoc.report.agent import agent_text
from logdoc.report.sweep_chart import sweep_svg
from logdoc.report.together import Together, member_lines, together

RATES = (1e-4, 1e-3, 1e-2, 0.1, 1.0)
ENDS = (1.5, 0.7, 0.4, 2.9, 2.0)  # the last but one ends above its start, the last as NaN


def runs() -> tuple[RunAnalysis, ...]:
    made = []
    for rate, end in zip(RATES, ENDS, strict=True):
        last = math.nan if rate == 1 else end
        curve = Curve("val/loss", "val.loss", "step", (0, 1, 2), (2.0, end, last), 3)
        made.append(dataclasses.replace(healthy(f"sweep/lr{rate:g}"), curves=(curve,)))
    return tuple(made)


def sweep(**changes: object) -> Group:
    members = tuple(Member(f"sweep/lr{r:g}", {"lr": r}, 2.0, e) for r, e in zip(RATES, ENDS, strict=True))
    names = tuple(one.run for one in members)
    whole = Group("sweep", names, kind="lr-sweep", varies=("lr",), loss="val.loss", members=members)
    return dataclasses.replace(whole, **changes)


def told(group: Group | None = None) -> Together:
    return together(group or sweep(), {run.id: run for run in runs()})


def analysis() -> Analysis:
    return Analysis("0.1.0", runs(), (sweep(),))


def test_runs_stand_in_the_order_of_the_setting_with_the_best_and_the_lost_marked() -> None:
    back = told(sweep(members=sweep().members[::-1]))

    assert [row.settings for row in back.rows] == [("0.0001",), ("0.001",), ("0.01",), ("0.1",), ("1",)]
    assert [row.note for row in back.rows] == ["", "", "best", "ends above its start", "ends as NaN"]


def test_no_run_is_best_where_all_end_alike() -> None:
    alike = tuple(dataclasses.replace(one, end=0.5) for one in sweep().members)

    assert "best" not in {row.note for row in told(sweep(members=alike)).rows}


@pytest.mark.parametrize(
    ("varies", "settings", "axis"),
    [
        (("lr", "seed"), {"lr": 0.1, "seed": 3}, "lr"),
        (("lr", "batch_size"), {"lr": 0.1, "batch_size": 3}, ""),
        (("optimizer",), {"optimizer": "adam"}, ""),
        (("seed",), {"seed": 1}, ""),
    ],
)
def test_a_chart_needs_one_number_that_differs_beside_the_seed(
    varies: tuple[str, ...], settings: dict[str, float | str], axis: str
) -> None:
    members = tuple(
        Member(str(i), {k: v * (i + 1) if not isinstance(v, str) else v for k, v in settings.items()}, 2.0, 1.0)
        for i in range(3)
    )

    assert told(sweep(varies=varies, members=members)).axis == axis


def test_the_chart_is_logarithmic_and_has_a_mark_for_every_run() -> None:
    svg = sweep_svg(told(), "g")
    drawn = ElementTree.fromstring(svg)  # noqa: S314 - our own text
    marks = [float(one.get("cx", "nan")) for one in drawn.iter("circle")]

    assert len(marks) == 3
    assert svg.count('class="nan"') == 2
    assert marks[1] - marks[0] == pytest.approx(marks[2] - marks[1], abs=0.2)  # a decade is a decade
    assert "best: 0.4 at 0.01" in svg


@pytest.mark.parametrize(
    "ends", [(math.nan, math.nan, 0.5, math.inf, 3e30), (1.0, 1.0, 1.0, 1.0, 1.0), (-3.0, 0.0, 1e-30, 1.0, 2.0)]
)
def test_no_level_breaks_the_chart(ends: tuple[float, ...]) -> None:
    members = tuple(dataclasses.replace(m, end=e) for m, e in zip(sweep().members, ends, strict=True))

    svg = sweep_svg(together(sweep(members=members), {}), "g")

    ElementTree.fromstring(svg)  # noqa: S314
    assert not re.search(r'"[^"]*(nan|inf)[^"]*"', re.sub(r'class="nan"|<title>.*?</title>', "", svg))


def test_no_chart_is_drawn_of_fewer_than_three_runs_or_of_lost_ones() -> None:
    assert sweep_svg(told(sweep(members=sweep().members[:2])), "g") == ""
    assert sweep_svg(told(sweep(members=tuple(dataclasses.replace(m, end=9.0) for m in sweep().members))), "g") == ""


def test_every_form_holds_the_table() -> None:
    page, text, markdown = to_html(analysis()), to_text(analysis()), to_markdown(analysis())

    assert page.count('<a href="#sweep-lr0.01') == 2  # in the list of the runs and in the table
    assert 'class="chart sweep"' in page
    assert re.search(r"0\.01 +2 +0\.4 +healthy +best +sweep/lr0\.01", text)
    assert "| 0.01 | 2 | 0.4 | healthy | best | `sweep/lr0.01` |" in markdown
    assert "lr=0.01 2->0.4 (best)" in agent_text(analysis())


@pytest.mark.parametrize("width", [30, 60, 80])
def test_no_line_of_the_table_is_wider_than_the_terminal(width: int) -> None:
    lines = member_lines(told(), width)

    assert all(len(line) <= width for line in lines)
    assert sum("lr0.01" in line for line in lines) == 1


def test_a_large_group_is_cut_and_counted() -> None:
    members = tuple(Member(f"s/{i}", {"lr": i + 1.0}, 2.0, 1.0 + i) for i in range(300))
    whole = Analysis("0.1.0", runs(), (sweep(members=members, runs=tuple(m.run for m in members)),))

    assert "and 288 more" in to_text(whole)
    assert "| 270 more " in to_markdown(whole)
    assert "and 100 more runs" in to_html(whole)
    assert "and 290 more" in agent_text(whole)


def test_a_setting_that_looks_like_a_secret_is_hidden() -> None:
    members = tuple(
        Member(f"s/{i}", {"api_key": f"sk-{i}AbCdEfGhIjKlMnOpQrStUvWxYz012345"}, 2.0, 1.0) for i in range(3)
    )
    whole = Analysis("0.1.0", (), (sweep(varies=("api_key",), members=members),))

    forms = (to_html, to_text, to_markdown, agent_text, to_json)

    assert [form.__name__ for form in forms if "AbCdEfGh" in form(whole)] == []
