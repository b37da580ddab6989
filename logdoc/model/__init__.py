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
    Member,
    Possibility,
    Reason,
    Remedy,
    RunAnalysis,
    Severity,
    SilentRule,
    Suggestion,
    Verdict,
)
from logdoc.model.citation import ADDRESS, Citation
from logdoc.model.explanation import Comparison, Explanation, Overlay, Step
from logdoc.model.fingerprint import fingerprint, group_fingerprint
from logdoc.model.program import ProgramSetting, ProgramText
from logdoc.model.progress import Progress
from logdoc.model.reading import Reading, Signal
from logdoc.model.run import ConfigValue, Defect, Histogram, Run, Series

__all__ = [
    "ADDRESS",
    "Analysis",
    "Cause",
    "Chart",
    "Citation",
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
    "Member",
    "Overlay",
    "Possibility",
    "ProgramSetting",
    "ProgramText",
    "Progress",
    "Reading",
    "Reason",
    "Remedy",
    "Run",
    "RunAnalysis",
    "Series",
    "Severity",
    "Signal",
    "SilentRule",
    "Step",
    "Suggestion",
    "Verdict",
    "fingerprint",
    "group_fingerprint",
]
