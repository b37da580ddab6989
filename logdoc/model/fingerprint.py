"""What makes a finding the same one in the next analysis, for acceptances, baselines and code scanners."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from logdoc.model.analysis import Curve, Finding, Group


def fingerprint(run: str, finding: Finding, curves: Sequence[Curve] = ()) -> str:
    """Return 16 hexadecimal digits that stay the same as long as the same rule speaks about the same curve of the
    same run (or group of runs).

    Steps, values and layers are no part of it: they differ whenever the run is trained again. The curve counts by its
    role, so that a loss that is logged under another name is still the loss.

    Args:
        run: the id of the run or group.
        finding: what fires.
        curves: those of the run.
    """
    first = next((name for chart in finding.charts for name in chart.series), "")
    role = next((curve.role for curve in curves if curve.name == first), first)
    told = "\0".join((finding.id, run, role))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def group_fingerprint(group: Group, finding: Finding) -> str:
    """Return the fingerprint of a finding about several runs; the first of them tells groups of one folder apart."""
    return fingerprint("\0".join((group.id, min(group.runs, default=""))), finding)
