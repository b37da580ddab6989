"""The training loop of the third half: logs at the pace of each family, or only means of epochs."""

from __future__ import annotations

import copy
import math
import time
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.networks import accuracy
from benchmarks.faults.kit.optimizers import factor, make_optimizer
from benchmarks.faults.kit.plan import Plan, optional_of
from benchmarks.faults.kit.watched import Watched, resident
from benchmarks.faults.sets.third.supervised.tasks import CLASSES, SCORES, build, objective, score


def rate(p: Plan, t: float) -> float:
    """Return the factor on the learning rate when a share t of the planned steps is done."""
    if p.schedule == "multistep":
        return 1.0 if t < 0.5 else (0.2 if t < 0.8 else 0.04)
    if p.schedule == "poly":
        return max(1e-3, 1 - t) ** 0.9
    if p.schedule == "inverse-root":
        return float(min(1.0, t / 0.05 + 1e-3) / math.sqrt(max(t, 0.05) / 0.05))
    if p.schedule == "batches-for-epochs":  # a decay meant for every epoch, made after every batch
        return float(max(1e-7, p.knob("gamma", 0.95) ** (t * p.epochs * (p.n // p.batch))))
    if p.schedule == "two-rounds":
        return 0.01 + 0.99 * (1 - (2 * t) % 1)
    return float(factor(p, t))


class Trial:
    """Trains one plan and keeps what it logs."""

    def __init__(self, p: Plan, seed: int) -> None:
        torch.manual_seed(seed)
        self.p, self.seed = p, seed
        self.logged: Logged = {}
        self.model, self.data, self.teacher = build(p, seed)
        for name, q in self.model.named_parameters():
            if p.frozen and name.startswith(tuple(p.frozen.split(","))):
                q.requires_grad_(False)
        self.per_epoch = max(1, len(self.data.x) // p.batch)
        self.total = self.per_epoch * p.epochs
        self.optimizer = make_optimizer(self.model, p)
        self.scaler = torch.amp.GradScaler("cpu") if p.precision == "float16" else None
        self.watched = Watched()
        self.watched.begin(self.model, self.optimizer, scaler=self.scaler)
        self.chance = torch.Generator().manual_seed(seed + 5)
        self.kept: list[Tensor] = []
        self.sums: dict[str, list[float]] = {}
        self.best, self.waited, self.since = math.inf, 0, 0

    def log(self, name: str, step: int, value: float) -> None:
        """Keep one value."""
        steps, values = self.logged.setdefault(name, ([], []))
        steps.append(step)
        values.append(float(value))

    def train(self) -> Logged:
        """Train and return what was logged, layers included."""
        p = self.p
        pace = max(1, round(self.per_epoch * p.knob("val", 1.0)))
        saved: tuple[int, dict[str, Tensor], dict[str, Any]] | None = None
        save_at, resume_at = (
            int(self.total * p.knob("save_at", 0.4)),
            int(self.total * p.resume_at) if p.resume_how else -1,
        )
        step, end = 0, int(self.total * p.stop_at)
        order = torch.empty(0)
        while step < end:
            i = step % self.per_epoch
            if i == 0 or not len(order):
                order = self._order()
            if step == save_at and saved is None and p.resume_how:
                saved = (step, copy.deepcopy(self.model.state_dict()), copy.deepcopy(self.optimizer.state_dict()))
            if step == resume_at and saved is not None:
                step, resume_at = self._resume(step, saved), -1
                continue
            chosen = order[i * p.batch : (i + 1) * p.batch]
            self._step(self.data.x[chosen], self.data.y[chosen], step)
            step += 1
            if step % self.per_epoch == 0:
                self._end_of_epoch(step)
            if (step % pace == 0 or step == self.total) and self._validate(step - 1):
                break
        return {**self.logged, **self.watched.read()}

    def _order(self) -> Tensor:
        y = self.data.y
        if self.p.sorted_data:
            return torch.argsort(y if y.ndim == 1 else y[:, 0], stable=True)
        return torch.randperm(len(self.data.x))

    def _resume(self, step: int, saved: tuple[int, dict[str, Tensor], dict[str, Any]]) -> int:
        """Come back after a crash, as the plan says, and return at which step."""
        p, (at, weights, state) = self.p, saved
        if p.resume_how == "right":
            self.model.load_state_dict(weights)
            self.optimizer.load_state_dict(state)
            self.watched.begin(self.model, self.optimizer, step=at)
            return at
        if p.resume_how == "stale":  # the counter goes on, the weights are those of long ago
            self.model.load_state_dict(weights)
        elif p.resume_how == "lost-keys":  # names with a prefix matched nothing, and strict was off
            self.model.load_state_dict(build(p, self.seed + 12345)[0].state_dict())
        else:  # schedule and moments begin anew
            self.since = step
        self.optimizer = make_optimizer(self.model, p)
        self.watched.begin(self.model, self.optimizer, step=step)
        return step

    def _batch(self, x: Tensor, y: Tensor, step: int) -> tuple[Tensor, Tensor]:
        p = self.p
        if p.augment and x.ndim == 4:
            x = x + p.augment * torch.randn_like(x)
            top, left = torch.randint(0, x.shape[2] - 5, (2,)).tolist()
            x[:, :, top : top + 5, left : left + 5] = 0.0
        odd = bool(p.bad_every) and step > 20 and torch.rand(1, generator=self.chance).item() < 1 / p.bad_every
        if odd or (p.spike_at and step == int(self.total * p.spike_at)):
            if p.family == "tcn":  # what the meter writes when it is off
                return torch.full_like(x, -60.0), torch.full_like(y, 60.0)
            if p.family == "shop":
                return x, y * 60.0 + 40.0  # in cents
            return 30.0 * torch.randn_like(x), y.roll(5, 0)
        return x, y

    def _step(self, x: Tensor, y: Tensor, step: int) -> None:
        p = self.p
        begun = time.perf_counter()
        if p.wait:
            time.sleep(p.wait * (0.6 + 0.8 * torch.rand(1, generator=self.chance).item()))
        x, y = self._batch(x, y, step)
        waited = time.perf_counter() - begun
        for group in self.optimizer.param_groups:
            group["lr"] = p.lr * rate(p, (step - self.since) / self.total)
        self.model.train()
        if p.zero_grad:
            self.optimizer.zero_grad()
        values = self._backward(x, y)
        values["grad_norm"] = nn.utils.clip_grad_norm_(self.model.parameters(), p.clip or math.inf).item()
        values["lr"] = self.optimizer.param_groups[0]["lr"]
        if self.scaler is not None:
            values["loss_scale"] = self.scaler.get_scale()
            self.scaler.step(self.optimizer)
            self.scaler.update()
        else:
            self.optimizer.step()
        if p.kept:
            self.kept.append(torch.ones(p.kept))
        if p.slow_from and step > p.slow_from * self.total:
            time.sleep(2.0 * (time.perf_counter() - begun))  # the clock of the machine goes down
        if p.timed:
            spent = time.perf_counter() - begun
            values |= {
                "step_time": spent,
                "data_time": waited,
                "memory": resident(),
                "samples_per_second": len(x) / spent,
            }
        self._tell(values, step)

    def _backward(self, x: Tensor, y: Tensor) -> dict[str, float]:
        p = self.p
        mixed = torch.distributions.Beta(0.4, 0.4).sample().item() if p.knob("mixup", False) else 0.0
        turn = torch.randperm(len(x))
        if mixed:
            x = mixed * x + (1 - mixed) * x[turn]
        with torch.autocast("cpu", dtype=torch.float16, enabled=p.precision == "float16"):
            loss, out, terms = objective(p, self.model, x, y, self.teacher)
        if mixed:
            other = nn.functional.cross_entropy(out, y[turn])
            loss = mixed * loss + (1 - mixed) * other
        if self.scaler is not None:
            self.scaler.scale(loss).backward()
            self.scaler.unscale_(self.optimizer)
        else:
            loss.backward()
        values = {"loss": loss.item()}
        if "terms" in p.knob("shows", ()):
            values |= terms
        if p.family in CLASSES:
            values["accuracy"] = accuracy(out.detach(), y)
        return values

    def _tell(self, values: dict[str, float], step: int) -> None:
        """Log what this family logs, now or in the mean of the epoch."""
        p = self.p
        times = ("step_time", "data_time", "memory", "samples_per_second")
        shown = {
            k: v
            for k, v in values.items()
            if k not in ("lr", "grad_norm", "accuracy", *times) or k in p.knob("shows", ())
        }
        if p.timed:
            shown |= {k: values[k] for k in p.knob("times", ("step_time", "data_time"))}
        every = p.knob("every", 1)
        if every and step % every == 0:
            for name, value in shown.items():
                self.log(name, step, value)
        elif not every:
            for name, value in shown.items():
                self.sums.setdefault(name, []).append(value)

    def _end_of_epoch(self, step: int) -> None:
        for name, values in self.sums.items():
            self.log(name, step - 1, values[-1] if name == "lr" else sum(values) / len(values))
        self.sums.clear()

    @torch.no_grad()
    def _validate(self, step: int) -> bool:
        """Log the validation, and return whether to stop early."""
        p = self.p
        self.model.train(p.mode == "train-at-validation")
        x, y = self.data.val_x, self.data.val_y
        if p.mode == "train-at-validation" and y.ndim == 1:
            x, y = x[torch.argsort(y, stable=True)], y[torch.argsort(y, stable=True)]  # file by file, folder by folder
        size = p.knob("val_batch", 100)
        parts = [
            objective(p, self.model, a, b, self.teacher)[:2] for a, b in zip(x.split(size), y.split(size), strict=True)
        ]
        share = [1.0 if p.output == "sum" else len(b) for b in y.split(size)]
        value = sum(float(loss) * n for (loss, _), n in zip(parts, share, strict=True)) / len(x)
        self.log("val_loss", step, value)
        out = torch.cat([o for _, o in parts]).float()
        self.log(SCORES.get(p.family, "val_accuracy"), step, score(p, out, y))
        if p.family == "boxes":
            self.log("val_accuracy", step, accuracy(out[:, 4:], y[:, 4].long()))
        if p.knob("per_class", False):
            for c in range(CLASSES[p.family]):
                self.log(f"recall/{c}", step, (out.argmax(1) == y)[y == c].float().mean().item())
        self.waited = 0 if value < self.best - 1e-4 else self.waited + 1
        self.best = min(self.best, value)
        return bool(p.patience) and self.waited >= p.patience


MODELS = {
    "mixer": "mlp-mixer",
    "mobile": "mobilenet-tiny",
    "boxes": "single-box-detector",
    "tcn": "tcn",
    "shop": "embedding-mlp",
    "tags": "attention-pooling-tagger",
    "graph": "gcn",
    "ear": "conv1d-keyword",
    "rank": "ranknet",
    "pupil": "mlp-student",
}
LOSSES = {
    "boxes": "smooth_l1 + cross_entropy",
    "tcn": "smooth_l1",
    "shop": "mse",
    "tags": "bce",
    "rank": "pairwise_logistic",
    "pupil": "kd + cross_entropy",
}


def config_of(p: Plan) -> dict[str, Any]:
    """Return the hyper-parameters that the configuration of such a run would hold: what the person set, not what went
    wrong.
    """
    said: dict[str, Any] = {
        "model": MODELS[p.family],
        "optimizer": p.optimizer,
        "learning_rate": p.lr,
        "batch_size": p.batch,
        "num_epochs": p.epochs,
    }
    said["lr_scheduler"] = "exponential" if p.schedule == "batches-for-epochs" else p.schedule
    said |= optional_of(p, "max_grad_norm")
    if p.family in CLASSES:
        said["num_classes"] = CLASSES[p.family]
    else:
        said["loss"] = LOSSES[p.family]
    if p.family in ("mixer", "tcn", "ear"):
        said["num_layers"] = p.depth
    said["hidden_size"] = p.width
    if p.family == "boxes":
        said |= {"box_loss_weight": p.knob("box_weight", 3.0), "cls_loss_weight": p.knob("cls_weight", 1.0)}
    if p.family == "pupil":
        said |= {
            "loss": LOSSES["pupil"],
            "kd_temperature": p.knob("temperature", 3.0),
            "kd_weight": p.knob("share", 0.7),
        }
    if p.output == "sum":
        said["loss_reduction"] = "sum"
    if p.precision != "float32":
        said["precision"] = "fp16"
    if p.knob("pretrained", False):
        said |= {"pretrained": True, **({"freeze_layers": p.frozen} if p.knob("on_purpose", False) else {})}
    if p.augment or p.knob("mixup", False):
        said["augmentation"] = "mixup" if p.knob("mixup", False) else "noise+cutout"
    if p.patience:
        said["early_stopping_patience"] = p.patience
    return said


def train_plan(p: Plan, seed: int) -> Logged:
    """Train one plan."""
    return Trial(p, seed).train()
