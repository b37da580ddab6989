"""An interview about what no log holds: which question would tell most about the causes left, and what answers mean."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from logdoc.diagnosis import next_symptoms, posteriors, told
from logdoc.engine import Influence, evaluate
from logdoc.engine.questions import load_questions
from logdoc.errors import ConfigError, suggest
from logdoc.judging.pipeline import network_statuses, prepare, weighed_causes
from logdoc.model import Fact, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from logdoc.engine import EngineInput
    from logdoc.engine.questions import Question
    from logdoc.judging.pipeline import Judge
    from logdoc.model import Finding, Run

    Answer = str | int | float

UNKNOWN = "unknown"  # the answer of somebody who does not know; it moves nothing, and is not asked for again
MOST = 5  # questions; more are not answered with care
WORTH = 0.03  # bits; a question that tells less is not worth a person's time
_LEFT = 0.02  # probability below which a cause counts as settled


@dataclasses.dataclass(frozen=True)
class Asked:
    """A question with what its answer is expected to tell about the causes left, in bits."""

    question: Question
    bits: float


def answered(judge: Judge, answers: Mapping[str, Answer]) -> Judge:
    """Return the judge that knows some answers: facts that no log can overrule, and factors on the odds of causes.

    Raises:
        ConfigError: there is no such question, or no such answer to it.
    """
    questions = {one.question.id: one.question for one in load_questions()} if answers else {}
    given: dict[str, Fact] = dict(judge.given)
    moved: dict[str, list[Influence]] = {}
    for name, answer in answers.items():
        question = questions.get(name)
        if question is None:
            raise ConfigError(
                f"there is no question '{name[:80]}'", where="answers", hint=suggest(name, sorted(questions))
            )
        if answer == UNKNOWN:
            continue
        if question.number is not None:
            given[question.number] = Fact(_number(question, answer), f"answered: {question.ask}")
            continue
        choice = question.choice(answer)
        if choice is None:
            ids = [one.id for one in question.choices]
            raise ConfigError(
                f"'{str(answer)[:80]}' is no answer to '{name}'",
                where="answers",
                hint=suggest(str(answer), ids) or f"Answers are {', '.join(ids)} and {UNKNOWN}.",
            )
        given.update({fact: Fact(value, f"answered: {choice.says}") for fact, value in choice.facts.items()})
        for cause, factor in choice.causes.items():
            says = f"answered: {question.ask} {choice.says}"
            moved.setdefault(cause, []).append(Influence(factor, says, answered=True))
    return dataclasses.replace(judge, given=given, answered={name: tuple(mine) for name, mine in moved.items()})


def interview(
    run: Run, judge: Judge, ask: Callable[[Asked], Answer | None], answers: Mapping[str, Answer]
) -> dict[str, Answer]:
    """Return the answers with those to at most `MOST` further questions about a run, each the one that tells most
    about the causes that the answers before it left.

    Args:
        run: the run in question.
        judge: without any answers.
        ask: puts a question to a person; None ends the interview.
        answers: what is known already; it is not asked for again.
    """
    known = dict(answers)
    for _ in range(MOST):
        so_far = answered(judge, known)
        best = next_question(prepare(run, so_far), so_far, known)
        said = ask(best) if best is not None else None
        if best is None or said is None:
            break
        known[best.question.id] = said
    return known


def moved_by(run: Run, cause: str, judge: Judge, answers: Mapping[str, Answer]) -> tuple[Step, ...]:
    """Return for every answer by how much it moves the log-odds of a cause: with all answers against all but this."""
    questions = {one.question.id: one.question for one in load_questions()}
    whole = _believed(run, cause, answered(judge, answers))
    made = []
    for name, answer in answers.items():
        rest = {other: said for other, said in answers.items() if other != name}
        without = _believed(run, cause, answered(judge, rest))
        choice = questions[name].choice(answer)
        about = f"{questions[name].ask} {choice.says if choice is not None else answer}"
        made.append(Step(name, about, round(_log_odds(whole) - _log_odds(without), 3), round(told(whole), 4)))
    return tuple(made)


def _believed(run: Run, cause: str, judge: Judge) -> float:
    seen = prepare(run, judge)
    findings = evaluate(judge.rules.rules, seen, judge.overrides)
    factors = _factors(findings, seen, judge)
    return posteriors(judge.network, network_statuses(findings, judge), factors).get(cause, 0.0)


def _factors(findings: Sequence[Finding], seen: EngineInput, judge: Judge) -> dict[str, float]:
    weighed = weighed_causes({f.id: f for f in findings}, seen, judge)
    return {name: factor for name, (factor, _) in weighed.items()}


def _log_odds(probability: float) -> float:
    held = min(1.0 - 1e-12, max(1e-12, probability))
    return math.log(held / (1.0 - held))


def next_question(seen: EngineInput, judge: Judge, known: Mapping[str, Answer]) -> Asked | None:
    """Return the question that is expected to tell most about the causes of what fires; None when none is worth it."""
    findings = evaluate(judge.rules.rules, seen, judge.overrides)
    statuses = network_statuses(findings, judge)
    factors = _factors(findings, seen, judge)
    firing = {s for s, v in statuses.items() if v == "fires"}
    found = posteriors(judge.network, statuses, factors)
    left = {c.id: found[c.id] for c in judge.network.causes if firing & set(c.explains) and found[c.id] >= _LEFT}
    if not left:
        return None
    bits = dict(next_symptoms(judge.network, statuses, factors))
    asked = [
        Asked(one.question, _told(one.question, left, bits))
        for one in load_questions()
        if one.question.id not in known and one.fits(seen)
    ]
    best = max(asked, key=lambda one: one.bits, default=None)  # of equals the first by its id
    return best if best is not None and best.bits >= WORTH else None


def _told(question: Question, left: Mapping[str, float], bits: Mapping[str, float]) -> float:
    """Return what the answer is expected to tell, in bits.

    Of a number: what the rules tell that can be judged with it. Of choices: the mutual information of answer and
    cause, the causes left taken as exclusive; an answer is as probable under a cause as it is usual, times its factor.
    """
    if question.number is not None:
        return sum(bits.get(rule, 0.0) for rule in question.tells)
    total = max(sum(left.values()), 1.0)
    weights = {name: p / total for name, p in left.items()}
    rest = 1.0 - sum(weights.values())
    rows = [(p, _shares(question, name)) for name, p in weights.items()] + [(rest, _shares(question, ""))]
    mixed = [sum(p * row[i] for p, row in rows) for i in range(len(question.choices))]
    return max(0.0, _entropy(mixed) - sum(p * _entropy(row) for p, row in rows))


def _shares(question: Question, cause: str) -> list[float]:
    """How probable each choice is when a cause is to blame."""
    raw = [choice.usual * choice.causes.get(cause, 1.0) for choice in question.choices]
    return [one / sum(raw) for one in raw]


def _entropy(shares: Sequence[float]) -> float:
    return -sum(p * math.log2(p) for p in shares if p > 0.0)


def _number(question: Question, answer: Answer) -> int | float:
    try:
        number = float(answer)
    except ValueError:
        number = math.nan
    if isinstance(answer, bool) or not math.isfinite(number) or number <= 0:
        raise ConfigError(
            f"'{str(answer)[:80]}' is no answer to '{question.id}', which asks for a number above zero", where="answers"
        )
    return int(number) if number.is_integer() else number
