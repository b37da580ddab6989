"""What the rule base rests on, for the documentation: the sources under a rule, the page of all sources, and the table
of the playbooks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.engine import playbook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from logdoc.engine import KnownSource, PlaybookItem, RuleSet
    from logdoc.model import Citation


def cited(citations: Sequence[Citation]) -> list[str]:
    """Return the section of a page that tells what a rule or a cause rests on; empty when it names nothing."""
    if not citations:
        return []
    return ["**Sources**", "", *(f"- {_cited(citation)}" for citation in citations), ""]


def _cited(citation: Citation) -> str:
    title = _linked(citation.title, citation.link)
    by = f" ({citation.by})" if citation.by else ""
    return f"{title}{by}: {citation.says}" if citation.says else f"{title}{by}"


def _linked(title: str, address: str) -> str:
    text = re.sub(r"([\[\]\\`*<>|])", r"\\\1", title)
    return f"[{text}]({address})" if address else text


def sources_page(base: RuleSet) -> str:
    """Return the page of all sources, each with the rules and causes that rest on it."""
    parts = [
        "# Sources",
        "",
        "<!-- made by `logdoc rules docs`; change rules/_sources.yaml, not this page -->",
        "",
        "What the rules and causes rest on, in order of their titles.",
        "",
    ]
    for source in sorted(base.sources.values(), key=lambda known: known.entry.title.casefold()):
        parts += _source(source, base)
    return "\n".join(parts)


def _source(source: KnownSource, base: RuleSet) -> list[str]:
    entry = source.entry
    users = [name for name, citations in _citing(base) if any(c.id == entry.id for c in citations)]
    return [
        f"**{_linked(entry.title, entry.address)}** · {source.by} · {entry.kind}",
        "",
        f"{entry.says[0].upper()}{entry.says[1:]}.",
        "",
        "Named by " + ", ".join(_page(name) for name in users) + ".",
        "",
    ]


def _citing(base: RuleSet) -> Iterator[tuple[str, Sequence[Citation]]]:
    yield from ((rule.rule.id, rule.citations) for rule in base.rules)
    yield from ((cause.cause.id, cause.citations) for cause in base.causes)


def playbook_page(base: RuleSet) -> str:
    """Return the table of the playbooks' items, with the rules and causes that encode each."""
    book = playbook()
    named = {known.entry.id: known.entry for known in base.sources.values()}
    where = [
        f"{prefix}: {_linked(named[source].title, named[source].address)}."
        for prefix, source in book.sources.items()
        if source in named
    ]
    parts = ["# The playbooks, item by item", "", "<!-- made by `logdoc rules docs` -->", ""]
    parts += [f"{' '.join(where)} Pc: the twelve topics of tuning.", ""]
    parts += ["| item | says | rules | causes |", "|---|---|---|---|"]
    return "\n".join([*parts, *(_row(item, base) for item in book.items), ""])


def _row(item: PlaybookItem, base: RuleSet) -> str:
    rules = [rule.rule.id for rule in base.rules if item.id in rule.rule.playbook]
    causes = [cause.cause.id for cause in base.causes if item.id in cause.cause.playbook]
    if item.unseen:
        told = f"no log can show it: {item.unseen}"
        causes = [*causes, *(cause for cause in item.remedies if cause not in causes)]
    else:
        told = ", ".join(_page(rule) for rule in rules) or "as a remedy only"
    return f"| {item.id} | {item.says} | {told} | {', '.join(_page(cause) for cause in causes)} |"


def _page(name: str) -> str:
    return f"[{name}](rules/{name}.md)"
