"""As JSON lines: one object a line, each with its kind, for `jq`, `grep` and tables of many analyses.

Curves and layer maps, nine tenths of a JSON report, are left out; everything else of a run is there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from logdoc.report.jsonform import SCHEMA, as_document, clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.model import Analysis

_LEFT_OUT = ("curves", "maps")


def json_lines(analysis: Analysis) -> str:
    """Return the analysis as lines of JSON: the analysis first, then every run, group and file that was not judged."""
    return "".join(json.dumps(clean(row), ensure_ascii=False, allow_nan=False) + "\n" for row in _rows(analysis))


def _rows(analysis: Analysis) -> Iterator[dict[str, Any]]:
    document = as_document(analysis)
    yield {
        "kind": "analysis",
        "schema": SCHEMA,
        "version": document["version"],
        "ruleset": document["ruleset"],
        "runs": len(document["runs"]),
        "left_out": list(_LEFT_OUT),
    }
    for run in document["runs"]:
        yield {"kind": "run", **{key: value for key, value in run.items() if key not in _LEFT_OUT}}
    for group in document["groups"]:
        yield {"kind": "group", **group}
    for defect in document["defects"]:
        yield {"kind": "defect", **defect}
