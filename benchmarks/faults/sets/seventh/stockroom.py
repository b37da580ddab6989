"""Orders for a stockroom whose goods come a day late: proximal policy optimisation on many rooms at once."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.plan import Plan

ROOMS, DAYS, MOST = 32, 32, 6


class Rooms:
    """Rooms with goods: sales bring 2, storing costs 0.2 a piece, ordering 1 a piece and 0.5 at all."""

    def __init__(self, g: torch.Generator, unit: float) -> None:
        self.g, self.unit = g, unit
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.stock, self.way = torch.full((ROOMS,), 4.0), torch.zeros(ROOMS)
        self.day, self.season = 0, 6.3 * torch.rand(ROOMS, generator=self.g)

    def see(self) -> Tensor:
        """What the policy sees."""
        s = self.season + 0.4 * self.day
        return torch.stack(
            [self.stock / 8, self.way / 4, torch.sin(s), torch.cos(s), torch.full((ROOMS,), self.day / DAYS)], 1
        )

    def order(self, a: Tensor) -> Tensor:
        """A day passes."""
        want = torch.poisson(2.5 + 2 * torch.sin(self.season + 0.4 * self.day).clamp_min(-1), generator=self.g)
        sold = torch.minimum(want, self.stock)
        self.stock = (self.stock - sold + self.way).clamp_max(16)
        self.way = a.float()
        self.day += 1
        return self.unit * (2 * sold - 0.2 * self.stock - a.float() - 0.5 * (a > 0).float())


class Agent(nn.Module):
    """Policy and value on one trunk."""

    def __init__(self, w: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(5, w), nn.Tanh(), nn.Linear(w, w), nn.Tanh())
        self.pi, self.v = nn.Linear(w, MOST + 1), nn.Linear(w, 1)
        with torch.no_grad():
            self.pi.weight.mul_(0.1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.trunk(x)
        return self.pi(h).log_softmax(-1), self.v(h)[..., 0]


def train_stockroom(p: Plan, seed: int) -> Logged:
    """Train one plan."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(500 + seed)
    rooms, agent, log = Rooms(g, p.knob("unit", 1.0)), Agent(p.width), Log()
    optimizer = torch.optim.Adam(agent.parameters(), lr=p.lr, eps=1e-5)
    scale = p.knob("reward_scale", 0.2)
    for turn in range(1, p.epochs + 1):
        rooms.reset()
        xs, acts, logs, values, rewards = [], [], [], [], []
        with torch.no_grad():
            for _ in range(DAYS):
                x = rooms.see()
                lp, v = agent(x)
                a = torch.multinomial(lp.exp(), 1)[:, 0]
                r = rooms.order(a)
                for kept, value in zip(
                    (xs, acts, logs, values, rewards), (x, a, lp.gather(1, a[:, None])[:, 0], v, r), strict=True
                ):
                    kept.append(value)
        x, a, old, v, r = (torch.stack(kept) for kept in (xs, acts, logs, values, rewards))
        total = r.sum(0).mean()
        r = r * scale
        adv, last = torch.zeros_like(r), torch.zeros(ROOMS)
        for t in reversed(range(DAYS)):
            after = v[t + 1] if t + 1 < DAYS else torch.zeros(ROOMS)
            last = r[t] + 0.97 * after - v[t] + 0.97 * 0.95 * last
            adv[t] = last
        returns = adv + v
        if p.knob("normalise", True):
            adv = (adv - adv.mean()) / (adv.std() + 1e-8)
        x, a, old, adv, returns = (k.flatten(0, 1) for k in (x, a, old, adv, returns))
        told: dict[str, list[float]] = {}
        for _ in range(p.knob("passes", 4)):
            for index in torch.randperm(len(x)).split(p.batch):
                lp, value = agent(x[index])
                new = lp.gather(1, a[index, None])[:, 0]
                ratio = (new - old[index]).exp()
                pg = -torch.minimum(ratio * adv[index], ratio.clamp(0.8, 1.2) * adv[index]).mean()
                vf = F.mse_loss(value, returns[index])
                entropy = -(lp.exp() * lp).sum(1).mean()
                loss = pg + p.knob("vf", 0.5) * vf + p.knob("ent_sign", -1.0) * p.knob("ent", 0.01) * entropy
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), p.clip or 1e9)
                optimizer.step()
                kl = (old[index] - new).mean()
                far = ((ratio - 1).abs() > 0.2).float().mean()
                for name, q in (
                    ("policy_loss", pg),
                    ("value_loss", vf),
                    ("entropy", entropy),
                    ("approx_kl", kl),
                    ("clip_fraction", far),
                ):
                    told.setdefault(name, []).append(float(q.detach()))
        before = float(1 - ((returns - v.flatten()).var() / returns.var().clamp_min(1e-8)))
        row = {
            "episode_return": float(total),
            **{k: sum(w) / len(w) for k, w in told.items()},
            "explained_variance": before,
        }
        if p.knob("told", "usual") == "lean":
            row = {k: row[k] for k in ("episode_return", "policy_loss", "value_loss", "entropy")}
        log(turn * ROOMS * DAYS, **row)
    return log.logged
