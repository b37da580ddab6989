"""Markdown for a pull request: verdict first, details folded, every word of a log in a code span, always under 60,000
characters.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from logdoc.model.words import likelihood, percent
from logdoc.report.charts import is_logarithmic, sparkline
from logdoc.report.escape import show
from logdoc.report.overview import row_of
from logdoc.report.together import together
from logdoc.report.wording import (
    causes_heading,
    note_id,
    number_name,
    numbers,
    possible_text,
    record_text,
    settled_text,
    settled_word,
    summary,
    value_text,
    worst_first,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Analysis, Citation, Curve, Defect, Finding, RunAnalysis
    from logdoc.report.together import Together

__all__ = ["LIMIT", "code", "plain", "render_markdown", "sentence"]

LIMIT = 60_000  # GitHub refuses comments over 65,536 characters
_MARKS = {
    "error": "🔴",
    "warning": "🟠",
    "info": "🟢",
    "healthy": "🟢",
    "incomplete": "🟣",
    "undecidable": "⚪",
    "unreadable": "⚪",
    "running": "🔵",
}
_CHART_POINTS = 40
_MOST_ROWS = 100
_MOST_MEMBERS = 30  # rows of the table of a group


def render_markdown(analysis: Analysis, *, limit: int = LIMIT) -> str:
    """Return the report as Markdown, at most `limit` characters; whole sections are left out at the end, and counted,
    when it would grow too long.
    """
    runs = worst_first(analysis.runs)
    parts = [f"## {summary(analysis)}\n"]
    if len(runs) > 1:
        parts.append(_table(runs))
    if told := settled_text(analysis):
        parts.append(f"{told}\n")
    sections = [
        _run(run) for run in runs if run.verdict not in ("healthy", "undecidable", "unreadable") or len(runs) == 1
    ]
    by_id = {run.id: run for run in runs}
    sections += [_group(together(group, by_id), len(group.runs), group.findings) for group in analysis.groups]
    if analysis.defects:
        sections.append("### Files that were not judged\n\n" + _defects(analysis.defects))
    foot = f"\n<sub>logdoc {plain(analysis.version)}, rules {plain(analysis.ruleset)}</sub>\n"
    room = limit - sum(len(p) for p in parts) - len(foot) - 200
    left = 0
    for section in sections:
        if len(section) + 2 > room:
            left += 1
            continue
        parts.append(section)
        room -= len(section) + 2
    if left:
        parts.append(
            f"*{left} section{'s' if left != 1 else ''} left out to stay under {limit:,} characters; the "
            "HTML report has them all.*\n"
        )
    return "\n".join([*parts, foot])


def _table(runs: Sequence[RunAnalysis]) -> str:
    lines = ["| run | verdict | first cause | steps |", "|---|---|---|---|"]
    for row in map(row_of, runs[:_MOST_ROWS]):
        told = f"{plain(row.told)} ({row.odds})" if row.odds else sentence(row.told)
        lines.append(f"| {code(row.id)} | {_MARKS[row.verdict]} {row.word} | {told} | {row.steps} |")
    if len(runs) > _MOST_ROWS:
        lines.append(f"| {len(runs) - _MOST_ROWS} more | | | |")
    return "\n".join(lines) + "\n"


def _run(run: RunAnalysis) -> str:
    lines = [f"### {_MARKS[run.verdict]} {code(run.id)}", "", f"**{sentence(run.headline)}**", ""]
    if heading := causes_heading(run):
        lines.extend([f"{heading}:", ""])
    for cause in run.causes[:3]:
        lines.append(f"**{plain(cause.title)}**: {percent(cause.probability)}, {likelihood(cause.probability)}")
        lines.append("")
        lines.extend(f"{i}. {sentence(r.do)} <sub>{plain(r.effort)}</sub>" for i, r in enumerate(cause.remedies, 1))
        lines.append("")
        lines.extend(f"*In the program:* {sentence(place)}\n" for place in cause.in_program)
        if cause.verify:
            lines.extend([f"*To verify:* {sentence(cause.verify)}", ""])
        if cause.sources:
            lines.extend([f"<sub>Sources: {_sources(cause.sources)}</sub>", ""])
    if run.possible:
        lines.extend([sentence(possible_text(run)), ""])
    firing = [f for f in run.findings if f.status == "fires"]
    if firing:
        lines.extend(
            [f"<details><summary>Evidence: {len(firing)} finding{'s' if len(firing) != 1 else ''}</summary>", ""]
        )
        for number, finding in enumerate(firing):
            lines.extend(_finding(finding, {c.name: c for c in run.curves}, chart=number == 0))
        lines.extend(["</details>", ""])
    lines.extend(_after(run))
    return "\n".join(lines) + "\n"


def _finding(finding: Finding, curves: dict[str, Curve], *, chart: bool) -> list[str]:
    lines = [
        f"**{finding.severity}**: {plain(finding.title)} ({code(finding.id)})",
        "",
        sentence(finding.evidence),
        "",
    ]
    names = [name for c in finding.charts for name in c.series if name in curves]
    if names:
        curve = curves[names[0]]
        drawn = _mermaid(curve, log=is_logarithmic(finding.charts[0], curves)) if chart else ""
        lines.extend([drawn or f"`{sparkline(curve.values)}` {code(curve.name)}", ""])
    shown = list(numbers(finding).items())[:12]
    if shown:
        told = ", ".join(f"{plain(number_name(name))} {_value(value)}" for name, value in shown)
        lines.extend([f"<sub>{told}</sub>", ""])
    lines.extend([f"*Why it matters:* {sentence(finding.why)}", ""])
    if finding.sources:
        lines.extend([f"*Sources:* {_sources(finding.sources)}", ""])
    if finding.accepted or finding.known:
        lines.extend([f"*{sentence(settled_word(finding))}*", ""])
    if finding.measured:
        lines.extend([record_text(finding.measured), ""])
    return lines


def _sources(citations: Sequence[Citation]) -> str:
    """What a finding or a cause rests on: linked titles, with what each says."""
    told = []
    for citation in citations:
        title = plain(show(citation.title))
        linked = f"[{title}]({citation.link})" if citation.link else title
        told.append(f"{linked}: {sentence(citation.says)}" if citation.says else linked)
    return "; ".join(told)


def _value(value: object) -> str:
    return value_text(value) if not isinstance(value, str) else code(value)


def _after(run: RunAnalysis) -> list[str]:
    lines: list[str] = []
    if run.not_judged or run.suggestions:
        lines.extend(
            [
                f"<details><summary>{len(run.clear)} checks clear, {len(run.not_judged)} could not be judged</summary>",
                "",
            ]
        )
        lines.extend(f"- log next: {sentence(s.line)}" for s in run.suggestions)
        lines.extend(f"- {plain(n.title)}: {sentence(n.reason)}" for n in run.not_judged[:30])
        lines.extend(["", "</details>", ""])
    if run.defects:
        lines.extend(["<details><summary>Data quality</summary>", "", _defects(run.defects), "</details>", ""])
    return lines


def _defects(defects: Sequence[Defect]) -> str:
    lines = [
        f"- {code(d.source)}{f' ({plain(d.where)})' if d.where else ''}: {sentence(d.what)}"
        f"{f' <sub>{plain(note_id(d))}</sub>' if note_id(d) else ''}"
        for d in defects[:20]
    ]
    if len(defects) > 20:
        lines.append(f"- and {len(defects) - 20} more")
    return "\n".join(lines) + "\n"


def _group(told: Together, count: int, findings: Sequence[Finding]) -> str:
    lines = [f"### {sentence(told.title)}: {count} runs", ""]
    if told.rows:
        lines += [f"| {' | '.join(plain(title) for title in told.header)} |", "|---" * len(told.header) + "|"]
        for row in told.rows[:_MOST_MEMBERS]:
            *cells, run = told.cells(row)
            lines.append(f"| {' | '.join(plain(cell) for cell in cells)} | {code(run)} |")
        if len(told.rows) > _MOST_MEMBERS:
            lines.append(f"| {len(told.rows) - _MOST_MEMBERS} more {'| ' * len(told.header)}")
        levels = f"Start and end are levels of the {plain(told.loss)}." if told.loss else ""
        lines += ["", *([f"<sub>{levels}</sub>", ""] if levels else [])]
    for finding in findings:
        lines.extend(_finding(finding, {}, chart=False))
    return "\n".join(lines) + "\n"


def _mermaid(curve: Curve, *, log: bool) -> str:
    """A chart that GitHub draws; finite points only, evenly spaced, at most forty."""
    pairs = [(s, v) for s, v in zip(curve.steps, curve.values, strict=True) if math.isfinite(v) and (v > 0 or not log)]
    if len(pairs) < 3:
        return ""
    stride = max(1, math.ceil(len(pairs) / _CHART_POINTS))
    chosen = [pairs[min(len(pairs) - 1, i + stride // 2)] for i in range(0, len(pairs), stride)]
    values = [math.log10(v) if log else v for _, v in chosen]
    title = re.sub(r"[^A-Za-z0-9 _/.-]", "", show(curve.name))[:60]
    axis = f'"{title}{" (log10)" if log else ""}"'
    numbers = ", ".join(f"{v:.4g}" for v in values)
    if "e" in numbers:
        return ""  # Mermaid reads no exponents
    return (
        f'```mermaid\nxychart-beta\n  x-axis "step" {chosen[0][0]} --> {max(chosen[-1][0], chosen[0][0] + 1)}\n '
        f" y-axis {axis}\n  line [{numbers}]\n```"
    )


def code(text: str) -> str:
    """Return log text as a code span: the fence is longer than any run of backticks in it, and a pipe cannot end a
    table cell.

    A code span is the only place where a mention, a link, a number sign or HTML stays what it is.
    """
    made = show(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall(r"`+", made)), default=0) + 1)
    pad = " " if made.startswith("`") or made.endswith("`") or not made.strip() else ""
    return f"{fence}{pad}{made}{pad}{fence}"


_PLAIN = re.compile(r"[A-Za-z0-9 .,;:()%/+\-'?=…–—−]*")
_WORD = re.compile(r"[A-Za-z0-9+−-][A-Za-z0-9,.;:()%'\"+−…–—?/=-]*|[,.;:()=]?")
_ENCLOSED = re.compile(r"([(\"']*)(.*?)([)\"',.;:!?]*)")
# What a forge turns into a link by itself: addresses, abbreviated commits, references to issues.
_LINKED = re.compile(r"://|\bwww\.|(?<![\w,.])[0-9a-f]{7,40}(?![\w,])|\bGH-\d", re.IGNORECASE)


def plain(text: str) -> str:
    """Return a text of the rule base as it is, and anything with other characters in it as a code span."""
    return text if _PLAIN.fullmatch(text) and not _LINKED.search(text) else code(text)


def sentence(text: str) -> str:
    """Return a sentence that may hold words of a log: every word that could mean something to Markdown stands in a code
    span, the brackets and commas around it outside.
    """
    return " ".join(map(_word, show(text, cap=1500).split()))


def _word(word: str) -> str:
    before, core, after = _ENCLOSED.fullmatch(word).groups()  # type: ignore[union-attr]  # it matches everything
    return word if _WORD.fullmatch(core) and not _LINKED.search(core) else f"{before}{code(core)}{after}"
