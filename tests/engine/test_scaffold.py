"""A new rule passes its own tests, the questions fit their runs, and a remembered rule base has its files at hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from logdoc.engine import load_rules
from logdoc.engine.questions import Question, load_questions
from logdoc.engine.remembering import _Documents
from logdoc.engine.scaffold import new_rule
from logdoc.engine.schema import TestRun
from logdoc.engine.selftest import make_input
from logdoc.errors import ConfigError, RuleErrors

if TYPE_CHECKING:
    from collections.abc import Mapping

CHOICES = [{"id": "yes", "says": "Yes, it is."}, {"id": "no", "says": "No, it is not."}]


def put(folder: Path, path: str, text: str) -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


def test_a_new_rule_is_a_rule(tmp_path: Path) -> None:
    rules = load_rules([put(tmp_path, "loss/loss-end-high.yaml", new_rule("loss-end-high", "loss"))])
    (made,) = [one.rule for one in rules.rules if one.rule.id == "loss-end-high"]
    assert made.title == "Loss end high"
    assert made.healthy == "No sign of loss end high."


@pytest.mark.parametrize(
    ("name", "area"), [("Loss End", "loss"), ("loss-end", "Loss"), ("loss--end", "loss"), ("", "loss")]
)
def test_a_name_that_is_not_in_kebab_case_is_refused(name: str, area: str) -> None:
    with pytest.raises(ConfigError, match="kebab-case"):
        new_rule(name, area)


@pytest.mark.parametrize("path", ["_contexts/x.yaml", "_causes/x.yaml", "loss/x.yaml"])
def test_a_file_that_holds_a_list_is_refused_with_its_place(tmp_path: Path, path: str) -> None:
    with pytest.raises(RuleErrors, match=rf"{path}:1:1: a \w+ file holds one mapping"):
        load_rules([put(tmp_path, path, "- 1\n")])


def test_a_context_with_keys_that_are_none_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(RuleErrors, match=r"_contexts/x\.yaml:\d+"):
        load_rules([put(tmp_path, "_contexts/x.yaml", "id: x\nnothing: 1\n")])


def test_the_questions_fit_some_runs_and_have_choices_or_a_number() -> None:
    questions = load_questions()
    run = make_input(TestRun.model_validate({"series": {"train.loss": "2-0.02x40"}, "meta": {}}))
    assert [one.question.id for one in questions] == sorted(one.question.id for one in questions)
    assert {one.fits(run) for one in questions} <= {True, False}
    for one in questions:
        assert all(one.question.choice(choice.id) is choice for choice in one.question.choices)
        assert one.question.choice("no such answer") is None


@pytest.mark.parametrize(
    "made",
    [
        {},
        {"choices": CHOICES, "number": "meta.classes", "tells": ["loss-high"]},
        {"choices": CHOICES[:1]},
        {"choices": [CHOICES[0], CHOICES[0]]},
        {"number": "meta.classes"},
    ],
)
def test_a_question_of_neither_or_of_both_kinds_is_refused(made: Mapping[str, object]) -> None:
    with pytest.raises(ValueError, match="a question has"):
        Question.model_validate({"id": "x", "ask": "Is it so?", "why": "It may be.", **made})


def test_the_files_of_a_remembered_rule_base_are_read_when_asked_for() -> None:
    documents, read = _Documents(()), load_rules().documents
    assert bool(documents)
    assert documents._read is None
    name = next(iter(read))
    assert documents[name].place(("id",)) == read[name].place(("id",))
    assert list(documents) == list(read)
    assert len(documents) == len(read)
