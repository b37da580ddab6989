"""The documentation that is drawn from the rule base: a page per rule and per cause, an index, the sources, and the
table of
the playbooks' items.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from logdoc.api.bibliography import cited, playbook_page, sources_page
from logdoc.engine import evaluate
from logdoc.engine.selftest import make_input
from logdoc.model import Curve
from logdoc.report.charts import chart_svg
from logdoc.signals.decimate import decimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from logdoc.engine import CompiledCause, CompiledRule, RuleSet

_STYLE = (
    "<style>svg{background:#fff;font:11px sans-serif}.s0,.s1,.s2,.s3{fill:none;stroke-width:1.8}.s0{stroke:#0b5cad}"
    ".p0{fill:#0b5cad}.p1{fill:#c2410c}.p2{fill:#15803d}.p3{fill:#7e22ce}"
    ".s1{stroke:#c2410c;stroke-dasharray:6 3}"
    ".s2{stroke:#15803d;stroke-dasharray:2 3}.s3{stroke:#7e22ce;stroke-dasharray:8 3 2 "
    "3}.grid{stroke:#ddd}.level{stroke:#555;stroke-dasharray:4 4}"
    ".window{fill:#f59e0b;opacity:.18}.band{fill:#15803d;opacity:.12}.tick,.label,.axis{fill:#333}.nan{fill:#b91c1c}</style>"
)


def pages(base: RuleSet) -> dict[str, str]:
    """Return every page and chart by its path below the folder of the documentation."""
    made: dict[str, str] = {}
    explained = _explained(base.causes)
    for rule in base.rules:
        svg = _chart(rule)
        if svg:
            made[f"rules/{rule.rule.id}.svg"] = svg
        made[f"rules/{rule.rule.id}.md"] = _rule_page(rule, explained.get(rule.rule.id, []), chart=bool(svg))
    for cause in base.causes:
        made[f"rules/{cause.cause.id}.md"] = _cause_page(cause, base)
    made["rules/README.md"] = _index(base)
    made["playbook.md"] = playbook_page(base)
    made["sources.md"] = sources_page(base)
    return made


def summary_lines(base: RuleSet, name: str) -> list[str]:
    """Return what the rule base says about one rule or cause, for the terminal; empty when there is none of
    that name.
    """
    rule = base.rule(name)
    if rule is not None:
        return _plain(_rule_page(rule, _explained(base.causes).get(name, []), chart=False))
    cause = next((c for c in base.causes if c.cause.id == name), None)
    return [] if cause is None else _plain(_cause_page(cause, base))


def _plain(page: str) -> list[str]:
    told = re.sub(r"\[((?:[^\]\\]|\\.)+)\]\((https?://[^)]+)\)", r"\1, \2", page)
    lines = [line for line in told.splitlines() if not line.startswith("<!--")]
    return [
        line.replace("**", "").lstrip("#").strip() if line.startswith("#") else line.replace("**", "") for line in lines
    ]


def _explained(causes: Iterable[CompiledCause]) -> dict[str, list[tuple[float, str]]]:
    found: dict[str, list[tuple[float, str]]] = {}
    for cause in causes:
        for symptom, strength in cause.cause.explains.items():
            found.setdefault(symptom, []).append((strength, cause.cause.id))
    return {symptom: sorted(mine, key=lambda item: (-item[0], item[1])) for symptom, mine in found.items()}


def _rule_page(rule: CompiledRule, causes: Sequence[tuple[float, str]], *, chart: bool) -> str:
    declared = rule.rule
    parts = [
        f"# {declared.title}",
        "",
        f"`{declared.id}` · {declared.severity} · {rule.area} · since {declared.since}",
        "",
    ]
    parts += ["<!-- made from the rule by `logdoc rules docs`; change the rule, not this page -->", ""]
    if chart:
        parts += [f"![{declared.title}]({declared.id}.svg)", ""]
    parts += [declared.why.strip(), "", f"**When it is fine:** {declared.healthy}", ""]
    parts += [
        "**Judged from:** "
        + "; ".join(f"`{name}`: {_sources(source.from_)}" for name, source in declared.inputs.items()),
        "",
    ]
    if declared.applies is not None:
        parts += [f"**Holds when** `{_one_line(declared.applies.when)}`; otherwise: {declared.applies.otherwise}.", ""]
    parts += ["**Fires when** `" + _one_line(declared.when) + "`", ""]
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
            *(f"- odds times {c.factor:g}: {c.why}" for c in declared.context),
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


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sources(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _chart(rule: CompiledRule) -> str:
    """The pattern, drawn from the first test of the rule that fires; empty for rules that draw nothing."""
    test = next((t for t in rule.rule.tests if t.expect.verdict == "fires" and t.series), None)
    if test is None or rule.rule.scope != "run":
        return ""
    seen = make_input(test)
    finding = evaluate([rule], seen, {f"{rule.rule.id}.{name}": value for name, value in test.params.items()})[0]
    signals = [*seen.reading.one.values(), *(s for mine in seen.reading.each.values() for s in mine.values())]
    curves: dict[str, Curve] = {}
    for signal in signals:
        thin = decimate(signal.series, 200)
        curves[signal.series.name] = Curve(
            signal.series.name,
            signal.role,
            "step",
            tuple(int(s) for s in thin.steps),
            tuple(float(v) for v in thin.values),
            len(signal.series),
        )
    svg = chart_svg(finding.charts[0], curves, finding.window, rule.rule.title, "pattern") if finding.charts else ""
    return (
        svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace("<title", f"{_STYLE}<title", 1)
        + "\n"
        if svg
        else ""
    )


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
