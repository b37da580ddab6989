"""How finely the values of a series are written: the binary digits that hold them all."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np

from logdoc.signals.profile import profile

if TYPE_CHECKING:
    from logdoc.model import Series

_FLOAT32 = 24  # binary digits of a float32; what needs more is told as this
_TEXT = 1e-9  # share of a value by which its text may differ
_SMALLEST = 1e-30  # below it a float32 has fewer digits of its own


def significant_bits(s: Series) -> float:
    """Smallest number of binary digits (the leading one counted) that holds every finite value exactly, at most 24.

    A bfloat16 has 8 of them, a float16 11, a float32 24. NaN for a series without values other than zero.
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
        return float(_FLOAT32)
    mantissas = np.frexp(stored)[0]
    for bits in range(1, _FLOAT32):
        scaled = mantissas * 2.0**bits
        if bool(np.all(scaled == np.rint(scaled))):
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
