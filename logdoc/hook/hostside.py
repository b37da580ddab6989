"""What the host makes of the sums of a sample: named values, with NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from logdoc.hook.names import Kind

INPUT = "data/input"  # the name under which the model's input is looked at
_SHAPED = 2048  # elements of a tensor from which the shape of its values is told
_LEAST = 256  # fewer tell nothing of tails
_SUMS = {"plain": 4, "bounded": 5, "rectified": 5}

Floats = np.ndarray[Any, np.dtype[np.float64]]
Named = tuple[list[str], Floats]


@dataclass(frozen=True, slots=True)
class Seen:
    """One module in a sample: the sums of every call, then how many units are dead.

    Attributes:
        counts: values per call.
        of_input: the input was looked at, not the output.
        units: how many units there are; 0 where they are not told apart, then there is no last number.
    """

    name: str
    kind: Kind
    counts: tuple[int, ...]
    of_input: bool
    units: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What the numbers of a sample mean, the same from sample to sample as a rule: activations, norms of all
    gradients, norms of all weights,
    single numbers, the changes of the sampled elements, the elements before the step.

    Attributes:
        trainable: a truth value per parameter.
        sizes: sampled elements per parameter.
        spreads: whether the deviation of a parameter's elements is told.
    """

    activations: tuple[Seen, ...] = ()
    parameters: tuple[str, ...] = ()
    trainable: tuple[bool, ...] = ()
    sizes: tuple[int, ...] = ()
    spreads: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """A sample and the values that were logged since the one before.

    Attributes:
        singles: what the user logged, in order: tag, step, wall time, and the value, or None when it is the next
            single number of the sample.
        extra: values of the step that were on the host.
    """

    step: int
    wall_time: float
    shape: Shape = field(default_factory=Shape)
    extra: dict[str, float] = field(default_factory=dict)
    singles: tuple[tuple[str, int, float, float | None], ...] = ()


class Decoder:
    """Makes named values of samples; what depends on the shape alone is computed once for as long as the
    shape stays.
    """

    def __init__(self) -> None:
        self._shape: Shape | None = None
        self._activations = _Activations(())
        self._parameters = _Parameters(Shape())

    def named(self, plan: SamplePlan, data: NDArray[np.float32]) -> tuple[Named, list[tuple[str, int, float, float]]]:
        """Return tags and values of the sample, and the single numbers as (tag, step, wall time, value).

        Args:
            plan: what `data` holds.
            data: float32[n] as it came from the device.
        """
        if plan.shape != self._shape:
            self._shape, self._activations, self._parameters = (
                plan.shape,
                _Activations(plan.shape.activations),
                _Parameters(plan.shape),
            )
        numbers = np.asarray(data, dtype=np.float64)
        begin = self._activations.width
        norms = 2 * len(plan.shape.parameters)
        on_device = sum(value is None for *_, value in plan.singles)
        rest = begin + norms + on_device
        taken = iter(numbers[begin + norms : rest].tolist())
        singles = [
            (tag, step, wall, next(taken) if value is None else value) for tag, step, wall, value in plan.singles
        ]
        with np.errstate(all="ignore"):
            parts = [
                self._activations.named(numbers[:begin]),
                self._parameters.named(numbers[begin : begin + norms], numbers[rest:]),
            ]
        tags = [*plan.extra, *parts[0][0], *parts[1][0]]
        return (tags, np.concatenate([np.array(list(plan.extra.values())), parts[0][1], parts[1][1]])), singles


class _Activations:
    """Where the sums of every call of every module stand."""

    def __init__(self, seen: Sequence[Seen]) -> None:
        begins, owners, dead = [], [], []
        at = 0
        for i, module in enumerate(seen):
            for _ in module.counts:
                begins.append(at)
                owners.append(i)
                at += _SUMS[module.kind]
            dead.append(at if module.units else -1)
            at += module.units > 0
        self.width = at
        self._calls = np.array(begins, dtype=np.int64)
        self._first = np.searchsorted(np.array(owners, dtype=np.int64), np.arange(len(seen)))
        self._counts = np.array([sum(module.counts) for module in seen], dtype=np.float64)
        rectified = np.array([m.kind == "rectified" for m in seen], dtype=bool)
        bounded = np.array([m.kind == "bounded" for m in seen], dtype=bool)
        self._of_input = np.array([m.of_input for m in seen], dtype=bool)
        self._owners = np.array(owners, dtype=np.int64)
        self._fifth = self._calls[(rectified | bounded)[self._owners]] + 4 if len(seen) else self._calls
        self._fifth_owner = self._owners[(rectified | bounded)[self._owners]] if len(seen) else self._owners
        self._rectified, self._bounded = np.flatnonzero(rectified), np.flatnonzero(bounded)
        self._with_units = np.array([i for i, place in enumerate(dead) if place >= 0], dtype=np.int64)
        self._dead = np.array([place for place in dead if place >= 0], dtype=np.int64)
        self._units = np.array([m.units for m in seen if m.units], dtype=np.float64)
        names = [m.name for m in seen]
        blocks = [f"{INPUT}_{s}" if n == INPUT else f"act_{s}/{n}" for s in ("mean", "std", "absmax") for n in names]
        self._tags = blocks + [f"act_zero_frac/{names[i]}" for i in self._rectified]
        self._tags += [f"act_dead_frac/{names[i]}" for i in self._with_units] + [
            f"act_sat_frac/{names[i]}" for i in self._bounded
        ]
        self._about = np.concatenate(
            [np.tile(np.arange(len(seen)), 3), self._rectified, self._with_units, self._bounded]
        ).astype(np.int64)
        self._moments = np.arange(len(self._tags)) < 3 * len(seen)
        self._names = names

    def named(self, numbers: Floats) -> Named:
        """Return the names of the signals and their values, from the numbers that came from the device."""
        if not self._names:
            return [], np.empty(0)
        calls, first, n = self._calls, self._first, self._counts
        mean = np.add.reduceat(numbers[calls], first) / n
        variance = np.add.reduceat(np.square(numbers[calls + 1]), first) / n - np.square(mean)
        # Below 1e-12 of the squared mean single precision cannot tell a deviation from none.
        deviation = np.where(variance <= 1e-12 * np.square(mean), 0.0, np.sqrt(variance))
        low = np.minimum.reduceat(numbers[calls + 2], first)
        highest = np.maximum(np.abs(low), np.abs(np.maximum.reduceat(numbers[calls + 3], first)))
        fifth = np.bincount(self._fifth_owner, numbers[self._fifth], len(n))
        values = np.concatenate(
            [
                mean,
                deviation,
                highest,
                1.0 - fifth[self._rectified] / n[self._rectified],
                numbers[self._dead] / self._units,
                (fifth[self._bounded] + n[self._bounded]) / (2 * n[self._bounded]),
            ]
        )
        # Of an input only the share of zeros and dead units is told, and only where a rectifier came before.
        kept = ~(self._of_input[self._about] & (self._moments | (low < 0)[self._about]))
        tags = self._tags if kept.all() else [tag for tag, k in zip(self._tags, kept.tolist(), strict=True) if k]
        lost = [f"act_nonfinite/{self._names[i]}" for i in np.flatnonzero(~np.isfinite(mean) & ~self._of_input)]
        return [*tags, *lost], np.concatenate([values[kept], np.ones(len(lost))])


class _Parameters:
    """Where the norms and the sampled elements of every parameter stand."""

    def __init__(self, shape: Shape) -> None:
        self._sizes = np.array(shape.sizes, dtype=np.int64)
        self._begins = np.cumsum(self._sizes) - self._sizes
        self._trainable = np.array(shape.trainable, dtype=bool)
        names = shape.parameters
        trained = [name for name, t in zip(names, shape.trainable, strict=True) if t]
        self._spreads = np.array(shape.spreads, dtype=bool)
        self._tags = (
            ["train/grad_norm"] * bool(trained)
            + [f"grad_norm/{n}" for n in trained]
            + [f"weight_norm/{n}" for n in names]
        )
        self._tags += [f"weight_std/{n}" for n, s in zip(names, self._spreads, strict=True) if s]
        self._shape_of(shape)
        self._tags += [f"update_ratio/{n}" for n in trained]

    def _shape_of(self, shape: Shape) -> None:
        """Choose the elements from which skewness and excess kurtosis are computed: evenly spaced ones of the larger
        weights.
        """
        shaped = [i for i, size in enumerate(shape.sizes) if shape.spreads[i] and size >= _LEAST]
        chosen = [self._begins[i] + np.arange(0, shape.sizes[i], -(-shape.sizes[i] // _SHAPED)) for i in shaped]
        self._chosen = np.concatenate(chosen) if chosen else np.empty(0, dtype=np.int64)
        self._counts = np.array([part.size for part in chosen], dtype=np.int64)
        self._moving = self._trainable[shaped] if shaped else np.empty(0, dtype=bool)
        names = [shape.parameters[i] for i in shaped]
        self._tags += [f"weight_excess/{n}" for n in names] + [f"weight_skew/{n}" for n in names]
        self._tags += [f"update_excess/{n}" for n, moves in zip(names, self._moving, strict=True) if moves]

    def _standardised(self, elements: Floats) -> tuple[Floats, Floats]:
        """Return the skewness and the excess kurtosis of the chosen elements of each weight; 0 where they do not
        spread.
        """
        if not self._counts.size:
            return np.empty(0), np.empty(0)
        values, n = elements[self._chosen], self._counts
        begins = np.cumsum(n) - n
        centred = values - np.repeat(np.add.reduceat(values, begins) / n, n)
        square = np.square(centred)
        variance = np.add.reduceat(square, begins) / n
        skew = np.add.reduceat(square * centred, begins) / n / variance**1.5
        excess = np.add.reduceat(np.square(square), begins) / n / np.square(variance) - 3.0
        flat = variance == 0
        return np.where(flat, 0.0, skew), np.where(flat, 0.0, excess)

    def named(self, norms: Floats, elements: Floats) -> Named:
        """Return the names of the signals and their values, from the norms of tensors and from single elements."""
        if not self._sizes.size:
            return [], np.empty(0)
        count, half = self._sizes.size, elements.size // 2
        gradients, weights = norms[:count][self._trainable], norms[count:]
        change, values = elements[:half], elements[half:]
        begins, n = self._begins, self._sizes
        moved = np.sqrt(np.add.reduceat(np.square(change), begins))
        squares = np.add.reduceat(np.square(values), begins)
        before = np.sqrt(squares)
        variance = squares / n - np.square(np.add.reduceat(values, begins) / n)
        # A tensor of equal elements has a deviation of exactly 0, which the difference of two rounded sums has not.
        spread = np.maximum.reduceat(values, begins) - np.minimum.reduceat(values, begins)
        deviation = np.where(spread == 0, 0.0, np.sqrt(np.maximum(variance, 0.0)))
        total = [np.sqrt(np.square(gradients).sum(keepdims=True))] if gradients.size else []
        ratio = (moved / before)[self._trainable]
        skew, excess = self._standardised(values)
        _, moves = self._standardised(change)
        told = np.concatenate(
            [*total, gradients, weights, deviation[self._spreads], excess, skew, moves[self._moving], ratio]
        )
        # A tensor that was all zeros has no size to compare its first update with.
        sizeless = before[self._trainable] == 0
        if not sizeless.any():
            return self._tags, told
        kept = np.ones(told.size, dtype=bool)
        kept[told.size - ratio.size :] = ~sizeless
        return [tag for tag, k in zip(self._tags, kept.tolist(), strict=True) if k], told[kept]
