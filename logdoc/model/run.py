"""What a reader found in the logs of one run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from logdoc.model.notes import OTHER

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from logdoc.model.program import ProgramText

ConfigValue = bool | int | float | str | None
Axis = Literal["step", "epoch", "index", "other"]


@dataclass(frozen=True, slots=True, eq=False, repr=False, weakref_slot=True)
class Series:
    """One logged quantity over the run.

    A step that was not logged has no row; a NaN or an infinity that *was* logged is a row with that value.

    Attributes:
        name: as logged, or as the reader composed it from folder and tag (``validation/epoch_loss``).
        steps: int64[n]; non-decreasing in an effective curve.
        values: float64[n]; may hold NaN and infinities.
        times: float64[n] seconds since the epoch, or None when the format has none.
        axis: what `steps` counts: optimizer steps, epochs, or just rows.
        attempt: 0 for the first try; a restart that overwrites steps starts the next one.
        stalled: records in a row that were dropped for a later one of the same step, where most were.
        stalled_at: that step.
    """

    name: str
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    times: NDArray[np.float64] | None = None
    axis: Axis = "step"
    attempt: int = 0
    stalled: int = 0
    stalled_at: int = 0

    def __post_init__(self) -> None:
        if self.steps.shape != self.values.shape or self.steps.ndim != 1:
            raise ValueError(
                f"steps {self.steps.shape} and values {self.values.shape} of '{self.name}' are not equally long columns"
            )
        if self.times is not None and self.times.shape != self.steps.shape:
            raise ValueError(
                f"times {self.times.shape} of '{self.name}' are not as long as its steps {self.steps.shape}"
            )

    def __len__(self) -> int:
        return int(self.steps.size)

    def __repr__(self) -> str:
        span = f", {self.axis} {self.steps[0]} to {self.steps[-1]}, last {self.values[-1]:.6g}" if len(self) else ""
        return f"<Series {self.name!r}: {len(self)} points{span}>"


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """The histograms of one tag over the run, flat: histogram i owns ``counts[offsets[i]:offsets[i+1]]``.

    Attributes:
        steps, times: int64[n], float64[n] or None.
        num, total, squares, low, high: float64[n]; count, sum, sum of squares, smallest and largest value as the
        format states them;
            NaN where it does not (new-style TensorBoard histograms state none of them: `exact` is then False).
        left, right, counts: float64[m]; the edges of every bucket and its weight.
        offsets: int64[n + 1] into the three.
        exact: the moments come from the writer, not from bucket midpoints.
    """

    name: str
    steps: NDArray[np.int64]
    times: NDArray[np.float64] | None
    num: NDArray[np.float64]
    total: NDArray[np.float64]
    squares: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    counts: NDArray[np.float64]
    offsets: NDArray[np.int64]
    exact: bool = True
    axis: Axis = "step"
    attempt: int = 0

    def __len__(self) -> int:
        return int(self.steps.size)

    def bucket_sums(self) -> NDArray[np.float64]:
        """Return float64[n]: how many values the buckets hold; `num` minus this counts the NaNs (tensorboardX writes
        them so).
        """
        running = np.concatenate(([0.0], np.cumsum(self.counts)))
        return np.asarray(running[self.offsets[1:]] - running[self.offsets[:-1]], dtype=np.float64)

    def mean(self) -> NDArray[np.float64]:
        """Return float64[n]: sum / num; NaN where nothing was counted."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.total / self.num)

    def std(self) -> NDArray[np.float64]:
        """Return float64[n]: sqrt(sum_squares / num - mean²), the exact deviation where the moments are exact."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.sqrt(np.maximum(self.squares / self.num - np.square(self.total / self.num), 0.0)))

    def skewness(self) -> NDArray[np.float64]:
        """Return float64[n]: the third central moment over std³, from the middles of the buckets; NaN where nothing
        spreads.
        """
        return self._moment(3)

    def excess_kurtosis(self) -> NDArray[np.float64]:
        """Return float64[n]: the fourth central moment over std⁴, minus 3; from the middles of the buckets; NaN where
        nothing spreads.
        """
        return self._moment(4) - 3.0

    def _moment(self, power: int) -> NDArray[np.float64]:
        if not len(self):
            return np.empty(0)
        sizes = np.diff(self.offsets)
        owner = np.repeat(np.arange(len(self)), sizes)
        # The outermost buckets of some writers reach to infinity; no value lies beyond the lowest and the highest.
        low, high = (
            np.where(np.isfinite(self.low), self.low, -np.inf)[owner],
            np.where(np.isfinite(self.high), self.high, np.inf)[owner],
        )
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            middle = 0.5 * (np.clip(self.left, low, high) + np.clip(self.right, low, high))
            used = (self.counts > 0) & np.isfinite(middle)
            weight, place, middle = self.counts[used], owner[used], middle[used]
            total = np.bincount(place, weight, len(self))
            centred = middle - (np.bincount(place, weight * middle, len(self)) / total)[place]
            variance = np.bincount(place, weight * centred**2, len(self)) / total
            return np.asarray(np.bincount(place, weight * centred**power, len(self)) / total / variance ** (power / 2))

    def norm(self) -> NDArray[np.float64]:
        """Return float64[n]: the Euclidean norm of the tensor, sqrt(sum_squares)."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(self.squares))


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong with the data itself, not with the training.

    Attributes:
        source: relative path of the file.
        what: one sentence.
        where: ``offset 1234``, ``line 17``; empty when it is about the whole file.
        lost: data were lost, so the run can not be called healthy.
        ended: it says that the program came to a bad end.
        id: its kind, ``DATA001`` and so on (`logdoc.model.notes`).
    """

    source: str
    what: str
    where: str = ""
    lost: bool = False
    ended: bool = False
    id: str = OTHER


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Run:
    """One training run as its logs tell it. Nothing is judged here.

    Attributes:
        id: relative posix path that names the run in every report.
        format: name of the reader.
        sources: relative posix paths of every file that was read.
        series: effective curve of every scalar, by name: a restart at step s replaced what was logged at steps >= s
            before.
        attempts: what restarts replaced, by name, earliest attempt first.
        histograms: effective histograms by name.
        config: flat ``key -> value`` of hyper-parameters, nested keys joined with ``.``.
        texts: logged texts by name.
        restarts: steps at which a later attempt took over, or the training was resumed, in order.
        left_out: ``name -> why`` of what the logs hold and the reader did not read (images, audio, graphs).
        defects: what was damaged or odd.
        note: how the format was detected, for `logdoc inspect`.
        program: the text of the program that wrote the log, where it lies beside it.
        growing: a file of it became longer while it was read, so the run goes on.
        counts_examples: its steps count examples, not batches.
        boosted: its lines have the form in which libraries of boosted trees print their rounds.
    """

    id: str
    format: str
    sources: tuple[str, ...]
    series: Mapping[str, Series] = field(default_factory=dict)
    attempts: Mapping[str, tuple[Series, ...]] = field(default_factory=dict)
    histograms: Mapping[str, Histogram] = field(default_factory=dict)
    config: Mapping[str, ConfigValue] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    restarts: tuple[int, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    defects: tuple[Defect, ...] = ()
    note: str = ""
    readable: bool = True
    program: tuple[ProgramText, ...] = ()
    growing: bool = False
    counts_examples: bool = False
    boosted: bool = False

    def __repr__(self) -> str:
        span = f", steps {self.step_range[0]} to {self.step_range[1]}" if self.step_range else ""
        return f"<Run {self.id!r}: {self.format}, {len(self.series)} series{span}>"

    @property
    def step_range(self) -> tuple[int, int] | None:
        """First and last step over all series whose axis counts steps (else over all series); None when nothing was
        logged.
        """
        chosen = [s for s in self.series.values() if len(s) and s.axis == "step"] or [
            s for s in self.series.values() if len(s)
        ]
        if not chosen:
            return None
        return int(min(s.steps.min() for s in chosen)), int(max(s.steps.max() for s in chosen))

    def to_frame(self, *, attempts: bool = False) -> pd.DataFrame:
        """Return the curves as one tidy table, a row per point: tag, step, wall_time, value, attempt.

        Args:
            attempts: also what restarts replaced, before the effective curve of its tag.

        Returns:
            Columns tag (category), step (int64), wall_time (seconds since the epoch, float64, NaN where the format
            has none), value (float64),
            attempt (int64). A NaN in `value` was logged; what was not logged has no row.
        """
        import pandas as pd

        parts = [
            part
            for name, last in self.series.items()
            for part in (*(self.attempts.get(name, ()) if attempts else ()), last)
        ]
        names = list(self.series)
        codes = {name: i for i, name in enumerate(names)}
        sizes = [len(part) for part in parts]
        tags = np.repeat(np.array([codes[part.name] for part in parts], dtype=np.int64), sizes)
        return pd.DataFrame(
            {
                "tag": pd.Categorical.from_codes(tags, categories=pd.Index(names, dtype=object)),
                "step": _joined([part.steps for part in parts], np.int64),
                "wall_time": _joined(
                    [part.times if part.times is not None else np.full(len(part), np.nan) for part in parts], np.float64
                ),
                "value": _joined([part.values for part in parts], np.float64),
                "attempt": np.repeat(np.array([part.attempt for part in parts], dtype=np.int64), sizes),
            }
        )


def _joined(parts: list[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=kind)
