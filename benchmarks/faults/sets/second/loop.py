"""The training loop of the fresh half. Layer statistics come from the hook that users have, through its own files."""

from __future__ import annotations

import copy
import math
import time
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.networks import initialise
from benchmarks.faults.kit.optimizers import factor, make_optimizer
from benchmarks.faults.kit.plan import Plan, optional_of, plan_with
from benchmarks.faults.kit.watched import Watched, resident
from benchmarks.faults.sets.second.tasks import CLASSES, Parts, build, network, raw_data


class FreshRun:
    """Trains one plan and keeps what it logs."""

    def __init__(self, p: Plan, seed: int) -> None:
        torch.manual_seed(seed)
        self.p, self.seed, self.logged = p, seed, {}
        self.parts: Parts = build(p, seed)
        self.model = self.parts.model
        for name, q in self.model.named_parameters():
            if p.frozen and name.startswith(tuple(p.frozen.split(","))):
                q.requires_grad_(False)
        if p.precision == "half":
            self.model.half()
        self.optimizer = make_optimizer(self.model, p)
        self.scaler = torch.amp.GradScaler("cpu") if p.precision == "float16" else None
        self.kept: list[Tensor] = []
        self.watched = Watched()
        self.watched.begin(self.model, self.optimizer, scaler=self.scaler)
        self.restarted_at = 0
        self.best, self.waited = math.inf, 0

    def log(self, name: str, step: int, value: float) -> None:
        """Keep one value."""
        steps, values = self.logged.setdefault(name, ([], []))
        steps.append(step)
        values.append(float(value))

    def train(self) -> Logged:
        """Train and return what was logged, layers included."""
        p, data = self.p, self.parts.data
        harder = (
            raw_data(plan_with(p, noise=p.knob("later_noise", 0.0)), self.seed) if p.knob("later_noise", 0.0) else None
        )
        if harder is not None:  # what counts in the end is validated from the start
            self.parts = self.parts._replace(data=harder)
        per_epoch = max(1, len(data.x) // p.batch)
        total = per_epoch * p.epochs
        resume_at, saved = int(total * p.resume_at) if p.resume_how else -1, None
        step = 0
        while step < int(total * p.stop_at):
            i = step % per_epoch
            if i == 0 or step == 0:
                order = torch.argsort(data.y, stable=True) if p.sorted_data else torch.randperm(len(data.x))
                if harder is not None and step * 2 >= total:
                    data, harder = harder, None
            if resume_at > 0 and step == int(0.8 * resume_at) and saved is None:
                saved = (step, copy.deepcopy(self.model.state_dict()), copy.deepcopy(self.optimizer.state_dict()))
            if step == resume_at and saved is not None:
                step, resume_at = self._resume(step, saved), -1
                continue
            chosen = order[i * p.batch : (i + 1) * p.batch]
            self._step(data.x[chosen], data.y[chosen], step, total)
            step += 1
            if step % per_epoch == 0 and self._validate(step - 1):
                break
        return {**self.logged, **self.watched.read()}

    def _resume(self, step: int, saved: tuple[int, dict[str, Tensor], dict[str, Any]]) -> int:
        """Come back after a crash, as the plan says, and return at which step."""
        p, (at, weights, state) = self.p, saved
        if p.resume_how == "legit":  # everything as it was at the checkpoint, whose steps are then done again
            self.model.load_state_dict(weights)
            self.optimizer.load_state_dict(state)
            self.watched.begin(self.model, self.optimizer, step=at)
            return at
        if p.resume_how == "new-weights":  # the names of the checkpoint did not fit, and strict was off
            fresh = network(p)
            initialise(fresh, p.init)
            self.model.load_state_dict(fresh.state_dict())
        else:
            self.restarted_at = step  # neither optimizer nor schedule were in the checkpoint
        self.optimizer = make_optimizer(self.model, p)
        self.watched.begin(self.model, self.optimizer, step=step)
        return step

    def _batch(self, x: Tensor, y: Tensor, step: int, total: int) -> tuple[Tensor, Tensor]:
        p = self.p
        if p.augment and x.is_floating_point():
            x = x + p.augment * torch.randn_like(x)
            if x.ndim == 4:
                x = x.roll(int(torch.randint(-2, 3, (1,))), 3)
        spiking = p.spike_at and abs(step - int(total * p.spike_at)) <= 1
        if spiking or (p.bad_every and step % p.bad_every == p.bad_every - 1):
            if p.family == "mf":
                return x, torch.full_like(y, 99.0)  # the code of "not known"
            y = (
                40.0 * y.roll(7, 0) if p.family == "gru" else y.roll(7, 0)
            )  # of a series both come from the broken sensor
            return (x * 40.0 if x.is_floating_point() else x[:, torch.randperm(x.shape[1])]), y
        return x, y

    def _step(self, x: Tensor, y: Tensor, step: int, total: int) -> None:
        p = self.p
        begun = time.perf_counter()
        if p.wait:
            time.sleep(p.wait * (0.5 + torch.rand(1, generator=torch.Generator().manual_seed(step)).item()))
        x, y = self._batch(x, y, step, total)
        waited = time.perf_counter() - begun
        for group in self.optimizer.param_groups:
            group["lr"] = p.lr * factor(p, (step - self.restarted_at) / total)
        self.model.train()
        if p.zero_grad:
            self.model.zero_grad()
        loss = self._backward(x, y, step)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), p.clip or math.inf)
        self.log("loss", step, loss.item())
        self.log("lr", step, self.optimizer.param_groups[0]["lr"])
        self.log("grad_norm", step, norm.item())
        if self.scaler is not None:
            self.log("loss_scale", step, self.scaler.get_scale())
            self.scaler.step(self.optimizer)
            self.scaler.update()
        else:
            self.optimizer.step()
        if p.kept:
            self.kept.append(torch.ones(p.kept))
        if p.slow_from and step > p.slow_from * total:
            time.sleep(1.2 * (time.perf_counter() - begun))  # the clock of the machine goes down
        if p.timed:
            self.log("step_time", step, time.perf_counter() - begun)
            self.log("data_time", step, waited)
            self.log("memory", step, resident())

    def _backward(self, x: Tensor, y: Tensor, step: int) -> Tensor:
        p = self.p
        if p.precision == "half" and x.is_floating_point():
            x = x.half()
        dtype = {"float16": torch.float16, "bfloat16": torch.bfloat16}.get(p.precision)
        with torch.autocast("cpu", dtype=dtype, enabled=dtype is not None):
            loss, out, terms = self.parts.objective(self.model, x, y)
        for name, value in terms.items():
            self.log(name, step, value)
        if p.family in CLASSES and self.parts.score:
            self.log("accuracy", step, self.parts.score(out.detach(), y))
        if self.scaler is not None:
            self.scaler.scale(loss).backward()
            self.scaler.unscale_(self.optimizer)
        elif not p.knob("no_backward", False):
            loss.backward()
        return loss.detach()

    @torch.no_grad()
    def _validate(self, step: int) -> bool:
        """Log the validation, and return whether to stop early."""
        p, data = self.p, self.parts.data
        self.model.train(p.mode == "train-at-validation")
        x = data.val_x.half() if p.precision == "half" and data.val_x.is_floating_point() else data.val_x
        y = data.val_y
        if p.mode == "train-at-validation" and y.ndim == 1:  # in the order of the classes, as files lie in folders
            x, y = x[torch.argsort(y, stable=True)], y[torch.argsort(y, stable=True)]
        batches = list(zip(x.split(p.knob("val_batch", 64)), y.split(p.knob("val_batch", 64)), strict=True))
        losses, outs = [], []
        for bx, by in batches:
            loss, out, _ = self.parts.objective(self.model, bx, by)
            losses.append(float(loss) * len(bx))
            outs.append(out)
        value = sum(losses) / len(x)
        self.log("val_loss", step, value)
        out = torch.cat(outs)
        if self.parts.score:
            self.log("val_iou" if p.family == "unet" else "val_accuracy", step, self.parts.score(out, y))
        if p.knob("per_class", False):
            for c in range(CLASSES[p.family]):
                self.log(f"class_acc/{c}", step, (out.argmax(1) == y)[y == c].float().mean().item())
        self.waited = 0 if value < self.best - 1e-4 else self.waited + 1
        self.best = min(self.best, value)
        return bool(p.patience) and self.waited >= p.patience


def config_of(p: Plan) -> dict[str, Any]:
    """Return the hyper-parameters that the configuration of such a run would hold: what the person set, not what went
    wrong.
    """
    said: dict[str, Any] = {
        "model": p.family,
        "optimizer": p.optimizer,
        "lr": p.lr,
        "batch_size": p.batch,
        "epochs": p.epochs,
        "scheduler": p.schedule,
    }
    said |= optional_of(p, "grad_clip")
    if p.family in CLASSES:
        said["num_classes"] = CLASSES[p.family]
    elif p.family == "charlm":
        said |= {"model": "char-gru", "vocab_size": 27, "block_size": 24}
    elif p.family in ("gru", "mf", "diffusion"):
        said["loss"] = "mse"
    elif p.family in ("gaussnll", "siamese", "vae", "unet"):
        said["loss"] = {"gaussnll": "gaussian_nll", "siamese": "info_nce", "vae": "elbo", "unet": "bce_with_logits"}[
            p.family
        ]
    if p.family == "vae":
        said["kl_weight"] = p.knob("beta", 0.3)
    if p.family == "unet" and p.knob("smooth", 0.0):
        said["tv_weight"] = p.knob("smooth", 0.0)
    if p.precision != "float32":
        said["precision"] = {"float16": "16-mixed", "bfloat16": "bf16-mixed", "half": "16-true"}[p.precision]
    if p.family == "finetune":
        said |= {"pretrained": True, **({"freeze_backbone": True} if p.knob("on_purpose", False) else {})}
    if p.patience:
        said["early_stopping_patience"] = p.patience
    return said


def train_plan(p: Plan, seed: int) -> Logged:
    """Train one plan."""
    return FreshRun(p, seed).train()
