"""As SARIF 2.1.0, for code scanners: a rule of logdoc is a rule, a finding that fires is a result.

Accepted findings are there with a suppression, known ones as unchanged. SARIF wants a physical place, though a log has
no meaningful line: results stand in the first line of the log.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from logdoc.report.escape import show
from logdoc.report.places import Placed, placed, unjudged
from logdoc.report.wording import note_text

if TYPE_CHECKING:
    from logdoc.model import Analysis

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_MOST = 5_000  # GitHub shows no more of one upload; those that are left out are counted


def sarif(analysis: Analysis) -> str:
    """Return the findings as one run of SARIF, worst first."""
    found = placed(analysis)
    shown = found[:_MOST]
    ids = list(dict.fromkeys(one.finding.id for one in shown))
    rules = [_rule(next(one for one in shown if one.finding.id == rule)) for rule in ids]
    notes = [_note(f"{show(run.id)}: {show(run.headline, cap=1500)}") for run in unjudged(analysis)]
    notes += [_note(f"{show(d.source)}: {note_text(d)}") for d in analysis.defects]
    if len(found) > _MOST:
        notes.append(_note(f"{len(found) - _MOST} findings are left out; the JSON report has them all."))
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "logdoc", "version": analysis.version, "rules": rules}},
                "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
                "columnKind": "unicodeCodePoints",
                "results": [_result(one, ids.index(one.finding.id)) for one in shown],
            }
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _rule(one: Placed) -> dict[str, Any]:
    finding = one.finding
    page = next((source.link for source in finding.sources if source.link), "")
    return {
        "id": show(finding.id),
        **({"helpUri": page} if page else {}),
        "shortDescription": {"text": show(finding.title)},
        "fullDescription": {"text": show(finding.why, cap=1500) or show(finding.title)},
        "help": {"text": show(finding.verify, cap=1500) or show(finding.title)},
        "defaultConfiguration": {"level": _LEVELS[finding.severity]},
    }


def _result(one: Placed, index: int) -> dict[str, Any]:
    finding = one.finding
    made: dict[str, Any] = {
        "ruleId": show(finding.id),
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{one.owner}: {one.message}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": _uri(one.path)}, "region": {"startLine": 1}},
                "logicalLocations": [{"fullyQualifiedName": one.owner, "kind": "run"}],
            }
        ],
        "partialFingerprints": {"logdocFinding/v1": one.fingerprint},
        "baselineState": "unchanged" if finding.known else "new",
    }
    if finding.accepted:
        made["suppressions"] = [{"kind": "external", "justification": show(finding.accepted)}]
    if finding.window:
        made["properties"] = {"firstStep": finding.window[0], "lastStep": finding.window[1]}
    return made


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path, safe="/._-~")


def _note(text: str) -> dict[str, Any]:
    return {"level": "warning", "message": {"text": text}}
