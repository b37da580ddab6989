"""The end of a table: a writer that was killed leaves a row cut in the middle."""

from __future__ import annotations

import csv
import re

import numpy as np

from logdoc.model import Defect
from logdoc.model.notes import CUT
from logdoc.readers.delimited.cells import parse_cells
from logdoc.readers.delimited.dialect import HEAD, MAX_LINE, Dialect, split_fields
from logdoc.readers.tables.column import NUMBER
from logdoc.redaction import cut

# A number that goes on behind this: no writer ends one here, or it ends all of them so.
_BROKEN_OFF = re.compile(r"\d(?:\.|\.?\d*[eE][-+]?)\Z|\A[-+.]\Z")


def drop_cut_tail(data: bytes, dialect: Dialect, source: str, defects: list[Defect]) -> bytes:
    """Drop a last row that breaks off: a file that is still written, or whose writer was killed, ends in the middle of
    one.
    """
    if not data or data.endswith((b"\n", b"\r")) or dialect.encoding.startswith("utf-16"):
        return data
    start = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    if start == 0 or len(data) - start > MAX_LINE or not data[start:].strip():
        return data
    last = data[start:].decode(dialect.encoding.removesuffix("-sig"), "replace")
    before = (
        data[max(0, start - HEAD) : start].decode(dialect.encoding.removesuffix("-sig"), "replace").splitlines()[1:]
    )
    reason = _why_cut(last, before, dialect)
    if not reason:
        return data
    line = data.count(b"\n", 0, start) + 1
    defects.append(
        Defect(
            source,
            f"the last row breaks off ({reason}) and was left out: killed or still written",
            f"line {line}",
            lost=True,
            id=CUT,
        )
    )
    return data[:start]


def _why_cut(last: str, before: list[str], dialect: Dialect) -> str:
    try:
        cells = split_fields(last, dialect.delimiter)
        rows = [split_fields(line, dialect.delimiter) for line in before if line.strip()]
    except (csv.Error, StopIteration):
        return ""
    if last.count('"') % 2:
        return "its last quote is not closed"
    if len(cells) < dialect.width:
        return f"{len(cells)} of {dialect.width} fields"
    others = [row[-1].strip() for row in rows if len(row) == dialect.width]
    end = cells[-1].strip()
    if dialect.header and others and others[0] == dialect.header[-1]:
        others = others[1:]
    if len(cells) != dialect.width:
        return ""
    if len(others) < 3:
        return _broken_off(end, others)
    parsed, usual = parse_cells("", [end], dialect.decimal), parse_cells("", others, dialect.decimal)
    if end and parsed.count(NUMBER) and not np.isfinite(parsed.values[0]):
        return ""
    if usual.count(NUMBER) > 0.5 * len(others) and end and not parsed.count(NUMBER):
        return f"'{cut(end, 40)}' is no number"
    filled = [len(other) for other in others if other]
    if (end or len(filled) == len(others)) and filled and len(end) < min(filled):
        return f"'{cut(end, 40)}' is shorter than every other value of its column"
    if end.isdigit() and all(other.isdigit() for other in others) and len(end) < len(others[-1]):
        numbers = [int(other) for other in others if len(other) < 19]
        if numbers == sorted(numbers):
            return f"'{cut(end, 40)}' is shorter than the value before it in a column that only grows"
    return _broken_off(end, others)


def _broken_off(end: str, others: list[str]) -> str:
    if _BROKEN_OFF.search(end) and not any(_BROKEN_OFF.search(other) for other in others):
        return f"'{cut(end, 40)}' breaks off"
    return ""
