"""What libraries say of a training by themselves, as data: `rules/_names/messages.yaml` turns a line into a fact.

This module looks at one text; which part of a log is looked through, readers know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from logdoc.errors import RuleError
from logdoc.resources import bundled
from logdoc.resources.store import remembered

_WHERE = "rules/_names/messages.yaml"
_LONGEST = 2_000  # characters of a line that are looked at


@dataclass(frozen=True, slots=True)
class Message:
    """Something that a library says.

    Attributes:
        name: of the fact, ``said.<name>``.
        by: whose words they are: "PyTorch".
        signs: words that a line must hold, and the expression that is tried then; as text, for most logs hold the words
            of none, and a program that starts compiles none of them.
        unless: an expression by which another line of the same text takes it back; empty where none does.
    """

    name: str
    by: str
    signs: tuple[tuple[str, str], ...]
    unless: str

    def found_in(self, line: str) -> re.Match[str] | None:
        """Return where a line says it, None where it does not."""
        shown = line[:_LONGEST]
        found = (re.search(sign, shown) for words, sign in self.signs if words in shown)
        return next((match for match in found if match is not None), None)


def load_messages() -> tuple[Message, ...]:
    """Return the bundled table.

    Raises:
        RuleError: the table is not of the expected form, or a sign is no regular expression.
    """
    return _read()


@lru_cache(maxsize=1)
def _read() -> tuple[Message, ...]:
    return remembered("messages", [bundled("rules")], read_messages)


def read_messages() -> tuple[Message, ...]:
    """Read the table of messages from its file.

    Raises:
        RuleError: the table is not of the expected form, or a sign is no regular expression.
    """
    from logdoc.documents import load_yaml

    text = (bundled("rules") / "_names" / "messages.yaml").read_text(encoding="utf-8")
    try:
        data: dict[str, Any] = load_yaml(text, where=_WHERE).data
        return tuple(_message(name, entry) for name, entry in data.items())
    except (AttributeError, KeyError, TypeError, ValueError, re.error) as error:
        raise RuleError(f"the table of messages is not of the expected form: {error!r}", where=_WHERE) from error


def _message(name: str, entry: dict[str, Any]) -> Message:
    signs, unless = tuple(entry["signs"].items()), entry.get("unless", "")
    for sign in (*(sign for _, sign in signs), unless):
        re.compile(sign)
    return Message(name, str(entry["by"]), signs, unless)


def messages_of(text: str) -> tuple[Message, ...]:
    """Return what one line says; a line may say several things, most say nothing."""
    return tuple(message for message in load_messages() if message.found_in(text) is not None)
