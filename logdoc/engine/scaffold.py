"""The text of a new rule that already passes its tests."""

from __future__ import annotations

import re

from logdoc.engine.schema import ID
from logdoc.errors import ConfigError

_TEMPLATE = """\
id: {id}
title: {title}
healthy: {healthy}
since: 0.1.0
status: experimental
severity: info
tags: [{area}]

inputs:
  loss: train.loss
applies:
  when: count(loss) >= points
  otherwise: fewer than five points

params:
  points: {{value: 5, why: a trend needs a few points}}
  bound: {{value: 10, why: say where the number comes from}}

let:
  end: end_level(loss)
when: end > bound
window: [first_step(loss), last_step(loss)]

message: The training loss ends at {{end:.4g}}.
why: Say why it matters.
verify: Say how to check it.
causes: {{lr-too-high: rarely}}
evidence:
  - {{plot: loss}}
log: the training loss at every step
false_positives:
  - Say when this rule is wrong.
references:
  - {{practice: say whose, says: say what it rests on; better name a source by its id}}

tests:
  - name: fires
    series: {{train.loss: "20x10"}}
    expect: {{verdict: fires}}
  - name: stays silent on a healthy run
    series: {{train.loss: "2-0.01x100"}}
    expect: {{verdict: clear}}
  - name: too short
    series: {{train.loss: "20x2"}}
    expect: {{verdict: not-applicable}}
  - name: nothing logged
    expect: {{verdict: not-judged, missing: [train.loss]}}
"""


def new_rule(rule_id: str, area: str) -> str:
    """Return the YAML of a new rule.

    Raises:
        ConfigError: the id or the area is not in kebab-case.
    """
    for word in (rule_id, area):
        if not re.fullmatch(ID, word):
            raise ConfigError(
                f"'{word}' is not in kebab-case",
                hint="Use small letters, digits and single dashes, for example loss-term-ignored.",
            )
    words = rule_id.replace("-", " ")
    return _TEMPLATE.format(id=rule_id, area=area, title=words.capitalize(), healthy=f"No sign of {words}.")
