"""Stable-Baselines' Monitor writes a row per episode beside what the trainer logs of the same run; both are one run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Run
    from logdoc.readers.source import RunSource

_NAME = "monitor.csv"  # also 0.monitor.csv, one of each environment
_NOTE = "(Stable-Baselines Monitor)"
_OF_EPISODES = frozenset({"rollout/ep_rew_mean", "rollout/ep_len_mean"})  # what the trainer takes from the Monitor


def is_monitor(source: RunSource) -> bool:
    """Tell whether a source is named as the Monitor names its file."""
    return len(source.files) == 1 and source.files[0].name.endswith(_NAME)


def with_monitors(runs: Sequence[Run]) -> list[Run]:
    """Return the runs of one folder, the curves of its monitors in the one run whose trainer took its returns from it.

    Where no run has such returns, or several have, each stays what it is. A monitor's curves count episodes and stand
    under its name: ``monitor/r_raw`` is the return of an episode, ``monitor/l_raw`` its length, ``monitor/t_raw`` the
    seconds. The run is judged by the trainer's means over a hundred episodes, as its reports show it.
    """
    monitors = [run for run in runs if _NOTE in run.note]
    trainers = [run for run in runs if _NOTE not in run.note and _OF_EPISODES & set(run.series)]
    if not monitors or len(trainers) != 1:
        return list(runs)
    (trainer,) = trainers
    series, config, defects = dict(trainer.series), dict(trainer.config), list(trainer.defects)
    sources = [*trainer.sources, *(name for run in monitors for name in run.sources if name not in trainer.sources)]
    for run in monitors:
        stem = run.sources[0].rpartition("/")[2].removesuffix(".csv")
        for name, curve in run.series.items():
            series[f"{stem}/{name}_raw"] = replace(curve, name=f"{stem}/{name}_raw")
        config = {**run.config, **config}
        defects.extend(defect for defect in run.defects if defect not in defects)
    note = f"{trainer.note}; a row per episode in {', '.join(run.sources[0] for run in monitors)}"
    whole = replace(trainer, series=series, config=config, defects=tuple(defects), sources=tuple(sources), note=note)
    return [whole if run is trainer else run for run in runs if run is trainer or _NOTE not in run.note]
