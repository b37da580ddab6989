"""The loop of the fourth part: jobs say what they compute and how they call it, habits how often it is written."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched, resident

KINDS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "nadam": torch.optim.NAdam,
    "adagrad": torch.optim.Adagrad,
}

WARM = 0.05  # the share of the steps in which the rate rises, where it does


class Job(Protocol):
    """What a family trains."""

    model: nn.Module
    size: int
    kinds: Tensor

    def loss(self, rows: Tensor, *, broken: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of some training examples, and what is logged with it."""

    def check(self) -> dict[str, float]:
        """Return what is measured on what was held out."""


@dataclass(frozen=True)
class Habit:
    """How the people of a family keep their log; an empty name means that they do not log it."""

    every: int
    check: float = 1.0
    loss: str = "loss"
    lr: str = ""
    norm: str = ""
    watch_for: str = "val_loss"
    clock: tuple[str, str, str] = ("step_time", "data_time", "memory_mb")
    averaged: bool = True
    epoch: str = ""


def share_of_rate(p: Plan, step: int, total: int) -> float:
    """Return the factor on the learning rate at a step of those planned."""
    t = step / total
    rise = min(1.0, (step + 1) / max(1.0, WARM * total))
    if p.schedule == "warmup-stable-decay":
        return rise * min(1.0, max(0.01, (1 - t) / 0.25))
    if p.schedule == "warmup-linear":
        return rise * max(0.0, 1 - t)
    if p.schedule == "warmup-cosine":
        return rise * 0.5 * (1 + math.cos(math.pi * min(1.0, t)))
    if p.schedule == "halving":
        return 0.5 ** int(t / p.knob("period", 0.2))
    if p.schedule == "exponential":  # gamma is applied at each step
        return float(p.knob("gamma", 0.99) ** step)
    if p.schedule == "cycles":  # restarts whose periods double: 1/7, 2/7, 4/7
        start, length = next((a, b) for a, b in ((0, 1), (1, 2), (3, 4)) if t < (a + b) / 7 or a == 3)
        return 0.02 + 0.49 * (1 + math.cos(math.pi * (7 * t - start) / length))
    return 1.0


def optimizer_of(model: nn.Module, p: Plan) -> torch.optim.Optimizer:
    """Return the optimizer: norms and biases are not decayed."""
    owner = copy.deepcopy(model) if p.copied else model
    named = [
        (name, q)
        for name, q in owner.named_parameters()
        if q.requires_grad and not (p.left_out and name.startswith(tuple(p.left_out.split(","))))
    ]
    groups = [
        {"params": [q for _, q in named if q.ndim > 1], "weight_decay": p.weight_decay},
        {"params": [q for _, q in named if q.ndim < 2], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if p.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=p.lr, momentum=p.momentum, nesterov=p.momentum > 0)
    return KINDS[p.optimizer](groups, lr=p.lr)  # type: ignore[call-arg]


class Session:
    """Trains one job by one plan."""

    def __init__(self, p: Plan, habit: Habit, job: Job, seed: int) -> None:
        self.p, self.habit, self.job = p, habit, job
        for name, q in job.model.named_parameters():
            if p.frozen and name.startswith(tuple(p.frozen.split(","))):
                q.requires_grad_(False)
        self.initial = copy.deepcopy(job.model.state_dict())
        self.optimizer = optimizer_of(job.model, p)
        self.watched = Watched()
        self.watched.begin(job.model, self.optimizer)
        self.g = torch.Generator().manual_seed(seed + 3)
        self.logged: Logged = {}
        self.window: dict[str, list[float]] = {}
        self.kept: list[Tensor] = []
        self.best, self.patience, self.cut = math.inf, 0, 1.0
        self.per_epoch = max(1, job.size // p.batch)
        self.total = self.per_epoch * p.epochs

    def log(self, step: int, values: dict[str, float]) -> None:
        """Keep values of a step."""
        for name, value in values.items():
            steps, kept = self.logged.setdefault(name, ([], []))
            steps.append(step)
            kept.append(float(value))

    def run(self) -> Logged:
        """Train and return everything that was logged."""
        p, habit = self.p, self.habit
        check_every = max(1, round(self.per_epoch * p.knob("check", habit.check)))
        every = p.knob("every", habit.every) or self.per_epoch
        back_at = int(self.total * p.resume_at) if p.resume_how else -1
        saved: tuple[int, dict[str, Tensor], dict[str, Any]] | None = None
        step, end, rows = 0, int(self.total * p.stop_at), self._order()
        while step < end:
            if back_at >= 0 and saved is None and step >= int(self.total * 0.9 * p.resume_at):
                saved = (step, copy.deepcopy(self.job.model.state_dict()), copy.deepcopy(self.optimizer.state_dict()))
            if step == back_at and saved is not None:
                step, back_at = self._come_back(step, saved), -1
                continue
            i = step % self.per_epoch
            rows = self._order() if i == 0 else rows
            self._advance(rows[i * p.batch : (i + 1) * p.batch], step)
            step += 1
            if step % every == 0:
                self._write(step)
            if step % check_every == 0 and self._check(step):
                break
        return {**self.logged, **self.watched.read()}

    def _order(self) -> Tensor:
        return (
            torch.argsort(self.job.kinds, stable=True)
            if self.p.sorted_data
            else torch.randperm(self.job.size, generator=self.g)
        )

    def _come_back(self, step: int, saved: tuple[int, dict[str, Tensor], dict[str, Any]]) -> int:
        """Begin again after a crash; only `whole` does it as it should be done."""
        at, weights, state = saved
        how = self.p.resume_how
        self.job.model.load_state_dict(self.initial if how == "initial" else weights)
        self.optimizer = optimizer_of(self.job.model, self.p)
        if how == "whole":
            self.optimizer.load_state_dict(state)
            self.window.clear()
            step = at
        self.watched.begin(self.job.model, self.optimizer, step=step)
        return step

    def _advance(self, rows: Tensor, step: int) -> None:
        p, habit, model = self.p, self.habit, self.job.model
        begun, waited = time.perf_counter(), 0.0
        if p.wait:  # pages that are in the cache come at once
            time.sleep(p.wait * (0.4 + 1.2 * torch.rand(1, generator=self.g).item()))
            waited = time.perf_counter() - begun
        begun = time.process_time()  # what others run on this machine is no part of the experiment
        rate = p.lr * self.cut * share_of_rate(p, step, self.total)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        model.train()
        if p.zero_grad:
            self.optimizer.zero_grad()
            model.zero_grad()
        hurt = bool(p.spike_at) and step == int(self.total * p.spike_at)
        hurt = hurt or (bool(p.bad_every) and step % p.bad_every == p.bad_every - 7)
        loss, told = self.job.loss(rows, broken=hurt)
        self._backward(loss, told)
        norm = nn.utils.clip_grad_norm_(
            [q for q in model.parameters() if q.grad is not None], p.clip or math.inf
        ).item()
        self.optimizer.step()
        if p.kept:
            self.kept.append(torch.ones(p.kept))
        took = time.process_time() - begun + waited
        if p.slow_from and step > p.slow_from * self.total:
            slower = p.knob("slower", 1.5) * took
            time.sleep(slower)
            took += slower
        told = {habit.loss: loss.item(), **told}
        names = (habit.lr, habit.norm, habit.epoch)
        told |= {
            name: value for name, value in zip(names, (rate, norm, (step + 1) / self.per_epoch), strict=True) if name
        }
        if p.timed:
            told |= dict(zip(habit.clock, (took, waited, resident()), strict=True))
        for name, value in told.items():
            self.window.setdefault(name, []).append(value)

    def _backward(self, loss: Tensor, told: dict[str, float]) -> None:
        """Go back through the network; with a fixed scale of the loss where half precision is used without a scaler."""
        scale = self.p.knob("loss_scale", 0.0)
        if not loss.requires_grad:
            return
        if scale:
            (loss.half() * scale).backward()
            for q in self.job.model.parameters():
                if q.grad is not None:
                    q.grad.copy_(
                        q.grad.half().float() / scale
                    )  # they are stored in half precision before they are divided
            told["loss_scale"] = scale
        else:
            loss.backward()

    def _write(self, step: int) -> None:
        exact = (self.habit.lr, self.habit.epoch)
        mean = self.habit.averaged
        self.log(
            step, {name: sum(v) / len(v) if mean and name not in exact else v[-1] for name, v in self.window.items()}
        )
        self.window.clear()

    @torch.no_grad()
    def _check(self, step: int) -> bool:
        """Log the validation, cut the rate where the schedule waits for it, and return whether to stop."""
        self.job.model.eval()
        told = self.job.check()
        self.log(step, told)
        value = told[self.habit.watch_for]
        self.patience = 0 if value < self.best - 1e-4 else self.patience + 1
        self.best = min(self.best, value)
        if self.p.schedule == "plateau" and self.patience and self.patience % 2 == 0:
            self.cut *= 0.3
        return bool(self.p.patience) and self.patience >= self.p.patience
