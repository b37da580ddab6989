"""The documentation that is drawn from the rule base: a page per rule and per cause, an index, the sources, and the
table of
the playbooks' items.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.api.bibliography import cited, playbook_page, sources_page
from logdoc.api.language import functions_page, notes_page, vocabulary_page
from logdoc.api.patterns import patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logdoc.api.patterns import Pattern
    from logdoc.engine import CompiledCause, CompiledRule, RuleSet

_MOST_RELATED = 6
_PER_TAG = 0.01  # a shared tag decides only between rules whose shared causes weigh the same


def pages(base: RuleSet) -> dict[str, str]:
    """Return every page and chart by its path below the folder of the documentation."""
    made: dict[str, str] = {}
    for rule in base.rules:
        fired, calm = patterns(rule)
        if fired is not None:
            made[f"rules/{rule.rule.id}.svg"] = fired.svg
        if calm is not None:
            made[f"rules/{rule.rule.id}-clear.svg"] = calm.svg
        made[f"rules/{rule.rule.id}.md"] = _rule_page(rule, base, _charts(rule.rule.id, fired, calm))
    for cause in base.causes:
        made[f"rules/{cause.cause.id}.md"] = _cause_page(cause, base)
    made["rules/README.md"] = _index(base)
    made["playbook.md"] = playbook_page(base)
    made["sources.md"] = sources_page(base)
    made["vocabulary.md"] = vocabulary_page(base.registry)
    made["functions.md"] = functions_page()
    made["data-notes.md"] = notes_page()
    return made


def summary_lines(base: RuleSet, name: str) -> list[str]:
    """Return what the rule base says about one rule or cause, for the terminal; empty when there is none of
    that name.
    """
    rule = base.rule(name)
    if rule is not None:
        return _plain(_rule_page(rule, base, []))
    cause = next((c for c in base.causes if c.cause.id == name), None)
    return [] if cause is None else _plain(_cause_page(cause, base))


def _plain(page: str) -> list[str]:
    told = re.sub(r"\[((?:[^\]\\]|\\.)+)\]\((https?://[^)]+)\)", r"\1, \2", page)
    told = re.sub(r"\[([^\]]+)\]\(([\w-]+)\.md\)", _named, told)
    lines = [line for line in told.splitlines() if not line.startswith("<!--")]
    return [
        line.replace("**", "").lstrip("#").strip() if line.startswith("#") else line.replace("**", "") for line in lines
    ]


def _named(link: re.Match[str]) -> str:
    """Return a link to another page as a title with the id that a command takes."""
    return link[2] if link[1] == link[2] else f"{link[1]} [{link[2]}]"


def _explained(causes: Iterable[CompiledCause]) -> dict[str, list[tuple[float, str]]]:
    found: dict[str, list[tuple[float, str]]] = {}
    for cause in causes:
        for symptom, strength in cause.cause.explains.items():
            found.setdefault(symptom, []).append((strength, cause.cause.id))
    return {symptom: sorted(mine, key=lambda item: (-item[0], item[1])) for symptom, mine in found.items()}


def related(rule: CompiledRule, base: RuleSet) -> list[CompiledRule]:
    """Return the rules that share a cause or a tag with this one, nearest first, at most six.

    A shared cause weighs as much as the two symptoms are usual for it: the product of their strengths.
    """
    found: list[tuple[float, str, CompiledRule]] = []
    for other in base.rules:
        if other.rule.id != rule.rule.id:
            shared = [c.cause.explains for c in base.causes if {rule.rule.id, other.rule.id} <= c.cause.explains.keys()]
            weight = sum(explains[rule.rule.id] * explains[other.rule.id] for explains in shared)
            weight += _PER_TAG * len(set(rule.rule.tags) & set(other.rule.tags))
            # Rounded, so that equals are equal: from Python 3.12 on a sum of floats has another last digit.
            found.append((-round(weight, 9), other.rule.id, other))
    return [other for weight, _, other in sorted(found, key=lambda one: one[:2]) if weight < 0][:_MOST_RELATED]


def _charts(name: str, fired: Pattern | None, calm: Pattern | None) -> list[str]:
    """The pattern and the healthy look-alike beside it, each under the name of its test."""
    if fired is None:
        return []
    cells = [(f"fires: {fired.name}", f"![{fired.name}]({name}.svg)")]
    if calm is not None:
        cells.append((f"stays clear: {calm.name}", f"![{calm.name}]({name}-clear.svg)"))
    rows = [" | ".join(head for head, _ in cells), "|".join("---" for _ in cells), " | ".join(c for _, c in cells)]
    return [*(f"| {row} |" for row in rows), ""]


def _rule_page(rule: CompiledRule, base: RuleSet, charts: Sequence[str]) -> str:
    declared = rule.rule
    causes = _explained(base.causes).get(declared.id, [])
    parts = [
        f"# {declared.title}",
        "",
        f"`{declared.id}` · {declared.severity} · {rule.area} · since {declared.since}",
        "",
    ]
    parts += ["<!-- made from the rule by `logdoc rules docs`; change the rule, not this page -->", ""]
    parts += [*charts, declared.why.strip(), "", f"**When it is fine:** {declared.healthy}", ""]
    parts += [
        "**Judged from:** "
        + "; ".join(f"`{name}`: {_sources(source.from_)}" for name, source in declared.inputs.items()),
        "",
    ]
    if declared.applies is not None:
        parts += [f"**Holds when** `{_one_line(declared.applies.when)}`; otherwise: {declared.applies.otherwise}.", ""]
    parts += ["**Fires when** `" + _one_line(declared.when) + "`", ""]
    parts += [
        line
        for severity, text in declared.severity_when.items()
        for line in (f"**At {severity} when** `{_one_line(text)}`", "")
    ]
    if declared.let:
        parts += ["where", "", *(f"- `{name} = {_one_line(str(text))}`" for name, text in declared.let.items()), ""]
    if declared.params:
        parts += ["| parameter | value | unit | why |", "|---|---|---|---|"]
        parts += [f"| `{name}` | {p.value:g} | {p.unit} | {p.why} |" for name, p in declared.params.items()]
        parts += ["", f"Change one with `logdoc analyze --set {declared.id}.{next(iter(declared.params))}=VALUE`.", ""]
    if causes:
        parts += [
            "**Causes:** " + ", ".join(f"[{cause}]({cause}.md) ({strength:.2f})" for strength, cause in causes),
            "",
        ]
    parts += [f"**To verify:** {declared.verify}", ""] if declared.verify else []
    parts += [
        f"**To log:** {declared.log}",
        "",
        "**Wrong when**",
        "",
        *(f"- {text}" for text in declared.false_positives),
        "",
    ]
    near = related(rule, base)
    if near:
        parts += ["**Related rules:** " + ", ".join(f"[{r.rule.title}]({r.rule.id}.md)" for r in near), ""]
    parts += cited(rule.citations)
    return "\n".join(parts)


def _cause_page(cause: CompiledCause, base: RuleSet) -> str:
    declared = cause.cause
    titles = {r.rule.id: r.rule.title for r in base.rules}
    parts = [f"# {declared.title}", "", f"`{declared.id}` · cause · prior {declared.prior:g}", ""]
    parts += [
        "<!-- made from the cause by `logdoc rules docs`; change the cause, not this page -->",
        "",
        declared.summary,
        "",
    ]
    parts += ["| symptom | how probable when this is the only cause |", "|---|---|"]
    ordered = sorted(declared.explains.items(), key=lambda item: (-item[1], item[0]))
    parts += [f"| [{titles[symptom]}]({symptom}.md) | {strength:.2f} |" for symptom, strength in ordered]
    parts.append("")
    if declared.against:
        told = ", ".join(
            f"[{titles[symptom]}]({symptom}.md) (odds times {factor:g})" for symptom, factor in declared.against.items()
        )
        parts += [f"**What speaks against it:** {told}", ""]
    if declared.context:
        parts += [
            "**What makes it more or less probable beforehand**",
            "",
            *(f"- odds times {c.factor:g}: {_condition(c.why, cause, base)}" for c in declared.context),
            "",
        ]
    if declared.leads_to:
        parts += ["**Leads to:** " + ", ".join(f"[{after}]({after}.md)" for after in declared.leads_to), ""]
    parts += ["**What to do, cheapest first**", "", *(f"1. {r.do} *({r.effort})*" for r in declared.remedies), ""]
    parts += [
        f"**To verify:** {declared.verify}",
        "",
        f"**What would refute it:** {declared.refute}",
        "",
        *cited(cause.citations),
    ]
    return "\n".join(parts)


def _condition(why: str, cause: CompiledCause, base: RuleSet) -> str:
    """Return the reason of a condition; where a run's report shows what its program says, what that is about."""
    for name, source in cause.cause.optional.items():
        facts = [base.registry.facts[one].brief.rstrip(".") for one in source.from_ if one.startswith("code.")]
        if facts:
            why = why.replace(f"{{{name}}}", f"the program shows: {'; or '.join(facts)}")
    return why


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sources(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _index(base: RuleSet) -> str:
    parts = ["# Rules and causes", "", "<!-- made by `logdoc rules docs` -->", ""]
    for area in sorted({r.area for r in base.rules}):
        parts += [f"## {area}", "", "| rule | severity | what the logs show |", "|---|---|---|"]
        parts += [
            f"| [{r.rule.id}]({r.rule.id}.md) | {r.rule.severity} | {r.rule.title} |"
            for r in base.rules
            if r.area == area
        ]
        parts.append("")
    parts += ["## causes", "", "| cause | what it is |", "|---|---|"]
    parts += [f"| [{c.cause.id}]({c.cause.id}.md) | {c.cause.title} |" for c in base.causes]
    return "\n".join([*parts, ""])
