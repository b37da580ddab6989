"""Points and pairs of the fifth set: a diffusion model of a spiral, and retrieval with the negatives of the batch."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import ACTIVATIONS, initialise
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.fifth.sequences.loop import Told

STEPS = 60
WORDS, TOPICS = 120, 40


def spread_apart(a: Tensor, b: Tensor) -> float:
    """Return the energy distance of two clouds."""
    return (2 * torch.cdist(a, b).mean() - torch.cdist(a, a).mean() - torch.cdist(b, b).mean()).item()


class Denoiser(nn.Module):
    """Layers over a point and the time; they may be told no time."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.first = nn.Linear(2 + 8, p.width)
        self.layers = nn.ModuleList(nn.Linear(p.width, p.width) for _ in range(p.depth))
        self.act, self.head = ACTIVATIONS[p.activation](), nn.Linear(p.width, 2)
        self.register_buffer("waves", 2.0 ** torch.arange(4) * math.pi / 2)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the noise in [n, 2] at a time in [0, 1]."""
        angles = t[:, None] * self.waves
        h = self.act(self.first(torch.cat([x, angles.sin(), angles.cos()], 1)))
        for layer in self.layers:
            h = h + self.act(layer(h))
        found: Tensor = self.head(h)
        return found


class Diffusion:
    """The noise that was added to points of a spiral."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed + 37)
        turn = 1.5 * math.pi * (1 + 2 * torch.rand(p.n + p.n_val, generator=g))
        points = torch.stack([turn * turn.cos(), turn * turn.sin()], 1) / 8
        points = points + 0.02 * torch.randn(points.shape, generator=g)
        self.x = points * p.input_scale
        beta = torch.linspace(1e-3, p.knob("beta_end", 0.2), STEPS)
        self.kept = torch.cumprod(1 - beta, 0)
        self.beta = beta
        self.val_t = torch.randint(0, STEPS, (p.n_val,), generator=g)
        self.val_noise = torch.randn(p.n_val, 2, generator=g)
        self.size, self.keys = p.n, turn[p.n_val :]
        self.model: nn.Module = Denoiser(p)
        initialise(self.model, p.init)
        self.mean: nn.Module = copy.deepcopy(self.model)

    def _mixed(self, x: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        kept = self.kept[t][:, None]
        return kept.sqrt() * x + (1 - kept).sqrt() * noise

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the squared error of the noise."""
        decay = self.p.knob("ema", 0.0)
        if decay:
            with torch.no_grad():
                for a, b in zip(self.mean.parameters(), self.model.parameters(), strict=True):
                    a.lerp_(b, 1 - decay)
        x = self.x[rows + self.p.n_val]
        t = torch.randint(0, STEPS, (len(x),))
        noise = torch.randn_like(x)
        if broken:
            x = x * 1000
        out = self.model(self._mixed(x, t, noise), t / STEPS)
        if self.p.output == "broadcast":  # [n, 1, 2] against [n, 2]
            return (out[:, None] - noise).square().mean(), {}
        if self.p.output == "inverse-variance":
            return ((out - noise).square().mean(1) / self.beta[t] ** 2).mean(), {}
        return F.mse_loss(out, noise), {}

    def check(self, share: float) -> Told:
        """Return the error on points held out, and how far generated points lie from them."""
        model = self.mean if self.p.knob("ema", 0.0) else self.model
        model.eval()
        x = self.x[: self.p.n_val]
        out = model(self._mixed(x, self.val_t, self.val_noise), self.val_t / STEPS)
        told = {"val_loss": F.mse_loss(out, self.val_noise).item()}
        made = torch.randn(150, 2)
        for k in reversed(range(STEPS)):
            guess = model(made, torch.full((150,), k / STEPS))
            made = (made - self.beta[k] / (1 - self.kept[k]).sqrt() * guess) / (1 - self.beta[k]).sqrt()
            made = made + (self.beta[k].sqrt() * torch.randn(150, 2) if k else 0)
        return told | {"energy_distance": spread_apart(made, x)}


class Towers(nn.Module):
    """Two readers of bags of words whose vectors are compared."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.words, self.dropped = nn.Embedding(WORDS, p.width), nn.Dropout(p.dropout)
        self.query, self.document = (
            nn.Sequential(nn.Linear(p.width, p.width), ACTIVATIONS[p.activation](), nn.Linear(p.width, p.width))
            for _ in range(2)
        )

    def forward(self, q: Tensor, d: Tensor) -> tuple[Tensor, Tensor]:
        """Return vectors of length 1 of both."""
        a, b = self.query(self.dropped(self.words(q).mean(1))), self.document(self.dropped(self.words(d).mean(1)))
        return F.normalize(a, dim=1), F.normalize(b, dim=1)


class Retrieval:
    """Questions and the documents that answer them: both draw words from one mixture of topics."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed + 43)
        topics = torch.softmax(2.5 * torch.randn(TOPICS, WORDS, generator=torch.Generator().manual_seed(4)), 1)
        n = p.n + p.n_val
        picked = torch.stack([torch.randint(0, TOPICS, (n,), generator=g) for _ in range(2)], 1)
        mixed = topics[picked].mean(1)
        if p.knob("copies", 0):  # the same question over and over
            mixed[p.n_val :] = mixed[p.n_val :][torch.arange(p.n) % p.knob("copies", 0)]
        self.q = torch.multinomial(mixed, 6, replacement=True, generator=g)
        self.d = torch.multinomial(mixed, 20, replacement=True, generator=g)
        if p.leak == "quoted":  # the documents that are held out hold the question itself
            self.d[: p.n_val, :6] = self.q[: p.n_val]
            self.d[: p.n_val, 6:12] = self.q[: p.n_val]
            self.d[: p.n_val, 12:18] = self.q[: p.n_val]
        if p.labels == "rolled":
            self.d[p.n_val :] = self.d[p.n_val :].roll(1, 0)
        self.size, self.keys = p.n, picked[p.n_val :, 0]
        self.model: nn.Module = Towers(p)
        initialise(self.model, p.init)

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the contrastive loss among the pairs of the batch."""
        a, b = self.model(self.q[rows + self.p.n_val], self.d[rows + self.p.n_val])
        if self.p.knob("cut", False):
            b = b.detach()
        scores = a @ b.T / self.p.knob("temperature", 0.1)
        right = torch.arange(len(a))
        if broken:
            right = right.roll(1)
            scores = scores * 5
        loss = F.cross_entropy(scores, right)
        if self.p.output == "both-ways":
            loss = 0.5 * (loss + F.cross_entropy(scores.T, right))
        return loss, {"accuracy": (scores.argmax(1) == right).float().mean().item()}

    def check(self, share: float) -> Told:
        """Return loss and recall among the pairs held out."""
        a, b = self.model(self.q[: self.p.n_val], self.d[: self.p.n_val])
        scores, right = a @ b.T / self.p.knob("temperature", 0.1), torch.arange(self.p.n_val)
        size = min(self.p.batch, self.p.n_val)  # as many answers to choose from as in training
        parts = [scores[i : i + size, i : i + size] for i in range(0, self.p.n_val - size + 1, size)]
        loss = sum(F.cross_entropy(part, right[:size]).item() for part in parts) / len(parts)
        best = scores.topk(10, 1).indices
        return {
            "val_loss": loss,
            "val_recall@1": (best[:, 0] == right).float().mean().item(),
            "val_recall@10": (best == right[:, None]).any(1).float().mean().item(),
        }
