"""Judging the runs that belong together, from what was kept of each: under a kilobyte in place of its curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logdoc.context import Traits, group_runs, traits_of
from logdoc.engine import Taken, evaluate_together, group_input, take
from logdoc.judging.verdict import fired
from logdoc.model import Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.engine import EngineInput
    from logdoc.judging.pipeline import Judge
    from logdoc.model import Run


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
    by_id = {summary.traits.id: summary.taken for summary in summaries}
    made = []
    for group in group_runs([summary.traits for summary in summaries]):
        seen = group_input({run: by_id[run] for run in group.runs}, judge.needs, group.facts)
        firing = tuple(fired(evaluate_together(judge.rules.rules, seen, judge.overrides)))
        if firing:
            made.append(Group(group.id, group.runs, firing))
    return tuple(made)
