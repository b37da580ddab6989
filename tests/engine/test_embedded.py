"""The tests that the bundled rules carry, one by one, and what holds for the rule base as a whole."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import logdoc
from logdoc.engine import lint_rules, load_rules
from logdoc.engine.selftest import run_test

RULES = load_rules()
CASES = [(rule, test) for rule in RULES.rules for test in rule.rule.tests]
PACKAGE = Path(logdoc.__file__).parent


@pytest.mark.parametrize(("rule", "test"), CASES, ids=[f"{rule.rule.id}::{test.name}" for rule, test in CASES])
def test_a_bundled_rule_keeps_its_promise(rule: object, test: object) -> None:
    assert run_test(rule, test).problems == ()  # type: ignore[arg-type]


def test_the_bundled_rules_are_in_good_style() -> None:
    assert [str(problem) for problem in lint_rules(RULES)] == []


def test_rules_are_tested_from_several_sides() -> None:
    assert len(CASES) / len(RULES.rules) >= 4


def test_names_of_tests_are_unique_within_a_rule() -> None:
    assert [r.rule.id for r in RULES.rules if len({t.name for t in r.rule.tests}) < len(r.rule.tests)] == []


def test_no_code_knows_a_rule_by_name() -> None:
    ids = {rule.rule.id for rule in RULES.rules} | {cause.cause.id for cause in RULES.causes}
    named = [
        f"{file.relative_to(PACKAGE)}:{node.lineno}: {node.value}"
        for file in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in ids
    ]

    assert named == []


def test_every_rule_and_cause_has_its_sources_and_doubts() -> None:
    assert all(rule.rule.references and rule.rule.false_positives for rule in RULES.rules)
    assert all(citation.says.strip() for rule in RULES.rules for citation in rule.citations)
    assert all(cause.cause.references and cause.cause.refute for cause in RULES.causes)
