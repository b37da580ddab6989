"""A comparison for pipelines and programs: what the baseline has not fails, what both have is known."""

from __future__ import annotations

import dataclasses
import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence

import pytest
from analyses import faulty
from comparisons import comparison, lost, overlay

from logdoc.model import Comparison
from logdoc.report.comparison_pipelines import (
    as_analysis,
    comparison_agent,
    comparison_commands,
    comparison_jsonl,
    comparison_junit,
    comparison_quality,
    comparison_sarif,
    comparison_summary,
)


def test_what_both_runs_have_is_known_and_what_only_the_candidate_has_is_not() -> None:
    (run,) = as_analysis([comparison()]).runs
    known = {f.id: f.known for f in run.findings if f.status == "fires"}

    assert known == {"ends-higher": False, "val-rises": False, "both-have-it": True}


def test_the_headline_begins_with_how_the_run_compares_and_to_what() -> None:
    (run,) = as_analysis([comparison()]).runs

    assert run.headline.startswith("Worse than its baseline (runs/old, 3 baselines lie 0.02 apart")
    assert run.headline.endswith(faulty().headline)


def test_a_job_fails_for_what_is_lost_and_what_is_new_alone() -> None:
    root = ET.fromstring(comparison_junit([comparison()]).encode())  # noqa: S314 - our own text
    failed = {case.get("name") for case in root.iter("testcase") if case.find("failure") is not None}

    assert failed == {"ends-higher", "val-rises"}


def test_sarif_tells_new_results_from_unchanged_ones() -> None:
    results = json.loads(comparison_sarif([comparison()]))["runs"][0]["results"]
    states = {one["ruleId"]: one["baselineState"] for one in results if "baselineState" in one}

    assert states == {"ends-higher": "new", "val-rises": "new", "both-have-it": "unchanged"}


def test_annotations_and_code_quality_hold_only_what_the_baseline_has_not() -> None:
    commands = comparison_commands([comparison()])
    quality = {one["check_name"] for one in json.loads(comparison_quality([comparison()]))}

    assert "::error title=runs/a%3A ends-higher::" in commands
    assert "::warning title=runs/a%3A val-rises::" in commands
    assert "both-have-it" not in commands
    assert quality == {"ends-higher", "val-rises"}


def test_the_lines_of_json_tell_what_they_leave_out_and_that_they_are_whole() -> None:
    rows = [json.loads(line) for line in comparison_jsonl([comparison(), comparison("runs/c")]).splitlines()]

    assert [row["kind"] for row in rows] == ["comparisons", "comparison", "comparison", "end"]
    assert rows[0]["left_out"] == ["curves", "maps"]
    assert rows[-1]["comparisons"] == 2
    for row in rows[1:3]:
        assert row["changed"]["lr"] == {"baseline": "0.01", "candidate": "0.1"}
        assert not {"curves", "maps"} & {*row, *row["baseline"], *row["candidate"]}


def test_a_program_gets_verdict_reason_settings_and_ends_in_few_words() -> None:
    lines = comparison_agent([comparison()]).splitlines()

    assert lines[:8] == [
        "compare runs/a with runs/old: worse",
        "measured by 3 baselines lie 0.02 apart, which makes 0.06 a matter of chance",
        "error ends-higher: The validation loss ends at 1.69, the baseline's at 0.48.",
        "setting lr: 0.01 -> 0.1",
        "setting warmup: 500 -> not set",
        "new val-rises",
        "gone was-there",
        "last val.loss: 0.48 -> 1.69",
    ]
    assert "cause overfitting 93%: Overfitting; explains val-rises" in lines


def test_a_program_is_told_how_many_settings_it_was_not_shown() -> None:
    assert "and 5 more settings\n" in comparison_agent([comparison(changed={f"k{i}": (0, i + 1) for i in range(25)})])


def test_a_program_is_told_of_an_error_that_the_baseline_has_not() -> None:
    failed = dataclasses.replace(lost(), title="Loss became NaN.")

    assert "An error that the baseline has not: Loss became NaN.\n" in comparison_agent(
        [comparison(findings=(), new=(failed,))]
    )


def test_every_quantity_that_both_have_is_in_the_words_for_programs_and_a_lost_one_is_nan() -> None:
    told = comparison_agent([comparison(overlays=(overlay(), overlay(0.5, float("nan"))))])

    assert "last val.loss: 0.48 -> 1.69\nlast val.loss: 0.5 -> nan\n" in told


def test_the_summary_of_a_job_stays_under_the_limit_of_its_forge() -> None:
    settings = {f"{i:02d}" + "k" * 400: ("a " * 200, "b " * 200) for i in range(20)}
    told = comparison_summary([comparison(f"runs/{i}", changed=settings) for i in range(60)])

    assert len(told) <= 900_000
    assert "left out to stay under 900,000 characters" in told


@pytest.mark.parametrize("made", [[], [comparison(verdict="same", findings=(), new=(), gone=())]])
def test_nothing_worse_is_nothing_that_fails(made: Sequence[Comparison]) -> None:
    root = ET.fromstring(comparison_junit(made).encode())  # noqa: S314 - our own text
    names = {case.get("name") for case in root.iter("testcase") if case.find("failure") is not None}

    assert names == set()
    assert json.loads(comparison_quality(made)) == []
    assert "::error" not in comparison_commands(made)
