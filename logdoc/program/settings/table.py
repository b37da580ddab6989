"""Which arguments and names are settings, by the table `rules/_program/settings.yaml`, and what a key means."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from logdoc.program.tables import bundled_table
from logdoc.vocabulary.loading import load_names
from logdoc.vocabulary.registry import load_registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.model import ConfigValue


@dataclass(frozen=True, slots=True)
class Taken:
    """One kind of call: which of its arguments are settings, under which keys.

    Attributes:
        kind: optimizer, loader, loss ...
        own: the key that the name of the call is the value of.
        takes: argument -> key.
        first: keys of the first arguments; "-" for one that is no setting.
        number: the key of the first number among the first two arguments.
        bare: what a call without arguments sets.
        flags: what an argument that is True sets.
        by_name: argument -> what a text given for it sets besides.
        every: all arguments count by their own names.
    """

    kind: str
    own: str = ""
    takes: Mapping[str, str] = field(default_factory=dict)
    first: tuple[str, ...] = ()
    number: str = ""
    bare: Mapping[str, ConfigValue] = field(default_factory=dict)
    flags: Mapping[str, Mapping[str, ConfigValue]] = field(default_factory=dict)
    by_name: Mapping[str, Mapping[str, Mapping[str, ConfigValue]]] = field(default_factory=dict)
    every: bool = False


@dataclass(frozen=True, slots=True)
class Calls:
    """Kinds of calls by what they are called: whole names, and (beginning, ending) of those of one family."""

    named: Mapping[str, Taken]
    families: Mapping[tuple[str, str], Taken]

    def of(self, whole: str, last: str) -> Taken | None:
        """Return the kind of a call by its full name, or by the last part of it; None for one that shows no setting."""
        found = self.named.get(whole) or self.named.get(last)
        if found is not None:
            return found
        families = self.families.items()
        return next((one for (head, tail), one in families if last.startswith(head) and last.endswith(tail)), None)


@dataclass(frozen=True, slots=True)
class Table:
    """The table as a whole; see the file for what each part means."""

    calls: Calls
    called: Mapping[str, str]
    losses: frozenset[str]
    holders: frozenset[str]
    not_alone: frozenset[str]
    not_in_capitals: frozenset[str]
    never: frozenset[str]
    marks: frozenset[str]
    boosting: Mapping[str, str]
    not_boosting: frozenset[str]
    players: Mapping[str, frozenset[str]]
    in_r: Calls


@lru_cache(maxsize=1)
def load_table() -> Table:
    """Return the bundled table."""
    data = bundled_table("settings")
    boosting = data["boosting"]
    return Table(
        calls=_calls(data["calls"]),
        called=data["called"],
        losses=frozenset(data["losses"]),
        holders=frozenset(data["holders"]),
        not_alone=frozenset(data["not_alone"]),
        not_in_capitals=frozenset(data["not_in_capitals"]),
        never=frozenset(data["never"]),
        marks=frozenset(boosting["marks"]),
        boosting=boosting["keys"],
        not_boosting=frozenset(boosting["never"]),
        players={player: frozenset(words) for player, words in data["players"].items()},
        in_r=_calls(data["r"]),
    )


def _calls(entries: Sequence[Mapping[str, Any]]) -> Calls:
    named: dict[str, Taken] = {}
    families: dict[tuple[str, str], Taken] = {}
    for entry in entries:
        taken = _taken(entry)
        for name in entry["names"]:
            head, star, tail = name.partition("*")
            if star:
                families[head, tail] = taken
            else:
                named[name] = taken
    return Calls(named, families)


def _taken(entry: Mapping[str, Any]) -> Taken:
    return Taken(
        kind=entry["kind"],
        own=entry.get("own", ""),
        takes=entry.get("takes", {}),
        first=tuple(entry.get("first", ())),
        number=entry.get("number", ""),
        bare=entry.get("bare", {}),
        flags=entry.get("flags", {}),
        by_name=entry.get("by_name", {}),
        every=entry.get("every", False),
    )


@lru_cache(maxsize=512)
def fact_of(key: str) -> str:
    """Return the fact that a key of a configuration means, by the table of configurations; empty for none."""
    parts = key.lower().split(".")
    names = (key.lower(), ".".join(parts[-2:]), parts[-1], f"{parts[-1]}.0")  # betas: [0.9, 0.999]
    return next((_facts()[name] for name in names if name in _facts()), "")


@lru_cache(maxsize=1)
def _facts() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for fact, keys in load_names().config.items():
        for key in keys:
            found.setdefault(key, fact)
    return found


def is_number(fact: str) -> bool:
    """Tell whether the values of a fact are numbers."""
    entry = load_registry().facts.get(f"meta.{fact}")
    return entry is not None and entry.type == "number"
