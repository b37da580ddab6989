from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from logdoc.engine import RuleSet, lint_rules, load_rules
from logdoc.errors import RuleErrors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CAUSE = """\
id: lr-large
title: The learning rate is large
summary: Steps are too large.
prior: 0.1
explains: {loss-high: usual}
remedies:
  - {effort: minutes, do: Lower it.}
verify: Repeat.
refute: No change.
references: [{practice: a test, says: an example}]
"""


@pytest.fixture
def lint(tmp_path: Path) -> Callable[..., list[str]]:
    """Lint rules of a folder of their own, without the bundled ones."""

    def one(*, cause: str = CAUSE, cause_name: str = "lr-large", **rules: str) -> list[str]:
        (tmp_path / "loss").mkdir()
        (tmp_path / "_causes").mkdir()
        for name, text in rules.items():
            (tmp_path / "loss" / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
        (tmp_path / "_causes" / f"{cause_name}.yaml").write_text(cause, encoding="utf-8")
        base, bundled = load_rules([tmp_path]), load_rules()
        old = {r.rule.id for r in bundled.rules} | {c.cause.id for c in bundled.causes}
        mine = RuleSet(
            tuple(r for r in base.rules if r.rule.id not in old),
            tuple(c for c in base.causes if c.cause.id not in old),
            base.digest,
            base.documents,
        )
        return [str(problem) for problem in lint_rules(mine)]

    return one


def test_a_rule_in_good_style_has_no_problem(lint: Callable[..., list[str]], rule_text: str) -> None:
    assert lint(loss_high=rule_text) == []


def test_a_rule_without_a_guard_is_checked_too(lint: Callable[..., list[str]], rule_text: str) -> None:
    guard = rule_text[rule_text.index("applies:") : rule_text.index("params:")]
    text = rule_text.replace(guard, "").replace("optional:\n  task: {from: meta.task, default: unknown}\n", "")
    text = text.replace("  points: {value: 3, why: a level needs a few points}\n", "")

    assert lint(loss_high=text) == []


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        (
            "severity: warning\ntags: [loss]",
            "tags: [loss]\nseverity: warning",
            "5:1",
            "'tags' stands where 'severity' belongs",
        ),
        ("when: end > bound", "when: end > bound and end > 7.5", "23:29", "the number 7.5 in 'when' has no name"),
        (
            "count(loss) >= points and",
            "count(loss) >= 5 and points > 0 and",
            "13:24",
            "the number 5 in 'when' has no name",
        ),
        ("  loss: train.loss", "  loss: train.loss\n  extra: val.loss", "10:10", "'extra' is never used"),
        ("params:", "params:\n  spare: {value: 1, why: an example}", "17:10", "'spare' is never used"),
        (
            "healthy: The training loss ends low.",
            "healthy: The training loss ends low",
            "3:10",
            "'healthy' is a sentence",
        ),
        (
            "title: The training loss ends high",
            "title: The training loss ends high.",
            "2:8",
            "a title has no full stop",
        ),
        (
            "title: The training loss ends high",
            "title: The training loss is powers of ten too high",
            "2:29",
            "'powers of ten' is not a term used here. Use: orders of magnitude.",
        ),
        (
            "why: a level needs a few points",
            "why: nought is no level",
            "17:27",
            "'nought' is not a term used here. Use: 0.",
        ),
        ("expect: {verdict: clear}", "expect: {verdict: fires}", "38:3", "no test expects 'clear'"),
        (
            "expect: {verdict: not-judged, missing: [train.loss]}",
            "expect: {verdict: clear}",
            "38:3",
            "no test shows when the rule says nothing",
        ),
    ],
)
def test_each_lapse_is_found_at_its_place(
    lint: Callable[..., list[str]], rule_text: str, old: str, new: str, place: str, message: str
) -> None:
    assert old in rule_text

    found = lint(loss_high=rule_text.replace(old, new))

    assert len(found) == 1, found
    assert message in found[0]
    assert f"loss-high.yaml:{place}:" in found[0]


def test_zero_and_one_need_no_name(lint: Callable[..., list[str]], rule_text: str) -> None:
    assert lint(loss_high=rule_text.replace("when: end > bound", "when: end > bound and end > 0 and end != 1")) == []


def test_a_rule_is_named_as_its_file(lint: Callable[..., list[str]], rule_text: str) -> None:
    assert "is not the name of its file" in lint(loss_low=rule_text)[0]


def test_titles_are_unique(lint: Callable[..., list[str]], rule_text: str) -> None:
    other = rule_text.replace("id: loss-high", "id: loss-tall")

    found = lint(
        loss_high=rule_text,
        loss_tall=other,
        cause=CAUSE.replace("{loss-high: usual}", "{loss-high: usual, loss-tall: usual}"),
    )

    assert len(found) == 1
    assert "the title is that of 'loss-high' as well" in found[0]


def test_a_rule_without_a_cause_is_found_unless_it_is_about_the_log(
    lint: Callable[..., list[str]], rule_text: str
) -> None:
    about_log = (
        rule_text.replace("id: loss-high", "id: log-odd")
        .replace("tags: [loss]", "tags: [logging]")
        .replace("ends high\n", "is odd\n", 1)
    )

    found = lint(
        loss_high=rule_text,
        log_odd=about_log,
        loss_tall=rule_text.replace("id: loss-high", "id: loss-tall").replace("ends high\n", "is tall\n", 1),
    )

    assert [message.partition(": ")[2].split(" Did")[0] for message in found] == ["no cause explains 'loss-tall'"]


def test_a_cause_explains_rules_that_exist(lint: Callable[..., list[str]], rule_text: str) -> None:
    with pytest.raises(RuleErrors) as caught:
        lint(
            loss_high=rule_text,
            cause=CAUSE.replace(
                "{loss-high: usual}", "{loss-high: usual, loss-hihg: usual}\nagainst: {loss-hgih: 0.5}"
            ),
        )

    assert [str(error).partition(": ")[2] for error in caught.value.errors] == [
        "no rule is called 'loss-hihg'. Did you mean 'loss-high'?",
        "no rule is called 'loss-hgih'. Did you mean 'loss-high'?",
    ]


def test_a_cause_is_named_as_its_file(lint: Callable[..., list[str]], rule_text: str) -> None:
    assert "is not the name of its file" in lint(loss_high=rule_text, cause_name="lr-small")[0]


NO_SOURCE = "references:\n  - {practice: a test, says: an example}\n"


def test_a_stable_rule_without_a_source_is_refused(lint: Callable[..., list[str]], rule_text: str) -> None:
    assert NO_SOURCE in rule_text

    found = lint(loss_high=rule_text.replace(NO_SOURCE, ""))

    assert len(found) == 1
    assert "loss-high.yaml:1:5: 'loss-high' names no source" in found[0]
    assert "practice: whose" in found[0]


def test_an_experimental_rule_may_name_its_source_later(lint: Callable[..., list[str]], rule_text: str) -> None:
    text = rule_text.replace(NO_SOURCE, "").replace("severity: warning", "status: experimental\nseverity: warning")

    assert lint(loss_high=text) == []


def test_a_cause_without_a_source_is_refused(lint: Callable[..., list[str]], rule_text: str) -> None:
    found = lint(loss_high=rule_text, cause=CAUSE.replace("references: [{practice: a test, says: an example}]\n", ""))

    assert ["'lr-large' names no source" in message for message in found] == [True]


def test_an_item_that_no_playbook_has_is_refused(lint: Callable[..., list[str]], rule_text: str) -> None:
    found = lint(loss_high=rule_text.replace("\ntests:", "playbook: [T1.4, T1.44]\n\ntests:", 1))

    assert len(found) == 1
    assert "loss-high.yaml:36:18: no playbook has an item 'T1.44'. Did you mean 'T1.4'?" in found[0]


def test_a_source_that_nothing_names_is_a_leftover(tmp_path: Path) -> None:
    entry = (
        "{id: spare-source, title: A title, authors: Nobody, kind: article, address: 'https://example.org/a', "
        "says: nothing yet}"
    )
    (tmp_path / "_sources.yaml").write_text(f"sources:\n  - {entry}\n", encoding="utf-8")

    found = [str(problem) for problem in lint_rules(load_rules([tmp_path]))]

    assert found == [f"{tmp_path.name}/_sources.yaml:2:10: no rule and no cause names the source 'spare-source'"]


def test_names_of_tests_say_what_they_show(lint: Callable[..., list[str]], rule_text: str) -> None:
    named = rule_text.replace("  - name: ", "  - name: short of ", 1)
    found = lint(loss_high=named)
    assert len(found) == 1, found
    assert "'short of' is not a term used here. Use: a sentence that says what the test shows." in found[0]


def test_causes_use_the_terms_of_the_field(lint: Callable[..., list[str]], rule_text: str) -> None:
    found = lint(loss_high=rule_text, cause=CAUSE.replace("Steps are too large.", "Noughts, and the rate of an agent."))
    assert [message.partition(": ")[2].partition(" Use")[0] for message in found] == [
        "'the rate' is not a term used here.",
        "'agent' is not a term used here.",
    ]
    assert "lr-large.yaml:3:23:" in found[0]


def test_a_title_is_a_term_and_no_sentence(lint: Callable[..., list[str]], rule_text: str) -> None:
    found = lint(
        loss_high=rule_text,
        cause=CAUSE.replace(
            "The learning rate is large", "The learning rate is so large that every step overshoots the floor"
        ),
    )

    assert len(found) == 1, found
    assert "lr-large.yaml:2:8: the title has 66 characters" in found[0]
