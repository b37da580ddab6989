"""Words that all views share: the first line of a report, the record of a rule, how values are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.model.notes import OTHER
from logdoc.model.words import VERDICTS, percent, verdict_word
from logdoc.report.charts import short
from logdoc.report.escape import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Analysis, Defect, Finding, RunAnalysis
    from logdoc.model.analysis import Value


_ROLES = {
    "train.loss": "training loss",
    "val.loss": "validation loss",
    "train.accuracy": "training accuracy",
    "val.accuracy": "validation accuracy",
    "rl.return": "episode return",
    "train.lr": "learning rate",
}
# Names of the steps of a rule are short where an expression has to be; here they are words.
_SHORTENED = {
    "val": "validation",
    "train": "training",
    "lr": "learning rate",
    "eps": "epsilon",
    "d": "discriminator",
    "g": "generator",
    "nans": "NaN values",
}


def summary(analysis: Analysis) -> str:
    """Return the first line of every report: how many runs, and how they stand."""
    count = len(analysis.runs)
    if not count:
        return "No training log was found."
    kinds = [(v, sum(run.verdict == v for run in analysis.runs)) for v in VERDICTS]
    told = ", ".join(f"{n} {verdict_word(v)}" for v, n in kinds if n)
    return f"{count} run{'s' if count != 1 else ''}: {told}."


def settled_text(analysis: Analysis) -> str:
    """Return how many findings fail no pipeline because they are accepted or known; empty without any."""
    findings = [f for run in analysis.runs for f in run.findings] + [f for g in analysis.groups for f in g.findings]
    accepted = sum(f.status == "fires" and bool(f.accepted) for f in findings)
    known = sum(f.status == "fires" and f.known and not f.accepted for f in findings)
    told = " and ".join(f"{n} {word}" for n, word in ((accepted, "accepted"), (known, "in the baseline")) if n)
    return f"Findings: {told}." if told else ""


def settled_word(finding: Finding) -> str:
    """Return why a finding fails no pipeline; empty when it does."""
    if finding.accepted:
        return f"Accepted: {finding.accepted}"
    return "Not new: it is in the baseline." if finding.known else ""


def record_text(measured: tuple[int, int] | None) -> str:
    """Return the precision of a rule on the benchmark: cases in which it was right of those in which it fired; empty
    where that was not measured.
    """
    return "" if measured is None else f"Benchmark precision {measured[0]}/{measured[1]}."


def possible_text(run: RunAnalysis) -> str:
    """Return the causes that are left open beside those worth acting on, in one sentence; empty without any."""
    told = "; ".join(f"{one.title.rstrip('.')} ({percent(one.probability)})" for one in run.possible)
    return told and f"{'Also possible' if run.causes else 'Possible causes'}: {told}."


def causes_heading(run: RunAnalysis) -> str:
    """Return what stands above the causes of a run in which no fault was found, or it would be both healthy and ill;
    empty for every other run.
    """
    return "No fault, and what may still be improved" if run.verdict == "info" and run.causes else ""


def value_text(value: object) -> str:
    """Return one evidence value."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return short(float(value))
    return show(str(value))


def role_words(role: str) -> str:
    """Return what a curve is called, from its role."""
    return _ROLES.get(role) or show(role)


def numbers(finding: Finding) -> dict[str, Value]:
    """Return the evidence values that are numbers or answers; texts are pieces of the message, and stand there."""
    return {name: value for name, value in finding.values.items() if not isinstance(value, str)}


def number_name(name: str) -> str:
    """Return what an evidence value is called, from its name in the rule: ``val_rise_se`` is "validation rise in
    standard errors".
    """
    first, gap, rest = name.partition(" ")  # several values of one name: "final (lowest)"
    words = first.split("_")
    unit = ""
    if len(words) > 1 and words[-1] in ("se", "z"):
        words, unit = words[:-1], " in standard errors"
    return show(" ".join(_SHORTENED.get(word, word) for word in words) + unit + gap + rest)


def span_text(run: RunAnalysis) -> str:
    """Return the span of a run by what it counts: ``epochs 1 to 100``.

    The curves that are drawn tell it; where one that is not drawn counts steps, the span is that of the steps and
    reaches beyond them.
    """
    if run.steps is None:
        return steps_text(None)
    last = max((curve.steps[-1] for curve in run.curves if curve.steps), default=-1)
    epochs = all(curve.axis == "epoch" for curve in run.curves) and run.steps[1] <= last
    return f"{'epochs' if epochs else 'steps'} {steps_text(run.steps)}"


def steps_text(steps: tuple[int, int] | None) -> str:
    """Return a range of steps."""
    if steps is None:
        return "no steps"
    return f"{steps[0]:,} to {steps[1]:,}" if steps[0] != steps[1] else f"{steps[0]:,}"


def worst_first(runs: Sequence[RunAnalysis]) -> list[RunAnalysis]:
    """Return the runs, the ones that need attention first; runs of one verdict keep their order."""
    return sorted(runs, key=lambda run: VERDICTS.index(run.verdict))


def note_id(defect: Defect) -> str:
    """Return the id of a note about the data; nothing for the kind that is none of the others."""
    return "" if defect.id == OTHER else show(defect.id, cap=20)


def note_text(defect: Defect) -> str:
    """Return what is wrong with the data, with the id of its kind behind it."""
    return f"{show(defect.what)} [{note_id(defect)}]" if note_id(defect) else show(defect.what)
