from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from logdoc.engine import load_rules, new_rule, run_tests
from logdoc.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from logdoc.engine import CompiledRule

    Compile = Callable[[str], CompiledRule]


def test_a_rule_that_keeps_its_promises_passes(compile_rule: Compile, rule_text: str) -> None:
    results = run_tests([compile_rule(rule_text)])

    assert [(r.rule, r.name, r.verdict, r.passed) for r in results] == [
        ("loss-high", "ends high", "fires", True),
        ("loss-high", "ends low", "clear", True),
        ("loss-high", "nothing logged", "not-judged", True),
    ]


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        ("{verdict: clear}", "expected clear, got fires"),
        ("{verdict: fires, values: {end: 25}}", "expected end = 25, got 20"),
        ("{verdict: fires, values: {edn: 20}}", "there is no value 'edn'"),
        ("{verdict: fires, values: {end: null}}", "expected end = None"),
        ("{verdict: fires, where: [fc.weight]}", "expected it at fc.weight, got nowhere"),
        ("{verdict: fires, missing: [val.loss]}", "expected val.loss to be missing, got nothing"),
        ("{verdict: fires, window: [1, 4]}", "expected the window"),
        ("{verdict: fires, severity: error}", "expected severity error, got warning"),
        ("{verdict: fires, message_contains: nonsense}", "'nonsense' is not in the message"),
    ],
)
def test_a_broken_promise_is_told(compile_rule: Compile, rule_text: str, expect: str, problem: str) -> None:
    text = rule_text.replace("{verdict: fires, values: {end: 20}}", expect)
    assert text != rule_text

    result = run_tests([compile_rule(text)])[0]

    assert not result.passed
    assert problem in result.problems[0]


def test_expected_numbers_are_met_within_two_percent(compile_rule: Compile, rule_text: str) -> None:
    near, far = (
        run_tests([compile_rule(rule_text.replace("values: {end: 20}", f"values: {{end: {v}}}"))])[0]
        for v in (20.3, 20.6)
    )

    assert near.passed
    assert not far.passed


def test_the_right_window_passes(compile_rule: Compile, rule_text: str) -> None:
    assert run_tests(
        [compile_rule(rule_text.replace("values: {end: 20}", "window: [0, 4], message_contains: over 10"))]
    )[0].passed


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"20x5"', '"20y5"', "'20y5' at character 1"),
        ("series: {train.loss", "params: {bund: 3}\n    series: {train.loss", "bund"),
    ],
)
def test_a_test_that_cannot_be_read_fails_alone(
    compile_rule: Compile, rule_text: str, old: str, new: str, problem: str
) -> None:
    results = run_tests([compile_rule(rule_text.replace(old, new, 1))])

    assert [r.passed for r in results] == [False, True, True]
    assert problem in results[0].problems[0]


def test_a_test_may_change_parameters(compile_rule: Compile, rule_text: str) -> None:
    changed = rule_text.replace('series: {train.loss: "1x5"}', 'params: {bound: 30}\n    series: {train.loss: "20x5"}')

    assert [r.passed for r in run_tests([compile_rule(changed)])] == [True, True, True]


def test_an_entity_may_have_brackets_in_its_name(compile_rule: Compile, per_layer_text: str) -> None:
    tests = 'tests:\n  - name: hot\n    series: {"update_ratio[layers[0]]": "0.5x5"}\n'
    tests += '    expect: {verdict: fires, where: ["layers[0]"]}\n'

    assert run_tests([compile_rule(per_layer_text + tests)])[0].problems == ()


def test_a_new_rule_loads_and_passes_its_tests(tmp_path: Path) -> None:
    (tmp_path / "loss").mkdir()
    (tmp_path / "loss" / "loss-odd.yaml").write_text(new_rule("loss-odd", "loss"), encoding="utf-8")

    rule = load_rules([tmp_path]).rule("loss-odd")

    assert rule is not None
    results = run_tests([rule])
    assert {r.verdict for r in results} == {"fires", "clear", "not-applicable", "not-judged"}
    assert all(r.passed for r in results)


@pytest.mark.parametrize(
    ("rule_id", "area"),
    [("Loss", "loss"), ("loss-", "loss"), ("../x", "loss"), ("loss", "../../etc"), ("", "loss"), ("a--b", "loss")],
)
def test_a_new_rule_needs_a_name_in_kebab_case(rule_id: str, area: str) -> None:
    with pytest.raises(ConfigError, match="kebab-case"):
        new_rule(rule_id, area)


def test_a_message_that_says_unknown_where_a_value_is_to_stand_is_told(compile_rule: Compile, rule_text: str) -> None:
    text = rule_text.replace("let:\n", "let:\n  at: first_nonfinite_step(loss)\n")
    text = text.replace("{bound:.0f}", "step {at:,.0f}")

    result = run_tests([compile_rule(text)])[0]

    assert result.verdict == "fires"
    assert "says 'unknown'" in result.problems[0]
