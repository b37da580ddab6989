"""Tables under a line of headings: what the columns of a row of bare numbers are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.readers.console import fronts, words
from logdoc.readers.console.slot import Slot

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Shape

# A bar behind the last column. Without a terminal, as in a notebook's cell, tqdm draws no bar between its bars:
# "640: 100% 88/88 [00:41<00:00, 2.1it/s]".
_BAR = re.compile(r":?\s*\S*%\s?(?:\|\||\d+/\d+ \[\d+:\d\d).*$")
_BAR_WORDS = re.compile(r"\S*%\s?(?:\|\||/\s?\[:+<).*$")  # the same without its numbers
_ROW_WORDS = re.compile(r"^(?:[\s|:%()/\-\[\],]|[KMGTk]i?B?\b|ms|sec|s\b|m\b|it/s|No log|all\b)*$")
_PAIR_HEAD = re.compile(r"\bTraining\s*\|\s*Validation\s*$", re.MULTILINE)
# The duration that fastai prints behind the last column, without a heading.
_DURATION = re.compile(r"\s+\(\d+:\d\d(?::\d\d)?\)\s*$")
# Of the loss in YOLO's tables, and in those of JDE, which tracks by what it calls id.
_PARTS = frozenset(("box", "obj", "cls", "dfl", "seg", "pose", "kobj", "giou", "conf", "id", "total"))
_BESIDE_BOX = ("cls", "conf")
_NUMBER = re.compile(r"[+-]?(?:\d[\d.,/]*(?:e[+-]?\d+)?|nan|inf)[%GMKsh]?", re.IGNORECASE)
_TITLE = re.compile(r"\S+(?: \S+)*")
_SPLIT_LOSS = re.compile(r"\b(train(?:ing)?|val(?:id(?:ation)?)?|test)\s(loss|acc(?:uracy)?)\b", re.IGNORECASE)
# How far the training is, in front of the first column: "[   40%      ]" under "[------------]", as xLearn draws it.
_DRAWN = re.compile(r"\s*\[\s*\d+%(?:\|\|)?\s*\]\s+")
_DRAWN_HEAD = re.compile(r"\s*\[-+\]\s+")
# Behind a row of Vowpal Wabbit's table: from its first held-out example on, the means are over those alone.
_HELD_OUT = re.compile(r"(?<=\d)\s+h\s*$")
_COUNTS_EXAMPLES = "example counter"
# Beside the generation in the table of an evolutionary search: how often the objective was evaluated. All other columns
# are then of the objective, whatever they are called: avg, min, f_gap.
_EVALUATIONS = re.compile(r"n_?evals?|f?evals?|evaluations", re.IGNORECASE)
_FEWEST = 2
_OFTEN = 3  # rows below headings of their own
_MANY = 5  # rows below one heading
_BETWEEN = re.compile(r"[\s,;|]*")
_SEPARATOR = re.compile(r"\s*[,;|\t]\s*")


def read_table(shape: Shape) -> list[Slot] | None:
    """Return the slots of a row of a table with their names from the headings above it, None where it is none.

    One of the headings must be a word that counts and another that of a measure; a table of other things has none.
    """
    begin = _begin(shape.line)
    row, cells, spans = _cells(shape, begin)
    between = _words(shape, begin)
    if _HELD_OUT.search(shape.line):
        between = between.rstrip("h")
    if len(cells) < _FEWEST or not _ROW_WORDS.match(_BAR_WORDS.sub("", between)):
        return None
    above = [_DRAWN_HEAD.sub("", line[fronts.own_words(line) :], count=1) if begin else line for line in shape.above]
    headers = [_titles(_BAR.sub("", header), len(row)) or _titles_above(header, spans) for header in above]
    told = [titles for titles in headers if titles is not None]
    pair = headers[-_FEWEST:]
    # Two headings that stand apart belong to two tables: YOLO's rows of training lie between them.
    if len(pair) == _FEWEST and all(map(_is_heading, pair)) and not any(map(words.header_counter, pair[-1] or [])):
        joined = [
            " ".join(dict.fromkeys(filter(None, titles))) for titles in zip(*(t or [] for t in pair), strict=True)
        ]
        if (slots := _named(shape, row, cells, joined)) is not None:
            return slots
    return next((slots for titles in reversed(told) if (slots := _named(shape, row, cells, titles)) is not None), None)


def read_pair(shape: Shape) -> list[Slot] | None:
    """Return the slots of a row of AllenNLP's summary, ``loss | 0.61 | 0.72`` under ``Training | Validation``."""
    if len(shape.tokens) < _FEWEST or not _PAIR_HEAD.search("\n".join(shape.above)):
        return None
    name = shape.texts[-3].rpartition(" - ")[2].strip(" |")
    if shape.texts[-2] != "|" or shape.texts[-1] or not re.fullmatch(r"[\w/@\-]+", name):
        return None
    front = [Slot("front") for _ in shape.tokens[:-2]]
    return [
        *front,
        *(Slot("value", f"{split} {name}", paired=True, quoted=True) for split in ("training", "validation")),
    ]


def read_repeated(shapes: list[Shape]) -> None:
    """Name the numbers of rows of which each stands below its headings, as often as these: ``** loss,acc,val_loss **``
    above ``1.5  0.4  1.7``; and of many rows below one heading. What counts them stands in another line, if anywhere;
    where several stand below each of the headings and the log draws tables with bars, its last one is of the next of
    these.
    """
    boxed = any(shape.kind == "box" for shape in shapes)
    headings = {shape.line: len(shape) for shape in shapes if not shape.tokens}
    for shape in shapes:
        if shape.kind not in ("talk", "code") or len(shape.tokens) < _FEWEST:
            continue
        if not all(_BETWEEN.fullmatch(text) for text in shape.texts):
            continue
        for line in shape.above:
            titles = [title.strip() for title in _SEPARATOR.split(line.strip(" \t*#=-|"))]
            times = headings.get(line, 0)
            # Several rows stand below each of the headings in the tables of the optimisation that OpenAI's baselines
            # print in every iteration; headings that come again and again above numbers need no word for most of them.
            several = times >= _OFTEN and len(shape) > times + 1
            often = len(shape) >= _OFTEN and (abs(times - len(shape)) <= 1 or several)
            # Behind the settings that a program printed first: one heading, and all rows below it.
            once = times == 1 and len(shape) >= _MANY and line == shape.above[-1]
            often = often or (once and not any(map(words.header_counter, titles)))
            # Bars between all cells and all headings make a table of them, however few of its names are known.
            some = several or (once and line.count("|") == len(titles) - 1 and _has_bars(shape))
            if often and len(titles) == len(shape.tokens) and _all_measures(titles, some=some):
                shape.slots = [Slot("value", title, paired=True, quoted=True) for title in titles]
                shape.kind, shape.why = "inner" if several and boxed else "row", ""
                break


def _has_bars(shape: Shape) -> bool:
    """Tell whether a bar stands between any two numbers of a row."""
    return all(text.strip() == "|" for text in shape.texts[1 : len(shape.tokens)])


def _all_measures(titles: list[str], *, some: bool = False) -> bool:
    """Tell whether headings are names, most of them of measures, or `some`."""
    named = all(re.fullmatch(r"[A-Za-z][\w/. @-]*", title) and not words.is_time(title) for title in titles)
    measures = sum(map(words.is_measure, titles))
    enough = measures >= _FEWEST if some else 2 * measures > len(titles)
    return named and len(set(titles)) == len(titles) and enough


def _words(shape: Shape, begin: int) -> str:
    """Return what stands between the numbers of a row, behind what its logger puts in front."""
    if not begin:
        return "".join(shape.texts)
    numbers = _starts(shape)
    inside = [(start, token) for start, token in zip(numbers, shape.tokens, strict=True) if start >= begin]
    rest, at = [], begin
    for start, token in inside:
        rest.append(shape.line[at:start])
        at = start + len(token)
    return " ".join([*rest, shape.line[at:]])


def _begin(line: str) -> int:
    """Return where the cells of a row begin, behind what its logger puts in front and a part of a whole in brackets."""
    begin = fronts.own_words(line)
    drawn = _DRAWN.match(line, begin)
    return drawn.end() if drawn else begin


def _starts(shape: Shape) -> list[int]:
    """Return where each number of a line begins."""
    starts, at = [], 0
    for text, token in zip(shape.raw, shape.tokens, strict=False):
        at += len(text)
        starts.append(at)
        at += len(token)
    return starts


def _cells(shape: Shape, begin: int) -> tuple[list[str], dict[int, int], list[tuple[int, int]]]:
    """Return the cells of the row as written behind its front, ``cell -> first number in it``, and where each begins
    and ends.
    """
    line = _HELD_OUT.sub("", _DURATION.sub("", _BAR.sub("", shape.line[begin:])))
    found = (
        list(re.finditer(r"(?<=\|)[^|]+(?=\||$)", line))
        if line.lstrip().startswith("|")
        else list(re.finditer(r"\[[^\[\]]*\]|\S+(?: (?:log|[smh]\b))?|(?<=\t)(?=\t)", line))
    )
    starts = [start - begin for start in _starts(shape)]
    cells: dict[int, int] = {}
    for number, match in enumerate(found):
        inside = [i for i, start in enumerate(starts) if match.start() <= start < match.end()]
        if inside:
            cells[number] = inside[0]
    return [match[0].strip() for match in found], cells, [match.span() for match in found]


def _titles(header: str, columns: int) -> list[str] | None:
    """Return the headings of a line, cut so that there is one for each of the columns."""
    line = header.strip()
    ways = (
        [cell.strip() for cell in line.strip("|").split("|")] if "|" in line else None,
        [cell.strip() for cell in line.split("\t")] if "\t" in line else None,
        re.split(r"\s{2,}", line),
        line.split(),
        line.lstrip("# ").split(),
        _SPLIT_LOSS.sub(r"\1_\2", line).split(),
    )
    return next((way for way in ways if way is not None and len(way) == columns), None)


def _titles_above(header: str, spans: list[tuple[int, int]]) -> list[str] | None:
    """Return the heading that each cell stands under, where the table has empty cells: Chainer's reports print blanks
    for what was not measured. Every cell must begin where its heading does, or every one end there.
    """
    found = [(match[0], match.span()) for match in _TITLE.finditer(header.rstrip())]
    if len(found) <= len(spans) or len(spans) < _FEWEST or "|" in header:
        return None
    for side in (0, 1):
        places = {span[side]: title for title, span in found}
        under = [places.get(span[side]) for span in spans]
        if all(under) and len(set(under)) == len(under):
            return [title for title in under if title]
    return None


def _is_heading(titles: list[str] | None) -> bool:
    """Tell whether a line above is one of words: a row of the table itself holds numbers."""
    return titles is not None and not any(_NUMBER.fullmatch(title) for title in titles)


def _fractions(shape: Shape, place: int) -> bool:
    """Tell whether a column is printed with a point, or holds a part of a whole; a score may be 0.00 in every row."""
    column, token = shape.column(place), shape.tokens[place]
    # A count of objects may be printed with three digits: "3.28e+04".
    return ("." in token and "e+" not in token) or bool((column != column.round()).any())


def _named(shape: Shape, row: list[str], cells: dict[int, int], titles: list[str]) -> list[Slot] | None:
    begin = _begin(shape.line)
    slots = [Slot("front") if start < begin else Slot(why="between the columns") for start in _starts(shape)]
    counters = measures = 0
    evolves = any(words.header_counter(title) == "generation" for title in titles) and any(
        map(_EVALUATIONS.fullmatch, titles)
    )
    lower = {title.lower() for title in titles}
    held_out = _HELD_OUT.search(shape.line) is not None
    if held_out and _COUNTS_EXAMPLES not in lower:
        return None
    detects = "box" in lower and not lower.isdisjoint(_BESIDE_BOX)
    for number, title in enumerate(titles):
        if number not in cells:
            continue
        place = cells[number]
        kind = words.header_counter(title)
        name = title.strip("*_ ").rstrip(":")
        name = f"{name}_loss" if detects and name.lower() in _PARTS else name
        name = name if name.count("(") == name.count(")") else name.replace("(", " ").replace(")", "")
        if kind and shape.tokens[place].replace(".0", "").isdigit():
            of = place + 1 if re.fullmatch(r"\d+/\d+", row[number]) else -1
            slots[place] = Slot("counter", kind, kind, of=of, why="by its heading")
            if of >= 0:
                slots[of] = Slot("total")
            counters += 1
        elif words.is_time(name) or words.header_counter(name) or row[number][-1:] in "GMks":
            slots[place] = Slot("time", name, why="a time, a speed or an amount of memory by its heading")
        elif not words.is_measure(name) and not _fractions(shape, place):
            slots[place] = Slot("other", name, why="whole numbers under a heading that is no known measure")
        else:
            slots[place] = Slot(
                "value", name, paired=True, quoted=True, split="val" if row[0] == "all" or held_out else ""
            )
            measures += evolves or words.is_measure(name)
            if row[number].startswith("["):  # a list, of the terms of the loss perhaps
                end = cells.get(number + 1, len(shape.tokens))
                for k in range(place + 1, end):
                    slots[k] = Slot("value", f"{name} {k - place + 1}", paired=True, quoted=True)
    enough = (counters and measures) or (row[0] == "all" and measures >= _FEWEST)
    return slots if enough else None
