"""The rule base as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logdoc.resources.codec import NOT_KEPT
from logdoc.vocabulary.registry import Registry, load_registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from logdoc.documents import Document
    from logdoc.engine.compiled import CompiledCause, CompiledContext, CompiledRule
    from logdoc.engine.sources import KnownSource


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Every rule and cause, compiled, in order of their ids.

    Attributes:
        digest: first 12 hex digits of the SHA-256 of all files; stands in reports, so that two reports can be told
            apart.
        documents: the files of rules and causes by id, for `rules show` and for errors.
        sources: what rules and causes cite, by id.
        context_documents: the files of contexts; none where the rule base is a remembered one.
        registry: what rules may name, with what the folders' own vocabularies add.
    """

    rules: tuple[CompiledRule, ...]
    causes: tuple[CompiledCause, ...]
    digest: str
    documents: Mapping[str, Document] = field(default_factory=dict, metadata=NOT_KEPT)
    contexts: tuple[CompiledContext, ...] = ()
    sources: Mapping[str, KnownSource] = field(default_factory=dict)
    context_documents: Mapping[str, Document] = field(default_factory=dict, metadata=NOT_KEPT)
    registry: Registry = field(default_factory=load_registry, metadata=NOT_KEPT)

    def rule(self, rule_id: str) -> CompiledRule | None:
        """Return one rule by id."""
        return next((r for r in self.rules if r.rule.id == rule_id), None)
