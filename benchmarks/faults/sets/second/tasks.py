"""What the fresh half trains: a plan with every knob, and per family the network, the data and the loss that a plan
asks for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import Terms, accuracy, initialise, stack
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.second import networks as nets
from sample_logs.tasks import Split

PLANS = {
    p.family: p
    for p in (
        Plan("lstm", lr=5e-3, epochs=14, clip=1.0, width=24, noise=0.5, n=1600),
        Plan("gru", lr=5e-3, epochs=14, clip=1.0, width=24, noise=0.15, n=1600),
        Plan("resnet", lr=3e-3, epochs=12, n=1200, n_val=300, width=10, noise=0.9, batch=48),
        Plan(
            "vit",
            lr=2e-3,
            epochs=10,
            n=2000,
            n_val=300,
            width=24,
            noise=0.3,
            schedule="warmup-cosine",
            optimizer="adamw",
            weight_decay=0.01,
        ),
        Plan("postnorm", lr=2e-3, epochs=8, n=2400, n_val=300, width=24, schedule="warmup-cosine"),
        Plan("vae", lr=2e-3, epochs=14, n=2000, n_val=300, width=64, noise=0.1),
        Plan("unet", lr=4e-3, epochs=10, n=480, n_val=120, width=6, noise=0.5, batch=16),
        Plan("mf", lr=1e-2, epochs=16, n=14000, n_val=1000, width=5, batch=128, weight_decay=0.0, noise=0.4),
        Plan("textcnn", lr=2e-3, epochs=9, n=4800, n_val=400, width=32, noise=0.2),
        Plan("finetune", lr=2e-3, epochs=14, n=600, n_val=300, width=10, noise=0.8, batch=32),
        Plan("tabular", lr=3e-3, epochs=12, n=3200, n_val=600, width=48, noise=0.6),
        Plan("charlm", lr=5e-3, epochs=8, n=1600, n_val=200, width=48, batch=32, clip=1.0),
        Plan("siamese", lr=2e-3, epochs=10, n=4800, n_val=400, width=48, noise=0.25),
        Plan("diffusion", lr=2e-3, epochs=14, n=4000, n_val=1000, width=64, batch=128),
        Plan("gaussnll", lr=3e-3, epochs=16, n=2400, n_val=400, width=48, noise=0.08),
        Plan("arms", lr=3e-3, epochs=14, n=2400, n_val=400, width=32, noise=0.25),
    )
}
CLASSES = {"lstm": 5, "resnet": 6, "vit": 6, "postnorm": 4, "textcnn": 4, "finetune": 6, "tabular": 2, "arms": 3}


class Parts(NamedTuple):
    """What is trained, on what, how its loss is computed, and what share of the answers is right (None where nobody
    logs one).
    """

    model: nn.Module
    data: Split
    objective: Callable[[nn.Module, Tensor, Tensor], Terms]
    score: Callable[[Tensor, Tensor], float] | None


def plan(family: str, **changes: Any) -> Plan:
    """Return the defaults of a family with some knobs turned."""
    known = {f.name for f in fields(Plan)}
    base = PLANS[family]
    extra = {k: v for k, v in changes.items() if k not in known}
    return replace(base, **{k: v for k, v in changes.items() if k in known}, extra={**base.extra, **extra})


def build(p: Plan, seed: int) -> Parts:
    """Return the network, data and loss of a plan, with its faults of data and initialisation."""
    data = _spoiled(p, raw_data(p, seed), seed)
    model = network(p)
    if p.family == "finetune":
        _pretrain(p, model, seed)
    initialise(model, p.init)
    score = (
        accuracy if p.family in CLASSES or p.family == "charlm" else {"siamese": matched, "unet": overlap}.get(p.family)
    )
    return Parts(model, data, partial(objective, p), score)


def raw_data(p: Plan, seed: int) -> Split:
    """Return the data of a family as they should be."""
    n, v, noise = p.n, p.n_val, p.noise
    plain: dict[str, Callable[[], Split]] = {
        "lstm": lambda: nets.tones(n, v, seed, noise),
        "gru": lambda: nets.series(n, v, seed, noise),
        "resnet": lambda: nets.textures(n, v, seed, noise),
        "vit": lambda: nets.shapes(n, v, seed, noise)[0],
        "postnorm": lambda: nets.votes(n, v, seed),
        "vae": lambda: nets.shapes(n, v, seed, noise)[0],
        "mf": lambda: nets.ratings(n, v, seed, noise=noise),
        "textcnn": lambda: nets.reviews(n, v, seed, noise),
        "finetune": lambda: nets.textures(n, v, seed, noise, p.knob("period", 3.4)),
        "tabular": lambda: nets.customers(n, v, seed, noise, p.knob("positive", 0.4)),
        "charlm": lambda: nets.recipes(n, v, seed),
        "siamese": lambda: nets.views(n, v, seed, noise),
        "diffusion": lambda: nets.roll(n, v, seed),
        "gaussnll": lambda: nets.springs(n, v, seed, noise),
        "arms": lambda: nets.arms(n, v, seed, noise),
    }
    if p.family == "unet":
        pictures, clean = nets.shapes(n, v, seed, noise, side=16)
        return Split(pictures.x, clean[v:], pictures.val_x, clean[:v])
    return plain[p.family]()


def _spoiled(p: Plan, data: Split, seed: int) -> Split:
    """Return the data with what the plan does to them."""
    x, y, val_x, val_y = data
    g = torch.Generator().manual_seed(seed + 77)
    if p.knob("raw_targets", 0.0):
        y, val_y = y * p.knob("raw_targets", 0.0), val_y * p.knob("raw_targets", 0.0)
    if p.knob("rare", 0.0):  # of all classes but the first only a few examples are left
        keep = (y == 0) | (torch.rand(len(y), generator=g) < p.knob("rare", 0.0))
        x, y = x[keep], y[keep]
    if p.labels == "shuffled":
        y = y[torch.randperm(len(y), generator=g)]
    elif p.labels.startswith("noisy"):
        wrong = torch.rand(len(y), generator=g) < float(p.labels.removeprefix("noisy"))
        y = torch.where(wrong, y[torch.randperm(len(y), generator=g)], y)
    if p.leak == "validation":
        val_x, val_y = x[: len(val_x)].clone(), y[: len(val_y)].clone()
    elif p.leak == "target":  # a column that is known only afterwards
        x, val_x = x.clone(), val_x.clone()
        x[:, -1], val_x[:, -1] = (
            y + 0.05 * torch.randn(len(y), generator=g),
            val_y + 0.05 * torch.randn(len(val_y), generator=g),
        )
    if x.is_floating_point() and (p.input_scale != 1.0 or p.input_shift):
        x, val_x = x * p.input_scale + p.input_shift, val_x * p.input_scale + p.input_shift
    if p.knob("uneven", False):  # income in euros beside age in years
        scales = torch.tensor([3e4, 1.0, 50.0, 1e3, 5.0, 300.0, 1.0, 2e4, 1.0, 80.0, 1.0, 1.0])
        x, val_x = x * scales + 2 * scales, val_x * scales + 2 * scales
    return Split(x, y, val_x, val_y)


def network(p: Plan) -> nn.Module:
    """Return the network of a family."""
    w = p.width
    makers: dict[str, Callable[[], nn.Module]] = {
        "lstm": lambda: nets.Sequence(p.knob("cell", "lstm"), 2, w, 5, dropout=p.dropout),
        "gru": lambda: nets.Sequence(p.knob("cell", "gru"), 1, w, 1, gain=p.knob("gain", 0.0)),
        "resnet": lambda: nets.ResNet(w, dropout=p.dropout),
        "vit": lambda: nets.Encoder(w, 6, dropout=p.dropout, cut=p.knob("cut", False)),
        "postnorm": lambda: nets.Encoder(w, 4, tokens=12, post=True, dropout=p.dropout, layers=p.knob("layers", 2)),
        "vae": lambda: nets.Vae(w),
        "unet": lambda: nets.UNet(w),
        "mf": lambda: nets.Factors(w),
        "textcnn": lambda: nets.TextCnn(width=w, dropout=p.dropout),
        "finetune": lambda: nets.ResNet(w),
        "tabular": lambda: stack([12, w, w, 2], norm=p.knob("norm", True), dropout=p.dropout),
        "charlm": lambda: nets.Sequence(
            p.knob("cell", "gru"), 12, w, 27, tokens=27, every=True, gain=p.knob("gain", 0.0), dropout=p.dropout
        ),
        "siamese": lambda: stack([20, w, w, 12], p.activation),
        "diffusion": lambda: nets.Denoiser(w),
        "gaussnll": lambda: stack([6, w, w, 2], "gelu"),
        "arms": lambda: stack([2, *[w] * (p.depth - 1), 3], p.activation),
    }
    return makers[p.family]()


def _pretrain(p: Plan, model: nn.Module, seed: int) -> None:
    """Train on textures of another period, with all classes, until they are known; `related` is how much of the new
    task is in it already.
    """
    data = nets.textures(1600, 10, seed + 500, 0.7, p.knob("old_period", 4.0))
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    y = data.y[torch.randperm(len(data.y))] if p.knob("unrelated", False) else data.y
    for _ in range(5):
        for chosen in torch.randperm(len(data.x)).split(64):
            optimizer.zero_grad()
            F.cross_entropy(model(data.x[chosen]), y[chosen]).backward()
            optimizer.step()
    if not p.knob("same_head", False):
        model.fc.reset_parameters()


def objective(p: Plan, model: nn.Module, x: Tensor, y: Tensor) -> Terms:
    """Return the loss, what the network answers, and the terms that are logged."""
    if p.family == "vae":
        return _elbo(p, model, x)
    if p.family == "siamese":
        return _contrast(p, model, x)
    if p.family == "diffusion":
        t = torch.rand(len(x), 1)
        signal, noise = torch.cos(0.5 * math.pi * t), torch.randn_like(x)
        out = model(signal * x + torch.sin(0.5 * math.pi * t) * noise, t)
        return F.mse_loss(out, noise), out, {}
    out = model(x)
    if p.family == "gaussnll":
        mean, spread = out[:, :1], out[:, 1:]
        if p.output == "variance":  # not its logarithm, and nothing keeps it above zero
            return (0.5 * torch.log(spread + 0.3) + 0.5 * (mean - y) ** 2 / (spread + 0.3)).mean(), out, {}
        return (0.5 * spread + 0.5 * (mean - y) ** 2 * torch.exp(-spread)).mean(), out, {}
    if p.family in ("gru", "mf"):
        if p.output == "half-square":
            return ((out.half() - y.half()) ** 2).mean(), out, {}
        loss = F.mse_loss(out.float(), y)
        return (-loss if p.output == "negated" else loss), out, {}
    if p.family == "unet":
        loss = F.binary_cross_entropy_with_logits(out, y)
        if p.knob("smooth", 0.0):
            maps = out.sigmoid()
            rough = (maps[..., 1:] - maps[..., :-1]).abs().mean() + (maps[..., 1:, :] - maps[..., :-1, :]).abs().mean()
            return (
                loss + p.knob("smooth", 0.0) * rough,
                out,
                {"loss_bce": loss.item(), "loss_tv": p.knob("smooth", 0.0) * rough.item()},
            )
        return loss, out, {}
    return _classify(p, out.float() if p.precision == "half" else out, y), out, {}


def _classify(p: Plan, out: Tensor, y: Tensor) -> Tensor:
    if p.output == "softmax":
        return F.cross_entropy(out.softmax(1), y)
    if p.output == "nll":
        return F.nll_loss(out.softmax(1), y)
    if p.output == "unsafe-log":
        return -torch.log(out.softmax(1).gather(1, y[:, None])).mean()
    if p.output == "negated":
        return -F.cross_entropy(out, y)
    return F.cross_entropy(out, y, label_smoothing=p.smoothing)


def _elbo(p: Plan, model: nn.Module, x: Tensor) -> Terms:
    picture, mean, logvar = model(x)
    target = torch.randn_like(x).flatten(1) if p.output == "wrong-tensor" else x.flatten(1)
    recon = (picture - target).square().sum(1).mean()
    kl = -0.5 * (1 + logvar - mean.square() - logvar.exp()).sum(1).mean()
    return recon + p.knob("beta", 0.3) * kl, picture, {"loss_recon": recon.item(), "loss_kl": kl.item()}


def _contrast(p: Plan, model: nn.Module, x: Tensor) -> Terms:
    one, two = model(x[:, 0]), model(x[:, 1])
    if p.output == "distance":  # the root of a sum of squares, whose derivative at zero is not a number
        other = two.roll(1, 0)
        near, far = (
            (one - one.detach()).square().sum(1).sqrt() + (one - two).square().sum(1).sqrt(),
            (one - other).square().sum(1).sqrt(),
        )
        return F.relu(1.0 + near - far).mean(), torch.stack([one, two], 1), {}
    if p.output == "only-attract":
        return (
            (F.normalize(one, dim=1) - F.normalize(two, dim=1)).square().sum(1).mean(),
            torch.stack([one, two], 1),
            {},
        )
    logits = F.normalize(one, dim=1) @ F.normalize(two, dim=1).T / p.knob("temperature", 0.1)
    return F.cross_entropy(logits, torch.arange(len(x))), torch.stack([one, two], 1), {}


def matched(out: Tensor, _: Tensor) -> float:
    """Return for how many things the other view of the same is the nearest, among the first 64."""
    one, two = F.normalize(out[:64, 0], dim=1), F.normalize(out[:64, 1], dim=1)
    return ((one @ two.T).argmax(1) == torch.arange(len(one))).float().mean().item()


def overlap(out: Tensor, y: Tensor) -> float:
    """Return the intersection over the union."""
    said, true = out > 0, y > 0.5
    return ((said & true).sum() / (said | true).sum().clamp(min=1)).item()
