"""Runs that belong together, side by side: what sets each apart, where its loss ended, which is best."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logdoc.model.words import verdict_word
from logdoc.report.charts import short
from logdoc.report.escape import redact, show
from logdoc.report.wording import role_words
from logdoc.report.wrapping import wrap_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.model import ConfigValue, Group, Member, RunAnalysis

_SEED = re.compile(r"(^|[._-])(random_|manual_)?seed$", re.IGNORECASE)
_LEAST_NAME = 16  # characters of a run's name beside the other columns
_KINDS = {"lr-sweep": "Sweep of the learning rate", "seeds": "Repetitions"}


@dataclass(frozen=True, slots=True)
class Point:
    """Where one run of a sweep stands: its setting, the level its loss ended at, and whether it ended worse than it
    began, or as no number.
    """

    run: str
    setting: float
    end: float
    lost: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One run of a group in one line; the texts of the log are made harmless.

    Attributes:
        settings: what sets it apart, in the order of `Together.settings`.
        start, end: levels of the loss.
        verdict: what the run alone is called.
        note: ``best``, or how it went wrong.
    """

    run: str
    settings: tuple[str, ...]
    start: str
    end: str
    verdict: str
    note: str


@dataclass(frozen=True, slots=True)
class Together:
    """A group of runs as every report shows it.

    Attributes:
        title: what it is, with its folder where it has a name.
        settings: names of the settings that differ.
        loss: what the levels are of, in words; empty where none was compared.
        rows: in the order of the setting that differs.
        axis: the one numeric setting that differs; empty where there is none or several.
        points: for a chart of the loss over that setting; empty without one.
    """

    title: str
    settings: tuple[str, ...] = ()
    loss: str = ""
    rows: tuple[Row, ...] = ()
    axis: str = ""
    points: tuple[Point, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """The titles of the columns of the table."""
        levels = ("start", "end") if self.loss else ()
        return (*self.settings, *levels, "verdict", "", "run")

    def cells(self, row: Row) -> tuple[str, ...]:
        """The texts of one row, as many as there are columns."""
        levels = (row.start, row.end) if self.loss else ()
        return (*row.settings, *levels, row.verdict, row.note, row.run)


def together(group: Group, runs: Mapping[str, RunAnalysis]) -> Together:
    """Return a group as reports show it; `runs` are those of the analysis by id."""
    name = show(group.id) if group.id not in ("", ".") else ""
    kind = _KINDS.get(group.kind, "Group")
    title = f"{kind} in {name}" if name else f"{kind}, all runs of the folder"
    if not group.members:
        return Together(title)
    axis = _axis(group)
    members = sorted(group.members, key=lambda one: [_order(one.settings.get(k)) for k in (axis, *group.varies) if k])
    gone = {one.run: _gone(one, group.loss, runs.get(one.run)) for one in members}
    kept = [one.end for one in members if one.end is not None and not gone[one.run]]
    best = min(kept) if len(kept) > 1 and max(kept) > min(kept) else None
    return Together(
        title,
        tuple(map(show, group.varies)),
        role_words(group.loss),
        tuple(_row(one, group.varies, runs.get(one.run), gone[one.run], best) for one in members),
        show(axis),
        _points(members, axis, gone),
    )


def _axis(group: Group) -> str:
    """Return the setting to draw the loss over: the only one beside a seed that differs, if it is a number."""
    keys = [key for key in group.varies if not _SEED.search(key)]
    values = {one.settings.get(keys[0]) for one in group.members} if len(keys) == 1 and group.loss else set()
    return keys[0] if len(values) > 2 and all(_is_number(value) for value in values) else ""


def _is_number(value: ConfigValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _points(members: Sequence[Member], axis: str, gone: Mapping[str, str]) -> tuple[Point, ...]:
    if not axis:
        return ()
    return tuple(
        Point(one.run, float(one.settings[axis] or 0), one.end, bool(gone[one.run]))
        for one in members
        if one.end is not None
    )


def _order(value: ConfigValue) -> tuple[int, float, str]:
    return (0, float(value or 0), "") if _is_number(value) else (1, 0.0, str(value))


def _gone(member: Member, loss: str, run: RunAnalysis | None) -> str:
    """Return how a run went wrong: it ends as no number, or above where it began."""
    curve = next((c for c in run.curves if c.role == loss), None) if run is not None else None
    last = [*(curve.values[-1:] if curve is not None else ()), *([] if member.end is None else [member.end])]
    if odd := [value for value in last if not math.isfinite(value)]:
        return "ends as NaN" if math.isnan(odd[0]) else "ends as infinity"
    risen = member.start is not None and member.end is not None and member.end > member.start
    return "ends above its start" if risen else ""


def _row(member: Member, varies: Sequence[str], run: RunAnalysis | None, gone: str, best: float | None) -> Row:
    return Row(
        show(member.run),
        tuple(_setting(key, member.settings.get(key)) for key in varies),
        "" if member.start is None else short(member.start),
        "" if member.end is None else short(member.end),
        verdict_word(run.verdict) if run is not None else "",
        gone or ("best" if best is not None and member.end == best else ""),
    )


def _setting(key: str, value: ConfigValue) -> str:
    if value is None:
        return "not set"
    return short(float(value)) if _is_number(value) else redact(key, value)


def member_lines(group: Together, width: int, most: int = 12) -> list[str]:
    """Return the table of a group as lines of at most `width` characters, `most` rows of it."""
    if not group.rows:
        return []
    table = [group.header, *(group.cells(row) for row in group.rows[:most])]
    widths = [max(len(line[i]) for line in table) for i in range(len(group.header) - 1)]
    shown = [i for i, size in enumerate(widths) if size]
    made: list[str] = []
    for line in table:
        lead = "  ".join(line[i].ljust(widths[i]) for i in shown) + "  "
        room = width - len(lead)
        if room < _LEAST_NAME:  # the settings take the line; the name stands below it
            made += wrap_words(" ".join(lead.split()) if len(lead.rstrip()) > width else lead.rstrip(), width)
            made += [f"  {part}" for part in wrap_words(line[-1], max(8, width - 2))]
            continue
        first, *rest = wrap_words(line[-1], room)
        made += [lead + first, *(" " * len(lead) + part for part in rest)]
    if len(group.rows) > most:
        made.append(f"and {len(group.rows) - most} more")
    if group.loss:
        made += wrap_words(f"start and end: level of the {group.loss}", width)
    return made
