"""The words that texts do not use, and the term of the field to use instead: `rules/_vocabulary/terms.yaml`, read and
looked for. It knows texts only, no rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from logdoc.documents import load_yaml
from logdoc.resources import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE = "_vocabulary/terms.yaml"
TEXTS = ("terms", "spelling")
TEST_NAMES = "test_names"


@dataclass(frozen=True, slots=True)
class Term:
    """What to use, and the words that are refused for it; a star stands for the rest of a word. In the phrases of `but`
    they mean something else.
    """

    use: str
    refused: tuple[str, ...]
    but: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lapse:
    """A refused word: where it stands in the text, as it stands there, and what to use instead."""

    offset: int
    found: str
    use: str


@lru_cache
def terms(section: str) -> tuple[Term, ...]:
    """Return one section of the table: terms, spelling or test_names."""
    text = (bundled("rules") / FILE).read_text(encoding="utf-8")
    rows = load_yaml(text, where=f"rules/{FILE}").data[section]
    return tuple(Term(str(row["use"]), _words(row["refused"]), _words(row.get("but", ()))) for row in rows)


def _words(given: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(word) for word in given)


def lapses(text: str) -> list[Lapse]:
    """Return the refused words of a text, in its order."""
    found = [
        Lapse(match.start(), " ".join(match.group().split()), use)
        for section in TEXTS
        for pattern, use in _patterns(section)
        for match in pattern.finditer(text)
        if not any(fine.start() <= match.start() < fine.end() for fine in _meant_otherwise(section, use, text))
    ]
    return sorted(found, key=lambda lapse: lapse.offset)


def name_lapses(name: str) -> Iterator[Lapse]:
    """Yield what is refused at the beginning of the name of an embedded test."""
    for pattern, use in _patterns(TEST_NAMES):
        match = pattern.match(name)
        if match is not None:
            yield Lapse(0, match.group(), use)


@lru_cache
def _patterns(section: str) -> Sequence[tuple[re.Pattern[str], str]]:
    return [(_pattern(word), term.use) for term in terms(section) for word in term.refused]


def _meant_otherwise(section: str, use: str, text: str) -> Iterator[re.Match[str]]:
    """Yield the phrases of a text in which the refused words of a term mean something else."""
    for term in terms(section):
        for phrase in term.but if term.use == use else ():
            yield from re.finditer(re.escape(phrase), text, re.IGNORECASE)


def _pattern(word: str) -> re.Pattern[str]:
    """A word or phrase between word boundaries; a hyphen before or after it makes another word of it."""
    words = r"\s+".join(re.escape(part).replace(r"\*", r"\w*") for part in word.split())
    return re.compile(rf"(?<![\w-]){words}(?![\w-])", re.IGNORECASE)
