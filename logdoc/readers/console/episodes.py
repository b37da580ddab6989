"""How long episodes were, which is said in steps and counts nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console import words
from logdoc.readers.console.slot import Slot

if TYPE_CHECKING:
    from logdoc.readers.console.masking import Grammar, Shape

_RETURN = re.compile(r"reward|return|score", re.IGNORECASE)
_FEWEST = 5  # episodes
_FALLS = 0.1  # of the episodes; a count of all steps falls where a training begins again, and nowhere else
_ONCE = 0.9  # of the rows stand for an episode of their own


def measure_lengths(grammar: Grammar) -> None:
    """Make a measure of the steps that each line tells of its own episode: ``Episode 7 | Reward 3.5 | Steps: 120``.

    There is a line for every episode, and the number of its steps goes up and down; what counts the steps of the whole
    run only grows, and what counts those within an episode has several lines of each.
    """
    counted = [(shape, *places) for shape in grammar.shapes if (places := _both(shape)) is not None]
    if not counted:
        return
    order = np.argsort(np.concatenate([shape.at for shape, _, _ in counted]), kind="stable")
    episodes = np.concatenate([shape.column(outer) for shape, outer, _ in counted])[order]
    steps = np.concatenate([shape.column(inner) for shape, _, inner in counted])[order]
    if episodes.size < _FEWEST or np.mean(np.diff(episodes) > 0) < _ONCE or np.mean(np.diff(steps) < 0) <= _FALLS:
        return
    for shape, _, inner in counted:
        shape.slots[inner] = Slot("value", "episode steps", paired=True, quoted=True)
        shape.kind = "row"


def _both(shape: Shape) -> tuple[int, int] | None:
    """Return the places of the number of an episode and of a count of steps behind it, without a bound."""
    if shape.kind not in ("row", "state"):
        return None
    returned = any(slot.role == "value" and _RETURN.search(slot.name) for slot in shape.slots)
    outer = next(
        (
            i
            for i, slot in enumerate(shape.slots)
            if slot.role == "counter" and (slot.counter == "episode" or (slot.counter == words.EPOCH and returned))
        ),
        -1,
    )
    inner = [
        i
        for i, slot in enumerate(shape.slots)
        if i > outer >= 0
        and slot.of < 0
        and (slot.role == "counter" or slot.why == "stays the same while another counts")
        and (slot.counter == words.STEP or slot.name == words.STEP)
        and slot.why != "named, of the whole run"
    ]
    return (outer, inner[0]) if len(inner) == 1 else None
