"""Which arguments and names are settings, by the table `rules/_program/settings.yaml`, and what a key means."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from logdoc.resources import bundled
from logdoc.vocabulary.loading import load_names
from logdoc.vocabulary.registry import load_registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.model import ConfigValue


@dataclass(frozen=True, slots=True)
class Taken:
    """One kind of call: which of its arguments are settings, under which keys.

    Attributes:
        kind: optimizer, loader, loss ...
        names: what such calls are called.
        own: the key that the name of the call is the value of.
        takes: argument -> key.
        first: keys of the first arguments; "-" for one that is no setting.
        number: the key of the first number among the first two arguments.
        bare: what a call without arguments sets.
        flags: what an argument that is True sets.
        every: all arguments count by their own names.
    """

    kind: str
    names: tuple[str, ...]
    own: str = ""
    takes: Mapping[str, str] = field(default_factory=dict)
    first: tuple[str, ...] = ()
    number: str = ""
    bare: Mapping[str, ConfigValue] = field(default_factory=dict)
    flags: Mapping[str, Mapping[str, ConfigValue]] = field(default_factory=dict)
    every: bool = False

    def is_called(self, dotted: str) -> bool:
        """Tell whether a call of this full name is one of them."""
        last = dotted.rpartition(".")[2]
        return any(
            last.endswith(name[1:]) if name.startswith("*") else name == (dotted if "." in name else last)
            for name in self.names
        )


@dataclass(frozen=True, slots=True)
class Table:
    """The table as a whole; see the file for what each part means."""

    calls: tuple[Taken, ...]
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
    in_r: tuple[Taken, ...]


@lru_cache(maxsize=1)
def load_table() -> Table:
    """Return the bundled table."""
    from logdoc.documents import load_yaml

    where = "rules/_program/settings.yaml"
    data = load_yaml((bundled("rules") / "_program" / "settings.yaml").read_text(encoding="utf-8"), where=where).data
    boosting = data["boosting"]
    return Table(
        calls=tuple(_taken(entry) for entry in data["calls"]),
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
        in_r=tuple(_taken(entry) for entry in data["r"]),
    )


def _taken(entry: Mapping[str, Any]) -> Taken:
    return Taken(
        kind=entry["kind"],
        names=tuple(entry["names"]),
        own=entry.get("own", ""),
        takes=entry.get("takes", {}),
        first=tuple(entry.get("first", ())),
        number=entry.get("number", ""),
        bare=entry.get("bare", {}),
        flags=entry.get("flags", {}),
        every=entry.get("every", False),
    )


@lru_cache(maxsize=512)
def fact_of(key: str) -> str:
    """Return the fact that a key of a configuration means, by the table of configurations; empty for none."""
    parts = key.lower().split(".")
    for name in (key.lower(), ".".join(parts[-2:]), parts[-1]):
        if name in _facts():
            return _facts()[name]
    return "beta1" if parts[-1] == "betas" else ""


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
