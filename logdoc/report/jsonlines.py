"""As JSON lines: one object a line, each with its kind, for `jq`, `grep` and tables of many analyses.

Curves and layer maps, nine tenths of a JSON report, are left out; everything else of a run is there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from logdoc.report.jsonform import SCHEMA, clean, defect_document, group_document, run_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from logdoc.model import Analysis, RunAnalysis

_LEFT_OUT = ("curves", "maps")


def json_lines(analysis: Analysis) -> str:
    """Return the analysis as lines of JSON: the analysis first, then every run, group and file that was not judged, and
    a line that tells that it is whole.
    """
    return "".join(line_pieces(analysis))


def line_pieces(analysis: Analysis) -> Iterator[str]:
    """Yield the lines as they are made, so that those of many runs are never held together."""
    yield first_line(analysis.version, analysis.ruleset)
    yield from map(run_line, analysis.runs)
    yield last_lines(analysis)


def first_line(version: str, ruleset: str) -> str:
    """Return the line before all runs."""
    head = {"kind": "analysis", "schema": SCHEMA, "version": version, "ruleset": ruleset}
    return _line({**head, "left_out": list(_LEFT_OUT)})


def run_line(run: RunAnalysis) -> str:
    """Return the line of a run."""
    return _line({"kind": "run", **{k: v for k, v in run_document(run).items() if k not in _LEFT_OUT}})


def last_lines(analysis: Analysis) -> str:
    """Return the lines behind all runs."""
    rows: list[dict[str, Any]] = [{"kind": "group", **group_document(group)} for group in analysis.groups]
    rows += [{"kind": "defect", **defect_document(defect)} for defect in analysis.defects]
    return "".join(map(_line, [*rows, {"kind": "end", "runs": len(analysis.runs)}]))


def _line(row: dict[str, Any]) -> str:
    return json.dumps(clean(row), ensure_ascii=False, allow_nan=False) + "\n"
