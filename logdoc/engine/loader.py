"""Loads the rule base: the bundled one and any further folders.

All faults of all files are collected before anything is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from logdoc.documents import Document, load_yaml
from logdoc.engine.compiled import CompiledCause, CompiledContext, CompiledRule, RuleCompiler
from logdoc.engine.contexts import in_order
from logdoc.engine.references import ReferenceChecker, finding_faults
from logdoc.engine.ruleset import RuleSet
from logdoc.engine.schema import STRENGTHS, CauseFile, ContextFile, Reference, Rule, SourceEntry, SourceFile
from logdoc.engine.sources import SOURCES, KnownSource, add_sources, cite
from logdoc.errors import RuleError, RuleErrors, suggest
from logdoc.resources import bundled, walk
from logdoc.resources.files import read_bytes
from logdoc.vocabulary.registry import Registry, load_registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

CAUSES = "_causes"
CONTEXTS = "_contexts"
# In `{value: 3, why: a guard, not a threshold}` YAML ends the text at the comma and reads the rest of it as one more
# key.
_COMMA_HINT = "Quote texts with commas inside { }."
_ADDRESS_HINT = "It begins with http:// or https://; blanks, quotes and brackets in it are percent-encoded."
_MODELS = (Rule, CauseFile, Reference, SourceEntry)  # whose keys are suggested for a key that is unknown


def load_rules(folders: Sequence[Path] = ()) -> RuleSet:
    """Load the bundled rules and those of further folders.

    A rule of a further folder replaces a bundled one of the same id only when it says ``override: true``.

    Raises:
        RuleErrors: with every fault of every file, each with file, line and column.
    """
    return _bundled_rules() if not folders else _load([bundled("rules"), *folders])


@lru_cache(maxsize=1)
def _bundled_rules() -> RuleSet:
    return _load([bundled("rules")])


def _load(folders: Sequence[Traversable]) -> RuleSet:
    faults: list[RuleError] = []
    registry = _registry(folders, faults)
    rules: dict[str, CompiledRule] = {}
    causes: dict[str, CompiledCause] = {}
    contexts: dict[str, CompiledContext] = {}
    documents: dict[str, Document] = {}
    sources: dict[str, KnownSource] = {}
    context_documents: dict[str, Document] = {}
    digest = hashlib.sha256()
    for index, folder in enumerate(folders):
        if not folder.is_dir():
            raise RuleError("there is no such folder of rules", where=str(folder))
        for path, file in walk(folder, ".yaml"):
            area = path.partition("/")[0] if "/" in path else ""
            if area.startswith("_") and area not in (CAUSES, CONTEXTS):
                continue
            where = f"rules/{path}" if index == 0 else f"{folder.name}/{path}"
            try:
                text = read_bytes(file).decode("utf-8", "replace")
            except OSError as error:
                faults.append(RuleError(f"the file cannot be read: {error.strerror or error}", where=where))
                continue
            digest.update(f"{path}\0{text}\0".encode())
            try:
                document = load_yaml(text, where=where)
            except RuleError as error:
                faults.append(error)
                continue
            if path == SOURCES:
                faults.extend(_add_sources(document, sources))
                continue
            if area == CONTEXTS:
                faults.extend(_add_context(document, where, contexts, registry, replaces=index > 0))
                if isinstance(document.data, dict):
                    context_documents[str(document.data.get("id"))] = document
                continue
            known: dict[str, Any] = causes if area == CAUSES else rules
            other: dict[str, Any] = rules if area == CAUSES else causes
            faults.extend(_add(document, area, where, known, other, registry, replaces=index > 0))
            if isinstance(document.data, dict):
                documents[str(document.data.get("id"))] = document
    faults.extend(_add_citations(rules, documents, sources))
    faults.extend(_add_citations(causes, documents, sources))
    faults.extend(() if faults else finding_faults(rules, causes, documents))
    faults.extend(() if faults else _attach_causes(rules, causes, documents))
    if faults:
        raise RuleErrors(faults)
    return RuleSet(
        tuple(rules[i] for i in sorted(rules)),
        tuple(causes[i] for i in sorted(causes)),
        digest.hexdigest()[:12],
        documents,
        in_order(tuple(contexts.values())),
        sources,
        context_documents,
        registry,
    )


def _add_sources(document: Document, known: dict[str, KnownSource]) -> list[RuleError]:
    """Validate one file of sources into `known`; return its faults."""
    if not isinstance(document.data, dict):
        return [RuleError("a file of sources holds one mapping", where=f"{document.where}:1:1")]
    try:
        entries = SourceFile.model_validate(document.data).sources
    except ValidationError as error:
        return [_schema_fault(document, dict(one)) for one in error.errors()]
    return add_sources(document, entries, known)


def _add_citations(
    known: dict[str, Any], documents: Mapping[str, Document], sources: Mapping[str, KnownSource]
) -> list[RuleError]:
    """Resolve what each rule or cause refers to; return a fault for every source that is unknown."""
    faults: list[RuleError] = []
    for identity, compiled in known.items():
        declared = compiled.rule if isinstance(compiled, CompiledRule) else compiled.cause
        citations, unknown = cite(declared.references, documents[identity], sources)
        known[identity] = replace(compiled, citations=citations)
        faults.extend(unknown)
    return faults


def _registry(folders: Sequence[Traversable], faults: list[RuleError]) -> Registry:
    """Return the vocabulary of all folders; where a user's is wrong, its faults and the bundled one."""
    try:
        return load_registry([folder for folder in folders[1:] if folder.is_dir()])
    except RuleErrors as error:
        faults.extend(error.errors)
        return load_registry()


def _attach_causes(
    rules: dict[str, CompiledRule], causes: dict[str, CompiledCause], documents: dict[str, Document]
) -> list[RuleError]:
    """Add to each cause what rules say of it themselves; a pair that both files give is a fault."""
    faults = []
    more: dict[str, dict[str, float]] = {}
    for rule_id, rule in rules.items():
        for cause_id, strength in rule.rule.causes.items():
            if rule_id in causes[cause_id].cause.explains:
                hint = "Keep one of the two."
                what = f"the cause '{cause_id}' explains '{rule_id}' in its own file as well"
                faults.append(RuleError(what, where=documents[rule_id].place(("causes", cause_id)), hint=hint))
            more.setdefault(cause_id, {})[rule_id] = strength
    for cause_id, symptoms in more.items():
        cause = causes[cause_id].cause
        explains = {**cause.explains, **symptoms}
        causes[cause_id] = replace(causes[cause_id], cause=cause.model_copy(update={"explains": explains}))
    return faults


def _add_context(
    document: Document, where: str, known: dict[str, CompiledContext], registry: Registry, *, replaces: bool
) -> list[RuleError]:
    """Validate and compile one context file into `known`; return its faults.

    A later folder replaces one of the same id.
    """
    if not isinstance(document.data, dict):
        return [RuleError("a context file holds one mapping", where=f"{where}:1:1")]
    try:
        context = ContextFile.model_validate(document.data)
    except ValidationError as error:
        return [_schema_fault(document, dict(one)) for one in error.errors()]
    compiler = RuleCompiler(document.place)
    compiled = compiler.compile_context(context, where)
    compiler.faults.extend(ReferenceChecker(document, registry).check_context(context))
    if context.id in known and not replaces:
        compiler.faults.append(
            RuleError(
                f"there is a context '{context.id}' already", where=document.place(("id",)), hint="Ids are unique."
            )
        )
    elif compiled is not None:
        known[context.id] = compiled
    return compiler.faults


def _add(
    document: Document,
    area: str,
    where: str,
    known: dict[str, Any],
    other: dict[str, Any],
    registry: Registry,
    *,
    replaces: bool,
) -> list[RuleError]:
    """Validate and compile one file into `known`; return its faults."""
    if not isinstance(document.data, dict):
        return [RuleError("a rule file holds one mapping", where=f"{where}:1:1", hint="Start from `logdoc rules new`.")]
    compiler = RuleCompiler(document.place)
    try:
        if area == CAUSES:
            cause = CauseFile.model_validate(document.data)
            identity, override = cause.id, cause.override
            compiled: Any = compiler.compile_cause(cause, where)
            compiler.faults.extend(ReferenceChecker(document, registry).check_cause(cause))
        else:
            rule = Rule.model_validate(document.data)
            identity, override = rule.id, rule.override
            compiled = compiler.compile_rule(rule, area, where)
            compiler.faults.extend(ReferenceChecker(document, registry).check_rule(rule))
    except ValidationError as error:
        return [_schema_fault(document, dict(one)) for one in error.errors()]
    if identity in other:
        return [
            RuleError(
                f"'{identity}' is a rule and a cause",
                where=document.place(("id",)),
                hint="A symptom and its cause have different names.",
            )
        ]
    if identity in known and not (replaces and override):
        hint = "Write override: true to replace the bundled one." if replaces else "Ids are unique."
        return [
            RuleError(
                f"there is a {'cause' if area == CAUSES else 'rule'} '{identity}' already",
                where=document.place(("id",)),
                hint=hint,
            )
        ]
    if compiled is not None:
        known[identity] = compiled
    return compiler.faults


def _schema_fault(document: Document, error: dict[str, Any]) -> RuleError:
    path = tuple(part for part in error["loc"] if part not in ("function-before", "function-after"))
    what = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    name = next((part for part in reversed(path) if isinstance(part, str)), "the file")
    if error["type"] == "extra_forbidden":
        fields = [f.alias or n for model in _MODELS for n, f in model.model_fields.items()]
        line, column = document.key_position(path)
        return RuleError(
            f"unknown key '{name}'",
            where=f"{document.where}:{line}:{column}",
            hint=_COMMA_HINT if " " in name.strip() else suggest(name, fields),
        )
    if error["type"] == "missing":
        return RuleError(f"the key '{name}' is missing", where=document.place(path[:-1]))
    if name == "[key]" and len(path) > 1:
        line, column = document.key_position(path[:-1])
        hint = "Names are of small letters, digits and underscores."
        return RuleError(f"'{path[-2]}' cannot be a name", where=f"{document.where}:{line}:{column}", hint=hint)
    if name == "address":
        return RuleError(f"'{error['input']}' is no address", where=document.place(path), hint=_ADDRESS_HINT)
    hint = f"Write a probability or one of {', '.join(STRENGTHS)}." if path[0] == "explains" else ""
    return RuleError(f"'{name}': {what}", where=document.place(path), hint=hint)
