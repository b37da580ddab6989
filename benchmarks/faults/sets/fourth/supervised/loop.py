"""The training loop of the fourth half, part a: epochs outside, batches inside, the last one short; each family has its
own habit of logging.
"""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.optimizers import factor, make_optimizer
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched, resident


class Task(Protocol):
    """What a family trains: the network, its examples, and what is computed of them."""

    model: nn.Module
    size: int
    key: Tensor

    def loss(self, rows: Tensor, *, done: float, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of some examples when a share `done` of the training is over, and what else is logged of
        them.
        """

    def validate(self) -> dict[str, float]:
        """Return what is logged of the examples held out."""

    def test(self) -> dict[str, float]:
        """Return what is logged once, when all is over."""


@dataclass(frozen=True)
class Habit:
    """How the people of a family log: every so many steps (0: each epoch), validating every so many epochs, and in
    which words.

    `fade` is the weight of the past in a running mean of the loss; 0 logs the mean since the last line, -1 the last
    batch alone.
    """

    every: int = 10
    val_epochs: int = 1
    fade: float = 0.0
    loss: str = "loss"
    lr: str = ""
    norm: str = ""
    stop_on: str = "val_loss"
    times: tuple[str, ...] = ("step_time", "data_time")
    memory: str = "memory_mb"


@dataclass(frozen=True)
class Saved:
    """A checkpoint."""

    step: int
    weights: dict[str, Tensor]
    optimizer: dict[str, Any]


def rate_at(p: Plan, step: int, total: int, per_epoch: int) -> float:
    """Return the learning rate of a step; `stairs` halves it after every so many epochs, or, by mistake, after as many
    batches.
    """
    if p.schedule == "stairs":
        return float(
            p.lr
            * p.knob("gamma", 0.5)
            ** (step // (p.knob("stair", 4) * (1 if p.knob("stairs_in_batches", False) else per_epoch)))
        )
    return p.lr * factor(p, step / total)


class FourthRun:
    """Trains one plan and keeps what it logs."""

    def __init__(self, p: Plan, habit: Habit, task: Task) -> None:
        self.p, self.habit, self.task = p, habit, task
        self.optimizer = make_optimizer(task.model, p)
        self.scaler = torch.amp.GradScaler("cpu", growth_interval=50) if p.precision == "float16" else None
        self.watched = Watched()
        self.watched.begin(task.model, self.optimizer, scaler=self.scaler)
        self.per_epoch = math.ceil(task.size / p.batch)
        self.total = self.per_epoch * p.epochs
        self.logged: Logged = {}
        self.window: dict[str, list[float]] = {}
        self.faded = math.nan
        self.kept: list[Tensor] = []
        self.saved: Saved | None = None
        self.resume_at = int(self.total * p.resume_at) if p.resume_how else -1
        self.best, self.waited = math.inf, 0

    def log(self, step: int, values: dict[str, float]) -> None:
        """Keep values of one step."""
        for name, value in values.items():
            steps, kept = self.logged.setdefault(name, ([], []))
            steps.append(step)
            kept.append(float(value))

    def train(self) -> Logged:
        """Train and return what was logged, layers included."""
        step, end = 0, int(self.total * self.p.stop_at)
        while step < end:
            step = self._epoch(step, end)
            over = step >= self.total
            if (
                step % self.per_epoch == 0
                and ((step // self.per_epoch) % self.habit.val_epochs == 0 or over)
                and self._validate(step - 1)
            ):
                break
        if end == self.total:
            self.log(step - 1, self.task.test())
        return {**self.logged, **self.watched.read()}

    def _epoch(self, step: int, end: int) -> int:
        """Train to the end of the epoch, or until the run ends or comes back from a checkpoint."""
        p, task = self.p, self.task
        order = torch.argsort(task.key, stable=True) if p.sorted_data else torch.randperm(task.size)
        for rows in order.split(p.batch)[step % self.per_epoch :]:
            if step >= end:
                break
            if self.saved is None and self.resume_at > 0 and step >= p.knob("save_at", 0.9 * p.resume_at) * self.total:
                self.saved = Saved(
                    step, copy.deepcopy(task.model.state_dict()), copy.deepcopy(self.optimizer.state_dict())
                )
            if step == self.resume_at:
                self.resume_at = -1
                return self._resume(step)
            self._step(rows, step)
            step += 1
            if step % (self.habit.every or self.per_epoch) == 0:
                self._flush(step - 1)
        return step

    def _resume(self, step: int) -> int:
        saved = self.saved
        if saved is None:
            return step
        self.task.model.load_state_dict(saved.weights)
        if self.p.resume_how == "right":
            self.optimizer.load_state_dict(saved.optimizer)
            self.window.clear()
            step = saved.step
        else:  # the oldest checkpoint of the folder, under the number of the newest
            self.optimizer = make_optimizer(self.task.model, self.p)
        self.watched.begin(self.task.model, self.optimizer, step=step)
        return step

    def _step(self, rows: Tensor, step: int) -> None:
        p, habit = self.p, self.habit
        begun, waited = time.perf_counter(), 0.0
        if p.wait:
            time.sleep(p.wait * (0.5 + torch.rand(1, generator=torch.Generator().manual_seed(step)).item()))
            waited = time.perf_counter() - begun
        begun = time.process_time()  # the neighbours on this machine are no part of the experiment
        rate = rate_at(p, step, self.total, self.per_epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss, norm, told = self._learn(rows, step)
        if p.kept:
            self.kept.append(torch.ones(p.kept))
        took = time.process_time() - begun
        if p.slow_from and step > p.slow_from * self.total:  # throttled, and more so as it gets warmer
            more = took * 2.5 * min(1.0, 8 * (step / self.total - p.slow_from))
            time.sleep(more)
            took += more
        values = {habit.loss: self._smooth(loss), **told}
        if habit.norm:
            values[habit.norm] = norm
        if p.timed:
            values |= dict(zip(habit.times, (took + waited, waited), strict=False)) | {habit.memory: resident()}
        if habit.lr:
            values[habit.lr] = rate
        for name, value in values.items():
            self.window.setdefault(name, []).append(value)

    def _smooth(self, loss: float) -> float:
        if self.habit.fade <= 0:
            return loss
        self.faded = (
            loss
            if math.isnan(self.faded) and not math.isnan(loss)
            else self.habit.fade * self.faded + (1 - self.habit.fade) * loss
        )
        return self.faded

    def _learn(self, rows: Tensor, step: int) -> tuple[float, float, dict[str, float]]:
        """Make one step of the optimizer; return the loss, the norm of the gradient, and what else is logged."""
        p, model = self.p, self.task.model
        model.train()
        spoiled = bool(
            (p.spike_at and step == int(self.total * p.spike_at))
            or (p.bad_every and step % p.bad_every == p.bad_every // 3)
        )
        with torch.autocast("cpu", dtype=torch.float16, enabled=self.scaler is not None):
            loss, told = self.task.loss(rows, done=step / self.total, spoiled=spoiled)
        if p.zero_grad:
            model.zero_grad()
        if self.scaler is not None:
            told["loss_scale"] = self.scaler.get_scale()
            self.scaler.scale(loss).backward()
            self.scaler.unscale_(self.optimizer)
        elif loss.requires_grad:
            loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), p.clip or math.inf).item()
        if self.scaler is not None:
            self.scaler.step(self.optimizer)
            self.scaler.update()
        else:
            self.optimizer.step()
        return loss.item(), norm, told

    def _flush(self, step: int) -> None:
        """Log the values since the last time: means, or where the habit says so the last of them."""
        last = self.habit.fade != 0
        self.log(
            step, {name: v[-1] if last or name == self.habit.lr else sum(v) / len(v) for name, v in self.window.items()}
        )
        self.window.clear()

    @torch.no_grad()
    def _validate(self, step: int) -> bool:
        """Log the validation, and return whether to stop early."""
        self.task.model.train(self.p.mode == "train-at-validation")
        told = self.task.validate()
        self.log(step, told)
        value = told.get(self.habit.stop_on, math.inf)
        self.waited = 0 if value < self.best - 1e-4 else self.waited + 1
        self.best = min(self.best, value)
        return bool(self.p.patience) and self.waited >= self.p.patience
