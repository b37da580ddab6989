"""Which runs belong together: runs of one folder that log the same names and differ in few settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logdoc.model import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.model import ConfigValue, Run

_MOST_DIFFERENCES = 3  # runs that differ in more settings are different experiments
_SEEDS = ("seed", "random_seed", "manual_seed")
_RATES = ("lr", "learning_rate", "base_lr", "lr0")


@dataclass(frozen=True, slots=True)
class RunGroup:
    """Runs that can be compared.

    Attributes:
        varies: the settings that differ, sorted.
        kind: "seeds" when only the seed differs, "lr-sweep" when only the learning rate (and the seed) does,
            "single-key", or "mixed".
    """

    id: str
    runs: tuple[str, ...]
    varies: tuple[str, ...]
    kind: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


def group_runs(runs: Sequence[Run]) -> tuple[RunGroup, ...]:
    """Return the groups among the runs, in order of their folders; runs without a configuration are not compared."""
    by_folder: dict[tuple[str, str, frozenset[str]], list[Run]] = {}
    for run in runs:
        if run.config and run.series:
            by_folder.setdefault((*_place(run), frozenset(run.series)), []).append(run)
    groups = []
    for (folder, _, _), members in sorted(by_folder.items(), key=lambda item: (item[0][0], item[1][0].id)):
        if len(members) < 2:
            continue
        varies = _differences([run.config for run in members])
        if not varies or len(varies) > _MOST_DIFFERENCES:
            continue
        kind = _kind(varies)
        facts = {
            "group.kind": Fact(kind, f"the runs differ in {', '.join(varies)}"),
            "group.runs": Fact(len(members), "runs in the group"),
        }
        groups.append(RunGroup(folder or ".", tuple(run.id for run in members), varies, kind, facts))
    return tuple(groups)


def _place(run: Run) -> tuple[str, str]:
    """The folder that a run's siblings share, and the name of its file where runs are files: ``sweep/lr0.1/log.csv`` ->
    sweep, log.csv.
    """
    folder, _, name = run.id.rpartition("/")
    if folder in run.sources:
        return folder, ""  # several runs of one file
    if run.format == "tensorboard":
        return folder, ""
    return folder.rpartition("/")[0], name


def _differences(configs: Sequence[Mapping[str, ConfigValue]]) -> tuple[str, ...]:
    keys = sorted({key for config in configs for key in config})
    return tuple(key for key in keys if len({repr(config.get(key)) for config in configs}) > 1)


def _kind(varies: Sequence[str]) -> str:
    names = {key.rpartition(".")[2].lower() for key in varies}
    if names <= set(_SEEDS):
        return "seeds"
    if names & set(_RATES) and names <= {*_SEEDS, *_RATES}:
        return "lr-sweep"
    return "single-key" if len(varies) == 1 else "mixed"
