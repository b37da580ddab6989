"""Orders for a stockroom whose goods come a day late: proximal policy optimisation on many rooms at once."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.plan import Plan

ROOMS, DAYS, MOST = 32, 32, 6


class Rooms:
    """Rooms with goods: sales bring 2, storing costs 0.2 a piece, ordering 1 a piece and 0.5 at all."""

    def __init__(self, g: torch.Generator) -> None:
        self.g = g
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.stock, self.way = torch.full((ROOMS,), 4.0), torch.zeros(ROOMS)
        self.day, self.season = 0, 6.3 * torch.rand(ROOMS, generator=self.g)

    def see(self) -> Tensor:
        """Return what the policy sees."""
        s = self.season + 0.4 * self.day
        return torch.stack(
            [self.stock / 8, self.way / 4, torch.sin(s), torch.cos(s), torch.full((ROOMS,), self.day / DAYS)], 1
        )

    def order(self, a: Tensor) -> Tensor:
        """Let a day pass, and return what each room earned."""
        want = torch.poisson(2.5 + 2 * torch.sin(self.season + 0.4 * self.day).clamp_min(-1), generator=self.g)
        sold = torch.minimum(want, self.stock)
        self.stock = (self.stock - sold + self.way).clamp_max(16)
        self.way = a.float()
        self.day += 1
        return 2 * sold - 0.2 * self.stock - a.float() - 0.5 * (a > 0).float()


class Agent(nn.Module):
    """Policy and value on one trunk."""

    def __init__(self, w: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(5, w), nn.Tanh(), nn.Linear(w, w), nn.Tanh())
        self.pi, self.v = nn.Linear(w, MOST + 1), nn.Linear(w, 1)
        with torch.no_grad():
            self.pi.weight.mul_(0.1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the log-probabilities of orders, and the value."""
        h = self.trunk(x)
        return self.pi(h).log_softmax(-1), self.v(h)[..., 0]


def gather(rooms: Rooms, agent: Agent) -> list[Tensor]:
    """Live through all days, and return what was seen, ordered, how likely that was, expected and earned."""
    rooms.reset()
    days: list[tuple[Tensor, ...]] = []
    with torch.no_grad():
        for _ in range(DAYS):
            x = rooms.see()
            lp, v = agent(x)
            a = torch.multinomial(lp.exp(), 1)[:, 0]
            days.append((x, a, lp.gather(1, a[:, None])[:, 0], v, rooms.order(a)))
    return [torch.stack(column) for column in zip(*days, strict=True)]


def advantages(rewards: Tensor, values: Tensor) -> Tensor:
    """Return generalised advantages; behind the last day lies nothing."""
    adv, last = torch.zeros_like(rewards), torch.zeros(ROOMS)
    for t in reversed(range(DAYS)):
        after = values[t + 1] if t + 1 < DAYS else torch.zeros(ROOMS)
        last = rewards[t] + 0.97 * after - values[t] + 0.97 * 0.95 * last
        adv[t] = last
    return adv


def improve(p: Plan, agent: Agent, optimizer: torch.optim.Optimizer, lived: tuple[Tensor, ...]) -> dict[str, float]:
    """Take the steps of an iteration, and return the means of what is logged of them."""
    x, a, old, adv, returns = lived
    told: dict[str, list[float]] = {}
    for _ in range(4):
        for index in torch.randperm(len(x)).split(p.batch):
            lp, value = agent(x[index])
            new = lp.gather(1, a[index, None])[:, 0]
            ratio = (new - old[index]).exp()
            pg = -torch.minimum(ratio * adv[index], ratio.clamp(0.8, 1.2) * adv[index]).mean()
            vf = functional.mse_loss(value, returns[index])
            entropy = -(lp.exp() * lp).sum(1).mean()
            loss = pg + 0.5 * vf + p.knob("ent_sign", -1.0) * p.knob("ent", 0.01) * entropy
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), p.clip or 1e9)
            optimizer.step()
            measured = {
                "policy_loss": pg,
                "value_loss": vf,
                "entropy": entropy,
                "approx_kl": (old[index] - new).mean(),
                "clip_fraction": ((ratio - 1).abs() > 0.2).float().mean(),
            }
            for name, q in measured.items():
                told.setdefault(name, []).append(float(q.detach()))
    return {name: sum(values) / len(values) for name, values in told.items()}


def train_stockroom(p: Plan, seed: int) -> Logged:
    """Train one plan."""
    torch.manual_seed(seed)
    rooms, agent, log = Rooms(torch.Generator().manual_seed(500 + seed)), Agent(p.width), Log()
    optimizer = torch.optim.Adam(agent.parameters(), lr=p.lr, eps=1e-5)
    for turn in range(1, p.epochs + 1):
        x, a, old, v, r = gather(rooms, agent)
        adv = advantages(r * p.knob("reward_scale", 0.2), v)
        returns = adv + v
        adv = (adv - adv.mean()) / (adv.std() + 1e-8)
        lived = tuple(k.flatten(0, 1) for k in (x, a, old, adv, returns))
        told = improve(p, agent, optimizer, lived)
        unexplained = (returns - v).var() / returns.var().clamp_min(1e-8)
        log(
            turn * ROOMS * DAYS,
            episode_return=float(r.sum(0).mean()),
            **told,
            explained_variance=float(1 - unexplained),
        )
    return log.logged
