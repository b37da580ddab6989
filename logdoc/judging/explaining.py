"""Why a cause is as probable as it is: the arithmetic of one run."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from logdoc.diagnosis import arithmetic, posteriors, told
from logdoc.engine import evaluate, fill_cause
from logdoc.errors import ConfigError, suggest
from logdoc.judging.pipeline import filled_cause, judge_run, network_statuses, prepare, weighed_causes
from logdoc.model import Explanation, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.judging.pipeline import Judge
    from logdoc.model import Run

_RIVALS = 5
_WORTH_TELLING = 0.02


def first_cause(
    run: Run, judge: Judge, answers: Mapping[str, str | int | float] | None = None, *, default: str | None = None
) -> str:
    """Return the id of the most probable cause of a run, as a report names it; where nothing that was found points to
    one, `default`.

    Raises:
        ConfigError: nothing points to a cause, and there is no default.
    """
    if answers:
        from logdoc.judging.asking import answered

        judge = answered(judge, answers)
    causes = judge_run(run, prepare(run, judge), judge).causes
    if not causes and default is not None:
        return default
    if not causes:
        raise ConfigError(
            f"no cause stands out in {run.id}", hint="Name one; `logdoc rules list --causes` shows them all."
        )
    return causes[0].id


def explain_cause(
    run: Run, cause_id: str, judge: Judge, answers: Mapping[str, str | int | float] | None = None
) -> Explanation:
    """Return how the probability of a cause comes about in one run, and what each answer of an interview moved.

    Raises:
        ConfigError: there is no such cause.
    """
    files = {c.cause.id: c for c in judge.rules.causes}
    if cause_id not in files:
        raise ConfigError(
            f"there is no cause '{cause_id}'",
            hint=suggest(cause_id, sorted(files)) or "`logdoc rules list --causes` shows them all.",
        )
    if answers:
        from logdoc.judging.asking import answered, moved_by

        moved = moved_by(run, cause_id, judge, answers)
        return dataclasses.replace(explain_cause(run, cause_id, answered(judge, answers)), answers=moved)
    seen = prepare(run, judge)
    findings = evaluate(judge.rules.rules, seen, judge.overrides)
    by_id = {f.id: f for f in findings}
    weighed = weighed_causes(by_id, seen, judge)
    factors = {name: factor for name, (factor, _) in weighed.items()}
    statuses = network_statuses(findings, judge)
    about = {
        "prior": "how often it is to blame in a run that somebody asks about",
        "held back": "on networks and faults that nobody had fitted on, causes this probable were right less often",
        "context": "; ".join(one.says for one in weighed[cause_id][1]) or "what is known about the run",
        **{f.id: f"{'fires' if f.status == 'fires' else 'clear'}: {f.title}" for f in findings},
    }
    steps = tuple(
        Step(what, about[what], round(weight, 3), round(after, 4))
        for what, weight, after in arithmetic(judge.network, cause_id, statuses, factors)
    )
    found = posteriors(judge.network, statuses, factors)
    mine = files[cause_id].cause.explains
    firing = {s for s, v in statuses.items() if v == "fires"}
    shared = {c.id for c in judge.network.causes if firing & set(c.explains) & set(mine)} - {cause_id}
    rivals = sorted(
        ((name, round(told(found[name]), 4)) for name in shared if found[name] >= _WORTH_TELLING),
        key=lambda r: (-r[1], r[0]),
    )[:_RIVALS]
    silent = tuple(f.id for f in findings if f.id in mine and f.status == "not-judged")
    explained = tuple(sorted(firing & set(mine), key=lambda s: (-mine[s], s)))
    return Explanation(
        run.id,
        filled_cause(found[cause_id], files[cause_id], fill_cause(files[cause_id], seen, by_id)[0], explained),
        steps,
        tuple(rivals),
        silent,
    )
