"""Expressions of files that were checked before are compiled when they are asked for, to what they always were."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from logdoc.engine import load_rules
from logdoc.engine.compiled import CompiledRule
from logdoc.engine.expression import Expression
from logdoc.errors import RuleErrors

RULES = load_rules()
OF_A_RULE = ("applies", "let", "when", "window", "layers", "rank", "lines", "severities")
OF_A_CAUSE = ("let", "context", "remedies")

Compile = Callable[[str], CompiledRule]


def plain(compiled: Any) -> Any:
    """What two compilations of one text share: the text, the type and the names."""
    if isinstance(compiled, Expression):
        return compiled.text, compiled.type, compiled.names
    return [plain(one) for one in compiled] if isinstance(compiled, tuple) else compiled


def test_every_expression_of_every_rule_is_what_its_check_made_of_it() -> None:
    for checked in RULES.rules:
        asked = dataclasses.replace(checked, made=None)

        assert asked.forms is not checked.forms
        for part in OF_A_RULE:
            assert plain(getattr(asked.forms, part)) == plain(getattr(checked.forms, part)), (checked.rule.id, part)
        assert asked.forms.inputs == checked.forms.inputs


def test_every_expression_of_every_cause_is_what_its_check_made_of_it() -> None:
    for checked in RULES.causes:
        asked = dataclasses.replace(checked, made=None)

        for part in OF_A_CAUSE:
            assert plain(getattr(asked.forms, part)) == plain(getattr(checked.forms, part)), (checked.cause.id, part)


def later(compile_rule: Compile, text: str, **let: str) -> CompiledRule:
    """A rule whose `let` was changed since it was checked."""
    made = compile_rule(text)
    return dataclasses.replace(made, rule=made.rule.model_copy(update={"let": {**made.rule.let, **let}}), made=None)


def test_names_under_let_are_known_without_compiling_what_they_stand_for(compile_rule: Compile, rule_text: str) -> None:
    lets = later(compile_rule, rule_text, wrong="no_such_function(loss)").lets

    assert list(lets) == ["end", "share_high", "wrong"]
    assert len(lets) == 3
    assert "wrong" in lets
    assert "loss" not in lets
    assert lets["end"].text == "last(loss)"


def test_an_expression_that_is_wrong_is_refused_with_its_file_when_it_is_asked_for(
    compile_rule: Compile, rule_text: str
) -> None:
    rule = later(compile_rule, rule_text, wrong="no_such_function(loss)")

    assert rule.forms.when.text == "end > bound"
    with pytest.raises(RuleErrors, match="no_such_function") as refused:
        rule.lets["wrong"]
    assert "rules/loss/rule.yaml" in str(refused.value)


def test_a_name_that_is_computed_from_itself_ends_as_a_fault_of_its_file(compile_rule: Compile, rule_text: str) -> None:
    rule = later(compile_rule, rule_text, one="other + 1", other="one + 1")

    with pytest.raises(RuleErrors, match="computed from itself"):
        rule.lets["one"]


def test_a_name_may_stand_above_what_it_is_computed_from(compile_rule: Compile, rule_text: str) -> None:
    rule = later(compile_rule, rule_text, early="2 * late", late="end + 1")

    assert rule.lets["early"].type == rule.lets["late"].type == rule.lets["end"].type
