"""How training programs end, as data: `rules/_names/endings.yaml` turns the last words of one into a kind of ending.

This module looks at one text; where in a log it stands, and whether the program went on after it, readers know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from logdoc.errors import RuleError
from logdoc.resources import bundled
from logdoc.resources.store import remembered

if TYPE_CHECKING:
    from collections.abc import Iterable

_WHERE = "rules/_names/endings.yaml"
_MOST = 2_000  # characters of a text that are looked at


@dataclass(frozen=True, slots=True)
class Ending:
    """One way to end.

    Attributes:
        kind: ``not-finite``, ``out-of-memory`` ...; several endings may share one.
        says: completes "the program ...".
        rank: its place in the table; of several signs in one log the lowest tells most.
    """

    kind: str
    says: str
    rank: int
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Skips:
    """What programs print when a step is skipped because the loss scale overflows.

    Attributes:
        ending: how a log ends that goes on so with a scale of `at_most` or less.
    """

    ending: Ending
    at_most: float

    def scale_in(self, text: str) -> float | None:
        """Return the loss scale that a line about a skipped step names; None for any other line."""
        match = self.ending.pattern.search(text[:_MOST])
        named = next((value for value in match.groupdict().values() if value), "") if match else ""
        try:
            return float(named.rstrip("."))
        except ValueError:
            return None


def load_endings() -> tuple[Ending, ...]:
    """Return the bundled table, most telling ending first.

    Raises:
        RuleError: the table is not of the expected form, or a sign is no regular expression.
    """
    return _read()[1]


def load_skips() -> Skips:
    """Return how skipped steps are told.

    Raises:
        RuleError: as `load_endings`.
    """
    return _read()[0]


@lru_cache(maxsize=1)
def _read() -> tuple[Skips, tuple[Ending, ...]]:
    return remembered("endings", [bundled("rules")], read_endings)


def read_endings() -> tuple[Skips, tuple[Ending, ...]]:
    """Read how skipped steps are told and the table of endings, from their file.

    Raises:
        RuleError: the table is not of the expected form, or a sign is no regular expression.
    """
    from logdoc.documents import load_yaml

    text = (bundled("rules") / "_names" / "endings.yaml").read_text(encoding="utf-8")
    try:
        data = load_yaml(text, where=_WHERE).data
        endings = tuple(_ending(rank, entry) for rank, entry in enumerate(data["endings"]))
        return Skips(_ending(0, data["skips"]), float(data["skips"]["at_most"])), endings
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise RuleError(f"the table of endings is not of the expected form: {error!r}", where=_WHERE) from error


def _ending(rank: int, entry: dict[str, Any]) -> Ending:
    # Signs match in the case in which anybody prints them; a beginning is that of the text, not of a line in it.
    pattern = re.compile("|".join(f"(?:{sign})" for sign in entry["signs"]), re.IGNORECASE)
    return Ending(str(entry["kind"]), str(entry["says"]), rank, pattern)


def ending_of(text: str) -> Ending | None:
    """Return what a text says about the end of a program: the most telling of the endings whose signs it bears."""
    shown = text[:_MOST]
    found = next((ending for ending in load_endings() if ending.pattern.search(shown)), None)
    if found is None:  # a sign that begins a line stands behind the words in which a reader tells of it
        found = next((ending for ending in load_endings() if f"the program {ending.says}" in shown), None)
    skips = load_skips().ending
    return skips if found is None and skips.says in shown else found


def most_telling(texts: Iterable[str]) -> tuple[str, Ending | None]:
    """Return of several texts about one end the one that tells most, and its ending; an unknown one tells least."""
    found = [(text, ending_of(text)) for text in texts]
    known = [(text, ending) for text, ending in found if ending is not None]
    if known:
        return min(known, key=lambda pair: pair[1].rank)
    return found[0] if found else ("", None)
