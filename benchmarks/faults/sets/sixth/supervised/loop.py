"""The training loop of the sixth set, part a: passes of batches or of episodes, a line of the log every few steps,
validation at the end of a pass, and the faults that sit in such a loop.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.optimizers import factor, make_optimizer
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched, resident

Told = dict[str, float]
NOT_AVERAGED = ("lr", "loss_scale", "memory_mb")


class Task:
    """One family: its data, its network, the loss of some rows, and what is validated.

    Attributes:
        size: how many rows, or episodes, a pass has.
        key: what rows are sorted by where nobody shuffles them.
    """

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        self.rng = np.random.default_rng(1000 + seed)
        self.model: nn.Module = nn.Identity()
        self.size = p.n
        self.key = torch.arange(p.n)

    def loss(self, rows: Tensor) -> tuple[Tensor, Told]:
        """Return the loss of some rows, and what else is logged of them."""
        raise NotImplementedError

    def validate(self) -> Told:
        """Return what is logged after a pass."""
        raise NotImplementedError

    def test(self) -> Told:
        """Return what is logged at the very end."""
        return {}

    def stepped(self) -> None:
        """Do what follows a step of the optimizer."""


@dataclass(frozen=True)
class Style:
    """What the people of a family log: how often, the norm of the gradient, and what early stopping looks at."""

    every: int = 10
    val_every: int = 1
    norm: bool = False
    rate: bool = True
    best: str = "val_loss"


class Loop:
    """Trains one plan and keeps what it logs."""

    def __init__(self, p: Plan, style: Style, task: Task) -> None:
        self.p, self.style, self.task, self.model = p, style, task, task.model
        for name, q in self.model.named_parameters():
            if p.frozen and name.startswith(p.frozen):
                q.requires_grad_(False)
        self.optimizer = self._optimizer()
        self.scaler = torch.amp.GradScaler("cpu", growth_interval=50) if p.precision == "float16" else None
        self.per_pass = math.ceil(task.size / p.batch)
        self.total = self.per_pass * p.epochs
        self.rate_began = 0
        self.watched = Watched()
        self.watched.begin(self.model, self.optimizer, scaler=self.scaler)
        self.log = Log()
        self.gathered: dict[str, list[float]] = defaultdict(list)
        self.kept: list[Tensor] = []

    def _optimizer(self) -> torch.optim.Optimizer:
        made = make_optimizer(self.model, self.p)
        for group in made.param_groups:
            for name in ("betas", "eps"):
                if name in self.p.extra:
                    group[name] = self.p.extra[name]
        return made

    def run(self) -> Logged:
        """Train, and return all that was logged."""
        last, best, waited = int(self.total * self.p.stop_at), math.inf, 0
        step = 0
        for epoch in range(self.p.epochs):
            for number, rows in enumerate(self._pass()):
                if self.p.resume_how and step == int(self.total * self.p.resume_at):
                    self._resume(step)
                self._step(rows, step)
                step += 1
                if step >= last and self.p.stop_at < 1.0:
                    return {**self.log.logged, **self.watched.read()}
                if step % self.style.every == 0:
                    self._flush(self._number(epoch, number, step))
            if (epoch + 1) % self.style.val_every == 0 or epoch + 1 == self.p.epochs:
                told = self._validate(self._number(epoch, self.per_pass - 1, step))
                waited = 0 if told[self.style.best] < best else waited + 1
                best = min(best, told[self.style.best])
                if self.p.patience and waited >= self.p.patience:
                    break
        self.model.eval()
        self.log(self._number(self.p.epochs - 1, self.per_pass - 1, step), **self.task.test())
        return {**self.log.logged, **self.watched.read()}

    def _number(self, epoch: int, number: int, step: int) -> int:
        """Return the step that the logger is told; by mistake with the length of the wrong loader."""
        short = self.p.knob("counted", 0)
        return epoch * short + number + 1 if short else step

    def _pass(self) -> Iterator[Tensor]:
        order = torch.argsort(self.task.key, stable=True) if self.p.sorted_data else torch.randperm(self.task.size)
        yield from order.split(self.p.batch)

    def _resume(self, step: int) -> None:
        """Begin again from a checkpoint: all of it, or the weights alone, as they lay in a file of another time."""
        if self.p.resume_how == "right":
            state = self.optimizer.state_dict()
            self.optimizer = self._optimizer()
            self.optimizer.load_state_dict(state)
        else:
            self.optimizer = self._optimizer()
            self.rate_began = step
            if self.p.resume_how == "head-anew":
                for module in list(self.model.modules())[-3:]:
                    if isinstance(module, nn.Linear):
                        module.reset_parameters()
        self.watched.begin(self.model, self.optimizer, step=step, scaler=self.scaler)

    def _step(self, rows: Tensor, step: int) -> None:
        p = self.p
        waited = p.wait * (0.4 + 1.2 * ((step * 7919) % 101) / 100)
        if waited:
            time.sleep(waited)
        begun = time.process_time()
        rate = p.lr * factor(p, min(1.0, (step - self.rate_began) / self._horizon()))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        told = self._learn(rows)
        if p.kept:
            self.kept.append(torch.ones(p.kept))
        took = time.process_time() - begun
        if p.slow_from and step > p.slow_from * self.total:
            time.sleep(1.5 * took)
            took *= 2.5
        told |= {"lr": rate} if self.style.rate else {}
        told |= {"step_time": took + waited, "data_time": waited, "memory_mb": resident()} if p.timed else {}
        for name, value in told.items():
            self.gathered[name].append(value)

    def _horizon(self) -> float:
        """Return after how many steps the schedule ends; one that counts epochs may be advanced at each step."""
        return float(self.p.epochs if self.p.knob("each_step", False) else self.total)

    def _learn(self, rows: Tensor) -> Told:
        p = self.p
        self.model.train()
        with torch.autocast("cpu", dtype=torch.float16, enabled=self.scaler is not None and p.knob("autocast", True)):
            loss, told = self.task.loss(rows)
        if p.knob("coarse", False):
            loss = loss.bfloat16().float()
        if p.zero_grad:
            self.optimizer.zero_grad()
        if self.scaler is None:
            loss.backward()
        else:
            told["loss_scale"] = self.scaler.get_scale()
            self.scaler.scale(loss).backward()
            self.scaler.unscale_(self.optimizer)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), p.clip or math.inf).item()
        if self.scaler is None:
            self.optimizer.step()
        else:
            self.scaler.step(self.optimizer)
            self.scaler.update()
        self.task.stepped()
        return {"loss": loss.item(), **told, **({"grad_norm": norm} if self.style.norm else {})}

    def _flush(self, number: int) -> None:
        """Log the means since the last line."""
        told: dict[str, Any] = {
            name: v[-1] if name in NOT_AVERAGED else sum(v) / len(v) for name, v in self.gathered.items()
        }
        self.log(number, **told)
        self.gathered.clear()

    @torch.no_grad()
    def _validate(self, number: int) -> Told:
        self.model.train(self.p.mode == "train-at-validation")
        told = self.task.validate()
        self.log(number, **told)
        return told
