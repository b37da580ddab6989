"""Whether the naming tables of ``rules/_names/`` name only roles, facts and tasks that the registry has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from logdoc.errors import RuleError
from logdoc.vocabulary.registry import SPLITS, load_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from logdoc.documents import Document, Path
    from logdoc.vocabulary.registry import Registry

    Found = Iterator[tuple[str, Path, bool]]  # a role or a fact, where it stands, whether it is a key

# What is derived from a histogram of each kind; an activation has no norm, and its shape says little.
SHAPE = ("mean", "std")
WHOLE = ("mean", "std", "norm", "excess", "skew")


def table_faults(documents: Mapping[str, Document], registry: Registry | None = None) -> list[RuleError]:
    """Return everything in the naming tables that is not in the registry, with its place.

    Args:
        documents: the tables by name: tokens, quantities, layers, exact, config, tasks.
        registry: the bundled one by default.
    """
    known = registry or load_registry()
    faults = []
    for name, found in _NAMED.items():
        if name not in documents:
            continue
        document = documents[name]
        for used, path, is_key in found(document):
            fault = known.name_fault(used)
            if fault is not None:
                line, column = document.key_position(path) if is_key else document.position(path)
                faults.append(RuleError(fault[0], where=f"{document.where}:{line}:{column}", hint=fault[1]))
    faults.extend(_task_faults(documents["tasks"], known) if "tasks" in documents else ())
    faults.extend(_entity_faults(documents["layers"], known) if "layers" in documents else ())
    return faults


def derived_roles(kind: str) -> tuple[str, ...]:
    """Return the roles that a histogram of a kind ("grad", "weight", "update", "act") gives."""
    return tuple(f"{kind}_{one}" for one in (SHAPE if kind == "act" else WHOLE))


def _quantities(document: Document) -> Found:
    for i, entry in enumerate(document.data["quantities"]):
        for split in SPLITS if "{split}" in entry["role"] else SPLITS[:1]:
            yield entry["role"].replace("{split}", split), ("quantities", i, "role"), False
        if "default" in entry:
            yield f"{entry['default']}.loss", ("quantities", i, "default"), False


def _exact(document: Document) -> Found:
    for name, entry in document.data["names"].items():
        if entry["role"]:
            yield entry["role"], ("names", name, "role"), False


def _layers(document: Document) -> Found:
    for i, entry in enumerate(document.data["scalars"]):
        yield entry["role"], ("scalars", i, "role"), False
    for i, entry in enumerate(document.data["histograms"]):
        yield from ((role, ("histograms", i, "kind"), False) for role in derived_roles(entry["kind"])[:1])


def _config(document: Document) -> Found:
    for fact in document.data["facts"]:
        yield f"meta.{fact}", ("facts", fact), True


_NAMED: dict[str, Callable[[Document], Found]] = {
    "quantities": _quantities,
    "exact": _exact,
    "layers": _layers,
    "config": _config,
}


def _task_faults(document: Document, registry: Registry) -> Iterator[RuleError]:
    for section, key in (("tasks", "task"), ("learners", "learner")):
        for i, entry in enumerate(document.data.get(section, ())):
            fault = registry.value_fault(f"meta.{key}", entry[key])
            if fault is not None:
                yield RuleError(fault[0], where=document.place((section, i, key)), hint=fault[1])


def _entity_faults(document: Document, registry: Registry) -> Iterator[RuleError]:
    """A pattern carries what its role has one of each."""
    for section in ("scalars", "histograms"):
        for i, entry in enumerate(document.data[section]):
            role = registry.roles.get(entry["role"] if section == "scalars" else derived_roles(entry["kind"])[0])
            if role is not None and role.per != entry["entity"]:
                where = document.place((section, i, "entity"))
                yield RuleError(f"'{role.id}' is per {role.per or 'run'}", where=where, hint=f"Write {role.per}.")
