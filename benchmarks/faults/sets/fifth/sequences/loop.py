"""The loop of the fifth set's sequences: tasks say what they compute, styles what is written to the log and when."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.optimizers import factor, make_optimizer
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched, resident

Told = dict[str, float]


class Task(Protocol):
    """What a family trains."""

    model: nn.Module
    size: int
    keys: Tensor  # what examples are sorted by where they are not shuffled

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the loss of some examples when a share of the steps is done, and what is logged beside it."""

    def check(self, share: float) -> Told:
        """Return what is measured on held-out data."""


@dataclass(frozen=True)
class Style:
    """How people of a family log: how often, under which names; an empty name is not logged.

    Attributes:
        every: steps between two lines of training; 0 is once per epoch.
        check: epochs between two validations.
        loss: name of the training loss.
        lr: name of the learning rate.
        norm: name of the gradient norm.
        epoch: name of the epoch as a fraction.
        watch: what early stopping and the plateau schedule look at.
        mean: whether a line holds the means since the last one, or the last step alone.
    """

    every: int = 10
    check: float = 1.0
    loss: str = "loss"
    lr: str = "lr"
    norm: str = ""
    epoch: str = ""
    watch: str = "val_loss"
    mean: bool = True


def rate_share(p: Plan, step: int, total: int, per_epoch: int) -> float:
    """Return the factor on the learning rate at a step."""
    if p.schedule == "per-step-gamma":
        return float(p.knob("gamma", 0.99) ** step)
    if p.schedule == "epoch-gamma":
        return float(p.knob("gamma", 0.8) ** (step // per_epoch))
    if p.schedule == "milestones":
        return 0.1 ** sum(step >= m * total for m in p.knob("milestones", (0.5, 0.8)))
    if p.schedule == "noam":
        warm = max(1.0, p.knob("warm", 0.2) * total)
        return min((step + 1) / warm, math.sqrt(warm / (step + 1)))
    if p.schedule == "triangles":
        return 0.1 + 0.9 * (1 - abs(2 * ((step / total * p.knob("triangles", 4)) % 1) - 1))
    if p.schedule == "plateau":
        return 1.0
    return factor(p, (step % total) / total)


class Session:
    """Trains one task by one plan."""

    def __init__(self, p: Plan, style: Style, task: Task, seed: int) -> None:
        self.p, self.style, self.task = p, style, task
        for name, q in task.model.named_parameters():
            if p.frozen and name.startswith(tuple(p.frozen.split(","))):
                q.requires_grad_(False)
        self.optimizer = self._optimizer()
        self.watched = Watched()
        self.watched.begin(task.model, self.optimizer)
        self.g = torch.Generator().manual_seed(seed + 29)
        self.log, self.window = Log(), dict[str, list[float]]()
        self.held: list[Tensor] = []
        self.per_epoch = max(1, task.size // p.batch)
        self.total = self.per_epoch * p.epochs
        self.every = p.knob("every", style.every) or self.per_epoch
        self.best, self.waited, self.cut, self.shift = math.inf, 0, 1.0, 0

    def _optimizer(self) -> torch.optim.Optimizer:
        made = make_optimizer(self.task.model, self.p)
        for name in ("betas", "eps"):
            if name in self.p.extra:
                for group in made.param_groups:
                    group[name] = self.p.extra[name]
        return made

    def run(self) -> Logged:
        """Train and return everything that was logged."""
        p = self.p
        check_every = max(1, round(self.per_epoch * p.knob("check", self.style.check)))
        end, step = int(self.total * p.stop_at), 0
        back = int(self.total * p.resume_at) if p.resume_how else -1
        rows = self._order(0.0)
        while step < end:
            if step == back:
                step, back = self._resume(step), -1
            i = step % self.per_epoch
            rows = self._order(step / self.total) if i == 0 else rows
            self._step(rows[i * p.batch : (i + 1) * p.batch], step)
            step += 1
            if step % self.every == 0:
                self._write(step)
            if step % check_every == 0 and self._check(step):
                break
        return {**self.log.logged, **self.watched.read()}

    def _order(self, share: float) -> Tensor:
        if self.p.sorted_data:
            return torch.argsort(self.task.keys, stable=True)
        easy = self.p.knob("curriculum", 0.0)
        if easy and share < easy:  # the easier part of the data first, over and over
            ranks = torch.argsort(self.task.keys)
            known = ranks[: int(self.task.size * (0.2 + 0.8 * share / easy))]
            return known[torch.randint(len(known), (self.task.size,), generator=self.g)]
        return torch.randperm(self.task.size, generator=self.g)

    def _resume(self, step: int) -> int:
        """Go on from a checkpoint; only `whole` restores everything."""
        how = self.p.resume_how
        state = copy.deepcopy(self.optimizer.state_dict())
        self.optimizer = self._optimizer()
        if how == "whole":
            self.optimizer.load_state_dict(state)
        elif how == "fresh-optimizer":  # the schedule begins anew, too
            self.shift = step
        self.watched.begin(self.task.model, self.optimizer, step=step)
        return step

    def _step(self, rows: Tensor, step: int) -> None:
        p, model = self.p, self.task.model
        begun, slept = time.process_time(), 0.0  # what else runs on the machine is no part of the experiment
        if p.wait and step % p.knob("wait_every", 1) == 0:
            slept = p.wait * (0.5 + torch.rand(1, generator=self.g).item())
            time.sleep(slept)
        rate = p.lr * self.cut * rate_share(p, step - self.shift, self.total, self.per_epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        model.train(p.mode != "never-train")
        if p.zero_grad:
            self.optimizer.zero_grad()
            model.zero_grad()
        broken = bool(p.bad_every) and step % p.bad_every == p.bad_every - 3
        broken = broken or (bool(p.spike_at) and step == int(p.spike_at * self.total))
        loss, told = self.task.loss(rows, step / self.total, broken=broken)
        scale = p.knob("loss_scale", 0.0)
        if loss.requires_grad:
            (loss * scale if scale else loss).backward()  # type: ignore[no-untyped-call]
        given = [q for q in model.parameters() if q.grad is not None]
        if scale:  # gradients are kept in half precision until they are divided, and nobody looks whether they fit
            for q in given:
                q.grad = (q.grad.half().float() if q.grad is not None else torch.zeros_like(q)) / scale
        norm = float(nn.utils.clip_grad_norm_(given, p.clip or math.inf)) if given else 0.0
        self.optimizer.step()
        if p.kept:
            self.held.append(torch.ones(p.kept))
        took = time.process_time() - begun + slept
        if p.slow_from and step > p.slow_from * self.total:
            time.sleep(took * p.knob("slower", 1.0))
            took *= 1 + p.knob("slower", 1.0)
        style = self.style
        told = {style.loss: loss.item(), **told, style.lr: rate, style.norm: norm}
        told[style.epoch] = (step + 1) / self.per_epoch
        if p.timed:
            told |= {"step_time": took, "data_time": slept + 2e-4, "memory_mb": resident()}
        for name, value in told.items():
            if name:
                self.window.setdefault(name, []).append(value)

    def _write(self, step: int) -> None:
        mean = self.p.knob("mean", self.style.mean)
        last = (self.style.lr, self.style.epoch, "memory_mb", "beta")
        shown = (step - 1) % self.per_epoch + 1 if self.p.knob("counter", "") == "epoch" else step
        values = {name: sum(v) / len(v) if mean and name not in last else v[-1] for name, v in self.window.items()}
        self.log(shown, **values)
        self.window.clear()

    @torch.no_grad()
    def _check(self, step: int) -> bool:
        """Log the validation, lower the rate where the schedule waits for it, and return whether to stop."""
        self.task.model.train(self.p.mode == "train-at-check")
        told = self.task.check(step / self.total)
        shown = (step - 1) % self.per_epoch + 1 if self.p.knob("counter", "") == "epoch" else step
        self.log(shown, **told)
        value = told[self.style.watch]
        self.waited = 0 if value < self.best - 1e-3 else self.waited + 1
        self.best = min(self.best, value)
        if self.p.schedule == "plateau" and self.waited and self.waited % 2 == 0:
            self.cut *= 0.4
        return bool(self.p.patience) and self.waited >= self.p.patience
