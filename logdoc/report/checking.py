"""Checks that a document is a report of logdoc, by the published schema, before anything is drawn from it.

A report may come from a stranger: of a pull request, of a fork. Only the parts of JSON Schema that our own schema uses
are understood. What a key has to be is checked; that a key is there is left to the loading, which knows what early
versions did not write, and keys that nobody knows are not read.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import Any

from logdoc.resources import bundled

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
_LARGEST = 2**63  # steps and counts are integers of 64 bits everywhere


@lru_cache(maxsize=2)
def _schema(name: str) -> dict[str, Any]:
    text = (bundled("templates") / f"{name}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def fault_in(document: Any) -> str:
    """Return what keeps a document from being a report, with its place, or an empty text."""
    first = isinstance(document, dict) and document.get("schema") == "logdoc-report/1"
    root = _schema("logdoc-report-1" if first else "logdoc-report-2")
    return _fault(document, root, "report", root["$defs"]) or _fault_of_curves(document)


def _fault_of_curves(document: dict[str, Any]) -> str:
    for number, run in enumerate(document.get("runs", ())):
        for curve in run.get("curves", ()):
            if len(curve.get("steps", ())) != len(curve.get("values", ())):
                return f"report.runs[{number}].curves: as many steps as values were expected"
    return ""


def _fault(value: Any, schema: dict[str, Any], place: str, parts: dict[str, Any]) -> str:
    if "$ref" in schema:
        return _fault(value, parts[schema["$ref"].rpartition("/")[2]], place, parts)
    if "anyOf" in schema:
        faults = [_fault(value, one, place, parts) for one in schema["anyOf"]]
        return "" if not all(faults) else faults[-1]
    for one in schema.get("allOf", ()):
        if fault := _fault(value, one, place, parts):
            return fault
    if "const" in schema and value != schema["const"]:
        return f"{place}: '{schema['const']}' was expected"
    if "enum" in schema and not any(value == one and type(value) is type(one) for one in schema["enum"]):
        return f"{place}: one of {', '.join(map(str, schema['enum']))} was expected"
    kinds = schema.get("type")
    if kinds is not None and not _is_of(value, [kinds] if isinstance(kinds, str) else kinds):
        return f"{place}: {kinds if isinstance(kinds, str) else ', '.join(kinds)} was expected"
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        for key, one in value.items():
            part = known.get(key, others if isinstance(others, dict) else None)
            if part is not None and (fault := _fault(one, part, f"{place}.{key[:40]}", parts)):
                return fault
    elif isinstance(value, list):
        return _fault_of_list(value, schema, place, parts)
    return _fault_of_bounds(value, schema, place)


def _is_of(value: Any, kinds: list[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    return any(isinstance(value, _TYPES[kind]) for kind in kinds)


def _fault_of_list(value: list[Any], schema: dict[str, Any], place: str, parts: dict[str, Any]) -> str:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", math.inf):
        return f"{place}: another number of items was expected"
    part = schema.get("items")
    if part is not None:
        for number, one in enumerate(value):
            if fault := _fault(one, part, f"{place}[{number}]", parts):
                return fault
    return ""


def _fault_of_bounds(value: Any, schema: dict[str, Any], place: str) -> str:
    if isinstance(value, str):
        pattern = schema.get("pattern")
        return f"{place}: it has another form" if pattern and not re.search(pattern, value) else ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if isinstance(value, float) and not math.isfinite(value):
        return f"{place}: a finite number was expected"
    if abs(value) >= _LARGEST and isinstance(value, int):
        return f"{place}: an integer of 64 bits was expected"
    if not schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf):
        return f"{place}: it is out of bounds"
    return ""
