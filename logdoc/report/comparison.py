"""Comparisons as text, Markdown and JSON; log text never becomes markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logdoc.model.words import likelihood, percent, verdict_word
from logdoc.report.charts import short, sparkline
from logdoc.report.escape import redact, show
from logdoc.report.jsonform import curve_document, dumped, finding_document, run_document
from logdoc.report.markdown import LIMIT, code, plain, sentence
from logdoc.report.wording import role_words
from logdoc.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Comparison, Curve, Finding, Overlay

SCHEMA = "logdoc-comparison/1"
WORDS = {
    "worse": "worse than its baseline",
    "better": "better than its baseline",
    "same": "no different beyond noise",
    "unclear": "cannot be compared",
}
_URGENT = ("worse", "unclear", "better", "same")
_MOST_CHANGES = 20
_ROOM_FOR_THE_COUNT = 200  # characters, of what is said of the comparisons that are left out
_SPARK = 48


def comparison_lines(comparisons: Sequence[Comparison], *, unicode: bool = True) -> list[str]:
    """Return what a comparison found, run by run."""
    lines: list[str] = []
    for one in comparisons:
        lines.append(f"{show(one.candidate.id)}: {WORDS[one.verdict]}")
        lines.append(f"  baseline: {show(one.baseline.id)}, measured by {one.yardstick}")
        lines.extend(f"  {show(f.evidence, cap=1000)}" for f in told(one))
        lines.extend(f"  {show(text)}" for text in errors_of_its_own(one))
        for overlay in one.overlays[:1]:
            lines.extend(_sparks(one, overlay, unicode=unicode))
        changes, more = settings(one)
        if changes:
            lines.append("  settings that differ:")
            lines.extend(f"    {key}: {old} -> {new}" for key, old, new in changes)
            if more:
                lines.append(f"    and {more} more")
        for word, findings in (("new", one.new), ("gone", one.gone)):
            lines.extend(f"  {word}: {f.severity}: {show(f.title)}  [{f.id}]" for f in findings)
        if one.verdict == "worse" and one.candidate.causes:
            cause = one.candidate.causes[0]
            lines.append(f"  most probable cause: {show(cause.title)}, {percent(cause.probability)}")
            lines.extend(f"    {number}. {show(remedy.do)}" for number, remedy in enumerate(cause.remedies[:3], 1))
        lines.append("")
    return lines[:-1]


def comparison_text(comparisons: Sequence[Comparison]) -> str:
    """Return the comparison as plain text."""
    return "\n".join(comparison_lines(comparisons)) + "\n"


def comparison_markdown(comparisons: Sequence[Comparison], *, limit: int = LIMIT) -> str:
    """Return the comparison as Markdown for a pull request, at most `limit` characters; whole comparisons are left out
    when it would grow too long, those that tell of no loss first, and counted.
    """
    sections = [_section(one) for one in comparisons]
    room = limit - _ROOM_FOR_THE_COUNT
    kept = set()
    for number in sorted(range(len(sections)), key=lambda i: _URGENT.index(comparisons[i].verdict)):
        if len(sections[number]) + 1 <= room:
            kept.add(number)
            room -= len(sections[number]) + 1
    told = [section for number, section in enumerate(sections) if number in kept]
    if left := [one for number, one in enumerate(comparisons) if number not in kept]:
        worse = sum(one.verdict == "worse" for one in left)
        told.append(
            f"*{len(left)} comparison{'s' if len(left) != 1 else ''} left out to stay under {limit:,} characters, "
            f"{worse or 'none'} of them worse; the HTML report has them all.*\n"
        )
    return "\n".join(told)


def _section(one: Comparison) -> str:
    lines = [f"### {code(one.candidate.id)}: {WORDS[one.verdict]}", ""]
    lines.extend([f"Baseline {code(one.baseline.id)}, measured by {plain(one.yardstick)}.", ""])
    lines.extend([line for f in told(one) for line in (sentence(f.evidence), "")])
    lines.extend([line for text in errors_of_its_own(one) for line in (sentence(text), "")])
    for overlay in one.overlays[:1]:
        lines.extend(["```text", *(line[2:] for line in _sparks(one, overlay, unicode=True)), "```", ""])
    lines.extend([f"| | {code(one.baseline.id)} | {code(one.candidate.id)} |", "|---|---|---|"])
    lines.append(f"| verdict | {verdict_word(one.baseline.verdict)} | {verdict_word(one.candidate.verdict)} |")
    changes, more = settings(one)
    lines.extend(f"| {code(key)} | {code(old)} | {code(new)} |" for key, old, new in changes)
    if more:
        lines.append(f"| and {more} more | | |")
    lines.append("")
    for word, findings in (("new", one.new), ("gone", one.gone)):
        lines.extend(f"- {word}: {f.severity}: {plain(f.title)} ({code(f.id)})" for f in findings)
    if one.verdict == "worse" and one.candidate.causes:
        cause = one.candidate.causes[0]
        odds = f"{percent(cause.probability)}, {likelihood(cause.probability)}"
        lines.extend(["", f"**{plain(cause.title)}**: {odds}", ""])
        lines.extend(f"{number}. {sentence(remedy.do)}" for number, remedy in enumerate(cause.remedies[:3], 1))
    return "\n".join(lines) + "\n"


def comparison_json(comparisons: Sequence[Comparison]) -> str:
    """Return the comparison as JSON, schema ``logdoc-comparison/1``; numbers and texts as in ``logdoc-report/2``."""
    return dumped(
        {"schema": SCHEMA, "version": __version__, "comparisons": [comparison_document(one) for one in comparisons]}
    )


def comparison_document(one: Comparison) -> dict[str, Any]:
    """Return one comparison as JSON has it."""
    return {
        "baseline": run_document(one.baseline),
        "candidate": run_document(one.candidate),
        "verdict": one.verdict,
        "yardstick": one.yardstick,
        "findings": [finding_document(f) for f in one.findings],
        "changed": {
            key: {"baseline": redact(key, old), "candidate": redact(key, new)}
            for key, (old, new) in one.changed.items()
        },
        "new": [f.id for f in one.new],
        "gone": [f.id for f in one.gone],
        "curves": [
            {
                "role": overlay.role,
                "axis": overlay.axis,
                "baseline": curve_document(overlay.baseline),
                "candidate": curve_document(overlay.candidate),
            }
            for overlay in one.overlays
        ],
    }


def told(one: Comparison) -> list[Finding]:
    """Return the findings of the rules about pairs that are worth a line; why such a rule has nothing to say matters
    only where none has anything.
    """
    silent = ("not-judged", "not-applicable") if one.verdict == "unclear" else ()
    return [f for f in one.findings if f.status in ("fires", "error", *silent)]


def errors_of_its_own(one: Comparison) -> list[str]:
    """Return a sentence for every error of the candidate that its baseline has not, where nothing else makes it worse;
    beside other reasons they stand among what is new, once.
    """
    if one.verdict != "worse" or any(True for _ in told(one)):
        return []
    return [f"An error that the baseline has not: {f.title.rstrip('.')}." for f in one.new if f.severity == "error"]


def settings(one: Comparison) -> tuple[list[tuple[str, str, str]], int]:
    """Return (key, baseline, candidate) of the first settings that differ, as texts, and how many more there are."""
    rows = [
        (show(key), _value(key, old), _value(key, new)) for key, (old, new) in list(one.changed.items())[:_MOST_CHANGES]
    ]
    return rows, len(one.changed) - len(rows)


def _value(key: str, value: object) -> str:
    return "not set" if value is None else redact(key, value)


def _sparks(one: Comparison, overlay: Overlay, *, unicode: bool) -> list[str]:
    """Both curves as blocks, a line each, with their last values."""

    def line(word: str, curve: Curve) -> str:
        return f"  {word} {sparkline(curve.values, _SPARK, unicode=unicode)}  {short(curve.values[-1])}"

    return [
        f"  {role_words(overlay.role)}:",
        line("  baseline ", overlay.baseline),
        line("  candidate", overlay.candidate),
    ]
