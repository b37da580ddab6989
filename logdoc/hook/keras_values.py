"""What is computed of a Keras model at a sample: weights, their updates, and means of its metrics since the last."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from logdoc.hook.keras_model import RATES, named, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.floating[Any]]


class Weights:
    """The weights at a sample, until the step after it is made."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[Array, float]] = {}
        self.step = self.iterations = 0  # at the sample: as counted here, and by the optimizer

    @property
    def kept(self) -> bool:
        """Whether there is a copy that waits for the step after it."""
        return bool(self._before)

    def drop(self) -> None:
        """Forget the copy."""
        self._before = {}

    def sample(self, variables: Sequence[Any], one_step: bool, step: int, iterations: int) -> dict[str, float]:
        """Return norm and standard deviation of each variable, and its update ratio if one step was made since the last
        sample; keep a copy.
        """
        values: dict[str, float] = {}
        before = self._before if one_step else {}
        self._before, self.step, self.iterations = {}, step, iterations
        for name, now in _host_copies(variables):
            wide = now.astype(np.float64).ravel()
            norm = float(np.linalg.norm(wide))
            values[f"weight_norm/{name}"] = norm
            values[f"weight_std/{name}"] = float(wide.std())
            values |= _ratio(name, wide, before.pop(name, None))  # what was compared is let go before more is kept
            self._before[name] = (now, norm)
        return values

    def ratios(self, variables: Sequence[Any]) -> dict[str, float]:
        """Return the update ratio of each variable, one step after the sample, and drop the copy."""
        values: dict[str, float] = {}
        for name, now in _host_copies(variables):
            values |= _ratio(name, now.astype(np.float64).ravel(), self._before.pop(name, None))
        self.drop()
        return values


def _ratio(name: str, after: NDArray[np.float64], before: tuple[Array, float] | None) -> dict[str, float]:
    """Return the norm of the change over the norm before, if there was one; overwrites `after`."""
    if before is None or before[1] == 0 or before[0].size != after.size:
        return {}
    after -= before[0].ravel()
    return {f"update_ratio/{name}": float(np.linalg.norm(after)) / before[1]}


class IntervalMeans:
    """What Keras' metrics hold now minus what they held at the last sample: the mean over the batches between."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[float, float]] = {}

    def restart(self) -> None:
        """Forget, as Keras does when an epoch begins."""
        self._held = {}

    def since_last(self, model: Any, logs: Mapping[str, Any]) -> dict[str, float]:
        """Return the mean of each logged name; without those that are a running value of the epoch but no mean."""
        metrics = list(_flat_metrics(model.metrics))
        values: dict[str, float] = {}
        for name, value in scalars(logs):
            # With several outputs Keras puts the name of the output before that of the metric.
            found = [m for m in metrics if m.name == name] or [m for m in metrics if name.endswith(f"_{m.name}")]
            if not found:
                values[name] = value  # from the user's own train_step
            elif len(found) == 1 and isinstance(found[0], keras.metrics.Mean):
                mean = self._mean(found[0])
                if mean is not None:
                    values[name] = mean
        return values

    def _mean(self, metric: Any) -> float | None:
        total, count = number(metric.total), number(metric.count)
        total_before, count_before = self._held.get(id(metric), (0.0, 0.0))
        self._held[id(metric)] = (total, count)
        if not math.isfinite(total_before):  # once not finite, a running sum tells nothing about what follows
            return math.nan
        return (total - total_before) / (count - count_before) if count > count_before else None


def scalars(logs: Mapping[str, Any], rates: bool = False) -> Iterator[tuple[str, float]]:
    """Yield the numbers among what Keras logs: the learning rates, or everything else."""
    for name, value in logs.items():
        if (name in RATES) == rates:
            with suppress(TypeError, ValueError):  # metrics with a value per class
                yield name, float(value)


def _flat_metrics(metrics: Sequence[Any]) -> Iterator[Any]:
    for metric in metrics:
        parts = getattr(metric, "metrics", None)
        if parts:
            yield from _flat_metrics(parts)
        else:
            yield metric


def _host_copies(variables: Sequence[Any]) -> Iterator[tuple[str, Array]]:
    for name, variable in named(variables):
        copy = _host_copy(variable)
        if copy.size:
            yield name, copy


def _host_copy(variable: Any) -> Array:
    """A copy in memory of its own (with some backends Keras hands out a view of the weight), with single precision or
    better.
    """
    values = np.array(keras.ops.convert_to_numpy(variable))
    return values if values.dtype.kind == "f" and values.dtype.itemsize >= 4 else values.astype(np.float32)
