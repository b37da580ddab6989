"""The loop of the families that have a training set: passes over rows, a validation after each share of a pass."""

from __future__ import annotations

import copy
import math
from typing import Protocol

import torch
from torch import Tensor, nn

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.optimizers import factor, make_optimizer
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched

Told = dict[str, float]


class Task(Protocol):
    """What a family trains.

    Attributes:
        model: what is trained.
        size: examples in the training set.
        keys: what examples lie sorted by where nobody shuffles them.
    """

    model: nn.Module
    size: int
    keys: Tensor

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the loss of some examples when a share of the steps is done, and what is logged beside it."""

    def check(self) -> Told:
        """Return what is measured on held-out data."""


def rate_of(p: Plan, step: int, total: int) -> float:
    """Return the learning rate of a step; schedules of this set come before those of the kit."""
    t = step / total
    if p.schedule == "inverse-sqrt":
        warm = max(1.0, p.knob("warm", 0.1) * total)
        return p.lr * min((step + 1) / warm, math.sqrt(warm / (step + 1)))
    if p.schedule == "linear-warmup":
        ends = p.knob("planned", 1.0)  # the share of the run that the schedule was told of
        warm = p.knob("warm", 0.1) * ends
        return p.lr * (min(1.0, (t + 1e-3) / warm) if t < warm else max(0.0, (ends - t) / (ends - warm)))
    if p.schedule == "warm-restarts":
        turns = p.knob("turns", 3)
        return p.lr * (0.02 + 0.49 * (1 + math.cos(math.pi * ((turns * t) % 1))))
    return p.lr * factor(p, t)


def optimizer_of(model: nn.Module, p: Plan) -> torch.optim.Optimizer:
    """Return the optimizer of a plan, with the constants that it names."""
    made = make_optimizer(model, p)
    for name in ("betas", "eps"):
        if name in p.extra:
            for group in made.param_groups:
                group[name] = p.extra[name]
    return made


class Training:
    """One training of one task."""

    def __init__(self, p: Plan, task: Task, seed: int) -> None:
        self.p, self.task = p, task
        for name, q in task.model.named_parameters():
            if p.frozen and name.startswith(tuple(p.frozen.split(","))):
                q.requires_grad_(False)
        self.optimizer = optimizer_of(task.model, p)
        self.watched = Watched()
        self.watched.begin(task.model, self.optimizer)
        self.g = torch.Generator().manual_seed(seed + 41)
        self.log, self.window = Log(), dict[str, list[float]]()
        self.per_epoch = max(1, task.size // p.batch)
        self.total = self.per_epoch * p.epochs

    def run(self) -> Logged:
        """Train and return everything that was logged."""
        p, rows = self.p, torch.arange(self.task.size)
        check_every = max(1, round(self.per_epoch * p.knob("check", 1.0)))
        every = p.knob("every", 10)
        back = int(self.total * p.resume_at) if p.resume_how else -1
        best, waited = math.inf, 0
        for step in range(int(self.total * p.stop_at)):
            if step == back:
                self._resume(step)
            i = step % self.per_epoch
            if i == 0:
                ordered = torch.argsort(self.task.keys, stable=True)
                rows = ordered if p.sorted_data else torch.randperm(self.task.size, generator=self.g)
            self._step(rows[i * p.batch : (i + 1) * p.batch], step)
            if (step + 1) % every == 0:
                self.log(step + 1, **{name: sum(v) / len(v) for name, v in self.window.items()})
                self.window.clear()
            if (step + 1) % check_every == 0:
                told = self._check(step + 1)
                waited = 0 if told["val_loss"] < best - 1e-3 else waited + 1
                best = min(best, told["val_loss"])
                if p.patience and waited >= p.patience:
                    break
        return {**self.log.logged, **self.watched.read()}

    def _resume(self, step: int) -> None:
        """Go on from a checkpoint, which may lack things."""
        state = copy.deepcopy(self.optimizer.state_dict())
        self.optimizer = optimizer_of(self.task.model, self.p)
        if self.p.resume_how == "whole":
            self.optimizer.load_state_dict(state)
        elif self.p.resume_how == "first-weights":  # the file that was saved before the training is loaded
            self.task.model.load_state_dict(self.first)
        self.watched.begin(self.task.model, self.optimizer, step=step)

    def _step(self, rows: Tensor, step: int) -> None:
        p, model = self.p, self.task.model
        if step == 0:
            self.first = copy.deepcopy(model.state_dict())
        rate = rate_of(p, step, self.total)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        model.train(p.mode != "never-train")
        if p.zero_grad:
            self.optimizer.zero_grad()
        broken = bool(p.bad_every) and step % p.bad_every == p.bad_every - 3
        loss, told = self.task.loss(rows, step / self.total, broken=broken)
        if loss.requires_grad:
            loss.backward()  # type: ignore[no-untyped-call]
        given = [q for q in model.parameters() if q.grad is not None]
        norm = float(nn.utils.clip_grad_norm_(given, p.clip or math.inf)) if given else 0.0
        self.optimizer.step()
        shown = {"loss": loss.item(), **told, "lr": rate}
        if p.knob("norm_logged", True):
            shown["grad_norm"] = norm
        for name, value in shown.items():
            self.window.setdefault(name, []).append(value)

    @torch.no_grad()
    def _check(self, step: int) -> Told:
        self.task.model.train(self.p.mode == "train-at-check")
        told = self.task.check()
        self.log(step, **told)
        return told
