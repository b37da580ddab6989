from __future__ import annotations

import pytest

from logdoc.model import HeatMap


@pytest.mark.parametrize(
    ("steps", "end", "cells", "band"),
    [
        ((0, 1), 1, ((1.0,),), None),
        ((0, 1), 1, (), None),
        ((), 0, ((),), None),
        ((1, 1), 1, ((1.0, 1.0),), None),
        ((0, 5), 4, ((1.0, 1.0),), None),
        ((0, 1), 1, ((1.0, 1.0),), (0.0, 1.0)),
        ((0, 1), 1, ((1.0, 1.0),), (2.0, 1.0)),
        ((0, 1), 1, ((1.0, 1.0),), (1.0, float("inf"))),
    ],
)
def test_a_map_that_cannot_be_drawn_cannot_be_made(steps, end, cells, band) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="of the map 'r'"):
        HeatMap("r", "t", "step", ("fc",), steps, end, cells, band=band)
