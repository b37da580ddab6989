"""A verdict does not hang on how a run was logged: fewer points, other names, other units, another format, light
smoothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import logdoc
from logdoc.engine import evaluate, load_rules
from logdoc.judging.pipeline import make_judge, prepare
from logdoc.model import Run, Series
from logdoc.signals.transforms import debiased_mean
from tests.healthy_runs import RUNS, run_of

SAMPLES = Path(__file__).resolve().parent.parent / "sample_logs"
JUDGE = make_judge(load_rules(), {}, {})
LOGGING = JUDGE.logging_rules
SAMPLE_RUNS = [*logdoc.load_runs(SAMPLES), *(run_of(name, 0) for name in sorted(RUNS))]
WORST = 0.05


def verdicts(run: Run) -> dict[str, str]:
    return {f.id: f.status for f in evaluate(JUDGE.rules.rules, prepare(run, JUDGE)) if f.id not in LOGGING}


BEFORE = {run.id: verdicts(run) for run in SAMPLE_RUNS}


def changed(change: Callable[[Run], Run]) -> list[tuple[str, str, str, str]]:
    """The verdicts that turn from fires to clear or the reverse; what can no longer be judged is no change of mind."""
    found = []
    for run in SAMPLE_RUNS:
        after = verdicts(change(run))
        for rule, status in BEFORE[run.id].items():
            if {status, after[rule]} == {"fires", "clear"}:
                found.append((run.id, rule, status, after[rule]))
    return found


def judged() -> int:
    return sum(status in ("fires", "clear") for mine in BEFORE.values() for status in mine.values())


def each(run: Run, change: Callable[[Series], Series]) -> Run:
    return dataclasses.replace(run, series={name: change(series) for name, series in run.series.items()})


def thinned(series: Series) -> Series:
    """Every tenth point of a curve that has hundreds; curves per epoch stay."""
    if len(series) < 200:
        return series
    return dataclasses.replace(
        series,
        steps=series.steps[::10],
        values=series.values[::10],
        times=None if series.times is None else series.times[::10],
    )


def smoothed(series: Series) -> Series:
    if len(series) < 20 or not np.isfinite(series.values).all():
        return series
    return dataclasses.replace(series, values=debiased_mean(series.values, 0.3))


def shifted(series: Series) -> Series:
    return dataclasses.replace(series, steps=series.steps + 1)


def in_percent(run: Run) -> Run:
    def change(series: Series) -> Series:
        share = "acc" in series.name.lower() and len(series) and float(np.nanmax(series.values)) <= 1.0
        return dataclasses.replace(series, values=100.0 * series.values) if share else series

    return each(run, change)


def renamed(run: Run) -> Run:
    names = {name: name.replace("val_", "eval/").replace("train/", "training.") for name in run.series}
    return dataclasses.replace(
        run, series={new: dataclasses.replace(run.series[old], name=new) for old, new in names.items()}
    )


def rescaled(series: Series) -> Series:
    """Steps counted in thousands."""
    return dataclasses.replace(series, steps=series.steps * 1000)


@pytest.mark.parametrize(
    "change",
    [
        lambda run: each(run, thinned),
        lambda run: each(run, smoothed),
        lambda run: each(run, shifted),
        lambda run: each(run, rescaled),
        in_percent,
        renamed,
    ],
    ids=["a tenth of the points", "light smoothing", "steps from one", "steps in thousands", "percent", "other names"],
)
def test_fewer_than_one_verdict_in_twenty_changes(change: Callable[[Run], Run]) -> None:
    found = changed(change)

    assert len(found) < WORST * judged(), found


def test_the_same_run_in_another_format_has_the_same_verdicts(tmp_path: Path) -> None:
    for run in SAMPLE_RUNS:
        if run.histograms or any(len(s) > 5000 for s in run.series.values()):
            continue
        folder = tmp_path / run.id.replace("/", "_")
        folder.mkdir()
        steps = sorted({int(s) for series in run.series.values() for s in series.steps})
        columns = [
            dict(zip(series.steps.tolist(), series.values.tolist(), strict=True)) for series in run.series.values()
        ]
        rows = [
            ",".join([str(step), *("" if step not in column else repr(column[step]) for column in columns)])
            for step in steps
        ]
        (folder / "log.csv").write_text("\n".join([",".join(["step", *run.series]), *rows]) + "\n")
        again = dataclasses.replace(logdoc.load_runs(folder)[0], config=run.config, id=run.id)
        after = verdicts(again)
        flips = [
            (rule, status, after[rule])
            for rule, status in BEFORE[run.id].items()
            if {status, after[rule]} == {"fires", "clear"}
        ]
        assert len(flips) <= WORST * sum(status in ("fires", "clear") for status in BEFORE[run.id].values()), (
            run.id,
            flips,
        )


@pytest.mark.parametrize("points", [1, 2, 3, 5, 10])
def test_a_short_run_gets_a_verdict_with_a_reason_and_never_an_error(points: int) -> None:
    def cut(series: Series) -> Series:
        return dataclasses.replace(
            series,
            steps=series.steps[:points],
            values=series.values[:points],
            times=None if series.times is None else series.times[:points],
        )

    for run in SAMPLE_RUNS:
        for finding in evaluate(JUDGE.rules.rules, prepare(each(run, cut), JUDGE)):
            assert finding.status in ("fires", "clear", "not-applicable", "not-judged"), (
                run.id,
                finding.id,
                finding.evidence,
            )
            assert finding.status == "clear" or finding.evidence
            assert "nan" not in finding.evidence.lower().split() or "NaN" in finding.evidence
