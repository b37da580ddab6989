"""Lines of one number and nothing else below a line that counts and names them: ``Epoch 3/75 Losses``, ``2.77``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Grammar, Shape

_FEWEST = 3  # lines that count
_PER_HEAD = 2  # numbers
_NAMED = re.compile(r"\b(loss|reward|return|accuracy)(?:e?s)?\W*$", re.IGNORECASE)


def name_by_head(grammar: Grammar) -> None:
    """Read the numbers of lines that hold nothing else where a line that counts stands above them and names them, again
    and again.
    """
    heads = [shape for shape in grammar.shapes if shape.kind == "state" and _NAMED.search(shape.line)]
    bare = [shape for shape in grammar.shapes if shape.kind == "talk" and len(shape.tokens) == 1 and _is_bare(shape)]
    if sum(map(len, heads)) < _FEWEST or not bare or any(shape.kind == "row" for shape in grammar.shapes):
        return
    head = np.sort(np.concatenate([np.frombuffer(shape.at, dtype=np.int64) for shape in heads]))
    lines = np.concatenate([np.frombuffer(shape.at, dtype=np.int64) for shape in bare])
    headed = np.unique(np.searchsorted(head, lines))
    if lines.size < _PER_HEAD * head.size or headed[0] == 0 or 2 * headed.size < head.size:
        return
    named = _NAMED.search(heads[0].line)
    for shape in bare:
        slot = shape.slots[0]
        slot.role, slot.name, slot.paired, slot.why = "value", named[1].lower() if named else "", True, ""
        shape.kind = "row"


def _is_bare(shape: Shape) -> bool:
    return not any(text.strip() for text in shape.texts) and shape.slots[0].role == "other"
