"""Patterns that repeat."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.profile import block_levels, profile
from logdoc.signals.remembering import once_per_series
from logdoc.signals.transforms import detrended

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.model import Series

_NAN = float("nan")
_MOST = 4096  # points looked at; longer series are averaged down to so many
_SHORTEST = 4  # points in a period
_REPEATS = 3  # times a period must fit
_AS_HIGH = 0.8
_HARMONICS = 12  # a sawtooth over ten classes has its power at the tenth
_MOST_MEMORY = 0.999
# the power of noise at one frequency exceeds x + ln(n) times its mean with probability exp(-x) / n; chosen with margin
# for the search
_CHANCE = 4.0
_AGAIN = 0.5  # the correlation at two periods against that at one


@once_per_series
@np.errstate(over="ignore", invalid="ignore")
def _period(s: Series) -> tuple[float, float]:
    """(period in points, correlation at it), or (NaN, 0): the highest peak of the autocorrelation behind its first zero
    that comes again.
    """
    v = detrended(s).values
    if v.size < _SHORTEST * _REPEATS * 2 or float(np.ptp(v)) == 0.0:
        return _NAN, 0.0
    thinned, _ = block_levels(v, np.arange(v.size), _MOST) if v.size > _MOST else (v, v)
    scale = v.size / thinned.size
    with np.errstate(over="ignore", invalid="ignore"):
        rest = (thinned - thinned.mean()) / max(float(thinned.std()), 1e-300)
    rest = np.clip(rest, -5.0, 5.0)  # single spikes must not make or hide a period
    n = rest.size
    power = np.abs(np.fft.rfft(rest, 2 * n)) ** 2
    correlation = np.fft.irfft(power)[: n // _REPEATS + 2]
    correlation = correlation / np.arange(n, n - correlation.size, -1)
    if correlation[0] <= 0.0:
        return _NAN, 0.0
    scatter = float(correlation[0])
    correlation = correlation / scatter
    lag_one = min(max(float(correlation[1]), 0.0), _MOST_MEMORY)
    below = np.flatnonzero(correlation <= 0.0)
    if not below.size:
        return _NAN, 0.0
    start = max(int(below[0]), _SHORTEST)
    inner = correlation[1:-1]
    peaks = np.flatnonzero((inner >= correlation[:-2]) & (inner >= correlation[2:])) + 1
    peaks = peaks[peaks >= start]
    if not peaks.size:
        return _NAN, 0.0
    # Multiples of a period correlate as well as the period itself; the shortest that is nearly as high as the highest
    # is meant.
    best = int(peaks[int(np.argmax(correlation[peaks] >= _AS_HIGH * correlation[peaks].max()))])
    best = best - 2 + int(correlation[best - 2 : best + 3].argmax()) if best > 2 else best
    height = float(correlation[best])
    double = correlation[int(1.9 * best) : int(2.1 * best) + 1]
    again = float(double.max()) if double.size else height
    if height < 4.0 / math.sqrt(n) or again < _AGAIN * height:
        return _NAN, 0.0
    if _above_background(power / (n * scatter), best, n, lag_one) < _CHANCE + math.log(n):
        return _NAN, 0.0
    return best * scale, min(1.0, height)


def _above_background(power: NDArray[np.float64], lag: int, n: int, memory: float) -> float:
    """Return the power of a period, or of its strongest harmonic, over that of noise with the memory of this series.

    Noise with memory, a random walk above all, swings slowly and by chance looks periodic; its spectrum is that of
    an AR(1) process
    (Torrence and Compo 1998). `power` is that of unit noise, zero-padded to 2 n points.
    """
    highest = 0.0
    for harmonic in range(1, min(_HARMONICS, lag // 2) + 1):
        place = round(2 * n * harmonic / lag)
        background = (1.0 - memory**2) / (1.0 - 2.0 * memory * math.cos(2.0 * math.pi * harmonic / lag) + memory**2)
        highest = max(highest, float(power[place - 1 : place + 2].max()) / background)
    return highest


def period(s: Series) -> float:
    """Length of the pattern in points; NaN when nothing repeats at least three times."""
    return _period(s)[0]


def period_strength(s: Series) -> float:
    """Share of the scatter around the trend that repeats (the autocorrelation at the period), 0 to 1; 0 when it is not
    significant.
    """
    return _period(s)[1]


def repeats_at(s: Series, lag: float) -> float:
    """Autocorrelation of the scatter around the trend at a lag in steps, -1 to 1; NaN where the lag has fewer than four
    points or fits fewer than three times.
    """
    d = detrended(s)
    n = d.values.size
    if n < _SHORTEST * _REPEATS or not lag > 0.0 or float(d.values.min()) == float(d.values.max()):
        return _NAN
    share = lag / max(float(d.steps[-1] - d.steps[0]), 1.0)
    if not share * _REPEATS <= 2.0:  # far longer than fits, infinite lags included
        return _NAN
    points = round(share * (n - 1))
    if points < _SHORTEST or points * _REPEATS > n:
        return _NAN
    with np.errstate(over="ignore", invalid="ignore"):
        rest = (d.values - d.values.mean()) / max(float(d.values.std()), 1e-300)
    rest = np.clip(rest, -5.0, 5.0)  # as for the period: single spikes must not make or hide it
    return float(np.mean(rest[points:] * rest[:-points]) / np.mean(np.square(rest)))


def equal_at(s: Series, lag: float) -> float:
    """Share of the points that have exactly the value of the point `lag` steps earlier, of all that have such a point;
    NaN where fewer than four have one.
    """
    if not 0.0 < lag < 2.0**62 or s.steps.size < _SHORTEST:
        return _NAN
    at = np.searchsorted(s.steps, s.steps - round(lag))
    at = np.minimum(at, s.steps.size - 1)
    met = s.steps[at] == s.steps - round(lag)
    if int(met.sum()) < _SHORTEST:
        return _NAN
    return float(np.mean(s.values[met] == s.values[at[met]]))


def period_steps(s: Series) -> float:
    """Length of the pattern in steps."""
    points = _period(s)[0]
    p = profile(s)
    return points * float(p.steps[-1] - p.steps[0]) / max(p.steps.size - 1, 1) if points == points else _NAN
