"""Answers about runs, each a text of at most so many tokens, in pages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from logdoc import api
from logdoc.api import explain as explained
from logdoc.errors import ConfigError, suggest
from logdoc.model.words import percent
from logdoc.report.agent import run_lines
from logdoc.report.comparison import comparison_lines
from logdoc.report.escape import show
from logdoc.report.explanation import explanation_lines
from logdoc.report.tokens import cut_to, tokens_of
from logdoc.report.wording import summary, worst_first
from logdoc.signals.decimate import decimate
from logdoc.watching.stamps import look

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from logdoc.agents.roots import Roots
    from logdoc.api import Analysis
    from logdoc.model import RunAnalysis, Series

MOST_TOKENS = 3_500  # of an answer, by the proxy of `logdoc.report.tokens`
_MOST_OF_A_LINE = 600
_KEPT = 4  # analyses that are remembered while their files are as they were
_POINTS = 60
_MOST_POINTS = 200


class Answers:
    """Answers questions about runs below the roots; nothing is written, and nothing outside is read."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        self._known: dict[Path, tuple[object, Analysis]] = {}

    def list_runs(self, path: str = ".", page: int = 1) -> str:
        """Return a line a run: verdict, last step, first cause."""
        analysis = self._analysis(path)
        lines = [summary(analysis)]
        for run in worst_first(analysis.runs):
            cause = f", {run.causes[0].id} {percent(run.causes[0].probability)}" if run.causes else ""
            step = f" step {run.steps[1]}" if run.steps else ""
            lines.append(f"{run.verdict} {show(run.id, cap=160)}{step}{cause}")
        lines += [f"not judged {show(d.source, cap=160)}: {show(d.what, cap=160)}" for d in analysis.defects]
        return paged(lines, page)

    def diagnose(self, path: str, run: str = "", page: int = 1) -> str:
        """Return what is wrong, why, how sure, and what to do: of one run, or of all below the path."""
        analysis = self._analysis(path)
        if run or len(analysis.runs) == 1:
            return paged(run_lines(self._one(analysis, run)), page)
        lines = [summary(analysis)]
        for one in worst_first(analysis.runs):
            lines += run_lines(one, alone=False)
        return paged(lines, page)

    def explain(self, path: str, cause: str, run: str = "", page: int = 1) -> str:
        """Return the arithmetic of a cause in one run: prior, each finding, rivals, how to verify and refute it."""
        place = self._roots.inside(path)
        chosen = self._one(self._analysis(path), run).id
        return paged(explanation_lines(explained(place, cause, run=chosen)[0]), page)

    def compare(self, baseline: str, candidate: str, page: int = 1) -> str:
        """Return whether runs are worse than their baseline beyond noise, from which step on, and why."""
        found = api.compare(self._roots.inside(baseline), self._roots.inside(candidate))
        return paged(comparison_lines(found, unicode=False), page)

    def curve(
        self,
        path: str,
        name: str,
        run: str = "",
        first: int | None = None,
        last: int | None = None,
        points: int = _POINTS,
    ) -> str:
        """Return a curve as steps and values, by role or name; thinned so that no extreme and no NaN is lost."""
        if not 1 <= points <= _MOST_POINTS:
            raise ConfigError(f"points must be between 1 and {_MOST_POINTS}")
        runs = api.load_runs(self._roots.inside(path), code=False)
        chosen = _only([one.id for one in runs], run)
        mine = next(one for one in runs if one.id == chosen)
        series = mine.series.get(name) or mine.roles.get(name)
        if series is None:
            known = [*mine.roles, *mine.series]
            more = f" and {len(known) - 20} more" if len(known) > 20 else ""
            raise ConfigError(
                f"there is no curve {name!r} in {mine.id}",
                hint=f"{suggest(name, known)} There are {', '.join(map(show, known[:20]))}{more}.".strip(),
            )
        return paged(_excerpt(series, first, last, points), 1)

    def log_next(self, path: str, run: str = "", page: int = 1) -> str:
        """Return what to log so that more can be judged: what would tell most first."""
        one = self._one(self._analysis(path), run)
        lines = [f"run {show(one.id)}: {len(one.not_judged)} checks could not be judged"]
        lines += [f"first {show(s.line)} ({show(s.signal)}): {show(s.why)}" for s in one.suggestions]
        asked: dict[str, list[str]] = {}
        for rule in one.not_judged:
            if rule.log:
                asked.setdefault(rule.log, []).append(rule.id)
        lines += [f"log {show(line)}: for {', '.join(rules)}" for line, rules in asked.items()]
        return paged(lines, page)

    def _analysis(self, path: str) -> Analysis:
        place = self._roots.inside(path)
        stamps = look([place])
        known = self._known.pop(place, None)
        analysis = known[1] if known is not None and known[0] == stamps else api.analyze(place)
        self._known[place] = (stamps, analysis)
        while len(self._known) > _KEPT:
            del self._known[next(iter(self._known))]
        return analysis

    def _one(self, analysis: Analysis, run: str) -> RunAnalysis:
        chosen = _only([one.id for one in analysis.runs], run)
        return next(one for one in analysis.runs if one.id == chosen)


def _only(ids: Sequence[str], run: str) -> str:
    """Return the id that is meant.

    Raises:
        ConfigError: there is none, or it is not clear which.
    """
    found = [one for one in ids if one == run] or [one for one in ids if not run or f"/{run}/" in f"/{one}/"]
    if len(found) == 1:
        return found[0]
    if not ids:
        raise ConfigError("there is no run")
    what = f"{len(found)} runs are called {run!r}" if run and found else f"there is no run {run!r}" if run else ""
    shown = ", ".join(map(show, (found or list(ids))[:10]))
    raise ConfigError(what or f"there are {len(ids)} runs; name one", hint=f"{suggest(run, ids)} {shown}".strip())


def _excerpt(series: Series, first: int | None, last: int | None, points: int) -> list[str]:
    import dataclasses

    low = series.steps[0] if first is None and len(series) else first or 0
    high = series.steps[-1] if last is None and len(series) else last or 0
    inside = (series.steps >= low) & (series.steps <= high)
    part = dataclasses.replace(
        series,
        steps=series.steps[inside],
        values=series.values[inside],
        times=None if series.times is None else series.times[inside],
    )
    thin = decimate(part, points)
    lines = [f"{show(series.name)}: {len(thin)} of {len(part)} points ({series.axis}; {len(series)} in all)"]
    lines += [f"{step} {_number(value)}" for step, value in zip(thin.steps.tolist(), thin.values.tolist(), strict=True)]
    return lines


def _number(value: float) -> str:
    return f"{value:.5g}" if math.isfinite(value) else str(value)


def paged(lines: Sequence[str], page: int) -> str:
    """Return one page of an answer, with how many there are.

    Raises:
        ConfigError: there is no such page.
    """
    pages: list[list[str]] = [[]]
    room = MOST_TOKENS
    for line in lines:
        shown = cut_to(line.rstrip(), _MOST_OF_A_LINE)
        cost = tokens_of(shown) + 1
        if cost > room and pages[-1]:
            pages.append([])
            room = MOST_TOKENS
        pages[-1].append(shown)
        room -= cost
    if not 1 <= page <= len(pages):
        raise ConfigError(f"there is no page {page}", hint=f"There are {len(pages)}.")
    told = [f"page {page} of {len(pages)}"] if len(pages) > 1 else []
    return "\n".join([*pages[page - 1], *told])
