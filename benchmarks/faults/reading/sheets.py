"""What a reader gets of one run beside its files: curves as tables and as pictures, the configuration, and the words to
answer with.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from logdoc.engine import load_rules
from logdoc.model import Chart, Curve, Series
from logdoc.report.charts import chart_svg
from logdoc.signals.decimate import decimate

FIRST = 10  # points of the start that are shown one by one: what is wrong from the first step on shows there
SPREAD = 20  # further points, evenly over the run
BEFORE = 5  # points before the first value that is not finite
DRAWN = 300

TASK = """\
# How to read, and how to answer

Each folder beside this file is one training run: its log files, its configuration, and `sheet.md` with its curves.
Nothing else is known. Most runs have a fault, some are healthy and look odd. Work as an expert does: look at the
numbers, form hypotheses, and check each against the curves before you name it.

Write one file, `answers.json`:

```json
{"0001": {"healthy": false,
          "causes": [["lr-too-high", 0.7], ["batch-too-small", 0.2]],
          "symptoms": ["loss-diverging"],
          "numbers": ["the gradient norm grows tenfold from step 120 on, before the loss does"],
          "decides": "300 steps at a third of the learning rate"}}
```

`causes` are ranked, with your probability for each; `symptoms` are those that you would put before a colleague as a
warning. For a healthy run both are empty. Use the words of the two tables below and no others.
"""


def task() -> str:
    """Return what a reader is told: how to answer, and the vocabulary of symptoms and causes."""
    base = load_rules()
    symptoms = [
        f"| {one.rule.id} | {one.rule.title} |"
        for one in base.rules
        if one.rule.scope == "run" and "logging" not in one.rule.tags
    ]
    causes = [f"| {one.cause.id} | {one.cause.title}: {one.cause.summary} |" for one in base.causes]
    head = "| word | what it is |\n|---|---|\n"
    return "\n".join(
        [TASK, "## Causes", "", head + "\n".join(causes), "", "## Symptoms", "", head + "\n".join(symptoms), ""]
    )


def sheet(signals: Mapping[str, tuple[np.ndarray, np.ndarray]], config: Mapping[str, Any]) -> str:
    """Return one run as Markdown: the configuration, then every curve as a row of numbers.

    Args:
        signals: steps and values by name.
        config: hyper-parameters.
    """
    lines = ["## Configuration", "", "```json", json.dumps(dict(config), indent=1), "```", "", "## Curves", ""]
    for name, (steps, values) in signals.items():
        lines += [f"**{name}** ({len(values)} points, {_range(values)})", "", _row(steps, values), ""]
    return "\n".join(lines)


def pictures(signals: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> str:
    """Return the curves as one page of drawings, on a logarithmic axis where they span orders of magnitude."""
    drawn = []
    for number, (name, (steps, values)) in enumerate(signals.items()):
        thin = decimate(Series(name, steps.astype(np.int64), values.astype(np.float64)), DRAWN)
        curve = Curve(name, "", "step", tuple(thin.steps.tolist()), tuple(thin.values.tolist()), len(values))
        finite = values[np.isfinite(values)]
        wide = finite.size > 0 and finite.min() > 0 and finite.max() > 50 * finite.min()
        drawn.append(f"<h3>{name}</h3>" + chart_svg(_chart(name, wide=wide), {name: curve}, None, name, f"c{number}"))
    style = "svg{max-width:40rem;display:block}path,polyline{fill:none;stroke:#246}text{font:12px sans-serif}"
    return f"<!doctype html><meta charset=utf-8><style>{style}</style>{''.join(drawn)}\n"


def _chart(name: str, *, wide: bool) -> Chart:
    return Chart((name,), {}, None, "log" if wide else "linear")


def _range(values: np.ndarray) -> str:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return "none of them finite"
    lost = f", {values.size - finite.size} not finite" if finite.size < values.size else ""
    return f"lowest {finite.min():.4g}, highest {finite.max():.4g}{lost}"


def _row(steps: np.ndarray, values: np.ndarray) -> str:
    """Write the first points, some evenly over the run, and those right before the first that is not finite."""
    places = {*range(min(FIRST, len(values))), *np.linspace(0, len(values) - 1, SPREAD).astype(int).tolist()}
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        places.update(range(max(0, int(bad[0]) - BEFORE), min(len(values), int(bad[0]) + 2)))
    return " · ".join(f"{steps[i]}: {_number(float(values[i]))}" for i in sorted(places) if 0 <= i < len(values))


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else str(value)
