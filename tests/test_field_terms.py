"""Everything that a practitioner reads uses the terms of the field; `logdoc rules validate` looks through the rules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

from logdoc.api.rulebase import lint_rules
from logdoc.cli.app import app
from logdoc.engine.terms import TEXTS, lapses, terms
from logdoc.judging.pairs import read_pairs

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "sample_logs" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEMPLATES = sorted((ROOT / "templates").glob("*.j2"))


def prose(page: str) -> str:
    """Return the text of a Markdown page without code and without titles of what lies elsewhere, which are
    quotations.
    """
    page = re.sub(r"^```.*?^```|^ {4}.*?$", "", page, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`]*`|\[[^\]]*\]\(https?:[^)]*\)|\]\([^)]*\)", "", page)


def literals(path: Path) -> Iterator[str]:
    """Yield the texts of a module that are not docstrings: messages, help, words of reports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.value


def commands(command: click.Command) -> Iterator[click.Command]:
    yield command
    for child in getattr(command, "commands", {}).values():
        yield from commands(child)


def test_the_bundled_rules_causes_and_contexts_use_the_terms_of_the_field() -> None:
    assert [str(problem) for problem in lint_rules() if "not a term used here" in str(problem)] == []


@pytest.mark.parametrize("path", [*PAGES, *TEMPLATES], ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_and_templates_use_the_terms_of_the_field(path: Path) -> None:
    assert lapses(prose(path.read_text(encoding="utf-8"))) == []


def test_the_items_of_the_playbooks_use_the_terms_of_the_field() -> None:
    text = (ROOT / "rules" / "_playbook" / "items.yaml").read_text(encoding="utf-8")

    assert lapses(text) == []


def test_the_tests_that_part_two_causes_use_the_terms_of_the_field() -> None:
    assert [lapse.found for text in read_pairs().values() for lapse in lapses(text)] == []


def test_the_help_of_every_command_uses_the_terms_of_the_field() -> None:
    found = list(commands(typer.main.get_command(app)))
    texts = [str(text) for one in found for text in (one.help, *(getattr(p, "help", "") for p in one.params)) if text]

    assert len(found) > 10
    assert len(texts) > 40
    assert [lapse for text in texts for lapse in lapses(text)] == []


def test_messages_and_words_of_reports_use_the_terms_of_the_field() -> None:
    modules = sorted((ROOT / "logdoc").rglob("*.py"))
    found = [
        (path.name, lapse.found)
        for path in modules
        for text in literals(path)
        for lapse in lapses(re.sub(r"`[^`]*`|logdoc analyze|^analyze$|^agent$", "", text))
    ]

    assert found == []


def test_contributing_shows_the_table_of_terms() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

    for section in TEXTS:
        for term in terms(section):
            assert f"| {term.use} | {', '.join(term.refused)} |" in page
