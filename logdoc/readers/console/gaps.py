"""No number where numbers stood before: words for "none", fields left out, a number cut at the end of the file."""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Defect
from logdoc.model.notes import CUT, NO_NUMBERS
from logdoc.readers.console.words import EPOCH, REPEATED, STEP
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Grammar, Shape
    from logdoc.readers.console.rows import Rows

_CUT_BEHIND = re.compile(r"[eE][-+]?|\.")  # right behind the digits: an exponent or decimals were to follow
_CUT_EXPONENT = re.compile(r"[eE][-+]?0?$")
_EXPONENT = re.compile(r"[eE][-+]?\d")
_OBJECTIVE = re.compile(r"loss|nll|ppl|perplexity|xent", re.IGNORECASE)
# Roles of numbers that measure nothing.
_COUNTS = frozenset({"counter", "total", "front", "rank", "other", "progress", "time", "rate"})
_CLOSING = ")]}>|%,;"  # what stands behind a number without a blank
_LATEST = 60  # rows that tell how long a number usually is
_FEWEST = 3  # rows without a number that are told; fewer may be rows of another kind


def drop_cut_number(grammar: Grammar) -> None:
    """Leave out the last number of a text that ends in the middle of a line, if it is shorter than its like."""
    if not grammar.ends_open or not len(grammar.order):
        return
    shape = grammar.shapes[grammar.order[-1]]
    if not shape.tokens:
        return
    if len(shape) == 1 and _CUT_BEHIND.fullmatch(shape.texts[-1]):
        shape.missing.append((0, len(shape.tokens) - 1))
        shape.cut, grammar.broken = True, (shape.at[-1], True)
        return
    if shape.texts[-1].strip():
        whole = next((other for other in grammar.shapes if _goes_on(other.texts, shape.texts)), None)
        if len(shape) == 1 and whole is not None:
            grammar.broken, grammar.begun = (shape.at[-1], True), (whole, len(shape.tokens))
        return
    last, usual = shape.last[-1], shape.tokens[-1]
    whole = next((o for o in grammar.shapes if o is not shape and _begins_like(o.texts, shape.texts)), None)
    single = len(shape) == 1 and (whole is not None or _misses_its_bracket(shape, grammar))
    shorter = len(shape) > 1 and len(last) < len(usual) and _decimals(last) < _decimals(usual)
    shorter |= not _EXPONENT.search(last) and _decimals(last) < _fewest_decimals(shape)
    if _CUT_EXPONENT.search(last) or single or shorter:
        shape.missing.append((len(shape) - 1, len(shape.tokens) - 1))
        shape.cut = True
        exponent = _EXPONENT.search(usual) is not None and _EXPONENT.search(last) is None
        grammar.broken = (shape.at[-1], bool(_CUT_EXPONENT.search(last)) or single or exponent)
        grammar.begun = (whole, len(shape.tokens)) if single and whole is not None else None


def only_counts(grammar: Grammar) -> bool:
    """Tell of a settled grammar whether the last line breaks off before anything that is measured in it, so that no
    number that was written is lost.
    """
    if grammar.begun is None:
        return False
    whole, held = grammar.begun
    roles = {slot.role for slot in whole.slots[:held]}
    return bool(roles) and roles <= _COUNTS


def told_cut(broken: tuple[int, bool], source: str, *, unmeasured: bool) -> list[Defect]:
    """Return what is told of a last line that breaks off; data are lost where that is sure, unless it is `unmeasured`:
    where it breaks off nothing but its count was written.
    """
    line, sure = broken
    if not line:
        return []
    what = "the text ends in the middle of a line: what it breaks off was left out; killed or still written"
    if unmeasured:
        what = "the text ends in the middle of a line, before anything that is measured in it; killed or still written"
        return [Defect(source, what, f"line {line:,}", id=CUT)]
    doubt = "the last number is shorter than its like, and may be cut; it was left out"
    return [Defect(source, what if sure else doubt, f"line {line:,}", lost=sure, id=CUT)]


def drop_repeated(grammar: Grammar) -> None:
    """Leave out the rows that boosting says again when it stops early, behind ``best iteration is:``."""
    places = {i for i, s in enumerate(grammar.shapes) if not s.tokens and REPEATED.search(s.line)}
    if not places:
        return
    seen = [0] * len(grammar.shapes)
    kept: list[int] = []
    gone: dict[int, list[int]] = {}
    announced = False
    for place in grammar.order:
        left = len(grammar.shapes[place]) - len(gone.get(place, ()))
        if announced and grammar.shapes[place].tokens and left > 1:
            gone.setdefault(place, []).append(seen[place])
        else:
            kept.append(place)
        announced = place in places
        seen[place] += 1
    grammar.order = array(grammar.order.typecode, kept)
    for place, rows in gone.items():
        drop_rows(grammar.shapes[place], rows)


def drop_rows(shape: Shape, rows: list[int]) -> None:
    """Leave out the rows of a kind of line, by their places among its rows."""
    keep = np.ones(len(shape), dtype=np.bool_)
    keep[rows] = False
    table = np.frombuffer(shape.values, dtype=np.float64).reshape(len(shape), len(shape.tokens) - shape.unread)
    shape.values = array("d", table[keep].tobytes())
    shape.missing = [(int(keep[:row].sum()), slot) for row, slot in shape.missing if keep[row]]
    shape.at = array("q", np.frombuffer(shape.at, dtype=np.int64)[keep].tobytes())


def _fewest_decimals(shape: Shape) -> int:
    """Return how many decimals nearly all of the latest numbers at the end of a kind of line have: all but one in
    thirty, for a number written as `repr` does may end early. A zero at the end of one is not known of.
    """
    latest = shape.column(len(shape.tokens) - 1)[-_LATEST - 1 : -1].tolist()
    if len(latest) < _LATEST // 2:
        return -1
    shown = sorted(_decimals(repr(value)) if value % 1 else -1 for value in latest if "e" not in repr(value))
    return shown[len(shown) // 30] if shown else -1


def _decimals(number: str) -> int:
    """Return how many characters stand behind the point, an exponent among them; a number printed whole has as many
    as its like.
    """
    return len(number.partition(".")[2]) if "." in number else -1


def _begins_like(whole: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return len(whole) > len(part) and whole[: len(part) - 1] == part[:-1]


def _misses_its_bracket(part: Shape, grammar: Grammar) -> bool:
    """Tell whether a line stops in its last number, behind which its like close a bracket or go on with a sign: one
    redraw of a bar that ends in ``loss=0.3`` among those that end in ``loss=0.3500]``. A number that is as long as
    theirs is whole.
    """
    like = (o for o in grammar.shapes if o is not part and o.texts[:-1] == part.texts[:-1])
    closed = next((o for o in like if o.texts[-1][:1] in _CLOSING and o.texts[-1]), None)
    if closed is None:
        return False
    usual = _decimals(closed.tokens[-1])
    return usual < 0 or _decimals(part.last[-1]) < usual


def _goes_on(whole: tuple[str, ...], part: tuple[str, ...]) -> bool:
    """Tell whether a line of one kind begins like one of another kind, and stops within its text."""
    end = len(part) - 1
    more = len(whole) > end + 1 or (len(whole) > end and whole[end] != part[end])
    return more and whole[:end] == part[:end] and whole[end].startswith(part[end])


def gaps_in(rows: Rows, source: str, begins: Sequence[int] = ()) -> list[Defect]:
    """Return one defect per measure that had numbers and at the end has none, so that its end is not known.

    Args:
        rows: of the log.
        source: its name for the user.
        begins: the rows at which its runs begin; each is looked at for itself, for the next may not have the measure.
    """
    found = []
    for name, gone in rows.missing.items():
        known = rows.values[name][0] if name in rows.values else np.empty(0, dtype=np.int64)
        late = [row for row in gone if known.size and known.max() < row < _behind(known, begins, len(rows))]
        usual = int(np.diff(known).max()) if known.size > 1 else 1
        if known.size and late and (len(late) >= usual or len(late) >= _FEWEST):
            found.append(_told(source, name, "a word that is no number stands there", len(late), rows.at[late[0]]))
    objectives = [name for name in rows.values if _OBJECTIVE.search(name) and name not in rows.missing]
    ends = [(name, late) for name in objectives if (late := _left_out(rows, name, begins))]
    return found + [_told(source, name, "the field is left out", len(late), rows.at[late[0]]) for name, late in ends]


def _behind(known: NDArray[np.int64], begins: Sequence[int], count: int) -> int:
    """Return the row behind the run in which a measure stood last."""
    return min((row for row in begins if row > known.max()), default=count)


def _left_out(rows: Rows, name: str, begins: Sequence[int]) -> list[int]:
    """Return the rows at the end of a run in which a measure is missing though all stand there that stood beside it
    before, and the line begins as it did.
    """
    known = rows.values[name][0]
    if known.size < _FEWEST:
        return []
    others = [_has(rows, at) for other, (at, _) in rows.values.items() if other != name]
    beside = [has for has in others if has[known].mean() >= 0.99]
    if not beside:
        return []
    together = np.logical_and.reduce(beside)
    end = int(known.max())
    between = np.count_nonzero(together[:end] & ~_has(rows, known)[:end])
    late = end + 1 + np.flatnonzero(together[end + 1 : _behind(known, begins, len(rows))])
    opened = np.frombuffer(rows.opened, dtype=np.int64)
    late = _later(rows, known, late[np.isin(opened[late], opened[known])])
    return late.tolist() if late.size >= _FEWEST and not between else []


def _has(rows: Rows, at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return bool[rows]: those given."""
    has = np.zeros(len(rows), dtype=np.bool_)
    has[at] = True
    return has


def _later(rows: Rows, known: NDArray[np.int64], late: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return those of the last rows that go on counting; a count that went back is that of something else."""
    for kind in (EPOCH, STEP):
        column = np.array(rows.counters.get(kind, ()), dtype=np.float64)
        if column.size and np.isfinite(column[known]).any():
            return late[~(column[late] < np.nanmax(column[known]))]
    return late


def _told(source: str, name: str, how: str, count: int, line: int) -> Defect:
    lines = "1 row" if count == 1 else f"{count:,} rows"
    return Defect(
        source,
        f"'{cut(name, 80)}' has no number in the last {lines}, where numbers stood before: {how}",
        f"line {line:,}",
        lost=True,
        id=NO_NUMBERS,
    )
