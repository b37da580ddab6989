"""The view model of the HTML page: plain data, every word chosen, every chart drawn; the template only lays it out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from logdoc.model.words import likelihood, percent, verdict_word
from logdoc.report.charts import spark_svg, thinned
from logdoc.report.curvebook import CurveBook
from logdoc.report.escape import redact, show, slug
from logdoc.report.figures import Figures
from logdoc.report.layers import layers_model
from logdoc.report.overview import row_of
from logdoc.report.sweep_chart import sweep_svg
from logdoc.report.together import together
from logdoc.report.wording import (
    note_id,
    number_name,
    numbers,
    possible_text,
    record_text,
    settled_text,
    settled_word,
    span_text,
    steps_text,
    summary,
    value_text,
    worst_first,
)
from logdoc.report.wrapping import common_folder, name_parts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from logdoc.model import Analysis, Cause, Citation, Curve, Finding, Group, RunAnalysis, SilentRule

_MOST_OPEN = 3  # runs that all stand open; of more, one at a time
_MOST_CHARTED = (
    12  # runs whose every finding is drawn; beyond it only the first finding of each, so that the page stays small
)
_LISTED_POINTS = 60  # of a curve that is drawn over others, where there are many runs
_GROUPS_FIRST = 2  # so many stand above the runs; more stand below them, with links above
_MOST_MEMBERS = 200  # rows of the table of a group
_MOST_DETAILED = 50  # runs shown in full; of further ones with a fault the causes and findings, without charts
FAULTY = ("error", "warning")
_STRONGEST = 6.0  # log-odds that fill the bar


def page_model(analysis: Analysis) -> dict[str, Any]:
    """Return everything that the template shows."""
    runs = worst_first(analysis.runs)
    detailed = runs[:_MOST_DETAILED]
    many = len(runs) > _MOST_CHARTED
    short_ones = [run for run in runs[_MOST_DETAILED:] if run.verdict in ("error", "warning", "incomplete")]
    with_section = {run.id for run in (*detailed, *short_ones)}
    prefix = common_folder([show(run.id) for run in runs])
    book = CurveBook()
    model = {
        "summary": summary(analysis),
        "title": _title(analysis),
        "version": show(analysis.version),
        "ruleset": show(analysis.ruleset),
        "several": len(runs) > 1,
        "single": len(runs) > _MOST_OPEN,
        "prefix": prefix,
        "index": [
            _row(run, number, prefix, book, linked=run.id in with_section, many=many) for number, run in enumerate(runs)
        ],
        "verdicts": list(dict.fromkeys(verdict_word(run.verdict) for run in runs)),
        "formats": sorted({show(run.format) for run in runs}),
        "causes": sorted({show(run.causes[0].title) for run in runs if run.causes and run.verdict in FAULTY}),
        "settled": settled_text(analysis),
        "runs": [_run(run, book, many=many) for run in detailed],
        "short": [_short(run) for run in short_ones],
        "omitted": len(runs) - len(with_section),
        "groups_first": len(analysis.groups) <= _GROUPS_FIRST,
        "groups": [
            _group(group, number, {run.id: run for run in runs}, with_section, book)
            for number, group in enumerate(analysis.groups)
        ],
        "defects": [{"source": show(d.source), "what": show(d.what), "id": note_id(d)} for d in analysis.defects],
    }
    return {**model, "curves": book.text()}


def _group(
    group: Group, number: int, runs: Mapping[str, RunAnalysis], linked: Collection[str], book: CurveBook
) -> dict[str, Any]:
    told = together(group, runs)
    anchor = f"group-{number}"
    prefix = common_folder([row.run for row in told.rows])
    anchors = {show(run): slug(run) for run in linked}
    return {
        "title": told.title,
        "anchor": anchor,
        "count": len(group.runs),
        "settings": told.settings,
        "loss": told.loss,
        "axis": told.axis,
        "svg": sweep_svg(told, anchor),
        "lost": any(point.lost for point in told.points),
        "header": told.header[:-2],
        "prefix": prefix,
        "rows": [
            {
                "run": name_parts(row.run.removeprefix(prefix)),
                "anchor": anchors.get(row.run, ""),
                "cells": told.cells(row)[:-3],
                "verdict": row.verdict,
                "note": row.note,
            }
            for row in told.rows[:_MOST_MEMBERS]
        ],
        "left": max(0, len(told.rows) - _MOST_MEMBERS),
        "findings": [finding_model(f, Figures({}, book, anchor, many=True)) for f in group.findings],
    }


def _title(analysis: Analysis) -> str:
    return show(analysis.runs[0].id) if len(analysis.runs) == 1 else f"{len(analysis.runs)} runs"


def _row(run: RunAnalysis, number: int, prefix: str, book: CurveBook, *, linked: bool, many: bool) -> dict[str, Any]:
    row = row_of(run)
    cause = show(run.causes[0].title) if run.causes and run.verdict in FAULTY else ""
    return {
        "parts": name_parts(row.id.removeprefix(prefix)),
        "anchor": slug(run.id) if linked else "",
        "format": show(run.format),
        "folder": _folder(row.id.removeprefix(prefix)),
        "number": number,
        "verdict": row.verdict,
        "word": row.word,
        "plain_word": verdict_word(run.verdict),
        "cause": cause,
        "told": f"{row.told} ({row.odds})" if row.odds else row.told,
        "steps": row.steps,
        "last_step": run.steps[1] if run.steps else -1,
        "spark": spark_svg(row.values),
        "curve": "" if row.curve is None else book.number(_for_list(row.curve, many=many)),
    }


def _folder(name: str) -> str:
    """Return the folder under which a run stands in a list by folders: the first one that is not common to all."""
    return name.partition("/")[0] if "/" in name else ""


def _for_list(curve: Curve, *, many: bool) -> Curve:
    """The curve that is drawn over those of other runs; of many runs a thin one, so that the page stays small."""
    if not many:
        return curve
    kept = thinned(curve.values, _LISTED_POINTS)
    return replace(curve, steps=tuple(curve.steps[i] for i in kept), values=tuple(curve.values[i] for i in kept))


def _short(run: RunAnalysis) -> dict[str, Any]:
    """A run beyond those that are shown in full: what is wrong and what to change, without charts and lists."""
    firing = [f for f in run.findings if f.status == "fires"]
    return {
        "id": show(run.id),
        "parts": name_parts(show(run.id)),
        "anchor": slug(run.id),
        "verdict": run.verdict,
        "word": verdict_word(run.verdict),
        "headline": show(run.headline),
        "causes": [
            {
                "title": show(c.title),
                "percent": percent(c.probability),
                "likelihood": likelihood(c.probability),
                "remedies": [show(r.do) for r in c.remedies[:1]],
            }
            for c in run.causes[:2]
        ],
        "findings": [
            {"severity": f.severity, "title": show(f.title), "evidence": show(f.evidence, cap=400), "id": show(f.id)}
            for f in firing[:6]
        ],
        "more": max(0, len(firing) - 6),
    }


def _run(run: RunAnalysis, book: CurveBook, *, many: bool) -> dict[str, Any]:
    anchor = slug(run.id)
    figures = Figures({c.name: c for c in run.curves}, book, anchor, many)
    firing = [f for f in run.findings if f.status == "fires"]
    owned = {f.id for f in firing if f.explained_by}
    causes = [
        _cause(
            c,
            [f for f in firing if f.explained_by == c.id],
            figures,
            titles={f.id: f.title for f in run.findings},
        )
        for c in run.causes
    ]
    return {
        "id": show(run.id),
        "parts": name_parts(show(run.id)),
        "anchor": anchor,
        "verdict": run.verdict,
        "word": verdict_word(run.verdict),
        "headline": show(run.headline),
        "format": show(run.format),
        "span": span_text(run),
        "sources": [show(s) for s in run.sources],
        "causes": causes,
        "possible": show(possible_text(run)),
        "others": [finding_model(f, figures) for f in firing if f.id not in owned],
        "failed": [{"id": show(f.id), "evidence": show(f.evidence)} for f in run.findings if f.status == "error"],
        "layers": layers_model(run, anchor, many=many),
        "overview": [] if firing and many else _overview(run, figures),
        "curves_first": not any(f.charts for f in firing),
        "healthy": [{"id": show(n.id), "title": show(n.title)} for n in run.clear],
        "not_judged": len(run.not_judged),
        "not_judged_by": _by_reason(run.not_judged),
        "not_applicable": len(run.not_applicable),
        "not_applicable_by": _by_reason(run.not_applicable),
        "suggestions": [{"signal": show(s.signal), "line": show(s.line), "why": show(s.why)} for s in run.suggestions],
        "defects": [
            {
                "source": show(d.source),
                "what": show(d.what),
                "where": show(d.where),
                "lost": d.lost,
                "id": note_id(d),
            }
            for d in run.defects
        ],
        "names": [{"name": show(name), "role": show(role)} for name, role in run.names.items()],
        "context": [
            {"name": show(name.replace("_", " ")), "value": value_text(f.value), "why": show(f.why)}
            for name, f in run.context.items()
        ],
        "config": [{"key": show(k), "value": redact(k, v)} for k, v in run.config.items()],
    }


def _by_reason(rules: Sequence[SilentRule]) -> list[dict[str, Any]]:
    """Return the rules that said nothing, those of one reason together: a page says each reason once."""
    by: dict[str, dict[str, Any]] = {}
    for rule in rules:
        row = by.setdefault(rule.reason, {"reason": show(rule.reason), "titles": [], "logs": {}})
        row["titles"].append(show(rule.title))
        if rule.log:
            row["logs"][show(rule.log)] = True
    return [{**row, "logs": list(row["logs"])} for row in by.values()]


def _overview(run: RunAnalysis, figures: Figures) -> list[dict[str, Any]]:
    """The main curves of a run, for the end of its section."""
    from logdoc.model import Chart

    drawn: list[dict[str, Any]] = []
    for roles in (("train.loss", "val.loss"), ("train.accuracy", "val.accuracy"), ("train.lr",)):
        names = tuple(c.name for role in roles for c in run.curves if c.role == role)
        if names:
            title = " and ".join(names)
            drawn.append(figures.draw(Chart(names), None, title, f"o{len(drawn)}"))
    return [d for d in drawn if d["svg"]]


def _cause(
    cause: Cause,
    findings: Sequence[Finding],
    figures: Figures,
    *,
    titles: dict[str, str],
) -> dict[str, Any]:
    return {
        "id": show(cause.id),
        "anchor": f"{figures.anchor}/{slug(cause.id)}",
        "title": show(cause.title),
        "percent": percent(cause.probability),
        "share": round(cause.probability * 100),
        "likelihood": likelihood(cause.probability),
        "remedies": [{"effort": show(r.effort), "do": show(r.do)} for r in cause.remedies],
        "in_program": [show(place, cap=1500) for place in cause.in_program],
        "because": [
            {
                "id": show(r.finding),
                "title": show(r.about or titles.get(r.finding, r.finding)),
                "weight": f"{r.weight:+.1f}",
                "width": round(min(1.0, abs(r.weight) / _STRONGEST) * 100),
                "sign": "for" if r.weight > 0 else "against",
            }
            for r in cause.because
            if r.weight > 0 or abs(r.weight) >= 0.2
        ],
        "verify": show(cause.verify),
        "refute": show(cause.refute),
        "sources": [_source(citation) for citation in cause.sources],
        "findings": [finding_model(f, figures) for f in findings],
    }


def finding_model(finding: Finding, figures: Figures) -> dict[str, Any]:
    """Return what the template shows of one finding; of many runs its first chart only."""
    charts = finding.charts[:1] if figures.many else finding.charts
    drawn = [figures.draw(c, finding.window, finding.title, f"{slug(finding.id)}-{i}") for i, c in enumerate(charts)]
    return {
        "id": show(finding.id),
        "anchor": f"{figures.anchor}/{slug(finding.id)}",
        "severity": finding.severity,
        "word": finding.severity,
        "title": show(finding.title),
        "evidence": show(finding.evidence, cap=1500),
        "window": steps_text(finding.window) if finding.window else "",
        "layers": [show(layer) for layer in finding.layers[:24]],
        "more_layers": max(0, len(finding.layers) - 24),
        "charts": [c for c in drawn if c["svg"]],
        "numbers": [{"name": number_name(name), "value": value_text(v)} for name, v in numbers(finding).items()],
        "why": show(finding.why, cap=1500),
        "verify": show(finding.verify, cap=1500),
        "record": record_text(finding.measured),
        "settled": show(settled_word(finding), cap=500),
        "false_positives": [show(f) for f in finding.false_positives],
        "sources": [_source(citation) for citation in finding.sources],
    }


def _source(citation: Citation) -> dict[str, str]:
    return {
        "title": show(citation.title),
        "by": show(citation.by),
        "says": show(citation.says),
        "link": citation.link,
    }
