"""Lines without their numbers: those that are alike are told apart from those that are not, and read once for all.

A program prints few kinds of lines many times. With its numbers masked, a line is a *shape*; what a shape means is
worked out once (see `slots`), and a further line of the shape costs a look-up and the conversion of its numbers.
"""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console.cleaning import visible
from logdoc.readers.console.fronts import RANK, own_words
from logdoc.readers.console.repeats import Repeat, repeat_of
from logdoc.readers.console.ruled import barred, has_rules
from logdoc.readers.console.words import NUMBERED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.readers.console.slot import Slot
    from logdoc.readers.console.spoilt import Spoilt

MAX_SHAPES = 20_000  # kinds of lines looked at; further ones are counted only
_MAX_KEYS = 100_000
_MAX_TALK = 160  # characters; longer lines without a number head no section and no table
_MAX_HEADINGS = 1_000  # characters; of the headings of a table that is drawn with bars
_BARS = 4
_OFTEN = 48  # lines of a shape; from then on its lines are matched as a whole
_MOST_FORMS = 8  # patterns for the lines of one shape, whose time stamps differ in width
_RECENT = 3  # patterns of the last lines that are tried for the next one

# A number begins at a digit that continues no word, except behind words that count (epoch3, iter_20, 1h20m, 12T08)
# and behind scripts that put no blanks between words.
_COUNTING = ("epoch", "step", "iter", "round", "batch")
_BEHIND = "|".join(
    [
        r"(?<![\w.@].)",
        r"(?<=[\u3040-\u9fff\uac00-\ud7a3].)",
        r"(?<=\d[smhdT].)",
        r"(?<=(?i:loss).)(?=\.\d{2,}(?!\w))",  # loss0.543
        *(rf"(?<=(?i:{w}){g}.)" for w in _COUNTING for g in ("", "_")),
    ]
)
_EXPONENT = r"(?:[eE][-+]?\d+|[dD][-+]\d+)?"  # the latter as Fortran prints it
# Part of a name: top 5 accuracy, val_top-5-accuracy.
_OF_TOP = r"(?<=[Tt]op[-\s].)\d{0,2}[-\s](?:[Aa]cc|[Ee]rr|[Pp]rec|[Rr]ec)"
# Likewise in "head 1 loss", where several heads have a line each: with the number masked, all would be one loss.
_HEADS = "|".join(rf"(?<=(?i:{word})\s.)" for word in NUMBERED)
_OF_HEAD = rf"(?:{_HEADS})\d?\s(?:[Ll]oss|[Aa]cc|[Ee]rr)"
_OF_RANK = r"(?<=Rank-.)\d?\s*[:=]"  # and in "Rank-5: 81%", of what was retrieved
_OF_NAME = r"(?!(?<=[,:]\s.)\d*_[A-Za-z]\w*=)"  # Eval: 16_h1=0.5, 16_l2=0.4: by their resolution
_NAN = r"(?:x+|\((?:ind|snan)\))?(?!\w)"
# The first character stands alone in front, so that the search skips quickly to where a number may begin.
TOKEN = re.compile(
    r"([-+.\d*nNiI](?:"
    rf"(?<=\d)(?:{_BEHIND})(?!{_OF_TOP}|{_OF_HEAD}|{_OF_RANK})(?!(?<=[A-Za-z]/.)\d*_[A-Za-z]){_OF_NAME}"
    r"(?<!@0\.5:.)(?<!@0\.50:.)(?<!@\.5:.)"
    r"(?:(?:(?<=[:=]\d)|(?<=[:=]\s\d)),(?:\d\d?|\d{4,})(?![\d.,])"
    r"|(?<=[a-z]\s\d),\d{4,}(?![\d.,])"
    rf"|\d*(?:(?:,\d{{3}})+(?!\d|,\d))?(?:\.#[A-Z]+\d*|\.\d+|\.(?=[eE][-+]?\d))?{_EXPONENT})"
    rf"|(?<=[-+])(?<![\w.@)\]].)(?:\d+(?:\.#[A-Z]+\d*|\.\d+|\.(?=[eE][-+]?\d))?{_EXPONENT}"
    rf"|\.\d+{_EXPONENT}|(?i:nan){_NAN}|(?i:inf(?:inity)?)(?!\w))"
    rf"|(?<=\.)(?<![\w.@)\]].)(?<!@\.5:.)(?<!@0\.5:.)\d+{_EXPONENT}"
    rf"|(?<=[nN])(?<![\w.@/\-].)(?<!\bof\s.)[aA][nN]{_NAN}"
    r"|(?<=[iI])(?<![\w.@/\-].)(?:nf|NF)(?:inity|INITY)?(?!\w)"
    r"|(?<=[nN])(?:(?<=[:=\[(,|].)|(?<=[:=,|]\s.)|(?<=[:=]\s\s.))(?:one|ONE|ull|ULL|/A|/a)(?![\w.(])"
    r"|(?<=\*)(?<![\w*].)\*{2,}(?=[\s,;|)\]]|$)"
    r"))"
)
_HEADING = re.compile(r"^\W*[A-Za-z]\w*(?:\s{2,}[A-Za-z][\w./@%-]*){2,}\s*$")
_MISSING = frozenset(("none", "null", "n/a"))


@dataclass(slots=True, eq=False)
class Shape:
    """A kind of line.

    Attributes:
        texts: what stands before, between and behind the numbers, blanks made single; one more than there are numbers.
        line: the first line of its kind, and `number`, where it stands (from 1).
        raw: `line` cut as `texts` is, with its own blanks.
        tokens: the numbers of `line` as written.
        above: the lines with words but nothing else of note that stood before the first line of the kind.
        values: its numbers but for those that are not read, flat, one row after the other; see `column`.
        at: the line of every row.
        missing: rows and slots at which a word for "no number" stands.
        last: the numbers of the last row as written, but perhaps for those that are not read.
        slots: how the numbers are understood; filled in by `slots` and `behaviour`.
        unread: how many numbers at the beginning are of a logger's time stamp: they mean nothing here and are not kept.
    """

    texts: tuple[str, ...]
    raw: list[str]
    tokens: list[str]
    line: str
    number: int
    above: tuple[str, ...] = ()
    values: array[float] = field(default_factory=lambda: array("d"))
    at: array[int] = field(default_factory=lambda: array("q"))
    missing: list[tuple[int, int]] = field(default_factory=list)
    last: Sequence[str] = ()
    slots: list[Slot] = field(default_factory=list)
    kind: str = ""
    split: str = ""
    why: str = ""
    cut: bool = False
    unread: int = 0

    def __len__(self) -> int:
        return len(self.at)

    def column(self, slot: int) -> NDArray[np.float64]:
        """float64[rows]: the numbers of one slot; NaN for those that are not read."""
        if slot < self.unread:
            return np.broadcast_to(np.float64(math.nan), len(self.at))
        table = np.frombuffer(self.values, dtype=np.float64).reshape(len(self.at), len(self.tokens) - self.unread)
        return np.asarray(table[:, slot - self.unread])

    def add(self, number: int, tokens: Sequence[str]) -> None:
        """Take the numbers of one more line of this kind."""
        try:
            self.values.extend(list(map(float, tokens[self.unread :] if self.unread else tokens)))
        except ValueError:
            self._add_one_by_one(tokens)
        self.at.append(number)
        self.last = tokens

    def _add_one_by_one(self, tokens: Sequence[str]) -> None:
        """Take numbers of which one at least is spelled as Python does not spell them."""
        row = len(self.at)
        for slot, text in enumerate(tokens[self.unread :], self.unread):
            try:
                value: float | None = float(text)
            except ValueError:
                value = value_of(text)
                if value is None:
                    self.missing.append((row, slot))
            self.values.append(math.nan if value is None else value)


@dataclass(slots=True)
class Grammar:
    """The shapes of a text in the order in which they first appear, and which line is of which.

    Attributes:
        shapes: the kinds of lines that were looked at.
        order: the shape of every line that has one, in the order of the lines.
        uncounted: how many lines were of kinds beyond the first `MAX_SHAPES`.
        ends_open: the text does not end with the end of a line.
        cuts: how many lines were cut at their numbers, and not found to repeat another one.
        broken: the last line where it breaks off, and whether that is sure; (0, False) where it does not.
        begun: the kind of line that the last one begins like where it breaks off, and how many of its numbers it holds.
        endless: how many rows with a number of hundreds of digits were left out.
        spoilt: numbers in whose place a word for an error stands.
    """

    shapes: list[Shape] = field(default_factory=list)
    order: array[int] = field(default_factory=lambda: array("l"))
    uncounted: int = 0
    ends_open: bool = False
    cuts: int = 0
    broken: tuple[int, bool] = (0, False)
    begun: tuple[Shape, int] | None = None
    endless: int = 0
    spoilt: list[Spoilt] = field(default_factory=list)


def varies(column: NDArray[np.float64]) -> bool:
    """Tell whether float64[rows] holds more than one value."""
    return column.size > 1 and bool(np.any(column[1:] != column[0]))


def value_of(text: str) -> float | None:
    """Return the number that was printed, NaN and infinity in any spelling included; None for a word for "none"."""
    lower = text.lower()
    if lower in _MISSING:
        return None
    if "nan" in lower or "*" in lower:
        return math.nan
    if "inf" in lower:
        return -math.inf if lower.startswith("-") else math.inf
    if "#" in lower:
        return math.nan  # of Windows, cut or rounded to the digits that were asked for: 1.#N, 1.#R
    if "," in lower:
        thousands = re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?(e[-+]?\d+)?", lower) and not lower.lstrip(
            "-+"
        ).startswith("0,")
        decimal = not thousands and lower.count(",") == 1 and "." not in lower
        lower = lower.replace(",", "." if decimal else "")
    return float(lower.replace("d", "e"))


@dataclass(slots=True)
class _Above:
    """The last lines of new kinds, and the last of them that may head the columns of a table, however long ago.

    Bars that are drawn between the headings and the rows, as fastai does, are many kinds of lines.
    """

    lines: list[str] = field(default_factory=list)
    heading: str = ""

    def add(self, line: str) -> None:
        self.lines.append(line)
        del self.lines[:-3]
        if _HEADING.match(line[own_words(line) :]):
            self.heading = line

    def seen(self) -> tuple[str, ...]:
        held = self.heading and self.heading not in self.lines
        return (self.heading, *self.lines) if held else tuple(self.lines)


def grammar_of(text: str) -> Grammar:
    """Return the kinds of lines of a text, each with all its numbers."""
    found = Grammar(ends_open=bool(text) and text[-1] not in "\r\n")
    cutting = _Cutting(found)
    before: Repeat | None = None
    order = found.order
    lines = barred(visible(text)) if has_rules(text) else visible(text)
    for number, line in lines:
        repeat = None if before is None else before.after
        match = None if repeat is None else repeat.match(line)
        if match is None:
            repeat, match = cutting.tried(line, repeat)
        if match is None:
            repeat = cutting.cut(number, line)
        elif repeat is not None:
            shape = repeat.shape
            numbers = match.groups()
            shape.values.extend(map(float, numbers))
            shape.at.append(number)
            shape.last = numbers
            order.append(repeat.place)
        if repeat is not None:
            if before is not None:
                before.after = repeat
            before = repeat
    return found


class _Cutting:
    """Lines that are no known repeats: cut at their numbers, and learnt as patterns where they come often."""

    def __init__(self, found: Grammar) -> None:
        self.found = found
        self._by_raw: dict[str, int] = {}
        self._by_texts: dict[tuple[str, ...], int] = {}
        self._above = _Above()
        self._forms: dict[int, list[Repeat]] = {}
        self._tries: dict[int, int] = {}
        self._recent: list[Repeat] = []

    def tried(self, line: str, but: Repeat | None) -> tuple[Repeat | None, re.Match[str] | None]:
        """Return the pattern of one of the last lines that this one matches, and its match."""
        for repeat in self._recent:
            if repeat is not but and (match := repeat.match(line)) is not None:
                return repeat, match
        return None, None

    def cut(self, number: int, line: str) -> Repeat | None:
        """Take a line apart and return the pattern that it matches, if it has one."""
        found = self.found
        found.cuts += 1
        parts = TOKEN.split(line)
        key = "\0".join(parts[::2])
        place = self._by_raw.get(key)
        if place is None:
            place = _place(line, parts, self._by_texts, found, number, self._above)
            if place < 0:
                return None
            if len(self._by_raw) < _MAX_KEYS:
                self._by_raw[key] = place
        shape = found.shapes[place]
        found.order.append(place)
        shape.add(number, parts[1::2])
        return self._form(line, parts, place, shape) if len(shape.at) >= _OFTEN else None

    def _form(self, line: str, parts: list[str], place: int, shape: Shape) -> Repeat | None:
        """Return the pattern of a line whose shape comes often."""
        forms = self._forms.setdefault(place, [])
        form = next((form for form in forms if form.match(line)), None)
        tries = self._tries.get(place, 0)
        if form is None and tries < _MOST_FORMS:
            self._tries[place] = tries + 1
            form = repeat_of(parts, place, shape)
            if form is not None:
                forms.append(form)
        if form is not None:
            self._recent = [form, *(other for other in self._recent if other is not form)][:_RECENT]
        return form


def _place(
    line: str,
    parts: list[str],
    by_texts: dict[tuple[str, ...], int],
    found: Grammar,
    number: int,
    above: _Above,
) -> int:
    """Return the number of the shape of a line whose like was not seen yet; -1 when it is not looked at."""
    texts = tuple([" ".join(part.split()) for part in parts[::2]])
    place = by_texts.get(texts)
    if place is not None:
        return place
    if len(parts) == 1 and (len(line) > _longest(line) or not any(map(str.isalpha, line))):
        return -1
    words = sum(map(str.isalpha, "".join(texts)))
    if len(found.shapes) >= MAX_SHAPES:
        found.uncounted += 1
        return -1
    shape = Shape(texts, parts[::2], parts[1::2], line, number, above.seen())
    shape.unread = _stamped(line, parts)
    found.shapes.append(shape)
    by_texts[texts] = len(found.shapes) - 1
    if words >= 2:
        above.add(line)
    return len(found.shapes) - 1


def _longest(line: str) -> int:
    """Return how many characters a line without a number may have to be looked at: the more for headings between bars,
    of which a dozen are longer than a sentence.
    """
    return _MAX_HEADINGS if line.startswith("|") and line.count("|") >= _BARS else _MAX_TALK


def _stamped(line: str, parts: list[str]) -> int:
    """Return how many numbers a logger's time stamp and its like put in front; 0 where one of them is of a process."""
    begin = own_words(line)
    if not begin or RANK.search(line[:begin]):
        return 0
    at, count = 0, 0
    for text, token in zip(parts[::2], parts[1::2], strict=False):
        at += len(text) + len(token)
        if at > begin:
            break
        count += 1
    return count
