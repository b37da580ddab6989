"""The rule engine: schema, language, loader, evaluation, and the tests that rules carry. Holds no rule."""

from logdoc.engine.bands import healthy_bands
from logdoc.engine.compiled import CompiledCause, CompiledContext, CompiledRule
from logdoc.engine.contexts import conclude
from logdoc.engine.evaluate import evaluate, evaluate_group, evaluate_pair
from logdoc.engine.inputs import EngineInput
from logdoc.engine.lint import lint_rules
from logdoc.engine.loader import RuleSet, load_rules
from logdoc.engine.remedies import fill_cause
from logdoc.engine.scaffold import new_rule
from logdoc.engine.schema import PlaybookItem, rule_schema
from logdoc.engine.selftest import TestResult, run_context_tests, run_tests
from logdoc.engine.sources import KnownSource, playbook

__all__ = [
    "CompiledCause",
    "CompiledContext",
    "CompiledRule",
    "EngineInput",
    "KnownSource",
    "PlaybookItem",
    "RuleSet",
    "TestResult",
    "conclude",
    "evaluate",
    "evaluate_group",
    "evaluate_pair",
    "fill_cause",
    "healthy_bands",
    "lint_rules",
    "load_rules",
    "new_rule",
    "playbook",
    "rule_schema",
    "run_context_tests",
    "run_tests",
]
