"""Short trainings on copies: overfitting one small batch, and a range of learning rates."""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

import torch

from logdoc.hook.losses import quiet, to_train

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from logdoc.hook.losses import Loss, Measured

# share of the first loss at which a batch counts as learned; the rule that judges the curve allows twice as much
LEARNED = 0.01
_HELD = 10  # points that must stay there
_FEWEST = 20  # points of a curve that can be judged
LOWEST_RATE, HIGHEST_RATE, RATES = 1e-7, 10.0, 100
_BLOWN_UP = 4.0  # times the best loss
_SMALLEST_BEST = 0.1  # share of the first loss that the best counts for at least: near zero any wobble is a multiple
_NEAR_BEST = 0.2  # share of the way down that the loss may have come up again
_FALLEN = 0.1  # share of the first loss: less is no course to judge a rate by


@dataclass(slots=True)
class OverfitTest:
    """The curve of overfitting a small batch; one entry per step, before its update."""

    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)

    @property
    def left(self) -> float:
        """Share of the first loss that is left at the end, by the median of the last eighth of the points, as the rules
        see an end.
        """
        end = self.losses[-max(5, len(self.losses) // 8) :]
        return median(end) / abs(self.losses[0]) if self.losses and self.losses[0] else math.nan

    @property
    def learned(self) -> bool:
        """Whether the loss, or all answers where they are known, came to where they should."""
        right = len(self.accuracies) >= _HELD and min(self.accuracies[-_HELD:]) == 1.0
        return self.left <= LEARNED or (right and len(self.losses) >= _FEWEST)


def overfit_batch(
    loss: Loss, model: nn.Module, optimizer: torch.optim.Optimizer, criterion: nn.Module | None, batch: Any, steps: int
) -> OverfitTest:
    """Train copies on one batch, in training mode, until the loss stays under a hundredth of its start or the steps
    are used up.

    Where the model is noisy in training (dropout), each point is also measured without that noise and with the
    statistics of the batch, and the
    lower loss counts: what shall be seen is whether the batch is learned, not how much is dropped.
    """
    test = OverfitTest()
    to_train(model)
    noisy = _is_noisy(loss, model, criterion, batch)
    for _ in range(steps):
        calm = _measured_quietly(loss, model, criterion, batch) if noisy else None
        update = _Update(loss, model, optimizer, criterion, batch)
        shown = _lower(update.before, calm)
        test.losses.append(shown.loss.item())
        if shown.accuracy is not None:
            test.accuracies.append(shown.accuracy)
        held = test.losses[-_HELD:]
        if not math.isfinite(test.losses[-1]) or (
            len(test.losses) >= _FEWEST and max(held) <= LEARNED * abs(test.losses[0])
        ):
            break
        update.make()
    return test


@torch.no_grad()
def _is_noisy(loss: Loss, model: nn.Module, criterion: nn.Module | None, batch: Any) -> bool:
    """Whether the loss in training mode is another one without dropout."""
    a, b = loss(model, batch, criterion).loss.item(), _measured_quietly(loss, model, criterion, batch).loss.item()
    return a != b and not abs(a - b) <= 1e-6 * max(abs(a), abs(b))


def _lower(noisy: Measured, calm: Measured | None) -> Measured:
    return calm if calm is not None and calm.loss.item() < noisy.loss.item() else noisy


@torch.no_grad()
def _measured_quietly(loss: Loss, model: nn.Module, criterion: nn.Module | None, batch: Any) -> Measured:
    with quiet(model):
        return loss(model, batch, criterion)


class _Update:
    """One step of an optimizer: `before` is the loss that it starts from."""

    def __init__(
        self, loss: Loss, model: nn.Module, optimizer: torch.optim.Optimizer, criterion: nn.Module | None, batch: Any
    ) -> None:
        self._evaluate: Callable[[], Measured] = lambda: loss(model, batch, criterion)
        self._optimizer = optimizer
        self.before = self._evaluate()

    def make(self) -> None:
        """Apply it; an optimizer that must evaluate the loss again (LBFGS) does so."""
        closure = inspect.signature(type(self._optimizer).step).parameters.get("closure")
        if closure is not None and closure.default is inspect.Parameter.empty:
            self._optimizer.step(self._again)
            return
        self._optimizer.zero_grad(set_to_none=True)
        self.before.loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    def _again(self) -> Any:
        with torch.enable_grad():
            self._optimizer.zero_grad(set_to_none=True)
            found = self._evaluate().loss
            found.backward()  # type: ignore[no-untyped-call]
        return found


@dataclass(slots=True)
class RangeTest:
    """Losses along rising rates: ``losses[i]`` was measured before the update with ``rates[i]``."""

    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    blown_up: bool = False

    @property
    def _smooth(self) -> list[float]:
        known = [value if math.isfinite(value) else math.inf for value in self.losses]
        return [median(known[max(0, i - 1) : i + 2]) for i in range(len(known))]

    @property
    def fell(self) -> bool:
        """Whether the loss fell far enough anywhere to say something about rates."""
        smooth = self._smooth
        return len(smooth) > 5 and math.isfinite(smooth[0]) and smooth[0] - min(smooth) >= _FALLEN * abs(smooth[0])

    @property
    def largest_stable(self) -> float:
        """The largest rate after which the loss was still near its lowest."""
        smooth = self._smooth
        low = smooth.index(min(smooth))
        bound = smooth[low] + _NEAR_BEST * (smooth[0] - smooth[low])
        last = low
        while last + 1 < len(smooth) and smooth[last + 1] <= bound:
            last += 1
        # The loss at `last` is the work of the rate before it; at the end of the range nothing speaks against the last
        # rate.
        return self.rates[last] if last == len(smooth) - 1 and not self.blown_up else self.rates[max(last - 1, 0)]

    @property
    def steepest(self) -> float:
        """The rate at which the loss falls fastest."""
        smooth = self._smooth
        low = max(smooth.index(min(smooth)), 1)
        falls = [smooth[i] - smooth[i + 1] for i in range(low)]
        return self.rates[falls.index(max(falls))]


def try_rates(
    loss: Loss, model: nn.Module, optimizer: torch.optim.Optimizer, criterion: nn.Module | None, batch: Any
) -> RangeTest:
    """Train copies on one batch while the rate rises exponentially from 1e-7 to 10 (Smith 2017), until the loss
    blows up.

    Groups keep the proportions of their rates. A model that is noisy in training is measured without that noise.
    """
    test = RangeTest()
    to_train(model)
    peaks = [peak_rate(group) for group in optimizer.param_groups]
    top = max((p for p in peaks if p is not None), default=0.0)
    shares = [p / top if p is not None and top > 0 else 1.0 for p in peaks]
    best = math.inf
    noisy = _is_noisy(loss, model, criterion, batch)
    for i in range(RATES):
        rate = LOWEST_RATE * (HIGHEST_RATE / LOWEST_RATE) ** (i / (RATES - 1))
        set_rates(optimizer, [rate * share for share in shares])
        calm = _measured_quietly(loss, model, criterion, batch) if noisy else None
        update = _Update(loss, model, optimizer, criterion, batch)
        value = (update.before if calm is None else calm).loss.item()
        test.rates.append(rate)
        test.losses.append(value)
        best = min(best, value)
        if not math.isfinite(value) or value > best + (_BLOWN_UP - 1.0) * max(
            abs(best), _SMALLEST_BEST * abs(test.losses[0])
        ):
            test.blown_up = True
            break
        update.make()
    return test


def peak_rate(group: dict[str, Any]) -> float | None:
    """Return the rate that a group is meant to reach: a schedule that warms up has noted it and set a smaller one."""
    found = [
        float(group[name])
        for name in ("lr", "initial_lr", "max_lr")
        if isinstance(group.get(name), int | float | torch.Tensor)
    ]
    return max(found, default=None)


def set_rates(optimizer: torch.optim.Optimizer, rates: list[float]) -> None:
    """Set the rate of every group that has one."""
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        if isinstance(group.get("lr"), torch.Tensor):
            group["lr"].fill_(rate)
        elif "lr" in group:
            group["lr"] = rate
