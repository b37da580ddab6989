"""No report contradicts itself: the samples, what forty tools wrote, the kept runs of the fault benchmark. The checker
itself is shown to see every kind of contradiction.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import logdoc
from logdoc.engine import load_rules
from logdoc.errors import RuleError
from logdoc.judging import denials
from logdoc.judging.pipeline import judge_run, make_judge, prepare
from logdoc.model import (
    Cause,
    Chart,
    Curve,
    Finding,
    Possibility,
    Remedy,
    RunAnalysis,
    SilentRule,
    Suggestion,
)
from tests.contradictions import contradictions, read_table, table
from tests.fault_runs import run_of
from tests.healthy_runs import RUNS as HEALTHY_RUNS
from tests.healthy_runs import run_of as healthy_run

HERE = Path(__file__).resolve().parent
LOGS = HERE / "fault_logs"
EXPECTED = json.loads((LOGS / "expected.json").read_text(encoding="utf-8"))
RULES = load_rules()
JUDGE = make_judge(RULES, {}, {})
HEALTHY = RunAnalysis("run", "test", ("log",), (0, 100), "healthy", "No fault found: 30 checks clear.")


def test_no_report_of_a_sample_contradicts_itself() -> None:
    analysis = logdoc.analyze(HERE.parent / "sample_logs")

    assert {run.id: contradictions(run) for run in analysis.runs if contradictions(run)} == {}
    assert len(analysis.runs) >= 10


def test_no_report_of_a_log_that_its_own_tool_wrote_contradicts_itself() -> None:
    analysis = logdoc.analyze(HERE / "written")

    assert {run.id: contradictions(run) for run in analysis.runs if contradictions(run)} == {}
    assert len(analysis.runs) >= 30


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_no_report_of_a_kept_run_contradicts_itself(name: str) -> None:
    run = run_of(LOGS / f"{name}.npz", name, EXPECTED[name]["config"])

    assert contradictions(judge_run(run, prepare(run, JUDGE), JUDGE)) == []


@pytest.mark.parametrize("name", sorted(HEALTHY_RUNS))
def test_no_report_of_a_healthy_run_contradicts_itself(name: str) -> None:
    run = healthy_run(name, 0)

    assert contradictions(judge_run(run, prepare(run, JUDGE), JUDGE)) == []


def fires(rule: str, severity: str = "error", **more: object) -> Finding:
    return Finding(rule, "fires", severity, title=rule, **more)  # type: ignore[arg-type]


def cause(cause_id: str, *remedies: str, probability: float = 0.5) -> Cause:
    return Cause(cause_id, cause_id, probability, remedies=tuple(Remedy("minutes", do) for do in remedies))


CURVE = Curve("val/loss", "val.loss", "step", (0, 10, 20), (2.0, 0.973, 1.4), 3)
WRONG: dict[str, dict[str, object]] = {
    "a clear rule denies a finding": {
        "findings": (fires("loss-stuck"),),
        "clear": (SilentRule("loss-slow", "falls at a useful pace", ""),),
    },
    "more time at a crash": {
        "findings": (fires("run-crashed"),),
        "causes": (cause("training-too-short", "Train longer, and stretch the schedule with it."),),
    },
    "a larger learning rate where NaN stands": {
        "findings": (fires("loss-nan"),),
        "causes": (cause("lr-too-low", "Multiply the learning rate by ten and repeat."),),
    },
    "not logged, and read": {
        "names": {"loss": "train.loss"},
        "not_judged": (SilentRule("loss-nan", "NaN", "not logged: train.loss or val.loss"),),
    },
    "a kind that is not logged, and read": {
        "names": {"a": "weight_norm[fc.weight]"},
        "not_judged": (SilentRule("biases-large", "Large", "not logged: weight_norm[parameter]"),),
    },
    "asks for what was read": {
        "names": {"loss": "val.loss"},
        "suggestions": (Suggestion("val.loss", "log it", "Overfitting (0.30 bits)"),),
    },
    "a green verdict over a divergence": {"headline": "No fault found; 1 finding at info: training loss diverged."},
    "no number": {"causes": (cause("lr-too-high", "Divide the learning rate from unknown to unknown."),)},
    "the step before all steps": {"causes": (cause("overfitting", "Stop at step 0, the best validation point."),)},
    "three that is four": {"causes": (cause("lr-too-high", "Divide the learning rate by three, from 0.02 to 0.005."),)},
    "from a value to itself": {"causes": (cause("clip-too-low", "Raise the threshold from 1 to 1."),)},
    "a percentile that is known": {
        "names": {"norm": "train.grad_norm"},
        "causes": (cause("bad-batch", "Clip the gradient norm at its 90th percentile."),),
    },
    "a suggestion of nothing": {"suggestions": (Suggestion("val.loss", "log it", "Overfitting (0.00 bits)"),)},
    "out of order": {
        "causes": (cause("a", "Do this.", probability=0.4), cause("b", "Do that.", probability=0.41)),
    },
    "possibilities out of order": {"possible": (Possibility("a", "A", 0.1), Possibility("b", "B", 0.2))},
    "the same remedy twice": {
        "causes": (
            cause("lr-too-high", "Divide the learning rate by three, from 0.3 to 0.1, and repeat."),
            cause("relu-dying", "Divide the learning rate by three, from 0.3 to 0.1."),
        ),
    },
    "a lowest value that was not logged": {
        "curves": (CURVE,),
        "findings": (
            fires(
                "val-u-shape",
                evidence="The loss is lowest at step 10 (0.981).",
                charts=(Chart(("val/loss",)),),
            ),
        ),
    },
}
RIGHT: dict[str, dict[str, object]] = {
    "a finding and what it does not deny": {
        "findings": (fires("loss-stuck"),),
        "clear": (SilentRule("loss-nan", "finite", ""),),
    },
    "a third of it": {"causes": (cause("lr-too-high", "Divide the learning rate by three, from 0.02 to 0.0067."),)},
    "a tenth, said before": {
        "causes": (cause("a", "Add a decay, or divide the learning rate by ten when it stops, from 0.004 to 0.0004."),)
    },
    "NaN in words": {"causes": (cause("bad-batch", "Look at the batch: empty examples, NaN or infinity in it."),)},
    "a role that is not read": {
        "names": {"loss": "train.loss"},
        "not_judged": (SilentRule("val-nan", "NaN", "not logged: val.loss"),),
    },
    "the value that was logged": {
        "curves": (CURVE,),
        "findings": (
            fires(
                "val-u-shape",
                evidence="The loss is lowest at step 10 (0.973).",
                charts=(Chart(("val/loss",)),),
            ),
        ),
    },
    "a level that is called one": {
        "curves": (CURVE,),
        "findings": (
            fires(
                "loss-diverging",
                evidence="After its best level of 0.981 at step 10 it rises.",
                charts=(Chart(("val/loss",)),),
            ),
        ),
    },
}


@pytest.mark.parametrize("what", sorted(WRONG))
def test_the_checker_sees(what: str) -> None:
    said = contradictions(dataclasses.replace(HEALTHY, **WRONG[what]))  # type: ignore[arg-type]

    assert len(said) == 1, said


@pytest.mark.parametrize("what", sorted(RIGHT))
def test_the_checker_lets_pass(what: str) -> None:
    assert contradictions(dataclasses.replace(HEALTHY, **RIGHT[what])) == []  # type: ignore[arg-type]


def test_the_table_names_rules_that_exist() -> None:
    known = {rule.rule.id for rule in RULES.rules}

    assert sorted(table().rules() - known) == []
    assert all(finding not in others for finding, others in table().denied.items())


def test_every_phrase_that_promises_a_number_stands_in_a_cause() -> None:
    texts = [remedy.do for c in RULES.causes for remedy in c.cause.remedies]

    assert all(any(phrase in text for text in texts) for phrase, _ in table().promised)


def test_every_forbidden_remedy_is_one_that_a_cause_has() -> None:
    texts = [remedy.do for c in RULES.causes for remedy in c.cause.remedies]

    assert all(any(row.remedy.search(text) for text in texts) for row in table().forbidden)


@pytest.mark.parametrize(
    "text",
    ["denied: {}\nforbidden: []\ngreen: []\n", "denied: {}\nforbidden: [{rules: []}]\ngreen: []\npromised: []\n"],
)
def test_the_table_is_read_strictly(text: str) -> None:
    with pytest.raises(ValueError, match="wants"):
        read_table(text)


def test_what_a_finding_denies_is_withheld_with_the_finding_as_reason() -> None:
    clear = Finding("loss-slow", "clear", "warning", title="The training loss falls at a useful pace.")
    other = Finding("loss-nan", "clear", "error", title="The training loss is finite.")

    held = {f.id: f for f in denials.withhold_denied([fires("loss-stuck"), clear, other])}

    assert (held["loss-slow"].status, held["loss-slow"].evidence) == (
        "not-applicable",
        "covered by the finding 'loss-stuck'",
    )
    assert held["loss-nan"] is other
    assert denials.withhold_denied([clear, other]) == (clear, other)


def test_a_table_of_denials_in_another_form_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "_vocabulary"
    folder.mkdir()
    (folder / "contradictions.yaml").write_text("denied: [loss-stuck]\n", encoding="utf-8")
    monkeypatch.setattr(denials, "bundled", lambda _: tmp_path)
    denials.denied.cache_clear()
    try:
        with pytest.raises(RuleError, match="a list of rules for every rule"):
            denials.denied()
    finally:
        denials.denied.cache_clear()
