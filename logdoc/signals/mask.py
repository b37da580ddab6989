"""A condition per point of a series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """Where a condition on a series holds.

    Attributes:
        steps: int64[n].
        values: bool[n]; False where the point is not finite.
        known: bool[n]; whether the point is finite, so that the condition says something.
    """

    steps: NDArray[np.int64]
    values: NDArray[np.bool_]
    known: NDArray[np.bool_]
