"""How an analysis comes by the rule base: checked once, then remembered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from logdoc.resources import bundled
from logdoc.resources.store import remembered
from logdoc.vocabulary.registry import load_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from logdoc.documents import Document
    from logdoc.engine.ruleset import RuleSet


def remembered_rules(folders: Sequence[Path] = ()) -> RuleSet:
    """Return what `load_rules` returns, from an earlier call where no file has changed since.

    Files are then neither parsed nor checked again, and expressions are compiled when a run needs them.

    Raises:
        RuleErrors: with every fault of every file, each with file, line and column.
    """
    return _remembered(tuple(folders)) if folders else _bundled()


@lru_cache(maxsize=1)
def _bundled() -> RuleSet:
    return _remembered(())


def _remembered(folders: tuple[Path, ...]) -> RuleSet:
    def load() -> RuleSet:
        from logdoc.engine.loader import load_rules

        return load_rules(folders)

    found = remembered("rules", [bundled("rules"), *folders], load)
    if found.documents:
        return found
    return replace(found, documents=_Documents(folders), registry=load_registry(folders))


class _Documents(Mapping[str, "Document"]):
    """The files of a remembered rule base, read when one is asked for."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders
        self._read: Mapping[str, Document] | None = None

    def _documents(self) -> Mapping[str, Document]:
        if self._read is None:
            from logdoc.engine.loader import load_rules

            self._read = load_rules(self._folders).documents
        return self._read

    def __getitem__(self, rule_id: str) -> Document:
        return self._documents()[rule_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents())

    def __len__(self) -> int:
        return len(self._documents())

    def __bool__(self) -> bool:
        return True  # without reading them
