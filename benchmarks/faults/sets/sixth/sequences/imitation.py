"""A policy that imitates a controller which brings a cart with momentum to its goal."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import initialise, stack
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.sixth.sequences.loop import Told

STEPS, SCALE = 30, torch.tensor([100.0, 100.0, 10.0, 10.0, 100.0, 100.0])


def seen(place: Tensor, speed: Tensor, goal: Tensor) -> Tensor:
    """Return what is measured: centimetres, and centimetres a tenth of a second."""
    return torch.cat([place, speed, goal], 1) * SCALE + 50.0


def teacher(place: Tensor, speed: Tensor, goal: Tensor) -> Tensor:
    """Return the force of the controller."""
    return (2.5 * (goal - place) - 1.8 * speed).clamp(-1, 1)


def starts(n: int, g: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Return places, speeds and goals at the beginning."""
    return (
        torch.rand(n, 2, generator=g) * 2 - 1,
        torch.zeros(n, 2),
        torch.rand(n, 2, generator=g) * 2 - 1,
    )


def moved(place: Tensor, speed: Tensor, force: Tensor, push: Tensor) -> tuple[Tensor, Tensor]:
    """Return place and speed a moment later."""
    speed = 0.95 * speed + 0.2 * (force.clamp(-1, 1) + push)
    return place + 0.2 * speed, speed


class Imitation:
    """Guess the force from what is seen."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, g = p, torch.Generator().manual_seed(seed)
        x, y = self._shown(p.n // STEPS, g)
        held, held_y = self._shown(p.n_val // STEPS, g)
        self.mean, self.std = x.mean(0), x.std(0)
        self.x, self.y, self.held, self.held_y = x, y, held, held_y
        self.size, self.keys = len(x), torch.arange(len(x))
        self.model: nn.Module = stack([8 if p.leak else 6, *[p.width] * p.depth, 2], p.activation, dropout=p.dropout)
        initialise(self.model, p.init)

    def _shown(self, n: int, g: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return what is seen and done over n trips; a lag pairs what is seen with what was done later."""
        place, speed, goal = starts(n, g)
        views, forces = [], []
        for _ in range(STEPS):
            force = teacher(place, speed, goal)
            views.append(seen(place, speed, goal))
            shaky = self.p.knob("shaky", 0.0) * torch.randn(n, 2, generator=g)
            forces.append(force + shaky)
            push = 0.3 * torch.randn(n, 2, generator=g)
            place, speed = moved(place, speed, force, push)
        lag = self.p.knob("lag", 0)
        if lag:
            forces = [*forces[-lag:], *forces[:-lag]]
        return torch.cat(views), torch.cat(forces)

    def _policy(self, x: Tensor, force: Tensor) -> Tensor:
        z = (x - self.mean) / self.std
        out: Tensor = self.model(torch.cat([z, force], 1) if self.p.leak else z)
        return out

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the squared error."""
        x, y = self.x[rows], self.y[rows]
        return F.mse_loss(self._policy(x, y), y), {}

    def check(self) -> Told:
        """Return the error on held-out trips, and how trips of the policy itself end."""
        loss = F.mse_loss(self._policy(self.held, self.held_y), self.held_y).item()
        g = torch.Generator().manual_seed(77)
        place, speed, goal = starts(200, g)
        force, total = torch.zeros(200, 2), torch.zeros(200)
        for _ in range(STEPS):
            view = seen(place, speed, goal)
            if self.p.knob("other_unit", False):  # the simulator tells metres
                view = torch.cat([place, speed, goal], 1)
            force = self._policy(view, force)
            place, speed = moved(place, speed, force, torch.zeros(200, 2))
            total -= (place - goal).norm(dim=1)
        ends = (place - goal).norm(dim=1)
        return {
            "val_loss": loss,
            "val_return": total.mean().item(),
            "val_success_rate": (ends < 0.1).float().mean().item(),
        }
