"""How finely the values of a series are written: the binary digits that hold them all."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.profile import profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.model import Series

_FLOAT32 = 24  # binary digits of a float32; what needs more is told as this
_TEXT = 1e-9  # share of a value by which its text may differ
_SMALLEST = 1e-30  # below it a float32 has fewer digits of its own
_HALF = 11  # binary digits of a float16, the longer of the two half precisions
_WRITTEN = range(4, 8)  # decimal digits that loggers write: %.4f, %.6g
_CHANCE = -6.0  # decimal logarithm of how often values without a grid may lie on one by chance
_LOOKED_AT = 2_000  # different values that suffice


def significant_bits(s: Series) -> float:
    """Smallest number of binary digits (the leading one counted) that holds every finite value exactly, at most 24.

    A bfloat16 has 8 of them, a float16 11, a float32 24. NaN for a series without values other than zero. Values that
    were written with few decimal digits are held as well as their text can tell, if that is no chance.
    """
    values = np.abs(profile(s).values)
    values = values[values > _SMALLEST]
    if not values.size:
        return float("nan")
    if values.max() > np.finfo(np.float32).max:
        return float(_FLOAT32)
    stored = values.astype(np.float32).astype(np.float64)
    # Decimal text that stands for a float32 may differ from it in the tenth digit; by more, it is no float32 at all.
    if not np.all(np.abs(values - stored) <= _TEXT * values):
        return _bits_of_text(values)
    mantissas = np.frexp(stored)[0]
    for bits in range(1, _FLOAT32):
        scaled = mantissas * 2.0**bits
        if bool(np.all(scaled == np.rint(scaled))):
            return float(bits)
    return float(_FLOAT32)


def _bits_of_text(values: NDArray[np.float64]) -> float:
    """Return the binary digits of what was rounded to half precision and then to few decimal digits; else 24."""
    values = np.array(sorted(set(values.tolist()))[:_LOOKED_AT])  # np.unique would load numpy.ma in every run
    tens = np.floor(np.log10(values))
    unit = None
    for digits in _WRITTEN:
        for candidate in (np.full(values.shape, 10.0**-digits), 10.0 ** (tens - digits + 1)):
            whole = values / candidate
            if unit is None and np.all(np.abs(whole - np.rint(whole)) <= _TEXT * whole):
                unit = candidate
    if unit is None:
        return float(_FLOAT32)
    for bits in range(1, _HALF + 1):
        grid = np.exp2(np.frexp(values)[1] - float(bits))
        off = np.abs(values / grid - np.rint(values / grid)) * grid
        by_chance = np.log10(np.minimum(unit / grid, 1.0)).sum()  # half a unit to either side
        if by_chance <= _CHANCE and bool(np.all(off <= 0.5 * unit * (1 + _TEXT * 1e3) + _TEXT * values)):
            return float(bits)
    return float(_FLOAT32)


def grid_step(level: float, bits: float) -> float:
    """Distance of neighbouring numbers of so many binary digits at a level; NaN where either is unknown or zero."""
    if not (math.isfinite(level) and math.isfinite(bits)) or level == 0.0:
        return float("nan")
    return float(2.0 ** (math.frexp(level)[1] - bits))


def diff_to_whole(s: Series) -> Series:
    """Distance of every value to the nearest whole number."""
    with np.errstate(invalid="ignore"):
        return dataclasses.replace(s, values=np.abs(s.values - np.rint(s.values)))
