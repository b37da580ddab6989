"""The registry of everything that can be named: roles of series, facts about a run, and units of parameters.

It is read from ``rules/_vocabulary/`` and, where a user has rules of their own, from the ``_vocabulary`` beside them.
Nothing here knows rules or runs; whoever takes a name from outside (a rule, ``--map``) asks here whether it exists.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, get_args

from logdoc.errors import RuleError, RuleErrors, suggest
from logdoc.resources import bundled
from logdoc.resources.store import remembered
from logdoc.vocabulary.entries import Entity, Fact, Role, Unit, read_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from importlib.resources.abc import Traversable

VOCABULARY = "_vocabulary"
ENTITIES: tuple[str, ...] = get_args(Entity)
SPLITS = ("train", "val", "test")
BOOSTED = "boosted-trees"  # a value of meta.learner


@dataclass(frozen=True, slots=True)
class Registry:
    """Every role, fact and unit by its name.

    Attributes:
        words: what may follow a unit: "share" + "of the first loss".
    """

    roles: Mapping[str, Role]
    facts: Mapping[str, Fact]
    units: Mapping[str, Unit] = field(default_factory=dict)
    words: frozenset[str] = frozenset()

    def never_logged(self, learner: object, task: object) -> frozenset[str]:
        """Return the roles that a run of a kind of learner (``meta.learner``) and task (``meta.task``) cannot have."""
        trees = learner == BOOSTED
        return frozenset(role.id for role in self.roles.values() if task in role.not_in or (trees and role.networks))

    def to_log(self, signals: Iterable[str]) -> str:
        """Return in words what is to be logged and set for signals such as ``val.loss`` or ``train.lr or meta.lr``;
        empty where one of them has no words.
        """
        logged, set_ = [], []
        for one_of in signals:
            for signal in one_of.split(" or "):
                role, fact = self.roles.get(signal.partition("[")[0]), self.facts.get(signal)
                if role is not None and role.log:
                    logged.append(role.log)
                    break
                if fact is not None and fact.log:
                    set_.append(fact.log)
                    break
            else:
                return ""
        parts = [" and ".join(dict.fromkeys(logged))] if logged else []
        parts += [" and ".join(dict.fromkeys(set_)) + " in the configuration"] if set_ else []
        return ", and ".join(parts)

    def source_fault(self, source: str, *, over_runs: bool = False) -> tuple[str, str] | None:
        """Return what is wrong with ``train.loss``, ``grad_norm[parameter]`` or ``meta.task``, and a hint; None when
        nothing is.

        Args:
            source: a role, with the kind of its entities where it has any, or a fact.
            over_runs: the source is read from every run of a group, where ``[run]`` may stand behind any name.
        """
        name, bracket, rest = source.partition("[")
        kind = rest.removesuffix("]") if bracket else ""
        fault = self.name_fault(name)
        if fault is not None:
            return fault
        if kind == "run" and over_runs:
            return None
        entry = self.roles.get(name)
        wanted = entry.per if entry is not None else ""
        # Rules about several runs see each run's series; what a run has many of has no place there.
        if kind == wanted:
            return None
        right = f"{name}[{wanted}]" if wanted else name
        what = f"there is one '{name}' per {wanted}" if wanted else f"a run has one '{name}'"
        return what, f"Write {right}."

    def name_fault(self, name: str) -> tuple[str, str] | None:
        """Return what is wrong with the name of a role or a fact, brackets apart, and a hint; None when nothing is."""
        entry = self.roles.get(name) or self.facts.get(name)
        if entry is not None:
            return self._renamed(entry)
        family = name.partition(".")[0] + "." if "." in name else ""
        fact = any(known.startswith(family) for known in self.facts) if family else False
        return f"unknown {'fact' if fact else 'role'} '{name}'", self.near(name, self.facts if fact else self.roles)

    def near(self, name: str, known: Iterable[str] | None = None) -> str:
        """Return "Did you mean ...?" for a name that there is not."""
        return suggest(name, known or self.roles) or suggest(name, [*self.roles, *self.facts])

    def mapped_fault(self, role: str) -> tuple[str, str] | None:
        """Return what is wrong with the role of ``--map ROLE=NAME``, and a hint; None when nothing is."""
        name, bracket, entity = role.partition("[")
        entry = self.roles.get(name)
        if entry is None:
            if name in self.facts:
                return f"'{name}' is a fact, no role of a series", "`logdoc roles` lists what can be mapped."
            near = suggest(name, self.roles)
            return f"unknown role '{name}'", f"{near} `logdoc roles` lists them all.".lstrip()
        renamed = self._renamed(entry)
        if renamed is not None:
            return renamed
        if entry.per and not (bracket and entity.removesuffix("]")):
            return f"there is one '{name}' per {entry.per}", f"Name the {entry.per}: {name}[...]=NAME."
        if bracket and not entry.per:
            return f"a run has one '{name}'", f"Write {name}=NAME."
        return None

    def value_fault(self, fact: str, value: object) -> tuple[str, str] | None:
        """Return what is wrong with a text as the value of a fact; None when nothing is, or any text can be."""
        entry = self.facts.get(fact)
        if entry is None or not entry.values or not isinstance(value, str) or value in entry.values:
            return None
        hint = suggest(value, entry.values) or f"There are {', '.join(entry.values)}."
        return f"'{value}' is no value of {fact}", hint

    def unit_fault(self, unit: str, also: Collection[str] = ()) -> tuple[str, str] | None:
        """Return what is wrong with a unit, and a hint; None when nothing is.

        Args:
            unit: one of the list, alone or followed by what it is of.
            also: further words that may follow, in small letters: those of the rule's own texts.
        """
        head = max((u for u in self.units if unit == u or unit.startswith(f"{u} ")), key=len, default=None)
        if head is None:
            return f"unknown unit '{unit}'", suggest(unit, self.units) or suggest(unit.split(" ")[0], self.units)
        for word in unit.removeprefix(head).split():
            stems = {word, word.lower(), word.removesuffix("ed"), word.removesuffix("'s")}
            if not any(stem in self.words or stem in also for stem in stems):
                hint = suggest(word, self.words) or "Use words of the rule's own texts, or of _vocabulary/units.yaml."
                return f"unknown word '{word}' in the unit '{unit}'", hint
        return None

    def matching(self, wanted: str = "") -> list[Role]:
        """Return the roles whose name, brief or examples hold a text, in any case; all of them without one."""
        text = wanted.lower()
        return [
            role
            for role in self.roles.values()
            if not role.renamed_to and any(text in part.lower() for part in (role.id, role.brief, *role.examples))
        ]

    @staticmethod
    def _renamed(entry: Role | Fact) -> tuple[str, str] | None:
        if not entry.renamed_to:
            return None
        return f"'{entry.id}' is now called '{entry.renamed_to}'", f"Write {entry.renamed_to}."


def load_registry(folders: Sequence[Traversable] = ()) -> Registry:
    """Return the bundled registry with what the ``_vocabulary`` of further rule folders adds.

    Raises:
        RuleErrors: an entry is not of the form, or names what is there already; with file, line and column.
    """
    return _remembered([bundled("rules"), *folders]) if folders else _bundled_registry()


@lru_cache(maxsize=1)
def _bundled_registry() -> Registry:
    return _remembered([bundled("rules")])


def _remembered(folders: Sequence[Traversable]) -> Registry:
    return remembered("registry", folders, lambda: _merged(folders))


def _merged(folders: Sequence[Traversable]) -> Registry:
    roles: dict[str, Role] = {}
    facts: dict[str, Fact] = {}
    units: dict[str, Unit] = {}
    words: set[str] = set()
    faults: list[RuleError] = []
    for index, folder in enumerate(folders):
        place = folder / VOCABULARY
        if not place.is_dir():
            continue
        read = read_folder(place, f"{'rules' if index == 0 else folder.name}/{VOCABULARY}")
        faults.extend(read.faults)
        for known, new in ((roles, read.roles), (facts, read.facts), (units, read.units)):
            for name, entry in new.items():
                if name in known:
                    faults.append(RuleError(f"there is a '{name}' already", where=entry.where))
                known.setdefault(name, entry)  # type: ignore[arg-type]
        words |= read.words
    merged = Registry(roles, facts, units, frozenset(words))
    faults.extend(_renamings(merged))
    if faults:
        raise RuleErrors(faults)
    return merged


def _renamings(registry: Registry) -> list[RuleError]:
    """What was renamed leads to something that there is, in one step."""
    faults = []
    for table in (registry.roles, registry.facts):
        for entry in table.values():
            new = table.get(entry.renamed_to) if entry.renamed_to else None
            if entry.renamed_to and (new is None or new.renamed_to):
                hint = suggest(entry.renamed_to, table)
                faults.append(RuleError(f"'{entry.renamed_to}' is no current name", where=entry.where, hint=hint))
    return faults
