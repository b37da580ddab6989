"""The compact notation of series in rule tests.

    2.3-0.02x40          40 points from 2.3, each 0.02 lower than the one before
    0.5x20               20 points of 0.5
    exp(2.3,0.5,0.06)x100   100 points from 2.3 toward 0.5, the distance shrinking by the factor exp(-0.06) a point
    ...~0.05#3           any of these with Gaussian noise of deviation 0.05 from seed 3
    1 2 3                single values;  nan  inf  -inf  single non-finite ones, nanx10 ten of them
    _  _x20              one step, twenty steps without a row
    @5000                go on at step 5000 (back, too: a restart)
    *10                  from here on steps are 10 apart

A list of numbers is a series as well.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Series
from logdoc.redaction import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_POINTS = 100_000
MAX_STEP = 10**15

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TAIL = rf"(?:x(?P<times>\d+))?(?:~(?P<noise>{_NUMBER})#(?P<seed>\d+))?"
_LINE = re.compile(rf"(?P<start>{_NUMBER})(?P<change>[+-](?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)?{_TAIL}")
_EXP = re.compile(rf"exp\((?P<top>{_NUMBER}),(?P<floor>{_NUMBER}),(?P<rate>{_NUMBER})\){_TAIL}")
_ODD = re.compile(r"(?P<value>nan|inf|-inf)(?:x(?P<times>\d+))?")
_GAP = re.compile(r"_(?:x(?P<times>\d+))?")
_JUMP = re.compile(r"@(?P<step>\d+)")
_STRIDE = re.compile(r"\*(?P<stride>\d+)")


def parse_series(notation: str | Sequence[float], name: str) -> Series:
    """Return the series that a notation describes.

    Raises:
        ValueError: a word of it cannot be read; the message names the word and its place.
    """
    if not isinstance(notation, str):
        values = np.asarray([float(v) for v in notation], dtype=np.float64)
        return Series(name, np.arange(len(values), dtype=np.int64), values)
    steps: list[int] = []
    found: list[float] = []
    step, stride = 0, 1
    for match in re.finditer(r"\S+", notation):
        word = match.group()
        if jump := _JUMP.fullmatch(word):
            step = int(jump["step"])
        elif every := _STRIDE.fullmatch(word):
            stride = int(every["stride"])
        elif gap := _GAP.fullmatch(word):
            step += stride * int(gap["times"] or 1)
        else:
            values_here = _values(word, match.start())
            steps.extend(range(step, step + stride * len(values_here), stride) if stride else [step] * len(values_here))
            found.extend(values_here)
            step += stride * len(values_here)
        if len(found) > MAX_POINTS:
            raise ValueError(f"'{cut(notation, 40)}' describes more than {MAX_POINTS:,} points")
        if step > MAX_STEP:
            raise ValueError(f"'{cut(word, 40)}' at character {match.start() + 1} goes beyond step {MAX_STEP:,}")
    return Series(name, np.asarray(steps, dtype=np.int64), np.asarray(found, dtype=np.float64))


def _values(word: str, place: int) -> list[float]:
    found = _ODD.fullmatch(word) or _EXP.fullmatch(word) or _LINE.fullmatch(word)
    if found is None:
        raise ValueError(
            f"'{word}' at character {place + 1} is not understood; write 2.3-0.02x40, "
            "exp(2.3,0.5,0.06)x100, nan, _x5 or @100"
        )
    times = int(found["times"] or 1)
    if not 1 <= times <= MAX_POINTS:
        raise ValueError(f"'{word}' at character {place + 1} describes no point or too many")
    if found.re is _ODD:
        return [float(found["value"])] * times
    with np.errstate(over="ignore", invalid="ignore"):
        count = np.arange(times, dtype=np.float64)
        if found.re is _LINE:
            return _noisy(float(found["start"]) + float(found["change"] or 0) * count, found)
        top, floor, rate = float(found["top"]), float(found["floor"]), float(found["rate"])
        return _noisy(floor + (top - floor) * np.exp(-rate * count), found)


def _noisy(values: np.ndarray, match: re.Match[str]) -> list[float]:
    if match["noise"] is None:
        return [float(v) for v in values]
    noise = float(match["noise"])
    if not math.isfinite(noise) or noise < 0:
        raise ValueError(f"the noise of '{match.group()}' must be a finite, positive number")
    return [float(v) for v in values + np.random.default_rng(int(match["seed"])).normal(0.0, noise, len(values))]
