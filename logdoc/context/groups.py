"""Which runs belong together: runs of one folder that log the same names and differ in few settings."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logdoc.model import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.model import Run

_MOST_DIFFERENCES = 3  # runs that differ in more settings are different experiments
_LONG = 64  # characters of a setting; a longer one is only compared
_NONE = repr(None)  # a setting that is not there is as one that is None
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


@dataclass(frozen=True, slots=True)
class Traits:
    """What tells whether a run belongs with others.

    Attributes:
        folder: the id is a name in a folder of runs: the run is one of several of a file, or a folder of its own.
        names: digest of the names of its curves; empty without any.
        keys, values: its settings; the values as texts, long ones as digests.
    """

    id: str
    folder: bool
    names: str
    keys: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def comparable(self) -> bool:
        """Whether it has curves and a configuration, without which it is compared with none."""
        return bool(self.keys and self.names)


def traits_of(run: Run) -> Traits:
    """Return what tells whether a run belongs with others."""
    in_file = run.id.rpartition("/")[0] in run.sources
    return Traits(
        run.id,
        in_file or run.format == "tensorboard",
        _digest("\0".join(sorted(run.series))) if run.series else "",
        tuple(run.config),
        tuple(text if len(text) <= _LONG else _digest(text) for text in map(repr, run.config.values())),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def group_runs(runs: Sequence[Traits]) -> tuple[RunGroup, ...]:
    """Return the groups among the runs, in order of their folders; runs without a configuration are not compared."""
    by_folder: dict[tuple[str, str, str], list[Traits]] = {}
    for run in runs:
        if run.comparable:
            by_folder.setdefault((*_place(run), run.names), []).append(run)
    groups = []
    for (folder, _, _), members in sorted(by_folder.items(), key=lambda item: (item[0][0], item[1][0].id)):
        if len(members) < 2:
            continue
        varies = _differences([dict(zip(run.keys, run.values, strict=True)) for run in members])
        if not varies or len(varies) > _MOST_DIFFERENCES:
            continue
        kind = _kind(varies)
        facts = {
            "group.kind": Fact(kind, f"the runs differ in {', '.join(varies)}"),
            "group.runs": Fact(len(members), "runs in the group"),
        }
        groups.append(RunGroup(folder or ".", tuple(run.id for run in members), varies, kind, facts))
    return tuple(groups)


def _place(run: Traits) -> tuple[str, str]:
    """The folder that a run's siblings share, and the name of its file where runs are files: ``sweep/lr0.1/log.csv`` ->
    sweep, log.csv.
    """
    folder, _, name = run.id.rpartition("/")
    return (folder, "") if run.folder else (folder.rpartition("/")[0], name)


def _differences(configs: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    keys = sorted({key for config in configs for key in config})
    return tuple(key for key in keys if len({config.get(key, _NONE) for config in configs}) > 1)


def _kind(varies: Sequence[str]) -> str:
    names = {key.rpartition(".")[2].lower() for key in varies}
    if names <= set(_SEEDS):
        return "seeds"
    if names & set(_RATES) and names <= {*_SEEDS, *_RATES}:
        return "lr-sweep"
    return "single-key" if len(varies) == 1 else "mixed"
