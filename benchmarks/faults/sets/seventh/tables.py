"""Families of the seventh set over numbers: forces, spreads of sets, grades of wine, integrals of functions."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.sets.seventh.base import Task, Values, r2


class Orbit(Task):
    """Forces between two bodies that a spring and a damper hold: regression, mean squared error."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw states of the two bodies, and the forces on each with the noise of measuring."""
        x = self.randn(n, 8)
        d, v = x[:, 0:2] - x[:, 2:4], x[:, 4:6] - x[:, 6:8]
        far = d.norm(dim=1, keepdim=True)
        force = -(far - 1.2) * d / (far + 0.1) - 0.3 * v * torch.tanh(far)
        y = torch.cat([force, -0.5 * force + 0.2 * x[:, 4:6]], 1)
        return x, y + max(0.0, self.p.noise) * self.randn(n, 4)

    def network(self) -> nn.Module:
        """Return a perceptron of two hidden layers."""
        w = self.p.width
        return nn.Sequential(nn.Linear(8, w), nn.SiLU(), nn.Linear(w, w), nn.SiLU(), nn.Linear(w, 4))

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the squared error of the forces, and the absolute one."""
        out = self.model(x)
        return functional.mse_loss(out, y), {"mae": float((out - y).abs().mean())}


class Pool(nn.Module):
    """Deep sets: each element by itself, their mean, and on."""

    def __init__(self, w: int) -> None:
        super().__init__()
        self.each = nn.Sequential(nn.Linear(2, w), nn.ReLU(), nn.Linear(w, w), nn.ReLU())
        self.all = nn.Sequential(nn.Linear(w, w), nn.ReLU(), nn.Linear(w, w), nn.ReLU(), nn.Linear(w, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return one number for each set."""
        return self.all(self.each(x).mean(1))[:, 0]


class Sets(Task):
    """How widely the points of a set are spread: deep sets, regression."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw sets of points, and the spread of each."""
        spread = 0.2 + 1.3 * self.rand(n, 1, 2)
        x = self.randn(n, 1, 2) + spread * self.randn(n, 24, 2)
        y = (x.var(1).prod(1)).sqrt()
        return x, y

    def network(self) -> nn.Module:
        """Return deep sets."""
        return Pool(self.p.width)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the squared error, or by mistake its sum over the batch, or that of logarithms."""
        out = self.model(x)
        told = {"mae": float((out - y).abs().mean())}
        if self.p.output == "summed":
            return (functional.mse_loss(out, y, reduction="sum") if training else functional.mse_loss(out, y)), told
        if self.p.output == "logarithm":  # the error of logarithms, nothing keeps the answer above zero
            return ((out.log() - y.log()) ** 2).mean(), told
        return functional.mse_loss(out, y), told


class Wine(Task):
    """Five grades of wine from eleven measures: cumulative logits."""

    scales = torch.tensor([8.3, 0.5, 0.3, 2.5, 0.09, 16.0, 46.0, 0.997, 3.3, 0.66, 10.4])
    spreads = torch.tensor([1.7, 0.18, 0.19, 1.4, 0.05, 10.0, 33.0, 0.002, 0.15, 0.17, 1.1])

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw wines, in standard units or as they are measured, and their grades."""
        z = self.randn(n, 11)
        grade = 1.2 * z[:, 10] - 0.9 * z[:, 1] + 0.7 * z[:, 9] + 0.8 * z[:, 1] * z[:, 6] - 0.5 * z[:, 6] ** 2
        noise = self.p.noise if self.p.noise >= 0 else 0.4
        grade = grade + noise * self.randn(n)
        y = torch.bucketize(grade, torch.tensor([-2.0, -0.9, 0.1, 1.2]))
        return (z * self.spreads + self.scales if self.p.input_scale != 1.0 else z), y

    def network(self) -> nn.Module:
        """Return a perceptron with a logit for each threshold between grades."""
        w, act = self.p.width, {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[self.p.activation]
        parts: list[nn.Module] = []
        for i in range(self.p.depth):
            parts += [nn.Linear(11 if i == 0 else w, w), act(), nn.Dropout(self.p.dropout)]
        return nn.Sequential(*parts, nn.Linear(w, 4))

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the binary cross-entropy over thresholds; the guess is the number of those that are passed."""
        out = self.model(x)
        above = (y[:, None] > torch.arange(4)).float()
        guess = (out > 0).sum(1)
        return functional.binary_cross_entropy_with_logits(out, above), {"accuracy": float((guess == y).float().mean())}


class Net(nn.Module):
    """Deep operator network: a branch for the function, a trunk for the place."""

    def __init__(self, w: int, scale: float) -> None:
        super().__init__()
        self.branch = nn.Sequential(nn.Linear(20, w), nn.GELU(), nn.Linear(w, w), nn.GELU(), nn.Linear(w, w))
        self.trunk = nn.Sequential(nn.Linear(1, w), nn.GELU(), nn.Linear(w, w), nn.GELU(), nn.Linear(w, w))
        self.scale = scale

    def forward(self, u: Tensor) -> Tensor:
        """Return the function's integral at sixteen places."""
        at = torch.linspace(0, 1, 16, dtype=u.dtype)[:, None]
        return self.scale * self.branch(u) @ self.trunk(at).T / math.sqrt(20)


class Operator(Task):
    """The integral of a function from twenty of its values: operator learning."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw functions from four waves, and their integrals in the units that are asked for."""
        a, phase = self.randn(n, 4) / torch.arange(1, 5), 6.3 * self.rand(n, 4)
        k = torch.arange(1, 5) * 3.0
        s, at = torch.linspace(0, 1, 20), torch.linspace(0, 1, 16)
        u = (a[:, :, None] * torch.cos(k[None, :, None] * s + phase[:, :, None])).sum(1)
        whole = a[:, :, None] * (torch.sin(k[None, :, None] * at + phase[:, :, None]) - torch.sin(phase)[:, :, None])
        y = (whole / k[None, :, None]).sum(1) * 4
        return u, y * self.p.knob("units", 1.0)

    def network(self) -> nn.Module:
        """Return the operator network."""
        return Net(self.p.width, self.p.knob("out_scale", 1.0))

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the squared error and the explained share of the variance, in half precision where that is set."""
        if self.p.precision == "float16":
            x, y = x.half(), y.half()
        out = self.model(x)
        return functional.mse_loss(out, y), {"r2": r2(out.float().detach(), y.float())}
