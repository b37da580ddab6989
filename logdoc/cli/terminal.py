"""What reaches the terminal.

Data go to standard output, notes to standard error; log text passes `show` on its way.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

from logdoc.report.escape import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from logdoc.api import Inspection
    from logdoc.model import Analysis, Comparison, Explanation
    from logdoc.readers.console.lines import LineKind

_LEAST_COLUMN = 24  # characters: a narrower last column would be a stack of single words


def _unicode() -> bool:
    try:
        "─█●→".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _width() -> int:
    return max(40, shutil.get_terminal_size((100, 24)).columns)


def _console() -> Console:
    from rich.console import Console

    forced: bool | None = True if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE") else None
    if forced is None and "FORCE_COLOR" in os.environ:
        forced = sys.stdout.isatty()  # empty, which means not set; rich before 14 takes it as set
    return Console(width=_width(), force_terminal=forced, highlight=False, markup=False, emoji=False, soft_wrap=False)


class Detail(NamedTuple):
    """How much of an analysis a person wants to see.

    Attributes:
        runs: show these runs in full; ids, their ends, or patterns of them.
        verbose: show every run in full.
        brief: show the table alone.
    """

    runs: tuple[str, ...] = ()
    verbose: bool = False
    brief: bool = False


def print_analysis(analysis: Analysis, detail: Detail = Detail()) -> None:  # noqa: B008 - it is frozen
    """Print the diagnosis; into a pipe with one line a run, however long.

    Raises:
        ConfigError: no run is called as `detail` says.
    """
    from logdoc.report.text import Layout, render_text

    layout = Layout(
        width=_width(),
        unicode=_unicode(),
        details="none" if detail.brief else "all" if detail.verbose else "few",
        chosen=frozenset(run for glob in detail.runs for run in _matching(glob, analysis)),
        whole_rows=not sys.stdout.isatty(),
    )
    _console().print(render_text(analysis, layout=layout), end="", soft_wrap=True)


def _matching(glob: str, analysis: Analysis) -> list[str]:
    from fnmatch import fnmatchcase

    from logdoc.errors import ConfigError, suggest

    ids = [run.id for run in analysis.runs]
    found = [name for name in ids if name == glob or fnmatchcase(name, glob) or fnmatchcase(name, f"*/{glob}")]
    if not found:
        known = f"There are {', '.join(ids[:5])}." if ids else "There is none."
        raise ConfigError(f"there is no run '{glob}'", where="--run", hint=suggest(glob, ids) or known)
    return found


def print_document(text: str) -> None:
    """Print a whole report to standard output, in UTF-8 whatever the terminal thinks; it is made harmless already."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


def print_explanations(found: Sequence[Explanation]) -> None:
    """Print the arithmetic of a cause, run by run."""
    from logdoc.report.explanation import explanation_lines

    for number, explanation in enumerate(found):
        print_wrapped([*([""] if number else []), *explanation_lines(explanation)])


def print_comparisons(found: Sequence[Comparison]) -> None:
    """Print what a comparison found."""
    from logdoc.report.comparison import comparison_lines

    print_wrapped(comparison_lines(found, unicode=_unicode()))


def print_wrapped(lines: Iterable[str]) -> None:
    """Print lines wrapped to the width of the terminal, later parts indented under the first; in a pipe they stay
    whole.
    """
    for line in (show(line, cap=4000) for line in lines):  # as a whole: half of a secret is not known by its form
        room = _width() if sys.stdout.isatty() else len(line)
        print_lines(_parts(line, room, len(line) - len(line.lstrip()) + 4))


def note(message: str) -> None:
    """Print a note to standard error."""
    print(show(message, cap=2000), file=sys.stderr)  # noqa: T201


def print_lines(lines: Iterable[str]) -> None:
    """Print plain lines, made harmless."""
    for line in lines:
        print(_encodable(show(line, cap=4000)))  # noqa: T201


def print_source(text: str) -> None:
    """Print a file of the rule base as it is, line by line."""
    print_lines(text.splitlines())


def print_table(rows: Sequence[Sequence[str]], header: Sequence[str]) -> None:
    """Print rows in aligned columns. On a terminal the last column is wrapped; where too little is left for it, a row
    stands on lines of its own. In a pipe a row is one line.
    """
    _columns([header, *rows], indent=0, title=True)


def print_inspection(seen: Inspection) -> None:
    """Print what was read, how each name was understood, and what was left out."""
    from logdoc.report.wording import value_text

    for run in seen.runs:
        steps = run.run.step_range
        span = f"steps {steps[0]:,} to {steps[1]:,}" if steps else "nothing logged"
        print_wrapped(
            [
                f"{run.run.id}",
                f"  format   {run.run.format}: {run.run.note or 'detected by its content'}",
                f"  files    {', '.join(run.run.sources)}",
                f"  span     {span}",
            ]
        )
        if run.reading.names:
            print_lines(["  understood"])
            _indented(
                [(name, role, points, why) for name, role, points, why in run.rows()], ("name", "role", "points", "why")
            )
        if run.reading.left_out:
            print_lines(["  left out"])
            _indented([(name, why) for name, why in run.reading.left_out.items()], ("name", "why"))
        if run.facts:
            print_lines(["  known"])
            _indented(
                [(name, value_text(fact.value), fact.why) for name, fact in run.facts.items()], ("fact", "value", "why")
            )
        for defect in run.run.defects:
            place = f" ({defect.where})" if defect.where else ""
            print_wrapped(
                [f"  {'LOST' if defect.lost else 'note'}  {defect.source}{place}: {defect.what} [{defect.id}]"]
            )
        print_lines([""])
    for defect in seen.defects:
        print_lines([f"{defect.source}: {defect.what}"])


def print_line_kinds(found: Mapping[str, Sequence[LineKind]]) -> None:
    """Print for every console log the kinds of its lines, what each number in them is, and what was not read."""
    if not found:
        print_lines(["no console log here: only texts have lines that need to be understood"])
    for file, kinds in found.items():
        print_lines([file])
        for kind in kinds:
            times = "1 line" if kind.times == 1 else f"{kind.times:,} lines"
            print_lines(["", f"  {times}, {kind.meaning}: {kind.shape}"])
            if kind.example:
                print_lines([f"    line {kind.line:,}: {kind.example}"])
            if kind.numbers and kind.read:
                _indented(
                    [(number.example, number.role, number.name, number.why) for number in kind.numbers],
                    ("number", "is", "name", "why"),
                )
        print_lines([""])


def _indented(rows: Sequence[Sequence[str]], header: Sequence[str]) -> None:
    _columns([header, *rows], indent=4, title=False, most=48)


def _columns(rows: Sequence[Sequence[str]], *, indent: int, title: bool, most: int = 10_000) -> None:
    """Print rows, the first one being the header, in columns of at most `most` characters."""
    shown = [[show(cell) for cell in row] for row in rows]
    widths = [min(most, max(len(row[i]) for row in shown)) for i in range(len(shown[0]))]
    room = _width() if sys.stdout.isatty() else 100_000
    before = indent + sum(widths[:-1]) + 2 * len(widths[:-1])
    aligned = before + min(widths[-1], _LEAST_COLUMN) <= room
    for row in shown if title and aligned else shown[1:]:
        if aligned:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            lines = _parts(" " * indent + "  ".join(cells).rstrip(), room, before)
        else:
            lines = _stacked(row, room, indent)
        for line in lines:
            print(_encodable(line))  # noqa: T201


def _stacked(row: Sequence[str], room: int, indent: int) -> list[str]:
    """Return a row that is too wide for columns: short cells on one line, each long one and the last below it."""
    long = [cell for cell in row[1:-1] if len(cell) > _LEAST_COLUMN]
    head = "  ".join(cell for cell in row[:-1] if cell and cell not in long)
    lines = _parts(" " * indent + head, room, indent + 4)
    for cell in (*long, row[-1]):
        lines += _parts(" " * (indent + 4) + cell, room, indent + 4) if cell else []
    return lines


def _parts(line: str, room: int, hang: int) -> list[str]:
    """Return a line in parts that fit, those after the first indented by `hang`; blanks between columns stay."""
    from textwrap import wrap

    if len(line) <= room:
        return [line]
    return wrap(
        line, room, subsequent_indent=" " * hang, break_on_hyphens=False, drop_whitespace=True, replace_whitespace=False
    )


def _encodable(line: str) -> str:
    encoding = sys.stdout.encoding or "utf-8"
    return line.encode(encoding, "backslashreplace").decode(encoding)
