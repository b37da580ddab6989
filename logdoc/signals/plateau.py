"""Where improvement ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.levels import fall_z, rise_z
from logdoc.signals.profile import floor_of_error, profile, smoothed_levels
from logdoc.signals.trend import trend_z

if TYPE_CHECKING:
    from logdoc.model import Series

_NAN = float("nan")
_ERRORS = 2.5  # an improvement of less than this many standard errors of a level is no improvement
_SHARE = 0.02  # nor is one of less than this share of the whole improvement
_RISEN = 4.0
_SURE = 3.0


@np.errstate(over="ignore", invalid="ignore")
def plateau_start(s: Series) -> float:
    """Step from which on nothing improves beyond noise; the last step when it improves to the end or rises again.

    At a level all later levels must be no more than 2.5 errors, or 2 % of the whole improvement, lower.
    """
    p = profile(s)
    levels = smoothed_levels(p)
    if levels.size < 4:
        return _NAN
    if rise_z(s) >= _RISEN:
        return float(p.steps[-1])
    future = np.minimum.accumulate(levels[::-1])[::-1]
    tolerance = max(_ERRORS * floor_of_error(p), _SHARE * float(levels.max() - levels.min()))
    at = int(np.argmax(levels - future <= tolerance))
    return float(p.steps[0]) if at == 0 else float(p.places[at])


def plateau_share(s: Series) -> float:
    """Share of the span that lies after the start of the plateau."""
    p = profile(s)
    start = plateau_start(s)
    whole = float(p.steps[-1] - p.steps[0]) if p.steps.size else 0.0
    return (float(p.steps[-1]) - start) / whole if whole > 0 else _NAN


def flat(s: Series) -> bool | None:
    """Whether nothing moves beyond noise over the whole series; unknown under four points."""
    z, fallen, risen = trend_z(s), fall_z(s), rise_z(s)
    if z != z or fallen != fallen or risen != risen:
        return None
    return abs(z) < _SURE and abs(fallen) < _SURE and risen < _SURE
