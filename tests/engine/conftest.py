from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from logdoc.documents import load_yaml
from logdoc.engine.compiled import CompiledRule, RuleCompiler
from logdoc.engine.schema import Rule, TestRun
from logdoc.engine.selftest import make_input

if TYPE_CHECKING:
    from collections.abc import Callable

    from logdoc.engine import EngineInput

RULE = """\
id: loss-high
title: The training loss ends high
healthy: The training loss ends low.
since: 0.1.0
severity: warning
tags: [loss]

inputs:
  loss: train.loss
optional:
  task: {from: meta.task, default: unknown}
applies:
  when: count(loss) >= points and not one_of(task, "gan")
  otherwise: too few points, or a task without a target

params:
  points: {value: 3, why: a level needs a few points}
  bound: {value: 10, why: an example}

let:
  end: last(loss)
  share_high: share(loss > bound)
when: end > bound
window: [first_step(loss), last_step(loss)]

message: "The loss ends at {end:.3g}, over {bound:.0f} in {share_high:.0%} of the run."
why: It should be lower.
verify: Look at it.
evidence:
  - {plot: loss, lines: {bound: bound}, scale: log}
log: the training loss
false_positives:
  - A loss in other units.
references:
  - {practice: a test, says: an example}

tests:
  - name: ends high
    series: {train.loss: "20x5"}
    expect: {verdict: fires, values: {end: 20}}
  - name: ends low
    series: {train.loss: "1x5"}
    expect: {verdict: clear}
  - name: nothing logged
    expect: {verdict: not-judged, missing: [train.loss]}
"""

PER_LAYER = """\
id: update-high
title: Updates are large
healthy: No update is large.
since: 0.1.0
severity: warning
tags: [layers]
for_each: parameter
inputs:
  update: update_ratio[parameter]
applies: {when: count(update) >= points, otherwise: too few samples}
params:
  points: {value: 3, why: a few samples}
  high: {value: 0.01, why: ten times the usual}
let:
  typical: median(update)
when: typical > high
rank: typical
window: [first_step(update), last_step(update)]
message: "{parameter}: the typical update is {typical:.2g}."
why: It overwrites what was learned.
evidence:
  - {plot: update, band: [0, high]}
log: the update ratio
false_positives: [None known.]
references:
  - {practice: a test, says: an example}
"""


@pytest.fixture
def rule_text() -> str:
    return RULE


@pytest.fixture
def per_layer_text() -> str:
    return PER_LAYER


@pytest.fixture
def compile_rule() -> Callable[[str], CompiledRule]:
    def compile_one(text: str) -> CompiledRule:
        document = load_yaml(textwrap.dedent(text), where="rules/loss/rule.yaml")
        compiler = RuleCompiler(document.place)
        compiled = compiler.compile_rule(Rule.model_validate(document.data), "loss", document.where)
        assert compiled is not None, [str(fault) for fault in compiler.faults]
        return compiled

    return compile_one


@pytest.fixture
def run_of() -> Callable[..., EngineInput]:
    """Build a run from series in the compact notation, by role, and facts."""

    def make(series: dict[str, str] | None = None, **meta: object) -> EngineInput:
        return make_input(TestRun.model_validate({"series": series or {}, "meta": meta}))

    return make
