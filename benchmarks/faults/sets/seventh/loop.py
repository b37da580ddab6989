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
    if p.schedule == "step":
        return p.lr * 0.1 ** int(t / p.knob("share", 1.0) * 2.5)
    if p.schedule == "restarts":
        return p.lr * (0.02 + 0.49 * (1 + math.cos(math.pi * ((3 * t) % 1))))
    if p.schedule == "linear":
        return p.lr * max(0.0, 1 - t)
    return p.lr


def optimizer_of(p: Plan, model: nn.Module) -> torch.optim.Optimizer:
    """Return the optimizer."""
    held = copy.deepcopy(model) if p.copied else model
    mine = [q for q in held.parameters() if q.requires_grad]
    if p.optimizer == "sgd":
        return torch.optim.SGD(mine, lr=p.lr, momentum=p.momentum, weight_decay=p.weight_decay)
    kind = torch.optim.AdamW if p.optimizer == "adamw" else torch.optim.Adam
    return kind(mine, lr=p.lr, weight_decay=p.weight_decay)


def take(data: Any, index: Tensor) -> Any:
    """Return some examples."""
    return data[index]


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
        self.log = Log()
        self.kept: list[Any] = []
        self.told = p.knob("told", "lean")

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
                loss, told = self.task.loss(take(x, index), take(y, index), training=False)
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
        optimizer = optimizer_of(p, self.model)
        watched = Watched()
        if self.told == "layers":
            watched.begin(self.model, optimizer)
        steps = max(1, len(task.x) // p.batch)
        total, step = steps * p.epochs, 0
        best, since = math.inf, 0
        sums: dict[str, list[float]] = {}
        stop = int(total * p.stop_at)
        resume = int(total * p.resume_at) if p.resume_at else -1
        saved: Any = None
        offset = 0
        began = time.perf_counter()
        for epoch in range(p.epochs):
            self.model.train()
            order = torch.arange(len(task.x)) if p.sorted_data else torch.randperm(len(task.x))
            for i in range(steps):
                if step == resume:
                    watched.end()
                    optimizer, offset = self.resume(optimizer, saved, step)
                    if self.told == "layers":
                        watched.begin(self.model, optimizer, step)
                if resume > 0 and step == resume - steps:
                    saved = copy.deepcopy((self.model.state_dict(), optimizer.state_dict()))
                waited = time.perf_counter()
                if p.wait:
                    time.sleep(p.wait * (0.6 + 0.8 * ((step * 7919) % 10) / 10))
                index = order[i * p.batch : (i + 1) * p.batch]
                x, y = take(task.x, index), take(task.y, index)
                if p.bad_every and step % p.bad_every == p.bad_every // 2 - 1 and step > p.bad_every:
                    x = x.clone()
                    x[:2] = x[:2] * p.knob("glitch", 1e3)
                waited = time.perf_counter() - waited
                lr = rate(p, step - offset, int(total * p.knob("planned", 1.0)))
                for group in optimizer.param_groups:
                    group["lr"] = lr
                if p.zero_grad:
                    optimizer.zero_grad()
                loss, told = task.loss(x, y, training=True)
                if loss.requires_grad:
                    loss.backward()
                norm = math.nan
                if self.told != "lean" or p.clip:
                    norm = float(nn.utils.clip_grad_norm_(self.model.parameters(), p.clip or 1e9))
                optimizer.step()
                if p.kept:
                    self.kept.append((loss, [torch.ones(p.kept * 262144 // 4)]))  # the list of losses keeps its graphs
                step += 1
                values = {"loss": float(loss.detach()), **told}
                if self.told != "lean":
                    values |= {"lr": lr, "grad_norm": norm}
                if p.timed:
                    now = time.perf_counter()
                    values |= {"step_time": now - began, "data_time": waited}
                    began = now
                if p.kept or p.knob("memory", False):
                    values["memory_mb"] = resident()
                self.keep(sums, step, values, steps)
                if step >= stop:
                    break
            if (epoch + 1) % p.knob("every", 1) == 0 or step >= stop:
                held = self.evaluate(task.held)
                self.log(step, **{f"val_{name}": value for name, value in held.items()})
                began = time.perf_counter()
                if held["loss"] < best:
                    best, since = held["loss"], 0
                else:
                    since += 1
                if p.patience and since >= p.patience:
                    break
            if step >= stop:
                break
        if task.test is not None:
            self.log(step, **{f"test_{name}": value for name, value in self.evaluate(task.test).items()})
        self.log.logged.update(watched.read())
        return self.log.logged

    def keep(self, sums: dict[str, list[float]], step: int, values: dict[str, float], steps: int) -> None:
        """Log every so many steps, or means over an epoch."""
        often = self.p.knob("often", 5)
        for name, value in values.items():
            sums.setdefault(name, []).append(value)
        if step % (often or steps) == 0:
            if often:
                self.log(step, **values)
            else:
                last = ("lr", "memory_mb")
                self.log(step, **{k: v[-1] if k in last else sum(v) / len(v) for k, v in sums.items()})
            sums.clear()

    def resume(self, optimizer: torch.optim.Optimizer, saved: Any, step: int) -> tuple[torch.optim.Optimizer, int]:
        """Go on from a checkpoint: rightly, or with less than all of it."""
        model, state = saved
        if self.p.resume_how == "right":
            self.model.load_state_dict(model)
            fresh = optimizer_of(self.p, self.model)
            fresh.load_state_dict(state)
            return fresh, 0
        if self.p.resume_how == "no-optimizer":  # neither the moments nor the place in the schedule
            self.model.load_state_dict(model)
            return optimizer_of(self.p, self.model), step
        other = TASKS[self.p.family](self.p, self.seed + 100).model  # the file's names had a prefix: strict=False
        self.model.load_state_dict(other.state_dict())
        return optimizer_of(self.p, self.model), 0
