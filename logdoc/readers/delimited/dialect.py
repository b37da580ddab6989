"""How a table is written: encoding, delimiter, decimal mark, header."""

from __future__ import annotations

import codecs
import csv
import functools
import itertools
import re
from dataclasses import dataclass

from logdoc.readers.delimited.cells import parse_cells
from logdoc.readers.delimited.grouped import grouped_names
from logdoc.readers.tables.column import NUMBER, TEXT

HEAD = 64 << 10
_FEWEST_CHARACTERS = 4  # different ones, of which Chinese is told
MAX_LINE = 1 << 20
_FEWEST_LINES = 3  # a header and two rows
_CONTROL = bytes((*range(1, 9), *range(14, 27), *range(28, 32)))
_SAMPLE = 60  # lines of data by which the delimiter is chosen
_CANDIDATES = ("\t", ";", ",", "|")
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+(?:[eE][-+]?[0-9]+)?\Z")
_DECIMAL_POINT = re.compile(r"[-+]?[0-9]*\.[0-9]+(?:[eE][-+]?[0-9]+)?\Z")
_RULED = re.compile(r"[-_=+:~]{3,}")
_CELL = r"\s*(?:[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf))\s*"
_JOINED = re.compile(r"\s*\d+_[-+]?(?:\d*\.\d+(?:[eE][-+]?\d+)?|nan|inf)\s*", re.IGNORECASE)
_STROKED = re.compile(rf"{_CELL}(?:/{_CELL})+", re.IGNORECASE)
_STROKED_NAMES = re.compile(r"\s*[A-Za-z][\w ().@-]*(?: / [A-Za-z][\w ().@-]*)+")
_MOST_HEADINGS = 4  # lines of headings and lines drawn below them
_TORCH = "% "  # what the Logger of Lua Torch puts in front of its first name
_NAMES = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "pipe",
    " ": "blank",
    "/": "stroke",
    "_": "underscore",
    "": "single-column",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written.

    Attributes:
        encoding: Python codec name.
        delimiter: one character; a blank stands for runs of blanks, an empty text for a table of one column.
        decimal: ``.`` or ``,``.
        header: names as written, stripped; empty when the table has none.
        skip: how many lines stand before the first row of data.
        comments: the comment lines before the header, without their ``#``.
        width: number of fields.
        agreement: share of the sampled lines that have this number of fields.
    """

    encoding: str
    delimiter: str
    decimal: str
    header: tuple[str, ...]
    skip: int
    comments: tuple[str, ...]
    width: int
    agreement: float

    def describe(self) -> str:
        """Return the dialect in words, for `logdoc inspect`."""
        parts = [f"{_NAMES[self.delimiter]}-separated" if self.delimiter else "one column"]
        if self.decimal == ",":
            parts.append("decimal comma")
        if self.encoding not in {"utf-8", "ascii"}:
            parts.append(self.encoding)
        parts.append("header" if self.header else "no header")
        return ", ".join(parts)


def detect_encoding(head: bytes) -> str | None:
    """Return the codec of a text's first bytes (``utf-8-sig``, ``utf-16-le``, ``utf-8``, ``latin-1`` ...); None when it
    is no text.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    sample = head[:4096].rstrip(b"\0")
    if b"\0" in sample:
        odd, even = sample[1::2].count(0), sample[0::2].count(0)
        half = len(sample) // 2
        if odd > 0.9 * half and even == 0:
            return "utf-16-le"
        if even > 0.9 * half and odd == 0:
            return "utf-16-be"
    control = len(sample) - len(sample.translate(None, _CONTROL))
    if control > 0.01 * len(sample) + 1:
        return None
    if b"\0" in sample and sample.count(0) > 0.3 * len(sample) and not sample[:64].rstrip(b"\0").isascii():
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "gb18030" if _is_chinese(head) else "latin-1"
    return "utf-8"


def _is_chinese(head: bytes) -> bool:
    """Tell whether bytes are Chinese as Windows writes it in China: an accented letter of a Western text stands alone,
    and characters that are written often are most of them.
    """
    try:
        text = codecs.getincrementaldecoder("gb2312")().decode(head)
    except UnicodeDecodeError:
        return False
    beyond = [char for char in text if not char.isascii()]
    common = [char for char in beyond if b"\xb0" <= char.encode("gb2312")[:1] <= b"\xd7"]
    return len(set(common)) >= _FEWEST_CHARACTERS and 2 * len(common) > len(beyond)


def split_fields(line: str, delimiter: str) -> list[str]:
    """Return the fields of one record, quotes removed; raises `csv.Error` where the csv module does."""
    if delimiter == " ":
        return line.split()
    if not delimiter:
        return [line.strip().strip('"')]
    if '"' not in line:
        return line.split(delimiter)
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))


def head_of(data: bytes) -> bytes:
    """Return the beginning of a table by which it is told how it is written: `HEAD` bytes, more where the first lines
    are longer than that.
    """
    at = -1
    for _ in range(_FEWEST_LINES):
        at = data.find(b"\n", at + 1, _FEWEST_LINES * MAX_LINE)
        if at < 0:
            return data[: _FEWEST_LINES * MAX_LINE]
    return data[: max(HEAD, at + 1)]


@functools.lru_cache(maxsize=2)  # a file is looked at when it is found and when it is read
def detect_dialect(head: bytes, encoding: str) -> Dialect | None:
    """Return how the table that begins with `head` is written; None when it has no line."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    lines = re.split(r"\r\n|\n|\r", text) if "\r" in text else text.split("\n")
    if len(head) >= HEAD and len(lines) > 2:
        lines.pop()
    start, comments, forced = _skip_comments(lines)
    filled = (line[:MAX_LINE] for line in itertools.islice(lines, start, None) if line.strip("\0 \t"))
    sample = list(itertools.islice(filled, _SAMPLE))
    if not sample:
        return None
    delimiter, width, agreement = _choose_delimiter(sample, forced)
    rows = [_safe_fields(line, delimiter) for line in sample]
    header: tuple[str, ...] = ()
    if _is_header(rows):
        header = tuple(name.strip().strip("\ufeff") for name in rows[0])
        if delimiter == "\t" and header[0].startswith(_TORCH):
            header = (header[0].removeprefix(_TORCH), *header[1:])
        while start < len(lines) and not lines[start].strip("\0 \t"):
            start += 1
        start += 1
        header, start = _further_headings(header, lines, start, delimiter)
        rows = rows[1:]
    elif _is_numbered_header(rows):
        start = next(i for i in range(start, len(lines)) if lines[i].strip("\0 \t")) + 1
        rows = rows[1:]
    else:
        header = _commented(comments, delimiter, width)
        if not header and comments:
            header = grouped_names(comments[-1], rows)
    decimal = "," if delimiter not in {",", ""} and _commas_are_decimal(rows) else "."
    width = len(header) or width
    return Dialect(encoding, delimiter, decimal, header, start, tuple(comments), width, agreement)


def _commented(comments: list[str], delimiter: str, width: int) -> tuple[str, ...]:
    """Return the headings that stand as a comment above the rows, below them perhaps what a note says of them."""
    for comment in reversed(comments):
        names = tuple(name.strip() for name in _safe_fields(comment, delimiter))
        if len(names) == width and (comment is comments[-1] or len(set(names)) == width):
            return names
    return ()


def _commas_are_decimal(rows: list[list[str]]) -> bool:
    """Tell whether numbers are written with a decimal comma, and none with a decimal point."""
    cells = [cell.strip() for row in rows for cell in row]
    return any(_DECIMAL_COMMA.match(cell) for cell in cells) and not any(_DECIMAL_POINT.match(cell) for cell in cells)


def _skip_comments(lines: list[str]) -> tuple[int, list[str], str]:
    start, comments, forced = 0, [], ""
    while start < len(lines):
        line = lines[start].lstrip("\ufeff").strip()
        if line.startswith("#") and not line.startswith("#,"):
            comments.append(line[1:].strip()[:MAX_LINE])
        elif re.fullmatch(r'"?sep=(.)"?', line, re.IGNORECASE):
            forced = line.strip('"')[4]
        elif line:
            break
        start += 1
    return start, comments, forced


def _unusual_delimiter(sample: list[str]) -> str:
    """Return the stroke or underscore between the numbers of every line: ``0.69 / 1.2`` below ``G error / D error``,
    the epoch and the loss in ``1_1.84``, and the comma or semicolon that a tab follows everywhere; "" for another
    table.
    """
    for mark in ",;":
        if sample and all(0 < line.count(mark) == line.count(f"{mark}\t") == line.count("\t") for line in sample):
            return mark
    if len(sample) >= _FEWEST_LINES and all(_JOINED.fullmatch(line) for line in sample):
        return "_"
    headed = len(sample) > _FEWEST_LINES and _STROKED_NAMES.fullmatch(sample[0]) is not None
    same = headed and len({line.count("/") for line in sample}) == 1
    return "/" if same and all(_STROKED.fullmatch(line) for line in sample[1:]) else ""


def _choose_delimiter(sample: list[str], forced: str) -> tuple[str, int, float]:
    forced = forced or _unusual_delimiter(sample)
    best: tuple[tuple[float, int, int], str, int, float] | None = None
    for rank, delimiter in enumerate([forced] if forced else [*_CANDIDATES, " "]):
        counts = [_count_fields(line, delimiter) for line in sample]
        width = counts[0]
        if width < 2:
            continue
        agreement = sum(count == width for count in counts) / len(counts)
        # Blanks separate only where nothing else does: names and texts hold blanks, too.
        score = (
            (round(agreement, 1), 0 if delimiter == " " else 1, width)
            if agreement >= 0.5
            else (agreement - 1, 0, -rank)
        )
        if best is None or score > best[0]:
            best = (score, delimiter, width, agreement)
    if best is None or (best[1] == " " and best[3] < 0.9):
        return "", 1, 1.0
    return best[1], best[2], best[3]


def _count_fields(line: str, delimiter: str) -> int:
    plain = len(delimiter) == 1 and delimiter != " " and '"' not in line
    return line.count(delimiter) + 1 if plain else len(_safe_fields(line, delimiter))


def _safe_fields(line: str, delimiter: str) -> list[str]:
    try:
        return split_fields(line, delimiter)
    except (csv.Error, StopIteration):
        return []


def _further_headings(
    header: tuple[str, ...], lines: list[str], start: int, delimiter: str
) -> tuple[tuple[str, ...], int]:
    """Return the names with those of further lines of headings below, ``Mini-batch`` above ``Loss``, and where the data
    begin; a line that is drawn below the headings is none of the data.
    """
    for _ in range(_MOST_HEADINGS):
        at = next((i for i in range(start, len(lines)) if lines[i].strip("\0 \t")), len(lines))
        if at + 1 >= len(lines):
            break
        cells = [cell.strip() for cell in _safe_fields(lines[at][:MAX_LINE], delimiter)]
        if any(cells) and all(_RULED.fullmatch(cell) for cell in cells if cell):
            start = at + 1
            continue
        said = [cell for cell in cells if cell]
        if not said or len(cells) != len(header) or len(said) == len(cells):
            break
        parsed = parse_cells("", said)
        if parsed.state is None or not bool((parsed.state == TEXT).all()):
            break
        header = tuple(" ".join(filter(None, pair)) for pair in zip(header, cells, strict=True))
        start = at + 1
    return header, start


def _is_numbered_header(rows: list[list[str]]) -> bool:
    """Tell whether the first line is what pandas writes above columns that have no names: their numbers, behind an
    empty cell where the rows are numbered, too. A lone 0 is one where every other number is written with a point.
    """
    first = [cell.strip().strip("\ufeff") for cell in rows[0]]
    if len(rows) < _FEWEST_LINES or first[-1] != str(len(first) - 1 - (not first[0])):
        return False
    if first[0]:
        return first == ["0"] and all(len(row) == 1 and "." in row[0] for row in rows[1:])
    counted = first[1:] == [str(i) for i in range(len(first) - 1)]
    return counted and [row[0].strip() for row in rows[1:_FEWEST_LINES]] == ["0", "1"]


def _is_header(rows: list[list[str]]) -> bool:
    """A first line without any number is a header; so is one with numbers in names where the next line reads
    differently.
    """
    first = [cell.strip() for cell in rows[0]]
    named = [cell for cell in first if cell]
    if not named:
        return False
    parsed = parse_cells("", named)
    numbers = parsed.count(NUMBER)
    if numbers == 0:
        return parsed.state is not None and bool((parsed.state != NUMBER).all()) and parsed.texts is not None
    texts_first = len(named) - numbers
    return (
        texts_first > 0.5 * len(named)
        and len(rows) > 1
        and parse_cells("", [c.strip() for c in rows[1]]).count(NUMBER) > numbers
    )
