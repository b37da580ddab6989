"""The training loop of the eighth set, and what of it is logged."""

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
from benchmarks.faults.sets.eighth.pictures import Counting, Digits, Sharpen, Stamps
from benchmarks.faults.sets.eighth.records import Citations, Clicks, Rooms, Scarce, Words
from benchmarks.faults.sets.eighth.strings import Arrivals, Brackets, Tongues
from benchmarks.faults.sets.seventh.base import Task

TASKS: dict[str, type[Task]] = {
    "counting": Counting,
    "digits": Digits,
    "sharpen": Sharpen,
    "stamps": Stamps,
    "clicks": Clicks,
    "rooms": Rooms,
    "citations": Citations,
    "words": Words,
    "scarce": Scarce,
    "arrivals": Arrivals,
    "brackets": Brackets,
    "tongues": Tongues,
}


def rate(p: Plan, step: int, steps: int, total: int) -> float:
    """Return the learning rate of a step, `steps` of which are an epoch."""
    warm = int(p.knob("warm", 0))
    if step < warm:
        return p.lr * (step + 1) / warm
    t = (step - warm) / max(1, total - warm)
    if p.schedule == "cosine":
        return p.lr * (0.5 + 0.5 * math.cos(math.pi * t))
    if p.schedule == "restarts":
        return p.lr * (0.01 + 0.495 * (1 + math.cos(math.pi * ((3 * t) % 1))))
    if p.schedule == "step":
        return p.lr * 0.1 ** ((t > 0.6) + (t > 0.85))
    if p.schedule == "exponential":  # meant for epochs; a fault calls it after each batch
        return p.lr * p.knob("gamma", 0.9) ** (step if p.knob("each_batch", False) else step // steps)
    return p.lr


def optimizer_of(p: Plan, model: nn.Module) -> torch.optim.Optimizer:
    """Return the optimizer, with its faults."""
    held = copy.deepcopy(model) if p.copied else model
    left = tuple(part for part in p.left_out.split(",") if part)
    mine = [q for n, q in held.named_parameters() if q.requires_grad and not (left and n.startswith(left))]
    if p.optimizer == "sgd":
        return torch.optim.SGD(mine, lr=p.lr, momentum=p.momentum, weight_decay=p.weight_decay)
    if p.optimizer == "adagrad":
        return torch.optim.Adagrad(mine, lr=p.lr, weight_decay=p.weight_decay)
    kind = torch.optim.AdamW if p.optimizer == "adamw" else torch.optim.Adam
    return kind(mine, lr=p.lr, weight_decay=p.weight_decay, eps=p.knob("eps", 1e-8))


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

    def evaluate(self, data: tuple[Tensor, Tensor]) -> dict[str, float]:
        """Return the means over held-out data."""
        x, y = data
        state = torch.get_rng_state()
        self.model.train(self.p.mode == "training")
        size = min(len(x), self.p.knob("eval_batch", len(x)))
        count, whole = len(x) // size, dict[str, float]()
        buffers = copy.deepcopy(dict(self.model.named_buffers()))
        with torch.no_grad():
            for i in range(count):
                part = slice(i * size, (i + 1) * size)
                loss, told = self.task.loss(x[part], y[part], training=False)
                for name, value in {"loss": float(loss), **told}.items():
                    whole[name] = whole.get(name, 0.0) + value / count
            for name, held in self.model.named_buffers():
                held.copy_(buffers[name])
        torch.set_rng_state(state)
        return whole

    def run(self) -> Logged:
        """Train and return what was logged."""
        p, task = self.p, self.task
        torch.manual_seed(self.seed + 88)
        self._watch()
        best, since = math.inf, 0
        self.model.train()
        for epoch in range(p.epochs):
            if p.mode != "left-in-eval":
                self.model.train()
            self.began = time.perf_counter()
            for index in self._order(epoch).split(p.batch):
                self._step(index)
            if (epoch + 1) % p.knob("every", 1) and epoch + 1 < p.epochs:
                continue
            held = self.evaluate(task.held)
            self.log(self.step, **{f"val_{name}": value for name, value in held.items()})
            since = 0 if held["loss"] < best else since + 1
            best = min(best, held["loss"])
            if p.patience and since >= p.patience:
                break
        if task.test is not None:
            self.log(self.step, **{f"test_{name}": value for name, value in self.evaluate(task.test).items()})
        self.log.logged.update(self.watched.read())
        return self.log.logged

    def _order(self, epoch: int) -> Tensor:
        """Return the examples of an epoch: mixed, as they lie, or mixed among those that have been let in."""
        count = self.steps * self.p.batch
        if self.p.sorted_data:
            return torch.arange(count)
        if self.p.knob("lengthens", False):
            let_in = len(self.task.x) * (1 + min(2, 3 * epoch // self.p.epochs)) // 3
            return torch.randint(let_in, (count,))
        return torch.randperm(len(self.task.x))[:count]

    def _watch(self) -> None:
        """Put the hook on, in the runs that log layers."""
        if self.told == "layers":
            self.watched.begin(self.model, self.optimizer, self.step)

    def _step(self, index: Tensor) -> None:
        """Take a step, and log what belongs to it."""
        p = self.p
        if self.step == self.resume_at:
            self.watched.end()
            self.resume()
            self._watch()
        if self.step == self.resume_at - self.steps:  # the checkpoint is an epoch old when the run goes on from it
            self.saved = copy.deepcopy((self.model.state_dict(), self.optimizer.state_dict()))
        x, y, waited = self._batch(index)
        lr = rate(p, self.step, self.steps, self.total)
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
            self.kept.append((loss, [torch.ones(p.kept * 262144 // 4)]))  # losses are summed with their graphs
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

    def _batch(self, index: Tensor) -> tuple[Tensor, Tensor, float]:
        """Return inputs and targets of a batch, and how long it took; a fault waits, or spoils some examples."""
        p, began = self.p, time.perf_counter()
        if p.wait:
            time.sleep(p.wait * (0.5 + 0.1 * ((self.step * 7919) % 10)))
        x, y = self.task.x[index], self.task.y[index]
        if p.bad_every and self.step % p.bad_every == p.bad_every - 1:
            x = x.clone()
            x[:3] = x[:3] * p.knob("glitch", 100.0)
        return x, y, time.perf_counter() - began

    def keep(self, values: dict[str, float]) -> None:
        """Log every so many steps, or means over an epoch."""
        often = self.p.knob("often", 5)
        for name, value in values.items():
            self.sums.setdefault(name, []).append(value)
        if self.step % (often or self.steps):
            return
        at = (self.step - 1) % self.steps + 1 if self.p.knob("counter_anew", False) else self.step
        if often:
            self.log(at, **values)
        else:
            last = ("lr", "memory_mb")
            self.log(at, **{k: v[-1] if k in last else sum(v) / len(v) for k, v in self.sums.items()})
        self.sums.clear()

    def resume(self) -> None:
        """Go on from the checkpoint: rightly, or with less than all of it."""
        model, state = self.saved
        if self.p.resume_how == "right":
            self.model.load_state_dict(model)
            self.optimizer.load_state_dict(state)
            return
        other = TASKS[self.p.family](self.p, self.seed + 100).model.state_dict()
        part = self.p.knob("lost", "")  # what the names in the checkpoint did not match
        self.model.load_state_dict({k: other[k] if k.startswith(part) else v for k, v in model.items()})
        self.optimizer = optimizer_of(self.p, self.model)
