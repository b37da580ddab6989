"""Causes that logs cannot part are one answer with the test that decides; a fault always gets an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from logdoc.engine import load_rules
from logdoc.errors import RuleError
from logdoc.judging import pairs
from logdoc.judging.verdict import headline
from logdoc.model import Cause, Finding, Possibility

if TYPE_CHECKING:
    from pathlib import Path

FAULT = Finding("loss-stuck", "fires", "warning", title="Training loss stuck")


def test_two_causes_of_a_pair_that_are_nearly_alike_come_with_the_test_that_decides() -> None:
    found = pairs.undecided([("training-too-short", 0.48), ("lr-too-low", 0.41), ("overfitting", 0.4)])

    assert found is not None
    assert found[:2] == ("training-too-short", "lr-too-low")
    assert "300 steps" in found[2]


@pytest.mark.parametrize(
    "probable",
    [
        [("training-too-short", 0.8), ("lr-too-low", 0.3)],  # one of them stands out
        [("training-too-short", 0.95), ("lr-too-low", 0.9)],  # both are as good as certain
        [("training-too-short", 0.5), ("overfitting", 0.45), ("lr-too-low", 0.44)],  # another stands between them
        [("training-too-short", 0.5)],
        [],
    ],
)
def test_other_causes_are_told_one_by_one(probable: list[tuple[str, float]]) -> None:
    assert pairs.undecided(probable) is None


def test_every_pair_names_two_causes_that_there_are_and_what_to_run() -> None:
    known = {cause.cause.id for cause in load_rules().causes}

    assert {name for pair in pairs.pairs() for name in pair} <= known
    assert all(len(pair) == 2 and test.endswith(".") for pair, test in pairs.pairs().items())


@pytest.mark.parametrize("text", ["pairs: []", "pairs:\n  - causes: [a]\n    decides: run it", "- a", "pairs: {a: b}"])
def test_a_table_of_another_form_is_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_vocabulary").mkdir()
    (tmp_path / pairs.FILE).write_text(text, encoding="utf-8")
    monkeypatch.setattr(pairs, "bundled", lambda name: tmp_path)

    with pytest.raises(RuleError, match="pair"):
        pairs.read_pairs()


def test_the_headline_names_both_causes_of_a_pair() -> None:
    cause = Cause("lr-too-low", "Learning rate too low", 0.41, explains=("loss-stuck",))
    other = Possibility("labels-wrong", "Wrong labels", 0.3)

    told = headline("warning", "", [FAULT], [cause], frozenset(), frozenset(), [other])

    assert told == (
        "Learning rate too low or wrong labels (41% and 30%), which this log cannot tell apart. Training loss stuck."
    )


def test_causes_that_are_alternatives_themselves_are_parted_by_a_comma() -> None:
    cause = Cause("lr-too-low", "Labels or inputs wrong", 0.41, explains=("loss-stuck",))
    other = Possibility("labels-wrong", "Wrong labels", 0.3)

    told = headline("warning", "", [FAULT], [cause], frozenset(), frozenset(), [other])

    assert told.startswith("Labels or inputs wrong, or wrong labels (41% and 30%)")


def test_where_the_likeliest_cause_explains_a_note_the_headline_says_of_which_fault_it_names_a_cause() -> None:
    shorter = Cause("training-too-short", "Training too short", 0.34, explains=("run-cut-short",))
    labels = Cause("labels-wrong", "Wrong labels", 0.26, explains=("loss-stuck",))

    told = headline("warning", "", [FAULT], [shorter, labels], frozenset())

    assert told == "Training loss stuck; its most probable cause: wrong labels (26%, possible)."


def test_of_several_remarks_the_headline_names_the_first() -> None:
    remarks = [Finding(name, "fires", "info", title=f"Remark {name}") for name in ("a", "b")]

    assert headline("info", "", remarks[:1], [], frozenset()) == "No fault found; 1 finding at info: remark a."
    assert headline("info", "", remarks, [], frozenset()) == "No fault found; 2 findings at info, the first: remark a."


def test_the_headline_of_a_fault_without_a_cause_says_what_to_log() -> None:
    told = headline("warning", "", [FAULT], [], frozenset(), next_to_log="the gradient norm at every step")

    assert told == "Training loss stuck; the cause is open. To be surer, log the gradient norm at every step."
