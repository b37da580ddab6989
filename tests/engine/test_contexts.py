from __future__ import annotations

import pytest

from logdoc.documents import load_yaml
from logdoc.engine import conclude, load_rules
from logdoc.engine.compiled import RuleCompiler
from logdoc.engine.contexts import in_order
from logdoc.engine.schema import ContextFile, TestRun
from logdoc.engine.selftest import make_input, run_context_tests

RULES = load_rules()
RESULTS = run_context_tests(RULES.contexts)


@pytest.mark.parametrize("result", RESULTS, ids=[f"{r.rule}::{r.name}" for r in RESULTS])
def test_a_bundled_context_keeps_its_promise(result) -> None:  # type: ignore[no-untyped-def]
    assert result.problems == ()


def context(text: str):  # type: ignore[no-untyped-def]
    data = load_yaml(
        text + "\ntests: [{name: a, expect: {value: null}}, {name: b, expect: {value: null}}]", where="context.yaml"
    ).data
    compiler = RuleCompiler(lambda path, column: "")
    compiled = compiler.compile_context(ContextFile.model_validate(data), "context.yaml")
    assert compiler.faults == []
    return compiled


HALF = (
    "id: half\nfact: meta.half\ntitle: t\noptional: {lr: {from: meta.lr, default: null}}\n"
    "choose: [{of: lr / 2, if: lr > 0, because: 'half of {lr:.2g}'}]"
)
QUARTER = (
    "id: a-quarter\nfact: meta.quarter\ntitle: t\noptional: {h: {from: meta.half, default: null}}\n"
    "choose: [{of: h / 2, if: h > 0, because: x}]"
)


def test_a_fact_follows_from_a_fact_that_follows() -> None:
    ordered = in_order((context(QUARTER), context(HALF)))

    facts = conclude(ordered, make_input(TestRun(meta={"lr": 0.4})))

    assert [c.context.id for c in ordered] == ["half", "a-quarter"]
    assert facts["meta.quarter"].value == pytest.approx(0.1)
    assert facts["meta.half"].why == "half of 0.4"


def test_what_the_configuration_says_is_kept_unless_the_context_overrides() -> None:
    run = make_input(TestRun(meta={"lr": 0.4, "half": 7}))

    assert conclude((context(HALF),), run)["meta.half"].value == 7
    assert conclude((context(HALF.replace("title: t", "title: t\noverride: true")),), run)[
        "meta.half"
    ].value == pytest.approx(0.2)


def test_a_context_without_a_choice_that_holds_concludes_nothing() -> None:
    assert "meta.half" not in conclude((context(HALF),), make_input(TestRun()))


def test_contexts_that_need_each_other_still_come_out() -> None:
    first = context(HALF.replace("meta.lr", "meta.quarter"))

    assert {c.context.id for c in in_order((first, context(QUARTER)))} == {"half", "a-quarter"}


def test_what_follows_from_a_circle_comes_after_it() -> None:
    circle = (
        context(HALF.replace("meta.lr", "meta.zone")),
        context(QUARTER.replace("a-quarter", "zone").replace("meta.quarter", "meta.zone")),
    )
    after = context(QUARTER)

    assert [c.context.id for c in in_order((after, *circle))] == ["half", "a-quarter", "zone"]


def test_the_number_of_classes_that_is_concluded_tells_what_a_guess_scores() -> None:
    run = make_input(
        TestRun(
            meta={"task": "classification"}, series={"train.loss": "2.31-0.02x30", "train.accuracy": "0.11+0.02x30"}
        )
    )
    facts = conclude(RULES.contexts, run)

    assert facts["meta.chance_accuracy"].value == pytest.approx(0.1)
    assert facts["meta.chance_loss"].value == pytest.approx(2.3026, abs=1e-4)


def test_a_text_where_a_number_belongs_concludes_nothing() -> None:
    assert "meta.half" not in conclude((context(HALF),), make_input(TestRun(meta={"lr": "fast"})))
