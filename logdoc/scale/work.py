"""The step that every way of working does: one family of sources is read and judged. What is asked of it is the same
for every run and plain data, so that any process can do it.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from logdoc.engine import check_overrides, remembered_rules
from logdoc.errors import ConfigError, suggest
from logdoc.judging import Judge, judged, make_judge, summarise
from logdoc.model import Fact, ProgramText, Run
from logdoc.readers import Family, read_family
from logdoc.resources import budget
from logdoc.scale.items import Item, Judged
from logdoc.signals.remembering import forget

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from logdoc.engine import RuleSet


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """What is asked of every run of an analysis.

    Attributes:
        rules: folders with further rules.
        settings: ``rule.parameter -> value``.
        mapping: ``role -> name as logged``.
        select, ignore: only these rules or tags, and not these.
        overfit_test: every run overfits a small set on purpose.
        program: the text of the training program; None looks beside each log.
        answers: question -> answer, of an interview.
    """

    rules: tuple[str, ...] = ()
    settings: Mapping[str, float] = dataclasses.field(default_factory=dict)
    mapping: Mapping[str, str] = dataclasses.field(default_factory=dict)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    overfit_test: bool = False
    program: tuple[ProgramText, ...] | None = None
    answers: Mapping[str, str | int | float] = dataclasses.field(default_factory=dict)

    def written(self) -> dict[str, Any]:
        """Return it as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Task:
        """Return what was written."""
        texts = {name: tuple(data[name]) for name in ("rules", "select", "ignore")}
        program = None if data["program"] is None else tuple(ProgramText(**text) for text in data["program"])
        return cls(**{**data, **texts, "program": program})


def judge_of(task: Task) -> Judge:
    """Return the judge for a task.

    Raises:
        RuleErrors: the rule base is wrong.
        ConfigError: the task names what is not there.
    """
    budget.reserve_products()
    base = _chosen(remembered_rules([Path(folder) for folder in task.rules]), task.select, task.ignore)
    check_overrides(base.rules, task.settings)
    given = {"meta.overfit_test": Fact(True, "--overfit-test")} if task.overfit_test else {}
    judge = make_judge(base, task.settings, task.mapping, given)
    if not task.answers:
        return judge
    from logdoc.judging.asking import answered

    return answered(judge, task.answers)


def judge_family(family: Family, judge: Judge, program: tuple[ProgramText, ...] | None) -> tuple[Item, ...]:
    """Read and judge one family."""
    return tuple(judge_one(item, judge) if isinstance(item, Run) else item for item in read_family(family, program))


def judge_one(run: Run, judge: Judge) -> Judged:
    """Judge one run; a fault in that costs this run alone."""
    analysis, seen = judged(run, judge)
    made = Judged(summarise(run, seen, judge), analysis)
    if seen is not None:
        seen.memo.clear()
    forget()
    return made


def _chosen(base: RuleSet, select: Sequence[str], ignore: Sequence[str]) -> RuleSet:
    known = {word for rule in base.rules for word in (rule.rule.id, *rule.rule.tags)}
    for word in (*select, *ignore):
        if word not in known:
            raise ConfigError(
                f"there is no rule or tag '{word}'", where="--select, --ignore", hint=suggest(word, sorted(known))
            )

    def matches(words: Iterable[str], wanted: Sequence[str]) -> bool:
        return any(word in wanted for word in words)

    kept = [
        rule
        for rule in base.rules
        if (not select or matches((rule.rule.id, *rule.rule.tags), select))
        and not matches((rule.rule.id, *rule.rule.tags), ignore)
    ]
    return dataclasses.replace(base, rules=tuple(kept))
