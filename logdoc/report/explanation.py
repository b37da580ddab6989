"""Explanations as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.model.words import likelihood, percent
from logdoc.report.escape import show

if TYPE_CHECKING:
    from logdoc.model import Explanation


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
    if explanation.answers:
        lines.append("What your answers moved (log-odds):")
        lines.extend(
            f"  {step.weight:+8.2f}   {step.what}: {show(step.about, cap=160)}" for step in explanation.answers
        )
        lines.append("")
    if not cause.explains:
        lines.append("None of its symptoms fires.")
    if explanation.silent:
        lines.append(f"Could not be judged, and would move it: {', '.join(explanation.silent)}")
    if explanation.rivals:
        told = ", ".join(f"{name} {percent(probability)}" for name, probability in explanation.rivals)
        lines.append(f"Other causes of the same symptoms: {told}")
    lines.extend([f"To verify: {show(cause.verify)}", f"What would refute it: {show(cause.refute)}"])
    lines.extend(
        f"{number}. {show(remedy.do)} ({show(remedy.effort)})" for number, remedy in enumerate(cause.remedies, 1)
    )
    return lines
