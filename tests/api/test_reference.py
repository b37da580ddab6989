from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from logdoc.api.patterns import patterns
from logdoc.api.reference import pages, related
from logdoc.api.rulebase import explain_rule, write_docs
from logdoc.engine import load_rules, playbook
from logdoc.errors import ConfigError

DOCS = Path(__file__).resolve().parents[2] / "docs"
BASE = load_rules()
PAGES = pages(BASE)


def test_the_documentation_is_up_to_date() -> None:
    stale = [
        name
        for name, text in PAGES.items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text(encoding="utf-8") != text
    ]
    strangers = [path.name for path in (DOCS / "rules").iterdir() if f"rules/{path.name}" not in PAGES]

    assert (stale, strangers) == ([], []), "run: logdoc rules docs"


def test_every_rule_and_cause_has_a_page_and_most_rules_a_chart() -> None:
    assert all(f"rules/{r.rule.id}.md" in PAGES for r in BASE.rules)
    assert all(f"rules/{c.cause.id}.md" in PAGES for c in BASE.causes)
    assert sum(f"rules/{r.rule.id}.svg" in PAGES for r in BASE.rules) > 0.8 * len(BASE.rules)


def test_no_link_leads_nowhere() -> None:
    for name, text in PAGES.items():
        if name.endswith(".md"):
            folder = name.rpartition("/")[0]
            for target in re.findall(r"\]\(([^)]+)\)", text):
                if target.startswith(("https://", "http://")):
                    continue
                assert (f"{folder}/{target}" if folder else target) in PAGES, f"{name} links to {target}"


def test_every_item_of_the_playbooks_leads_to_a_rule_or_a_cause() -> None:
    rows = [line for line in PAGES["playbook.md"].splitlines() if re.match(r"\| [TRP]", line)]
    items = playbook().items
    unseen = [item for item in items if item.unseen]

    assert len(rows) == len(items) > 50
    assert all("](rules/" in row for row in rows)
    assert unseen
    assert all(cause in {c.cause.id for c in BASE.causes} for item in unseen for cause in item.remedies)


def test_every_rule_and_cause_links_what_it_rests_on() -> None:
    for compiled, name in [*((r, r.rule.id) for r in BASE.rules), *((c, c.cause.id) for c in BASE.causes)]:
        text = PAGES[f"rules/{name}.md"]
        for citation in compiled.citations:
            assert citation.title in text, name
            assert f"]({citation.address})" in text or citation.title.startswith("Practice: "), name


def test_no_code_of_a_playbook_stands_for_a_source() -> None:
    told = [text.partition("**Sources**")[2] for name, text in PAGES.items() if name.startswith("rules/")]

    assert not [text for text in told if re.search(r"\b([TR]\d+(\.\d+)?|P[abc]\d*)\b[,:]", text)]


def test_the_page_of_sources_has_every_source_once_with_those_who_name_it() -> None:
    page = PAGES["sources.md"]

    assert len(BASE.sources) > 50
    for known in BASE.sources.values():
        assert page.count(f"]({known.entry.address})**") == 1, known.entry.id
    assert page.count("Named by [") == len(BASE.sources)


def test_the_playbooks_say_where_they_can_be_read() -> None:
    assert all(
        f"]({BASE.sources[source].entry.address})" in PAGES["playbook.md"] for source in playbook().sources.values()
    )


def test_docs_are_written_once_and_pages_of_rules_that_are_gone_removed(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "gone.md").write_text("# Old\n\n<!-- made from the rule by `logdoc rules docs` -->\n")
    (tmp_path / "rules" / "gone-clear.svg").write_text("old")
    for name in ("mine.md", "mine.svg"):
        (tmp_path / "rules" / name).write_text("my own")

    count, stale = write_docs(tmp_path)

    assert count == len(PAGES)
    assert {"rules/gone.md", "rules/gone-clear.svg"} <= set(stale)
    assert not (tmp_path / "rules" / "gone-clear.svg").exists()
    assert write_docs(tmp_path) == (count, [])
    assert {(tmp_path / "rules" / name).read_text() for name in ("mine.md", "mine.svg")} == {"my own"}


def test_docs_are_not_written_over_a_page_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "sources.md").write_text("my own")

    with pytest.raises(ConfigError, match=r"sources\.md.*would be lost"):
        write_docs(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["sources.md"]
    assert (tmp_path / "sources.md").read_text() == "my own"


def test_a_rule_is_explained_in_words() -> None:
    text = "\n".join(explain_rule("relu-dead"))

    assert "Dead ReLUs" in text
    assert "relu-dying" in text
    assert "<!--" not in text
    assert "Dying ReLU and Initialization: Theory and Numerical Examples, https://arxiv.org/abs/1903.06733" in text
    assert "](http" not in text


def test_in_the_terminal_a_link_is_a_title_with_the_id_that_a_command_takes() -> None:
    lines = [*explain_rule("overfitting"), *explain_rule("loss-nan")]

    assert not [line for line in lines if ".md)" in line]
    assert any("Trained past the best validation point [overtrained]" in line for line in lines)
    assert any(line.startswith("Causes: numeric-error (0.75), ") for line in lines)


def test_a_page_shows_the_healthy_look_alike_beside_the_pattern() -> None:
    fired, calm = patterns(BASE.rule("loss-diverging"))
    page = PAGES["rules/loss-diverging.md"]

    assert fired is not None
    assert calm is not None
    names = {test.name: test.expect.verdict for test in BASE.rule("loss-diverging").rule.tests}
    assert (names[fired.name], names[calm.name]) == ("fires", "clear")
    assert f"| fires: {fired.name} | stays clear: {calm.name} |" in page
    assert f"![{calm.name}](loss-diverging-clear.svg)" in page
    assert PAGES["rules/loss-diverging-clear.svg"] == calm.svg != fired.svg


def test_the_look_alike_is_the_clear_test_that_comes_nearest() -> None:
    rule = BASE.rule("val-u-shape")
    fires, clear = (next(t for t in rule.rule.tests if t.expect.verdict == word) for word in ("fires", "clear"))
    near = fires.model_copy(update={"name": "nearly the same", "expect": clear.expect})
    model = rule.rule.model_copy(update={"tests": [*rule.rule.tests, near]})

    assert patterns(dataclasses.replace(rule, rule=model))[1].name == "nearly the same"


def test_most_rules_with_a_pattern_have_a_look_alike() -> None:
    drawn = [r.rule.id for r in BASE.rules if f"rules/{r.rule.id}.svg" in PAGES]

    assert sum(f"rules/{name}-clear.svg" in PAGES for name in drawn) > 0.9 * len(drawn)


def test_related_rules_share_a_cause_or_a_tag_and_the_nearest_come_first() -> None:
    for rule in BASE.rules:
        near = related(rule, BASE)
        assert len(near) <= 6
        assert rule not in near
        for other in near:
            causes = [c for c in BASE.causes if {rule.rule.id, other.rule.id} <= c.cause.explains.keys()]
            assert causes or set(rule.rule.tags) & set(other.rule.tags)
    assert "grad-fades-at-start" in [r.rule.id for r in related(BASE.rule("grad-vanishing"), BASE)[:2]]
