"""The thread that finishes samples: it waits for the copy from the device, makes named values of the sums, looks for
trouble, and writes.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from logdoc.hook.hostside import Decoder
from logdoc.hook.notices import warn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from logdoc.hook.hostside import SamplePlan

RING = 64  # records that may wait on the host before they are written
_OFTEN = 5.0  # seconds after which they are written in any case
_QUIET = 64  # samples after a trigger before the next one counts: a NaN stays
_SPIKE = 8.0  # deviations above the median of the last losses; ZClip, PaLM: spikes of tens of deviations
_LOSS, _NORM, _CLIPPED = "train/loss", "train/grad_norm", "train/grad_norm_clipped"
_FEW = 16  # losses that are needed to know what is usual
_MOST_PENDING = 256  # samples that the thread may lag behind; further ones are dropped rather than memory filled


class Output(Protocol):
    """A file of records: an event file or a CSV."""

    def scalars(self, step: int, wall_time: float, tags: Sequence[str], values: NDArray[np.float64]) -> None:
        """Write values of one step."""

    def text(self, tag: str, text: str, step: int, wall_time: float) -> None:
        """Write a text."""

    def flush(self) -> None:
        """Hand everything to the operating system."""

    def close(self) -> None:
        """Write what is left and close."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Numbers on their way from the device: `host` may be read once `ready` has returned."""

    plan: SamplePlan
    host: Any
    ready: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text for the log."""

    tag: str
    text: str
    step: int


class Recorder:
    """Takes samples from the training thread and writes them from its own.

    Nothing that fails here reaches training: the first failure is one warning, and from then on samples are dropped.

    Args:
        output: opens the file when the first record is there.
        triggered: called from the thread with (step, reason) when something goes wrong in training.
    """

    def __init__(self, output: Callable[[], Output], triggered: Callable[[int, str], None]) -> None:
        self._open = output
        self._output: Output | None = None
        self._triggered = triggered
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._put = 0
        self._done = 0
        self._decoder = Decoder()
        self._ring: deque[tuple[int, float, tuple[str, ...], NDArray[np.float64]]] = deque()
        self._written = time.monotonic()
        self._losses: deque[float] = deque(maxlen=RING)
        self._quiet = 0
        self._norm_given = (
            False  # the user logs the norm of the gradient himself: before clipping, as clip_grad_norm_ returns it
        )
        self.failure = ""  # why nothing is written any more
        self.loss_lost = False  # the last loss was not finite
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="logdoc-recorder", daemon=True)
        self._thread.start()

    def put(self, item: Sample | Text) -> None:
        """Hand over; never waits. Safe in a signal handler."""
        if self._put - self._done > _MOST_PENDING:
            self.dropped += 1
            return
        self._put += 1
        self._queue.put(item)

    def flush(self, seconds: float = 5.0) -> None:
        """Wait until everything handed over so far is on the disk, at most `seconds`."""
        self._put += 1
        wanted = self._put
        self._queue.put(None)
        end = time.monotonic() + seconds
        while self._done < wanted and self._thread.is_alive() and time.monotonic() < end:
            time.sleep(0.001)

    def close(self, seconds: float = 10.0) -> None:
        """Write what is left, close the file, end the thread."""
        self._queue.put(self)
        self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            item = self._queue.get()
            if item is self:
                self._guarded(self._end)
                return
            self._guarded(self._take, item)
            self._done += 1

    def _guarded(self, do: Callable[..., None], *args: Any) -> None:
        if self.failure:
            return
        try:
            do(*args)
        except Exception as error:  # training must go on whatever happens here
            self.failure = f"{type(error).__name__}: {error}"
            self._ring.clear()
            if self._output is not None:
                with suppress(OSError):
                    self._output.close()
            warn(f"logdoc.hook stopped writing its log: {self.failure}; training goes on without it.")

    def _end(self) -> None:
        self._write()
        if self._output is not None:
            self._output.close()

    def _take(self, item: Sample | Text | None) -> None:
        if item is None:
            self._write()
            if self._output is not None:
                self._output.flush()
        elif isinstance(item, Text):
            self._write()
            self._file().text(item.tag, item.text, item.step, time.time())
        else:
            self._finish(item)

    def _finish(self, sample: Sample) -> None:
        if sample.ready is not None:
            sample.ready()
        (tags, values), singles = self._decoder.named(sample.plan, np.asarray(sample.host))
        by_step: dict[int, tuple[float, dict[str, list[float]]]] = {}
        for tag, step, wall, value in singles:
            by_step.setdefault(step, (wall, {}))[1].setdefault(tag, []).append(value)
        for step, (wall, found) in by_step.items():
            # Several values of one step are those of its micro-batches.
            averages = [math.fsum(v) / len(v) for v in found.values()]
            self._add(step, wall, list(found), np.array(averages))
            self._norm_given |= _NORM in found
        if self._norm_given:
            tags = [_CLIPPED if tag == _NORM else tag for tag in tags]
        self._add(sample.plan.step, sample.plan.wall_time, tags, values)

    def _add(self, step: int, wall_time: float, tags: Sequence[str], values: NDArray[np.float64]) -> None:
        if not tags:
            return
        self._ring.append((step, wall_time, tuple(tags), values))
        reason = self._trouble(tags, values)
        if reason:
            self._triggered(step, reason)
            self._write()
        elif len(self._ring) >= RING or time.monotonic() - self._written > _OFTEN:
            self._write()

    def _trouble(self, tags: Sequence[str], values: NDArray[np.float64]) -> str:
        """Return why this record deserves a closer look, or an empty text."""
        spike = self._spike(float(values[tags.index(_LOSS)])) if _LOSS in tags else ""
        if self._quiet > 0:
            self._quiet -= 1
            return ""
        finite = np.isfinite(values)
        reason = spike if finite.all() else f"{tags[int(np.argmin(finite))]} is not finite"
        if reason:
            self._quiet = _QUIET
        return reason

    def _spike(self, loss: float) -> str:
        usual = sorted(self._losses)
        self.loss_lost = not math.isfinite(loss)
        if self.loss_lost:
            return ""
        self._losses.append(loss)
        if len(usual) < _FEW or loss <= 1.2 * abs(usual[len(usual) // 2]):
            return ""
        middle = usual[len(usual) // 2]
        deviation = 1.4826 * sorted(abs(v - middle) for v in usual)[len(usual) // 2]
        return f"{_LOSS} {loss:.4g} is far above the usual {middle:.4g}" if loss > middle + _SPIKE * deviation else ""

    def _file(self) -> Output:
        if self._output is None:
            self._output = self._open()
        return self._output

    def _write(self) -> None:
        self._written = time.monotonic()
        while self._ring:
            step, wall_time, tags, data = self._ring.popleft()
            self._file().scalars(step, wall_time, tags, data)
        if self._output is not None:
            self._output.flush()
