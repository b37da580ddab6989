"""Whether a text is the log of a training at all: prose, program text, lists and tables of other things are none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import words
from logdoc.readers.console.presets import of_a_round
from logdoc.readers.console.rows import rows_of
from logdoc.readers.console.steps import ENOUGH, Numbered, number_rows
from logdoc.readers.console.words import EPOCH
from logdoc.readers.tables.measures import has_measure

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Grammar, Shape
    from logdoc.readers.console.rows import Rows

_PLAIN = 5  # rows; so many must a table without any word have
_SHARE = 0.6  # of all lines; and so much of the text must it be
_YEARS = (1900, 2100)
_FEW_LINES = 3  # of which one is a row; a text of more that holds a single row is about something else
_SEVERAL, _MANY = 3, 12  # lines of a text that says the losses of one step
_LOSS = re.compile(r"(?:[a-z]+[ _-])?loss", re.IGNORECASE)
_KERAS = re.compile(r"\d+/\d+ \[[=>.]+\] - .*\bloss: ")  # its bar; a loss may stand still
_KERAS_END = re.compile(r"(\d+)/\1 (?:\[=+\]|\u2501+) .*\bloss: ")
_FASTTEXT = re.compile(r"Progress:\s+[\d.]+%\s+words/s.*\bloss:")  # its bar, which counts nothing
_LOSSES = frozenset({"loss", "train_loss", "eval_loss"})
_BOX = "box_loss"  # of a detector's table, under its headings
_BESIDE_BOX = frozenset({"cls_loss", "obj_loss", "dfl_loss", "conf_loss"})
_SPLIT_LOSS = re.compile(r"(?:train(?:ing)?|val(?:id(?:ation)?)?|test|eval)[ _-]loss", re.IGNORECASE)
_TABLE = 5  # lines of two cells in a table of Stable-Baselines
_COUNTS = re.compile(r"(?:total_|total )?timesteps(?:_total)?|n_?updates", re.IGNORECASE)
_OF_POLICY = re.compile(r"(?:ep_?(?:rew|len)_?mean|(?:policy|value|pg|vf)_(?:gradient_)?loss|approx_?kl|\w*entropy\w*)")


def is_log(grammar: Grammar) -> bool:
    """Tell whether a text whose shapes are settled is the log of a training."""
    shapes = [shape for shape in grammar.shapes if shape.kind == "row"]
    if any(_unmistakable(shape) for shape in shapes) or _is_single(shapes, grammar) or _is_one_epoch(grammar):
        return True
    if _is_one_step(shapes, grammar) or _is_table_of_a_policy(grammar) or _is_counted_beside(grammar.shapes):
        return True
    if _are_rounds(shapes):
        return True
    rows = rows_of(grammar)
    numbered = number_rows(rows)
    known = [n for n in numbered.values if words.is_measure(n) and (has_measure(n) or n.lower().endswith("cost"))]
    known += _loss_by_its_letter(list(numbered.values))
    moving = any(_moves(column) for column in numbered.counters.values()) or any(
        _moves(v) for _, v in numbered.values.values()
    )
    boxed = any(shape.kind == "box" for shape in grammar.shapes)
    sure = _named_rows(shapes) >= ENOUGH or bool(numbered.counters) or boxed
    if moving and sure and any(_often_said(name, rows, numbered) for name in known):
        return True
    if _are_two_epochs(grammar, numbered, known):
        return True
    if moving and any(numbered.values[name][0].size >= _PLAIN and _moves(numbered.values[name][1]) for name in known):
        return _share(shapes, grammar) >= _SHARE
    boxes = [shape for shape in grammar.shapes if shape.kind == "box" and len(shape) >= ENOUGH]
    if len(boxes) >= 2 and any(_moves(shape.column(0)) for shape in boxes):
        return True
    return any(_is_plain_table(shape, grammar) for shape in shapes)


def _loss_by_its_letter(names: list[str]) -> list[str]:
    """Return the loss where it is called by its first letter as its terms beside it are: ``L: 9.5, L_crf: 8.3``."""
    terms = [name for name in names if re.fullmatch(r"[lL]_[A-Za-z]\w+", name)]
    return [name for name in names if name in ("l", "L") and terms]


def _often_said(name: str, rows: Rows, numbered: Numbered) -> bool:
    """Tell whether a measure is repeated, be it in rows of which some stand above the first count."""
    said = rows.values[name][0].size if name in rows.values else 0
    return max(numbered.values[name][0].size, said) >= ENOUGH


def _unmistakable(shape: Shape) -> bool:
    """Two lines are enough where a word counts, the count grows, and a measure stands beside it by its name, and two
    rounds of boosting are; one is where it is what a trainer prints of its dictionary, the bar of fastText, or an epoch
    of a detector below its headings.
    """
    if _is_dictionary(shape) or _FASTTEXT.match(shape.line) or _is_detector(shape):
        return True
    if len(shape) < 2:
        return False
    if of_a_round(shape) and _counted(shape) and any(slot.role == "value" for slot in shape.slots):
        return True
    if len(shape) >= ENOUGH and _KERAS.search(shape.line):
        return True
    counts = any(
        slot.role == "counter" and slot.why == "named" and _moves(shape.column(i)) for i, slot in enumerate(shape.slots)
    )
    measures = any(
        slot.role == "value"
        and (slot.paired or _LOSS.fullmatch(slot.name) is not None)
        and words.is_measure(slot.name)
        and _has_fractions(shape, i)
        for i, slot in enumerate(shape.slots)
    )
    return counts and measures


def _are_rounds(shapes: list[Shape]) -> bool:
    """Tell whether two rounds of boosting were said, be it in lines of different forms: times are printed in minutes
    from one minute on, and every fold of a cross-validation begins again.
    """
    rounds = [
        number
        for shape in shapes
        if of_a_round(shape) and any(slot.role == "value" for slot in shape.slots)
        for i, slot in enumerate(shape.slots)
        if slot.role == "counter"
        for number in shape.column(i).tolist()
    ]
    return len(set(rounds)) >= 2


def _counted(shape: Shape) -> bool:
    return any(slot.role == "counter" and _moves(shape.column(i)) for i, slot in enumerate(shape.slots))


def _is_detector(shape: Shape) -> bool:
    """Tell whether a row is of YOLO's table: an epoch and the terms of a detector's loss, all by their headings."""
    names = {slot.name.lower() for slot in shape.slots if slot.role == "value"}
    counted = any(slot.role == "counter" and slot.why == "by its heading" for slot in shape.slots)
    return counted and _BOX in names and not names.isdisjoint(_BESIDE_BOX)


def _is_table_of_a_policy(grammar: Grammar) -> bool:
    """Tell whether the text holds a table of Stable-Baselines or the Baselines, ``| value_loss | 63.7 |``: its count of
    steps and several measures of a policy. One is what is pasted to ask about it.
    """
    names = [shape.texts[0].strip(" |") for shape in grammar.shapes if shape.kind == "box"]
    measures = sum(_OF_POLICY.fullmatch(name) is not None for name in names)
    return len(names) >= _TABLE and measures >= 2 and any(_COUNTS.fullmatch(name) for name in names)


def _is_counted_beside(shapes: list[Shape]) -> bool:
    """Tell whether losses of a named split stand in a line of their own between lines of which a word counts, as often
    as these, twice at least: ``epoch=1`` above ``train_loss=0.9, val_loss=0.8``.
    """
    counts = {
        len(shape)
        for shape in shapes
        if any(s.role == "counter" and s.why == "named" and _moves(shape.column(i)) for i, s in enumerate(shape.slots))
    }
    return any(
        len(shape) >= 2
        and len(shape) in counts
        and any(
            slot.paired and _SPLIT_LOSS.fullmatch(slot.name) is not None and _has_fractions(shape, i)
            for i, slot in enumerate(shape.slots)
        )
        for shape in shapes
    )


def _is_dictionary(shape: Shape) -> bool:
    """Tell whether a line is a printed dictionary of a loss and of how far the training is: ``{'loss': 1.9, ...}``."""
    if not shape.texts[0].startswith("{'"):
        return False
    names = {slot.name.lower() for slot in shape.slots if slot.role in ("value", "counter")}
    return bool(names & _LOSSES) and bool(names & {"epoch", "step", "learning_rate", "lr"})


def _is_single(shapes: list[Shape], grammar: Grammar) -> bool:
    """Tell whether the text is one line in which a word counts and a loss has its number: ``step 1 loss: nan``."""
    return (
        len(shapes) == 1
        and len(shapes[0]) == 1
        and len(grammar.order) + grammar.uncounted <= _FEW_LINES
        and any(slot.role == "counter" and slot.why == "named" for slot in shapes[0].slots)
        and any(
            slot.role == "value" and _LOSS.fullmatch(slot.name) is not None and _has_fractions(shapes[0], i)
            for i, slot in enumerate(shapes[0].slots)
        )
    )


def _is_one_step(shapes: list[Shape], grammar: Grammar) -> bool:
    """Tell whether all lines say losses of one and the same step, each for itself: ``(Step: 900) mel_loss = nan``."""
    others = len(grammar.order) + grammar.uncounted - len(shapes)  # at most the bar in front of the first line
    if not _SEVERAL <= len(shapes) <= _MANY or others > 1 or any(len(shape) != 1 for shape in shapes):
        return False
    counts = {
        tuple(
            shape.column(i)[0] for i, slot in enumerate(shape.slots) if slot.role == "counter" and slot.why == "named"
        )
        for shape in shapes
    }
    losses = [_of_loss(shape) for shape in shapes]
    return len(counts) == 1 and counts != {()} and all(losses)


def _of_loss(shape: Shape) -> bool:
    return any(
        slot.role == "value" and slot.paired and "loss" in slot.name.lower() and _has_fractions(shape, i)
        for i, slot in enumerate(shape.slots)
    )


def _are_two_epochs(grammar: Grammar, numbered: Numbered, known: list[str]) -> bool:
    """Tell whether two epochs are said in several lines each, with losses of several names in both."""
    counted = any(
        slot.role == "counter" and slot.counter == EPOCH and slot.why == "named" and len(shape) == 2
        for shape in grammar.shapes
        if shape.kind in ("row", "state")
        for slot in shape.slots
    )
    losses = [
        values
        for name in known
        if "loss" in name.lower() and (values := numbered.values[name][1]).size == 2 and bool(np.any(values % 1 != 0))
    ]
    return counted and len(losses) >= 2 and any(_moves(column) for column in losses)


def _is_one_epoch(grammar: Grammar) -> bool:
    """Tell whether the text holds the bar of a single epoch of Keras, at its end, below the line that counts it."""
    counted = any(shape.kind == "state" and shape.line.lstrip().startswith("Epoch ") for shape in grammar.shapes)
    return counted and any(shape.kind == "row" and _KERAS_END.search(shape.line) for shape in grammar.shapes)


def _has_fractions(shape: Shape, i: int) -> bool:
    column = shape.column(i)
    finite = column[np.isfinite(column)]
    return finite.size == 0 or "." in shape.tokens[i] or bool(np.any(finite != np.floor(finite)))


def _moves(column: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bool:
    return bool(np.any(column[1:] != column[:-1])) or not bool(np.isfinite(column).all())


def _share(shapes: list[Shape], grammar: Grammar) -> float:
    return sum(map(len, shapes)) / max(len(grammar.order) + grammar.uncounted, 1)


def _named_rows(shapes: list[Shape]) -> int:
    return max(
        (len(shape) for shape in shapes if any(slot.role == "value" and slot.paired for slot in shape.slots)), default=0
    )


def _is_plain_table(shape: Shape, grammar: Grammar) -> bool:
    """Tell whether bare numbers under a count are all that the text holds: ``100, 0.5``."""
    counters = [i for i, slot in enumerate(shape.slots) if slot.role == "counter"]
    if len(shape) < _PLAIN or len(shape) < _SHARE * (len(grammar.order) + grammar.uncounted) or not counters:
        return False
    if re.search(r"[A-Za-z]{2}", "".join(shape.texts)) and not any(words.is_measure(s.name) for s in shape.slots):
        return False
    column = shape.column(counters[0])
    years = _YEARS[0] <= column.min() and column.max() <= _YEARS[1]
    return (
        bool((np.diff(column) > 0).all())
        and not years
        and any(s.role == "value" and _has_fractions(shape, i) for i, s in enumerate(shape.slots))
    )
