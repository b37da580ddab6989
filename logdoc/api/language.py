"""The reference pages of what a rule may say: the vocabulary of names, and the functions of the rule language."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING

from logdoc.engine.functions import Function, functions
from logdoc.model.notes import NOTE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logdoc.vocabulary.entries import Fact, Role
    from logdoc.vocabulary.registry import Registry

_MADE = "<!-- made by `logdoc rules docs` -->"
_FAMILIES = {
    "train": "Training",
    "val": "Validation",
    "test": "Test",
    "rl": "Reinforcement learning",
    "gan": "Generative adversarial networks",
    "pref": "Preference optimisation",
    "perf": "Throughput and memory",
    "input": "Input",
    "log": "The log itself",
    "preflight": "Preflight",
    "": "One of each parameter, module, rank, class or group",
}
_FACTS = {
    "meta": "About the run",
    "log": "About its log",
    "code": "In the text of its program",
    "said": "What libraries say, each with file and line",
    "group": "About several runs",
}


def vocabulary_page(registry: Registry) -> str:
    """Return the page of every role, fact and unit, as Markdown."""
    parts = [
        "# Vocabulary",
        "",
        _MADE,
        "",
        "What rules, causes and contexts may name. A series of a run gets its *role* by its name; `logdoc inspect`",
        "shows which, `--map ROLE=NAME` says it.",
        "`logdoc roles TEXT` finds a role. A name that is not here is an error, with its place and the nearest name.",
        "A folder of rules may add roles, facts and units of its own in `_vocabulary/roles.yaml`, `facts.yaml` and",
        "`units.yaml`.",
        "",
        "## Roles",
        "",
    ]
    for family, roles in _by_family(registry.matching()):
        parts += [f"### {_FAMILIES.get(family, family)}", "", "| role | unit | what it is | names as logged |"]
        parts += ["|---|---|---|---|", *(_role_row(role) for role in roles), ""]
    parts += ["## Facts", ""]
    for family, title in _FACTS.items():
        mine = [f for f in registry.facts.values() if f.id.startswith(f"{family}.") and not f.renamed_to]
        parts += [f"### {title}", "", "| fact | type | unit | what it is | values |", "|---|---|---|---|---|"]
        parts += [*(_fact_row(fact) for fact in mine), ""]
    parts += ["`finding.<rule>.<value>` is a value of a rule that fires, for causes: any name of its `let`.", ""]
    parts += ["## Units", "", "| unit | what it counts |", "|---|---|"]
    parts += [f"| {unit.id} | {unit.brief} |" for unit in registry.units.values()]
    return "\n".join([*parts, ""])


def _by_family(roles: Iterable[Role]) -> list[tuple[str, list[Role]]]:
    found: dict[str, list[Role]] = {}
    for role in roles:
        found.setdefault(role.id.partition(".")[0] if "." in role.id else "", []).append(role)
    return sorted(found.items(), key=lambda item: list(_FAMILIES).index(item[0]) if item[0] in _FAMILIES else 99)


def _role_row(role: Role) -> str:
    names = ", ".join(f"`{name}`" for name in (*role.examples, *role.names)) or "derived"
    return f"| `{role.written}` | {role.unit} | {role.brief} | {names} |"


def _fact_row(fact: Fact) -> str:
    shown = fact.values or fact.examples
    values = ", ".join(f"`{_spelled(one)}`" for one in shown)
    told = f"for example {values}" if values and not fact.values else values
    return f"| `{fact.id}` | {fact.type} | {fact.unit} | {fact.brief} | {told} |"


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def functions_page() -> str:
    """Return the page of every function of the rule language, as Markdown."""
    known = functions()
    parts = [
        "# Functions of the rule language",
        "",
        _MADE,
        "",
        f"The {len(known)} functions that `let`, `when` and the other expressions of a rule may call. Arguments are",
        "given by position; those in brackets may be left out, `...` stands for any number of them. Where there are",
        "too few points the result is unknown, and a rule that needs it is not judged. A function of one series that",
        "is given one per entity answers per entity.",
        "",
    ]
    for about, mine in _by_module(known.values()):
        parts += [f"## {about}", "", "| function | takes | gives | what it is |", "|---|---|---|---|"]
        parts += [f"| `{_signature(one)}` | {_types(one)} | {one.result} | {_cell(one.about)} |" for one in mine]
        parts.append("")
    return "\n".join(parts)


def _by_module(known: Iterable[Function]) -> list[tuple[str, Sequence[Function]]]:
    """Group the functions by the module that holds them, under the first sentence of its docstring."""
    found: dict[str, list[Function]] = {}
    for function in known:
        found.setdefault(function.call.__module__, []).append(function)
    titled = []
    for module, mine in found.items():
        text = " ".join((inspect.getdoc(sys.modules[module]) or module).partition("\n\n")[0].split())
        titled.append((text.rstrip("."), sorted(mine, key=lambda one: one.name)))
    return sorted(titled, key=lambda item: item[0])


def _signature(function: Function) -> str:
    names = list(inspect.signature(function.call).parameters)
    given = []
    for i, name in enumerate(names):
        if i >= len(function.parameters):
            given.append("...")
        else:
            given.append(f"{name}" if i < function.required else f"[{name}]")
    return f"{function.name}({', '.join(given)})"


def _types(function: Function) -> str:
    further = [f"{function.variadic} ..."] if function.variadic is not None else []
    return ", ".join([*(str(kind) for kind in function.parameters), *further])


def _cell(text: str) -> str:
    return text.replace("``", "`").replace("|", "\\|")


def notes_page() -> str:
    """Return the page of the kinds of notes about data."""
    rows = [f"| `{kind.id}` | {kind.title} | {kind.meaning} |" for kind in NOTE_KINDS]
    return "\n".join(
        [
            "# Notes about data",
            "",
            "<!-- made by `logdoc rules docs` -->",
            "",
            "What can be wrong with a log, as distinct from the training in it. Every note of a report has the `id` of",
            "its kind, which never changes, and says whether data were lost (`lost`). A run that lost data is never",
            "called healthy: it is *incomplete*, unless a fault was found all the same. `logdoc analyze --strict`",
            "exits with 4 when data were lost anywhere.",
            "",
            "| id | what it is | what happened, and what was done |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
