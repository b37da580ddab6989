"""Wall times that cannot be: no number, not after 1970, or going back. No value is lost by them; they are told, and
what is no time at all is taken as not logged.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Defect
from logdoc.model.notes import CLOCK
from logdoc.redaction import cut

if TYPE_CHECKING:
    from logdoc.model import Series

_BACK = 1.0  # seconds that a clock may be set back without a word: a time server corrects by less


def without_impossible_times(series: dict[str, Series], source: str) -> list[Defect]:
    """Take times that are none out of the curves, and return what is told of them and of times that go back."""
    none: dict[str, int] = {}
    back: dict[str, int] = {}
    for name, s in series.items():
        if s.times is None:
            continue
        if s.times.size and s.times[0] > 0 and s.times[-1] < np.inf and (s.times[1:] >= s.times[:-1]).all():
            continue
        known = (s.times > 0) & (s.times < np.inf)  # False for NaN as well
        if not known.all():
            none[name] = int(np.count_nonzero(~known))
            times = np.where(known, s.times, np.nan) if known.any() else None
            series[name] = dataclasses.replace(s, times=times)
        if fallen := int(np.count_nonzero(np.diff(s.times[known]) < -_BACK)):
            back[name] = fallen
    return [
        *_told(none, source, "a wall time that is none (0, negative or no number) is taken as not logged"),
        *_told(back, source, "the wall time goes back; a pace that is taken from times is in doubt"),
    ]


def _told(counts: dict[str, int], source: str, what: str) -> list[Defect]:
    """Return one note; of many curves the worst is named."""
    if not counts:
        return []
    name, count = max(counts.items(), key=lambda item: item[1])
    points = "a point" if count == 1 else f"{count:,} points"
    more = f", and of {len(counts) - 1:,} more" if len(counts) > 1 else ""
    return [Defect(source, f"{what}: {points} of '{cut(name, 80)}'{more}", id=CLOCK)]
