"""What `logdoc rules` does, as functions that return data."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.engine import TestResult, load_rules, rule_schema, run_cause_tests, run_context_tests, run_tests
from logdoc.engine import lint_rules as lint
from logdoc.engine import new_rule as new_text
from logdoc.errors import ConfigError, suggest
from logdoc.report.saving import folder_of, write_text
from logdoc.resources.files import read_bytes
from logdoc.vocabulary.registry import load_registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.engine import RuleSet
    from logdoc.errors import RuleError
    from logdoc.vocabulary.entries import Role


def test_rules(only: Sequence[str] = (), folders: Sequence[Path] = ()) -> tuple[TestResult, ...]:
    """Run the tests that rules and causes carry; of all, or of those named.

    Raises:
        ConfigError: there is no rule or cause of a given name.
    """
    base = load_rules(list(folders))
    for rule_id in only:
        if rule_id not in base.documents:
            raise _unknown(rule_id, base)
    tested = run_tests([rule for rule in base.rules if not only or rule.rule.id in only])
    of_causes = run_cause_tests([cause for cause in base.causes if not only or cause.cause.id in only])
    return (*tested, *(() if only else run_context_tests(base.contexts)), *of_causes)


def lint_rules(folders: Sequence[Path] = ()) -> list[RuleError]:
    """Return everything that is against the style of the rule base."""
    return lint(load_rules(list(folders)))


def write_schema(path: Path) -> None:
    """Write the JSON Schema of rules and causes.

    Raises:
        RenderError: the file cannot be written.
    """
    write_text(json.dumps(rule_schema(), indent=2, sort_keys=True) + "\n", path)


def rule_source(rule_id: str, folders: Sequence[Path] = ()) -> str:
    """Return the YAML of one rule or cause.

    Raises:
        ConfigError: there is none of that name.
    """
    base = load_rules(list(folders))
    document = base.documents.get(rule_id)
    if document is None:
        raise _unknown(rule_id, base)
    return document.text


def _unknown(rule_id: str, base: RuleSet) -> ConfigError:
    hint = suggest(rule_id, sorted(base.documents)) or "`logdoc rules list` shows the rules, with --causes the causes."
    return ConfigError(f"there is no rule or cause '{rule_id}'", hint=hint)


def explain_rule(rule_id: str, folders: Sequence[Path] = ()) -> list[str]:
    """Return what the rule base says about one rule or cause, as lines.

    Raises:
        ConfigError: there is none of that name.
    """
    from logdoc.api.reference import summary_lines

    base = load_rules(list(folders))
    lines = summary_lines(base, rule_id)
    if not lines:
        raise _unknown(rule_id, base)
    return lines


def find_roles(text: str = "", folders: Sequence[Path] = ()) -> list[Role]:
    """Return the roles that a series can have; with a text, those whose name, brief or examples hold it.

    Raises:
        ConfigError: none does, or there is no such folder.
        RuleErrors: a vocabulary of the folders is wrong.
    """
    for folder in folders:
        if not Path(folder).is_dir():
            raise ConfigError("there is no such folder of rules", where=str(folder))
    registry = load_registry([Path(folder) for folder in folders])
    found = registry.matching(text)
    if not found:
        near = suggest(text, registry.roles)
        raise ConfigError(f"no role holds '{text}'", hint=near or "`logdoc roles` lists them all.")
    return found


def write_docs(target: Path, folders: Sequence[Path] = ()) -> tuple[int, list[str]]:
    """Write the documentation of the rule base below a folder.

    Pages of rules that are gone are removed with their charts; what says nowhere that it was made here stays.

    Returns:
        How many files there are, and which of them were not up to date before.

    Raises:
        ConfigError: a page of somebody else stands where one of these would.
        RenderError: a page cannot be written.
    """
    from logdoc.api.reference import pages

    made = pages(load_rules(list(folders)))
    stale = []
    pages_there = [target / name for name in made if name.endswith(".md") and os.path.isfile(target / name)]  # noqa: PTH113
    strange = next((page for page in pages_there if not _is_ours(page)), None)
    if strange is not None:
        raise ConfigError(
            "this page was not made by `logdoc rules docs`, and would be lost",
            where=str(strange),
            hint="Name another folder.",
        )
    for name, text in made.items():
        path = target / name
        folder_of(path)
        if not path.exists() or path.read_bytes() != text.encode():
            stale.append(name)
            write_text(text, path)
    for page in sorted((target / "rules").glob("*.md")):
        if _is_ours(page):
            for path in (page, page.with_suffix(".svg"), page.with_name(f"{page.stem}-clear.svg")):
                if path.exists() and f"rules/{path.name}" not in made:
                    stale.append(f"rules/{path.name}")
                    path.unlink()
    return len(made), stale


def _is_ours(page: Path) -> bool:
    """Whether a page says in its head that it is made by `write_docs`."""
    return b"logdoc rules docs" in read_bytes(page)[:4096]


def new_rule(rule_id: str, area: str, folder: Path) -> Path:
    """Write the skeleton of a new rule and return where it is.

    Raises:
        ConfigError: the id is not in kebab-case, or the file exists.
    """
    text = new_text(rule_id, area)
    path = Path(folder) / area / f"{rule_id}.yaml"
    if path.exists():
        raise ConfigError("there is such a rule already", where=str(path))
    folder_of(path)
    write_text(text, path)
    return path
