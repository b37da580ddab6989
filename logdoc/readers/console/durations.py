"""How long each epoch took, as lines of its own or beside the measures of the epoch say it: ``epoch 3 took 12.3s``.

A line is no row for the sake of a duration; where an epoch has a row, its duration becomes a curve in seconds. Times
since the start, to the end and of validation are others; what the words leave open, the numbers tell: a time since
the start only grows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import fronts, words
from logdoc.readers.console.slots import spans_of

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Grammar, Shape
    from logdoc.readers.console.prepared import Prepared

NAME = "epoch_time"
_LABEL = 60  # characters in front of a number that may say what it is
_FEWEST = 3  # epochs; fewer show no course
_COURSE = 5  # rows of a time that only grows
_COARSE = 10.0  # seconds; whole seconds are too coarse for epochs that are shorter
_INNER = (words.STEP, words.BATCH)

_HOW_LONG = r"(?:time|duration|seconds|secs?|runtime)"
_SPENT = r"(?:cost|taken|used|spent|elapsed)"
_OF_EPOCH = re.compile(
    rf"epoch[ _-]?(?:train(?:ing)?[ _-]?)?(?:{_HOW_LONG}|elapsed)(?:[ _]{_SPENT})?$"
    rf"|{_HOW_LONG}(?:\s?/|[ _](?:per|for|of)[ _])\s?(?:this |the |one |each |an? )?epoch$"
    r"|for (?:this|the|one|each|an?) epoch$|epoch\s(?:took|(?:completed?|finished|done) in)$"
)
_SPAN = re.compile(
    rf"(?:^|[^a-z])(?:(?:train(?:ing)?|elapsed|wall|run|cost|used)?[ _-]?{_HOW_LONG}(?:[ _-]?{_SPENT})?"
    r"|elapsed|took|takes|dur|(?:trained|finished|completed?|done|ended) in)$"
)
_OTHER = re.compile(
    r"\beta\b|remain|left|total|since|until|overall|data|load|val|test|eval|infer|forward|backward|sampl|predict"
    r"|\bper\b(?! (?:this |the |one |each |an? )?epoch)|avg|average|mean"
)
_PARENTHESIS = re.compile(
    r"[\s:=\[(|>-]*(?:[\[(](?P<unit>s|secs?|seconds|ms|min|mins|minutes|h|hours|hh:mm:ss)[\])])?[\s:=\[(|>-]*$"
)
_UNIT = re.compile(
    r"^\s?(?:(?P<ms>ms)|(?P<s>s|secs?|seconds?|\u79d2)|(?P<m>m|mins?|minutes?)|(?P<h>h|hrs?|hours?)"
    r"|(?P<d>d|days?))(?P<per>\s?/\s?epoch)?(?![\w/])",
    re.IGNORECASE,
)
_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_RATE = re.compile(r"^\s?(?:[a-z]+\s?)?/|^\s?%", re.IGNORECASE)
_GOES_ON = re.compile(r":|\s?(?:[dhm]|days?,?|hours?|hrs?|min(?:ute)?s?)\s*(?:and\s)?", re.IGNORECASE)
# A bar of tqdm that is through: "52/52 [00:31<00:00". Its own time is that of the epoch whose measures stand beside it.
_BAR = re.compile(r"(\d+)/\1 \[((?:\d+:){1,2}\d\d)<(?:\d+:){1,2}\d\d")
_TO_GO = re.compile(r"^[a-z\s]*\b(?:left|remain|to go)", re.IGNORECASE)


@dataclass(slots=True)
class _Duration:
    """Numbers of a line that are one duration: seconds are the sum of the columns, each by its factor."""

    slots: list[int]
    factors: list[float]
    sure: bool
    named: bool

    def seconds(self, shape: Shape) -> NDArray[np.float64]:
        total = np.zeros(len(shape))
        for slot, factor in zip(self.slots, self.factors, strict=True):
            total = total + shape.column(slot) * factor
        return total


def epoch_times(
    grammar: Grammar, lines: Sequence[Prepared], ends: array[int], named: array[float] | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Return the rows that end an epoch and the seconds that it took, None where the log does not say it.

    Args:
        lines: those that are rows.
        ends: the line of each row.
        named: the epoch of each row, NaN where none is named; None where no row names one.
    """
    if named is None or not len(ends):
        return None
    at, epochs = np.array(ends, dtype=np.int64), np.array(named, dtype=np.float64)
    for line in lines:
        if line.whole or set(line.kinds) & {*_INNER, "episode", "timesteps"}:
            continue
        mine = line.rows >= 0
        found = _found(line.shape, line.rows[mine], mine)
        if found is not None and (known := np.isfinite(epochs[found[0]]))[1:].all() and known.size > _FEWEST:
            return found[0][known], found[1][known]  # a log that was cut lacks the line that names its first epoch
    rows = {id(line.shape) for line in lines}
    for shape in grammar.shapes:
        if id(shape) not in rows and shape.tokens and len(shape) >= _FEWEST and shape.kind in ("talk", "state"):
            placed = _placed(shape, at, epochs)
            if placed is None:
                continue
            once = np.array_equal(np.unique(epochs[placed]), np.unique(epochs[np.isfinite(epochs)]))
            found = _found(shape, placed, np.ones(len(shape), dtype=np.bool_), alone=True, every_epoch=once)
            if found is not None:
                return found
    return _bar_times(lines, epochs)


def _found(
    shape: Shape, rows: NDArray[np.int64], mine: NDArray[np.bool_], *, alone: bool = False, every_epoch: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Return the rows and seconds of the one duration of a kind of line, None without one.

    Args:
        alone: the line measures nothing, so that its words must say that an epoch took that long; but for one that is
            said of `every_epoch` once, where it is enough that they speak of a time.
    """
    if rows.size < _FEWEST or np.unique(rows).size != rows.size:
        return None
    every = list(_durations(shape))
    counted = any(slot.role == "counter" and slot.counter == words.EPOCH for slot in shape.slots)
    chosen = [one for one in every if one.sure] or [one for one in every if one.named] or every
    if len(chosen) != 1 or (alone and not (chosen[0].sure or (chosen[0].named and (counted or every_epoch)))):
        return None
    seconds = chosen[0].seconds(shape)[mine]
    if not np.isfinite(seconds).all() or seconds.min() <= 0:
        return None
    change = np.diff(seconds)
    one_way = bool((change >= 0).all() or (change <= 0).all()) or _since_starts(seconds)
    if not change.any() or (one_way and not chosen[0].sure):
        return None  # no course at all; since the start, or to the end
    coarse = all("." not in shape.tokens[slot] for slot in chosen[0].slots)
    return None if coarse and np.median(seconds) < _COARSE else (rows, seconds)


def _bar_times(
    lines: Sequence[Prepared], epochs: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]] | None:
    """Return the rows and seconds of bars that are through, one beside the measures of every epoch; a bar that changes
    from steps a second to seconds a step is a line of another kind.
    """
    found = [
        (line.rows[line.rows >= 0], duration.seconds(line.shape)[line.rows >= 0])
        for line in lines
        if not set(line.kinds) & {*_INNER, "episode", "timesteps"}
        for duration in _of_bar(line.shape)
    ]
    if not found:
        return None
    rows, seconds = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(rows)
    rows, seconds = rows[order], seconds[order]
    whole = bool(np.isfinite(epochs[rows]).all()) and np.unique(epochs[rows]).size == rows.size
    return (rows, seconds) if whole and rows.size >= _FEWEST and np.median(seconds) >= _COARSE else None


def _of_bar(shape: Shape) -> Iterator[_Duration]:
    """Yield the time of a bar that is through in every line of a kind."""
    bar = _BAR.search(shape.line)
    if bar is None:
        return
    spans = spans_of(shape)
    mine = [i for i, (begin, end) in enumerate(spans) if bar.start() <= begin and end <= bar.end()]
    clock = [i for i in mine if bar.start(2) <= spans[i][0] < bar.end(2)]
    if len(mine) < len(clock) + 2 or not np.array_equal(shape.column(mine[0]), shape.column(mine[1])):
        return
    yield _Duration(clock, [60.0 ** (len(clock) - 1 - k) for k in range(len(clock))], sure=True, named=True)


def _since_starts(seconds: NDArray[np.float64]) -> bool:
    """Tell whether durations are times since the start, of several trainings in one log: each grows from about what an
    epoch takes.
    """
    parts = np.split(seconds, np.flatnonzero(np.diff(seconds) < 0) + 1)
    grown = [part for part in parts if part.size >= _COURSE]
    begun = all(part[0] <= 2.0 * np.median(np.diff(part)) for part in grown)
    return 1 < len(parts) <= len(grown) + 1 and begun


def _placed(shape: Shape, at: NDArray[np.int64], epochs: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """Return the row that each line of a kind is said of: the last of its epoch, else the last above it; where the
    first stands above all rows, the first below it.
    """
    counter = next((i for i, s in enumerate(shape.slots) if s.role == "counter" and s.counter == words.EPOCH), None)
    lines = np.frombuffer(shape.at, dtype=np.int64)
    if counter is not None:
        last = {epoch: row for row, epoch in enumerate(epochs.tolist()) if epoch == epoch}
        rows = [last.get(epoch, -1) for epoch in shape.column(counter).tolist()]
        return np.array(rows) if min(rows) >= 0 else None
    below = np.searchsorted(at, lines, side="left")
    rows_ = below if below[0] == 0 else below - 1
    return rows_ if bool((rows_ < at.size).all()) and bool(np.isfinite(epochs[rows_]).all()) else None


def _durations(shape: Shape) -> Iterator[_Duration]:
    """Yield what of a line's numbers are durations."""
    texts, start, begin = shape.raw, fronts.own_words(shape.line), 0
    for i, slot in enumerate(shape.slots):
        begin += len(texts[i])
        inside = begin >= start
        begin += len(shape.tokens[i])
        if slot.role not in ("time", "other", "rate") or not inside or (i and _continues(texts, i)):
            continue
        slots, factors, per = _parts(shape, i)
        label, unit = _label(shape, i)
        behind = texts[slots[-1] + 1]
        known = bool(unit) or per or bool(_UNIT.match(behind)) or len(slots) > 1
        if unit and len(slots) == 1:
            factors = [_SECONDS["ms" if unit == "ms" else unit[0]]]
        if _OTHER.search(label) or _TO_GO.match(behind) or (not known and _RATE.match(behind)):
            continue
        sure = per or _OF_EPOCH.search(label) is not None
        named = sure or _SPAN.search(label) is not None
        if slot.role == "rate" and not per:
            continue
        if named or (slot.role == "time" and known and len(slots) == 1 and not re.search("[a-z]", label)):
            yield _Duration(slots, factors, sure, named)


def _label(shape: Shape, i: int) -> tuple[str, str]:
    """Return the words that stand before a number, or those of its heading, and the unit that they give in brackets."""
    text = shape.raw[i][-_LABEL:].lower()
    end = _PARENTHESIS.search(text)
    unit = (end["unit"] or "") if end else ""
    label = text[: end.start()] if end else text
    return (label if label.strip() else shape.slots[i].name.lower(), "" if ":" in unit else unit)


def _continues(texts: list[str], i: int) -> bool:
    """Tell whether a number goes on with a clock or an amount that began before it: ``1:35``, ``1m 35s``, ``2 days,
    1:35:20``.
    """
    return (
        re.fullmatch(r":|\s?(?:[dhm]|days?,?|hours?|hrs?|min(?:ute)?s?)\s*(?:and\s)?", texts[i], re.IGNORECASE)
        is not None
    )


def _parts(shape: Shape, i: int) -> tuple[list[int], list[float], bool]:
    """Return the numbers of one duration that begins at `i`, the seconds of each one's unit, and whether the unit is
    said to be of an epoch.
    """
    texts, last = shape.raw, i
    while last + 1 < len(shape.tokens) and _continues(texts, last + 1):
        last += 1
    slots = list(range(i, last + 1))
    begin = next((k - 1 for k in slots[1:] if texts[k] == ":"), last + 1)  # of a clock, perhaps behind days
    factors, per = [], False
    for slot in slots[: begin - i]:
        unit = _UNIT.match(texts[slot + 1])
        kind = next((k for k in _SECONDS if unit[k]), "s") if unit else "s"
        per = unit is not None and unit["per"] is not None
        factors.append(_SECONDS[kind])
    return slots, factors + [60.0 ** (last - k) for k in range(begin, last + 1)], per
