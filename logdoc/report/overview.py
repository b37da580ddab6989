"""One row a run: what every table of runs shows, in the terminal, in Markdown and on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logdoc.model.words import percent, verdict_word
from logdoc.report.charts import sparkline
from logdoc.report.escape import show
from logdoc.report.wording import steps_text, worst_first
from logdoc.report.wrapping import common_folder, wrap_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model import Curve, RunAnalysis
    from logdoc.model.analysis import RunVerdict

_SPARK = 16
_LEAST_TOLD = 24  # a narrower column of causes is unreadable; the curve and the steps go first
_ENOUGH_TOLD = 40  # no title of a cause is much longer; the rest of the room is for names
_LEAST_WIDTH = 60  # in a narrower terminal a row stands in several lines, one under the other
_HEADER = ("run", "verdict", "first cause", "", "steps", "training loss")


@dataclass(frozen=True, slots=True)
class Row:
    """One run in one line; the texts of the log are made harmless.

    Attributes:
        id: of the run.
        verdict: of the run.
        word: what the verdict is called; says when every fault is accepted or known.
        told: the title of the first cause; without one the reason, the first finding, or what was checked.
        odds: how probable the cause is, as percent; empty without a cause.
        steps: first and last step.
        curve: the training loss, decimated; None where it was not logged.
    """

    id: str
    verdict: RunVerdict
    word: str
    told: str
    odds: str
    steps: str
    curve: Curve | None

    @property
    def values(self) -> tuple[float, ...]:
        """The values of the curve; empty without one."""
        return self.curve.values if self.curve else ()


def row_of(run: RunAnalysis) -> Row:
    """Return the row of a run."""
    cause = run.causes[0] if run.causes and run.verdict in ("error", "warning") else None
    loss = next((curve for curve in run.curves if curve.role == "train.loss"), None)
    faults = [f for f in run.findings if f.status == "fires" and f.severity != "info"]
    settled = bool(faults) and run.verdict in ("error", "warning") and not any(f.counts for f in faults)
    word = verdict_word(run.verdict)
    return Row(
        id=show(run.id),
        verdict=run.verdict,
        word=f"{word}, {'accepted' if all(f.accepted for f in faults) else 'known'}" if settled else word,
        told=show(cause.title if cause else _told(run)),
        odds=percent(cause.probability) if cause else "",
        steps=steps_text(run.steps),
        curve=loss,
    )


def _told(run: RunAnalysis) -> str:
    if run.verdict == "healthy":
        return f"{len(run.clear)} check{'s' if len(run.clear) != 1 else ''} clear, {len(run.not_judged)} not judged"
    first = next((f for f in run.findings if f.status == "fires"), None)
    return first.title if first and run.verdict in ("error", "warning", "info") else run.headline


def table_lines(
    runs: Sequence[RunAnalysis], width: int | None, *, marks: dict[str, str], unicode: bool = True
) -> list[tuple[str, str, RunVerdict | None]]:
    """Return the table of the runs, worst first, as (mark, rest of the line, verdict); the verdict is None for the
    header and for further lines of a row.

    Args:
        runs: one row each.
        width: of the terminal: names break at their separators, causes between words, and columns that do not fit
            are left out from the right. None: one line a run, nothing is broken or left out.
        marks: verdict -> the sign before the row.
        unicode: False draws the curves in ASCII.
    """
    rows = [row_of(run) for run in worst_first(runs)]
    prefix = common_folder([row.id for row in rows]) if width is not None else ""
    cells = [
        (row.id.removeprefix(prefix), row.word, row.told, row.odds, row.steps, _spark(row, unicode=unicode))
        for row in rows
    ]
    lead = max((len(marks[row.verdict]) for row in rows), default=1)
    shown: Sequence[int] = range(len(_HEADER))
    widths = [max([len(title), *(len(cell[i]) for cell in cells)]) for i, title in enumerate(_HEADER)]
    if width is not None and width < _LEAST_WIDTH:
        return _stacked(rows, prefix, marks, lead, width)
    if width is not None:
        shown, widths = _fitted(widths, width - lead - 1)
    made: list[tuple[str, str, RunVerdict | None]] = []
    if prefix:
        made.append(("", f"Runs below {prefix}", None))
    made.extend((" " * lead + " ", line, None) for line in _lines(_HEADER, widths, shown))
    for row, cell in zip(rows, cells, strict=True):
        for number, line in enumerate(_lines(cell, widths, shown)):
            mark = marks[row.verdict].ljust(lead) + " " if number == 0 else " " * lead + " "
            made.append((mark, line, row.verdict if number == 0 else None))
    return made


def _stacked(
    rows: Sequence[Row], prefix: str, marks: dict[str, str], lead: int, width: int
) -> list[tuple[str, str, RunVerdict | None]]:
    made: list[tuple[str, str, RunVerdict | None]] = []
    indent = " " * (lead + 1)
    if prefix:
        made.extend(("", line, None) for line in wrap_words(f"Runs below {prefix}", width))
    for row in rows:
        name, *rest = wrap_words(row.id.removeprefix(prefix), width - len(indent))
        made.append((f"{marks[row.verdict].ljust(lead)} ", name, row.verdict))
        told = f"{row.word}: {row.told} {row.odds}".rstrip()
        made.extend((indent, line, None) for line in [*rest, *wrap_words(told, width - len(indent))])
    return made


def _spark(row: Row, *, unicode: bool) -> str:
    return sparkline(row.values, _SPARK, unicode=unicode) if len(row.values) > 2 else ""


def _fitted(widths: list[int], room: int) -> tuple[Sequence[int], list[int]]:
    """Return which columns are shown, and how wide each is, so that a row takes no more than `room` characters.

    The name and the cause share what the others leave; where that is too little, the curve goes, then the steps.
    """
    for shown in ((0, 1, 2, 3, 4, 5), (0, 1, 2, 3, 4), (0, 1, 2, 3)):
        left = room - sum(widths[i] for i in shown if i not in (0, 2)) - 2 * (len(shown) - 1)
        if left >= widths[0] + widths[2]:
            return shown, widths
        if left >= 2 * _LEAST_TOLD:
            break
    name = min(widths[0], max(left // 2, left - _ENOUGH_TOLD))
    told = min(widths[2], left - name)
    return shown, [min(widths[0], left - told), widths[1], told, *widths[3:]]


def _lines(cells: Sequence[str], widths: list[int], shown: Sequence[int]) -> list[str]:
    parts = {i: wrap_words(cells[i], widths[i]) if i in (0, 2) else [cells[i]] for i in shown}
    height = max(len(part) for part in parts.values())
    return [
        "  ".join((parts[i][n] if n < len(parts[i]) else "").ljust(widths[i]) for i in shown).rstrip()
        for n in range(height)
    ]
