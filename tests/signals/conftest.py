from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from logdoc.model import Series

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def series() -> Callable[..., Series]:
    """Build a series from values; steps count from 0 unless given."""

    def make(values: object, steps: object = None, name: str = "s") -> Series:
        column = np.asarray(values, dtype=np.float64)
        return Series(
            name, np.arange(column.size, dtype=np.int64) if steps is None else np.asarray(steps, dtype=np.int64), column
        )

    return make
