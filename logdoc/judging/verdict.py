"""From findings to the one word and the one sentence that stand first in every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.judging.pairs import undecided
from logdoc.model.notes import CUT
from logdoc.model.words import SEVERITIES, likelihood, percent
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.model import Cause, Fact, Finding, Possibility, Run
    from logdoc.model.analysis import RunVerdict

TOO_FEW_POINTS = 5  # the longest series must have more points than this before "nothing found" means anything
FEWEST_CHECKS = 5  # so many rules about training must have been judged
PLAYED = 20  # values of both players' losses from which a GAN is judged by their balance
ENOUGH_RETURNS = 40  # an agent that logs its return alone is judged by it from so many on, as rules of returns ask
SIDE = ("run", "throughput", "fact")  # tags of rules about the program, the machine, and single values that are a fault
BEFORE = "preflight"  # tag of rules about checks made before a training, which are no curves
NAMED = 4  # curves that are named where none is recognised
_LONGEST = 40  # characters of such a name
GAME = "game"  # tag of rules about the balance of the two losses of a GAN
LOGGING = "logging"  # tag of rules about the logs themselves; they advise and never decide


def fired(findings: Sequence[Finding]) -> list[Finding]:
    """Return what fires, worst severity first, earliest onset first."""
    found = [f for f in findings if f.status == "fires"]
    return sorted(found, key=lambda f: (SEVERITIES.index(f.severity), f.window[0] if f.window else 0, f.id))


def decide(
    run: Run,
    findings: Sequence[Finding],
    facts: Mapping[str, Fact],
    logging_rules: frozenset[str],
    side_rules: frozenset[str] = frozenset(),
    early_rules: frozenset[str] = frozenset(),
    game_rules: frozenset[str] = frozenset(),
) -> tuple[RunVerdict, str]:
    """Return the verdict of a run and, where it could not be judged, what is missing (else an empty string); of a
    healthy one by what alone it was judged, where nothing else is logged.

    A fault or a remark that was found stands even when little was logged, a fault also when data were lost; silence
    counts as health only when enough was logged and nothing was lost. What was too little stands beside a remark.
    What `side_rules` check (how the program ended, how fast it was, whether a value is NaN or exactly zero) is no sign
    that training went well. A run that is seen to go on, and shows no fault so far, is running: it is neither too short
    nor cut, as long as nothing but its last record is not whole yet.
    What `early_rules` check was measured on purpose before a training, so no curve is needed beside it. Where one of
    `game_rules` was judged, the losses of both players are logged, and their balance is enough.
    """
    if not run.readable:
        return "unreadable", "; ".join(d.what for d in run.defects) or "nothing in it could be read"
    about_training = [f for f in findings if f.id not in logging_rules]
    worst = next((f.severity for f in fired(about_training)), None)
    if worst in ("error", "warning"):
        return worst, ""
    measured = any(f.id in early_rules and f.status in ("fires", "clear") for f in about_training)
    of_curves = [f for f in about_training if f.id not in side_rules]
    played = any(f.id in game_rules and f.status in ("fires", "clear") for f in about_training)
    missing = "" if measured else _too_little(run, of_curves, facts, played=played)
    ending = facts.get("log.ending")
    if ending is not None and ending.value == "running" and not any(d.lost and d.id != CUT for d in run.defects):
        return "running", missing
    if missing and not fired(of_curves):
        return "undecidable", missing
    if any(d.lost for d in run.defects):
        return "incomplete", "data were lost: " + "; ".join(d.what for d in run.defects if d.lost)
    return ("info", missing) if worst == "info" else ("healthy", _alone(of_curves, facts))


def _too_little(run: Run, findings: Sequence[Finding], facts: Mapping[str, Fact], *, played: bool) -> str:
    points = facts["log.points"].value if "log.points" in facts else 0
    judged = [f for f in findings if f.status in ("fires", "clear")]
    if not points:
        return "no scalar was logged"
    if isinstance(points, int) and points <= TOO_FEW_POINTS:
        return (
            f"the longest curve has {points} point{'s' if points != 1 else ''}; a trend needs at least "
            f"{TOO_FEW_POINTS + 1}"
        )
    if facts.get("log.has_curve") is not None and not facts["log.has_curve"].value:
        return f"no loss and no metric was recognised{_read(run)}; name them with --map ROLE=NAME"
    if played and isinstance(points, int) and points >= PLAYED:
        return ""
    if len(judged) < FEWEST_CHECKS and _learned_by(facts) is None:
        returns = facts["log.return_points"].value if "log.return_points" in facts else 0
        if isinstance(returns, int) and returns and not facts["log.train_points"].value:
            enough = returns >= ENOUGH_RETURNS and judged
            return "" if enough else f"the return has {returns} points; alone it is judged from {ENOUGH_RETURNS} on"
        wanted = sorted(
            {
                name
                for f in findings
                if f.status == "not-judged"
                for name in f.missing
                if name in ("train.loss", "val.loss")
            }
        )
        missing = f"; not logged or not recognised: {', '.join(wanted)}" if wanted else ""
        made = (
            f"{len(judged)} check{'s' if len(judged) != 1 else ''} of the training"
            if judged
            else "no check of the training"
        )
        return f"{'only ' if judged else ''}{made} could be made{missing}"
    return ""


def _read(run: Run) -> str:
    """Return which curves were read, the first by name, for whoever has to say what they are."""
    names = [f"'{cut(name, _LONGEST)}'" for name in run.series]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f" in {', '.join(names[:NAMED])}{more}" if names else ""


def _learned_by(facts: Mapping[str, Fact]) -> Fact | None:
    """Return which curve by itself shows that something was learned and kept, where one does."""
    fact = facts.get("meta.learned")
    return fact if fact is not None and fact.value else None


def _alone(findings: Sequence[Finding], facts: Mapping[str, Fact]) -> str:
    """Return by which curve alone a run is judged of which too little else is known; nothing where more is."""
    learned = _learned_by(facts)
    judged = sum(f.status in ("fires", "clear") for f in findings)
    return f"{learned.value} alone ({learned.why})" if learned is not None and judged < FEWEST_CHECKS else ""


def headline(
    verdict: RunVerdict,
    missing: str,
    findings: Sequence[Finding],
    causes: Sequence[Cause],
    logging_rules: frozenset[str],
    parts: frozenset[str] = frozenset(),
    possible: Sequence[Possibility] = (),
    next_to_log: str = "",
) -> str:
    """Return the sentence beside the verdict; it counts every check and quotes only findings about training.

    Of `parts`, the findings about one term of a whole that is fine, it quotes none: their titles speak of the whole.
    A fault that no cause explains says so, with what is to be logged next.
    """
    clear = sum(f.status == "clear" for f in findings)
    open_ = sum(f.status == "not-judged" for f in findings)
    findings = [f for f in findings if f.id not in logging_rules]
    if verdict == "unreadable":
        return f"Nothing could be read: {missing}."
    if verdict == "undecidable":
        return f"Too little to judge: {missing}."
    counted = f"{clear} check{'s' if clear != 1 else ''} clear, {open_} could not be judged"
    if verdict == "incomplete":
        return f"No fault in what is left, but {missing} ({counted})."
    if verdict == "running":
        return f"Still running: no fault so far{f', but {missing}' if missing else ''} ({counted})."
    if verdict == "healthy":
        return f"No fault found{f' by {missing}' if missing else ''}: {counted}."
    first = fired(findings)
    worst = first[0].title.rstrip(".")
    if verdict == "info":
        limits = f" in the few points there are ({missing})" if missing else ""
        counted = f"{len(first)} finding{'s' if len(first) != 1 else ''} at info"
        whole = [f for f in first if f.id not in parts]
        which = ", the first" if len(first) > 1 else ""
        quoted = (
            f"{which}: {_lower(whole[0].title.rstrip('.'))}"
            if whole
            else " about a part of the loss or a single metric"
        )
        return f"No fault found{limits}; {counted}{quoted}."
    if not causes:
        return f"{worst}; the cause is open. To be surer, log {next_to_log}." if next_to_log else f"{worst}."
    # The sentence is about the fault, so about the most probable cause of it.
    faults = [f for f in first if f.severity != "info"]
    cause = next((c for c in causes if any(f.id in c.explains for f in faults)), None)
    if cause is None:
        return f"{worst}."
    explained = next(f for f in faults if f.id in cause.explains)
    if cause is not causes[0]:  # what is likelier explains no fault but a note: the two are kept apart
        told = f"{explained.title.rstrip('.')}; its most probable cause: {_lower(cause.title)}"
        return f"{told} ({percent(cause.probability)}, {likelihood(cause.probability)})."
    ranked = [(c.id, c.probability, c.title) for c in causes] + [(p.id, p.probability, p.title) for p in possible]
    pair = undecided([(name, probability) for name, probability, _ in ranked])
    if pair is not None:
        _, second, title = ranked[1]
        both = f"{percent(cause.probability)} and {percent(second)}"
        parted = ", or" if " or " in cause.title + title else " or"
        told = f"{cause.title}{parted} {_lower(title)} ({both}), which this log cannot tell apart"
        return f"{told}. {explained.title.rstrip('.')}."
    sure = likelihood(cause.probability).capitalize()
    return f"{sure}: {_lower(cause.title)} ({percent(cause.probability)}). {explained.title.rstrip('.')}."


def _lower(title: str) -> str:
    """Lower the first letter unless the word is an abbreviation."""
    first = title.split(" ", 1)[0]
    return title if len(first) > 1 and first[1:].lower() != first[1:] else title[:1].lower() + title[1:].rstrip(".")
