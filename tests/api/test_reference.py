from __future__ import annotations

import re
from pathlib import Path

from logdoc.api import load_rules
from logdoc.api.reference import pages, playbook_items
from logdoc.api.rulebase import explain_rule, write_docs

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
                assert (f"{folder}/{target}" if folder else target) in PAGES, f"{name} links to {target}"


def test_every_item_of_the_playbooks_leads_to_a_rule_or_a_cause() -> None:
    rows = [line for line in PAGES["playbook.md"].splitlines() if re.match(r"\| [TRP]", line)]
    unseen = [item for item in playbook_items() if "unseen" in item]

    assert len(rows) == len(playbook_items()) > 50
    assert all("](rules/" in row for row in rows)
    assert unseen
    assert all(cause in {c.cause.id for c in BASE.causes} for item in unseen for cause in item["remedies"])


def test_items_that_rules_name_are_items_of_the_playbooks() -> None:
    known = {item["id"] for item in playbook_items()}
    named = {ref.id for r in BASE.rules for ref in r.rule.references} | {
        ref.id for c in BASE.causes for ref in c.cause.references
    }

    assert {name for name in named if re.fullmatch(r"[TR]\d+(\.\d+)?|P[abc]\d*", name)} <= known


def test_docs_are_written_once_and_pages_of_rules_that_are_gone_removed(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "gone.md").write_text("old")

    count, stale = write_docs(tmp_path)

    assert count == len(PAGES)
    assert "rules/gone.md" in stale
    assert write_docs(tmp_path) == (count, [])


def test_a_rule_is_explained_in_words() -> None:
    text = "\n".join(explain_rule("relu-dead"))

    assert "Most units of a layer" in text
    assert "relu-dying" in text
    assert "<!--" not in text
