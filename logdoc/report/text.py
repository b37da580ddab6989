"""The diagnosis as terminal text: a table of the runs, then of each verdict, causes with what to do, and evidence.

Log text never becomes markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from logdoc.model.words import likelihood, percent, verdict_word
from logdoc.report.charts import sparkline
from logdoc.report.escape import show
from logdoc.report.overview import table_lines
from logdoc.report.together import member_lines, together
from logdoc.report.wording import (
    causes_heading,
    note_text,
    possible_text,
    record_text,
    settled_text,
    settled_word,
    span_text,
    summary,
    worst_first,
)
from logdoc.report.wrapping import wrap_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text

    from logdoc.model import Analysis, Cause, Finding, RunAnalysis

_STYLES = {
    "error": "bold red",
    "warning": "bold yellow",
    "incomplete": "bold magenta",
    "undecidable": "bold blue",
    "running": "bold cyan",
    "unreadable": "bold magenta",
    "info": "bold green",
    "healthy": "bold green",
}
_MARKS = {
    "error": "✗",
    "warning": "▲",
    "info": "✓",
    "healthy": "✓",
    "incomplete": "◐",
    "undecidable": "?",
    "unreadable": "✗",
    "running": "…",
}
_ASCII_MARKS = {
    "error": "x",
    "warning": "!",
    "info": "ok",
    "healthy": "ok",
    "incomplete": "~",
    "undecidable": "?",
    "unreadable": "x",
    "running": "..",
}
_MOST_CAUSES = 3
_MOST_REMEDIES = 3
_FULL_GROUPS = 3  # with the table of their runs
_MOST_GROUPS = 12
_WIDTH = 100  # of a text file


def plain_text(analysis: Analysis) -> str:
    """Return plain text, 100 columns wide: the table of runs, and every run in full."""
    return render_text(analysis, layout=Layout(details="all")).plain


@dataclass(frozen=True, slots=True)
class Layout:
    """How much is told, and how it is laid out.

    Attributes:
        width: columns.
        unicode: False replaces marks and blocks by ASCII.
        details: ``few``: in full when there is one run, else the table alone; ``all``: every run in full;
            ``none``: the table alone.
        chosen: ids of runs that are shown in full whatever `details` says.
        whole_rows: a row of the table is one line, however long: for pipes.
    """

    width: int = _WIDTH
    unicode: bool = True
    details: Literal["few", "all", "none"] = "few"
    chosen: frozenset[str] = frozenset()
    whole_rows: bool = False


def render_text(analysis: Analysis, *, layout: Layout | None = None) -> Text:
    """Return the diagnosis as rich text: a table of the runs first when there are several, then what the layout asks
    for in full, then groups, files that were not judged, and one closing line.
    """
    layout = layout or Layout()
    page = _Page(layout.width, layout.unicode)
    runs = worst_first(analysis.runs)
    full = layout.details == "all" or (layout.details == "few" and len(runs) == 1)
    detailed = [run for run in runs if full or run.id in layout.chosen]
    if len(runs) > 1 or (runs and not detailed):
        page.table(runs, whole=layout.whole_rows)
    elif runs:
        page.line(summary(analysis), "bold")
    for run in detailed:
        page.run(run)
    if layout.details != "none":
        page.groups(analysis, whole=layout.details == "all")
        page.left_out(analysis)
    page.closing(analysis, hint=bool(runs) and not detailed and layout.details == "few")
    return page.text


class _Page:
    def __init__(self, width: int, unicode: bool) -> None:
        from rich.text import Text

        self.text = Text()
        self.width, self.unicode = width, unicode

    def gap(self) -> None:
        self.text.append("\n")

    def line(self, words: str, style: str = "") -> None:
        self.wrapped(words, 0, style)

    def wrapped(self, words: str, indent: int, style: str = "", *, first: str = "", first_style: str = "") -> None:
        """Append words wrapped to the width; `first` stands before the first line, later lines line up behind it."""
        lead = " " * indent
        room = max(20, self.width - indent - len(first))
        plain = self._plain(words)
        lines = wrap_words(plain, room)
        for number, part in enumerate(lines):
            self.text.append(lead)
            if number == 0 and first:
                self.text.append(self._plain(first), first_style or style)
            elif first:
                self.text.append(" " * len(first))
            self.text.append(part, style)
            self.text.append("\n")

    def run(self, run: RunAnalysis) -> None:
        """Append everything about one run."""
        self.gap()
        mark = (_MARKS if self.unicode else _ASCII_MARKS)[run.verdict]
        style = _STYLES[run.verdict]
        self.wrapped(show(run.id), 0, "bold", first=f"{mark} ", first_style=style)
        self.wrapped(f"{verdict_word(run.verdict)} · {show(run.format)} · {span_text(run)}", 2, "dim")
        self.wrapped(show(run.headline), 2, style)
        if heading := causes_heading(run):
            self.gap()
            self.wrapped(heading, 2, "bold")
        for cause in run.causes[:_MOST_CAUSES]:
            self.cause(cause)
        if run.possible:
            self.gap()
            self.wrapped(show(possible_text(run)), 2)
        shown = [f for f in run.findings if f.status in ("fires", "error")]
        if shown:
            self.gap()
            self.wrapped("Findings", 2, "bold")
        for finding in shown:
            self.finding(finding, run)
        self.after(run)

    def cause(self, cause: Cause) -> None:
        """Write one cause: how likely it is, what to do first, and what would verify it."""
        self.gap()
        self.wrapped(
            f"{show(cause.title)}  {percent(cause.probability)}, {likelihood(cause.probability)}  [{show(cause.id)}]",
            2,
            "bold",
            first="Cause  ",
            first_style="cyan",
        )
        for number, remedy in enumerate(cause.remedies[:_MOST_REMEDIES], 1):
            self.wrapped(show(remedy.do), 4, first=f"{number}. ", first_style="cyan")
        for place in cause.in_program:
            self.wrapped(show(place), 4, first="in the program: ", first_style="cyan")
        if cause.verify:
            self.wrapped(show(cause.verify), 4, "dim", first="to verify: ", first_style="dim")

    def finding(self, finding: Finding, run: RunAnalysis | None) -> None:
        """Append one finding, with its curve when the run is given."""
        word = finding.severity
        style = {"error": "red", "warning": "yellow"}.get(finding.severity, "green")
        self.wrapped(f"{show(finding.title)}  [{show(finding.id)}]", 4, first=f"{word:8}", first_style=style)
        told = " ".join(part for part in (show(finding.evidence, cap=1200), record_text(finding.measured)) if part)
        self.wrapped(told, 12, "dim")
        if finding.accepted or finding.known:
            self.wrapped(show(settled_word(finding)), 12)
        if run is not None and finding.charts and finding.severity != "info":
            curves = {c.name: c for c in run.curves}
            curve = next((curves[name] for name in finding.charts[0].series if name in curves), None)
            if curve is not None and len(curve.values) > 2:
                self.wrapped(
                    f"{sparkline(curve.values, min(48, self.width - 30), unicode=self.unicode)}  "
                    f"{show(curve.name, cap=40)}",
                    12,
                    "cyan",
                )

    def after(self, run: RunAnalysis) -> None:
        """Append what to log next, the counts, and what is wrong with the data."""
        if run.suggestions:
            self.gap()
            self.wrapped("To be surer, log", 2, "bold")
            for suggestion in run.suggestions[:2]:
                self.wrapped(show(suggestion.line), 4, first="- ")
        counted = (
            f"{len(run.clear)} checks clear, {len(run.not_judged)} not judged, {len(run.not_applicable)} not applicable"
        )
        self.gap()
        self.wrapped(counted, 2, "dim")
        for defect in run.defects[:5]:
            where = f" ({show(defect.where)})" if defect.where else ""
            self.wrapped(
                f"{show(defect.source)}{where}: {note_text(defect)}",
                2,
                "magenta" if defect.lost else "dim",
                first="data  ",
            )
        if len(run.defects) > 5:
            self.wrapped(f"and {len(run.defects) - 5} more notes about the data", 2, "dim", first="data  ")

    def table(self, runs: Sequence[RunAnalysis], *, whole: bool) -> None:
        """Append one row a run."""
        marks = _MARKS if self.unicode else _ASCII_MARKS
        width = None if whole else self.width
        for mark, rest, verdict in table_lines(runs, width, marks=marks, unicode=self.unicode):
            self.text.append(self._plain(mark), _STYLES[verdict] if verdict else "")
            self.text.append(self._plain(rest) + "\n", "" if verdict or not mark.isspace() else "dim")

    def groups(self, analysis: Analysis, *, whole: bool) -> None:
        """Append what is said about several runs together; unless all of it is asked for, of many groups the first with
        their runs, some more with their findings by title, and a count of the rest.
        """
        runs = {run.id: run for run in analysis.runs} if analysis.groups else {}
        for number, group in enumerate(analysis.groups if whole else analysis.groups[:_MOST_GROUPS]):
            told = together(group, runs)
            self.gap()
            self.line(f"{told.title}: {len(group.runs)} runs", "bold")
            brief = not whole and number >= _FULL_GROUPS
            for line in [] if brief else member_lines(told, self.width - 2):
                self.text.append(f"  {self._plain(line)}\n")
            for finding in group.findings:
                if brief:
                    self.wrapped(f"{show(finding.title)}  [{show(finding.id)}]", 4, first=f"{finding.severity:8}")
                else:
                    self.finding(finding, None)
        if not whole and len(analysis.groups) > _MOST_GROUPS:
            self.gap()
            self.wrapped(f"and {len(analysis.groups) - _MOST_GROUPS} more groups, in the reports that -o writes", 0)

    def left_out(self, analysis: Analysis) -> None:
        """Append the files that were not judged."""
        if not analysis.defects:
            return
        self.gap()
        self.line("Files that were not judged", "bold")
        for defect in analysis.defects[:20]:
            self.wrapped(f"{show(defect.source)}: {note_text(defect)}", 2)
        if len(analysis.defects) > 20:
            self.wrapped(f"and {len(analysis.defects) - 20} more", 2)

    def closing(self, analysis: Analysis, *, hint: bool) -> None:
        """Append the line that sums up, where it does not stand at the top already, and how to see more."""
        self.gap()
        told = settled_text(analysis)
        if len(analysis.runs) != 1 or told:
            self.wrapped(" ".join(part for part in (summary(analysis), told) if part), 0, "bold")
        if hint:
            self.wrapped("In full: -v for every run, --run NAME for one, -o report.html for a page.", 0, "dim")

    def _plain(self, words: str) -> str:
        if self.unicode:
            return words
        table = {
            "·": "-",
            "…": "...",
            "–": "-",
            "—": "-",
            "→": "->",
            "−": "-",
            "∞": "inf",
            "±": "+-",
            "≥": ">=",
            "≤": "<=",
        }
        return "".join(table.get(c, c if c.isascii() else f"\\u{ord(c):04x}") for c in words)
