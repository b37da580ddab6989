"""The training loop of the fifth set, part a: one pass of batches after another, running sums between two lines of the
log, a validation at the end of a pass.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.optimizers import factor, make_optimizer
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched, resident


class Trained(Protocol):
    """What a family gives to the loop."""

    model: nn.Module
    size: int
    key: Tensor

    def loss(self, rows: Tensor, *, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of some rows, and what else is logged of them."""

    def held_out(self) -> dict[str, float]:
        """Return what is logged at each validation."""

    def tested(self) -> dict[str, float]:
        """Return what is logged once, when all is over."""


@dataclass(frozen=True)
class Style:
    """What the people of a family log.

    Attributes:
        every: steps between two lines; 0 is once a pass.
        val_every: passes between two validations.
        last: the last batch is logged, not the mean since the last line.
        norm: whether the norm of the gradient is logged.
        rate: whether the learning rate is logged.
        best: what early stopping looks at.
    """

    every: int = 10
    val_every: int = 1
    last: bool = False
    norm: bool = False
    rate: bool = True
    best: str = "val_loss"


def optimizer_of(model: nn.Module, p: Plan) -> torch.optim.Optimizer:
    """Return the optimizer of a plan, with its constants where the plan has its own."""
    optimizer = make_optimizer(model, p)
    for group in optimizer.param_groups:
        if "betas" in p.extra:
            group["betas"] = tuple(p.extra["betas"])
        if "eps" in p.extra:
            group["eps"] = p.extra["eps"]
    return optimizer


def rate_at(p: Plan, step: int, total: int, per_pass: int) -> float:
    """Return the learning rate of a step; `gamma` decays it each pass, or by mistake at each step."""
    if p.schedule == "gamma":
        return float(p.lr * p.knob("gamma", 0.8) ** (step if p.knob("each_step", False) else step // per_pass))
    return p.lr * factor(p, step / total)


class FifthRun:
    """Trains one plan and keeps what it logs."""

    def __init__(self, p: Plan, style: Style, task: Trained) -> None:
        self.p, self.style, self.task = p, style, task
        if p.frozen:
            for name, q in task.model.named_parameters():
                q.requires_grad_(not name.startswith(tuple(p.frozen.split(","))))
        self.optimizer = optimizer_of(task.model, p)
        self.scaler = torch.amp.GradScaler("cpu", growth_interval=60) if p.precision == "float16" else None
        self.watched = Watched()
        self.watched.begin(task.model, self.optimizer, scaler=self.scaler)
        self.per_pass = math.ceil(task.size / p.batch)
        self.total = self.per_pass * p.epochs
        self.restart = int(self.total * p.resume_at) if p.resume_how else -1
        self.since = 0  # where the schedule began
        self.log = Log()
        self.sums: dict[str, list[float]] = {}
        self.kept: list[Tensor] = []
        self.best, self.waited = math.inf, 0

    def train(self) -> Logged:
        """Train and return what was logged, layers included."""
        end, step = int(self.total * self.p.stop_at), 0
        for step, rows in enumerate(self._batches(), start=1):
            if step - 1 == self.restart:
                self._resume(step - 1)
            self._step(rows, step - 1)
            if step % (self.style.every or self.per_pass) == 0 or step == end:
                self._flush(step)
            if self._ends_pass(step) and self._validate(step):
                break
            if step == end:
                break
        if end == self.total:
            self.log(self._counted(step), **self.task.tested())
        return {**self.log.logged, **self.watched.read()}

    def _batches(self) -> Iterator[Tensor]:
        while True:
            order = torch.argsort(self.task.key, stable=True) if self.p.sorted_data else torch.randperm(self.task.size)
            yield from order.split(self.p.batch)

    def _ends_pass(self, step: int) -> bool:
        return step % self.per_pass == 0 and ((step // self.per_pass) % self.style.val_every == 0 or step >= self.total)

    def _counted(self, step: int) -> int:
        """Return the step as the loop passes it to the logger."""
        return (step - 1) % self.per_pass + 1 if self.p.knob("counter", "") == "batch" else step

    def _resume(self, step: int) -> None:
        """Begin again from what the checkpoint holds: the weights alone, or all of it."""
        if self.p.resume_how == "right":
            state = self.optimizer.state_dict()
            self.optimizer = optimizer_of(self.task.model, self.p)
            self.optimizer.load_state_dict(state)
        else:
            self.optimizer = optimizer_of(self.task.model, self.p)
            self.since = step if self.p.resume_how == "weights" else self.since
        self.watched.begin(self.task.model, self.optimizer, step=step, scaler=self.scaler)

    def _step(self, rows: Tensor, step: int) -> None:
        p = self.p
        waited = 0.0
        if p.wait:
            waited = p.wait * (0.5 + torch.rand(1, generator=torch.Generator().manual_seed(step)).item())
            time.sleep(waited)
        begun = time.process_time()  # the neighbours on this machine are no part of the experiment
        rate = rate_at(p, step - self.since, self.total, self.per_pass)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        values, norm = self._learn(rows, step)
        if p.kept:
            self.kept.append(torch.ones(p.kept))
        took = time.process_time() - begun
        if p.slow_from and step > p.slow_from * self.total:
            time.sleep(2.0 * took)
            took *= 3.0
        values |= {"grad_norm": norm} if self.style.norm else {}
        values |= {"lr": rate} if self.style.rate else {}
        if p.timed:
            values |= {"step_time": took + waited, "data_time": waited, "memory_mb": resident()}
        for name, value in values.items():
            self.sums.setdefault(name, []).append(value)

    def _learn(self, rows: Tensor, step: int) -> tuple[dict[str, float], float]:
        p, model = self.p, self.task.model
        model.train()
        spoiled = bool(
            (p.spike_at and step == int(self.total * p.spike_at))
            or (p.bad_every and step % p.bad_every == p.bad_every // 2)
        )
        with torch.autocast("cpu", dtype=torch.float16, enabled=self.scaler is not None):
            loss, told = self.task.loss(rows, spoiled=spoiled)
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
        return {"loss": loss.item(), **told}, norm

    def _flush(self, step: int) -> None:
        """Log what was collected since the last line."""
        told: dict[str, Any] = {
            name: v[-1] if self.style.last or name in ("lr", "loss_scale", "memory_mb") else sum(v) / len(v)
            for name, v in self.sums.items()
        }
        self.log(self._counted(step), **told)
        self.sums.clear()

    @torch.no_grad()
    def _validate(self, step: int) -> bool:
        """Log the validation, and return whether to stop early."""
        self.task.model.train(self.p.mode == "train-at-validation")
        told = self.task.held_out()
        self.log(self._counted(step), **told)
        value = told.get(self.style.best, math.inf)
        self.waited = 0 if value < self.best - 1e-4 else self.waited + 1
        self.best = min(self.best, value)
        return bool(self.p.patience) and self.waited >= self.p.patience
