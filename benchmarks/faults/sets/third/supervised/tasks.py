"""What the third half trains: the healthy plan of every family, and the network, the data and the loss that a plan asks
for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import Terms, accuracy, initialise
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.third.supervised import data
from benchmarks.faults.sets.third.supervised import networks as nets
from sample_logs.tasks import Split

# How people log each of these: every so many steps (0: means of epochs), validated every so many epochs, and what
# beside the loss.
LOG: dict[str, dict[str, Any]] = {
    "mixer": {"every": 5, "val": 1.0, "shows": ("lr", "grad_norm", "accuracy")},
    "mobile": {"every": 0, "val": 1.0, "shows": ("lr", "accuracy")},
    "boxes": {"every": 10, "val": 1.0, "shows": ("grad_norm", "terms")},
    "tcn": {"every": 1, "val": 0.5, "shows": ("lr", "grad_norm")},
    "shop": {"every": 20, "val": 1.0, "shows": ("lr",)},
    "tags": {"every": 10, "val": 0.5, "shows": ("grad_norm",)},
    "graph": {"every": 1, "val": 1.0, "shows": ("accuracy",)},
    "ear": {"every": 1, "val": 1.0, "shows": ("lr", "grad_norm", "accuracy")},
    "rank": {"every": 50, "val": 2.0, "shows": ("lr",)},
    "pupil": {"every": 2, "val": 1.0, "shows": ("lr", "terms", "accuracy")},
}
PLANS = {
    p.family: p
    for p in (
        Plan(
            "mixer",
            lr=3e-3,
            optimizer="adamw",
            weight_decay=0.02,
            schedule="warmup-cosine",
            epochs=12,
            batch=50,
            n=1500,
            n_val=400,
            noise=1.2,
            width=32,
            depth=2,
        ),
        Plan(
            "mobile",
            lr=0.02,
            optimizer="sgd",
            weight_decay=5e-4,
            schedule="multistep",
            epochs=14,
            batch=40,
            n=1200,
            n_val=300,
            noise=0.5,
            width=8,
        ),
        Plan(
            "boxes", lr=4e-3, schedule="linear", epochs=20, batch=32, n=1400, n_val=300, noise=0.1, width=10, clip=10.0
        ),
        Plan(
            "tcn",
            lr=4e-3,
            schedule="one-cycle",
            epochs=8,
            batch=32,
            n=1600,
            n_val=400,
            noise=0.15,
            width=20,
            depth=4,
            clip=1.0,
        ),
        Plan(
            "shop",
            lr=5e-3,
            optimizer="adamw",
            weight_decay=0.05,
            schedule="exponential",
            epochs=12,
            batch=100,
            n=6000,
            n_val=1000,
            noise=0.3,
            width=48,
            depth=2,
        ),
        Plan(
            "tags", lr=1e-2, schedule="linear", epochs=7, batch=48, n=3600, n_val=500, noise=0.45, width=24, dropout=0.2
        ),
        Plan(
            "graph",
            lr=2e-2,
            weight_decay=5e-4,
            schedule="constant",
            epochs=120,
            batch=250,
            n=250,
            n_val=250,
            noise=3.0,
            width=24,
            depth=2,
            dropout=0.4,
        ),
        Plan("ear", lr=3e-3, schedule="poly", epochs=10, batch=36, n=1440, n_val=360, noise=0.6, width=10, depth=4),
        Plan(
            "rank",
            lr=3e-3,
            optimizer="rmsprop",
            schedule="inverse-root",
            epochs=24,
            batch=16,
            n=900,
            n_val=250,
            noise=0.3,
            width=32,
            depth=2,
        ),
        Plan(
            "pupil", lr=5e-3, schedule="cosine", epochs=20, batch=64, n=1800, n_val=500, noise=0.75, width=24, depth=2
        ),
    )
}
CLASSES = {"mixer": 8, "mobile": 6, "graph": 5, "ear": 6, "pupil": 7}
SCORES = {"boxes": "val_iou", "tcn": "val_mae", "shop": "val_rmse", "tags": "val_f1", "rank": "val_ndcg"}


def plan(family: str, **changes: Any) -> Plan:
    """Return the healthy plan of a family with some knobs turned."""
    known = {f.name for f in fields(Plan)}
    own = {k: v for k, v in changes.items() if k not in known}
    return replace(PLANS[family], **{k: v for k, v in changes.items() if k in known}, extra={**LOG[family], **own})


def build(p: Plan, seed: int) -> tuple[nn.Module, Split, nn.Module | None]:
    """Return the network, the data, and the teacher where there is one."""
    g = torch.Generator().manual_seed(seed + 31)
    if p.family == "graph":
        graph = data.papers(p.n, p.n_val, seed, p.noise)
        split = graph.nodes
        model: nn.Module = nets.GraphNet(
            graph.features * p.input_scale + p.input_shift,
            graph.links,
            p.width,
            p.depth,
            p.dropout,
            raw=p.knob("raw", False),
        )
    else:
        split, model = raw_data(p, seed), network(p)
    initialise(model, p.init)
    if p.knob("pretrained", False):
        _pretrain(model, seed)
    teacher = _teacher(p, seed) if p.family == "pupil" else None
    return model, _spoiled(p, split, g), teacher


def raw_data(p: Plan, seed: int) -> Split:
    """Return the data of a family as they should be."""
    n, v, noise = p.n, p.n_val, p.noise
    makers: dict[str, Callable[[], Split]] = {
        "mixer": lambda: data.stamps(n, v, seed, noise),
        "mobile": lambda: data.signs(n, v, seed, noise),
        "boxes": lambda: data.scenes(n, v, seed, noise),
        "tcn": lambda: data.loads(n, v, seed, noise),
        "shop": lambda: data.sales(n, v, seed, noise),
        "tags": lambda: data.posts(n, v, seed, noise, 0.9),
        "ear": lambda: data.sounds(n, v, seed, noise),
        "rank": lambda: data.searches(n, v, seed, noise),
        "pupil": lambda: data.sensors(n, v, seed, noise),
    }
    return makers[p.family]()


def network(p: Plan) -> nn.Module:
    """Return the network of a family, but for that of a graph, which holds its data."""
    w, cut = p.width, p.knob("cut", False)
    makers: dict[str, Callable[[], nn.Module]] = {
        "mixer": lambda: nets.Mixer(w, p.depth, p.dropout, cut=cut),
        "mobile": lambda: nets.Mobile(w, p.dropout, p.knob("bn_momentum", 0.1)),
        "boxes": lambda: nets.Finder(w, p.activation, cut=cut),
        "tcn": lambda: nets.Causal(w, p.depth, p.activation, dropout=p.dropout),
        "shop": lambda: nets.Shop(
            w, norm=p.knob("norm", True), dropout=p.dropout, depth=p.depth, activation=p.activation
        ),
        "tags": lambda: nets.Tagger(w, p.dropout),
        "ear": lambda: nets.Ear(w, p.depth, p.activation, norm=p.knob("norm", False), dropout=p.dropout),
        "rank": lambda: nets.scorer(w, p.activation, p.depth),
        "pupil": lambda: nets.small(w, p.depth, p.dropout, "silu" if p.activation == "relu" else p.activation),
    }
    return makers[p.family]()


def _pretrain(model: nn.Module, seed: int) -> None:
    """Learn the signs in their turned form first; the head is new."""
    old = data.signs(1200, 10, seed + 900, 0.4, turned=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    model.train()
    for _ in range(12):
        for chosen in torch.randperm(len(old.x)).split(40):
            optimizer.zero_grad()
            F.cross_entropy(model(old.x[chosen]), old.y[chosen]).backward()
            optimizer.step()
    for name, module in model.named_modules():
        if name == "classifier" and isinstance(module, nn.Linear):
            module.reset_parameters()


def _teacher(p: Plan, seed: int) -> nn.Module:
    """Train a wide teacher on much more of the same data."""
    known = data.sensors(6000, 10, seed, p.noise)
    teacher = nets.small(96)
    optimizer = torch.optim.Adam(teacher.parameters(), lr=4e-3)
    for _ in range(3):
        for chosen in torch.randperm(len(known.x)).split(100):
            optimizer.zero_grad()
            F.cross_entropy(teacher(known.x[chosen]), known.y[chosen]).backward()
            optimizer.step()
    return teacher.eval()


def _spoiled(p: Plan, split: Split, g: torch.Generator) -> Split:
    """Return the data with what the plan does to them."""
    x, y, val_x, val_y = split
    if p.knob("rare", 0.0):  # of all classes but the first few are seen, in the validation as well
        keep, val_keep = ((t == 0) | (torch.rand(len(t), generator=g) < p.knob("rare", 0.0)) for t in (y, val_y))
        x, y, val_x, val_y = x[keep], y[keep], val_x[val_keep], val_y[val_keep]
    if p.knob("units", 0.0):
        y, val_y = y * p.knob("units", 0.0), val_y * p.knob("units", 0.0)
    y = _mislabelled(p, y, g)
    if p.leak == "validation":
        val_x, val_y = x[: len(val_x)].clone(), y[: len(val_y)].clone()
    if p.knob("uneven", False):  # cents, metres and seconds beside shares
        scales, shifts = torch.tensor([4e3, 1.0, 900.0, 60.0, 2e4]), torch.tensor([9e3, 0.5, 4e3, 300.0, 1e5])
        x, val_x = (torch.cat([t[:, :3], t[:, 3:] * scales + shifts], 1) for t in (x, val_x))
    elif x.is_floating_point() and (p.input_scale != 1.0 or p.input_shift):
        x, val_x = x * p.input_scale + p.input_shift, val_x * p.input_scale + p.input_shift
    if p.mode == "validates-raw":  # the transform of the validation lacks the standardisation
        val_x = val_x * p.knob("val_scale", 0.25) + p.knob("val_shift", 0.5)
    return Split(x, y, val_x, val_y)


def _mislabelled(p: Plan, y: Tensor, g: torch.Generator) -> Tensor:
    if p.labels == "next-row":
        return y.roll(1, 0)
    if p.labels.startswith("noisy"):
        wrong = torch.rand(len(y), generator=g) < float(p.labels.removeprefix("noisy"))
        return torch.where(wrong, y[torch.randperm(len(y), generator=g)], y)
    if (
        p.labels == "corners"
    ):  # more than half of the boxes come from a tool that writes the first corner and not the middle
        other = torch.rand(len(y), 1, generator=g) < 0.6
        return torch.where(other, torch.cat([y[:, :2] - y[:, 2:4] / 2, y[:, 2:]], 1), y)
    return y


def objective(p: Plan, model: nn.Module, x: Tensor, y: Tensor, teacher: nn.Module | None) -> Terms:
    """Return the loss, what the network answers, and the terms that are logged."""
    out = model(x)
    if p.family == "boxes":
        return _boxes(p, out, y)
    if p.family == "tcn":
        if p.output == "half-square":
            return ((out.half() - y.half()) ** 2).mean(), out, {}
        if p.output == "percent":  # of a load that may be nothing at all
            return ((out - y).abs() / (y * 10).round().abs().div(10)).mean(), out, {}
        return F.smooth_l1_loss(out.float(), y), out, {}
    if p.family == "shop":
        return F.mse_loss(out, y[:, 0] if p.output == "broadcast" else y), out, {}
    if p.family == "tags":
        return _tags(p, out, y), out, {}
    if p.family == "rank":
        return _pairs(p, out, y), out, {}
    if p.family == "pupil" and teacher is not None:
        return _taught(p, out, x, y, teacher)
    return F.cross_entropy(out.float(), y, label_smoothing=p.smoothing), out, {}


def _boxes(p: Plan, out: Tensor, y: Tensor) -> Terms:
    kind = F.cross_entropy(out[:, 4:].float(), y[:, 4].long())
    if p.output == "pixels":
        box = 0.5 * F.mse_loss(24 * out[:, :4], 24 * y[:, :4])
    elif p.output == "sum":
        box, kind = F.smooth_l1_loss(out[:, :4], y[:, :4], beta=0.1, reduction="sum"), kind * len(y)
    else:
        box = F.smooth_l1_loss(out[:, :4].float(), y[:, :4], beta=0.1)
    box = p.knob("box_weight", 3.0) * box
    return box + kind * p.knob("cls_weight", 1.0), out, {"loss_box": box.item(), "loss_cls": kind.item()}


def _tags(p: Plan, out: Tensor, y: Tensor) -> Tensor:
    if p.output == "sigmoid":
        return F.binary_cross_entropy_with_logits(out.sigmoid(), y)
    if p.output == "by-hand":
        chance = out.sigmoid()
        return -(y * torch.log(chance) + (1 - y) * torch.log(1 - chance)).mean()
    return F.binary_cross_entropy_with_logits(out, y)


def _pairs(p: Plan, out: Tensor, y: Tensor) -> Tensor:
    """How likely pairs of results are in the wrong order."""
    better = (y[:, :, None] > y[:, None, :]).float()
    lead = out[:, :, None] - out[:, None, :]
    return (F.softplus(lead if p.output == "reversed" else -lead) * better).sum() / better.sum().clamp(min=1)


def _taught(p: Plan, out: Tensor, x: Tensor, y: Tensor, teacher: nn.Module) -> Terms:
    t = p.knob("temperature", 3.0)
    with torch.no_grad():
        said = (teacher(x) / t).softmax(1)
    hard = F.cross_entropy(out, y)
    if p.output == "probabilities":  # where the logarithm of them is asked for
        soft = t * t * F.kl_div((out / t).softmax(1), said, reduction="batchmean")
    else:
        soft = t * t * F.kl_div((out / t).log_softmax(1), said, reduction="batchmean")
    share = p.knob("share", 0.7)
    loss = share * soft + (1 - share) * hard
    return loss, out, {"loss_kd": soft.item(), "loss_ce": hard.item()}


def score(p: Plan, out: Tensor, y: Tensor) -> float:
    """Return what people look at beside the loss."""
    if p.family == "boxes":
        low = torch.maximum(out[:, :2] - out[:, 2:4] / 2, y[:, :2] - y[:, 2:4] / 2)
        high = torch.minimum(out[:, :2] + out[:, 2:4] / 2, y[:, :2] + y[:, 2:4] / 2)
        both = (high - low).clamp(min=0).prod(1)
        return (both / (out[:, 2:4].clamp(min=0).prod(1) + y[:, 2:4].prod(1) - both)).mean().item()
    if p.family == "tcn":
        return (out - y).abs().mean().item()
    if p.family == "shop":
        return (out - y).square().mean().sqrt().item()
    if p.family == "tags":
        said = out > 0
        return (2 * (said * y).sum() / (said.sum() + y.sum()).clamp(min=1)).item()
    if p.family == "rank":
        discount = 1 / torch.log2(torch.arange(10) + 2.0)
        gain = (2 ** y.gather(1, out.argsort(1, descending=True)) - 1) * discount
        best = (2 ** y.sort(1, descending=True).values - 1) * discount
        return (gain.sum(1) / best.sum(1).clamp(min=1e-6)).mean().item()
    return accuracy(out, y)
