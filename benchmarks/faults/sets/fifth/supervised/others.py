"""What else part a trains: students of a teacher, views of the same thing, sets without order, and pendulums by steps
in time.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody gives it

from benchmarks.faults.kit.networks import accuracy, stack
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.fifth.supervised.base import Batch, Rows
from benchmarks.faults.sets.fifth.supervised.tables import hidden

CLASSES = 6
MEMBERS = 12
TIMES = 16


class Student(Rows):
    """A small network learns from the logits of a large one, and from the labels."""

    def __init__(self, p: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(p.n + 2 * p.n_val, 16))
        teacher = 2.5 * hidden(rng, x, CLASSES, 16)
        y = (teacher + p.noise * rng.gumbel(size=teacher.shape)).argmax(1)
        model = stack([16] + [p.width] * p.depth + [CLASSES], p.activation, dropout=p.dropout)
        super().__init__(p, seed, (x, teacher, y.astype(np.int64)), model)

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the divergence from the teacher and the cross-entropy together, both, and the share of right ones."""
        x, teacher, y = batch
        out = self.model(x)
        heat, share = self.p.knob("temperature", 3.0), self.p.knob("alpha", 0.7)
        mine = (out / heat).softmax(1) if self.p.output == "probabilities" else (out / heat).log_softmax(1)
        taught = F.kl_div(mine, (teacher / heat).softmax(1), reduction="batchmean") * heat**2
        plain = F.cross_entropy(out, y)
        right = accuracy(out, y)
        if self.p.output == "over-batch-axis":
            right = (out.argmax(0)[y] == torch.arange(len(y))).float().mean().item()
        return share * taught + (1 - share) * plain, {
            "kd_loss": taught.item(),
            "ce_loss": plain.item(),
            "accuracy": right,
        }


class Projector(nn.Module):
    """An encoder and a projection."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            stack([24] + [p.width] * p.depth, p.activation, norm=p.knob("batch_norm", True)), nn.ReLU()
        )
        self.projection = nn.Linear(p.width, 16)

    def forward(self, x: Tensor) -> Tensor:
        """Return the projection of every row."""
        return self.projection(self.encoder(x))


class Views(Rows):
    """Two noisy views of a thing are to be nearer to one another than to those of other things."""

    def __init__(self, p: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        n = p.n + 2 * p.n_val
        x = rng.normal(size=(n, 5)) @ rng.normal(size=(5, 24)) / 2.2
        x = np.tanh(x) + 0.1 * rng.normal(size=x.shape)
        self.noise = p.noise
        super().__init__(p, seed, (x, x.mean(1)), Projector(p))

    def _view(self, x: Tensor) -> Tensor:
        kept = (torch.rand_like(x) > 0.1).float()
        return (x + self.noise * torch.randn_like(x)) * kept

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the contrastive loss of both directions, and how often the partner comes first."""
        x = batch[0]
        one, two = self._view(x), self._view(x)
        if self.p.output == "strangers" and self.model.training:
            two = two[torch.randperm(len(two))]
        a, b = self.model(one), self.model(two)
        if self.p.knob("unit_length", True):
            a, b = F.normalize(a, dim=1), F.normalize(b, dim=1)
        pairs = zip(a.split(self.p.batch), b.split(self.p.batch), strict=True)
        found = [self._compared(one, two) for one, two in pairs if len(one) > 1]
        return torch.stack([value for value, _ in found]).mean(), {"top1": sum(top for _, top in found) / len(found)}

    def _compared(self, a: Tensor, b: Tensor) -> tuple[Tensor, float]:
        similar = a @ b.T / self.p.knob("temperature", 0.2)
        target = torch.arange(len(a))
        value = (F.cross_entropy(similar, target) + F.cross_entropy(similar.T, target)) / 2
        return value, accuracy(similar, target)


class SetNetwork(nn.Module):
    """Every member by itself, the sum of all, and the answer from it."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.member = stack([2] + [p.width] * p.depth, p.activation)
        self.norm = (
            nn.BatchNorm1d(p.width, momentum=p.knob("norm_momentum", 0.1))
            if p.knob("batch_norm", False)
            else nn.Identity()
        )
        self.drop = nn.Dropout(p.dropout)
        self.answer = stack([p.width, p.width, 1], p.activation)
        self.pool = p.knob("pool", "mean")

    def forward(self, x: Tensor) -> Tensor:
        """Return one number for every set."""
        each = F.relu(self.member(x))
        pooled = each.sum(1) if self.pool == "sum" else each.mean(1)
        return self.answer(self.drop(self.norm(pooled))).squeeze(1)


class Clusters(Rows):
    """The spread of a set of points about its middle."""

    def __init__(self, p: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        n = p.n + 2 * p.n_val
        spread = np.exp(rng.normal(0, 0.5, (n, 1, 1)))
        x = spread * rng.normal(size=(n, MEMBERS, 2)) + rng.normal(size=(n, 1, 2))
        y = np.log(((x - x.mean(1, keepdims=True)) ** 2).mean((1, 2))) + p.noise * rng.normal(size=n)
        super().__init__(p, seed, (x, y), SetNetwork(p))
        self.centre = float(y[: p.n].mean())
        self.variance = float(y[: p.n].var())

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the squared error, and the share of the variance that is explained."""
        x, y = batch
        value = F.mse_loss(self.model(x), y)
        return value, {"r2": 1 - value.item() / max(y.var().item(), 1e-9)}


class Cube(torch.autograd.Function):
    """A gate x * sigmoid(x) whose derivative is written by hand, and forgets a sign."""

    @staticmethod
    def forward(ctx, x):  # type: ignore[no-untyped-def]  # noqa: D102
        ctx.save_for_backward(x)
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx, grad):  # type: ignore[no-untyped-def]  # noqa: D102
        (x,) = ctx.saved_tensors
        s = torch.sigmoid(x)
        return -grad * s * (1 - x * (1 - s))


class ByHand(nn.Module):
    """The gate above as a layer."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the gated values."""
        return Cube.apply(x)


class Motion(nn.Module):
    """The derivative in time, by a network."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.field = stack([2] + [p.width] * p.depth + [2], p.activation)
        if p.output == "by-hand":
            for i, layer in enumerate(self.field):
                if isinstance(layer, nn.Tanh):
                    self.field[i] = ByHand()

    def forward(self, start: Tensor, span: float) -> Tensor:
        """Return the states at all times, by steps of Euler's method."""
        states = [start]
        for _ in range(TIMES):
            states.append(states[-1] + span * self.field(states[-1]))
        return torch.stack(states[1:], 1)


class Pendulums(Rows):
    """Paths of a damped pendulum from where they start."""

    def __init__(self, p: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        n = p.n + 2 * p.n_val
        state = rng.uniform(-1.5, 1.5, (n, 2))
        start, path = state.copy(), []
        for i in range(TIMES * 10):
            change = np.stack([state[:, 1], -2 * np.sin(state[:, 0]) - 0.3 * state[:, 1]], 1)
            state = state + 0.02 * change
            if i % 10 == 9:
                path.append(state)
        seen = np.stack(path, 1) + p.noise * rng.normal(size=(n, TIMES, 2))
        super().__init__(p, seed, (start, seen), Motion(p))

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the squared error over all times, and the error at the last."""
        start, seen = batch
        path = self.model(start, self.p.knob("span", 0.2))
        value = F.mse_loss(path, seen)
        return value, {"last_error": (path[:, -1] - seen[:, -1]).abs().mean().item()}
