"""A log as somebody has it, judged as by a user, and what the report says."""

from __future__ import annotations

from pathlib import Path

import logdoc
from logdoc.model import RunAnalysis

WAVE = [0.01 * ((7 * i) % 5 - 2) for i in range(2000)]  # scatter without chance


def said(tmp_path: Path, text: str, name: str = "log.csv") -> RunAnalysis:
    """Judge a text in a file of that name, which holds one run."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    (run,) = logdoc.analyze(tmp_path / name).runs
    return run


def fired(run: RunAnalysis) -> set[str]:
    """The rules that fire."""
    return {f.id for f in run.findings if f.status == "fires"}


def loud(run: RunAnalysis) -> set[str]:
    """The rules that fire at warning or error."""
    return {f.id for f in run.findings if f.status == "fires" and f.severity != "info"}
