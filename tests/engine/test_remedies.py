"""What the context of a run puts on a cause: the same facts weigh the same, and a fault weighs nothing and is told."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import pytest

from logdoc.documents import load_yaml
from logdoc.engine import EngineInput, remedies
from logdoc.engine.compiled import CompiledCause, RuleCompiler
from logdoc.engine.remedies import fill_cause, weigh_cause
from logdoc.engine.schema import CauseFile
from logdoc.model import Finding

CAUSE = """\
id: lr-large
title: The learning rate is large
summary: Steps are too large.
prior: 0.1
explains: {loss-high: usual}
optional:
  rate: {from: [meta.lr, train.lr_peak], default: null}
  end: {from: finding.loss-high.end, default: null}
let:
  times: rate / 0.5
context:
  - {if: times > 2, factor: 3, why: "{times:.0f} times the usual"}
  - {if: end > 10, factor: 2, why: "it ends at {end:.0f}"}
remedies:
  - {effort: hours, do: Try again.}
verify: Repeat.
refute: No change.
references: [{practice: a test, says: an example}]
"""
ON_A_CURVE = CAUSE.replace(
    "rate: {from: [meta.lr, train.lr_peak], default: null}", "loss: {from: train.loss, default: null}"
)
ON_A_CURVE = ON_A_CURVE.replace("rate / 0.5", "last(loss)")

RunOf = Callable[..., EngineInput]


def made(text: str = CAUSE) -> CompiledCause:
    document = load_yaml(text, where="rules/_causes/lr-large.yaml")
    compiler = RuleCompiler(document.place)
    compiled = compiler.compile_cause(CauseFile.model_validate(document.data), document.where)
    assert compiled is not None, [str(fault) for fault in compiler.faults]
    return compiled


def fired(end: float) -> dict[str, Finding]:
    return {"loss-high": Finding("loss-high", "fires", "warning", "High", values={"end": end})}


def test_conditions_that_hold_multiply_and_say_why_with_the_numbers_of_the_run(run_of: RunOf) -> None:
    factor, influences = weigh_cause(made(), run_of({}, lr=3.0), fired(20.0))

    assert factor == 6.0
    assert [(one.factor, one.says) for one in influences] == [(3.0, "6 times the usual"), (2.0, "it ends at 20")]


def test_a_condition_that_is_unknown_or_does_not_hold_says_nothing(run_of: RunOf) -> None:
    assert weigh_cause(made(), run_of(), {}) == (1.0, ())
    assert weigh_cause(made(), run_of({}, lr=0.1), fired(1.0)) == (1.0, ())


def test_the_same_facts_are_weighed_once_and_others_anew(run_of: RunOf) -> None:
    cause = made()
    with patch.object(remedies, "_weighed", wraps=remedies._weighed) as weighed:
        first = weigh_cause(cause, run_of({}, lr=3.0), {})
        again = weigh_cause(cause, run_of({}, lr=3.0), {})
        other = weigh_cause(cause, run_of({}, lr=30.0), {})

    assert weighed.call_count == 2
    assert first == again
    assert other[1][0].says == "60 times the usual"


def test_no_more_than_fifty_sets_of_facts_are_kept_and_the_next_is_weighed_all_the_same(run_of: RunOf) -> None:
    cause = made()
    for number in range(60):
        _, (influence,) = weigh_cause(cause, run_of({}, lr=2.0 + number), {})
        assert influence.says == f"{4 + 2 * number} times the usual"

    assert len(cause.weighed) == 50


def test_a_cause_that_looks_at_a_curve_is_weighed_for_every_run(run_of: RunOf) -> None:
    cause = made(ON_A_CURVE)
    says = [weigh_cause(cause, run_of({"train.loss": f"{end}x5"}), {})[1][0].says for end in (20, 30)]

    assert says == ["20 times the usual", "30 times the usual"]
    assert cause.weighed == {}


@pytest.mark.parametrize("weigh", [weigh_cause, lambda *given: fill_cause(*given)[1:]])
def test_a_cause_that_fails_weighs_nothing_and_is_named(
    weigh: Callable[..., tuple[float, tuple[object, ...]]], run_of: RunOf
) -> None:
    cause, run = made(), run_of({}, lr=3.0)

    def explode(scope: object) -> float:
        raise RuntimeError("inside")

    object.__setattr__(cause.lets["times"], "run", explode)

    assert weigh(cause, run, {}) == (1.0, ())
    assert run.failed == {"the cause 'lr-large'": "RuntimeError: inside"}
