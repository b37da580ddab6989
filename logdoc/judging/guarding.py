"""One run that cannot be judged, for want of time, of memory, or by a fault of our own, costs no other run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.judging.pipeline import judge_run, prepare
from logdoc.model import Defect, RunAnalysis
from logdoc.model.notes import FAULT, OVER_BUDGET
from logdoc.redaction import cut
from logdoc.resources import budget

if TYPE_CHECKING:
    from logdoc.engine import EngineInput
    from logdoc.judging.pipeline import Judge
    from logdoc.model import Run

POINTS_PER_SECOND = 200_000  # the rules need about 5 s for a run of a million points


def judged(run: Run, judge: Judge) -> tuple[RunAnalysis, EngineInput | None]:
    """Judge one run within its budget.

    Returns:
        The analysis; and what was prepared for it, or None where it could not be judged: then the analysis says why,
        and its data count as lost.
    """
    points = sum(len(series) for series in run.series.values())
    try:
        with budget.within(budget.SECONDS_PER_LOG + points / POINTS_PER_SECOND):
            seen = prepare(run, judge)
            return judge_run(run, seen, judge), seen
    except budget.OverBudgetError as over:
        return unjudged(run, f"judging it was stopped: {over}", OVER_BUDGET), None
    except MemoryError:
        return unjudged(run, "there was not enough memory to judge it", OVER_BUDGET), None
    except Exception as error:
        what = (
            f"a fault of logdoc itself while judging it ({type(error).__name__}: {cut(str(error), 200)}); please report"
        )
        return unjudged(run, what, FAULT), None


def unjudged(run: Run, why: str, kind: str) -> RunAnalysis:
    """Return the analysis of a run about which nothing can be said, with the reason."""
    return RunAnalysis(
        id=run.id,
        format=run.format,
        sources=run.sources,
        steps=run.step_range,
        verdict="unreadable",
        headline=f"Not judged: {why}.",
        config=run.config,
        defects=(*run.defects, Defect(run.sources[0] if run.sources else run.id, why, lost=True, id=kind)),
    )
