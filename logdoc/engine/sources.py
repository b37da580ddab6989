"""The sources of rules and causes: read from ``_sources.yaml``, and resolved for everyone who names one by its id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from logdoc.documents import load_yaml
from logdoc.errors import RuleError, suggest
from logdoc.model import Citation
from logdoc.resources import bundled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.documents import Document
    from logdoc.engine.schema import PlaybookFile, Reference, SourceEntry

SOURCES = "_sources.yaml"
PLAYBOOK = "_playbook/items.yaml"


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source and the place where it is declared."""

    entry: SourceEntry
    where: str

    @property
    def by(self) -> str:
        """Authors and year, as far as known."""
        return ", ".join(str(part) for part in (self.entry.authors, self.entry.year) if part)


def add_sources(document: Document, entries: Sequence[SourceEntry], known: dict[str, KnownSource]) -> list[RuleError]:
    """Add the entries of one file to the known sources; return what is wrong with them."""
    faults = []
    for number, entry in enumerate(entries):
        where = document.place(("sources", number, "id"))
        if entry.id in known:
            first = known[entry.id].where
            faults.append(
                RuleError(f"there is a source '{entry.id}' already", where=where, hint=f"It stands at {first}.")
            )
        else:
            known[entry.id] = KnownSource(entry, where)
    return faults


def cite(
    references: Sequence[Reference], document: Document, known: Mapping[str, KnownSource]
) -> tuple[tuple[Citation, ...], list[RuleError]]:
    """Return what the references of one file cite, and a fault for each that names no known source."""
    citations = []
    faults = []
    for number, reference in enumerate(references):
        if reference.practice:
            citations.append(Citation(f"Practice: {reference.practice}", reference.says))
        elif (source := known.get(reference.id)) is not None:
            entry = source.entry
            citations.append(Citation(entry.title, reference.says or entry.says, entry.id, source.by, entry.address))
        else:
            hint = (
                suggest(reference.id, list(known))
                or f"Sources stand in {SOURCES}; for what has none, write practice: whose."
            )
            where = document.place(("references", number, "id"))
            faults.append(RuleError(f"unknown source '{reference.id}'", where=where, hint=hint))
    return tuple(citations), faults


def playbook() -> PlaybookFile:
    """Return the items of the playbooks that the bundled rules encode, and where those playbooks can be read."""
    from logdoc.engine.schema import PlaybookFile

    text = (bundled("rules") / PLAYBOOK).read_text(encoding="utf-8")
    return PlaybookFile.model_validate(load_yaml(text, where=f"rules/{PLAYBOOK}").data)
