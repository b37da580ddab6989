from __future__ import annotations

import dataclasses

import pytest

from logdoc.documents import load_yaml
from logdoc.engine import evaluate, evaluate_pair
from logdoc.engine.compiled import RuleCompiler
from logdoc.engine.schema import Rule, TestRun
from logdoc.engine.selftest import make_input


def compiled(text: str):  # type: ignore[no-untyped-def]
    compiler = RuleCompiler(lambda path, column: "")
    rule = compiler.compile_rule(Rule.model_validate(load_yaml(text, where="rule.yaml").data), "loss", "rule.yaml")
    return rule, [fault.what for fault in compiler.faults]


@pytest.fixture
def also_rule(rule_text: str):  # type: ignore[no-untyped-def]
    text = rule_text.replace("applies:\n", 'also: {loss: "train.loss_term[term]"}\napplies:\n', 1).replace(
        "severity: warning", "severity: error"
    )
    rule, faults = compiled(text)
    assert faults == []
    return rule


def judged(rule, **series: str):  # type: ignore[no-untyped-def]
    named = {name.replace("__", "[") + ("]" if "__" in name else ""): notation for name, notation in series.items()}
    return evaluate([rule], make_input(TestRun(series={f"train.{k}": v for k, v in named.items()})))[0]


def test_a_term_that_fires_beside_a_fine_total_is_at_info_and_named(also_rule) -> None:  # type: ignore[no-untyped-def]
    finding = judged(also_rule, loss="1x5", loss_term__box="20x5", loss_term__cls="1x5")

    assert (finding.status, finding.severity, finding.layers) == ("fires", "info", ("box",))
    assert finding.evidence.startswith("Term box: the loss ends at 20")
    assert finding.charts[0].series == ("train.loss_term[box]",)


def test_what_is_said_of_a_term_is_not_said_of_the_training_loss(rule_text: str) -> None:
    text = rule_text.replace("applies:\n", 'also: {loss: "train.loss_term[term]"}\napplies:\n', 1)
    rule, _ = compiled(text.replace('"The loss ends', '"NaN or not, the training loss ends'))

    assert judged(rule, loss="1x5", loss_term__box="20x5").evidence.startswith("Term box: NaN or not, it ends at 20")


def test_what_is_said_of_a_metric_is_not_said_of_the_accuracy(rule_text: str) -> None:
    text = rule_text.replace("applies:\n", 'also: {loss: "train.loss_term[term]"}\napplies:\n', 1)
    rule, _ = compiled(text.replace('"The loss ends', '"The accuracy ends'))

    assert judged(rule, loss="1x5", loss_term__box="20x5").evidence.startswith("Term box: it ends at 20")


def test_a_term_that_fires_where_the_total_is_not_logged_is_a_warning(also_rule) -> None:  # type: ignore[no-untyped-def]
    finding = judged(also_rule, loss_term__box="20x5", loss_term__cls="30x5")

    assert (finding.severity, finding.layers) == ("warning", ("box", "cls"))
    assert "The same holds for cls." in finding.evidence


def test_a_total_that_fires_keeps_its_weight_and_names_the_terms(also_rule) -> None:  # type: ignore[no-untyped-def]
    finding = judged(also_rule, loss="20x5", loss_term__box="20x5", loss_term__cls="1x5")

    assert (finding.severity, finding.layers) == ("error", ())
    assert "The same holds for the term box." in finding.evidence


def test_terms_that_are_fine_make_it_clear_where_the_total_is_not_logged(also_rule) -> None:  # type: ignore[no-untyped-def]
    assert judged(also_rule, loss_term__box="1x5").status == "clear"
    assert judged(also_rule, lr="1x5").status == "not-judged"


@pytest.mark.parametrize(
    "also", ['{loss: "train.loss_term"}', '{other: "train.loss_term[term]"}', '{task: "train.loss_term[term]"}']
)
def test_also_names_an_input_that_is_a_series_and_a_role_of_several(rule_text: str, also: str) -> None:
    _, faults = compiled(rule_text.replace("applies:\n", f"also: {also}\napplies:\n", 1))

    assert any("'also' needs" in fault for fault in faults)


def test_a_rule_about_pairs_reads_each_run_by_its_name(rule_text: str) -> None:
    text = rule_text.replace(
        "\ninputs:\n  loss: train.loss",
        "\nscope: pair\ninputs:\n  loss: candidate.train.loss\n  old: baseline.train.loss",
    )
    text = text.replace("from: meta.task", "from: candidate.meta.task").replace(
        "when: end > bound", "when: end > bound and last(old) < end"
    )
    rule, faults = compiled(text)
    assert faults == []
    low, high = (make_input(TestRun(series={"train.loss": n})) for n in ("1x5", "20x5"))

    assert evaluate_pair([rule], low, high, {})[0].status == "fires"
    assert evaluate_pair([rule], high, low, {})[0].status == "clear"
    assert evaluate_pair([rule], make_input(TestRun()), high, {})[0].missing == ("baseline.train.loss",)
    assert evaluate([dataclasses.replace(rule)], high) == ()
