"""Judging the runs that belong together, from what was kept of each: under a kilobyte in place of its curves."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logdoc.context import Traits, group_runs, traits_of
from logdoc.engine import Taken, evaluate_together, group_input, take
from logdoc.judging.verdict import fired
from logdoc.model import Group, Member

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.context import RunGroup
    from logdoc.engine import EngineInput
    from logdoc.judging.pipeline import Judge
    from logdoc.model import ConfigValue, Run

_LOSSES = ("val.loss", "train.loss")  # what runs are compared by: the first that two of them have
_SWEEP = "lr-sweep"
_FEWEST = 3  # runs of a sweep that are worth a table although no rule has anything to say about them


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What is kept of a run until all are judged.

    Attributes:
        traits: tells which runs it belongs with.
        taken: what the rules about groups need of it.
        mapped: the names given with ``--map`` that it has.
    """

    traits: Traits
    taken: Taken
    mapped: tuple[str, ...] = ()


def summarise(run: Run, seen: EngineInput | None, judge: Judge) -> Summary:
    """Return what is kept of a run; `seen` is what was prepared of it, None where it could not be judged: then it
    belongs with no other.
    """
    mapped = tuple(name for name in judge.mapping.values() if name in run.series)
    traits = traits_of(run)
    if seen is None or not traits.comparable:
        return Summary(Traits(run.id, traits.folder, "", (), ()), Taken(), mapped)
    return Summary(traits, take(seen, judge.needs), mapped)


def judge_groups(summaries: Sequence[Summary], judge: Judge) -> tuple[Group, ...]:
    """Judge the runs that belong together."""
    by_run = {summary.traits.id: summary for summary in summaries}
    by_id = {name: summary.taken for name, summary in by_run.items()}
    made = []
    for group in group_runs([summary.traits for summary in summaries]):
        seen = group_input({run: by_id[run] for run in group.runs}, judge.needs, group.facts)
        firing = tuple(fired(evaluate_together(judge.rules.rules, seen, judge.overrides)))
        loss, members = _members(group, by_run, judge)
        swept = group.kind == _SWEEP and sum(one.end is not None for one in members) >= _FEWEST
        if firing or swept:
            made.append(
                Group(group.id, group.runs, firing, kind=group.kind, varies=group.varies, loss=loss, members=members)
            )
    return tuple(made)


def _members(group: RunGroup, summaries: Mapping[str, Summary], judge: Judge) -> tuple[str, tuple[Member, ...]]:
    """Return the loss that the runs of a group are compared by, and of each its settings and levels."""
    levels = [_levels(summaries[run].taken, judge) for run in group.runs]
    loss = next((role for role in _LOSSES if sum(role in one for one in levels) > 1), "")
    members = []
    for run, one in zip(group.runs, levels, strict=True):
        traits = summaries[run].traits
        config = dict(zip(traits.keys, traits.values, strict=True))
        settings = {key: _setting(config[key]) if key in config else None for key in group.varies}
        members.append(Member(run, settings, *one.get(loss, (None, None))))
    return loss, tuple(members)


def _levels(taken: Taken, judge: Judge) -> dict[str, tuple[float | None, float | None]]:
    """Return where each loss of a run began and ended, as far as the rules about groups asked for it."""
    asked = (one for one in judge.needs.measures if one.role in taken.names)
    known = {(one.role, one.function): value for one, value in zip(asked, taken.values, strict=False)}
    made: dict[str, tuple[float | None, float | None]] = {}
    for role in _LOSSES:
        start, end = (known.get((role, name)) for name in ("start_level", "end_level"))
        if isinstance(end, float):
            made[role] = (start if isinstance(start, float) else None, end)
    return made


def _setting(text: str) -> ConfigValue:
    """Return a setting from the text that `Traits` keeps of it; a list, or a digest of a long text, stays a text."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return value if value is None or isinstance(value, bool | int | float | str) else text
