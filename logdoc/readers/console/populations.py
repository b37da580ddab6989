"""What an evolutionary search says of every generation: the best of those alive beside their mean and the worst."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.readers.console.slot import Slot

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Shape

_BEST = re.compile(r"(?:\w+_)?best_(\w+)")


def keep_best(shapes: list[Shape]) -> None:
    """Read the best of every generation, said in a line of its own as often as the mean and the worst of the same
    quantity: ``mean_eval : 2.5``, ``best_eval : 0.9``, ``worst_eval : 7.1``. Elsewhere a best value is the best so far.
    """
    said = {shape.slots[0].name: len(shape) for shape in shapes if shape.kind == "row" and len(shape.slots) == 1}
    for shape in shapes:
        if shape.kind != "talk" or len(shape.slots) != 1 or shape.slots[0].role != "other":
            continue
        match = _BEST.fullmatch(shape.slots[0].name)
        if match is not None and said.get(f"mean_{match[1]}") == said.get(f"worst_{match[1]}") == len(shape):
            shape.slots = [Slot("value", match[0], paired=True, quoted=True)]
            shape.kind, shape.why = "row", ""
