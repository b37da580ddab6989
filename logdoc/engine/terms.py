"""The words that texts do not use, and the term of the field to use instead: `rules/_vocabulary/terms.yaml`, read and
looked for. It knows texts only, no rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from logdoc.documents import load_yaml
from logdoc.resources import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FILE = "_vocabulary/terms.yaml"
TEXTS = ("terms", "spelling")
TEST_NAMES = "test_names"


@dataclass(frozen=True, slots=True)
class Lapse:
    """A refused word: where it stands in the text, as it stands there, and what to use instead."""

    offset: int
    found: str
    use: str


@dataclass(frozen=True, slots=True)
class _Refused:
    pattern: re.Pattern[str]
    use: str


def lapses(text: str) -> Iterator[Lapse]:
    """Yield the refused words of a text, term by term."""
    for refused in _table()["texts"]:
        for match in refused.pattern.finditer(text):
            yield Lapse(match.start(), match.group(), refused.use)


def name_lapses(name: str) -> Iterator[Lapse]:
    """Yield what is refused at the beginning of the name of an embedded test."""
    for refused in _table()[TEST_NAMES]:
        match = refused.pattern.match(name)
        if match is not None:
            yield Lapse(0, match.group(), refused.use)


def refused_terms() -> Mapping[str, str]:
    """Return every refused word and what to use instead, in the order of the table."""
    return {word: str(row["use"]) for section in TEXTS for row in _rows(section) for word in row["refused"]}


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Sequence[_Refused]]:
    return {
        "texts": [one for section in TEXTS for one in _patterns(section)],
        TEST_NAMES: list(_patterns(TEST_NAMES)),
    }


def _patterns(section: str) -> Iterator[_Refused]:
    for row in _rows(section):
        for word in row["refused"]:
            yield _Refused(_pattern(str(word)), str(row["use"]))


def _rows(section: str) -> list[Mapping[str, Any]]:
    text = (bundled("rules") / FILE).read_text(encoding="utf-8")
    rows: list[Mapping[str, Any]] = load_yaml(text, where=f"rules/{FILE}").data[section]
    return rows


def _pattern(word: str) -> re.Pattern[str]:
    """A word or phrase between word boundaries; a hyphen before or after it makes another word of it."""
    words = r"\s+".join(re.escape(part).replace(r"\*", r"\w*") for part in word.split())
    return re.compile(rf"(?<![\w-]){words}(?![\w-])", re.IGNORECASE)
