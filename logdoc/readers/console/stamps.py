"""When each row was printed, as the time stamps in front of the lines say it."""

from __future__ import annotations

import re
from array import array
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NAME = "wall_time"
_STAMP = re.compile(
    r".{0,40}?(?<![\d:.\-/])(20\d\d)[-/](\d\d)[-/](\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,6}))?(?![\d:])"
)
_FEWEST = 8  # rows
_COARSE = 3.0  # seconds; rows that follow each other faster than that cannot be timed by whole seconds
_FINE = 0.2  # likewise by fractions of them


def times_of(text: str, lines: Sequence[int]) -> NDArray[np.float64] | None:
    """Return when each row was printed, in seconds since the epoch; None where stamps are missing, too coarse, or
    run backwards.

    Args:
        text: the log.
        lines: the line of each row, from 1.
    """
    if len(lines) < _FEWEST or not 0 < lines[0] <= lines[-1]:
        return None
    found, fine, start, number = array("d"), False, 0, 1
    for line in lines:
        while number < line:
            start, number = text.find("\n", start) + 1, number + 1
        end = text.find("\n", start)
        match = _STAMP.match(text, start, end if end >= 0 else len(text))
        moment = None if match is None else _moment(match)
        if moment is None:
            return None
        fine = fine or (match is not None and match[7] is not None)
        found.append(moment)
    times = np.frombuffer(found)
    steps = np.diff(times)
    if steps.min() < 0 or np.median(steps) < (_FINE if fine else _COARSE):
        return None
    return times


def _moment(match: re.Match[str]) -> float | None:
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    try:
        whole = datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None
    return whole + (float(f"0.{match[7]}") if match[7] else 0.0)
