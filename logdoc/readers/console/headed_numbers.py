"""Lines of one number and nothing else below a line that counts and names them: ``Epoch 3/75 Losses``, ``2.77``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Grammar, Shape

_FEWEST = 3  # lines that count
_PER_HEAD = 2  # numbers
_MANY = 6  # of them below a heading that counts epochs and names nothing
_FALLEN = 0.8  # of where they began: what falls so under headings of epochs is the loss
_EPOCH = re.compile(r"\W*epoch\W*\d+(?:\s*(?:/|of)\s*\d+)?\W*", re.IGNORECASE)
_NAMED = re.compile(r"\b(loss|reward|return|accuracy)(?:e?s)?\W*$", re.IGNORECASE)


def name_by_head(grammar: Grammar) -> None:
    """Read the numbers of lines that hold nothing else where a line that counts stands above them and names them, again
    and again, or counts epochs above many of them.
    """
    states = [shape for shape in grammar.shapes if shape.kind == "state"]
    heads = [shape for shape in states if _NAMED.search(shape.line)] or [s for s in states if _EPOCH.fullmatch(s.line)]
    bare = [shape for shape in grammar.shapes if shape.kind == "talk" and len(shape.tokens) == 1 and _is_bare(shape)]
    if sum(map(len, heads)) < _FEWEST or not bare or any(shape.kind == "row" for shape in grammar.shapes):
        return
    head = np.sort(np.concatenate([np.frombuffer(shape.at, dtype=np.int64) for shape in heads]))
    lines = np.concatenate([np.frombuffer(shape.at, dtype=np.int64) for shape in bare])
    headed = np.unique(np.searchsorted(head, lines))
    if lines.size < _PER_HEAD * head.size or headed[0] == 0 or 2 * headed.size < head.size:
        return
    named = _NAMED.search(heads[0].line)
    if named is None and (lines.size < _MANY * head.size or not _falls(bare)):
        return
    for shape in bare:
        slot = shape.slots[0]
        slot.role, slot.name, slot.paired, slot.why = "value", named[1].lower() if named else "loss", True, ""
        shape.kind = "row"


def _falls(shapes: list[Shape]) -> bool:
    """Tell whether numbers are no whole ones, above 0, and fall, all in the order of their lines."""
    at = np.concatenate([np.frombuffer(shape.at, dtype=np.int64) for shape in shapes])
    values = np.concatenate([shape.column(0) for shape in shapes])[np.argsort(at, kind="stable")]
    few = max(_MANY, values.size // 20)
    if not np.isfinite(values).all() or values.min() <= 0 or bool((values == np.floor(values)).all()):
        return False
    return float(np.median(values[-few:])) <= _FALLEN * float(np.median(values[:few]))


def _is_bare(shape: Shape) -> bool:
    return not any(text.strip() for text in shape.texts) and shape.slots[0].role == "other"
