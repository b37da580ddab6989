"""An interview asks what tells most about the causes left; an answer moves them, and what it moved can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from logdoc.engine import load_rules
from logdoc.engine.questions import Question, load_questions
from logdoc.errors import ConfigError
from logdoc.judging import make_judge, prepare
from logdoc.judging.asking import MOST, UNKNOWN, answered, interview, moved_by, next_question
from logdoc.judging.explaining import explain_cause
from logdoc.judging.pipeline import judge_run
from logdoc.model import Run, Series

if TYPE_CHECKING:
    from logdoc.judging.asking import Asked
    from logdoc.judging.pipeline import Judge


@pytest.fixture(scope="module")
def judge() -> Judge:
    return make_judge(load_rules(), {}, {})


@pytest.fixture(scope="module")
def stuck() -> Run:
    """A classifier of ten classes that stays at chance."""
    rng = np.random.default_rng(1)
    steps = np.arange(300, dtype=np.int64)
    epochs = np.arange(29, 300, 30, dtype=np.int64)
    series = {
        "train/loss": Series("train/loss", steps, 2.303 + rng.normal(0, 0.02, 300)),
        "train/accuracy": Series("train/accuracy", steps, 0.1 + rng.normal(0, 0.02, 300)),
        "val/loss": Series("val/loss", epochs, 2.304 + rng.normal(0, 0.003, 10)),
        "val/accuracy": Series("val/accuracy", epochs, 0.1 + rng.normal(0, 0.004, 10)),
    }
    return Run("stuck", "test", ("log",), series=series, config={"num_classes": 10, "optimizer": "sgd", "lr": 0.01})


def _probability(run: Run, judge: Judge, cause: str) -> float:
    said = judge_run(run, prepare(run, judge), judge)
    return next((c.probability for c in (*said.causes, *said.possible) if c.id == cause), 0.0)


def test_every_question_names_causes_and_rules_that_there_are(judge: Judge) -> None:
    causes = {one.cause.id for one in judge.rules.causes}
    rules = {one.rule.id for one in judge.rules.rules}
    for one in load_questions():
        assert {cause for choice in one.question.choices for cause in choice.causes} <= causes, one.question.id
        assert set(one.question.tells) <= rules, one.question.id
        assert one.question.ask.endswith("?")


def test_the_first_question_is_about_the_causes_of_what_shows(stuck: Run, judge: Judge) -> None:
    asked = next_question(prepare(stuck, judge), judge, {})

    assert asked is not None
    assert asked.bits > 0.1
    assert asked.question.id in ("labels-looked-at", "small-set", "third-of-rate")


def test_a_healthy_run_is_asked_nothing(judge: Judge) -> None:
    steps = np.arange(200, dtype=np.int64)
    loss = 0.3 + 2.0 * np.exp(-steps / 40) + np.random.default_rng(2).normal(0, 0.02, 200)
    healthy = Run("fine", "test", ("log",), series={"train/loss": Series("train/loss", steps, loss)})

    assert interview(healthy, judge, lambda _: pytest.fail("asked"), {}) == {}


def test_an_answer_moves_its_cause_and_is_told_as_a_reason(stuck: Run, judge: Judge) -> None:
    knowing = answered(judge, {"labels-looked-at": "mismatch"})

    said = judge_run(stuck, prepare(stuck, knowing), knowing)

    assert said.causes[0].id == "labels-wrong"
    assert said.causes[0].probability > _probability(stuck, judge, "labels-wrong") + 0.2
    assert any(r.finding == "answer" and "do not match" in r.about and r.weight > 3 for r in said.causes[0].because)


def test_who_does_not_know_moves_nothing(stuck: Run, judge: Judge) -> None:
    knowing = answered(judge, {"labels-looked-at": UNKNOWN})

    assert judge_run(stuck, prepare(stuck, knowing), knowing) == judge_run(stuck, prepare(stuck, judge), judge)


def test_a_number_is_a_fact_that_rules_can_be_judged_by(stuck: Run, judge: Judge) -> None:
    unnamed = Run("stuck", "test", ("log",), series=stuck.series)
    asked = next_question(prepare(unnamed, judge), judge, {})
    knowing = answered(judge, {"classes": 10})

    assert asked is not None
    assert prepare(unnamed, knowing).facts["meta.num_classes"].value == 10
    assert "answered" in prepare(unnamed, knowing).facts["meta.num_classes"].why


def test_at_most_five_questions_none_twice_and_none_after_the_person_stops(stuck: Run, judge: Judge) -> None:
    asked: list[str] = []

    def unsure(one: Asked) -> str:
        asked.append(one.question.id)
        return UNKNOWN

    known = interview(stuck, judge, unsure, {"small-set": "fits"})

    assert 1 <= len(asked) <= MOST
    assert len(set(asked)) == len(asked)
    assert "small-set" not in asked
    assert list(known) == ["small-set", *asked]
    assert interview(stuck, judge, lambda _: None, {}) == {}


def test_explain_shows_what_each_answer_moved(stuck: Run, judge: Judge) -> None:
    answers = {"labels-looked-at": "match", "small-set": "fits"}

    explained = explain_cause(stuck, "labels-wrong", judge, answers)

    assert [step.what for step in explained.answers] == ["labels-looked-at", "small-set"]
    assert explained.answers[0].weight == pytest.approx(np.log(0.05), abs=0.4)
    assert explained.answers == moved_by(stuck, "labels-wrong", judge, answers)
    assert explain_cause(stuck, "labels-wrong", judge).answers == ()


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"labels-loked-at": "match"}, "no question 'labels-loked-at'"),
        ({"labels-looked-at": "perhaps"}, "'perhaps' is no answer"),
        ({"classes": "many"}, "asks for a number"),
        ({"classes": True}, "asks for a number"),
        ({"classes": 0}, "above zero"),
        ({"classes": "-5"}, "above zero"),
    ],
)
def test_an_answer_that_is_none_is_refused(judge: Judge, answers: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        answered(judge, answers)


@pytest.mark.parametrize(
    "change",
    [
        {"choices": []},
        {"choices": [{"id": "one", "says": "only"}]},
        {"choices": [{"id": "one", "says": "first"}, {"id": "one", "says": "second"}]},
        {"number": "meta.num_classes", "tells": ["underfit"]},
        {"choices": [{"id": "a", "says": "yes", "causes": {"labels-wrong": 0}}, {"id": "b", "says": "no"}]},
    ],
)
def test_a_question_of_another_form_is_refused(change: dict[str, object]) -> None:
    whole = {
        "id": "q",
        "ask": "Is it so?",
        "why": "It matters.",
        "choices": [{"id": "a", "says": "yes"}, {"id": "b", "says": "no"}],
    }
    Question.model_validate(whole)

    with pytest.raises(ValueError, match=r"question|greater than|choices"):
        Question.model_validate({**whole, **change})
