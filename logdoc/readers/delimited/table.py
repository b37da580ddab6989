"""From bytes to columns: pandas' C parser for a clean file, record by record for a damaged one."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from logdoc.model import Defect
from logdoc.model.notes import CELLS, ENCODING, NO_NUMBERS
from logdoc.readers.delimited.cells import HOLE_TOKENS, comma_reading, parse_cells
from logdoc.readers.delimited.dialect import HEAD, MAX_LINE, Dialect, detect_dialect, detect_encoding, head_of
from logdoc.readers.delimited.records import (
    BLOCK,
    NotATableError,
    Table,
    TooLargeTableError,
    read_records,
    unique_names,
)
from logdoc.readers.delimited.tail import drop_cut_tail
from logdoc.readers.files import read_regular
from logdoc.readers.tables.column import Column
from logdoc.readers.zero_tail import strip_zero_head, strip_zero_tail
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAST_SIZE = 1 << 20
MAX_COLUMNS = 100_000
_WIDE = 2_000  # columns; each costs pandas more than its cells where there are more of them than rows
_PIECE = 4 << 20


def read_table(data: bytes, source: str, *, fast_size: int = FAST_SIZE) -> Table:
    """Return the table in `data`; `fast_size` bytes or more go through pandas where they are clean.

    Raises:
        NotATableError: when the bytes are no text, hold no row, or do not fit their header.
    """
    defects: list[Defect] = []
    data = strip_zero_head(data, source, defects)
    encoding = detect_encoding(data[:HEAD])
    if encoding is None:
        raise NotATableError("it holds binary data, not text")
    if not encoding.startswith("utf-16"):
        data = strip_zero_tail(data, source, defects)
    dialect = detect_dialect(head_of(data), encoding)
    if dialect is None:
        raise NotATableError("it is empty" if not data else "it holds no row")
    if dialect.width > MAX_COLUMNS:
        raise TooLargeTableError(f"it has {dialect.width} columns; at most {MAX_COLUMNS} are read")
    if encoding == "latin-1":
        defects.append(Defect(source, "the text is not UTF-8; it was read as Latin-1", id=ENCODING))
    data = drop_cut_tail(data, dialect, source, defects)
    if dialect.skip and _line_start(data, dialect.skip) - _line_start(data, dialect.skip - 1) > MAX_LINE:
        raise TooLargeTableError(f"its header is longer than {MAX_LINE:,} characters")
    names = unique_names(dialect, source, defects)
    table: Table | None = None
    if len(data) >= fast_size and dialect.width <= _WIDE and _may_be_clean(data, dialect):
        table = _read_fast(_Input(data, None), dialect, names)
    if table is None or not table.rows:  # which says why there is no row
        table = read_records(data, dialect, names, source)
    return _finished(table, source, defects)


def read_clean_file(path: Path, source: str, *, fast_size: int = FAST_SIZE) -> Table | None:
    """Return the table of a large file that pandas can read straight from the disk, or None where it must be looked
    at more closely.

    The file is scanned first, in pieces: no zero byte, no quote, no carriage return, a whole last line. Memory holds
    the columns only.
    """
    if path.stat().st_size < fast_size:
        return None
    with path.open("rb", buffering=0) as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        head = stream.read(HEAD)
        if head.count(b"\n") < 2:
            return None  # of a table as wide as this the whole header must be seen
        encoding = detect_encoding(head)
        dialect = detect_dialect(head, encoding) if encoding in {"utf-8", "utf-8-sig"} else None
        if dialect is None or not dialect.header or dialect.delimiter in {"", " "} or dialect.width > _WIDE:
            return None
        stream.seek(0)
        buffer = bytearray(_PIECE)
        piece = memoryview(buffer)
        last, left, padded = b"", size, False
        # A row that ends with a hole looks like one that is too short; counting the delimiters tells them apart.
        codes = np.frombuffer(buffer, dtype=np.uint8) if f"{dialect.delimiter}\n".encode() in head else None
        delimiters = 0
        while left > 0 and (count := stream.readinto(piece)):
            text = buffer if count == _PIECE else buffer[:count]
            if b"\0" in text or b'"' in text or b"\r" in text:
                return None
            padded = padded or b" " in text
            if codes is not None:
                delimiters += int(np.count_nonzero(codes[:count] == ord(dialect.delimiter)))
            last, left = bytes(piece[count - 1 : count]), left - count
    if last != b"\n":
        return None
    defects: list[Defect] = []
    table = _read_fast(
        _Input(b"", path, size, padded=padded, delimiters=None if codes is None else delimiters),
        dialect,
        unique_names(dialect, source, defects),
    )
    return None if table is None else _finished(table, source, defects)


def _finished(table: Table, source: str, defects: list[Defect]) -> Table:
    table.defects[:0] = defects
    _apply_decimal_commas(table, source)
    _report_cells(table, source)
    return table


def _may_be_clean(data: bytes, dialect: Dialect) -> bool:
    """Tell whether pandas' C parser can be trusted with the file; it shifts and drops cells silently where quotes do
    not pair up.
    """
    if dialect.delimiter in {"", " "} or dialect.encoding not in {"utf-8", "utf-8-sig"} or b"\0" in data:
        return False
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return False
    return b'"' not in data or _fields_fit(data, dialect)


def _fields_fit(data: bytes, dialect: Dialect) -> bool:
    """Tell whether the file holds just as many delimiters, and paired quotes, as its lines need."""
    rows = _count(data, "\n") - dialect.skip + (not data.endswith(b"\n"))
    start = _line_start(data, dialect.skip)
    return _count(data, dialect.delimiter, start) == rows * (dialect.width - 1) and data.count(b'"') % 2 == 0


def _count(data: bytes, character: str, start: int = 0) -> int:
    """Return how often an ASCII character stands in the data; NumPy is faster than `bytes.count` where it
    stands often.
    """
    codes = np.frombuffer(data, dtype=np.uint8)
    return sum(
        int(np.count_nonzero(codes[at : at + _PIECE] == ord(character))) for at in range(start, codes.size, _PIECE)
    )


def _header_repeats(data: bytes, dialect: Dialect) -> bool:
    start = _line_start(data, dialect.skip)
    begin = _line_start(data, dialect.skip - 1) if dialect.skip else start
    line = data[begin:start].strip()
    return bool(line) and data.find(b"\n" + line, start - 1) >= 0


def _line_start(data: bytes, line: int) -> int:
    at = 0
    for _ in range(line):
        at = data.find(b"\n", at) + 1
    return at


class _Input:
    """A table for pandas: the bytes, or a file, which pandas reads with several threads."""

    def __init__(
        self, data: bytes, path: Path | None, size: int = 0, *, padded: bool = True, delimiters: int | None = None
    ) -> None:
        self.padded = padded
        self._delimiters = delimiters
        self._data = data
        self._path = path
        self._size = size

    def data(self) -> bytes:
        """Return the whole table."""
        if self._path is not None and not self._data:
            self._data = read_regular(self._path, self._size)
        return self._data

    def fields_fit(self, dialect: Dialect, rows: int) -> bool:
        """Tell whether there are as many delimiters as `rows` rows and their header need; without, a short row looks
        like one with a hole.
        """
        if self._path is None or dialect.skip != 1 or self._data:
            return _fields_fit(self.data(), dialect)
        if self._delimiters is not None:
            return self._delimiters == (rows + 1) * (dialect.width - 1)
        found, left = 0, self._size
        buffer = bytearray(_PIECE)
        codes = np.frombuffer(buffer, dtype=np.uint8)
        with self._path.open("rb", buffering=0) as stream:
            while left > 0 and (count := stream.readinto(buffer)):
                found += int(np.count_nonzero(codes[: min(count, left)] == ord(dialect.delimiter)))
                left -= count
        return found == (rows + 1) * (dialect.width - 1)

    def read_csv(self, **options: Any) -> Any:
        """Return the frame that `pandas.read_csv` makes of the table; a file that changes meanwhile raises
        ValueError.
        """
        import pandas as pd

        reader: Any = pd.read_csv
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.DtypeWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            if self._path is None:
                return reader(_Chunks(self._data), **options)
            frame = reader(str(self._path), compression=None, **options)
        if self._path.stat().st_size != self._size:
            raise ValueError("the file changed while it was read")
        return frame


class _Chunks:
    """Bytes in memory as a stream that pandas does not wrap in a text decoder; its C parser reads UTF-8 itself."""

    def __init__(self, data: bytes) -> None:
        self._stream = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)


def _read_fast(table: _Input, dialect: Dialect, names: list[str]) -> Table | None:
    """Return the table as pandas reads it, or None where that would not be the whole truth."""
    import pandas as pd

    options: dict[str, Any] = {
        "sep": dialect.delimiter,
        "header": None,
        "names": names,
        "skiprows": dialect.skip,
        "na_values": sorted(HOLE_TOKENS),
        "keep_default_na": False,
        "skipinitialspace": table.padded,
        "decimal": dialect.decimal,
        "encoding_errors": "replace",
    }
    if tuple(map(int, pd.__version__.split(".")[:2])) < (3, 1) and dialect.decimal == ".":
        options["float_precision"] = "round_trip"  # the default of later versions
    try:
        frame = table.read_csv(**options)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, OverflowError, OSError):
        return None
    if not isinstance(frame.index, pd.RangeIndex) or list(frame.columns) != names:
        return None
    if any(kind.kind not in "fiu" for kind in frame.dtypes) and _header_repeats(table.data(), dialect):
        return None
    if frame[names[-1]].isna().any() and not table.fields_fit(dialect, len(frame)):
        return None
    columns = {name: _column_of(name, frame.pop(name)) for name in names}
    again = [name for name, column in columns.items() if column is None]
    try:
        texts = table.read_csv(**{**options, "usecols": again, "dtype": str}) if again else {}
    except (ValueError, OSError):
        return None
    for name in again:
        cells = texts.pop(name)
        columns[name] = parse_cells(name, cells.astype(object).where(cells.notna(), "").tolist(), dialect.decimal)
    found = [column for column in columns.values() if column is not None]
    if any(column.texts is not None and max(map(len, column.texts)) > MAX_LINE for column in found):
        return None
    return Table(dialect, found, len(found[0]))


def _column_of(name: str, cells: Any) -> Column | None:
    """Return a numeric column, or None where its cells must be looked at as text: a logged ``nan``, an infinity, a
    large integer.
    """
    kind = cells.dtype.kind
    if kind == "f":
        values = cells.to_numpy(dtype=np.float64)
        # Integers beyond 2^53 must stay exact, and an infinity may be an integer of thousands of digits.
        highest = float(np.fmax.reduce(values, initial=0.0))
        lowest = float(np.fmin.reduce(values, initial=0.0))
        if max(highest, -lowest) >= 2.0**53:
            return None
        hole = np.isnan(values)
        return Column(name, values, hole.astype(np.uint8) if hole.any() else None)
    if kind == "i":
        whole = cells.to_numpy(dtype=np.int64)
        large = whole.size > 0 and max(abs(int(whole.max())), abs(int(whole.min()))) >= 2**53
        return Column(name, whole.astype(np.float64), exact=whole if large else None)
    return None


def _apply_decimal_commas(table: Table, source: str) -> None:
    """Read ``0,5`` as a number where the file leaves no doubt, and refuse ``1,000`` where it does."""
    suspects = [
        i for i, column in enumerate(table.columns) if column.texts is not None and table.dialect.decimal == "."
    ]
    readings = {i: comma_reading([t for t in table.columns[i].texts or [] if "," in t][:BLOCK]) for i in suspects}
    sure = "decimal" in readings.values()
    for i, reading in readings.items():
        column = table.columns[i]
        if reading and sure and column.texts is not None:
            table.columns[i] = parse_cells(column.name, column.texts, ",")
        elif reading:
            example = next(t for t in column.texts or [] if "," in t)
            where = f"'{cut(example, 40)}' in column '{cut(column.name, 80)}'"
            what = f"{where} has a comma for thousands or for decimals; not read"
            table.defects.append(Defect(source, what, lost=True, id=NO_NUMBERS))


def _report_cells(table: Table, source: str) -> None:
    wrapped = [column for column in table.columns if column.wrapped]
    if wrapped:
        cells = sum(column.wrapped for column in wrapped)
        where = f"column '{wrapped[0].name[:80]}'" if len(wrapped) == 1 else f"{len(wrapped)} columns"
        count, hold = ("1 cell", "holds") if cells == 1 else (f"{cells:,} cells", "hold")
        what = f"{count} of {where} {hold} more than a number, such as '{wrapped[0].examples[0]}'; the number was read"
        table.defects.append(Defect(source, what, id=CELLS))
