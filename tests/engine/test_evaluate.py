from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from logdoc.engine import EngineInput, evaluate, evaluate_group, load_rules
from logdoc.engine.remedies import fill_cause
from logdoc.engine.schema import TestRun
from logdoc.engine.selftest import make_input
from logdoc.errors import ConfigError
from logdoc.model import Fact, Finding, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from logdoc.engine.compiled import CompiledRule

    Compile = Callable[[str], CompiledRule]
    RunOf = Callable[..., EngineInput]


@pytest.fixture
def judge(compile_rule: Compile, rule_text: str, run_of: RunOf) -> Callable[..., Finding]:
    def one(series: dict[str, str], *changes: tuple[str, str], **meta: object) -> Finding:
        text = rule_text
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return evaluate([compile_rule(text)], run_of(series, **meta))[0]

    return one


@pytest.fixture
def per_layer(compile_rule: Compile, per_layer_text: str, run_of: RunOf) -> Callable[..., Finding]:
    def one(**series: str) -> Finding:
        named = {f"update_ratio[{name}]": notation for name, notation in series.items()}
        return evaluate([compile_rule(per_layer_text)], run_of(named))[0]

    return one


def test_a_rule_that_fires_brings_its_numbers(judge: Callable[..., Finding]) -> None:
    finding = judge({"train.loss": "5x1 20x3"})

    assert finding.status == "fires"
    assert finding.title == "The training loss ends high"
    assert finding.evidence == "The loss ends at 20, over 10 in 75% of the run."
    assert finding.values == {"end": 20.0, "share_high": 0.75}
    assert finding.window == (0, 3)
    assert finding.charts[0].series == ("train.loss",)
    assert finding.charts[0].lines == {"bound": 10.0}
    assert finding.charts[0].scale == "log"
    assert finding.log == ""


def test_how_to_verify_has_the_numbers_of_the_run(compile_rule: Compile, rule_text: str, run_of: RunOf) -> None:
    rule = compile_rule(rule_text.replace("Look at it.", "Look for {end:.1f}."))

    assert evaluate([rule], run_of({"train.loss": "20x5"}))[0].verify == "Look for 20.0."


def test_a_rule_that_is_clear_says_so_in_its_own_words(judge: Callable[..., Finding]) -> None:
    finding = judge({"train.loss": "1x4"})

    assert (finding.status, finding.title) == ("clear", "The training loss ends low.")
    assert finding.values["end"] == 1.0
    assert finding.charts == ()
    assert finding.window is None


def test_an_absent_input_is_not_judged_and_says_what_to_log(judge: Callable[..., Finding]) -> None:
    finding = judge({"val.loss": "1x4"})

    assert finding.status == "not-judged"
    assert finding.missing == ("train.loss",)
    assert finding.log == "the training loss"
    assert finding.evidence == "not logged: train.loss"
    assert finding.values == {}


@pytest.mark.parametrize(("series", "meta"), [("20x2", {}), ("20x5", {"task": "gan"})])
def test_where_the_rule_does_not_apply_it_gives_its_reason(
    judge: Callable[..., Finding], series: str, meta: dict[str, str]
) -> None:
    finding = judge({"train.loss": series}, **meta)

    assert finding.status == "not-applicable"
    assert finding.evidence == "too few points, or a task without a target"


def test_a_decision_on_unknown_numbers_is_not_judged_and_names_them(judge: Callable[..., Finding]) -> None:
    finding = judge({"train.loss": "20x5"}, ("end: last(loss)", "end: ln(0 - last(loss))"))

    assert finding.status == "not-judged"
    assert "end unknown" in finding.evidence


def test_a_guard_on_unknown_numbers_is_not_judged(judge: Callable[..., Finding]) -> None:
    finding = judge({"train.loss": "20x5"}, ("count(loss) >= points", "ln(0 - last(loss)) >= points"))

    assert finding.status == "not-judged"
    assert "applies" in finding.evidence


def test_a_loss_logged_as_nan_is_not_a_loss_that_was_not_logged(judge: Callable[..., Finding]) -> None:
    logged = judge({"train.loss": "nanx5"})

    assert logged.status == "not-applicable"
    assert logged.missing == ()


def test_a_fault_inside_one_rule_is_its_finding_and_spares_the_others(
    compile_rule: Compile, rule_text: str, run_of: RunOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = compile_rule(rule_text.replace("end: last(loss)", "end: highest(loss)"))
    bad = compile_rule(rule_text.replace("id: loss-high", "id: broken"))
    expression = dict(bad.forms.let)["end"]

    def explode(scope: object) -> float:
        raise ZeroDivisionError("inside")

    object.__setattr__(expression, "run", explode)

    findings = evaluate([bad, good], run_of({"train.loss": "20x5"}))

    assert [(f.id, f.status) for f in findings] == [("broken", "error"), ("loss-high", "fires")]
    assert findings[0].evidence == "this rule failed: ZeroDivisionError: inside"


def test_parameters_can_be_changed(compile_rule: Compile, rule_text: str, run_of: RunOf) -> None:
    rule, run = compile_rule(rule_text), run_of({"train.loss": "20x5"})

    assert evaluate([rule], run, {"loss-high.bound": 30})[0].status == "clear"
    assert evaluate([rule], run)[0].status == "fires"


def test_a_parameter_that_does_not_exist_is_refused_with_a_suggestion(
    compile_rule: Compile, rule_text: str, run_of: RunOf
) -> None:
    with pytest.raises(ConfigError, match=r"loss-high\.bund.*Did you mean 'loss-high\.bound'"):
        evaluate([compile_rule(rule_text)], run_of(), {"loss-high.bund": 30})


def test_the_first_present_source_is_used(judge: Callable[..., Finding]) -> None:
    either = ("loss: train.loss", "loss: {from: [val.loss, train.loss]}")

    assert judge({"train.loss": "20x5"}, either).status == "fires"
    assert judge({"train.loss": "20x5", "val.loss": "1x5"}, either).status == "clear"
    assert judge({}, either).missing == ("val.loss or train.loss",)


def test_a_missing_fact_is_missing_and_its_default_stands_in(judge: Callable[..., Finding]) -> None:
    required = ("loss: train.loss", "loss: train.loss\n  classes: meta.num_classes")

    assert judge({"train.loss": "20x5"}, required).missing == ("meta.num_classes",)
    assert judge({"train.loss": "20x5"}, required, num_classes=10).status == "fires"
    assert judge({"train.loss": "20x5"}, required, num_classes=None).missing == ("meta.num_classes",)


def test_a_number_too_large_for_a_float_is_infinite(judge: Callable[..., Finding]) -> None:
    finding = judge(
        {"train.loss": "20x5"},
        ("loss: train.loss", "loss: train.loss\n  size: meta.size"),
        ("end > bound", "size > bound"),
        size=10**400,
    )

    assert finding.status == "fires"


def test_a_layer_that_is_called_by_a_number_is_called_a_layer(per_layer: Callable[..., Finding]) -> None:
    assert per_layer(**{"2": "0.5x5"}).evidence == "Parameter 2: the typical update is 0.5."
    assert per_layer(**{"net.2": "0.5x5"}).evidence == "net.2: the typical update is 0.5."


def test_entities_fold_into_one_finding_worst_first(per_layer: Callable[..., Finding]) -> None:
    finding = per_layer(a="0.001x5", b="0.02x5", c="0.5x5")

    assert finding.status == "fires"
    assert finding.layers == ("c", "b")
    assert finding.evidence == "c: the typical update is 0.5. Found in 2 of 3 parameters: c, b."
    assert finding.values == {"typical": 0.5}
    assert finding.charts[0].series == ("update_ratio[c]", "update_ratio[b]")
    assert finding.charts[0].band == (0.0, 0.01)


def test_many_entities_are_counted_not_listed(per_layer: Callable[..., Finding]) -> None:
    finding = per_layer(**{f"l{i}": "0.5x5" for i in range(20)})

    assert finding.evidence.endswith("l0, l1, l2, l3, l4, l5 and 14 more.")
    assert len(finding.layers) == 20
    assert len(finding.charts[0].series) == 4


@pytest.mark.parametrize(
    ("series", "verdict"),
    [
        ({"a": "0.5x5", "b": "0.001x1"}, "fires"),
        ({"a": "0.001x5", "b": "0.5x1"}, "clear"),
        ({"a": "0.5x1"}, "not-applicable"),
        ({}, "not-judged"),
    ],
)
def test_the_verdicts_of_the_entities_fold(
    per_layer: Callable[..., Finding], series: dict[str, str], verdict: str
) -> None:
    assert per_layer(**series).status == verdict


def test_one_clear_entity_outweighs_one_that_could_not_be_judged(
    compile_rule: Compile, per_layer_text: str, run_of: RunOf
) -> None:
    rule = compile_rule(per_layer_text.replace("typical: median(update)", "typical: ln(median(update))"))
    unknown, clear = {"update_ratio[a]": "-1x5"}, {"update_ratio[b]": "0.5x5"}

    assert evaluate([rule], run_of(unknown))[0].status == "not-judged"
    assert evaluate([rule], run_of({**unknown, **clear}))[0].status == "clear"


def test_no_entity_at_all_names_what_is_missing(per_layer: Callable[..., Finding]) -> None:
    assert per_layer().missing == ("update_ratio[parameter]",)


def test_an_entity_without_a_rank_comes_last(compile_rule: Compile, per_layer_text: str, run_of: RunOf) -> None:
    rule = compile_rule(per_layer_text.replace("rank: typical", "rank: ln(typical - 0.1)"))

    finding = evaluate([rule], run_of({"update_ratio[a]": "0.05x5", "update_ratio[b]": "0.2x5"}))[0]

    assert finding.layers == ("b", "a")


def test_a_table_names_its_layers_and_shows_its_spread(
    compile_rule: Compile, per_layer_text: str, run_of: RunOf
) -> None:
    text = (
        per_layer_text.replace("for_each: parameter\n", "")
        .replace("rank: typical\n", "")
        .replace("window: [first_step(update), last_step(update)]\n", "")
    )
    text = text.replace("applies: {when: count(update) >= points, otherwise: too few samples}\n", "")
    text = text.replace("when: typical > high", "when: highest_of(typical) > high\nwhere: typical > high")
    text = text.replace('"{parameter}: the typical update is {typical:.2g}."', "Large.")

    finding = evaluate(
        [compile_rule(text)],
        run_of({"update_ratio[a]": "0.001x5", "update_ratio[b]": "0.5x5", "update_ratio[c]": "0.02x5"}),
    )[0]

    assert finding.layers == ("b", "c")
    assert finding.values == {"typical (lowest)": 0.001, "typical (median)": 0.02, "typical (highest)": 0.5}


GROUP = """\
id: sweep-spread
title: Runs differ
healthy: Runs agree.
since: 0.1.0
severity: info
tags: [runs]
scope: group
inputs:
  loss: train.loss[run]
  optimizer: meta.optimizer[run]
optional:
  kind: {from: group.kind, default: mixed}
applies: {when: entities(end) >= runs, otherwise: too few runs}
params:
  runs: {value: 2, why: one run cannot differ}
  factor: {value: 2, why: an example}
let:
  end: last(loss)
  adam: count_of(one_of(optimizer, "adam"))
  ratio: spread_of(end)
when: ratio > factor
where: end >= highest_of(end)
message: "{kind}: the runs end {ratio:.1f}-fold apart, {adam:.0f} with adam."
why: They should not.
log: the training loss
false_positives: [None known.]
references: [{practice: a test, says: an example}]
"""


def test_a_group_sees_one_value_per_run(compile_rule: Compile, run_of: RunOf) -> None:
    runs = {
        "a": run_of({"train.loss": "1x3"}, optimizer="adam"),
        "b": run_of({"train.loss": "4x3"}, optimizer="sgd"),
        "c": run_of({}),
    }

    finding = evaluate_group([compile_rule(GROUP)], runs, {"group.kind": Fact("seeds")})[0]

    assert finding.status == "fires"
    assert finding.evidence == "seeds: the runs end 4.0-fold apart, 1 with adam."
    assert finding.layers == ("b",)


def test_a_group_of_one_does_not_apply_and_of_none_is_not_judged(compile_rule: Compile, run_of: RunOf) -> None:
    rule = compile_rule(GROUP)

    assert (
        evaluate_group([rule], {"a": run_of({"train.loss": "1x3"}, optimizer="adam")}, {})[0].status == "not-applicable"
    )
    assert evaluate_group([rule], {"a": run_of()}, {})[0].missing == ("train.loss[run]", "meta.optimizer[run]")


def test_rules_about_runs_and_about_groups_keep_apart(compile_rule: Compile, rule_text: str, run_of: RunOf) -> None:
    rules = [compile_rule(GROUP), compile_rule(rule_text)]

    assert [f.id for f in evaluate(rules, run_of())] == ["loss-high"]
    assert [f.id for f in evaluate_group(rules, {"a": run_of()}, {})] == ["sweep-spread"]


def test_the_same_run_gives_the_same_findings(compile_rule: Compile, per_layer_text: str, run_of: RunOf) -> None:
    rule = compile_rule(per_layer_text)
    series = {f"update_ratio[l{i}]": f"0.0{i}x20~0.01#{i}" for i in range(1, 9)}

    assert evaluate([rule], run_of(series)) == evaluate([rule], run_of(series))


def test_an_empty_reading_fires_nothing(compile_rule: Compile, rule_text: str, per_layer_text: str) -> None:
    findings = evaluate([compile_rule(rule_text), compile_rule(per_layer_text)], EngineInput(Reading(), {}))

    assert {f.status for f in findings} == {"not-judged"}


CAUSE = """\
id: lr-large
title: The learning rate is large
summary: Steps are too large.
prior: 0.1
explains: {loss-high: usual}
optional:
  rate: {from: [meta.lr, train.lr_peak], default: null}
  end: {from: finding.loss-high.end, default: null}
let:
  lower: nice(rate / 3)
context:
  - {if: rate > 1, factor: 3, why: large for any optimizer}
remedies:
  - {effort: minutes, do: "Lower it from {rate:.2g} to {lower:.2g}; it ends at {end:.0f}.", if: is_known(rate)}
  - {effort: hours, do: Try again.}
verify: Repeat.
refute: No change.
references: [{practice: a test, says: an example}]
"""


@pytest.fixture
def cause() -> object:
    from logdoc.documents import load_yaml
    from logdoc.engine.compiled import RuleCompiler
    from logdoc.engine.schema import CauseFile

    document = load_yaml(CAUSE, where="rules/_causes/lr-large.yaml")
    compiler = RuleCompiler(document.place)
    compiled = compiler.compile_cause(CauseFile.model_validate(document.data), document.where)
    assert compiler.faults == []
    return compiled


def test_remedies_carry_the_numbers_of_the_run(cause: object, judge: Callable[..., Finding], run_of: RunOf) -> None:
    finding = judge({"train.loss": "20x5"})

    remedies, factor, reasons = fill_cause(cause, run_of({}, lr=3.0), {"loss-high": finding})  # type: ignore[arg-type]

    assert [r.do for r in remedies] == ["Lower it from 3 to 1; it ends at 20.", "Try again."]
    assert remedies[0].effort == "minutes"
    assert factor == 3.0
    assert len(reasons) == 1


def test_a_remedy_whose_condition_is_unknown_is_left_out(cause: object, run_of: RunOf) -> None:
    remedies, factor, _ = fill_cause(cause, run_of(), {})  # type: ignore[arg-type]

    assert [r.do for r in remedies] == ["Try again."]
    assert factor == 1.0


def test_only_a_finding_that_fires_lends_its_numbers(
    cause: object, judge: Callable[..., Finding], run_of: RunOf
) -> None:
    clear = judge({"train.loss": "1x5"})

    remedies, _, _ = fill_cause(cause, run_of({}, lr=0.3), {"loss-high": clear})  # type: ignore[arg-type]

    assert remedies[0].do == "Lower it from 0.3 to 0.1; it ends at unknown."


def test_a_fault_in_a_cause_leaves_its_plain_remedies(cause: object, run_of: RunOf) -> None:
    def explode(scope: object) -> float:
        raise RuntimeError("inside")

    object.__setattr__(cause.forms.let[0][1], "run", explode)  # type: ignore[attr-defined]

    remedies, factor, _ = fill_cause(cause, run_of({}, lr=3.0), {})  # type: ignore[arg-type]

    assert [r.do for r in remedies] == ["Try again."]
    assert math.isclose(factor, 1.0)


def test_the_layer_that_a_finding_names_is_the_first_that_is_drawn() -> None:
    series = {f"weight_norm[l{i}]": "1+0.1x30" if i != 3 else "1x30" for i in range(8)}
    series |= {"train.loss": "2-0.01x30"}
    run = make_input(TestRun.model_validate({"series": series}))

    finding = next(f for f in evaluate(load_rules(()).rules, run) if f.id == "weights-not-training")

    assert finding.layers == ("l3",)
    assert finding.charts[0].series[0] == "weight_norm[l3]"
    assert len(finding.charts[0].series) == 4


def test_a_window_lies_inside_the_run() -> None:
    run = make_input(TestRun.model_validate({"series": {"train.loss": "@500 2-0.1x10 nanx20"}}))

    windows = [f.window for f in evaluate(load_rules(()).rules, run) if f.window is not None]

    assert windows
    assert all(500 <= low <= high <= 529 for low, high in windows)


def test_a_finding_weighs_as_the_worst_of_its_conditions_says(judge: Callable[..., Finding]) -> None:
    graded = ("severity: warning", "severity: info\nseverity_when:\n  warning: end > 30\n  error: end > 90")

    assert [judge({"train.loss": f"{end}x5"}, graded).severity for end in (20, 50, 100)] == ["info", "warning", "error"]


def test_a_condition_that_is_unknown_makes_nothing_worse(judge: Callable[..., Finding]) -> None:
    unknown = ("severity: warning", 'severity: warning\nseverity_when: {error: "end > first(before(loss, 0))"}')

    finding = judge({"train.loss": "20x5"}, unknown)

    assert (finding.status, finding.severity) == ("fires", "warning")


def test_a_clear_finding_has_the_severity_of_its_rule(judge: Callable[..., Finding]) -> None:
    graded = ("severity: warning", "severity: info\nseverity_when: {warning: end < 5}")

    assert judge({"train.loss": "1x5"}, graded).severity == "info"
