"""A maze of six by six: an actor and a critic that see where they stand."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.networks import stack
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched

SIDE, ACTORS, HORIZON = 6, 24, 24
WALLS = torch.tensor([8, 14, 20, 27, 28])
MOVES = torch.tensor([[-1, 0], [1, 0], [0, -1], [0, 1]])


class Players:
    """Actors that start in one corner and look for the other."""

    def __init__(self, p: Plan, g: torch.Generator) -> None:
        self.p, self.g = p, g
        self.at = torch.zeros(ACTORS, dtype=torch.long)
        self.age = torch.zeros(ACTORS, dtype=torch.long)
        self.got = torch.zeros(ACTORS)

    def step(self, action: Tensor) -> tuple[Tensor, Tensor, list[tuple[float, float, float]]]:
        """Move everyone; return rewards, who is done, and return, success and length of the episodes that ended."""
        row, column = self.at // SIDE, self.at % SIDE
        slip = torch.rand(ACTORS, generator=self.g) < 0.1
        action = torch.where(slip, torch.randint(4, (ACTORS,), generator=self.g), action)
        new_row = (row + MOVES[action, 0]).clamp(0, SIDE - 1)
        new_column = (column + MOVES[action, 1]).clamp(0, SIDE - 1)
        place = new_row * SIDE + new_column
        self.at = torch.where(torch.isin(place, WALLS), self.at, place)
        self.age += 1
        home = self.at == SIDE * SIDE - 1
        gain = self.p.knob("goal", 1.0) * home + self.p.knob("each_step", -0.02)
        done = home | (self.age >= self.p.knob("limit", 40))
        self.got = self.got + gain
        over = [(float(self.got[i]), float(home[i]), float(self.age[i])) for i in done.nonzero()[:, 0].tolist()]
        self.at, self.age, self.got = (torch.where(done, torch.zeros_like(v), v) for v in (self.at, self.age, self.got))
        return gain, done, over


def train_maze(p: Plan, seed: int) -> Logged:
    """Train one plan and return what was logged."""
    torch.manual_seed(seed)
    players = Players(p, torch.Generator().manual_seed(500 + seed))
    nets = nn.ModuleDict({"actor": stack([36, p.width, 4], "tanh"), "critic": stack([36, p.width, 1], "tanh")})
    if p.frozen:
        nets[p.frozen].requires_grad_(False)
    opt = torch.optim.Adam([q for q in nets.parameters() if q.requires_grad], lr=p.lr)
    log, watched = Log(), Watched()
    if p.knob("told", "lean") == "layers":
        watched.begin(nets, opt)
    recent: list[tuple[float, float, float]] = []
    for update in range(p.epochs):
        told = _update(p, players, nets, opt, recent)
        recent[:] = recent[-100:]
        if (update + 1) % p.knob("often", 2) == 0 and recent:
            means = [sum(v) / len(recent) for v in zip(*recent, strict=True)]
            episodes = dict(zip(("episode_return", "success_rate", "episode_length"), means, strict=True))
            told = told if p.knob("told", "lean") != "lean" else {k: v for k, v in told.items() if k != "grad_norm"}
            log((update + 1) * ACTORS * HORIZON, **told, **episodes)
    log.logged.update(watched.read())
    return log.logged


def _update(
    p: Plan, players: Players, nets: nn.ModuleDict, opt: torch.optim.Optimizer, recent: list[tuple[float, float, float]]
) -> dict[str, float]:
    """Play, then take one step of the optimizer; return what is logged of it."""
    where, actions, gains, ends = [], [], [], []
    for _ in range(HORIZON):
        seen = functional.one_hot(players.at, SIDE * SIDE).float()
        with torch.no_grad():
            action = torch.distributions.Categorical(logits=nets["actor"](seen)).sample()
        gain, done, over = players.step(action)
        recent += over
        where.append(seen)
        actions.append(action)
        gains.append(gain)
        ends.append(done.float())
    with torch.no_grad():
        ahead = nets["critic"](functional.one_hot(players.at, SIDE * SIDE).float())[:, 0]
    aims, gamma = [], p.knob("gamma", 0.97)
    for gain, end in zip(reversed(gains), reversed(ends), strict=True):
        ahead = gain + gamma * ahead * (1 - end)
        aims.insert(0, ahead)
    x, a, aim = torch.cat(where), torch.cat(actions), torch.cat(aims)
    value = nets["critic"](x)[:, 0]
    chosen = torch.distributions.Categorical(logits=nets["actor"](x))
    gap = (aim - value).detach()
    gap = (gap - gap.mean()) / (gap.std() + 1e-6)
    policy_loss, value_loss = -(gap * chosen.log_prob(a)).mean(), (aim - value).square().mean()
    entropy = chosen.entropy().mean()
    opt.zero_grad()
    (policy_loss + 0.5 * value_loss - p.knob("ent", 0.01) * entropy).backward()
    norm = float(nn.utils.clip_grad_norm_(nets.parameters(), p.clip or 1e9))
    opt.step()
    explained = 1 - float((aim - value).var() / aim.var().clamp_min(1e-8))
    return {
        "policy_loss": float(policy_loss),
        "value_loss": float(value_loss),
        "entropy": float(entropy),
        "explained_variance": explained,
        "grad_norm": norm,
    }
