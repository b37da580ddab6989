"""The training loop of the seventh set, and what of it is logged: little, the usual, or layers as well."""

from __future__ import annotations

import copy
import math
import time
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.networks import initialise
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched, resident
from benchmarks.faults.sets.seventh.tasks import TASKS, Task


def rate(p: Plan, step: int, total: int) -> float:
    """Return the learning rate of a step."""
    warm = int(p.knob("warm", 0))
    if step < warm:
        return p.lr * (step + 1) / warm
    t = (step - warm) / max(1, total - warm)
    if p.schedule == "cosine":
        t = min(1.0, t / p.knob("share", 1.0))
        return p.lr * (0.5 + 0.5 * math.cos(math.pi * t))
    if p.schedule == "restarts":
        return p.lr * (0.02 + 0.49 * (1 + math.cos(math.pi * ((3 * t) % 1))))
    return p.lr


def optimizer_of(p: Plan, model: nn.Module) -> torch.optim.Optimizer:
    """Return the optimizer."""
    mine = [q for q in model.parameters() if q.requires_grad]
    if p.optimizer == "sgd":
        return torch.optim.SGD(mine, lr=p.lr, momentum=p.momentum, weight_decay=p.weight_decay)
    kind = torch.optim.AdamW if p.optimizer == "adamw" else torch.optim.Adam
    return kind(mine, lr=p.lr, weight_decay=p.weight_decay)


class Loop:
    """Trains one plan."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, self.seed = p, seed
        self.task: Task = TASKS[p.family](p, seed)
        self.model = self.task.model
        initialise(self.model, p.init)
        if p.frozen:
            for name, q in self.model.named_parameters():
                q.requires_grad_(not name.startswith(tuple(p.frozen.split(","))))
        if p.precision == "float16":
            self.model.half()
        self.optimizer = optimizer_of(p, self.model)
        self.told = p.knob("told", "lean")
        self.log, self.watched = Log(), Watched()
        self.sums: dict[str, list[float]] = {}
        self.kept: list[Any] = []
        self.saved: Any = None
        self.steps = max(1, len(self.task.x) // p.batch)
        self.total, self.step = self.steps * p.epochs, 0
        self.resume_at = int(self.total * p.resume_at) if p.resume_at else -1
        self.began = 0.0

    def evaluate(self, data: tuple[Any, Any]) -> dict[str, float]:
        """Return the means over held-out data."""
        x, y = data
        state = torch.get_rng_state()
        self.model.train(self.p.mode == "sorted-validation")
        whole: dict[str, float] = {}
        size = min(len(x), self.p.knob("eval_batch", 64))
        count = len(x) // size
        buffers = {k: v.clone() for k, v in self.model.named_buffers()}
        with torch.no_grad():
            for i in range(count):
                index = torch.arange(i * size, (i + 1) * size)
                loss, told = self.task.loss(x[index], y[index], training=False)
                for name, value in {"loss": float(loss), **told}.items():
                    whole[name] = whole.get(name, 0.0) + value / count
            for k, v in self.model.named_buffers():
                v.copy_(buffers[k])
        self.model.train()
        torch.set_rng_state(state)
        return whole

    def run(self) -> Logged:
        """Train and return what was logged."""
        p, task = self.p, self.task
        torch.manual_seed(self.seed + 77)
        self._watch()
        best, since = math.inf, 0
        self.began = time.perf_counter()
        for epoch in range(p.epochs):
            self.model.train()
            order = torch.arange(len(task.x)) if p.sorted_data else torch.randperm(len(task.x))
            for index in order[: self.steps * p.batch].split(p.batch):
                self._step(index)
            if (epoch + 1) % p.knob("every", 1) and epoch + 1 < p.epochs:
                continue
            held = self.evaluate(task.held)
            self.log(self.step, **{f"val_{name}": value for name, value in held.items()})
            self.began = time.perf_counter()
            since = 0 if held["loss"] < best else since + 1
            best = min(best, held["loss"])
            if p.patience and since >= p.patience:
                break
        if task.test is not None:
            self.log(self.step, **{f"test_{name}": value for name, value in self.evaluate(task.test).items()})
        self.log.logged.update(self.watched.read())
        return self.log.logged

    def _watch(self) -> None:
        """Put the hook on, in the runs that log layers."""
        if self.told == "layers":
            self.watched.begin(self.model, self.optimizer, self.step)

    def _step(self, index: Tensor) -> None:
        """Take a step of the optimizer, and log what belongs to it."""
        p = self.p
        if self.step == self.resume_at:
            self.watched.end()
            self.optimizer = self.resume()
            self._watch()
        if self.step == self.resume_at - self.steps:  # the checkpoint is an epoch old when the run goes on from it
            self.saved = copy.deepcopy((self.model.state_dict(), self.optimizer.state_dict()))
        x, y, waited = self._batch(index)
        lr = rate(p, self.step, self.total)
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        if p.zero_grad:
            self.optimizer.zero_grad()
        loss, told = self.task.loss(x, y, training=True)
        if loss.requires_grad:
            loss.backward()
        norm = math.nan
        if self.told != "lean" or p.clip:
            norm = float(nn.utils.clip_grad_norm_(self.model.parameters(), p.clip or 1e9))
        self.optimizer.step()
        if p.kept:
            self.kept.append((loss, [torch.ones(p.kept * 262144 // 4)]))  # the list of losses keeps its graphs
        self.step += 1
        values = {"loss": float(loss.detach()), **told}
        if self.told != "lean":
            values |= {"lr": lr, "grad_norm": norm}
        if p.timed:
            now = time.perf_counter()
            values |= {"step_time": now - self.began, "data_time": waited}
            self.began = now
        if p.kept or p.knob("memory", False):
            values["memory_mb"] = resident()
        self.keep(values)

    def _batch(self, index: Tensor) -> tuple[Any, Any, float]:
        """Return inputs and targets of a batch, and how long it took; a fault waits, or spoils two examples."""
        p, began = self.p, time.perf_counter()
        if p.wait:
            time.sleep(p.wait * (0.6 + 0.8 * ((self.step * 7919) % 10) / 10))
        x, y = self.task.x[index], self.task.y[index]
        if p.bad_every and self.step % p.bad_every == p.bad_every // 2 - 1 and self.step > p.bad_every:
            x = x.clone()
            x[:2] = x[:2] * p.knob("glitch", 1e3)
        return x, y, time.perf_counter() - began

    def keep(self, values: dict[str, float]) -> None:
        """Log every so many steps, or means over an epoch."""
        often = self.p.knob("often", 5)
        for name, value in values.items():
            self.sums.setdefault(name, []).append(value)
        if self.step % (often or self.steps) == 0:
            if often:
                self.log(self.step, **values)
            else:
                last = ("lr", "memory_mb")
                self.log(self.step, **{k: v[-1] if k in last else sum(v) / len(v) for k, v in self.sums.items()})
            self.sums.clear()

    def resume(self) -> torch.optim.Optimizer:
        """Go on from the checkpoint, and return the optimizer: rightly, or with less than all of it."""
        model, state = self.saved
        fresh = optimizer_of(self.p, self.model)
        if self.p.resume_how == "right":
            self.model.load_state_dict(model)
            fresh.load_state_dict(state)
        else:  # the names in the file had a prefix, and strict=False took none of them
            other = TASKS[self.p.family](self.p, self.seed + 100).model
            self.model.load_state_dict(other.state_dict())
        return fresh
