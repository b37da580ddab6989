"""A saved report, ``report.json``, as an analysis again; those of the first schema are still read."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import TYPE_CHECKING, Any

from logdoc.errors import ReadError
from logdoc.model import (
    Analysis,
    Cause,
    Chart,
    Citation,
    Curve,
    Defect,
    Fact,
    Finding,
    Group,
    HeatMap,
    Member,
    Possibility,
    Reason,
    Remedy,
    RunAnalysis,
    SilentRule,
    Suggestion,
)
from logdoc.model.notes import OTHER
from logdoc.report.checking import fault_in
from logdoc.report.escape import show
from logdoc.report.jsonform import CITED, SCHEMA, clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FIRST = "logdoc-report/1"  # every run told its silent rules in full
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def from_json(text: str) -> Analysis:
    """Return the analysis of a saved report.

    Raises:
        ReadError: the text is not a report of this schema.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"this is not JSON: {error}", hint="Give a report.json that logdoc wrote.") from None
    if not isinstance(data, dict) or data.get("schema") not in (SCHEMA, _FIRST):
        raise ReadError(f"this is not a report in the schema {SCHEMA}", hint="Give a report.json that logdoc wrote.")
    if fault := fault_in(data):
        raise ReadError(f"this is not a report of logdoc: {show(fault)}", hint="Give a report.json that logdoc wrote.")
    data = clean(data)
    try:
        silent = [_silent(one) for one in data.get("silent", [])]
        return Analysis(
            version=str(data["version"]),
            ruleset=str(data.get("ruleset", "")),
            runs=tuple(_load_run(run, silent) for run in data["runs"]),
            groups=tuple(_load_group(group) for group in data.get("groups", [])),
            defects=tuple(_load_defect(d) for d in data.get("defects", [])),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise ReadError(
            f"the report is not complete: {error!r}", hint="Give a report.json that logdoc wrote."
        ) from None


def _silent(data: Mapping[str, Any]) -> SilentRule:
    return SilentRule(data["id"], data.get("title", ""), data.get("reason", ""), data.get("log", ""))


def _load_silent(rows: Sequence[Any], silent: Sequence[SilentRule]) -> tuple[SilentRule, ...]:
    """Return the rules that do not fire: places in the table of the report, or, in early ones, rules in full."""
    return tuple(silent[row] if isinstance(row, int) else _silent(row) for row in rows if not isinstance(row, str))


def _load_run(data: Mapping[str, Any], silent: Sequence[SilentRule]) -> RunAnalysis:
    return RunAnalysis(
        id=data["id"],
        format=data["format"],
        sources=tuple(data["sources"]),
        steps=_pair(data["steps"]),
        verdict=data["verdict"],
        headline=data.get("headline", ""),
        context={name: Fact(fact["value"], fact["why"]) for name, fact in data["context"].items()},
        config=dict(data["config"]),
        names=dict(data.get("names", {})),
        findings=tuple(_load_finding(f) for f in data["findings"]),
        causes=tuple(_load_cause(c) for c in data["causes"]),
        possible=tuple(Possibility(p["id"], p["title"], float(p["probability"])) for p in data.get("possible", [])),
        not_judged=_load_silent(data["not_judged"], silent),
        not_applicable=_load_silent(data.get("not_applicable", []), silent),
        clear=_load_silent(data.get("healthy", data["clear"]), silent),
        suggestions=tuple(Suggestion(s["signal"], s["line"], s["why"]) for s in data.get("suggestions", [])),
        defects=tuple(_load_defect(d) for d in data["defects"]),
        curves=tuple(
            Curve(
                c["name"], c["role"], c["axis"], tuple(c["steps"]), tuple(_number(v) for v in c["values"]), c["points"]
            )
            for c in data.get("curves", [])
        ),
        maps=tuple(_load_map(m) for m in data.get("maps", [])),
    )


def _load_group(data: Mapping[str, Any]) -> Group:
    """Return a group; early reports say nothing of what sets its runs apart."""
    return Group(
        data["id"],
        tuple(data["runs"]),
        tuple(_load_finding(f) for f in data["findings"]),
        tuple(_load_cause(c) for c in data["causes"]),
        kind=data.get("kind", ""),
        varies=tuple(data.get("varies", [])),
        loss=data.get("loss", ""),
        members=tuple(
            Member(m["run"], dict(m["settings"]), _optional(m["start"]), _optional(m["end"]))
            for m in data.get("members", [])
        ),
    )


def _load_map(data: Mapping[str, Any]) -> HeatMap:
    return HeatMap(
        role=data["role"],
        title=data["title"],
        axis=data["axis"],
        layers=tuple(data["layers"]),
        steps=tuple(int(s) for s in data["steps"]),
        end=int(data["end"]),
        cells=tuple(tuple(None if v is None else _number(v) for v in row) for row in data["cells"]),
        omitted=int(data["omitted"]),
        scale=data["scale"],
        band=(float(data["band"][0]), float(data["band"][1])) if data["band"] else None,
    )


def _load_finding(data: Mapping[str, Any]) -> Finding:
    return Finding(
        id=data["id"],
        status=data["status"],
        severity=data["severity"],
        title=data.get("title", ""),
        evidence=data["evidence"],
        values={
            name: _WORDS.get(value, value) if isinstance(value, str) else value
            for name, value in data["values"].items()
        },
        window=_pair(data["window"]),
        layers=tuple(data["layers"]),
        charts=tuple(
            Chart(
                tuple(c["series"]),
                {k: _number(v) for k, v in c["lines"].items()},
                (c["band"][0], c["band"][1]) if c["band"] else None,
                c["scale"],
            )
            for c in data.get("charts", [])
        ),
        why=data.get("why", ""),
        verify=data.get("verify", ""),
        false_positives=tuple(data.get("false_positives", [])),
        sources=_load_sources(data),
        explained_by=data["explained_by"],
        measured=(int(record["right"]), int(record["of"])) if (record := data.get("measured")) else None,
        accepted=str(data.get("accepted", "")),
        known=bool(data.get("known", False)),
    )


def _load_cause(data: Mapping[str, Any]) -> Cause:
    known = {field.name for field in dataclasses.fields(Cause)}
    plain = {k: v for k, v in data.items() if k in known and k not in ("because", "remedies", "explains", "sources")}
    return Cause(
        **plain,
        explains=tuple(data["explains"]),
        because=tuple(Reason(r["finding"], r["weight"], str(r.get("about", ""))) for r in data["because"]),
        remedies=tuple(Remedy(r["effort"], r["do"]) for r in data["remedies"]),
        sources=_load_sources(data),
    )


def _load_sources(data: Mapping[str, Any]) -> tuple[Citation, ...]:
    """What a finding or a cause rests on; early reports hold mere texts, and nothing for causes."""
    return tuple(
        Citation(one) if isinstance(one, str) else Citation(**{key: str(one[key]) for key in CITED})
        for one in data.get("sources", [])
    )


def _load_defect(data: Mapping[str, Any]) -> Defect:
    return Defect(data["source"], data["what"], data["where"], bool(data.get("lost", False)), id=data.get("id", OTHER))


def _pair(value: Sequence[int] | None) -> tuple[int, int] | None:
    return (int(value[0]), int(value[1])) if value else None


def _number(value: Any) -> float:
    return _WORDS[value] if isinstance(value, str) else float(value)


def _optional(value: Any) -> float | None:
    return None if value is None else _number(value)
