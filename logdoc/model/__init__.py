"""The data that flows through the house. Frozen; NumPy columns; no reading, no judging."""

from logdoc.model.analysis import (
    Analysis,
    Cause,
    Chart,
    Curve,
    Fact,
    Finding,
    Group,
    HeatMap,
    NotJudged,
    Possibility,
    Reason,
    Remedy,
    RunAnalysis,
    Severity,
    Suggestion,
    Verdict,
)
from logdoc.model.explanation import Comparison, Explanation, Step
from logdoc.model.reading import Reading, Signal
from logdoc.model.run import ConfigValue, Defect, Histogram, Run, Series

__all__ = [
    "Analysis",
    "Cause",
    "Chart",
    "Comparison",
    "ConfigValue",
    "Curve",
    "Defect",
    "Explanation",
    "Fact",
    "Finding",
    "Group",
    "HeatMap",
    "Histogram",
    "NotJudged",
    "Possibility",
    "Reading",
    "Reason",
    "Remedy",
    "Run",
    "RunAnalysis",
    "Series",
    "Severity",
    "Signal",
    "Step",
    "Suggestion",
    "Verdict",
]
