"""The analysis as JSON, schema ``logdoc-report/2``. Every other report can be drawn from a saved one.

What rules that do not fire say is nearly the same in every run; it stands once in a report, and runs refer to it.
"""

from __future__ import annotations

import json
import math
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from logdoc.model.notes import KNOWN_IDS, OTHER
from logdoc.report.escape import redact, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from logdoc.model import (
        Analysis,
        Cause,
        Citation,
        ConfigValue,
        Curve,
        Defect,
        Finding,
        Group,
        HeatMap,
        Member,
        RunAnalysis,
        SilentRule,
    )

SCHEMA = "logdoc-report/2"
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_SILENT = ("not_judged", "clear", "not_applicable")
CITED = ("id", "title", "by", "address", "says")  # the fields of a citation, in their order


def to_json(analysis: Analysis) -> str:
    """Return the analysis as JSON; numbers that are not finite stand as the texts NaN, Infinity and -Infinity.

    Every field of a run, every finding and every curve has a line of its own, so that two reports can be compared.
    """
    return "".join(json_pieces(analysis))


def json_pieces(analysis: Analysis) -> Iterator[str]:
    """Yield the JSON piece by piece, a run at a time."""
    silent = _Silent()
    yield f'{{\n"schema": "{SCHEMA}",\n"version": {_dense(analysis.version)},\n"ruleset": {_dense(analysis.ruleset)},\n'
    yield '"runs": ['
    for number, run in enumerate(analysis.runs):
        yield ("," if number else "") + _run_text(run, silent)
    yield "\n],\n"
    groups = [_lines_of({**group_document(group)}) for group in analysis.groups]
    yield f'"groups": [{",".join(groups)}\n],\n'
    yield f'"defects": {_list_text([defect_document(d) for d in analysis.defects])},\n'
    told = [{"id": one.id, "title": one.title, "reason": one.reason, "log": one.log} for one in silent.rules]
    yield f'"silent": {_list_text(told)}\n}}\n'


class _Silent:
    """The rules that do not fire, each once, in the order in which they were met."""

    def __init__(self) -> None:
        self.rules: dict[SilentRule, str] = {}
        # Runs that were unpacked share their rules: one that was met is known without a look at its texts.
        self._met: dict[int, tuple[SilentRule, str]] = {}

    def places(self, rules: Sequence[SilentRule]) -> str:
        """Return the places of rules as a list in JSON."""
        return f"[{','.join([self._place(one) for one in rules])}]"

    def _place(self, one: SilentRule) -> str:
        met = self._met.get(id(one))
        if met is not None:
            return met[1]
        place = self.rules.get(one)
        if place is None:
            place = self.rules[one] = str(len(self.rules))
            self._met[id(one)] = (one, place)
        return place


def _run_text(run: RunAnalysis, silent: _Silent) -> str:
    """Return one run; the rules that do not fire in it as places in `silent`, which grows."""
    texts = {name: silent.places(getattr(run, name)) for name in _SILENT}
    texts["curves"] = f"[{','.join(map(_curve_text, run.curves))}]"
    document = _document(run)
    del document["healthy"]
    return _lines_of(document, texts)


def _lines_of(document: dict[str, Any], made: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return an object with a line for every field; what is in `made` is text already."""
    fields = [
        f"{_dense(name)}: {made[name] if name in made else _list_text(value) if _rows(value) else _dense(value)}"
        for name, value in document.items()
    ]
    return "\n{\n " + ",\n ".join(fields) + "\n}"


def _rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _list_text(rows: Sequence[Any]) -> str:
    """Return a list with a line for every entry."""
    return "[" + ",".join(f"\n  {_dense(row)}" for row in rows) + "]"


def _curve_text(curve: Curve) -> str:
    """Return a curve, whose numbers are most of a report: seven digits, written all at once."""
    head = {"name": curve.name, "role": curve.role, "axis": curve.axis, "points": curve.points}
    steps = str(list(curve.steps)).replace(" ", "")
    values = ",".join(["%.7g"] * len(curve.values)) % tuple(curve.values)
    if "n" in values:  # nan, inf
        values = values.replace("-inf", '"-Infinity"').replace("nan", '"NaN"')
        values = re.sub(r'(?<!")\binf\b', '"Infinity"', values)
    return f'\n  {_dense(head)[:-1]},"steps":{steps},"values":[{values}]}}'


def _dense(data: Any) -> str:
    return _ENCODER.encode(clean(data))


def dumped(document: dict[str, Any]) -> str:
    """Return plain data as JSON in which log text is harmless and no number is outside of JSON."""
    return json.dumps(clean(document), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def group_document(group: Group) -> dict[str, Any]:
    """Return one group of runs as plain data in the order of the schema."""
    return {
        "id": group.id,
        "runs": list(group.runs),
        "findings": [finding_document(f) for f in group.findings],
        "causes": [_cause(c) for c in group.causes],
        "kind": group.kind,
        "varies": list(group.varies),
        "loss": group.loss,
        "members": [_member(one) for one in group.members],
    }


def _member(one: Member) -> dict[str, Any]:
    return {
        "run": one.run,
        "settings": {key: _plain(key, value) for key, value in one.settings.items()},
        "start": None if one.start is None else _short(one.start),
        "end": None if one.end is None else _short(one.end),
    }


def _plain(key: str, value: ConfigValue) -> ConfigValue:
    return redact(key, value) if isinstance(value, str) else value


def run_document(run: RunAnalysis) -> dict[str, Any]:
    """Return one run as plain data in the order of the schema."""
    return _document(run) | {
        "not_judged": [{"id": n.id, "reason": n.reason, "log": n.log, "title": n.title} for n in run.not_judged],
        "clear": [n.id for n in run.clear],
        "healthy": [{"id": n.id, "title": n.title} for n in run.clear],
        "not_applicable": [{"id": n.id, "reason": n.reason, "title": n.title} for n in run.not_applicable],
        "curves": [curve_document(curve) for curve in run.curves],
    }


def _document(run: RunAnalysis) -> dict[str, Any]:
    """Return one run without its curves and the rules that do not fire, of which only the places are there."""
    return {
        "id": run.id,
        "format": run.format,
        "sources": list(run.sources),
        "steps": list(run.steps) if run.steps else None,
        "verdict": run.verdict,
        "headline": run.headline,
        "context": {name: {"value": fact.value, "why": fact.why} for name, fact in run.context.items()},
        "config": {key: _plain(key, value) for key, value in run.config.items()},
        "findings": [finding_document(f) for f in run.findings],
        "causes": [_cause(c) for c in run.causes],
        "possible": [{"id": p.id, "title": p.title, "probability": p.probability} for p in run.possible],
        "not_judged": None,
        "clear": None,
        "defects": [defect_document(d) for d in run.defects],
        "healthy": None,
        "not_applicable": None,
        "suggestions": [{"signal": s.signal, "line": s.line, "why": s.why} for s in run.suggestions],
        "names": dict(run.names),
        "curves": None,
        "maps": [_map(m) for m in run.maps],
    }


def curve_document(curve: Curve) -> dict[str, Any]:
    """Return one curve as plain data in the order of the schema."""
    return {
        "name": curve.name,
        "role": curve.role,
        "axis": curve.axis,
        "points": curve.points,
        "steps": list(curve.steps),
        "values": [_short(v) for v in curve.values],
    }


def _map(drawn: HeatMap) -> dict[str, Any]:
    return {
        "role": drawn.role,
        "title": drawn.title,
        "axis": drawn.axis,
        "scale": drawn.scale,
        "band": list(drawn.band) if drawn.band else None,
        "omitted": drawn.omitted,
        "end": drawn.end,
        "steps": list(drawn.steps),
        "layers": list(drawn.layers),
        "cells": [list(row) for row in drawn.cells],
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """Return one finding as plain data in the order of the schema."""
    return {
        "id": finding.id,
        "status": finding.status,
        "severity": finding.severity,
        "title": finding.title,
        "evidence": finding.evidence,
        "values": {
            name: _short(value) if isinstance(value, float) else value for name, value in finding.values.items()
        },
        "window": list(finding.window) if finding.window else None,
        "layers": list(finding.layers),
        "explained_by": finding.explained_by,
        "measured": {"right": finding.measured[0], "of": finding.measured[1]} if finding.measured else None,
        "accepted": finding.accepted,
        "known": finding.known,
        "why": finding.why,
        "verify": finding.verify,
        "false_positives": list(finding.false_positives),
        "sources": _sources(finding.sources),
        "charts": [
            {
                "series": list(c.series),
                "lines": {k: _short(v) for k, v in c.lines.items()},
                "band": list(c.band) if c.band else None,
                "scale": c.scale,
            }
            for c in finding.charts
        ],
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.id,
        "title": cause.title,
        "probability": cause.probability,
        "explains": list(cause.explains),
        "because": [
            {"finding": r.finding, "weight": r.weight, **({"about": r.about} if r.about else {})} for r in cause.because
        ],
        "remedies": [{"effort": r.effort, "do": r.do} for r in cause.remedies],
        "verify": cause.verify,
        "refute": cause.refute,
        "sources": _sources(cause.sources),
    }


def _sources(citations: Sequence[Citation]) -> list[dict[str, str]]:
    return [{key: getattr(citation, key) for key in CITED} for citation in citations]


def defect_document(defect: Defect) -> dict[str, Any]:
    """Return one defect as plain data in the order of the schema."""
    return {
        "source": defect.source,
        "what": defect.what,
        "where": defect.where,
        "lost": defect.lost,
        "id": defect.id if defect.id in KNOWN_IDS else OTHER,
    }


def _short(value: float) -> float:
    """Seven digits tell everything a chart or a table shows, and keep the file small."""
    return float(f"{value:.7g}") if math.isfinite(value) else value


def clean(data: Any) -> Any:
    """Return plain data in which log text is harmless and numbers that are not finite stand as texts."""
    if isinstance(data, dict):
        return {show(str(key)): clean(value) for key, value in data.items()}
    if isinstance(data, list):
        return [clean(value) for value in data]
    if isinstance(data, float) and not math.isfinite(data):
        return "NaN" if math.isnan(data) else ("Infinity" if data > 0 else "-Infinity")
    return show(data, cap=4000) if isinstance(data, str) else data
