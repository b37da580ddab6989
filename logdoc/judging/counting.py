"""A run that counts epochs is told of in epochs: rules are written for steps, and no reader of ``epoch 17`` looks for
``step 17`` in the log.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from logdoc.model import Run, RunAnalysis

# A place on the axis ("at step 17", "from step 3,451 to step 3,458"), never an amount ("300 steps").
_PLACE = re.compile(r"\b([Ss])tep(?=s? \d)")
Told = TypeVar("Told")


def counts_epochs(run: Run) -> bool:
    """Tell whether everything in a run is logged over epochs."""
    return bool(run.series) and all(series.axis == "epoch" for series in run.series.values())


def in_epochs(analysis: RunAnalysis) -> RunAnalysis:
    """Return what is said of a run with every place on its axis called an epoch."""
    return dataclasses.replace(
        analysis,
        headline=_said(analysis.headline),
        context={name: _worded(fact, "why") for name, fact in analysis.context.items()},
        findings=tuple(_worded(finding, "evidence", "why", "verify") for finding in analysis.findings),
        causes=tuple(
            dataclasses.replace(
                _worded(cause, "verify", "refute"),
                because=tuple(_worded(reason, "about") for reason in cause.because),
                remedies=tuple(_worded(remedy, "do") for remedy in cause.remedies),
            )
            for cause in analysis.causes
        ),
    )


def _worded(told: Told, *fields: str) -> Told:
    changed = {name: _said(getattr(told, name)) for name in fields}
    if all(getattr(told, name) == text for name, text in changed.items()):
        return told
    return dataclasses.replace(told, **changed)  # type: ignore[type-var]


def _said(text: str) -> str:
    return _PLACE.sub(lambda place: "Epoch" if place[1] == "S" else "epoch", text)
