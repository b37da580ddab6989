from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest

from logdoc.engine import load_rules, rule_schema
from logdoc.errors import RuleError, RuleErrors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CAUSE = """\
id: lr-large
title: The learning rate is large
summary: Steps are too large.
prior: 0.1
explains: {loss-high: usual, loss-diverging: 0.5}
remedies:
  - {effort: minutes, do: Lower it.}
verify: Repeat.
refute: No change.
references: [{practice: a test, says: an example}]
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def one(path: str, text: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return tmp_path

    return one


def faults(folder: Path) -> list[str]:
    with pytest.raises(RuleErrors) as caught:
        load_rules([folder])
    return [str(error) for error in caught.value.errors]


def test_a_folder_of_rules_is_added_to_the_bundled_ones(write: Callable[[str, str], Path], rule_text: str) -> None:
    write("_causes/lr-large.yaml", CAUSE)
    write("_names/other.yaml", "not: a rule")
    folder = write("loss/loss-high.yaml", rule_text)

    base, more = load_rules(), load_rules([folder])

    assert {r.rule.id for r in more.rules} - {r.rule.id for r in base.rules} == {"loss-high"}
    assert {c.cause.id for c in more.causes} - {c.cause.id for c in base.causes} == {"lr-large"}
    assert [r.rule.id for r in more.rules] == sorted(r.rule.id for r in more.rules)
    found = more.rule("loss-high")
    assert found is not None
    assert found.area == "loss"
    assert more.rule("nothing") is None
    assert next(c for c in more.causes if c.cause.id == "lr-large").cause.explains == {
        "loss-high": 0.75,
        "loss-diverging": 0.5,
    }


def test_the_digest_tells_rule_bases_apart(write: Callable[[str, str], Path], rule_text: str) -> None:
    one = load_rules([write("loss/loss-high.yaml", rule_text)]).digest
    again = load_rules([write("loss/loss-high.yaml", rule_text)]).digest
    other = load_rules([write("loss/loss-high.yaml", rule_text.replace("value: 10", "value: 11"))]).digest

    assert one == again
    assert len({one, other, load_rules().digest}) == 3


def test_a_rule_replaces_a_bundled_one_only_when_it_says_so(write: Callable[[str, str], Path], rule_text: str) -> None:
    mine = rule_text.replace("id: loss-high", "id: loss-plateau")

    assert "override: true" in faults(write("loss/loss-plateau.yaml", mine))[0]
    replaced = load_rules(
        [write("loss/loss-plateau.yaml", mine.replace("tags: [loss]", "tags: [loss]\noverride: true"))]
    ).rule("loss-plateau")
    assert replaced is not None
    assert replaced.rule.title == "The training loss ends high"


def test_a_symptom_and_a_cause_have_different_names(write: Callable[[str, str], Path], rule_text: str) -> None:
    write("_causes/loss-high.yaml", CAUSE.replace("id: lr-large", "id: loss-high"))

    found = faults(write("loss/loss-high.yaml", rule_text))

    assert len(found) == 1
    assert "loss/loss-high.yaml:1:5: 'loss-high' is a rule and a cause" in found[0]


def test_all_faults_of_all_files_are_reported_together(write: Callable[[str, str], Path], rule_text: str) -> None:
    write("loss/a.yaml", rule_text.replace("end: last(loss)", "end: lst(loss)").replace("{end:.3g}", "{ende:.3g}"))
    write("loss/b.yaml", "id: [")
    folder = write("_causes/c.yaml", CAUSE.replace("prior: 0.1", "prior: 5"))

    found = faults(folder)

    assert [message.split(": ")[0].rpartition("/")[2] for message in found] == [
        "c.yaml:4:8",
        "a.yaml:21:8",
        "a.yaml:26:28",
        "b.yaml:1:6",
    ]
    assert "unknown function 'lst'" in found[1]
    assert "unknown name 'ende'" in found[2]
    assert "Did you mean 'end'?" in found[2]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("severity: warning", "severty: warning", "unknown key 'severty'. Did you mean 'severity'?"),
        ("severity: warning", "severity: fatal", "'severity'"),
        ("title: The training loss ends high\n", "", "the key 'title' is missing"),
        ("bound: {value: 10, why: an example}", "bound: {value: 10}", "the key 'why' is missing"),
        ("bound: {value: 10, why: an example}", "bound: {value: ten, why: an example}", "'value'"),
        ("id: loss-high", "id: Loss_High", "'id'"),
        ("  loss: train.loss", "  Loss: train.loss", "'Loss' cannot be a name"),
        ("  loss: train.loss", "  lambda: train.loss", "'lambda' is a word of the rule language"),
        ("  end: last(loss)", "  nan: last(loss)\n  end: last(loss)", "'nan' is a word of the rule language"),
        ("  end: last(loss)", "  bound: last(loss)\n  end: last(loss)", "'bound' is named twice"),
        ("  bound: {value", "  loss: {value: 1, why: an example}\n  bound: {value", "'loss' is named twice"),
        ("when: end > bound", "when: last(loss)", "'when' must be a truth value"),
        ("when: end > bound", "when: edn > bound", "unknown name 'edn' in 'when'. Did you mean 'end'?"),
        ("when: end > bound", "when: end.real > bound", "attribute access"),
        ("verify: Look at it", "verify: Look for {ende}", "unknown name 'ende' in 'verify'. Did you mean 'end'?"),
        ("verify: Look at it.", 'verify: "Look for {1 - end:.3g}."', "a single '{'"),
        ("when: end > bound", "when: later > bound", "unknown name 'later'"),
        ("window: [first_step(loss), last_step(loss)]", "window: [first_step(loss)]", "'window'"),
        ("window: [first_step(loss), last_step(loss)]", "window: [loss, last_step(loss)]", "'window' must be a number"),
        (
            "window: [first_step(loss), last_step(loss)]",
            "where: end > bound",
            "'where' must be a truth value per entity",
        ),
        ("window: [first_step(loss), last_step(loss)]", "rank: end", "for_each"),
        ("tags: [loss]", "severity_when: {warning: end > 50}\ntags: [loss]", "'warning' is no worse than the severity"),
        ("tags: [loss]", "severity_when: {error: last(loss)}\ntags: [loss]", "'severity_when' must be a truth value"),
        ("tags: [loss]", "severity_when: {fatal: end > 50}\ntags: [loss]", "'fatal'"),
        ("plot: loss", "plot: lss", "unknown name 'lss' in 'evidence'. Did you mean 'loss'?"),
        ("plot: loss", "plot: end", "'end' is a number and cannot be plotted"),
        ("scale: log}", "scale: log, band: [0, hgih]}", "unknown name 'hgih'"),
        ("scale: log}", "scale: log, band: [0]}", "'band'"),
        ("scale: log}", "scale: loglog}", "'scale'"),
        ("{end:.3g}", "{loss}", "'loss' is a series and cannot be put into a sentence"),
        ("{end:.3g}", "{end:.3d}", "the format '.3d'"),
        ("{end:.3g}", "{end.real}", "a single '{'"),
        ("task: {from: meta.task, default: unknown}", "task: {from: val.loss, default: 1}", "must be null"),
        ("  loss: train.loss", "  loss: {from: [train.loss, meta.lr]}", "not of one type"),
        ("tags: [loss]", "tags: [loss]\nfor_each: parameter", "no input is per parameter"),
        ("tags: [loss]", "tags: [loss]\ntags: [other]", "tags"),
        ("expect: {verdict: clear}", "expect: {verdict: maybe}", "'verdict'"),
        ("false_positives:\n  - A loss in other units.\n", "false_positives: []\n", "'false_positives'"),
    ],
)
def test_every_fault_has_its_file_line_and_words(
    write: Callable[[str, str], Path], rule_text: str, old: str, new: str, message: str
) -> None:
    assert old in rule_text

    found = faults(write("loss/loss-high.yaml", rule_text.replace(old, new)))

    assert any(message in one for one in found), found
    assert all(
        "loss/loss-high.yaml:" in one and one.split(":")[1].isdigit() and one.split(":")[2].isdigit() for one in found
    )


def test_a_number_per_layer_cannot_be_put_into_a_sentence(
    write: Callable[[str, str], Path], per_layer_text: str
) -> None:
    text = (
        per_layer_text.replace("for_each: parameter\n", "")
        .replace("rank: typical\n", "")
        .replace("{parameter}", "{typical}")
    )

    assert any(
        "'typical' is a number per entity and cannot be put into a sentence" in one
        for one in faults(write("layers/update-high.yaml", text))
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("usual", "mostly", "one of always, usual, sometimes, rarely"),
        ("effort: minutes", "effort: seconds", "'effort'"),
        ("do: Lower it.", 'do: "Lower it to {rate}."', "unknown name 'rate'"),
        ("remedies:\n", "let: {lower: nice(rate)}\nremedies:\n", "unknown name 'rate'"),
        (
            "remedies:\n",
            "context: [{if: 1 + 1, factor: 2, why: an example}]\nremedies:\n",
            "'context' must be a truth value",
        ),
        ("prior: 0.1", "prior: 0.7", "'prior'"),
        ("refute: No change.\n", "", "the key 'refute' is missing"),
        ("summary:", "sumary:", "Did you mean 'summary'?"),
    ],
)
def test_a_cause_is_checked_as_strictly(write: Callable[[str, str], Path], old: str, new: str, message: str) -> None:
    assert old in CAUSE

    found = faults(write("_causes/lr-large.yaml", CAUSE.replace(old, new)))

    assert any(message in one for one in found), found


def test_a_file_that_is_no_mapping_is_refused(write: Callable[[str, str], Path]) -> None:
    assert "one mapping" in faults(write("loss/x.yaml", "- 1\n"))[0]
    assert "one mapping" in faults(write("loss/x.yaml", ""))[0]


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no such folder"):
        load_rules([tmp_path / "nowhere"])


def test_a_hostile_file_costs_nothing(write: Callable[[str, str], Path]) -> None:
    bomb = "a: &a [1]\n" + "".join(f"k{i}: *a\n" for i in range(50))
    write("loss/bomb.yaml", bomb)
    write("loss/deep.yaml", "[" * 100_000)
    write("loss/tag.yaml", "id: !!python/object/apply:os.system [id]")
    write("loss/sum.yaml", "id: x\nwhen: " + "1+" * 20_000 + "1")
    folder = write("loss/binary.yaml", "\x00\x01\x02")

    found = faults(folder)

    assert {"bomb", "deep", "tag", "sum", "binary"} == {one.split(".yaml")[0].rpartition("/")[2] for one in found}


def test_the_bundled_rules_are_loaded_once() -> None:
    rules = load_rules()

    assert rules.rules
    assert load_rules() is rules


def test_every_bundled_file_is_valid_by_the_exported_schema() -> None:
    validator = jsonschema.Draft202012Validator(rule_schema())

    problems = {
        name: [e.message for e in validator.iter_errors(document.data)]
        for name, document in load_rules().documents.items()
    }

    assert {name: found for name, found in problems.items() if found} == {}
    assert list(validator.iter_errors({"id": "x", "nonsense": 1}))


def test_a_text_cut_at_its_comma_is_explained(write: Callable[[str, str], Path], rule_text: str) -> None:
    cut = rule_text.replace("why: an example}", "why: a guard, a division by zero}")
    assert cut != rule_text

    found = faults(write("loss/loss-high.yaml", cut))

    assert len(found) == 1
    assert "unknown key 'a division by zero'" in found[0]
    assert "Quote texts with commas inside { }." in found[0]
