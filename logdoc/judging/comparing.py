"""Is a run worse than another, beyond noise, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.engine import evaluate_pair
from logdoc.judging.pipeline import judge_run, prepare
from logdoc.model import Comparison, Fact
from logdoc.signals import best_level, top_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.engine import EngineInput
    from logdoc.judging.pipeline import Judge
    from logdoc.model import Finding, Run
    from logdoc.model.explanation import Comparing

_JUDGED = ("val.loss", "train.loss")
_RETURN = "rl.return"  # of an agent; its loss says little


def compare_runs(
    baselines: Sequence[Run], candidates: Sequence[Run], judge: Judge, tolerance: float
) -> tuple[Comparison, ...]:
    """Compare every candidate with the baseline of its name; where the names differ, with the baseline whose result
    is the median.

    Several baselines are taken for repetitions: how far their results lie apart tells how far a further one may lie
    from them by chance.
    """
    seen = {id(run): prepare(run, judge) for run in [*baselines, *candidates]}
    names = {run.id: run for run in baselines}
    by_name = len(names) > 1 and all(run.id in names for run in candidates)
    spread, yardstick = (0.0, "") if by_name else _spread([seen[id(run)] for run in baselines])
    made = []
    for run in candidates:
        base = names[run.id] if by_name else _middle(baselines, seen)
        made.append(
            _compared(
                base,
                run,
                seen,
                judge,
                spread,
                tolerance,
                yardstick or f"noise of the curves and a tolerance of {tolerance:.0%}",
            )
        )
    return tuple(made)


def _compared(
    base: Run, run: Run, seen: dict[int, EngineInput], judge: Judge, spread: float, tolerance: float, yardstick: str
) -> Comparison:
    facts = {"group.seed_spread": Fact(spread, yardstick), "group.tolerance": Fact(tolerance, "--tolerance")}
    old, new = seen[id(base)], seen[id(run)]
    findings = evaluate_pair(judge.rules.rules, old, new, facts, judge.overrides)
    reverse = evaluate_pair(judge.rules.rules, new, old, facts, judge.overrides)
    before, after = judge_run(base, old, judge), judge_run(run, new, judge)
    had, has = _fired(before.findings), _fired(after.findings)
    keys = sorted({*base.config, *run.config})
    return Comparison(
        baseline=before,
        candidate=after,
        verdict=_verdict(findings, reverse),
        findings=findings,
        changed={
            key: (base.config.get(key), run.config.get(key))
            for key in keys
            if base.config.get(key) != run.config.get(key)
        },
        new=tuple(f for name, f in has.items() if name not in had),
        gone=tuple(f for name, f in had.items() if name not in has),
        yardstick=yardstick,
    )


def _fired(findings: Sequence[Finding]) -> dict[str, Finding]:
    return {f.id: f for f in findings if f.status == "fires"}


def _verdict(findings: Sequence[Finding], reverse: Sequence[Finding]) -> Comparing:
    if any(f.status == "fires" for f in findings):
        return "worse"
    if any(f.status == "fires" for f in reverse):
        return "better"
    return "same" if any(f.status == "clear" for f in findings) else "unclear"


def _result(seen: EngineInput) -> float:
    returns = seen.reading.one.get(_RETURN)
    if returns is not None:
        return -top_level(returns.series)
    series = next((seen.reading.one[role].series for role in _JUDGED if role in seen.reading.one), None)
    return float("nan") if series is None else best_level(series)


def _middle(baselines: Sequence[Run], seen: dict[int, EngineInput]) -> Run:
    ordered = sorted(baselines, key=lambda run: (np.nan_to_num(_result(seen[id(run)]), nan=np.inf), run.id))
    return ordered[(len(ordered) - 1) // 2]


def _spread(seen: Sequence[EngineInput]) -> tuple[float, str]:
    results = np.array([r for r in (_result(one) for one in seen) if r == r])
    n = len(results)
    if n < 2:
        return 0.0, ""
    from scipy.stats import t as student

    # One more repetition lies above their middle by less than this in 19 of 20 cases (one-sided prediction interval of
    # normal results).
    bound = float(student.ppf(0.95, n - 1) * results.std(ddof=1) * np.sqrt(1.0 + 1.0 / n))
    return bound, f"{n} baselines lie {np.ptp(results):.3g} apart, which makes {bound:.3g} a matter of chance"
