"""A table without a quote in which all lines have the same number of fields: read by columns, not by records.

It is what most programs write. Whatever is unusual about a file is left to `records`, which looks at every line and
names those that do not fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.readers.delimited.cells import parse_cells
from logdoc.readers.delimited.dialect import MAX_LINE
from logdoc.readers.tables.column import Column, join_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.readers.delimited.dialect import Dialect

_RULED = ("", " ", "|")  # delimiters of which a line may hold more, or none, and be no row of the table


def plain_columns(data: bytes, dialect: Dialect, names: Sequence[str], block: int) -> list[Column] | None:
    """Return the columns of a table of which every line is a row; None where a line may be anything else.

    Args:
        data: the file.
        dialect: how it is written.
        names: of the columns.
        block: rows whose cells are held as texts at once.
    """
    lines = _plain_lines(data, dialect)
    width, delimiter = len(names), dialect.delimiter
    if not lines or any(line.count(delimiter) != width - 1 for line in lines) or max(map(len, lines)) > MAX_LINE:
        return None
    header = {name.strip() for name in dialect.header} - {""}
    if dialect.header and not header:
        return None
    blocks: list[list[Column]] = []
    for start in range(0, len(lines), block):
        cells = delimiter.join(lines[start : start + block]).split(delimiter)
        if not header.isdisjoint(map(str.strip, cells)):
            return None  # the header may stand here once more
        blocks.append([parse_cells(name, cells[i::width], dialect.decimal) for i, name in enumerate(names)])
    return [join_columns(parts) for parts in zip(*blocks, strict=True)]


def _plain_lines(data: bytes, dialect: Dialect) -> list[str]:
    """Return the lines below the header that are not blank; none where a quote, a comment or a lone carriage return
    leaves open what a line is.
    """
    if dialect.delimiter in _RULED or b'"' in data:
        return []
    text = data.decode(dialect.encoding, "replace")
    if "\r" in text:
        if text.count("\r") != text.count("\r\n"):
            return []
        text = text.replace("\r\n", "\n")
    lines = [line for line in text.split("\n")[dialect.skip :] if line.strip()]
    return [] if "\0" in text or any(line.startswith("#") for line in lines) else lines
