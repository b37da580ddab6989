"""The words for verdicts, severities and probabilities: one table each, which every view and every headline uses.

A severity is called the same everywhere: in rules, in Python, in JSON and in every report. A verdict is too, but for
one: a run whose worst finding is at info is healthy, and reports say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logdoc.model.analysis import RunVerdict, Severity

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Severities, worst first."""

VERDICTS: tuple[RunVerdict, ...] = (
    *("error", "warning", "incomplete", "undecidable", "unreadable"),
    *("running", "info", "healthy"),
)
"""Verdicts, those that need attention first."""

_SHOWN_VERDICTS: dict[RunVerdict, str] = {"info": "healthy (info)"}
# From which probability on a cause is called so; benchmarks/faults/RESULTS.md says how often causes of each band were
# right.
_LIKELIHOODS = ((0.9, "almost certain"), (0.7, "probable"), (0.45, "quite possible"))
_LEAST_LIKELY = "possible"


def verdict_word(verdict: RunVerdict) -> str:
    """Return what reports call a verdict."""
    return _SHOWN_VERDICTS.get(verdict, verdict)


def likelihood(probability: float) -> str:
    """Return a probability in words."""
    return next((word for bound, word in _LIKELIHOODS if probability >= bound), _LEAST_LIKELY)


def percent(probability: float) -> str:
    """Return a probability as whole percent, never 0 or 100."""
    return f"{min(99, max(1, round(probability * 100)))}%"
