"""How many examples the parts of the data hold, ``Dataset split: train=5400, val=700``: no measures of theirs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import words
from logdoc.readers.console.counting_up import has_fractions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from logdoc.readers.console.masking import Grammar, Shape

SIZE = "train_size"  # the key under which the setting is known
WHY = "how many examples the part of the data has"
_SAYS_SO = re.compile(
    r"(?<![a-z])(?:data ?sets?|data|splits?|splitting|partitions?|sizes?|samples|examples|images|instances|sentences"
    r"|load(?:ed|ing)|shapes?)(?![a-z])",
    re.IGNORECASE,
)
_FOLD = re.compile(r"(?<![a-z])(?:fold|split|cv|seed)s?(?![a-z])", re.IGNORECASE)
_OTHERS = re.compile(
    r"(?<![a-z])(?:acc\w*|score|loss|error|f1|auc|batch(?:es)?|steps?|iter\w*)(?![a-z])", re.IGNORECASE
)
_PER_CENT = 100
_MOST_STARTS = 1_000  # in one log; what is printed more often is a measure
_PARTS = 2
_RARE = 5  # rows of the log to one of these lines
_ALIKE = 0.05  # the training sets of the folds of one data set differ by less
# "Number of training examples: 5400", "train samples: 5,400", "Training set size = 5400"
_OF_A_PART = re.compile(
    r"(?:(?:number|num|no|total|count|size|length)[ _.]{0,2}(?:of[ _])?(?:the[ _])?)?"
    r"(train(?:ing)?|val(?:id(?:ation)?)?|dev|test(?:ing)?|eval(?:uation)?)[ _-]?(?:(?:data ?set|data|set)[ _-]?)?"
    r"(?:samples|examples|images|instances|sentences|size|len(?:gth)?)",
    re.IGNORECASE,
)


def drop_sizes(grammar: Grammar) -> None:
    """Leave out whole numbers behind bare names of splits, two at least in a line without a counter, where the line or
    the numbers say that they count examples, and those that are called so: ``training samples: 5400``.
    """
    most = max((len(shape) for shape in grammar.shapes if shape.kind == "row"), default=0)
    for shape in grammar.shapes:
        if shape.kind != "row" or len(shape) > _MOST_STARTS or any(slot.role == "counter" for slot in shape.slots):
            continue
        values = [i for i, slot in enumerate(shape.slots) if slot.role == "value"]
        if _are_whole(shape, values) and (
            all(_OF_A_PART.fullmatch(shape.slots[i].name) for i in values)
            or (len(values) >= _PARTS and _are_sizes(shape, values, seldom=_RARE * len(shape) <= most))
        ):
            for i in values:
                shape.slots[i].role, shape.slots[i].why = "amount", WHY
            shape.kind, shape.why = "talk", WHY


def _are_whole(shape: Shape, values: list[int]) -> bool:
    columns = [shape.column(i) for i in values]
    return not any(
        has_fractions(c) or c.min() < 0 or "." in shape.tokens[i] for i, c in zip(values, columns, strict=True)
    )


def _part(name: str) -> str:
    """Return the part of the data that a name of an amount names, "" where it names none alone."""
    match = _OF_A_PART.fullmatch(name)
    return words.split_of(match[1] if match else re.sub(r"[ _](?:data ?)?set$", "", name, flags=re.IGNORECASE))


def _are_sizes(shape: Shape, values: list[int], *, seldom: bool) -> bool:
    """Tell whether whole numbers behind the bare names of splits count what these hold."""
    parts = [_part(shape.slots[i].name) for i in values]
    text = " ".join(shape.texts)
    if not all(parts) or len(set(parts)) < len(parts) or _OTHERS.search(text):
        return False
    columns = np.array([shape.column(i) for i in values])
    largest, whole = float(columns.max()), columns.sum(axis=0)
    if _SAYS_SO.search(text) is not None or (largest > _PER_CENT and seldom):
        return True
    # The parts of each fold are the same data, divided otherwise.
    same = len(shape) > 1 and float(np.ptp(whole)) <= 1
    return same or (largest > _PER_CENT and _FOLD.search(text) is not None)


def training_size(shapes: Iterable[Shape]) -> int | None:
    """Return how many examples the training set holds, where a log says so and each time nearly the same."""
    found: list[float] = []
    for shape in shapes:
        for i, slot in enumerate(shape.slots):
            told = slot.why == WHY or (slot.role in ("other", "amount") and _OF_A_PART.fullmatch(slot.name) is not None)
            if told and _part(slot.name) == "train" and shape.raw[i + 1][:1] != "%" and len(shape) <= _MOST_STARTS:
                found.extend(shape.column(i).tolist())
    if not found or not 1 <= min(found) <= max(found) <= (1 + _ALIKE) * min(found):
        return None
    return int(found[0])
