"""What libraries say of a training between its rows. The signs are data: `rules/_names/messages.yaml`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from logdoc.model import Defect
from logdoc.model.notes import SAID
from logdoc.redaction import cut
from logdoc.vocabulary.messages import load_messages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logdoc.vocabulary.messages import Message

# Characters at either end that are looked through: a library speaks up when it is set up, at the first step or when
# it gives up, and repeats itself where it means it.
_BEGINNING, _END = 1 << 20, 1 << 18
_SHOWN = 240  # characters


class Said(NamedTuple):
    """What a library said: whose words, the number of the line, and the line from its message on."""

    by: str
    line: int
    text: str


def said_in(text: str) -> list[Said]:
    """Return what libraries say in a log, in the order of the lines, each message once."""
    parts = _parts(text)
    found = [one for message in load_messages() if (one := _first(message, parts, text)) is not None]
    return sorted(dict.fromkeys(found), key=lambda one: one.line)


def told_said(said: Sequence[Said], shown: str) -> list[Defect]:
    """Return the notes that tell of it; `shown` is the name of the log for the user."""
    return [Defect(shown, f"{one.by} says: {one.text}", f"line {one.line:,}", id=SAID) for one in said]


def _parts(text: str) -> list[tuple[int, str]]:
    """Return the beginning and the end of a text, each with the place where it begins."""
    if len(text) <= _BEGINNING + _END:
        return [(0, text)]
    end = text.find("\n", len(text) - _END) + 1 or len(text)
    return [(0, text[:_BEGINNING]), (end, text[end:])]


def _first(message: Message, parts: Sequence[tuple[int, str]], text: str) -> Said | None:
    for begin, part in parts:
        for words, _ in message.signs:
            for at in _places(part, words):
                line = part[part.rfind("\n", 0, at) + 1 : _end_of_line(part, at)]
                found = message.found_in(line)
                if found is None:
                    continue
                if message.unless and any(re.search(message.unless, one) for _, one in parts):
                    return None
                number = text.count("\n", 0, begin + at) + 1
                return Said(message.by, number, cut(line[_begin_of_message(line, found.start()) :].strip(), _SHOWN))
    return None


def _places(text: str, words: str) -> Iterator[int]:
    """Yield where the words stand, the first of every line."""
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, _end_of_line(text, at))


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _begin_of_message(line: str, at: int) -> int:
    """Return where a message begins: behind the file and the class of a warning, if it is one."""
    front = line.rfind("Warning: ", 0, at)
    return at if front < 0 else front + len("Warning: ")
