"""Swinging around a trend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.levels import improvement, noise
from logdoc.signals.profile import profile

if TYPE_CHECKING:
    from logdoc.model import Series


def swing(s: Series) -> float:
    """Deviation of single points around the trend over the whole improvement; infinite when nothing improved."""
    gained, scatter = improvement(s), noise(s)
    if gained != gained or scatter != scatter:
        return float("nan")
    return scatter / gained if gained > 0 else (float("inf") if scatter > 0 else float("nan"))


@np.errstate(over="ignore", invalid="ignore")
def sign_change_share(s: Series) -> float:
    """Share of moves between points that turn back: 2/3 for independent noise, 0 for a monotone curve."""
    moves = np.sign(np.diff(profile(s).values))
    moves = moves[moves != 0]
    return float((moves[1:] != moves[:-1]).mean()) if moves.size > 1 else float("nan")
