"""A damaged or unusual table, record by record: good rows are kept, the others are named."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logdoc.model import Defect
from logdoc.model.notes import ROWS
from logdoc.readers.delimited.cells import parse_cells
from logdoc.readers.delimited.dialect import MAX_LINE, Dialect, split_fields
from logdoc.readers.delimited.plain import plain_columns
from logdoc.readers.tables.column import NUMBER, Column, hole_column, join_columns
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BLOCK = 20_000
_CELLS = 4_000_000  # of the rows that are held as texts at once
_QUOTED_LINES = 50
_FEWEST_BY_TURNS = 3  # rows of either table
_MERGED = re.compile(r"(?:<{7}|>{7}|\|{7})(?: .*)?|={7}")  # what git writes around the two sides of a conflict
_OF_EVALUATION = re.compile(r"(?:eval|val|valid|validation|test)[_/]", re.IGNORECASE)


class NotATableError(Exception):
    """The bytes are no table that could be read without guessing; the message says why."""


class TooLargeTableError(NotATableError):
    """It may be a table, and is larger than any that is read."""


@dataclass(slots=True)
class Table:
    """A table with every cell's meaning, what was wrong with its file, and above which rows a header stands again."""

    dialect: Dialect
    columns: list[Column]
    rows: int
    defects: list[Defect] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)

    def names(self) -> list[str]:
        """Return the names of the columns in file order."""
        return [column.name for column in self.columns]


def unique_names(dialect: Dialect, source: str, defects: list[Defect]) -> list[str]:
    """Return one distinct name per column; a column without a name is called by its number, a second ``loss`` becomes
    ``loss (2)``.
    """
    header = dialect.header or tuple("" for _ in range(dialect.width))
    names: list[str] = []
    seen: dict[str, int] = {}
    twice: list[str] = []
    for i, name in enumerate(header):
        shown = name or f"column {i + 1}"
        seen[shown] = seen.get(shown, 0) + 1
        if seen[shown] > 1:
            twice.append(shown)
            shown = f"{shown} ({seen[shown]})"
        names.append(shown)
    if twice:
        defects.append(
            Defect(
                source,
                f"the column name '{cut(twice[0], 80)}' stands in the header more than once; later ones are numbered",
                id=ROWS,
            )
        )
    return names


@dataclass(slots=True)
class _Faults:
    """Records that could not be used, by kind."""

    lines: dict[str, list[int]] = field(default_factory=dict)

    def add(self, kind: str, line: int) -> None:
        self.lines.setdefault(kind, []).append(line)

    def count(self) -> int:
        return sum(len(lines) for lines in self.lines.values())

    def defects(self, source: str) -> list[Defect]:
        """Return one defect for each kind of fault, with the first lines that have it."""
        found = []
        for kind, lines in sorted(self.lines.items()):
            shown = ", ".join(map(str, lines[:5])) + (" …" if len(lines) > 5 else "")
            many = "1 row" if len(lines) == 1 else f"{len(lines)} rows"
            found.append(
                Defect(
                    source,
                    f"{many} left out: {kind}",
                    f"line{'s' if len(lines) > 1 else ''} {shown}",
                    lost=True,
                    id=ROWS,
                )
            )
        return found


class _Records:
    """Collects good records in blocks, so that memory holds numbers rather than texts."""

    def __init__(self, names: list[str], decimal: str, block: int) -> None:
        self._block = block
        self.names = names
        self.order = list(names)
        self.rows = 0
        self._decimal = decimal
        self._pending: list[list[str]] = []
        self._blocks: list[tuple[int, dict[str, Column]]] = []

    def add(self, fields: list[str]) -> None:
        self._pending.append(fields)
        self.rows += 1
        if len(self._pending) >= self._block:
            self.flush()

    def rename(self, names: list[str]) -> None:
        """Begin a segment with another header."""
        self.flush()
        self.names = names
        self.order.extend(name for name in names if name not in self.order)

    def flush(self) -> None:
        if self._pending:
            cells = zip(*self._pending, strict=True)
            block = {
                name: parse_cells(name, column, self._decimal) for name, column in zip(self.names, cells, strict=True)
            }
            self._blocks.append((len(self._pending), block))
            self._pending = []

    def columns(self) -> list[Column]:
        self.flush()
        return [
            join_columns([block.get(name) or hole_column(name, count) for count, block in self._blocks])
            for name in self.order
        ]


def read_records(data: bytes, dialect: Dialect, names: list[str], source: str) -> Table:
    """Return the table, record by record; what does not fit is left out and named.

    Raises:
        NotATableError: when fewer records fit than do not.
    """
    block = max(1, min(BLOCK, _CELLS // max(len(names), 1)))
    plain = plain_columns(data, dialect, names, block)
    if plain is not None:
        return Table(dialect, plain, len(plain[0]))
    records = _Records(names, dialect.decimal, block)
    faults = _Faults()
    width, header, repeated = len(names), [name.strip() for name in dialect.header], 0
    defects: list[Defect] = []
    heads: list[int] = []
    merged: list[int] = []
    narrower: list[int] = []
    gap, unevaluated = _unevaluated(data, dialect), 0
    for line, record in _records(data, dialect, faults):
        try:
            fields = split_fields(record, dialect.delimiter)
        except (csv.Error, StopIteration):
            faults.add(f"a field longer than {csv.field_size_limit()} characters or a broken quote", line)
            continue
        if dialect.delimiter == "|" and _is_rule(fields):
            continue
        if _MERGED.fullmatch(record):
            merged.append(line)
            continue
        if len(fields) > width and not any(field.strip() for field in fields[width:]):
            fields = fields[:width]
        if header and (again := _header_again(fields, header)):
            repeated += 1
            heads.append(records.rows)
            if again == "other":
                header = [name.strip() for name in fields]
                width = len(header)
                records.rename(
                    unique_names(Dialect(dialect.encoding, "", ".", tuple(header), 0, (), width, 1.0), source, defects)
                )
                defects.append(
                    Defect(source, "another header begins here; columns are joined by name", f"line {line}", id=ROWS)
                )
        elif gap and len(header) == len(names) and len(fields) == width - len(gap):
            unevaluated += 1
            records.add([*fields[: gap.start], *("" for _ in gap), *fields[gap.start :]])
        elif len(fields) != width:
            narrower.append(len(fields) if len(fields) < width and line > 1 else 0)
            faults.add(f"{'fewer' if len(fields) < width else 'more'} than {width} fields", line)
        else:
            records.add(fields)
    if faults.count() > records.rows and not _by_turns(narrower, faults.count(), records.rows):
        raise NotATableError(_why_no_fit(faults, records.rows, dialect))
    if not records.rows:
        raise NotATableError("it holds a header and no row" if dialect.header else "it holds no row")
    if repeated and not defects:
        defects.append(
            Defect(
                source,
                f"the header is repeated {repeated} times inside the file: several writers or restarts appended to it",
                id=ROWS,
            )
        )
    if merged:
        what = f"{len(merged)} markers of an unfinished git merge stand among the rows: both of its sides were read"
        defects.append(Defect(source, what, f"line {merged[0]:,}", id=ROWS))
    if unevaluated:
        what = f"{unevaluated} rows lack the {len(gap)} columns of the evaluation; their last cells are those behind it"
        defects.append(Defect(source, what, id=ROWS))
    return Table(dialect, records.columns(), records.rows, defects + faults.defects(source), heads)


def _unevaluated(data: bytes, dialect: Dialect) -> range:
    """Return which columns the rows without an evaluation lack: those of the evaluation, which stand side by side among
    others. Writers like timm append only what an epoch has measured, so the cells behind move to the left.

    Empty unless two whole rows have as many fields as there are other columns: one alone may be cut short.
    """
    places = [i for i, name in enumerate(dialect.header) if _OF_EVALUATION.match(name.strip())]
    if not places or not dialect.delimiter or places[-1] - places[0] >= len(places) or not places[0]:
        return range(0)
    if places[-1] == dialect.width - 1:
        return range(0)  # nothing stands behind it: such a row cannot be told from one cut short
    fields, mark = dialect.width - len(places), dialect.delimiter.encode()
    short = sum(line.count(mark) == fields - 1 for line in data.split(b"\n")[:-1])
    return range(places[0], places[-1] + 1) if short > 1 and fields > 1 else range(0)


def _by_turns(narrower: list[int], faults: int, rows: int) -> bool:
    """Tell whether the records that do not fit are those of another table, its header and a row of it below each row.

    Args:
        narrower: how many fields each of them has, 0 for one with too many.
        faults: how many records do not fit.
        rows: how many do.
    """
    alike = len(set(narrower)) == 1 and narrower[0] > 0
    return rows >= _FEWEST_BY_TURNS and alike and faults == len(narrower) <= rows + 1


def _is_rule(fields: Sequence[str]) -> bool:
    """Tell whether a row is the line below the header of a Markdown table: dashes, with colons where it is aligned."""
    filled = [cell.strip() for cell in fields if cell.strip()]
    return bool(filled) and all(re.fullmatch(r":?-{2,}:?", cell) for cell in filled)


def _why_no_fit(faults: _Faults, good: int, dialect: Dialect) -> str:
    kinds = "; ".join(f"{len(lines)} with {kind}" for kind, lines in sorted(faults.lines.items()))
    hint = (
        "; are the commas decimal commas?"
        if dialect.delimiter == "," and any(kind.startswith("more") for kind in faults.lines)
        else ""
    )
    return f"its rows do not fit its header of {dialect.width} columns ({good} rows fit; {kinds}){hint}"


def _header_again(fields: Sequence[str], header: list[str]) -> str:
    """Say whether the fields are the header once more (``same``), another header (``other``), or data (empty)."""
    stripped = [cell.strip() for cell in fields]
    if stripped == header:
        return "same"
    if len(stripped) < 2 or not set(stripped) & set(header):
        return ""
    shared = len(set(stripped) & set(header))
    wordy = all(re.search(r"[A-Za-z_]", cell) for cell in stripped)
    return (
        "other"
        if wordy and shared >= 0.5 * min(len(stripped), len(header)) and not parse_cells("", stripped).count(NUMBER)
        else ""
    )


def _records(data: bytes, dialect: Dialect, faults: _Faults) -> Iterator[tuple[int, str]]:
    """Yield line number and text of every record; a quoted field may span lines, but an unbalanced quote costs its own
    line only.
    """
    stream = io.TextIOWrapper(io.BytesIO(data), encoding=dialect.encoding, errors="replace", newline="")
    held: list[str] = []
    held_line = 0
    for number, raw in enumerate(stream, 1):
        if number <= dialect.skip:
            continue
        text = raw.rstrip("\r\n")
        if len(text) > MAX_LINE or "\0" in text:
            kind = "zero bytes" if "\0" in text else f"longer than {MAX_LINE} characters"
            faults.add(kind, number)
            continue
        odd = '"' in text and text.count('"') % 2 == 1
        if held:
            held.append(text)
            if odd and _fits("\n".join(held), dialect):
                yield held_line, "\n".join(held)
                held = []
            elif odd or len(held) > _QUOTED_LINES:
                yield from _release(held, held_line, faults)
                held = []
        elif odd:
            held, held_line = [text], number
        elif text.strip() and not text.startswith("#"):
            yield number, text
    yield from _release(held, held_line, faults)


def _fits(record: str, dialect: Dialect) -> bool:
    try:
        return (
            len(next(csv.reader(io.StringIO(record), delimiter=dialect.delimiter or ",", skipinitialspace=True)))
            == dialect.width
        )
    except (csv.Error, StopIteration):
        return False


def _release(held: list[str], first: int, faults: _Faults) -> Iterator[tuple[int, str]]:
    """Give back lines that were held for a quote that never closed well: those with an odd number of quotes
    are faults.
    """
    for offset, text in enumerate(held):
        if text.count('"') % 2:
            faults.add("an unbalanced quote", first + offset)
        elif text.strip():
            yield first + offset, text
