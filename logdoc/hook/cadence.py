"""When to look: often at the start, then as seldom as the cost demands."""

from __future__ import annotations

import math
import time
from collections import deque
from statistics import median

DENSE = 10  # the first steps show the initial loss, the initial deviations and the first updates
SHARE = 0.01  # of the time of training that the samples may cost
FEWEST, MOST = 10, 1000  # steps from sample to sample
_WARM = 3  # the first steps allocate memory and start threads
_REMEMBERED = 100


class Cadence:
    """Decides which steps are sampled.

    Args:
        every: a number of steps, or "auto": the first ten steps, then every N, where N keeps what a sample costs
            below 1 % of the training time.
        first: number of the first step.
    """

    def __init__(self, every: int | str, first: int = 0) -> None:
        if every != "auto" and (not isinstance(every, int) or isinstance(every, bool) or every < 1):
            raise ValueError(f"every must be 'auto' or a number of steps from 1 on, not {every!r}")
        self.fixed = every if isinstance(every, int) else 0
        self.every = self.fixed or FEWEST
        self.first = first
        self.dense = 0  # how many of the next steps are sampled whatever the cadence says
        self._next = first
        self._cost: deque[float] = deque(maxlen=20)
        self._sampled: deque[float] = deque(maxlen=20)
        self._plain: deque[float] = deque(maxlen=_REMEMBERED)
        self._last = math.nan

    def wants(self, step: int) -> bool:
        """Return whether the step that begins now is sampled."""
        if self.dense > 0:
            self.dense -= 1
            return True
        if self.fixed:
            return (step - self.first) % self.fixed == 0
        if step - self.first < DENSE:
            return True
        if step < self._next:
            return False
        self._next = step + self.every
        return True

    def finished(self, step: int, *, sampled: bool, cost: float) -> float:
        """Note that a step is over and return the seconds since the one before (NaN for the first).

        Args:
            step: its number.
            sampled: whether it was looked at.
            cost: seconds that the hook itself took in it.
        """
        now = time.perf_counter()
        took, self._last = now - self._last, now
        if took == took and step - self.first >= _WARM:
            (self._sampled if sampled else self._plain).append(took)
            if sampled:
                self._cost.append(cost)
        if not self.fixed and self._cost and sampled:
            self.every = min(MOST, max(FEWEST, math.ceil(self.cost() / (SHARE * self.plain()))))
            if step - self.first == DENSE - 1:
                self._next = step + self.every
        return took

    def cost(self) -> float:
        """Return what one sample costs in seconds: time in the hook, or by how much a sampled step is longer than the
        others, whichever is more.
        """
        spent = median(self._cost) if self._cost else 0.0
        if len(self._plain) < DENSE or not self._sampled:
            return spent
        return max(spent, median(self._sampled) - median(self._plain))

    def plain(self) -> float:
        """Return the typical time of a step without a sample, in seconds."""
        if self._plain:
            return max(median(self._plain), 1e-6)
        spent = median(self._cost) if self._cost else 0.0
        return max(median(self._sampled) - spent, 1e-6) if self._sampled else 1e-6

    def overhead(self) -> dict[str, float | int]:
        """Return the measured overhead: seconds per sample and per step, steps from sample to sample, share of the
        training time.
        """
        cost, plain = self.cost(), self.plain()
        return {
            "sample_s": round(cost, 7),
            "step_s": round(plain, 7),
            "every": self.every,
            "share": round(cost / (self.every * plain), 6),
        }
