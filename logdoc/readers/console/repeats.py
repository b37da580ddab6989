"""Lines that say again what a line before them said, with other numbers: found by one pattern for the whole line.

Cutting a line at its numbers looks at every character in its surroundings (see `masking`); most lines of a log only
repeat one of a few lines. From such a line a pattern is made that matches its like as a whole. It is made only where
it provably finds the numbers that cutting would find:

- between two numbers stands the same text, which does not begin with what could continue the first number, and ends
  with a character behind which a number with its sign begins; a number ends with a digit, so that what stands behind
  it is in the same surroundings in every line;
- the numbers of a logger's time stamp have the same number of digits at the same places, and nothing of the grammar
  of numbers tells one digit from another but for what stands behind an ``@``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from logdoc.readers.console.masking import Shape

_PLAIN = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_NUMBER = re.compile(_PLAIN, re.ASCII)
_CONTINUES = frozenset("0123456789.,eE")  # what could continue a number
_OPENS = frozenset(" \t:=(|/[{<>,;'\"")  # characters behind which a number begins with its sign
_MOST_NUMBERS = 60  # of one pattern
_LONGEST = 600  # characters of a line


@dataclass(slots=True, eq=False)
class Repeat:
    """A pattern for the lines of one shape.

    Attributes:
        match: returns the match of a whole line, its groups being the numbers that are read; None where it is no such
            line.
        place: the number of the shape among all.
        shape: the shape.
        after: the pattern that fitted the line behind the last one of this pattern.
    """

    match: Callable[[str], re.Match[str] | None]
    place: int
    shape: Shape
    after: Repeat | None = None


def repeat_of(parts: Sequence[str], place: int, shape: Shape) -> Repeat | None:
    """Return the pattern for lines like one that is cut at its numbers, None where there can be none.

    Args:
        parts: texts and numbers by turns, as `masking.TOKEN` splits the line.
        place: the number of the shape of the line.
        shape: the shape; as many numbers as it leaves unread are those of a time stamp.
    """
    texts, numbers = parts[::2], parts[1::2]
    unread = shape.unread
    if not unread < len(numbers) <= _MOST_NUMBERS or sum(map(len, parts)) > _LONGEST:
        return None
    if any("@" in text for text in texts) or not "".join(parts).isascii():
        return None
    stamp = "".join(parts[: 2 * unread])
    pattern = re.sub(r"\d", lambda _: r"\d", re.escape(stamp))
    for i, text in enumerate(texts[unread:-1]):
        if not _parts_numbers(text, begins=unread + i == 0, stamped=i == 0 < unread):
            return None
        blanks = len(text) - len(text.rstrip(" "))
        pattern += re.escape(text[: len(text) - blanks]) + (" +" if blanks else "") + f"({_PLAIN})"
    if not all(_NUMBER.fullmatch(number) for number in numbers[unread:]) or texts[-1][:1] in _CONTINUES:
        return None
    return Repeat(re.compile(pattern + re.escape(texts[-1]), re.ASCII).fullmatch, place, shape)


def _parts_numbers(text: str, *, begins: bool, stamped: bool) -> bool:
    """Tell whether a text ends the number before it and lets the number behind it begin, whatever these are.

    Args:
        begins: no number stands before it.
        stamped: the number before it has the same digits at the same places in every line.
    """
    if not text:
        return begins
    return text[-1] in _OPENS and (begins or stamped or text[0] not in _CONTINUES)
