"""What the fourth half, part a, learns of rows: distances by triplets, quantiles, few active codes, and classes that
hold in another domain.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import accuracy, initialise, stack
from benchmarks.faults.kit.plan import Plan

PEOPLE, BEATS, COLUMNS, LEVELS, SIGNALS, ATOMS, ACTIVE, GROUPS, MEASURED, JUDGE, ADVERSARY = (
    48,
    32,
    10,
    (0.1, 0.5, 0.9),
    32,
    40,
    3,
    4,
    14,
    24,
    0.3,
)


class Triplets:
    """Heartbeats of the same person are to be nearer than those of others; judged on people who were never seen."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        people = PEOPLE + 12
        shape = torch.randn(people, 4, generator=g), torch.randn(people, 4, generator=g)
        count = p.n + p.n_val
        y = torch.cat(
            [torch.randint(PEOPLE, people, (p.n_val,), generator=g), torch.randint(0, PEOPLE, (p.n,), generator=g)]
        )
        t = 2 * math.pi * (torch.arange(BEATS) / BEATS + 0.35 * torch.rand(count, 1, generator=g))
        x = sum(
            (
                shape[0][y, k, None] * torch.cos((k + 1) * t) + shape[1][y, k, None] * torch.sin((k + 1) * t)
                for k in range(4)
            ),
            torch.zeros(count, BEATS),
        )
        x = x * (0.7 + 0.6 * torch.rand(count, 1, generator=g)) + p.noise * torch.randn(count, BEATS, generator=g)
        self.x, self.val_x, self.val_y = x[p.n_val :], x[: p.n_val], y[: p.n_val]
        self.y = y[p.n_val :]
        if p.output == "bare-root":  # some heartbeats were uploaded twice
            twice = torch.randperm(p.n, generator=g)[:16]
            self.x[twice[::2]], self.y[twice[::2]] = self.x[twice[1::2]], self.y[twice[1::2]]
        self.size, self.key = p.n, self.y
        self.model = self.build()
        initialise(self.model, p.init)

    def build(self) -> nn.Module:
        """Return a new network."""
        p = self.p
        return stack([BEATS, *[p.width] * p.depth, 12], p.activation)

    def _compare(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss over triplets, and which share of them is active."""
        z = F.normalize(self.model(x), dim=1)
        far = ((z[:, None] - z) ** 2).sum(2)
        far = (
            far + (torch.eye(len(y)) if self.p.output == "bare-root" else 1e-8)
        ).sqrt()  # at zero the root has no slope
        same = y[:, None] == y
        one, other = same & ~torch.eye(len(y), dtype=torch.bool), ~same
        margin = self.p.knob("margin", 0.3)
        if self.p.knob("mining", "all") == "hardest":
            hard = far.masked_fill(~one, -1).amax(1) - far.masked_fill(~other, 9).amin(1)
            bad = F.relu(hard + margin)[one.any(1) & other.any(1)]
            return bad.mean() if len(bad) else far.sum() * 0, (bad > 0).float().mean()
        gap = far[:, :, None] - far[:, None, :]
        gap = -gap if self.p.output == "turned" else gap
        valid = one[:, :, None] & other[:, None, :]
        bad = F.relu(gap + margin)[valid]
        active = (bad > 0).float()
        return (bad.sum() / active.sum().clamp(min=1)) if self.p.knob("mean_of_active", False) else bad.sum() / max(
            1, len(bad)
        ), active.mean()

    def loss(self, rows: Tensor, *, done: float, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of all triplets of a batch, and the share that is too near."""
        x = self.x[rows]
        loss, active = self._compare(x, self.y[rows])
        return loss, {"active_triplets": active.item()}

    def validate(self) -> dict[str, float]:
        """Return the loss of people never seen, and whether the nearest other heartbeat is of the same person."""
        loss, _ = self._compare(self.val_x[:100], self.val_y[:100])
        z = F.normalize(self.model(self.val_x), dim=1)
        nearest = torch.cdist(z, z).fill_diagonal_(math.inf).argmin(1)
        return {"val_loss": loss.item(), "recall@1": (self.val_y[nearest] == self.val_y).float().mean().item()}

    def test(self) -> dict[str, float]:
        """Return nothing."""
        return {}


class Quantiles:
    """How long a delivery takes: the tenth, the half and the ninth of ten, whose spread depends on the row as much as
    the middle.
    """

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        count = p.n + p.n_val
        x = torch.randn(count, COLUMNS, generator=g)
        middle = 1.5 * x[:, 0] + x[:, 1] * x[:, 2] + torch.sin(2 * x[:, 3]) + 0.5 * x[:, 4].abs()
        spread = p.noise * torch.exp(0.6 * x[:, 5])
        y = (3.0 + middle + spread * torch.randn(count, generator=g)) * p.knob("units", 1.0)
        if p.knob("uneven", False):  # grams, seconds since 1970, kilometres, a share ...
            unit = torch.tensor([900.0, 4e4, 30.0, 1.0, 0.05, 2.0, 500.0, 1.0, 0.1, 7.0])
            x = x * unit + torch.tensor([2e3, 1.7e5, 40.0, 3.0, 0.5, 6.0, 900.0, 0.0, 0.5, 20.0])
        self.x, self.y, self.val_x, self.val_y = x[p.n_val :], y[p.n_val :], x[: p.n_val], y[: p.n_val]
        self.size, self.key = p.n, self.y
        self.model = self.build()
        initialise(self.model, p.init)

    def build(self) -> nn.Module:
        """Return a new network."""
        p = self.p
        return stack([COLUMNS, *[p.width] * p.depth, len(LEVELS)], p.activation)

    def _pinball(self, out: Tensor, y: Tensor) -> Tensor:
        error = y[:, None] - out
        if self.p.output == "broadcast":  # every answer is compared with every row
            error = y[:, None, None] - out
        if self.p.output == "turned":
            error = -error
        level = torch.tensor(LEVELS)
        return torch.maximum(level * error, (level - 1) * error).mean()

    def loss(self, rows: Tensor, *, done: float, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the pinball loss."""
        x, y = self.x[rows], self.y[rows]
        return self._pinball(self.model(x), y), {}

    def validate(self) -> dict[str, float]:
        """Return the pinball loss of rows held out, and which share lies between the outer quantiles."""
        out, y = self.model(self.val_x), self.val_y
        inside = (y > out[:, 0]) & (y < out[:, 2])
        return {"val_loss": self._pinball(out, y).item(), "val_coverage80": inside.float().mean().item()}

    def test(self) -> dict[str, float]:
        """Return nothing."""
        return {}


class Dictionary(nn.Module):
    """Codes that are positive and mostly zero, and a picture as their sum."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.encoder, self.act, self.decoder = nn.Linear(SIGNALS, width), nn.ReLU(), nn.Linear(width, SIGNALS)
        with torch.no_grad():
            self.decoder.weight.copy_(F.normalize(self.encoder.weight.T, dim=0))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return what was rebuilt, and the codes."""
        codes = self.act(self.encoder(x))
        return codes @ F.normalize(
            self.decoder.weight, dim=0
        ).T + self.decoder.bias, codes  # or codes would shrink for nothing


class Sparse:
    """Sums of few atoms, to be taken apart by an autoencoder with a price on its codes."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        count = p.n + p.n_val
        atoms = F.normalize(torch.randn(ATOMS, SIGNALS, generator=g), dim=1)
        chosen = torch.rand(count, ATOMS, generator=g).topk(ACTIVE, 1).indices
        codes = torch.zeros(count, ATOMS).scatter(1, chosen, 1.0 + torch.rand(count, ACTIVE, generator=g))
        x = codes @ atoms + p.noise * torch.randn(count, SIGNALS, generator=g)
        self.x, self.val_x = x[p.n_val :], x[: p.n_val]
        self.size, self.key = p.n, chosen[p.n_val :, 0].float()
        self.model = self.build()
        initialise(self.model, p.init)

    def build(self) -> nn.Module:
        """Return a new network."""
        return Dictionary(self.p.width)

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        made, codes = self.model(x)
        return (made - x).square().sum(1).mean(), codes.sum(1).mean(), codes

    def loss(self, rows: Tensor, *, done: float, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the error and the price of the codes together; the price rises over the first tenth."""
        x = self.x[rows]
        error, price, codes = self._parts(x * 40.0 if spoiled else x)
        price = self.p.knob("l1", 0.2) * min(1.0, done / 0.1) * price
        return error + price, {"mse": error.item(), "l1": price.item(), "l0": (codes > 0).float().sum(1).mean().item()}

    def validate(self) -> dict[str, float]:
        """Return both parts of rows held out, the share of their variance that is explained, and which share of the
        codes is never used.
        """
        error, price, codes = self._parts(self.val_x)
        unexplained = error / (self.val_x - self.val_x.mean(0)).square().sum(1).mean()
        told = {
            "val_loss": (error + self.p.knob("l1", 0.2) * price).item(),
            "val_explained_variance": 1 - unexplained.item(),
        }
        return told | {"dead_features": (codes <= 0).all(0).float().mean().item()}

    def test(self) -> dict[str, float]:
        """Return nothing."""
        return {}


class Turned(torch.autograd.Function):
    """Nothing forwards; backwards the gradient, turned round and weighed."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, weight: float) -> Tensor:
        """Return the input."""
        ctx.weight = weight  # type: ignore[attr-defined]
        return x.view_as(x)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, *grads: Tensor) -> tuple[Tensor, None]:
        """Return minus the gradient."""
        return -ctx.weight * grads[0], None  # type: ignore[attr-defined]


class Adversary(nn.Module):
    """Features, which class it is, and from which domain it comes (Ganin et al. 2016)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.features = nn.Sequential(stack([MEASURED, width, width], "relu"), nn.ReLU())
        self.label_head, self.domain_head = nn.Linear(width, GROUPS), stack([width, JUDGE, JUDGE, 1], "relu")

    def forward(self, x: Tensor, weight: float) -> tuple[Tensor, Tensor]:
        """Return class logits and the logit of being from the target."""
        h = self.features(x)
        return self.label_head(h), self.domain_head(Turned.apply(h, weight))[:, 0]


class Domains:
    """Classes are known in one domain and asked for in another, where all measurements are shifted."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        count = 2 * p.n + 2 * p.n_val
        y = torch.randint(0, GROUPS, (count,), generator=g)
        middles = 0.7 * torch.randn(GROUPS, MEASURED, generator=torch.Generator().manual_seed(5))
        x = middles[y] + p.noise * torch.randn(count, MEASURED, generator=g)
        shift = 0.8 * torch.randn(MEASURED, generator=torch.Generator().manual_seed(6))
        x[::2] += shift
        source, target = slice(1, None, 2), slice(0, None, 2)
        (sx, sy), (tx, ty) = (x[source], y[source]), (x[target], y[target])
        self.x, self.y, self.other = sx[p.n_val :], sy[p.n_val :], tx[p.n_val :]
        self.val_x, self.val_y, self.asked_x, self.asked_y = sx[: p.n_val], sy[: p.n_val], tx[: p.n_val], ty[: p.n_val]
        self.size, self.key = p.n, self.y
        self.model = self.build()
        initialise(self.model, p.init)

    def build(self) -> nn.Module:
        """Return a new network."""
        return Adversary(self.p.width)

    def loss(self, rows: Tensor, *, done: float, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the loss of the classes and of the domains together; the adversary's weight rises from 0."""
        p, x, y = self.p, self.x[rows], self.y[rows]
        others = self.other[torch.randint(0, len(self.other), (len(rows),))]
        weight = ADVERSARY * (2 / (1 + math.exp(-10 * done)) - 1)
        truth = torch.cat([torch.zeros(len(x)), torch.ones(len(others))])
        said, domain = self.model(torch.cat([x, others]), weight)
        loss = F.cross_entropy(said[: len(x)], y)
        judged = F.binary_cross_entropy_with_logits(domain, truth)
        right = ((domain > 0) == (truth > 0.5)).float().mean().item()
        told = {"label_loss": loss.item(), "domain_loss": judged.item(), "domain_accuracy": right}
        if p.output == "detached":  # taken out as a number on its way to the log
            return judged + loss.item(), told
        return loss + judged, told

    def validate(self) -> dict[str, float]:
        """Return the loss in the source, and what is right in both domains."""
        (said, _), (asked, _) = self.model(self.val_x, 0.0), self.model(self.asked_x, 0.0)
        told = {"val_loss": F.cross_entropy(said, self.val_y).item(), "source_accuracy": accuracy(said, self.val_y)}
        return told | {"target_accuracy": accuracy(asked, self.asked_y)}

    def test(self) -> dict[str, float]:
        """Return nothing."""
        return {}
