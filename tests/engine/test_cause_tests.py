"""The tests that causes carry: what a run's settings and program put on their odds."""

from __future__ import annotations

import dataclasses

import pytest

from logdoc.engine import load_rules, run_cause_tests
from logdoc.engine.schema import CauseTest

RULES = load_rules()
RESULTS = run_cause_tests(RULES.causes)


@pytest.mark.parametrize("result", RESULTS, ids=[f"{r.rule}::{r.name}" for r in RESULTS])
def test_a_bundled_cause_keeps_its_promise(result) -> None:  # type: ignore[no-untyped-def]
    assert result.problems == ()


@pytest.mark.parametrize(
    ("expect", "part"),
    [({"factor": 2}, "expected the odds times 2, got 12"), ({"factor": 12, "because_contains": "moon"}, "'moon'")],
)
def test_a_promise_that_is_not_kept_is_told(expect: dict[str, object], part: str) -> None:
    small = next(c for c in RULES.causes if c.cause.id == "batch-too-small")
    test = CauseTest.model_validate({"name": "a", "meta": {"batch_size": 1}, "expect": expect})
    changed = dataclasses.replace(small, cause=small.cause.model_copy(update={"tests": [test]}))

    (result,) = run_cause_tests([changed])

    assert part in "; ".join(result.problems)


def test_a_condition_may_use_the_value_of_a_finding() -> None:
    high = next(c for c in RULES.causes if c.cause.id == "loss-function-wrong")
    test = CauseTest.model_validate(
        {"name": "a", "findings": {"loss-negative": {"low": -9.0}}, "expect": {"factor": 4}}
    )
    changed = dataclasses.replace(high, cause=high.cause.model_copy(update={"tests": [test]}))

    assert run_cause_tests([changed])[0].problems == ()
