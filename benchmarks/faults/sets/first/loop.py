"""One training loop with every fault as a knob. The fault is in what is computed, never painted into the numbers."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.sets.first import networks as nets
from sample_logs.instruments import Probe

PROBE_EVERY = 10


@dataclass(frozen=True)
class Setup:
    """Everything that a run may have different; the defaults of a family are a healthy run."""

    family: str
    lr: float = 2e-3
    optimizer: str = "adam"
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: str = "cosine"
    clip: float = 0.0
    epochs: int = 20
    batch: int = 64
    n: int = 2000
    n_val: int = 500
    noise: float = 1.9
    width: int = 64
    depth: int = 3
    activation: str = "relu"
    dropout: float = 0.0
    init: str = "default"
    norm: bool = True
    input_scale: float = 1.0
    input_shift: float = 0.0
    val_shift: float = 0.0
    labels: str = "right"
    sorted_data: bool = False
    imbalance: float = 0.0
    leak: bool = False
    zero_grad: bool = True
    left_out: str = ""
    detached: bool = False
    output: str = "logits"
    eval_mode: str = "eval"
    bn_momentum: float = 0.1
    bad_every: int = 0
    unsafe_log: bool = False
    half: bool = False
    resume_at: float = 0.0
    resume_how: str = ""
    term: float = 0.0
    wait: float = 0.0
    slow_from: float = 0.0
    memory_leak: bool = False
    stop_at: float = 1.0
    pretrained: bool = False
    smoothing: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)


DEFAULTS = {
    "mlp": Setup("mlp", n=4000, n_val=1000, epochs=10, noise=1.7),
    "cnn": Setup("cnn", lr=3e-3, epochs=10, n=1600, n_val=400, noise=0.5, width=10),
    "rnn": Setup("rnn", lr=3e-3, epochs=12, n=1600, n_val=400, width=32, clip=1.0),
    "transformer": Setup(
        "transformer", lr=3e-3, schedule="warmup-cosine", epochs=4, batch=32, n=2400, n_val=300, clip=1.0
    ),
    "autoencoder": Setup("autoencoder", lr=1e-3, epochs=12, n=1600, n_val=400, noise=0.3, width=48),
    "regression": Setup("regression", lr=3e-3, epochs=25, n=2000, n_val=500, width=48),
}


def make_data(s: Setup, seed: int) -> nets.Split:
    """Return the data of a run, with the faults of data in them."""
    if s.family == "mlp":
        data = nets.blobs(s.n, s.n_val, seed, spread=s.noise)
    elif s.family in ("cnn", "autoencoder"):
        data = nets.digits(s.n, s.n_val, seed, noise=s.noise)
    elif s.family == "rnn":
        data = nets.waves(s.n, s.n_val, seed)
    elif s.family == "transformer":
        data = nets.sentences(s.n, s.n_val, seed)
    else:
        raw = nets.heating(s.n, s.n_val, seed)
        scale = 1.0 if s.extra.get("raw_targets") else 80.0
        shift = 0.0 if s.extra.get("raw_targets") else 320.0
        data = nets.Split(raw.x, (raw.y - shift) / scale, raw.val_x, (raw.val_y - shift) / scale)
    if s.imbalance:
        kept = torch.cat(
            [
                torch.flatnonzero(data.y == c) if hasattr(torch, "flatnonzero") else (data.y == c).nonzero().flatten()
                for c in range(10)
                if c < 1
            ]
        )
        rare = [(data.y == c).nonzero().flatten()[: max(2, int((1 - s.imbalance) * 30))] for c in range(1, 10)]
        chosen = torch.cat([kept.repeat(6), *rare])
        data = nets.Split(data.x[chosen], data.y[chosen], data.val_x, data.val_y)
    if s.leak:
        data = nets.Split(data.x, data.y, data.x[: s.n_val].clone(), data.y[: s.n_val].clone())
    if s.input_scale != 1.0 or s.input_shift:
        data = nets.Split(
            data.x * s.input_scale + s.input_shift, data.y, data.val_x * s.input_scale + s.input_shift, data.val_y
        )
    if s.val_shift:
        data = nets.Split(data.x, data.y, data.val_x * (1 + s.val_shift) + s.val_shift, data.val_y)
    if s.family == "autoencoder":
        data = nets.Split(data.x, data.x, data.val_x, data.val_x)
    return data


def make_model(s: Setup) -> nn.Module:
    """Return the network of a run, with the faults of initialisation in it."""
    kinds: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "none": nn.Identity}
    activation = kinds[s.activation]
    if s.family == "mlp":
        model: nn.Module = nets.mlp([32, *[s.width] * (s.depth - 1), 10], activation)
        if s.dropout:
            model = nn.Sequential(
                *[layer for m in model for layer in ([m, nn.Dropout(s.dropout)] if isinstance(m, activation) else [m])]
            )
    elif s.family == "cnn":
        model = nets.DigitsCnn(dropout=s.dropout, width=s.width) if s.norm else nets.PlainCnn(s.width)
    elif s.family == "rnn":
        model = nets.Recurrent(
            s.width, plain="gain" in s.extra, gain=s.extra.get("gain", 1.0), linear=s.extra.get("linear", False)
        )
    elif s.family == "transformer":
        model = nets.LetterTransformer()
    elif s.family == "autoencoder":
        model = nn.Sequential(
            nn.Flatten(),
            nn.Linear(256, 2 * s.width),
            nn.ReLU(),
            nn.Linear(2 * s.width, s.width),
            nn.ReLU(),
            nn.Linear(s.width, 256),
            nn.Unflatten(1, (1, 16, 16)),
        )
    else:
        model = nets.mlp([8, s.width, s.width, 1], activation)
    _initialise(model, s)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = s.bn_momentum
    return model


def _initialise(model: nn.Module, s: Setup) -> None:
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.ndim < 2 and s.init != "negative-bias":
                continue
            if s.init == "zero":
                p.zero_()
            elif s.init == "constant":
                p.fill_(0.05)
            elif s.init.startswith("times"):
                p.mul_(float(s.init.removeprefix("times")))
            elif s.init == "he" and p.ndim > 1:
                nn.init.kaiming_normal_(p)
            elif s.init == "negative-bias" and p.ndim == 1 and "head" not in name:
                p.fill_(-4.0)


def _optimizer(model: nn.Module, s: Setup) -> torch.optim.Optimizer:
    chosen = [
        p
        for name, p in model.named_parameters()
        if not (s.left_out and any(part in name for part in s.left_out.split(",")))
    ]
    if s.left_out == "all":
        chosen = list(copy.deepcopy(model).parameters())  # the parameters of a copy: the classic slip
    if s.optimizer == "adam":
        return torch.optim.Adam(chosen, lr=s.lr, weight_decay=s.weight_decay)
    if s.optimizer == "adamw":
        return torch.optim.AdamW(chosen, lr=s.lr, weight_decay=s.weight_decay)
    return torch.optim.SGD(chosen, lr=s.lr, momentum=s.momentum, weight_decay=s.weight_decay)


def rate(s: Setup, step: int, total: int) -> float:
    """Return the factor on the learning rate at a step."""
    t = step / max(1, total)
    if s.schedule == "cosine":
        return 0.5 * (1 + float(torch.cos(torch.tensor(3.14159 * t)))) * 0.99 + 0.01
    if s.schedule == "warmup-cosine":
        return min(1.0, (step + 1) / (0.1 * total)) * rate(replace(s, schedule="cosine"), step, total)
    if s.schedule == "step":
        return 0.1 ** int(t / 0.5)
    if s.schedule == "early-zero":
        return 1.0 if t < 0.15 else 0.001
    if s.schedule == "restarts":
        return 0.5 * (1 + float(torch.cos(torch.tensor(3.14159 * ((3 * t) % 1))))) * 0.99 + 0.01
    if s.schedule == "one-cycle":
        return 0.1 + 0.9 * t / 0.3 if t < 0.3 else max(0.001, (1 - t) / 0.7)
    if s.schedule == "linear":
        return max(0.001, 1 - t)
    return 1.0


class Run:
    """Trains one setup and keeps what it logs."""

    def __init__(self, s: Setup, seed: int) -> None:
        torch.manual_seed(seed)
        self.s, self.logged = s, {}
        self.data, self.model = make_data(s, seed), make_model(s)
        if s.pretrained:
            self._pretrain(seed)
        self.optimizer = _optimizer(self.model, s)
        self.scale = 2.0**16
        self.kept: list[Tensor] = []
        self.offset, self.resumed = 0, False

    def _pretrain(self, seed: int) -> None:
        other = Run(
            replace(self.s, pretrained=False, lr=DEFAULTS[self.s.family].lr, epochs=4, left_out="", noise=0.4),
            seed + 1000,
        )
        other.train()
        self.model.load_state_dict(other.model.state_dict())

    def log(self, name: str, step: int, value: float) -> None:
        """Keep one value."""
        steps, values = self.logged.setdefault(name, ([], []))
        steps.append(step + self.offset)
        values.append(float(value))

    def train(self) -> Logged:
        """Train and return what was logged."""
        s, data = self.s, self.data
        count = len(data.x)
        per_epoch = count // s.batch
        total = per_epoch * s.epochs
        end = int(total * s.stop_at)
        probe = Probe(self.model)
        resume_step, saved = (int(total * s.resume_at), None) if s.resume_at else (-1, None)
        step = 0
        while step < end:
            i = step % per_epoch
            if i == 0 or step == 0:
                order = torch.arange(count) if s.sorted_data else torch.randperm(count)
                if s.sorted_data:
                    order = torch.argsort(data.y, stable=True)
                targets = data.y[torch.randperm(count)] if s.labels == "shuffled" else data.y
            if step == int(resume_step * 0.6) and saved is None:
                saved = copy.deepcopy(self.model.state_dict())
            if step == resume_step and s.resume_how:
                self._resume(saved)
                resume_step = -2
            chosen = order[i * s.batch : (i + 1) * s.batch]
            self._step(data.x[chosen], targets[chosen], step, total, probe)
            step += 1
            if step % per_epoch == 0 or step == end:
                self._validate(step - 1)
        return self.logged

    def _resume(self, saved: dict[str, Tensor] | None) -> None:
        """Come back wrongly, ten steps earlier: with the weights of long ago, or with an optimizer that has forgotten
        and a rate twenty times too high.
        """
        if self.s.resume_how == "old-weights" and saved is not None:
            self.model.load_state_dict(saved)
        self.optimizer = _optimizer(self.model, self.s)
        self.resumed, self.offset = True, -10

    def _outputs(self, x: Tensor) -> Tensor:
        out = self.model(x)
        if self.s.output == "softmax":
            return out.softmax(1)
        return out

    def _loss(self, out: Tensor, y: Tensor) -> Tensor:
        s = self.s
        if s.family in ("regression", "autoencoder"):
            return F.mse_loss(out, y)
        if s.output == "nll-of-probabilities":
            return F.nll_loss(out.softmax(1), y)
        if s.unsafe_log:
            return -torch.log(out.softmax(1).gather(1, y[:, None])).mean()
        return F.cross_entropy(out, y, label_smoothing=s.smoothing)

    def _step(self, x: Tensor, y: Tensor, step: int, total: int, probe: Probe) -> None:
        s = self.s
        begun = time.perf_counter()
        waited = self._fetch(step, total)
        if s.bad_every and step % s.bad_every == s.bad_every - 1:
            x, y = x * 60.0 if x.is_floating_point() else torch.randint_like(x, 0, 20), y.flip(0)
        for group in self.optimizer.param_groups:
            group["lr"] = s.lr * rate(s, step, total) * (20 if self.resumed and s.resume_how == "no-state" else 1)
        measuring = step % PROBE_EVERY == 0
        if measuring:
            probe.begin()
        self.model.train()
        if s.zero_grad:
            self.model.zero_grad()
        out = self._outputs(x)
        loss = self._loss(out, y)
        if s.term:
            data_term, reg = loss, s.term * sum(p.square().sum() for p in self.model.parameters() if p.ndim > 1)
            self.log("loss_data", step, data_term.item())
            self.log("loss_l2", step, float(reg))
            loss = data_term + reg
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), s.clip or float("inf"))
        self.log("loss", step, loss.item())
        self.log("grad_norm", step, norm.item())
        self.log("lr", step, self.optimizer.param_groups[0]["lr"])
        if s.family not in ("regression", "autoencoder", "transformer"):
            self.log("accuracy", step, (out.argmax(1) == y).float().mean().item())
        if self._half_overflows(step):
            return
        self.optimizer.step()
        if measuring:
            for name, value in probe.end().items():
                self.log(name, step, value)
        if s.memory_leak:
            self.kept.append(torch.empty(0))
        if s.wait or s.slow_from or s.memory_leak or s.extra.get("timed"):
            self.log("step_time", step, time.perf_counter() - begun)
            self.log("data_time", step, waited)
            self.log("memory", step, 500.0 + (1.3 * len(self.kept) if s.memory_leak else 0.0) + float(torch.rand(1)))

    def _fetch(self, step: int, total: int) -> float:
        """Wait as a slow loader or a slow machine would."""
        begun = time.perf_counter()
        if self.s.wait:
            time.sleep(self.s.wait)
        waited = time.perf_counter() - begun
        if self.s.slow_from and step > self.s.slow_from * total:
            time.sleep(0.002)
        if self.s.extra.get("timed"):
            time.sleep(0.002)
        return waited

    def _half_overflows(self, step: int) -> bool:
        """A loss scaler over gradients in half precision: overflow halves the scale and skips the step."""
        if not self.s.half:
            return False
        biggest = max((float(p.grad.abs().max()) for p in self.model.parameters() if p.grad is not None), default=0.0)
        overflow = (
            biggest * self.scale * self.s.extra.get("grad_scale", 1.0) * (1.0 + step / 40.0) ** 4 > 65504.0
            or biggest != biggest
        )
        self.log("loss_scale", step, self.scale)
        if overflow:
            self.scale /= 2
        return overflow

    @torch.no_grad()
    def _validate(self, step: int) -> None:
        s, data = self.s, self.data
        self.model.train(s.eval_mode == "train")
        out = self._outputs(data.val_x)
        self.log("val_loss", step, self._loss(out, data.val_y).item())
        if s.family not in ("regression", "autoencoder", "transformer"):
            right = (out.argmax(1) == data.val_y).float()
            self.log("val_accuracy", step, right.mean().item())
            if s.imbalance or s.extra.get("per_class"):
                for c in range(10):
                    self.log(f"class_acc/{c}", step, right[data.val_y == c].mean().item())


def config_of(s: Setup) -> dict[str, Any]:
    """Return the hyper-parameters that such a run would have in its configuration: what the person set, not what went
    wrong.
    """
    said: dict[str, Any] = {
        "optimizer": s.optimizer,
        "lr": s.lr,
        "batch_size": s.batch,
        "epochs": s.epochs,
        "model": s.family,
    }
    if s.optimizer == "sgd":
        said["momentum"] = s.momentum
    for name in ("weight_decay", "dropout", "clip"):
        value = getattr(s, name)
        if value:
            said["grad_clip" if name == "clip" else name] = value
    if s.family in ("mlp", "cnn"):
        said["num_classes"] = 10
    if s.family == "rnn":
        said["num_classes"] = 4
    if s.family == "transformer":
        said |= {"model": "gpt", "vocab_size": 28}
    if s.family in ("regression", "autoencoder"):
        said["loss"] = "mse"
    if s.pretrained:
        said["pretrained"] = True
    if s.pretrained and s.left_out:
        said["freeze_backbone"] = True
    return said


def setup(family: str, **changes: Any) -> Setup:
    """Return the defaults of a family with some knobs turned."""
    known = {f.name for f in fields(Setup)}
    extra = {k: v for k, v in changes.items() if k not in known}
    return replace(
        DEFAULTS[family], **{k: v for k, v in changes.items() if k in known}, extra={**DEFAULTS[family].extra, **extra}
    )


def train(s: Setup, seed: int) -> Logged:
    """Train one setup."""
    return Run(s, seed).train()
