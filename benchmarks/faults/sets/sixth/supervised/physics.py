"""What is measured or computed: depth from pictures, energies and forces of atoms, a differential equation."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.faults.kit.networks import ACTIVATIONS, initialise, stack
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.sixth.supervised.loop import Task, Told

SIDE = 16


def _scene(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a picture and its depth in metres: a floor that goes away, and some boxes on it."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    far = rng.uniform(3.0, 8.0) * (1.15 - rows) + 0.5
    bright = np.full((SIDE, SIDE), 0.7)
    for _ in range(3):
        top, left, height, width = rng.integers(0, 11), rng.integers(0, 11), rng.integers(3, 7), rng.integers(3, 7)
        place = (slice(top, top + height), slice(left, left + width))
        far[place] = rng.uniform(1.0, 5.0)
        bright[place] = rng.uniform(0.4, 1.0)
    haze = np.exp(-far / 4.0)
    picture = np.stack([bright * haze, haze * 0.6 + 0.4 * bright, 0.5 * bright + 0.5 * rows * haze + 0.0 * columns])
    return picture, far


class Encoder(nn.Module):
    """Down by two and up again, with what was before beside."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        w, act = p.width, ACTIVATIONS[p.activation]
        self.enter = nn.Sequential(nn.Conv2d(3, w, 3, padding=1), act())
        self.down = nn.Sequential(nn.Conv2d(w, 2 * w, 3, stride=2, padding=1), act())
        self.middle = nn.Sequential(nn.Conv2d(2 * w, 2 * w, 3, padding=1), act(), nn.Dropout2d(p.dropout))
        self.up = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(2 * w, w, 3, padding=1), act())
        self.leave = nn.Conv2d(2 * w, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logarithm of the depth."""
        entered = self.enter(x)
        made: Tensor = self.leave(torch.cat([self.up(self.middle(self.down(entered))), entered], 1))[:, 0]
        return made


class Depth(Task):
    """Depth from one picture with the scale-invariant loss; zero is where nothing was measured."""

    def __init__(self, p: Plan, seed: int) -> None:
        super().__init__(p, seed)
        scenes = [_scene(self.rng) for _ in range(p.n + p.n_val)]
        x = np.stack([s[0] for s in scenes])
        x = (x + p.noise * self.rng.normal(size=x.shape) - 0.45) / 0.25
        y = np.stack([s[1] for s in scenes])
        y[: p.knob("holes", 0), 3:6, 3:6] = 0.0
        self.x, self.y = torch.as_tensor(x.astype(np.float32)), torch.as_tensor(y.astype(np.float32))
        if p.input_scale != 1.0:
            self.x = (self.x * 0.25 + 0.45) * p.input_scale
        if p.output == "millimetres":
            self.y = self.y * 1000.0
        self.model = Encoder(p)
        initialise(self.model, p.init)

    def _loss(self, out: Tensor, y: Tensor, *, masked: bool) -> Tensor:
        if masked:
            out, y = out[y > 0], y[y > 0]
        if self.p.output == "millimetres":  # the squared difference, as the network computes
            made = out.exp() * 1000.0
            return ((made - y.to(made.dtype)) ** 2).mean()
        gap = out.float() - y.log()
        return 10 * torch.sqrt((gap**2).mean() - 0.85 * gap.mean() ** 2 + 1e-8)

    def loss(self, rows: Tensor) -> tuple[Tensor, Told]:
        """Return the loss of some pictures."""
        out = self.model(self.x[rows])
        if self.p.precision == "float16" and self.p.output == "millimetres":
            out = out.half()
        return self._loss(out, self.y[rows], masked=self.p.output != "unmasked"), {}

    def validate(self) -> Told:
        """Return loss, relative error, error in metres and the share within a quarter."""
        held = slice(self.p.n, None)
        x, y = self.x[held], self.y[held]
        if self.p.mode == "swapped-at-validation":
            x = x[:, [2, 1, 0]]
        if self.p.mode == "millimetres-at-validation":
            y = y * 1000.0
        out = self.model(x)
        value = self._loss(out, y, masked=True).item()
        if self.p.output == "millimetres":
            y = y / 1000.0
        made, y = out.exp()[y > 0], y[y > 0]
        within = torch.maximum(made / y, y / made) < 1.25
        return {
            "val_loss": value,
            "val_abs_rel": ((made - y).abs() / y).mean().item(),
            "val_rmse": ((made - y) ** 2).mean().sqrt().item(),
            "val_delta1": within.float().mean().item(),
        }


class PairEnergy(nn.Module):
    """The sum over pairs of a function of their distance."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.register_buffer("centres", torch.linspace(0.6, 3.2, 12))
        self.body = stack([12, *[p.width] * p.depth, 1], p.activation)
        self.pairs = torch.triu_indices(5, 5, 1)

    def forward(self, at: Tensor) -> Tensor:
        """Return the energy of each cluster."""
        i, j = self.pairs
        away = (at[:, i] - at[:, j]).norm(dim=2)
        bumps = torch.exp(-((away[..., None] - self.centres) ** 2) / 0.1)
        made: Tensor = self.body(bumps)[..., 0].sum(1)
        return made


class Potential(Task):
    """Energies and forces of clusters of five atoms; forces are the gradient of the energy."""

    def __init__(self, p: Plan, seed: int) -> None:
        super().__init__(p, seed)
        base = np.array([[0, 0, 0], [1.1, 0, 0], [0.5, 1.0, 0], [0.5, 0.35, 0.95], [0.5, 0.35, -0.95]])
        at = base + p.knob("shake", 0.13) * self.rng.uniform(-1, 1, size=(p.n + p.n_val, 5, 3))
        self.at = torch.as_tensor(at.astype(np.float32))
        i, j = torch.triu_indices(5, 5, 1)
        places = self.at.clone().requires_grad_()
        bond = 1 - torch.exp(-2.0 * ((places[:, i] - places[:, j]).norm(dim=2) - 1.1))
        energy = (bond**2 - 1).sum(1)
        (slope,) = torch.autograd.grad(energy.sum(), places)
        energy, force = energy.detach(), -slope
        self.energy = (
            energy - energy.mean() + p.noise * torch.as_tensor(self.rng.normal(size=len(at)).astype(np.float32))
        )
        self.force = force + p.noise * torch.as_tensor(self.rng.normal(size=at.shape).astype(np.float32))
        self.key = self.energy[: p.n]
        self.model = PairEnergy(p)
        initialise(self.model, p.init)

    def _of(self, rows: Tensor | slice) -> tuple[Tensor, Told]:
        with torch.enable_grad():
            at = self.at[rows].clone().requires_grad_()
            energy = self.model(at)
            (slope,) = torch.autograd.grad(
                energy.sum(), at, create_graph=self.model.training and self.p.output != "no-graph", retain_graph=True
            )
        gap_e = energy - self.energy[rows]
        gap_f = (slope if self.p.output == "uphill" else -slope) - self.force[rows]
        by_e, by_f = self.p.knob("weights", (1.0, 10.0))
        told = {"loss_energy": (gap_e**2).mean(), "loss_forces": (gap_f**2).mean()}
        loss = by_e * told["loss_energy"] + by_f * told["loss_forces"]
        errors = {"energy_mae": gap_e.abs().mean().item(), "force_mae": gap_f.abs().mean().item()}
        return loss, {**{name: v.item() for name, v in told.items()}, **errors}

    def loss(self, rows: Tensor) -> tuple[Tensor, Told]:
        """Return the weighted errors of energies and forces."""
        value, told = self._of(rows)
        return value, {name: v for name, v in told.items() if name.startswith("loss")}

    def validate(self) -> Told:
        """Return the same of those held out, and mean errors."""
        value, told = self._of(slice(self.p.n, None))
        return {"val_loss": value.item(), "val_energy_mae": told["energy_mae"], "val_force_mae": told["force_mae"]}


class Heat(Task):
    """A network that is to obey the equation of heat, its start and its ends; only the judge knows the solution."""

    def __init__(self, p: Plan, seed: int) -> None:
        super().__init__(p, seed)
        self.model = stack([2, *[p.width] * p.depth, 1], p.activation)
        initialise(self.model, p.init)
        x, t = np.meshgrid(np.linspace(0, 1, 33), np.linspace(0, 1, 17))
        self.grid = torch.as_tensor(np.stack([x.ravel(), t.ravel()], 1).astype(np.float32))
        self.truth = self._exact(self.grid)
        self.conduct = 0.1

    def _exact(self, at: Tensor) -> Tensor:
        x, t = at[:, 0], at[:, 1]
        pi = math.pi
        return torch.sin(pi * x) * torch.exp(-0.1 * pi**2 * t) + 0.5 * torch.sin(2 * pi * x) * torch.exp(
            -0.4 * pi**2 * t
        )

    def _scaled(self, at: Tensor) -> Tensor:
        return at * self.p.input_scale

    def _residual(self, at: Tensor) -> Tensor:
        at = at.clone().requires_grad_()
        u = self.model(self._scaled(at))
        (first,) = torch.autograd.grad(u.sum(), at, create_graph=True)
        (second,) = torch.autograd.grad(first[:, 0].sum(), at, create_graph=True)
        sign = -1.0 if self.p.output == "sign-turned" else 1.0
        return first[:, 1] - sign * self.conduct * second[:, 0]

    def loss(self, rows: Tensor) -> tuple[Tensor, Told]:
        """Return the weighted sum of what is wrong inside, at the ends and at the start."""
        count = self.p.knob("points", 96)
        inside = torch.rand(count, 2)
        ends = torch.stack([torch.randint(0, 2, (48,)).float(), torch.rand(48)], 1)
        start = torch.stack([torch.rand(48), torch.zeros(48)], 1)
        wrong_inside = (self._residual(inside) ** 2).mean()
        wrong_ends = (self.model(self._scaled(ends)) ** 2).mean()
        wrong_start = ((self.model(self._scaled(start))[:, 0] - self._exact(start)) ** 2).mean()
        by_ends, by_start = self.p.knob("weights", (10.0, 10.0))
        told = {"loss_pde": wrong_inside.item(), "loss_bc": wrong_ends.item(), "loss_ic": wrong_start.item()}
        return wrong_inside + by_ends * wrong_ends + by_start * wrong_start, told

    def validate(self) -> Told:
        """Return the error against the solution."""
        gap = self.model(self._scaled(self.grid))[:, 0] - self.truth
        return {"val_loss": (gap**2).mean().item(), "val_rel_l2": (gap.norm() / self.truth.norm()).item()}
