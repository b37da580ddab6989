"""Lines that say that the weights were saved, and how good they are: the number repeats one of the rows' own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import fronts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.readers.console.masking import Grammar, Shape

# In English, Chinese, Korean, Russian, German, French and Spanish.
_SAVES = re.compile(
    r"\bsav(?:e[ds]?|ing)\b|\bcheckpoint(?:ed|ing)\b|\u4fdd\u5b58|\uc800\uc7a5|\u0441\u043e\u0445\u0440\u0430\u043d"
    r"|\bgespeichert|\b(?:en|sauve)(?:registr|gard)|\bguarda(?:d|ndo)",
    re.IGNORECASE,
)
_BEST = re.compile(
    r"\bbest\b|\bbetter\b|\u6700\u4f73|\u6700\u4f18|\u6700\u597d|\ucd5c\uace0|\u043b\u0443\u0447\u0448|\bbeste[sn]?\b"
    r"|\bmeilleur|\bmejor",
    re.IGNORECASE,
)
_WEIGHTS = re.compile(
    r"model|weights|checkpoint|ckpt|\.pth?\b|\u6a21\u578b|\u6743\u91cd|\ubaa8\ub378|\u043c\u043e\u0434\u0435\u043b",
    re.IGNORECASE,
)
# "Best so far: epoch 12, acc 81.3%": a line of its own about a row that stood before it
_SO_FAR = re.compile(
    r"\W*(?:(?:the|new|current|overall)\s+)?(?:best|lowest|highest)\b[^\d|;]{0,30}?"
    r"\b(?:so far|to date|until now|up to now)\b"
    r"|\W*(?:bisher|bislang)\w*\s+beste|\W*(?:\u76ee\u524d|\u8fc4\u4eca)\S{0,4}?"
    r"\u6700(?:\u4f73|\u4f18|\u597d|\u9ad8|\u4f4e)",
    re.IGNORECASE,
)
_MOST_VALUES = 2
_SELDOM = 0.9  # of the rows; what is said as often as them may be a row itself
WHY = "what the saved weights reached, said once more"
_WHY_SO_FAR = "the best value so far, said once more"


def drop_announcements(grammar: Grammar) -> None:
    """Leave out the measures of lines that announce saved weights, where further lines are the rows of the log:
    ``Saved best model (loss: 0.31)`` is no loss of the training, and has too few points for a curve. So are lines of
    their own that say what was best so far: their epoch is that of an earlier row.
    """
    rows = [shape for shape in grammar.shapes if shape.kind == "row"]
    best = [shape for shape in rows if _SO_FAR.match(shape.line, fronts.own_words(shape.line))]
    told = [shape for shape in rows if shape not in best and _announces(shape)]
    often = max((len(shape) for shape in rows if shape not in told and shape not in best), default=0)
    for shape in best:
        if len(shape) <= often:
            shape.kind, shape.why = "talk", _WHY_SO_FAR
    for shape in told:
        if len(shape) > often or (_BEST.search(shape.line) is None and not _repeats_seldom(shape, often)):
            continue
        shape.kind, shape.why = "talk", WHY


def _announces(shape: Shape) -> bool:
    if _SAVES.search(shape.line) is None or sum(slot.role == "value" for slot in shape.slots) > _MOST_VALUES:
        return False
    own = shape.line[fronts.own_words(shape.line) :]
    if _SAVES.search(own) is None:
        return False
    return _BEST.search(own) is not None or _WEIGHTS.search(own) is not None


def _repeats_seldom(shape: Shape, often: int) -> bool:
    """Tell whether lines without a word for the best come seldom, each with a better number than the one before."""
    if len(shape) > _SELDOM * often:
        return False
    columns = [shape.column(i) for i, slot in enumerate(shape.slots) if slot.role == "value"]
    return all(_one_way(column) for column in columns)


def _one_way(column: NDArray[np.float64]) -> bool:
    change = np.diff(column)
    return bool((change >= 0).all() or (change <= 0).all())
