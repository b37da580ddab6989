"""One number of a kind of line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Slot:
    """One number of a kind of line.

    Attributes:
        role: ``counter``, ``value``, ``total`` (the n of ``i/n``), ``average`` (of the value before it), ``time``,
            ``rate``, ``amount``, ``progress`` (how far a bar is), ``rank``, ``front`` (of what the logger prints) or
            ``other``.
        name: in the words of the line.
        counter: what is counted; with a question mark where only the place of the number says so.
        paired: the name is followed by a colon or an equals sign.
        quoted: it is the key of a dict.
        of: the slot of the total, -1 without one.
        split: the part of the data that the words before it name.
        why: what made it a counter, or why it is not read.
    """

    role: str = "other"
    name: str = ""
    counter: str = ""
    paired: bool = False
    quoted: bool = False
    of: int = -1
    split: str = ""
    why: str = ""
