"""Healthy sentences that a finding denies are not said: beside "training loss stuck" nobody reads that it falls at a
useful pace. Which denies which is data, `rules/_vocabulary/contradictions.yaml`.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import TYPE_CHECKING

from logdoc.errors import RuleError
from logdoc.resources import bundled
from logdoc.resources.store import remembered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from logdoc.model import Finding

FILE = "_vocabulary/contradictions.yaml"


@lru_cache(maxsize=1)
def denied() -> Mapping[str, frozenset[str]]:
    """Return rule -> the rules whose healthy sentences it denies when it fires."""
    return remembered("denied", [bundled("rules")], read_denied)


def read_denied() -> Mapping[str, frozenset[str]]:
    """Read which rule denies which, from its file.

    Raises:
        RuleError: the table has another form.
    """
    from logdoc.documents import load_yaml

    data = load_yaml((bundled("rules") / FILE).read_text(encoding="utf-8"), where=f"rules/{FILE}").data
    table = data.get("denied") if isinstance(data, dict) else None
    if not isinstance(table, dict) or not all(isinstance(others, list) and others for others in table.values()):
        raise RuleError("'denied' holds a list of rules for every rule", where=f"rules/{FILE}")
    return {str(name): frozenset(map(str, others)) for name, others in table.items()}


def withhold_denied(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings; one that is clear and that a firing one denies is not applicable, with that as its reason.

    The causes are ranked before: that a milder rule stays silent beside a stronger one is evidence all the same.
    """
    by: dict[str, Finding] = {}
    for finding in findings:
        if finding.status == "fires":
            for other in denied().get(finding.id, ()):
                by.setdefault(other, finding)
    return tuple(
        dataclasses.replace(
            f, status="not-applicable", evidence=f"covered by the finding '{by[f.id].title}'", values={}
        )
        if f.status == "clear" and f.id in by
        else f
        for f in findings
    )
