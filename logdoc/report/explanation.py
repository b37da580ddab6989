"""Explanations as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.model.words import likelihood, percent
from logdoc.report.escape import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logdoc.model import Explanation, Step

_SMALL = 0.1  # log-odds; steps that move less are told together
_MOST_SILENT = 8


def explanation_lines(explanation: Explanation) -> list[str]:
    """Return the arithmetic of one cause, a line per step."""
    cause = explanation.cause
    lines = [
        f"{show(cause.title)}  [{cause.id}]  {percent(cause.probability)}, {likelihood(cause.probability)}",
        f"in {show(explanation.run)}",
        "",
    ]
    lines.append("  log-odds   probability")
    lines.extend(_step_lines(explanation.steps))
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
        more = len(explanation.silent) - _MOST_SILENT
        named = ", ".join(explanation.silent[:_MOST_SILENT]) + (f" and {more} more" if more > 0 else "")
        lines.append(f"Could not be judged, and would move it: {named}")
    if explanation.rivals:
        told = ", ".join(f"{name} {percent(probability)}" for name, probability in explanation.rivals)
        lines.append(f"Other causes of the same symptoms: {told}")
    lines.extend([f"To verify: {show(cause.verify)}", f"What would refute it: {show(cause.refute)}"])
    lines.extend(
        f"{number}. {show(remedy.do)} ({show(remedy.effort)})" for number, remedy in enumerate(cause.remedies, 1)
    )
    return lines


def _step_lines(steps: Sequence[Step]) -> Iterator[str]:
    """Yield a line per step, and one for each stretch of steps that hardly move anything."""
    small: list[Step] = []
    for number, step in enumerate(steps):
        if number and abs(step.weight) < _SMALL:
            small.append(step)
            continue
        yield from _folded(small)
        small = []
        yield _step_line(step, f"{step.weight:+8.2f}" if number else " " * 8)
    yield from _folded(small)


def _folded(small: Sequence[Step]) -> Iterator[str]:
    if len(small) < 3:
        yield from (_step_line(step, f"{step.weight:+8.2f}") for step in small)
        return
    moved = sum(step.weight for step in small)
    yield f"  {moved:+8.2f}   {small[-1].probability:11.1%}   {len(small)} more, each less than {_SMALL}"


def _step_line(step: Step, moved: str) -> str:
    return f"  {moved}   {step.probability:11.1%}   {step.what}: {show(step.about, cap=160)}"
