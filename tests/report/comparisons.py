"""Hand-made comparisons: two runs of which the later one lost what the earlier one had."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from analyses import faulty, healthy

from logdoc.model import Comparison, Curve, Finding, Overlay


def lost() -> Finding:
    """What a rule about pairs says of a candidate that ends higher."""
    return dataclasses.replace(
        faulty().findings[0],
        id="ends-higher",
        severity="error",
        title="Ends higher than its baseline",
        evidence="The validation loss ends at 1.69, the baseline's at 0.48.",
        explained_by=None,
        window=None,
        layers=(),
    )


def curve(end: float, *, falls: float = 200.0) -> Curve:
    steps = tuple(range(0, 500, 5))
    values = tuple(2.0 * math.exp(-step / falls) for step in steps[:-1])
    return Curve("val/loss", "val.loss", "step", steps, (*values, end), len(steps))


def overlay(old: float = 0.48, new: float = 1.69) -> Overlay:
    return Overlay("val.loss", "step", curve(old), curve(new, falls=900.0))


def comparison(name: str = "runs/a", **changed: Any) -> Comparison:
    """A candidate that is worse: one finding about the pair, one that is new, one that both have, one that is gone."""
    both = dataclasses.replace(faulty().findings[1], id="both-have-it", title="Evaluated seldom", severity="warning")
    gone = dataclasses.replace(both, id="was-there", title="Loss stands still")
    baseline = dataclasses.replace(healthy("runs/old"), findings=(both, gone))
    candidate = dataclasses.replace(faulty(), id=name, findings=(faulty().findings[0], both))
    one = Comparison(
        baseline=baseline,
        candidate=candidate,
        verdict="worse",
        findings=(lost(), dataclasses.replace(lost(), id="spikes", status="clear", evidence="No spike.")),
        changed={"lr": (0.01, 0.1), "warmup": (500, None)},
        new=(faulty().findings[0],),
        gone=(gone,),
        yardstick="3 baselines lie 0.02 apart, which makes 0.06 a matter of chance",
        overlays=(overlay(),),
    )
    return dataclasses.replace(one, **changed)
