"""The page of a comparison: what it says first, both curves, what differs."""

from __future__ import annotations

import dataclasses
import re

import pytest
from analyses import NASTY, faulty, hostile
from comparisons import comparison, lost, overlay

from logdoc.model.explanation import Comparing
from logdoc.report.comparison_page import render_comparison


def heading(page: str) -> str:
    found = re.search("<h1>(.*?)</h1>", page)
    assert found
    return found.group(1)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ("worse", "1 run compared: 1 worse than its baseline."),
        ("same", "1 run compared: 0 worse than its baseline."),
        ("worse same", "2 runs compared: 1 worse than its baseline."),
        ("worse worse same", "3 runs compared: 2 worse than their baseline."),
        ("better same", "2 runs compared: 0 worse than their baseline."),
    ],
)
def test_the_heading_counts_the_runs_and_those_that_are_worse(verdicts: str, said: str) -> None:
    made = [comparison(f"runs/{i}", verdict=verdict) for i, verdict in enumerate(verdicts.split())]

    assert heading(render_comparison(made)) == said


@pytest.mark.parametrize(
    ("verdict", "badge"),
    [("worse", "error"), ("better", "healthy"), ("same", "info"), ("unclear", "incomplete")],
)
def test_every_verdict_has_the_colour_of_what_it_means(verdict: Comparing, badge: str) -> None:
    assert f'<span class="badge {badge}">' in render_comparison([comparison(verdict=verdict)])


def test_both_curves_are_in_one_chart_under_the_names_of_their_sides() -> None:
    page = render_comparison([comparison()])

    assert page.count('<svg class="chart"') == 1
    assert "</svg>baseline</span>" in page
    assert "</svg>candidate</span>" in page
    assert "baseline: 100 points, from 2 to 0.48" in page


def test_a_quantity_of_which_nothing_can_be_drawn_has_no_chart_and_no_heading() -> None:
    nothing = overlay(float("nan"), float("nan"))
    nothing = dataclasses.replace(
        nothing,
        baseline=dataclasses.replace(nothing.baseline, values=(float("nan"),) * 100),
        candidate=dataclasses.replace(nothing.candidate, values=(float("nan"),) * 100),
    )
    page = render_comparison([comparison(overlays=(nothing,))])

    assert '<svg class="chart"' not in page
    assert '<div class="grid2">' not in page


def test_what_was_found_about_the_pair_what_is_new_and_what_is_gone_stand_apart() -> None:
    page = render_comparison([comparison()])

    assert "The validation loss ends at 1.69, the baseline&#39;s at 0.48." in page
    new, gone = page.index("New in the candidate"), page.index(">Gone<")
    assert new < page.index("Validation loss rises", new) < gone < page.index("Loss stands still")


def test_lists_without_an_entry_are_left_out() -> None:
    page = render_comparison([comparison(new=(), gone=())])

    assert "New in the candidate" not in page
    assert ">Gone<" not in page


def test_settings_stand_in_a_table_with_a_column_a_run_and_those_left_out_are_counted() -> None:
    page = render_comparison([comparison(changed={"lr": (0.01, 0.1), **{f"z{i}": (i, -i) for i in range(25)}})])

    assert '<th scope="row"><code>lr</code></th><td>0.01</td><td>0.1</td>' in page
    assert "and 6 more settings that differ" in page


def test_a_cause_is_named_only_for_a_candidate_that_is_worse() -> None:
    assert "What to change, cheapest first" in render_comparison([comparison()])
    assert "What to change, cheapest first" not in render_comparison([comparison(verdict="same", findings=())])
    without = comparison(candidate=dataclasses.replace(faulty(), causes=()))
    assert "What to change, cheapest first" not in render_comparison([without])


def test_the_same_comparison_makes_the_same_page_and_two_of_one_name_have_anchors_of_their_own() -> None:
    made = [comparison(), comparison()]
    page = render_comparison(made)

    assert page == render_comparison(made)
    anchors = re.findall('<section class="run" id="(.*?)"', page)
    assert len(set(anchors)) == 2


def test_text_of_a_log_becomes_no_markup() -> None:
    runs = hostile().runs
    one = comparison(
        baseline=runs[1],
        candidate=runs[0],
        changed={NASTY[2]: (NASTY[0], NASTY[1])},
        findings=(dataclasses.replace(lost(), evidence=NASTY[2], title=NASTY[0]),),
        new=(dataclasses.replace(lost(), title=NASTY[0]),),
        yardstick=NASTY[2],
    )
    page = render_comparison([one])

    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'onmouseover="' not in page
    plain = render_comparison([comparison()])
    for end in ("</script>", "</style>"):
        assert page.count(end) == plain.count(end)
