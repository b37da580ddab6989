"""Whether a counter counts examples and not batches: ``Train Epoch: 1 [320/1600 (20%)]`` may be either."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from logdoc.readers.console.prepared import INNER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from logdoc.model import ConfigValue
    from logdoc.readers.console.prepared import Prepared

_BATCH = ("batch_size", "train_batch_size", "batchsize", "bs", "batch")
_INTERVAL = ("log_interval", "log_every", "log_freq", "log_step", "log_steps", "print_freq", "print_every")
_ROUND = 10  # batches; people print every ten of them, or every fifty, and choose powers of two as a batch


def counted_with_share(lines: Sequence[Prepared]) -> NDArray[np.float64]:
    """Return float64[n]: what rows of training count up to a bound within an epoch, a share of the whole behind it."""
    found = [
        line.shape.column(i)[line.keep]
        for line in lines
        if not line.whole
        for i, slot in enumerate(line.shape.slots[:-2])
        if slot.role == "counter" and slot.counter in INNER and slot.of == i + 1
        if line.shape.slots[i + 2].role == "progress"
    ]
    return np.concatenate(found) if found else np.empty(0)


def counts_examples(counted: NDArray[np.float64], config: Mapping[str, ConfigValue]) -> bool:
    """Tell whether a count grows by the examples of whole batches, of which the configuration tells the size.

    Args:
        counted: as :func:`counted_with_share` returns it.
        config: by its size of a batch a count of batches that are printed seldom is no other; it is told by how often
            they are printed, or as no one prints every 32nd batch.
    """
    batch, interval = _number(config, _BATCH), _number(config, _INTERVAL)
    counts = np.unique(counted)
    if batch < 2 or counts.size < 2 or np.any(counts % batch):
        return False
    stride = int(np.gcd.reduce(counts.astype(np.int64)))
    if interval > 0 and stride in (interval, interval * batch):
        return stride != interval
    return batch % _ROUND != 0


def _number(config: Mapping[str, ConfigValue], names: Sequence[str]) -> int:
    """Return the whole number under the first of some names, 0 without one."""
    by_name = {key.lower().rpartition(".")[2].replace("-", "_"): value for key, value in config.items()}
    for name in names:
        value = by_name.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return 0
