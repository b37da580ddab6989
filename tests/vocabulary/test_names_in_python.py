"""What the program itself calls a role, a fact or a task is in the registry."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import logdoc
from logdoc.vocabulary.registry import load_registry

PACKAGE = Path(logdoc.__file__).parent
REGISTRY = load_registry()
SPLITS = ("train", "val", "test")
FAMILIES = {name.partition(".")[0] for name in (*REGISTRY.roles, *REGISTRY.facts) if "." in name}
POINTED = re.compile(rf"({'|'.join(sorted(FAMILIES))})\.[a-z][a-z0-9_]*(\[[a-z]+\])?")
# Roles of which a run has one per parameter, module ... have no point: any word of their form counts where roles are
# handled; the rooms that read or write logs speak of columns and keys in such words.
STEMS = {role.partition("_")[0] for role in REGISTRY.roles if "." not in role}
PLAIN = re.compile(rf"({'|'.join(sorted(STEMS))})_[a-z_]+")
ROLE_ROOMS = ("context", "judging", "report", "diagnosis", "engine")
FILES = re.compile(r".*\.(yaml|yml|jsonl?|csv|log|txt|md)")
# Words of the same form that are no roles, in the rooms that handle roles.
OTHERS = {"weight_decay", "rank_numbers"}


def named(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every text of a module that has the form of a role or a fact, with its line."""
    room = path.relative_to(PACKAGE).parts[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield from (
                (text, node.lineno) for text in spelled(node) if POINTED.fullmatch(text) and not FILES.fullmatch(text)
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            text = node.value
            if FILES.fullmatch(text) and text not in REGISTRY.facts:
                continue
            if POINTED.fullmatch(text) or (room in ROLE_ROOMS and PLAIN.fullmatch(text) and text not in OTHERS):
                yield text, node.lineno


def spelled(node: ast.JoinedStr) -> list[str]:
    """A text with a hole in front (``f"{split}.loss"``) stands for one per split."""
    if (
        len(node.values) == 2
        and isinstance(node.values[0], ast.FormattedValue)
        and isinstance(node.values[1], ast.Constant)
    ):
        return [f"{split}{node.values[1].value}" for split in SPLITS]
    return []


def test_every_role_and_fact_that_the_program_names_is_in_the_registry() -> None:
    unknown, seen = [], 0
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] == "hook":
            continue  # the hook writes names as logged, which its own tests hold against the tables
        for text, line in named(path):
            seen += 1
            if REGISTRY.name_fault(text.partition("[")[0]) is not None:
                unknown.append(f"{path.relative_to(PACKAGE)}:{line}: {text}")

    assert unknown == []
    assert seen > 60


def test_a_typo_in_the_program_would_be_found() -> None:
    assert REGISTRY.name_fault("train.los") is not None
    assert POINTED.fullmatch("train.los")
    assert PLAIN.fullmatch("grad_nrom")
