"""What the reader of a comparison relies on, as text, Markdown and JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import get_args

import pytest
from analyses import NASTY, faulty, hostile
from comparisons import comparison, lost

from logdoc.model.explanation import Comparing
from logdoc.report.comparison import (
    WORDS,
    comparison_json,
    comparison_lines,
    comparison_markdown,
    comparison_text,
)


def error_of_its_own() -> dict[str, object]:
    failed = dataclasses.replace(faulty().findings[0], id="nan", severity="error", title="Loss became NaN.")
    return {"findings": (), "new": (failed,)}


def test_the_text_says_first_how_the_candidate_compares_and_by_what_that_is_measured() -> None:
    lines = comparison_lines([comparison()])

    assert lines[0] == "runs/a: worse than its baseline"
    assert lines[1] == (
        "  baseline: runs/old, measured by 3 baselines lie 0.02 apart, which makes 0.06 a matter of chance"
    )
    assert lines[2] == "  The validation loss ends at 1.69, the baseline's at 0.48."


def test_every_verdict_of_a_comparison_has_words() -> None:
    assert set(WORDS) == set(get_args(Comparing))


def test_both_curves_stand_below_each_other_with_their_last_values() -> None:
    lines = comparison_lines([comparison()], unicode=False)
    start = next(i for i, line in enumerate(lines) if line.endswith("validation loss:"))
    old, new = (line.split() for line in lines[start + 1 : start + 3])

    assert (old[0], old[-1]) == ("baseline", "0.48")
    assert (new[0], new[-1]) == ("candidate", "1.69")
    assert all(line.isascii() for line in lines)


def test_settings_that_differ_stand_with_both_values_and_one_that_is_missing_is_not_set() -> None:
    lines = comparison_lines([comparison()])

    assert "    lr: 0.01 -> 0.1" in lines
    assert "    warmup: 500 -> not set" in lines


def test_of_many_settings_twenty_are_told_and_the_others_counted() -> None:
    many = {f"key{i:02d}": (i, i + 1) for i in range(27)}
    text = comparison_text([comparison(changed=many)])
    markdown = comparison_markdown([comparison(changed=many)])

    assert "key19: 19 -> 20" in text
    assert "key20" not in text + markdown
    assert "    and 7 more\n" in text
    assert "| and 7 more | | |" in markdown


def test_runs_of_the_same_settings_have_no_heading_for_them() -> None:
    assert "settings" not in comparison_text([comparison(changed={})])


def test_what_is_new_and_what_is_gone_are_told_apart_and_what_both_have_is_not_repeated() -> None:
    text = comparison_text([comparison()])

    assert "  new: warning: Validation loss rises  [val-rises]" in text
    assert "  gone: warning: Loss stands still  [was-there]" in text
    assert "both-have-it" not in text


def test_a_worse_candidate_comes_with_its_first_cause_and_what_to_change() -> None:
    text = comparison_text([comparison()])

    assert "most probable cause: Overfitting, 93%" in text
    assert "    1. Stop at step 300." in text
    assert "    2. Add data." in text


@pytest.mark.parametrize("verdict", ["same", "better", "unclear"])
def test_a_candidate_that_is_not_worse_is_blamed_on_nothing(verdict: Comparing) -> None:
    one = comparison(verdict=verdict, findings=())

    for told in (comparison_text([one]), comparison_markdown([one])):
        assert WORDS[verdict] in told
        assert "Overfitting" not in told


def test_an_error_of_the_candidate_alone_is_the_reason_where_nothing_else_makes_it_worse() -> None:
    one = comparison(**error_of_its_own())

    assert "  An error that the baseline has not: Loss became NaN." in comparison_lines([one])
    assert "An error that the baseline has not: Loss became NaN." in comparison_markdown([one])


def test_beside_another_reason_an_error_of_its_own_stands_once_among_what_is_new() -> None:
    one = comparison(new=error_of_its_own()["new"])
    text = comparison_text([one])

    assert "that the baseline has not" not in text
    assert text.count("Loss became NaN") == 1


def test_why_a_rule_about_pairs_is_silent_is_told_only_where_none_says_anything() -> None:
    silent = dataclasses.replace(lost(), status="not-judged", evidence="Not logged: val.loss.")
    unclear = comparison(verdict="unclear", findings=(silent,))

    assert "Not logged: val.loss." in comparison_text([unclear])
    assert "Not logged: val.loss." not in comparison_text([dataclasses.replace(unclear, verdict="same")])


def test_a_rule_about_pairs_that_failed_is_told_whatever_the_verdict() -> None:
    failed = dataclasses.replace(lost(), status="error", evidence="The rule itself failed.")

    assert "The rule itself failed." in comparison_text([comparison(verdict="same", findings=(failed,))])


def test_several_comparisons_are_parted_by_an_empty_line_and_end_with_none() -> None:
    lines = comparison_lines([comparison(), comparison("runs/c")])

    assert lines.count("") == 1
    assert lines[lines.index("") + 1] == "runs/c: worse than its baseline"
    assert comparison_lines([]) == []


def test_the_markdown_has_a_table_of_verdicts_and_settings_with_a_column_a_run() -> None:
    told = comparison_markdown([comparison()])
    table = [line for line in told.splitlines() if line.startswith("|")]

    assert table == [
        "| | `runs/old` | `runs/a` |",
        "|---|---|---|",
        "| verdict | healthy | warning |",
        "| `lr` | `0.01` | `0.1` |",
        "| `warmup` | `500` | `not set` |",
    ]
    assert "### `runs/a`: worse than its baseline" in told
    assert "**Overfitting**: 93%, almost certain" in told


def test_markdown_of_many_comparisons_stays_under_its_limit_and_keeps_those_that_are_worse() -> None:
    made = [comparison(f"runs/same-{i}", verdict="same", findings=()) for i in range(20)]
    made.insert(12, comparison("runs/worse"))
    told = comparison_markdown(made, limit=6_000)
    kept = [line for line in told.splitlines() if line.startswith("### ")]

    assert len(told) <= 6_000
    assert "### `runs/worse`: worse than its baseline" in kept
    assert 1 < len(kept) < 21
    assert f"*{21 - len(kept)} comparisons left out to stay under 6,000 characters, none of them worse;" in told
    assert kept == [line for line in comparison_markdown(made, limit=10**6).splitlines() if line in kept]


def test_a_worse_comparison_that_had_to_be_left_out_of_the_markdown_is_counted_as_such() -> None:
    told = comparison_markdown([comparison()], limit=300)

    assert told == (
        "*1 comparison left out to stay under 300 characters, 1 of them worse; the HTML report has them all.*\n"
    )


def test_the_json_names_both_runs_what_differs_and_the_curves_that_were_drawn() -> None:
    document = json.loads(comparison_json([comparison()]))
    (one,) = document["comparisons"]

    assert document["schema"] == "logdoc-comparison/1"
    assert (one["baseline"]["id"], one["candidate"]["id"], one["verdict"]) == ("runs/old", "runs/a", "worse")
    assert one["changed"]["lr"] == {"baseline": "0.01", "candidate": "0.1"}
    assert (one["new"], one["gone"]) == (["val-rises"], ["was-there"])
    assert one["curves"][0]["role"] == "val.loss"
    assert one["curves"][0]["candidate"]["values"][-1] == 1.69


def test_a_secret_that_differs_is_hidden_in_every_form() -> None:
    one = comparison(changed={"api_key": ("sk-abcdefghijklmnopqrstuvwx", "sk-zyxwvutsrqponmlkjihgfedc")})

    for told in (comparison_text([one]), comparison_markdown([one]), comparison_json([one])):
        assert "abcdefghijkl" not in told
        assert "zyxwvutsrq" not in told
        assert "api_key" in told


def test_text_of_a_log_becomes_neither_markup_nor_a_command_of_the_terminal() -> None:
    runs = hostile().runs
    one = comparison(
        baseline=dataclasses.replace(runs[1], id=NASTY[4]),
        candidate=dataclasses.replace(runs[0], id=NASTY[7]),
        changed={NASTY[5]: (NASTY[0], NASTY[6])},
        findings=(dataclasses.replace(lost(), evidence=NASTY[7]),),
        new=(dataclasses.replace(lost(), title=NASTY[0]),),
    )
    told = [comparison_text([one]), comparison_markdown([one]), comparison_json([one])]

    assert not [c for text in told for c in text if (ord(c) < 0x20 and c != "\n") or c in "\x1b\u202e\u200b"]
    assert "\n## forged" not in "".join(told)
    for line in told[1].splitlines():
        outside = "".join(part for i, part in enumerate(line.split("`")) if i % 2 == 0) if "``" not in line else ""
        assert "<script>" not in outside
        assert "@user" not in outside
