"""Motion of the fourth part: a driver that is imitated, and a model of a small world with several losses."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import initialise
from benchmarks.faults.kit.plan import Plan

ACTS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "elu": nn.ELU}
AHEAD = 6


def _expert(state: Tensor) -> Tensor:
    """Drive to the flag, round the pond in the middle."""
    place, speed, flag = state[:, :2], state[:, 2:4], state[:, 4:6]
    way = flag - place
    near = torch.exp(-2.5 * place.square().sum(1, keepdim=True))
    round_it = torch.stack([-place[:, 1], place[:, 0]], 1)
    return torch.tanh(1.5 * way - 1.8 * speed + 2.5 * near * (place + round_it))


def _driven(state: Tensor, action: Tensor) -> Tensor:
    speed = 0.85 * state[:, 2:4] + 0.15 * action.clamp(-1, 1)
    return torch.cat([state[:, :2] + speed, speed, state[:, 4:6]], 1)


def _start(n: int, g: torch.Generator) -> Tensor:
    angle = 6.28 * torch.rand(n, 1, generator=g)
    place = torch.cat([angle.cos(), angle.sin()], 1) * 1.4
    other = angle + 2.2 + 1.8 * torch.rand(n, 1, generator=g)
    return torch.cat([place, torch.zeros(n, 2), torch.cat([other.cos(), other.sin()], 1) * 1.3], 1)


class Driver(nn.Module):
    """Says from position, speed and flag what the driver does."""

    def __init__(self, width: int, depth: int, activation: str) -> None:
        super().__init__()
        sizes = [6, *[width] * depth]
        layers: list[nn.Module] = []
        for a, b in itertools.pairwise(sizes):
            layers += [nn.Linear(a, b), ACTS[activation]()]
        self.body, self.steer = nn.Sequential(*layers), nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 2] actions."""
        found: Tensor = self.steer(self.body(x))
        return found


class Imitation:
    """What a driver did, in his units; how far the imitator gets with it is measured by driving."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        self.g = torch.Generator().manual_seed(seed + 1)
        rounds = (p.n + p.n_val) // 25 + 1
        state, seen, done = _start(rounds, g), [], []
        for _ in range(25):
            action = _expert(state)
            seen.append(state)
            done.append(action)
            state = _driven(state, action + 0.3 * torch.randn(action.shape, generator=g))
        x, y = torch.stack(seen, 1).flatten(0, 1), torch.stack(done, 1).flatten(0, 1)
        y = (y + p.noise * torch.randn(y.shape, generator=g)) * p.knob("units", 1.0)
        self.val_x, self.val_y = x[: p.n_val], y[: p.n_val]
        self.x, self.y = x[p.n_val : p.n_val + p.n], y[p.n_val : p.n_val + p.n]
        self.size, self.kinds = p.n, (self.y[:, 0] * 100).long()
        self.model: nn.Module = Driver(p.width, p.depth, p.activation)
        initialise(self.model, p.init)

    def loss(self, rows: Tensor, *, broken: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the squared error of the actions."""
        x, y = self.x[rows], self.y[rows]
        if broken:
            y = y * 0 + 25.0 * self.p.knob("units", 1.0)  # what the wheel says while it has no contact
        return F.mse_loss(self.model(x), y), {}

    def check(self) -> dict[str, float]:
        """Return the error on other rounds, and the share of those who reach the flag when the imitator drives."""
        told = {"val_loss": F.mse_loss(self.model(self.val_x), self.val_y).item()}
        state = _start(128, torch.Generator().manual_seed(4))
        for _ in range(30):
            state = _driven(state, self.model(state) / self.p.knob("units", 1.0))
        return told | {"rollout_success": ((state[:, :2] - state[:, 4:6]).norm(dim=1) < 0.25).float().mean().item()}


class World(nn.Module):
    """An encoder of what is seen, a recurrent core that goes on with the actions alone, and three heads."""

    def __init__(self, width: int, depth: int, activation: str) -> None:
        super().__init__()
        layers = [m for _ in range(depth) for m in (nn.Linear(width, width), ACTS[activation]())]
        self.encoder = nn.Sequential(nn.Linear(6, width), ACTS[activation](), *layers)
        self.core = nn.GRUCell(2, width)
        self.seen, self.reward, self.end = nn.Linear(width, 6), nn.Linear(width, 1), nn.Linear(width, 1)

    def forward(self, x: Tensor, actions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what is seen, got and whether it ends, of AHEAD steps from now."""
        h, states = self.encoder(x), []
        for t in range(AHEAD):
            h = self.core(actions[:, t], h)
            states.append(h)
        all_states = torch.stack(states, 1)
        return self.seen(all_states), self.reward(all_states)[..., 0], self.end(all_states)[..., 0]


class Dream:
    """Short rides of a random driver, and what was seen, got and ended in them."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        total = p.n + p.n_val
        first = torch.cat(
            [
                1.2 * torch.randn(total, 2, generator=g),
                0.3 * torch.randn(total, 2, generator=g),
                torch.randn(total, 2, generator=g),
            ],
            1,
        )
        actions, state = 2 * torch.rand(total, AHEAD, 2, generator=g) - 1, first
        seen = []
        for t in range(AHEAD):
            state = _driven(state, actions[:, t])
            seen.append(state)
        obs = torch.stack(seen, 1)
        reward = torch.exp(-(obs[..., :2] - obs[..., 4:6]).square().sum(2)) * p.knob("reward_units", 1.0)
        end = (obs[..., :2].norm(dim=2) > 1.9).float()
        obs = obs + p.noise * torch.randn(obs.shape, generator=g)
        self.all = (first, actions, obs, reward, end)
        self.size, self.kinds = p.n, first[p.n_val :, 0].argsort().argsort()
        self.model: nn.Module = World(p.width, p.depth, p.activation)
        initialise(self.model, p.init)

    def _told(self, rows: Tensor | slice, *, broken: bool = False) -> tuple[Tensor, dict[str, float]]:
        x, actions, obs, reward, end = (part[rows] for part in self.all)
        if broken:
            obs = obs * 40
        seen, got, over = self.model(x, actions)
        terms = {
            "obs": F.mse_loss(seen, obs),
            "reward": F.mse_loss(got, reward),
            "done": F.binary_cross_entropy_with_logits(over, end),
        }
        weights = {"obs": 1.0, "reward": self.p.knob("reward_weight", 1.0), "done": self.p.knob("done_weight", 0.2)}
        total = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
        return total, {f"loss/{name}": term.item() for name, term in terms.items()}

    def loss(self, rows: Tensor, *, broken: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the sum of the three losses, and each of them."""
        return self._told(rows + self.p.n_val, broken=broken)

    def check(self) -> dict[str, float]:
        """Return the same of rides held out."""
        loss, told = self._told(slice(0, self.p.n_val))
        return {name.replace("loss/", "eval/"): value for name, value in {"loss/total": loss.item(), **told}.items()}
