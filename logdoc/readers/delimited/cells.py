"""What a cell of a table means: a number, a logged NaN or infinity, a hole, or text.

Blank, ``NA``, ``None``, ``null`` and the like say that nothing was logged; ``nan`` says that a NaN was logged. The
two are never mixed.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.tables.column import EXACT_LIMIT, HOLE, NUMBER, TEXT, Column
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

HOLE_TOKENS = frozenset(
    {
        "",
        "NA",
        "na",
        "N/A",
        "n/a",
        "None",
        "none",
        "NONE",
        "null",
        "Null",
        "NULL",
        "-",
        "--",
        "#N/A",
        "<NA>",
        "NaT",
        "No log",
    }
)
_SPECIAL = {
    "1.#QNAN": math.nan,
    "-1.#QNAN": math.nan,
    "1.#IND": math.nan,
    "-1.#IND": math.nan,
    "nan(ind)": math.nan,
    "-nan(ind)": math.nan,
    "1.#INF": math.inf,
    "-1.#INF": -math.inf,
}
_WRAPPED = re.compile(
    r"(?:(?:torch\.)?tensor|(?:np\.|numpy\.)?(?:array|float(?:16|32|64)?|int(?:32|64)?))"
    r"\(\s*\[*\s*([-+\w.]+)\s*\]*\s*(?:,\s*[a-z_]+=[^()]*(?:\(\))?[^()]*)?\)\Z|\[\s*([-+\w.]+)\s*\]\Z"
)
_PERCENT = re.compile(r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*%\Z")
_DIGITS = re.compile(r"[-+]?[0-9]+\Z")
_COMMA_NUMBER = re.compile(r"[-+]?[0-9]*(?:,[0-9]+)+(?:[eE][-+]?[0-9]+)?\Z")
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+\Z")
_INT64 = np.iinfo(np.int64)


def parse_cells(name: str, cells: Sequence[str], decimal: str = ".") -> Column:
    """Return the column that the cells mean; `decimal` is the decimal mark, a point or a comma."""
    count = len(cells)
    column = Column(name, np.empty(0))
    joined = "".join(cells)
    if "_" not in joined and decimal == ".":
        try:
            column.values = np.fromiter(map(float, cells), dtype=np.float64, count=count)
            _check_large(column, cells)
            return column
        except ValueError:
            if _with_holes(column, cells):
                return column
    values = [math.nan] * count
    state = bytearray(count)
    known: dict[str, tuple[int, float]] = {}
    for i, cell in enumerate(cells):
        meaning = known.get(cell)
        if meaning is None:
            meaning = _meaning(cell, decimal, column)
            if meaning[0] != NUMBER:
                known[cell] = meaning
        state[i], values[i] = meaning
    column.values = np.array(values, dtype=np.float64)
    codes = np.frombuffer(bytes(state), dtype=np.uint8)
    column.state = codes if codes.any() else None
    if column.state is not None and (codes == TEXT).any():
        column.texts = list(cells)
    _check_large(column, cells)
    return column


def _with_holes(column: Column, cells: Sequence[str]) -> bool:
    """Take cells that are plain numbers but for holes; tell whether they are."""
    stripped = list(map(str.strip, cells))
    filled = [i for i, cell in enumerate(stripped) if cell not in HOLE_TOKENS]
    try:
        numbers = np.fromiter(map(float, map(stripped.__getitem__, filled)), dtype=np.float64, count=len(filled))
    except ValueError:
        return False
    column.values = np.full(len(cells), math.nan)
    column.values[filled] = numbers
    column.state = np.full(len(cells), HOLE, dtype=np.uint8)
    column.state[filled] = NUMBER
    _check_large(column, cells)
    return True


def _meaning(cell: str, decimal: str, column: Column) -> tuple[int, float]:
    text = cell.strip()
    if text in HOLE_TOKENS:
        return HOLE, math.nan
    if decimal == ",":
        if "." in text and "," in text:
            return TEXT, math.nan
        text = text.replace(",", ".")
    try:
        if "_" not in text:
            return NUMBER, float(text)
    except ValueError:
        pass
    if text in _SPECIAL:
        return NUMBER, _SPECIAL[text]
    match = _WRAPPED.match(text[:200]) or _PERCENT.match(text)
    if match:
        try:
            value = float(next(part for part in match.groups() if part))
        except ValueError:
            return TEXT, math.nan
        column.wrapped += 1
        if len(column.examples) < 3:
            column.examples.append(cut(text, 80))
        return NUMBER, value
    return TEXT, math.nan


def _check_large(column: Column, cells: Sequence[str]) -> None:
    """Keep integers beyond 2^53 exactly; what does not fit 64 bits is no number at all."""
    large = np.abs(column.values) >= EXACT_LIMIT
    if not large.any():
        return
    exact = np.zeros(len(column), dtype=np.int64)
    found = False
    whole = (
        np.isfinite(column.values) & (column.values == np.floor(column.values)) & (np.abs(column.values) < EXACT_LIMIT)
    )
    exact[whole] = column.values[whole].astype(np.int64)
    for i in np.flatnonzero(large).tolist():
        text = cells[i].strip()
        whole_number = _DIGITS.match(text) is not None
        if whole_number and len(text) < 21 and _INT64.min <= int(text) <= _INT64.max:
            exact[i] = int(text)
            found = True
        elif len(text) > 300 and (whole_number or np.isinf(column.values[i])):
            column.state = np.zeros(len(column), dtype=np.uint8) if column.state is None else column.state.copy()
            column.state[i] = TEXT
            column.values[i] = math.nan
            column.texts = column.texts or list(cells)
    if found:
        column.exact = exact


def comma_reading(texts: Sequence[str]) -> str:
    """Say what the commas in number-like cells mark: ``decimal``, ``ambiguous`` (maybe thousands), or empty without
    such a cell.
    """
    found = [text.strip() for text in texts if _COMMA_NUMBER.match(text.strip())]
    if not found:
        return ""
    return (
        "ambiguous"
        if all(_THOUSANDS.match(text) for text in found)
        else "decimal"
        if all(t.count(",") == 1 for t in found)
        else "ambiguous"
    )
