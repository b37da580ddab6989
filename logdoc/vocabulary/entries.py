"""The entries of the vocabulary and how they are read from YAML: strictly, every fault with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from logdoc.documents import Document, load_yaml
from logdoc.errors import RuleError, suggest
from logdoc.resources import walk
from logdoc.resources.files import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.resources.abc import Traversable

Entity = Literal["parameter", "module", "term", "metric", "group", "rank", "class"]
FactType = Literal["number", "text", "truth", "setting"]

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
_ROLE_WAYS = ("words", "name", "pattern", "histogram", "rest", "derived")
_FACT_WAYS = ("configuration", "concluded", "curves", "names", "reader", "group", "option", "program", "message")
_ELSEWHERE = (
    "terms.yaml",
    "contradictions.yaml",
    "pairs.yaml",
)  # tables of the same folder that have readers of their own


@dataclass(frozen=True, slots=True)
class Role:
    """What a series can be.

    Attributes:
        per: of what a run has one each; empty where it has one series of this role.
        unit: in what it is counted; empty for a number without one.
        examples: names as logged that come to this role.
        recognised: how a logged name comes to it; empty for a role that only ``names`` and ``--map`` give.
        names: whole names that mean it, compared without case.
        networks: only networks have it: layers, gradients, a learning rate that moves; boosted trees have none.
        not_in: tasks whose runs do not have it: a policy has no validation loss.
        log: what is to be logged, in words: "the validation loss at every epoch".
        renamed_to: the name to use instead; empty for a current one.
        where: file, line and column of the entry.
    """

    id: str
    per: str
    brief: str
    unit: str = ""
    examples: tuple[str, ...] = ()
    recognised: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    networks: bool = False
    not_in: tuple[str, ...] = ()
    log: str = ""
    renamed_to: str = ""
    where: str = ""

    @property
    def type(self) -> str:
        """Return "series" or "series per term"."""
        return f"series per {self.per}" if self.per else "series"

    @property
    def written(self) -> str:
        """Return the role as rules write it: ``train.loss``, ``train.loss_term[term]``."""
        return f"{self.id}[{self.per}]" if self.per else self.id


@dataclass(frozen=True, slots=True)
class Fact:
    """What can be known about a run beside its curves.

    Attributes:
        values: all texts that it can be; empty where any can.
        verbatim: a text from the configuration keeps its case.
        signed: a number below zero is a value, not a mark for "none".
        positive: zero is a mark for "none" as well.
        of_list: which of several numbers of one setting counts: "smallest", or empty where a list is no value.
        log: what the configuration should hold, in words: "the batch size".
    """

    id: str
    type: FactType
    brief: str
    unit: str = ""
    values: tuple[str, ...] = ()
    examples: tuple[str | int | float | bool, ...] = ()
    recognised: tuple[str, ...] = ()
    verbatim: bool = False
    of_list: str = ""
    signed: bool = False
    positive: bool = False
    log: str = ""
    renamed_to: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """In what a parameter is counted."""

    id: str
    brief: str
    where: str = ""


@dataclass(slots=True)
class Tables:
    """What one folder holds."""

    roles: dict[str, Role] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    faults: list[RuleError] = field(default_factory=list)


def read_folder(folder: Traversable, where: str) -> Tables:
    """Read the tables of one ``_vocabulary`` folder; faults are collected, never raised."""
    tables = Tables()
    readers: dict[str, Callable[[Document, Tables], None]] = {
        "roles.yaml": _read_roles,
        "facts.yaml": _read_facts,
        "units.yaml": _read_units,
    }
    for path, file in walk(folder, ".yaml"):
        if path in _ELSEWHERE:
            continue
        reader = readers.get(path)
        if reader is None:
            hint = suggest(path, readers) or f"There are {', '.join(readers)}."
            tables.faults.append(RuleError("this is no table of the vocabulary", where=f"{where}/{path}", hint=hint))
            continue
        try:
            document = load_yaml(read_text(file), where=f"{where}/{path}")
        except RuleError as error:
            tables.faults.append(error)
        except (OSError, UnicodeDecodeError) as error:
            tables.faults.append(RuleError(f"the file cannot be read: {error}", where=f"{where}/{path}"))
        else:
            reader(document, tables)
    return tables


def _read_roles(document: Document, tables: Tables) -> None:
    for name, entry in _Entries(document, tables, "roles").each():
        kind = entry.text("type")
        per = kind.removeprefix("series").removeprefix(" per ")
        if kind and kind != "series" and (not kind.startswith("series per ") or per not in get_args(Entity)):
            entry.fault(
                "type", f"'{kind}' is no type of a role", f"Write series, or series per {_or(get_args(Entity))}."
            )
        tables.roles[name] = Role(
            name,
            per,
            entry.text("brief"),
            entry.text("unit", needed=False),
            entry.texts("examples"),
            entry.words("recognised", _ROLE_WAYS),
            entry.texts("names"),
            entry.truth("networks"),
            entry.texts("not_in"),
            entry.text("log", needed=False),
            entry.text("renamed_to", needed=False),
            entry.where,
        )
        if per and tables.roles[name].names:
            entry.fault("names", f"a whole name cannot say which {per} it is of", "Use --map.")
        entry.nothing_else()


def _read_facts(document: Document, tables: Tables) -> None:
    for name, entry in _Entries(document, tables, "facts").each():
        kind = entry.text("type")
        if kind and kind not in get_args(FactType):
            entry.fault("type", f"'{kind}' is no type of a fact", f"Write {_or(get_args(FactType))}.")
        tables.facts[name] = Fact(
            name,
            kind,  # type: ignore[arg-type]
            entry.text("brief"),
            entry.text("unit", needed=False),
            entry.texts("values"),
            entry.scalars("examples"),
            entry.words("recognised", _FACT_WAYS),
            entry.truth("verbatim"),
            entry.text("of_list", needed=False),
            entry.truth("signed"),
            entry.truth("positive"),
            entry.text("log", needed=False),
            entry.text("renamed_to", needed=False),
            entry.where,
        )
        entry.nothing_else()


def _read_units(document: Document, tables: Tables) -> None:
    data = document.data
    if not isinstance(data, dict):
        tables.faults.append(RuleError("this file holds a mapping with 'units' and 'words'", where=document.place(())))
        return
    for key in data:
        if key not in ("units", "words"):
            tables.faults.append(RuleError(f"unknown key '{key}'", where=_key_place(document, (key,))))
    units, words = data.get("units", {}), data.get("words", [])
    if not isinstance(units, dict) or not isinstance(words, list):
        tables.faults.append(RuleError("'units' is a mapping, 'words' a list", where=document.place(())))
        return
    for name, brief in units.items():
        place = _key_place(document, ("units", name))
        if not isinstance(brief, str) or not brief:
            tables.faults.append(RuleError(f"'{name}' needs a text that says what it counts", where=place))
        tables.units[name] = Unit(name, str(brief), place)
    tables.words |= {str(word) for word in words}


class _Entries:
    """The entries of one table."""

    def __init__(self, document: Document, tables: Tables, key: str) -> None:
        self.document, self.tables, self.key = document, tables, key

    def each(self) -> list[tuple[str, _Entry]]:
        """Return every name of the file with its entry; a file of another shape is told as a fault and has none."""
        data = self.document.data
        entries = data.get(self.key) if isinstance(data, dict) else None
        if not isinstance(entries, dict) or len(data) != 1:
            fault = RuleError(f"this file holds one mapping called '{self.key}'", where=self.document.place(()))
            self.tables.faults.append(fault)
            return []
        found = []
        for name, value in entries.items():
            place = _key_place(self.document, (self.key, name))
            if not _NAME.fullmatch(name):
                self.tables.faults.append(
                    RuleError(f"'{name}' cannot be a name", where=place, hint="Names look like train.loss.")
                )
            elif not isinstance(value, dict):
                self.tables.faults.append(RuleError(f"'{name}' is a mapping", where=place))
            else:
                found.append((name, _Entry(self.document, self.tables, (self.key, name), value, place)))
        return found


class _Entry:
    """One entry; each getter takes its key out, so that what is left is unknown."""

    def __init__(
        self, document: Document, tables: Tables, path: tuple[str, str], data: Mapping[str, Any], where: str
    ) -> None:
        self.document, self.tables, self.path, self.data, self.where = document, tables, path, data, where
        self.taken: set[str] = set()

    def fault(self, key: str, what: str, hint: str = "") -> None:
        self.tables.faults.append(RuleError(what, where=self.document.place((*self.path, key)), hint=hint))

    def text(self, key: str, *, needed: bool = True) -> str:
        value = self._take(key)
        if value is None and needed:
            self.tables.faults.append(RuleError(f"the key '{key}' is missing", where=self.where))
        elif value is not None and (not isinstance(value, str) or not value):
            self.fault(key, f"'{key}' is a text")
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.fault(key, f"'{key}' is a list of texts")
            return ()
        return tuple(value)

    def words(self, key: str, known: tuple[str, ...]) -> tuple[str, ...]:
        found = self.texts(key)
        for word in found:
            if word not in known:
                self.fault(key, f"unknown word '{word}' in '{key}'", suggest(word, known) or f"There are {_or(known)}.")
        return found

    def scalars(self, key: str) -> tuple[str | int | float | bool, ...]:
        value = self._take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str | int | float | bool) for one in value):
            self.fault(key, f"'{key}' is a list of values")
            return ()
        return tuple(value)

    def truth(self, key: str) -> bool:
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            self.fault(key, f"'{key}' is true or false")
        return value is True

    def nothing_else(self) -> None:
        for key in self.data:
            if key not in self.taken:
                where = _key_place(self.document, (*self.path, key))
                self.tables.faults.append(RuleError(f"unknown key '{key}'", where=where, hint=suggest(key, self.taken)))

    def _take(self, key: str) -> Any:
        self.taken.add(key)
        return self.data.get(key)


def _key_place(document: Document, path: tuple[str, ...]) -> str:
    line, column = document.key_position(path)
    return f"{document.where}:{line}:{column}"


def _or(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
