"""What calls mean, by the table `rules/_program/calls.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from logdoc.program.tables import bundled_table

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one call means.

    Attributes:
        kind: loss, activation, loader, optimizer, scheduler ...
        about: the other keys of its entry.
        name: the last part of the library's name, for sentences.
        is_class: calling it makes an object, and calling that does what is said.
    """

    kind: str
    about: Mapping[str, str]
    name: str
    is_class: bool


@dataclass(frozen=True, slots=True)
class Meanings:
    """The table: calls by their full names, and words."""

    calls: Mapping[str, tuple[Meaning, ...]]
    families: Mapping[str, tuple[str, ...]]
    activations: Mapping[str, str]
    transparent: frozenset[str]
    shaping: frozenset[str]
    leaving: frozenset[str]
    words: Mapping[str, frozenset[str]]
    no_optimizer: tuple[str, ...]
    no_networks: frozenset[str]
    training: frozenset[str]
    validation: frozenset[str]
    managed: tuple[str, ...]
    two_modes: tuple[str, ...]
    keras_losses: Mapping[str, Mapping[str, str]]
    classes: Mapping[str, int]
    scale_themselves: tuple[str, ...]
    standardises: str
    transforms: frozenset[str]

    def of(self, dotted: str, kind: str = "") -> Meaning | None:
        """Return what a call of this full name means; of several meanings the one of the kind asked for."""
        for meaning in self.calls.get(dotted.removeprefix("tensorflow."), ()):
            if not kind or meaning.kind == kind:
                return meaning
        last = dotted.rpartition(".")[2]
        for family, beginnings in self.families.items():
            if (not kind or kind == family) and dotted.removesuffix(last) in beginnings and last[:1].isupper():
                return Meaning(family, {}, last, is_class=True)
        return None

    def is_for_training(self, text: str) -> bool:
        """Tell whether a name speaks of training data and not of others."""
        words = words_of(text)
        return bool(words & self.training) and not words & self.validation

    def is_for_validation(self, text: str) -> bool:
        """Tell whether a name speaks of validation or test data."""
        return bool(words_of(text) & self.validation)


def words_of(text: str) -> set[str]:
    """Cut a name into words in lower case: ``self.valLoader`` -> self, val, loader."""
    return {word.lower() for word in _WORDS.findall(text)}


@lru_cache(maxsize=1)
def load_meanings() -> Meanings:
    """Return the bundled table."""
    data = bundled_table("calls")
    calls: dict[str, tuple[Meaning, ...]] = {}
    for entry in data["calls"]:
        about = {key: str(value) for key, value in entry.items() if key not in ("is", "names")}
        for name in entry["names"]:
            last = name.rpartition(".")[2]
            made = Meaning(entry["is"], about, last, is_class=last[:1].isupper())
            calls[name] = (*calls.get(name, ()), made)
    methods: Mapping[str, Any] = data["methods"]
    return Meanings(
        calls=calls,
        families={kind: tuple(names) for kind, names in data["families"].items()},
        activations=methods["activation"],
        transparent=frozenset((*methods["transparent"], *methods["shaping"])),
        shaping=frozenset(methods["shaping"]),
        leaving=frozenset(methods["leaving"]),
        words={kind: frozenset(names) for kind, names in data["words"].items()},
        no_optimizer=tuple(data["no_optimizer"]),
        no_networks=frozenset(data["no_networks"]),
        training=frozenset(data["training"]),
        validation=frozenset(data["validation"]),
        managed=tuple(data["managed"]),
        two_modes=tuple(data["two_modes"]),
        keras_losses=data["keras_losses"],
        classes=data["classes"],
        scale_themselves=tuple(data["scale_themselves"]),
        standardises=data["standardises"],
        transforms=frozenset(data["transforms"]),
    )
