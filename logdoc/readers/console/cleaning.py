"""From what a terminal was sent to the lines that a reader of it saw last."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from logdoc.readers.console.complex_numbers import has_complex_numbers, real_parts
from logdoc.readers.console.decimal_commas import has_decimal_commas, with_points
from logdoc.readers.console.ends import ends_of
from logdoc.readers.console.fronts import own_words
from logdoc.readers.console.julia import as_usual, is_shown_by_julia
from logdoc.readers.console.thousands import Thousands, has_thousands
from logdoc.readers.console.wrapped import has_quoted_lines, has_wrapped_numbers, unescaped, unquoted, unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_LINE = 4_000
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# A bar that was drawn, and the cursor back above it, in front of what another logger wrote there.
_BAR_BELOW = re.compile(r"^[^\x1b]*\d+/(?:\d+|\?) \[[^\]\x1b]*\]\s*\x1b\[A(?=[^|]*$)(?=.*\w)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# A number with a control character inside lost or gained a digit there; without it, it would be another number.
_ODD = re.compile(r"[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_BROKEN = re.compile(rf"(?<![\d.eE+\-])[\d.eE+\-]*\d\.?{_ODD.pattern}+[\d.][\d.eE+\-]*")
_GLUED = re.compile(r"(?<=[\dn])(?=passed: )")  # CatBoost of 2018: learn 0.31passed: 17 sec
# States of fastText's bar that were copied without the carriage returns between them, and the exception behind them.
_STATES = re.compile(r"(?<=\S)(?=Progress:\s+\d[\d.]*%\s+words/)|(?<=\S)(?=terminate called )")
# The last state of a bar of Keras, and behind it at once what Keras says of the best weights so far: "ETA: 0s - loss:
# 1.61Epoch 00001: val_loss improved from inf to 1.55, saving ..". The row of the epoch follows and says its loss anew.
_OVERTAKEN = re.compile(r"^.*\bETA\b.*[\dn](?=Epoch 0*\d+: \S+ (?:improved|did not improve)\b)")
# What PyTorch says of the first group of its optimizer where it lowers the learning rate; Keras has no groups.
_OF_GROUP = re.compile(r"(?<=learning rate) of group 0(?= to [\d.])")
_PRINTED_BY_R = re.compile(r'^\s*\[1\] "((?:[^"\\]|\\.)*)"\s*$')  # print(..) of one text: [1] "[3]:  test's auc:0.8"
_BAR = re.compile(r"^(.{0,80}?)\d{1,3}%\|")
# Blanks alone are an empty bar only where the count that goes with it stands behind them: a table has blanks as well.
_DRAWN = re.compile(
    r"(\d%)\s*(?:\|(?:#*\d?\s*|[^|\w%]*)\||(?=\s*[\u2500-\u259f])[\u2500-\u259f\s]{4,}|\s{4,}(?=\d+/\d+\b))"
)
# What segmentation_models.pytorch puts behind its bars: "85/85 [04:02<00:00, 2.8s/it, dice_loss - 0.58, fscore - 0.7]".
_BEHIND_BAR = re.compile(r"(?<=\[)\d+:\d\d[^\[\]]*")
_DASHED = re.compile(r"(?<=, )([A-Za-z_][\w@.]*) - (?=[-+]?(?:\d|nan\b|inf\b))")
_DIGIT, _WORD = re.compile(r"\d"), re.compile(r"[A-Za-z]{4}")
_LONGEST_HEAD = 60  # characters in front of the first number of a record
_FEWEST_RECORDS = 3
_SHORTEST_RECORD = 12  # characters
_SHORTEST_STAMPED = 40  # characters: a stamp, a counter and a measure
_ENDS = frozenset("0123456789%)]}B")  # 23.1 dB
# The stamp that a logger begins its lines with, in the middle of one: a text that lost its ends of lines.
_STAMPED = re.compile(
    r"(?<=\S) (?=\[\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?\] \S"
    r"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]\d+ (?:- )?[\[A-Za-z])"
)
# A line of a table of two columns in bars, or the rule above and below it, behind what a logger puts in front of it.
_TWO_CELLS = re.compile(r"(?:\|[^|]*\|[^|]*\||-{8,})\s*$")
# A dictionary in a cell of a table, as model cards have one for each label: its keys are not those of the column.
_DICTIONARY = re.compile(r"(?<=\|)\s*\{'[^{}|]*\}\s*(?=\|)")
# What Composer's file of metrics holds once more: what it printed of them on the console.
_MIRRORED = re.compile(r"\[std(?:err|out)\]:\s+(?:\[epoch=\d|\[Eval batch=|(?:Train|Eval)\s)")
# Whether a number rose or fell since the one before it, drawn behind it: "2.164 \u25bc".
_TREND = re.compile(r"(?<=[\d%])\s?[\u25b2-\u25b5\u25bc-\u25bf](?=\s{2}|\s*$|\s?[|,;)])")
_TRIANGLES = "\u25b2\u25b3\u25b4\u25b5\u25bc\u25bd\u25be\u25bf"
_RICH = re.compile(r"[\u2501\u2578\u257a]{3,}[\s\u2501\u2578\u257a]*")
_ARROW = re.compile(r"\[[=>.\s]{3,}\]")
_GROUPED = re.compile(r"(?<![\w./\-])\d{1,3}(?:_\d{3})+(?!\w|\.[A-Za-z])")  # Step 14_800, as Python groups thousands
# Punctuation as wide as the characters of Chinese and Japanese, and quotes as word processors and forums set them.
_WIDE = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\uff1a": ":",
        "\uff0c": ",",
        "\uff1d": "=",
        "\uff08": "(",
        "\uff09": ")",
        "\uff05": "%",
        "\u3001": ",",
    }
)
_PREFIX = re.compile(
    r"^(?:\s*(?:"
    r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[-+]\d\d:?\d\d)?\]?"
    r"|\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?|\[\d\d/\d\d \d\d:\d\d:\d\d\]"
    r"|\[?(?:INFO|DEBUG|WARNING|ERROR|I|root)\]?(?=[\s:|\-]|$)|\[rank ?\d+\]:?|\([\w.]+\)|[\w.]+ INFO"
    r")[\s:|\-]*)+"
)

# The number of a line in front of it, behind the seconds of the run perhaps.
_NUMBERED = re.compile(
    r"[ \t]*(?:\d+(?:\.\d+)?s[ \t]+)?(?:\[(\d{1,7})\]|(\d{1,7})(?=[\s|:]|$))(?:[ \t]*[|:](?=[ \t]|$))?[ \t]?"
)
_LOOKED_AT = 200  # lines
_FEWEST_NUMBERED = 5
_OTHERS = 10  # lines with a number for each without, as another program's output between them has none
_FORMS = 3  # kinds of lines
_ALIKE = 0.9  # of the lines
# "learn: 0.31": behind the number stands what is measured at it. The rest of such lines may differ by a unit of time.
_MEASURES_AT_IT = re.compile(r"\s*[A-Za-z_][\w\-]*\s?[:=]\s*#(?!\w)")


def without_line_numbers(text: str) -> str:
    """Return the text without the numbers that a viewer put in front of every line: ``[1743] ..``, ``cat -n``, and
    Kaggle's ``39.1s  5  ..``.

    They rise by one from line to line whatever the line says; a count that is the log's own stands in front of lines
    that are all alike.
    """
    if _NUMBERED.match(text.lstrip()) is None:
        return text
    lines = text.split("\n")
    numbers, forms, heads, without = [], Counter[str](), Counter[str](), 0
    for line in islice((line for line in lines if line.strip()), _LOOKED_AT):
        match = _NUMBERED.match(line)
        if match is None:
            without += 1
            continue
        numbers.append(int(match[1] or match[2]))
        form = re.sub(r"[-+.\d]+", "#", line[match.end() :])
        forms[form] += 1
        if (head := _MEASURES_AT_IT.match(form)) is not None:
            heads[head[0]] += 1
    steps = [later - earlier for earlier, later in pairwise(numbers)]
    alike = max(forms.most_common(1)[0][1], *heads.values(), 0)
    if (
        len(steps) < max(_FEWEST_NUMBERED, _OTHERS * without)
        or set(steps) != {1}
        or len(forms) < _FORMS
        or alike > _ALIKE * len(numbers)
    ):
        return text
    return "\n".join([_NUMBERED.sub("", line, count=1) for line in lines])


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, line) without colours and log prefixes; of a progress bar its last state only."""
    for number, raw in enumerate(text.split("\n"), 1):
        if "words/s" in raw:
            raw = _STATES.sub("\r", raw)
        if "\r" not in raw and "\x08" not in raw:
            line = _plain(raw)
            if line:
                yield number, line
            continue
        last: dict[str, str] = {}
        for piece in re.split(r"[\r\x08]+", raw):
            line = _plain(piece)
            if line:
                bar = _BAR.match(line)
                last[bar[1].strip() if bar else re.sub(r"[\d.]+", "#", line)[:24]] = line
        for line in last.values():
            yield number, line


def visible(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, line) without colours and control characters; every state of a progress bar.

    The bar itself is drawn empty: how far it is, its numbers say. States of one line of the text have its number.
    """
    coloured, controlled = "\x1b" in text, _CONTROL.search(text) is not None
    wide = any(chr(mark) in text for mark in _WIDE)
    drawn, boxed = "%" in text or "=" in text, "\u2502" in text or "\u2503" in text
    rich = "\u2501" in text
    mirrored = "[metric][batch=" in text
    trends = any(mark in text for mark in _TRIANGLES)
    bare, glued = "words/s" in text, "passed: " in text
    stated = bare or "\r" in text or "\x08" in text
    of_group = " of group 0 to " in text
    overtaken = "Epoch" in text and "ETA" in text and " improve" in text
    printed_by_r, quoted, wrapped = '[1] "' in text, has_quoted_lines(text), has_wrapped_numbers(text)
    commas, julia, imaginary = has_decimal_commas(text), is_shown_by_julia(text), has_complex_numbers(text)
    thousands = Thousands() if has_thousands(text) else None
    grouped = any(_GROUPED.search(part) is not None for part in ends_of(text))
    dictionaries = "| {'" in text
    celled = "-----" in text and " | " in text and re.search(r"\|[ \t]*\r?$", text, re.MULTILINE) is not None
    start, number = 0, 0
    while start <= len(text):
        end = text.find("\n", start)
        if end < 0:
            end = len(text)
        raw = text[start:end]
        start, number = end + 1, number + 1
        if bare and "Progress:" in raw:
            raw = _STATES.sub("\r", raw)
        for piece in re.split(r"[\r\x08]+", raw) if stated and ("\r" in raw or "\x08" in raw) else apart(raw):
            line = piece[:MAX_LINE]
            if overtaken and " improve" in line:
                line = _OVERTAKEN.sub("", line)
            if of_group and " of group 0 " in line:
                line = _OF_GROUP.sub("", line)
            if coloured and "\x1b" in line:
                line = _ANSI.sub("", _BAR_BELOW.sub("", line, count=1) if "\x1b[A" in line else line)
            if controlled:
                line = _CONTROL.sub("", _BROKEN.sub("\ufffd", line))
            if wide:
                line = line.translate(_WIDE)
            if glued:
                line = _GLUED.sub(" ", line)
            if printed_by_r and (printed := _PRINTED_BY_R.match(line)) is not None:
                line = unescaped(printed[1])
            if quoted and not line[:1].isalnum():
                line = unquoted(line)
            if wrapped:
                line = unwrapped(line)
            if julia:
                line = as_usual(line)
            if imaginary and "j" in line:
                line = real_parts(line)
            if commas and "," in line:
                line = with_points(line)
            if drawn and "%" in line and _DRAWN.search(line):
                line = _DRAWN.sub(r"\1||", line)
                if " - " in line:
                    line = _BEHIND_BAR.sub(lambda found: _DASHED.sub(r"\1=", found[0]), line)
            elif drawn and "=" in line and ("==" in line or ">" in line):
                line = _ARROW.sub("[=]", line)
            if rich and "\u2501" in line:
                line = _RICH.sub("\u2501\u2501\u2501 ", line)
            if celled and line[-1:] in "|-" and line[:1] not in "|-" and (line.count("|") >= 3 or "-----" in line):
                line = _behind_front(line)
            if dictionaries and line.startswith("|") and "{'" in line:
                line = _DICTIONARY.sub(" - ", line)
            if mirrored and _MIRRORED.match(line):
                continue
            if trends:
                line = _TREND.sub(lambda found: " " * len(found[0]), line)
            if boxed:
                line = line.replace("\u2502", "|").replace("\u2503", "|")
            if grouped and "_" in line:
                line = _GROUPED.sub(lambda found: found[0].replace("_", ""), line)
            if thousands is not None:
                line = thousands.spelt_out(line)
            if line and not line.isspace():
                yield number, line


def _behind_front(line: str) -> str:
    """Return a line of a table without what its logger put in front: sections are told by how cells are set in."""
    cells = _TWO_CELLS.search(line)
    return line[cells.start() :] if cells is not None and own_words(line) >= cells.start() else line


def apart(line: str) -> Sequence[str]:
    """Return the records of a line that a program wrote without ending its lines: each begins with the words of the
    first, which follow a number or a mark at once, ``epoch: 1, loss: 0.5epoch: 2, loss: 0.4``, or with the stamp of a
    logger.
    """
    if len(line) >= _FEWEST_RECORDS * _SHORTEST_STAMPED:
        stamped = _STAMPED.split(line)
        if len(stamped) >= _FEWEST_RECORDS and all(len(piece) >= _SHORTEST_STAMPED for piece in stamped[1:-1]):
            return stamped
    digit = _DIGIT.search(line, 0, _LONGEST_HEAD) if len(line) >= _FEWEST_RECORDS * _SHORTEST_RECORD else None
    head = line[: digit.start()] if digit is not None else ""
    if _WORD.search(head) is None or line.count(head) < _FEWEST_RECORDS:
        return (line,)
    pieces = line.split(head)[1:]
    whole = all(piece and piece[-1] in _ENDS for piece in pieces[:-1])
    return [head + piece for piece in pieces] if whole else (line,)


def broken_numbers(text: str) -> int:
    """Return how many numbers of a text have a control character inside."""
    return sum(1 for _ in _BROKEN.finditer(text)) if _ODD.search(text) else 0


def _plain(raw: str) -> str:
    line = raw[:MAX_LINE]
    if "\x1b" in line:
        line = _ANSI.sub("", line)
    line = _CONTROL.sub("", _BROKEN.sub("\ufffd", line))
    return _PREFIX.sub("", line, count=1).strip()
