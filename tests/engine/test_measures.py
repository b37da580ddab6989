"""What is taken of each run for the rules about groups gives the verdict that its curves would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from logdoc.engine import evaluate_group, evaluate_together, group_input, load_rules, needs_of, take
from logdoc.model import Fact

if TYPE_CHECKING:
    from collections.abc import Callable

    from logdoc.engine import CompiledRule, EngineInput

GROUP = """\
id: sweep-spread
title: The runs end far apart
healthy: The runs end close together.
since: 0.1.0
severity: info
tags: [group]
scope: group
inputs:
  loss: {from: ["val.loss[run]", "train.loss[run]"]}
  optimizer: meta.optimizer[run]
params:
  factor: {value: 2, why: an example}
  early: {value: 0.25, unit: of the run, why: an example}
let:
  LETS
when: ratio > factor
window: ["0", "highest_of(end)"]
message: "The runs end {ratio:.1f}-fold apart."
why: They should not.
log: the training loss
evidence: [{plot: loss}]
false_positives: [None known.]
references: [{practice: a test, says: an example}]
"""
CALLS = "end: end_level(loss)\n  ratio: spread_of(end)"
CURVES = "tail: last_part(loss, early)\n  end: end_level(tail)\n  ratio: spread_of(end)"
POINTS = "end: share(loss > 1)\n  ratio: highest_of(end) + factor + 1"


def test_bundled_group_rules_ask_for_numbers_only() -> None:
    needs = needs_of(load_rules().rules, {})

    assert needs.whole == frozenset()
    assert {measure.function for measure in needs.measures} == {"start_level", "end_level"}
    assert set(needs.facts) >= {"meta.lr", "meta.weight_decay", "meta.dropout"}


@pytest.mark.parametrize(
    ("lets", "whole"), [(CALLS, set()), (CURVES, {"val.loss", "train.loss"}), (POINTS, {"val.loss", "train.loss"})]
)
def test_a_group_is_judged_by_what_was_taken_as_by_its_curves(
    compile_rule: Callable[[str], CompiledRule], run_of: Callable[..., EngineInput], lets: str, whole: set[str]
) -> None:
    rules = [compile_rule(GROUP.replace("LETS", lets))]
    runs = {
        "a": run_of({"train.loss": "2-0.01x40", "val.loss": "3x20"}, optimizer="adam"),
        "b": run_of({"train.loss": "9x40", "val.loss": "12-0.1x40"}, optimizer="sgd"),
        "c": run_of({"train.loss": "1x3"}, optimizer="sgd"),
        "d": run_of({}),
    }
    facts = {"group.kind": Fact("seeds")}
    needs = needs_of(rules, {})

    taken = {name: take(run, needs) for name, run in runs.items()}

    assert needs.whole == whole
    expected = evaluate_group(rules, runs, facts)
    assert expected[0].status == "fires"
    assert evaluate_together(rules, group_input(taken, needs, facts)) == expected


def test_a_parameter_that_a_user_sets_is_measured_with_his_value(
    compile_rule: Callable[[str], CompiledRule], run_of: Callable[..., EngineInput]
) -> None:
    rules = [compile_rule(GROUP.replace("LETS", "end: quantile(loss, early)\n  ratio: spread_of(end)"))]
    runs = {"a": run_of({"train.loss": "1+1x40"}, optimizer="adam"), "b": run_of({"train.loss": "3x40"}, optimizer="a")}
    overrides = {"sweep-spread.early": 0.9}
    needs = needs_of(rules, overrides)

    taken = {name: take(run, needs) for name, run in runs.items()}

    found = evaluate_together(rules, group_input(taken, needs, {}), overrides)
    assert found == evaluate_group(rules, runs, {}, overrides)
    assert found != evaluate_group(rules, runs, {})
