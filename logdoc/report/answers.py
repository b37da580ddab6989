"""Explanations and comparisons as lines of text and as Markdown; log text never becomes markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.report.escape import show
from logdoc.report.markdown import code, plain, sentence
from logdoc.report.wording import VERDICT_WORDS, likelihood, percent, value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Comparison, Explanation, Finding

_WORDS = {
    "worse": "worse than its baseline",
    "better": "better than its baseline",
    "same": "no different beyond noise",
    "unclear": "cannot be compared",
}
_MOST_CHANGES = 20


def explanation_lines(explanation: Explanation) -> list[str]:
    """Return the arithmetic of one cause, a line per step."""
    cause = explanation.cause
    lines = [
        f"{show(cause.title)}  [{cause.id}]  {percent(cause.probability)}, {likelihood(cause.probability)}",
        f"in {show(explanation.run)}",
        "",
    ]
    lines.append("  log-odds   probability")
    for number, step in enumerate(explanation.steps):
        moved = f"{step.weight:+8.2f}" if number else " " * 8
        lines.append(f"  {moved}   {step.probability:11.1%}   {step.what}: {show(step.about, cap=160)}")
    lines.append("")
    if not cause.explains:
        lines.append("None of its symptoms fires.")
    if explanation.silent:
        lines.append(f"Could not be judged, and would move it: {', '.join(explanation.silent)}")
    if explanation.rivals:
        told = ", ".join(f"{name} {percent(probability)}" for name, probability in explanation.rivals)
        lines.append(f"Other causes of the same symptoms: {told}")
    lines.extend([f"To verify: {show(cause.verify)}", f"What would refute it: {show(cause.refute)}"])
    lines.extend(f"{number}. {show(remedy.do)} ({remedy.effort})" for number, remedy in enumerate(cause.remedies, 1))
    return lines


def comparison_lines(comparisons: Sequence[Comparison]) -> list[str]:
    """Return what a comparison found, run by run."""
    lines: list[str] = []
    for one in comparisons:
        lines.append(
            f"{show(one.candidate.id)}: {_WORDS[one.verdict]}  ({show(one.baseline.id)}; measured by {one.yardstick})"
        )
        lines.extend(f"  {show(f.evidence, cap=1000)}" for f in _told(one))
        if one.changed:
            lines.append("  settings that differ:")
            lines.extend(
                f"    {show(key)}: {_value(old)} -> {_value(new)}"
                for key, (old, new) in list(one.changed.items())[:_MOST_CHANGES]
            )
            if len(one.changed) > _MOST_CHANGES:
                lines.append(f"    and {len(one.changed) - _MOST_CHANGES} more")
        lines.extend(f"  new: {show(f.title)}  [{f.id}]" for f in one.new)
        lines.extend(f"  gone: {show(f.title)}  [{f.id}]" for f in one.gone)
        if one.verdict == "worse" and one.candidate.causes:
            cause = one.candidate.causes[0]
            lines.append(f"  most probable cause: {show(cause.title)}, {percent(cause.probability)}")
            lines.extend(f"    {number}. {show(remedy.do)}" for number, remedy in enumerate(cause.remedies[:3], 1))
        lines.append("")
    return lines[:-1]


def comparison_markdown(comparisons: Sequence[Comparison]) -> str:
    """Return the comparison as Markdown for a pull request."""
    lines: list[str] = []
    for one in comparisons:
        lines.extend([f"### {code(one.candidate.id)}: {_WORDS[one.verdict]}", ""])
        lines.extend([f"Baseline {code(one.baseline.id)}, measured by {plain(one.yardstick)}.", ""])
        lines.extend([line for f in _told(one) for line in (sentence(f.evidence), "")])
        lines.extend(["| | baseline | candidate |", "|---|---|---|"])
        lines.append(f"| verdict | {VERDICT_WORDS[one.baseline.verdict]} | {VERDICT_WORDS[one.candidate.verdict]} |")
        lines.extend(
            f"| {code(key)} | {code(_value(old))} | {code(_value(new))} |"
            for key, (old, new) in list(one.changed.items())[:_MOST_CHANGES]
        )
        lines.append("")
        lines.extend(f"- new: {plain(f.title)} ({code(f.id)})" for f in one.new)
        lines.extend(f"- gone: {plain(f.title)} ({code(f.id)})" for f in one.gone)
        if one.verdict == "worse" and one.candidate.causes:
            cause = one.candidate.causes[0]
            lines.extend(
                ["", f"**{plain(cause.title)}**: {percent(cause.probability)}, {likelihood(cause.probability)}", ""]
            )
            lines.extend(f"{number}. {sentence(remedy.do)}" for number, remedy in enumerate(cause.remedies[:3], 1))
        lines.append("")
    return "\n".join(lines)


def _told(one: Comparison) -> list[Finding]:
    # Why a rule about pairs has nothing to say matters only where none has.
    silent = ("not-judged", "not-applicable") if one.verdict == "unclear" else ()
    return [f for f in one.findings if f.status in ("fires", "error", *silent)]


def _value(value: object) -> str:
    return "not set" if value is None else value_text(value)
