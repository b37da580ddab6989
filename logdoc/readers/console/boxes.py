"""Lines of two cells between bars, as Stable-Baselines prints a measure: ``| loss | 0.5 |``."""

from __future__ import annotations

import re

WIDEST = 240  # characters of a line of a box, or of one that stands over its rows
_BOX = re.compile(r"^\s*\|\s*([^|]{1,80}?)\s*\|\s*([^|]*?)\s*\|\s*$")
_BARS = 3


def box_of(line: str) -> re.Match[str] | None:
    """Return the match of a line of two cells between bars, ``| name | 0.5 |``."""
    return _BOX.match(line) if line.count("|") == _BARS and len(line) < WIDEST else None
