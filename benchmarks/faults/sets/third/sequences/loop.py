"""The training loop of the third half's sequence, contrastive, density, ranking and expert models; how a run is logged
differs from family to family.
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

    def loss(self, rows: Tensor, *, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of some training examples, and what else is logged of them."""

    def validate(self) -> dict[str, float]:
        """Return what is logged of the examples held out."""

    def restart(self) -> None:
        """Begin anew with the weights, as after a checkpoint whose names did not fit."""


@dataclass(frozen=True)
class Style:
    """How the people of a family log: every so many steps (0: each epoch), validating every so many, and in which
    words.
    """

    every: int = 10
    val_every: int = 0
    mean: bool = True
    loss: str = "loss"
    lr: str = ""
    norm: str = ""
    stop_on: str = "val_loss"
    times: tuple[str, str, str] = ("step_time", "data_time", "memory_mb")


class ThirdRun:
    """Trains one plan and keeps what it logs."""

    def __init__(self, p: Plan, style: Style, task: Task) -> None:
        self.p, self.style, self.task = p, style, task
        for name, q in task.model.named_parameters():
            if p.frozen and name.startswith(tuple(p.frozen.split(","))):
                q.requires_grad_(False)
        self.optimizer = make_optimizer(task.model, p)
        self.own_scale = 2.0**10
        self.watched = Watched()
        self.watched.begin(task.model, self.optimizer)
        self.logged: Logged = {}
        self.since: dict[str, list[float]] = {}
        self.kept: list[Tensor] = []
        self.restarted_at, self.best, self.waited = 0, math.inf, 0

    def log(self, step: int, values: dict[str, float]) -> None:
        """Keep values of one step."""
        for name, value in values.items():
            steps, kept = self.logged.setdefault(name, ([], []))
            steps.append(step)
            kept.append(float(value))

    def train(self) -> Logged:
        """Train and return what was logged, layers included."""
        p, task = self.p, self.task
        per_epoch = max(1, task.size // p.batch)
        total = per_epoch * p.epochs
        end, resume_at = int(total * p.stop_at), int(total * p.resume_at) if p.resume_how else -1
        saved: tuple[int, dict[str, Tensor], dict[str, Any]] | None = None
        step = 0
        while step < end:
            i = step % per_epoch
            if i == 0 or step == 0:
                order = torch.argsort(task.key, stable=True) if p.sorted_data else torch.randperm(task.size)
            if resume_at > 0 and saved is None and step == int(0.9 * resume_at):
                saved = (step, copy.deepcopy(task.model.state_dict()), copy.deepcopy(self.optimizer.state_dict()))
            if step == resume_at and saved is not None:
                step, resume_at = self._resume(step, saved), -1
                continue
            self._step(order[i * p.batch : (i + 1) * p.batch], step, total)
            step += 1
            if step % (self.style.every or per_epoch) == 0:
                self._flush(step - 1)
            if step % (p.knob("val_every", self.style.val_every) or per_epoch) == 0 and self._validate(step - 1):
                break
        return {**self.logged, **self.watched.read()}

    def _resume(self, step: int, saved: tuple[int, dict[str, Tensor], dict[str, Any]]) -> int:
        at, weights, state = saved
        if self.p.resume_how == "legit":
            self.task.model.load_state_dict(weights)
            self.optimizer.load_state_dict(state)
            self.watched.begin(self.task.model, self.optimizer, step=at)
            self.since.clear()
            return at
        if self.p.resume_how == "new-weights":
            self.task.restart()
        else:
            self.restarted_at = step  # the schedule begins again, and the moments of the optimizer are gone
        self.optimizer = make_optimizer(self.task.model, self.p)
        self.watched.begin(self.task.model, self.optimizer, step=step)
        return step

    def _step(self, rows: Tensor, step: int, total: int) -> None:
        p, model = self.p, self.task.model
        begun, waited = time.perf_counter(), 0.0
        if p.wait:
            time.sleep(p.wait * (0.6 + 0.8 * torch.rand(1, generator=torch.Generator().manual_seed(step)).item()))
            waited = time.perf_counter() - begun
        begun = time.process_time()  # of this process alone: what else runs on the machine is no part of the experiment
        rate = p.lr * factor(p, (step - self.restarted_at) / (total * p.knob("planned", 1.0)))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        model.train()
        if p.zero_grad:
            model.zero_grad()
        spiking = p.spike_at and abs(step - int(total * p.spike_at)) <= 1
        loss, told = self._backward(
            rows, spoiled=bool(spiking or (p.bad_every and step % p.bad_every == p.bad_every // 2)), step=step
        )
        norm = nn.utils.clip_grad_norm_(model.parameters(), p.clip or math.inf).item()
        self.optimizer.step()
        values = {self.style.loss: loss, **told}
        if self.style.norm:
            values[self.style.norm] = norm
        if p.kept:
            self.kept.append(torch.ones(p.kept))
        took = time.process_time() - begun + waited
        if p.slow_from and step > p.slow_from * total:
            time.sleep(1.6 * took)
            took *= 2.6
        if p.timed:
            values |= dict(zip(self.style.times, (took, waited, resident()), strict=True))
        if self.style.lr:
            values[self.style.lr] = rate
        for name, value in values.items():
            self.since.setdefault(name, []).append(value)

    def _backward(self, rows: Tensor, *, spoiled: bool, step: int) -> tuple[float, dict[str, float]]:
        p = self.p
        with torch.autocast("cpu", dtype=torch.float16, enabled=p.precision == "own-float16"):
            loss, told = self.task.loss(rows, spoiled=spoiled)
        if p.precision == "own-float16":  # a scaler written at home that grows, and never looks for an overflow
            self.own_scale *= 2.0 if step % 8 == 7 else 1.0
            (loss * self.own_scale).backward()
            for q in self.task.model.parameters():
                if q.grad is not None:
                    q.grad.div_(self.own_scale)
            told["loss_scale"] = self.own_scale
        elif loss.requires_grad and not p.knob("no_backward", False):
            loss.backward()
        return loss.item(), told

    def _flush(self, step: int) -> None:
        """Log the training values since the last time, as means or as the last of them."""
        told = {
            name: sum(v) / len(v) if self.style.mean and name != self.style.lr else v[-1]
            for name, v in self.since.items()
        }
        self.log(step, told)
        self.since.clear()

    @torch.no_grad()
    def _validate(self, step: int) -> bool:
        self.task.model.train(self.p.mode == "train-at-validation")
        told = self.task.validate()
        self.log(step, told)
        value = told.get(self.style.stop_on, math.inf)
        self.waited = 0 if value < self.best - 1e-4 else self.waited + 1
        self.best = min(self.best, value)
        return bool(self.p.patience) and self.waited >= self.p.patience
