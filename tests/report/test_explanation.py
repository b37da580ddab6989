"""The arithmetic of one cause as lines: every step that moves it, what could not be judged, what else it may be."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from analyses import NASTY, faulty

from logdoc.model import Explanation, Step
from logdoc.report.explanation import explanation_lines

PRIOR = Step("prior", "of all runs", -2.2, 0.1)
FIRES = Step("fires", "Validation loss rises", 3.25, 0.74)
CLEAR = Step("clear", "Training loss stands still", -0.5, 0.63)


def small(count: int, each: float = 0.02) -> tuple[Step, ...]:
    return tuple(Step("clear", f"Check {i}", each, 0.63 + 0.01 * i) for i in range(1, count + 1))


def told(*steps: Step, **changed: Any) -> list[str]:
    made = Explanation("runs/a", faulty().causes[0], steps or (PRIOR, FIRES))
    return explanation_lines(dataclasses.replace(made, **changed))


def test_it_says_first_which_cause_in_which_run_and_how_probable() -> None:
    assert told()[:2] == ["Overfitting  [overfitting]  93%, almost certain", "in runs/a"]


def test_every_step_has_its_log_odds_and_the_probability_after_it_and_the_prior_has_only_the_latter() -> None:
    lines = told(PRIOR, FIRES, CLEAR)
    rows = [line.split(None, 2) for line in lines[4:7]]

    assert lines[3] == "  log-odds   probability"
    assert lines[4].split() == ["10.0%", "prior:", "of", "all", "runs"]
    assert rows[1] == ["+3.25", "74.0%", "fires: Validation loss rises"]
    assert rows[2] == ["-0.50", "63.0%", "clear: Training loss stands still"]


def test_the_columns_of_all_steps_stand_below_their_headings() -> None:
    lines = told(PRIOR, FIRES, *small(4), CLEAR)
    heading, steps = lines[3], lines[4 : lines.index("", 4)]

    assert {line.index("%") for line in steps} == {len(heading) - 1}
    end = heading.index("log-odds") + len("log-odds")
    assert [line[:end].strip() for line in steps] == ["", "+3.25", "+0.08", "-0.50"]


def test_three_steps_or_more_that_hardly_move_it_are_one_line_with_their_sum() -> None:
    lines = told(PRIOR, FIRES, *small(3), CLEAR)

    assert [line.split(None, 2) for line in lines[6:8]] == [
        ["+0.06", "66.0%", "3 more, each less than 0.1"],
        ["-0.50", "63.0%", "clear: Training loss stands still"],
    ]


def test_two_steps_that_hardly_move_it_are_told_as_they_are() -> None:
    lines = told(PRIOR, *small(2), FIRES)

    assert [line.split(None, 2)[2] for line in lines[5:7]] == ["clear: Check 1", "clear: Check 2"]
    assert "more, each" not in "\n".join(lines)


def test_small_steps_at_the_end_are_not_lost() -> None:
    lines = told(PRIOR, FIRES, *small(5, -0.01))

    assert lines[6].split(None, 2) == ["-0.05", "68.0%", "5 more, each less than 0.1"]


def test_a_prior_of_even_odds_is_no_small_step() -> None:
    lines = told(dataclasses.replace(PRIOR, weight=0.0, probability=0.5), *small(3))

    assert lines[4].split() == ["50.0%", "prior:", "of", "all", "runs"]
    assert "3 more" in lines[5]


def test_what_answers_moved_stands_under_a_heading_of_its_own() -> None:
    lines = told(answers=(Step("yes", "Was the data shuffled?", -1.5, 0.3),))
    heading = lines.index("What your answers moved (log-odds):")

    assert lines[heading + 1] == "     -1.50   yes: Was the data shuffled?"
    assert "What your answers moved" not in "\n".join(told())


def test_a_cause_of_which_nothing_fires_says_so() -> None:
    silent = dataclasses.replace(faulty().causes[0], explains=())

    assert "None of its symptoms fires." in told(cause=silent)
    assert "None of its symptoms fires." not in told()


@pytest.mark.parametrize(
    ("count", "end"), [(1, ": rule0"), (8, ", rule7"), (9, ", rule7 and 1 more"), (12, ", rule7 and 4 more")]
)
def test_symptoms_that_could_not_be_judged_are_named_up_to_eight(count: int, end: str) -> None:
    lines = told(silent=tuple(f"rule{i}" for i in range(count)))
    (line,) = [line for line in lines if line.startswith("Could not be judged, and would move it: rule0")]

    assert line.endswith(end)


def test_other_causes_of_the_same_symptoms_stand_with_their_probabilities() -> None:
    lines = told(rivals=(("data-leak", 0.17), ("bad-batch", 0.002)))

    assert "Other causes of the same symptoms: data-leak 17%, bad-batch 1%" in lines
    assert not [line for line in told() if line.startswith(("Other causes", "Could not be judged"))]


def test_it_ends_with_what_verifies_it_what_refutes_it_and_what_to_do_with_its_effort() -> None:
    assert told()[-4:] == [
        "To verify: The minimum comes later.",
        "What would refute it: The accuracy improves.",
        "1. Stop at step 300. (minutes)",
        "2. Add data. (hours)",
    ]


def test_text_of_a_log_or_an_answer_commands_no_terminal() -> None:
    lines = told(
        *(PRIOR, *(Step("fires", text, 1.0, 0.5) for text in NASTY)),
        run=NASTY[7],
        answers=(Step("yes", NASTY[6], 1.0, 0.5),),
    )

    assert not [c for line in lines for c in line if ord(c) < 0x20 or c in "\x7f\u202e\u200b"]
    assert max(map(len, lines)) < 600
