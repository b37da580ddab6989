"""What the numbers of a kind of line are, decided by how they behave over all lines of that kind.

A number that only grows, or grows up to its bound and starts again, counts; one that stays the same beside one that
grows does not; a measure varies or has fractions. What the words of a line leave open is settled here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import fronts, words
from logdoc.readers.console.announcements import drop_announcements
from logdoc.readers.console.bare_splits import settle_bare_splits
from logdoc.readers.console.boxes import WIDEST, box_of
from logdoc.readers.console.counting_up import (
    FEW_ALIKE,
    INNER,
    UNKNOWN,
    grows,
    has_fractions,
    settle_pair,
    settle_places,
    settle_values,
)
from logdoc.readers.console.episodes import measure_lengths
from logdoc.readers.console.headed_numbers import name_by_head
from logdoc.readers.console.headers import read_pair, read_repeated, read_table
from logdoc.readers.console.marks import HEADING
from logdoc.readers.console.masking import varies
from logdoc.readers.console.means import count_leading_epochs, count_lone_numbers, part_means
from logdoc.readers.console.populations import keep_best
from logdoc.readers.console.presets import known_of, passed_over, place_evaluations
from logdoc.readers.console.program_text import is_program_text, is_statement
from logdoc.readers.console.redraws import FEW_EPOCHS, STATE
from logdoc.readers.console.sentences import WHY, is_sentence
from logdoc.readers.console.sizes import drop_sizes
from logdoc.readers.console.slot import Slot
from logdoc.readers.console.slots import read_slots, spans_of
from logdoc.readers.console.summaries import place_summaries
from logdoc.readers.console.tags import name_by_tag
from logdoc.readers.console.text_columns import drop_text_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Grammar, Shape

_NO_SPEED = re.compile(r"<\?, +\?(?:it|s)/(?:s|it)\b")  # of the first states of a bar of tqdm
# What a program prints while its bar stands there: "1%|| 4/9 [00:01<00:02, 3.2s/it]Iter: 3100".
_BEHIND_BAR = re.compile(r"[^|]{0,40}\d%\|\|\s*\d+/\d+\s\[[^\]]*\]\s*(?=[A-Za-z])")
_SETTING = re.compile(
    r"\W*(?:epochs|steps|iterations|(?:num|total)[ _]?time[ _]?steps)\s*[:=]\s*", re.IGNORECASE
)  # said once: how many there will be
_REQUEST = re.compile(r"\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S+ HTTP/\d")  # of any web server
# Of a fold as a whole, when it is done: "Score for fold 2: loss of 0.4; accuracy of 91%".
_OF_FOLD = re.compile(
    r"^\W*(?:\w+ )?(?:scores?|results?|metrics) (?:for|of|per|in|on) (?:all |the )?folds?\b", re.IGNORECASE
)
_SETTINGS = re.compile(r"\bbatch_?size=\d+\b.*(?:\s\w+=\S+){3}|(?:\s\w+=\S+){3}.*\bbatch_?size=\d+\b", re.IGNORECASE)
_PLANNED = re.compile(r"(?:^|\s)(?:(?:num_|n_|max_)?(?:epochs|steps|iterations))=\d+\b", re.IGNORECASE)
# What is numbered beside the training that a line counts in: "[Fold 1] Epoch 3 summary:".
_NUMBERED = re.compile(
    r"(?:^|.*[\s_-])(?:fold|cv|seed|run|split|repeat|repetition|trial|client|task|stage|phase|exp(?:eriment)?|member)",
    re.IGNORECASE,
)
_APART = ("part of a time", "counted already")  # why a number in front of the one that counts is passed over


def settle(grammar: Grammar) -> None:
    """Work out the slots of all shapes, and what kind of line each is.

    Kinds: ``row`` (measures, perhaps with counters), ``state`` (counters only), ``section`` (names a split),
    ``box`` and ``group`` (lines of a table drawn with bars), ``code``, ``talk``.
    """
    for shape in grammar.shapes:
        shape.kind = _kind(shape)
    read_repeated(grammar.shapes)
    keep_best(grammar.shapes)
    _keep_corroborated(grammar)
    _count_as_siblings(grammar)
    measure_lengths(grammar)
    _pass_over_bars(grammar)
    count_lone_numbers(grammar.shapes)
    _keep_blocks(grammar)
    drop_announcements(grammar)
    drop_sizes(grammar)
    drop_text_columns(grammar)
    name_by_head(grammar)
    _drop_unfinished(grammar)
    _drop_lone_fractions(grammar)
    place_evaluations([shape for shape in grammar.shapes if shape.kind == "row"])
    count_leading_epochs(grammar.shapes)
    settle_bare_splits(grammar)
    place_summaries(grammar)
    name_by_tag(grammar)
    part_means(grammar.shapes)


def _kind(shape: Shape) -> str:
    box = box_of(shape.line)
    if box is not None and re.search("[A-Za-z]", box[1]):
        return "box" if shape.tokens and box[2] == shape.tokens[-1] else "group"
    if len(shape) < FEW_ALIKE and words.OF_KEPT.match(shape.line):
        shape.slots = [Slot() for _ in shape.tokens]
        return "section"
    if words.SECTION.match(shape.line[fronts.own_words(shape.line) :]):
        shape.slots = [Slot("front") for _ in shape.tokens]
        return "section"
    if not shape.tokens:
        if words.REPEATED.search(shape.line):
            return "repeat"
        return "talk"
    if HEADING.match(shape.line):
        shape.slots = [Slot() for _ in shape.tokens]
        shape.why = "a heading of a start"
        return "talk"
    if _OF_FOLD.match(shape.line, fronts.own_words(shape.line)):
        shape.slots = [Slot() for _ in shape.tokens]
        shape.why = "of a fold as a whole"
        return "talk"
    if _REQUEST.search(shape.line):
        shape.slots = [Slot() for _ in shape.tokens]
        shape.why = "a request that a server answered"
        return "talk"
    if _SETTINGS.search(shape.line) and _PLANNED.search(shape.line):
        shape.slots = [Slot() for _ in shape.tokens]
        shape.why = "settings of a run, all in one line"
        return "talk"
    if why := passed_over(shape):
        shape.slots = [Slot() for _ in shape.tokens]
        shape.why = why
        return "talk"
    known = known_of(shape) or read_pair(shape)
    if known is not None:
        shape.slots = known
        return "row"
    shape.slots = read_slots(shape)
    settle_pair(shape)
    named = any(slot.role == "counter" for slot in shape.slots)
    words_of_values = any(slot.role == "value" and words.is_measure(slot.name) for slot in shape.slots)
    if not named and not words_of_values and (table := read_table(shape)) is not None:
        shape.slots = table
    if {"train_runtime", "train_loss"} <= {slot.name.rpartition("/")[2] for slot in shape.slots}:
        shape.why = "the summary at the end of a training"
        return "talk"
    _drop_idle(shape)
    settle_places(shape)
    if is_program_text(shape):
        shape.why = "program text"
        return "code"
    settle_values(shape)
    if is_sentence(shape):
        shape.why = WHY
        return "talk"
    roles = {slot.role for slot in shape.slots}
    if "value" in roles:
        return "row"
    return "state" if _is_state(shape) else "talk"


def _keep_corroborated(grammar: Grammar) -> None:
    """Read a line that alone looked like program text, ``loss = 2.3, step = 1``, where rows of the log say the same."""
    known = {_said(shape) for shape in grammar.shapes if shape.kind == "row" and len(shape) >= FEW_ALIKE}
    for shape in grammar.shapes:
        if shape.kind == "code" and len(shape) == 1 and not is_statement(shape.line) and _said(shape) in known:
            settle_values(shape)
            shape.kind, shape.why = "row", ""


def _count_as_siblings(grammar: Grammar) -> None:
    """Let the number that leads a line count where it does so in lines that measure the same.

    A unit of time that changes makes a kind of its own of the last line of every run in the file (``remaining: 0us``),
    and in that kind the number always is the same.
    """
    rows = [shape for shape in grammar.shapes if shape.kind == "row" and shape.slots]
    led = {_measured(shape): shape.slots[0] for shape in rows if shape.slots[0].role == "counter"}
    for shape in rows:
        first, known = shape.slots[0], led.get(_measured(shape))
        if known is not None and first.role == "other" and not first.name and _is_whole(shape.column(0)):
            first.role, first.counter, first.name, first.why = "counter", known.counter, known.name, known.why
    _count_at_the_start(rows)


def _count_at_the_start(rows: Sequence[Shape]) -> None:
    """Let the 0 of ``0/665 [00:00<?, ?it/s, loss=1.3]`` count where the other states of the bar do: it never moves, and
    what stands beside it would have the step of the last row of the epoch before.
    """
    counted = {
        (_measured(shape), i): slot
        for shape in rows
        for i, slot in enumerate(shape.slots)
        if slot.role == "counter" and slot.of >= 0 and not _NO_SPEED.search(shape.line)
    }
    for shape in rows:
        for i, slot in enumerate(shape.slots if _NO_SPEED.search(shape.line) else ()):
            known = counted.get((_measured(shape), i))
            if known is not None and slot.role == "other" and slot.of >= 0 and known.of == slot.of:
                slot.role, slot.counter, slot.name, slot.why = "counter", known.counter, known.name, known.why


def _pass_over_bars(grammar: Grammar) -> None:
    """Let no bar count what a program prints behind it where lines of their own count epochs: the bar stands at the
    last epoch for the training loss of the next, and is drawn anew before its validation loss.
    """
    states = [shape for shape in grammar.shapes if shape.kind == "state"]
    epochs = {epoch for shape in states for epoch in _epochs(shape)}
    if len(epochs) <= FEW_EPOCHS:
        return
    for shape in grammar.shapes:
        drawn = _BEHIND_BAR.match(shape.line) if shape.kind == "row" else None
        if drawn is None:
            continue
        for slot, (begin, _) in zip(shape.slots, spans_of(shape), strict=True):
            if slot.role == "counter" and begin < drawn.end():
                slot.role, slot.why = "other", "of the bar that stood in the line"


def _epochs(shape: Shape) -> list[float]:
    """Return the epochs that a line counts outside of any bar."""
    counters = [i for i, slot in enumerate(shape.slots) if slot.role == "counter" and slot.counter == words.EPOCH]
    return shape.column(counters[0]).tolist() if counters and "||" not in shape.line else []


def _measured(shape: Shape) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return what stands before the first number of a line, and what the line measures."""
    return shape.texts[0], tuple((slot.name, slot.split) for slot in shape.slots if slot.role == "value")


def _is_whole(column: NDArray[np.float64]) -> bool:
    return bool(np.isfinite(column).all() and (column == np.floor(column)).all() and column.min(initial=0) >= 0)


def _keep_blocks(grammar: Grammar) -> None:
    """Read lines whose numbers all stand under names that no table knows, where they are of blocks: as often as the
    line that counts for those below it.
    """
    blocks = {len(shape) for shape in grammar.shapes if shape.kind == "state" and len(shape) >= FEW_ALIKE}
    for shape in grammar.shapes:
        if shape.kind != "talk" or len(shape) not in blocks or shape.why:
            continue
        named = [i for i, slot in enumerate(shape.slots) if slot.role != "front"]
        unknown = [shape.slots[i] for i in named if shape.slots[i].why == UNKNOWN and shape.slots[i].paired]
        if named and len(unknown) == len(named) and all(has_fractions(shape.column(i)) for i in named):
            shape.kind = "row"
            for slot in unknown:
                slot.role, slot.why = "value", ""


def _said(shape: Shape) -> tuple[tuple[str, str], ...]:
    """Return what a line counts and measures, by names."""
    return tuple((slot.role, slot.name) for slot in shape.slots if slot.role in ("counter", "value"))


def _drop_unfinished(grammar: Grammar) -> None:
    """Leave out the states of a bar that was drawn over until another kind of line, the result, stood in its place."""
    rows = [shape for shape in grammar.shapes if shape.kind == "row"]
    drawn = [shape for shape in rows if STATE.search(shape.line) and FEW_EPOCHS < len(set(shape.at)) < len(shape)]
    for shape in drawn:
        at = set(shape.at)
        if any(
            other is not shape and "ETA" not in other.line and len(set(other.at)) == len(other) and at <= set(other.at)
            for other in rows
        ):
            shape.kind, shape.why = "talk", "states of a bar whose end was read"
    for shape in rows:
        if _NO_SPEED.search(shape.line) and any(_goes_on(shape, other) for other in rows if other is not shape):
            shape.kind, shape.why = "talk", "first states of a bar whose end was read"


def _goes_on(begun: Shape, other: Shape) -> bool:
    """Tell whether a bar whose speed was unknown at first is read in each of its epochs when it has one."""
    outer = [i for i, slot in enumerate(begun.slots) if slot.role == "counter" and slot.counter == words.EPOCH]
    if not outer or _measured(begun) != _measured(other) or _NO_SPEED.search(other.line):
        return False
    epochs = np.unique(begun.column(outer[0])).size
    return FEW_EPOCHS < epochs <= len(other)


def _drop_lone_fractions(grammar: Grammar) -> None:
    """Leave out ``loss: 2/1667`` where the other lines say ``loss: 0.1667``: a damaged point makes no share."""
    rows = [shape for shape in grammar.shapes if shape.kind == "row"]
    often = [slot for shape in rows if len(shape) >= FEW_ALIKE for slot in shape.slots]
    plain = {slot.name for slot in often if slot.role == "value" and slot.of < 0}
    for shape in rows:
        for slot in shape.slots:
            if len(shape) < FEW_ALIKE and slot.role == "value" and slot.of >= 0 and slot.name in plain:
                slot.role, slot.why = "other", "a fraction where other lines have a number"


def _is_state(shape: Shape) -> bool:
    """Tell whether a line without a measure counts for those below it: it begins with a word that counts."""
    if len(shape.line) >= WIDEST:
        return False
    spans = spans_of(shape)
    drawn = _BEHIND_BAR.match(shape.line)
    behind = drawn.end() if drawn else 0
    first = next((i for i in range(len(shape.slots)) if spans[i][0] >= behind and not _says_nothing(shape, i)), -1)
    if (
        first < 0
        or shape.slots[first].role != "counter"
        or not shape.slots[first].why.startswith(("named", "it stands behind"))
    ):
        return False
    held_out = shape.slots[first].split in ("val", "test")
    for slot in shape.slots:
        if held_out and slot.role == "counter" and slot.counter != words.EPOCH:
            slot.role, slot.why = "other", "counts the validation"
    apart = any(slot.why in _APART or _is_numbered(slot) for slot in shape.slots[:first])
    begin = spans[first - 1][1] if apart else 0
    before = shape.line[max(begin, behind, fronts.own_words(shape.line)) : spans[first][0]]
    if len(shape) == 1 and _SETTING.fullmatch(before):
        return False
    return words.opens_rows(before) and any(slot.role == "counter" for slot in shape.slots)


def _says_nothing(shape: Shape, i: int) -> bool:
    """Tell whether a number before the first that counts is of no account: of the front, a bar, the date, none."""
    slot = shape.slots[i]
    passed = slot.role in ("front", "rank", "progress", "total") or slot.why in _APART
    return passed or _is_numbered(slot) or _is_none(shape, i)


def _is_numbered(slot: Slot) -> bool:
    """Tell whether a number is that of a fold, a seed or the like, which says whose the count behind it is."""
    return slot.role == "other" and _NUMBERED.fullmatch(slot.name) is not None


def _is_none(shape: Shape, i: int) -> bool:
    """Tell whether a number without a name is NaN wherever it stands: ``became infinite or NaN at iteration=703``."""
    return shape.slots[i].role == "other" and not shape.slots[i].name and not np.isfinite(shape.column(i)).any()


def _drop_idle(shape: Shape) -> None:
    """Demote counters that count nothing: that stay the same, or are no whole numbers."""
    counters = [i for i, slot in enumerate(shape.slots) if slot.role == "counter"]
    for i in counters:
        column = shape.column(i)
        if not np.isfinite(column).all() or np.any(column != np.floor(column)):
            shape.slots[i] = Slot("other", shape.slots[i].name, why="not always a whole number")
    counters = [i for i in counters if shape.slots[i].role == "counter"]
    varied = [i for i in counters if varies(shape.column(i))]
    for i in counters:
        if i not in varied and varied and len(shape) > 1 and shape.slots[i].counter in INNER:
            shape.slots[i] = Slot("other", shape.slots[i].name, why="stays the same while another counts")
    _drop_sizes(shape, [i for i in counters if i not in varied])
    seen: set[str] = set()
    for i in sorted(counters, key=lambda i: not shape.slots[i].why.endswith("whole run")):
        if shape.slots[i].role == "counter" and shape.slots[i].counter in seen:
            shape.slots[i] = Slot("other", shape.slots[i].name, why="counted already")
        seen.add(shape.slots[i].counter)


def _drop_sizes(shape: Shape, constant: list[int]) -> None:
    """Demote the size of a batch that is called as its number is, where a number in front of it grows up to its bound:
    ``[000500/50000] loss 0.05 | batch 16``.
    """
    if len(shape) < FEW_ALIKE or not any(_leads_to_bound(shape, i) for i in range(len(shape.slots))):
        return
    for i in constant:
        if shape.slots[i].role == "counter" and shape.slots[i].counter in INNER and shape.slots[i].of < 0:
            shape.slots[i] = Slot("other", shape.slots[i].name, why="stays the same while another counts")


def _leads_to_bound(shape: Shape, i: int) -> bool:
    """Tell whether the place of a number says that it may count, and it grows up to the n of ``i/n``."""
    slot = shape.slots[i]
    return slot.counter in ("?lead", "?bracket") and slot.of >= 0 and grows(shape.column(i), shape.column(slot.of))
