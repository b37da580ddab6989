from __future__ import annotations

import re
from pathlib import Path

from logdoc.api import load_rules
from logdoc.api.reference import pages
from logdoc.api.rulebase import explain_rule, write_docs
from logdoc.engine import playbook

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
    assert "Dying ReLU and Initialization: Theory and Numerical Examples, https://arxiv.org/abs/1903.06733" in text
    assert "](http" not in text
