"""Curves as tests of logs compare them."""

from __future__ import annotations

from logdoc.model import Run


def points(run: Run, name: str) -> dict[int, float]:
    """``step -> value`` of a curve."""
    series = run.series[name]
    return dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))
