"""Epochs that were not validated, of a writer that has no word for it: Ultralytics with `val=False` writes 0 for every
validation loss and every metric.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Defect
from logdoc.model.notes import NO_NUMBERS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from logdoc.model import Run, Series

_FEWEST = 2  # validation losses that are exactly 0 at the same step; one alone may be


def only_validated(run: Run) -> Run:
    """Return a run without the zeros of epochs in which nothing was validated.

    No training has several validation losses of exactly 0 beside metrics of exactly 0, while its training losses are
    none.
    """
    losses = [name for name in run.series if name.startswith("val/") and name.endswith("_loss")]
    scores = [name for name in run.series if name.startswith("metrics/")]
    if len(losses) < _FEWEST or not scores:
        return run
    held_out = [run.series[name] for name in (*losses, *scores)]
    empty = reduce(np.intersect1d, (series.steps[series.values == 0] for series in held_out))
    if not empty.size:
        return run
    left = {series.name: _without(series, empty) for series in held_out}
    epochs = "1 epoch was" if empty.size == 1 else f"{empty.size:,} epochs were"
    what = f"{epochs} not validated: every validation loss and metric there is exactly 0, and is not read as measured"
    none = "0 throughout, of a training without validation"
    return replace(
        run,
        series={name: left.get(name, series) for name, series in run.series.items() if len(left.get(name, series))},
        defects=(*run.defects, Defect(run.sources[0], what, id=NO_NUMBERS)),
        left_out={**run.left_out, **{name: none for name, series in left.items() if not len(series)}},
    )


def _without(series: Series, steps: NDArray[np.int64]) -> Series:
    kept = ~np.isin(series.steps, steps)
    times = None if series.times is None else series.times[kept]
    return replace(series, steps=series.steps[kept], values=series.values[kept], times=times)
