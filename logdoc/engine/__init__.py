"""The rule engine: schema, language, loader, evaluation, and the tests that rules carry. Holds no rule.

What checks rules is imported when it is first used: judging a run by rules that were checked before needs none of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from logdoc.engine.bands import healthy_bands
from logdoc.engine.compiled import CompiledCause, CompiledContext, CompiledRule
from logdoc.engine.contexts import conclude
from logdoc.engine.evaluate import check_overrides, evaluate, evaluate_group, evaluate_pair, evaluate_together
from logdoc.engine.inputs import EngineInput
from logdoc.engine.measures import Needs, Taken, group_input, needs_of, take
from logdoc.engine.remedies import Influence, fill_cause, weigh_cause
from logdoc.engine.remembering import remembered_rules
from logdoc.engine.ruleset import RuleSet

if TYPE_CHECKING:
    from logdoc.engine.lint import lint_rules
    from logdoc.engine.loader import load_rules
    from logdoc.engine.scaffold import new_rule
    from logdoc.engine.schema import PlaybookItem, rule_schema
    from logdoc.engine.selftest import TestResult, run_cause_tests, run_context_tests, run_tests
    from logdoc.engine.sources import KnownSource, playbook

__all__ = [
    "CompiledCause",
    "CompiledContext",
    "CompiledRule",
    "EngineInput",
    "Influence",
    "KnownSource",
    "Needs",
    "PlaybookItem",
    "RuleSet",
    "Taken",
    "TestResult",
    "check_overrides",
    "conclude",
    "evaluate",
    "evaluate_group",
    "evaluate_pair",
    "evaluate_together",
    "fill_cause",
    "group_input",
    "healthy_bands",
    "lint_rules",
    "load_rules",
    "needs_of",
    "new_rule",
    "playbook",
    "remembered_rules",
    "rule_schema",
    "run_cause_tests",
    "run_context_tests",
    "run_tests",
    "take",
    "weigh_cause",
]

_HOMES = {
    "KnownSource": "sources",
    "PlaybookItem": "schema",
    "TestResult": "selftest",
    "lint_rules": "lint",
    "load_rules": "loader",
    "new_rule": "scaffold",
    "playbook": "sources",
    "rule_schema": "schema",
    "run_cause_tests": "selftest",
    "run_context_tests": "selftest",
    "run_tests": "selftest",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'logdoc.engine' has no attribute '{name}'")
    return getattr(importlib.import_module(f"logdoc.engine.{_HOMES[name]}"), name)
