"""Is a run worse than another, beyond noise, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from logdoc.context import setting_of
from logdoc.engine import evaluate_pair
from logdoc.judging.beside import settings_with_program
from logdoc.judging.pipeline import curve_of, judge_run, prepare
from logdoc.model import Comparison, Fact, Overlay
from logdoc.signals import best_level, end_level, top_level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logdoc.engine import EngineInput
    from logdoc.judging.pipeline import Judge
    from logdoc.model import Finding, Run, Series
    from logdoc.model.explanation import Comparing

_JUDGED = ("val.loss", "train.loss")
_RETURN = "rl.return"  # of an RL run; its loss says little
_DRAWN = ("val.loss", "train.loss", "val.accuracy", "train.accuracy", "rl.return", "train.lr", "train.grad_norm")


class _Yardstick(NamedTuple):
    """What a difference is measured by: how far repetitions lie apart at their best and at their end, and in words."""

    best: float
    end: float
    words: str


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
    yardstick = _yardstick([] if by_name else [seen[id(run)] for run in baselines], tolerance)
    made = []
    for run in candidates:
        base = names[run.id] if by_name else _middle(baselines, seen)
        facts = {
            "group.seed_spread": Fact(yardstick.best, yardstick.words),
            "group.seed_spread_end": Fact(yardstick.end, yardstick.words),
            "group.tolerance": Fact(tolerance, "--tolerance"),
        }
        made.append(_compared(base, run, seen, judge, facts, yardstick.words))
    return tuple(made)


def named_apart(found: Sequence[Comparison], baseline: str, candidate: str) -> tuple[Comparison, ...]:
    """Return comparisons in which no run is called like its baseline: where one log of a name is held against another
    of that name, both get the parts of their paths that differ.
    """
    if len(found) != 1 or found[0].baseline.id != found[0].candidate.id:
        return tuple(found)
    (one,) = found
    whole = [(*PurePath(place).parts, *PurePath(one.candidate.id).parts) for place in (baseline, candidate)]
    if any(place.endswith(one.candidate.id) for place in (baseline, candidate)):  # the file itself was given
        whole = [PurePath(place).parts for place in (baseline, candidate)]
    same = next((i for i, (a, b) in enumerate(zip(*whole, strict=False)) if a != b), None)
    if same is None:
        return (one,)
    first, second = ("/".join(parts[same:]) for parts in whole)
    return (replace(one, baseline=replace(one.baseline, id=first), candidate=replace(one.candidate, id=second)),)


def _compared(
    base: Run, run: Run, seen: dict[int, EngineInput], judge: Judge, facts: Mapping[str, Fact], yardstick: str
) -> Comparison:
    old, new = seen[id(base)], seen[id(run)]
    findings = evaluate_pair(judge.rules.rules, old, new, facts, judge.overrides)
    reverse = evaluate_pair(judge.rules.rules, new, old, facts, judge.overrides)
    before, after = judge_run(base, old, judge), judge_run(run, new, judge)
    had, has = _fired(before.findings), _fired(after.findings)
    appeared = tuple(f for name, f in has.items() if name not in had)
    return Comparison(
        baseline=before,
        candidate=after,
        verdict=_verdict(findings, reverse, appeared),
        findings=findings,
        changed=_changed(base, run, old.facts, new.facts),
        new=appeared,
        gone=tuple(f for name, f in had.items() if name not in has),
        yardstick=yardstick,
        overlays=_overlays(old, new),
    )


def _fired(findings: Sequence[Finding]) -> dict[str, Finding]:
    return {f.id: f for f in findings if f.status == "fires"}


def _verdict(findings: Sequence[Finding], reverse: Sequence[Finding], appeared: Sequence[Finding]) -> Comparing:
    if any(f.status == "fires" for f in findings) or any(f.severity == "error" for f in appeared):
        return "worse"
    if any(f.status == "fires" for f in reverse):
        return "better"
    return "same" if any(f.status == "clear" for f in findings) else "unclear"


def _changed(base: Run, run: Run, old: Mapping[str, Fact], new: Mapping[str, Fact]) -> dict[str, tuple[object, object]]:
    """The settings that differ. Two keys that mean one fact (``lr`` and ``learning_rate``) are one setting."""
    changed: dict[str, tuple[object, object]] = {}
    told: set[str] = set()
    for name in sorted({*old, *new}):
        keys = [setting_of(facts[name]) if name in facts else "" for facts in (old, new)]
        if all(keys) and keys[0] != keys[1] and not (keys[0] in run.config or keys[1] in base.config):
            told.update(keys)
            if old[name].value != new[name].value:
                changed[" / ".join(keys)] = (base.config[keys[0]], run.config[keys[1]])
    before, after = settings_with_program(base, old), settings_with_program(run, new)
    for key in {*before, *after} - told:
        if before.get(key) != after.get(key):
            changed[key] = (before.get(key), after.get(key))
    return dict(sorted(changed.items()))


def _overlays(old: EngineInput, new: EngineInput) -> tuple[Overlay, ...]:
    """The main curves that both runs have on the same axis, to be drawn over one another."""
    made = []
    for role in _DRAWN:
        first, second = old.reading.one.get(role), new.reading.one.get(role)
        if first is None or second is None or not len(first.series) or not len(second.series):
            continue
        if first.series.axis == second.series.axis:
            made.append(Overlay(role, first.series.axis, curve_of(first), curve_of(second)))
    return tuple(made)


def _result(seen: EngineInput, level: Callable[[Series], float] = best_level) -> float:
    returns = seen.reading.one.get(_RETURN)
    if returns is not None:
        return -top_level(returns.series)
    series = next((seen.reading.one[role].series for role in _JUDGED if role in seen.reading.one), None)
    return float("nan") if series is None else level(series)


def _middle(baselines: Sequence[Run], seen: dict[int, EngineInput]) -> Run:
    ordered = sorted(baselines, key=lambda run: (np.nan_to_num(_result(seen[id(run)]), nan=np.inf), run.id))
    return ordered[(len(ordered) - 1) // 2]


def _yardstick(seen: Sequence[EngineInput], tolerance: float) -> _Yardstick:
    results = np.array([r for r in (_result(one) for one in seen) if r == r])
    if len(results) < 2:
        return _Yardstick(0.0, 0.0, f"noise of the curves and a tolerance of {tolerance:.0%}")
    bound = _prediction_bound(results)
    words = f"{len(results)} baselines lie {np.ptp(results):.3g} apart, which makes {bound:.3g} a matter of chance"
    return _Yardstick(bound, _prediction_bound(np.array([_result(one, end_level) for one in seen])), words)


def _prediction_bound(results: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Return how far above their middle one more repetition lies in less than one case of twenty: the one-sided
    prediction interval of normal results; 0 for fewer than two.
    """
    known = results[np.isfinite(results)]
    n = len(known)
    if n < 2:
        return 0.0
    from scipy.stats import t as student

    return float(student.ppf(0.95, n - 1) * known.std(ddof=1) * np.sqrt(1.0 + 1.0 / n))
