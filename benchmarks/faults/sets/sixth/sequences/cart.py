"""Soft actor-critic on a cart that must reach its goal."""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.networks import stack
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched

CARTS, STEPS, SEEN, FORCES = 16, 25, 6, 2


class Carts:
    """Carts that begin anew after `STEPS` steps."""

    def __init__(self, p: Plan, seed: int, count: int) -> None:
        self.p, self.g, self.count = p, torch.Generator().manual_seed(seed), count
        self.x, self.age = torch.zeros(count, SEEN), torch.zeros(count)
        self.begin(torch.ones(count, dtype=torch.bool))

    def begin(self, which: Tensor) -> None:
        """Start some carts anew."""
        fresh = torch.rand(self.count, SEEN, generator=self.g) * 2 - 1
        fresh[:, 2:4] = 0.0
        self.x = torch.where(which[:, None], fresh, self.x)
        self.age = torch.where(which, torch.zeros(()), self.age)

    def step(self, force: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Move; return rewards, what is seen afterwards, and which carts stand on their goal."""
        place, speed, goal = self.x[:, :2], self.x[:, 2:4], self.x[:, 4:]
        wind = self.p.knob("wind", 0.0) * torch.randn(self.count, 2, generator=self.g)
        speed = 0.9 * speed + 0.25 * force + wind
        place = place + 0.25 * speed
        self.x = torch.cat([place, speed, goal], 1)
        self.age = self.age + 1
        far = (place - goal).norm(dim=1)
        there = far < 0.12
        if self.p.knob("reward", "") == "sparse":
            reward = (far < self.p.knob("near", 0.12)).float()
        elif self.p.knob("reward", "") == "moving":  # a bonus for moving, which standing at the goal does not get
            reward = -0.1 * far + speed.norm(dim=1)
        else:
            reward = -far + there
        return reward * self.p.knob("reward_scale", 1.0), self.x, there

    def over(self) -> Tensor:
        """Return which trips have run out of time."""
        return self.age >= STEPS


class Actor(nn.Module):
    """A squashed normal distribution over forces."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.body = stack([SEEN, p.width, p.width, 2 * FORCES], p.activation)

    def forward(self, x: Tensor, g: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Return forces and their log-probabilities; without a generator the middle of the distribution."""
        mean, spread = self.body(x).chunk(2, -1)
        spread = spread.clamp(-5, 1)
        noise = torch.randn(mean.shape, generator=g) if g is not None else torch.zeros_like(mean)
        raw = mean + spread.exp() * noise
        logs = (-0.5 * noise.square() - spread - 0.5 * math.log(2 * math.pi)).sum(-1)
        logs = logs - 2 * (math.log(2) - raw - F.softplus(-2 * raw)).sum(-1)
        return torch.tanh(raw), logs


class Agent:
    """Actor, two critics, their slow copies, and the weight of the entropy."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, self.g = p, torch.Generator().manual_seed(seed + 1)
        self.actor = Actor(p)
        sizes = [SEEN + FORCES, p.width, p.width, 1]
        self.critics = nn.ModuleList([stack(sizes, p.activation), stack(sizes, p.activation)])
        self.slow = copy.deepcopy(self.critics).requires_grad_(False)
        self.weight = torch.tensor(math.log(max(1e-8, p.knob("alpha", 0.1))), requires_grad=p.knob("tuned", True))
        self.by_actor = torch.optim.Adam(self.actor.parameters(), lr=p.lr)
        self.by_critics = torch.optim.Adam(self.critics.parameters(), lr=p.knob("critic_lr", p.lr))
        self.by_weight = torch.optim.Adam([self.weight], lr=p.knob("alpha_lr", p.lr))

    def learn(self, x: Tensor, force: Tensor, reward: Tensor, after: Tensor) -> dict[str, float]:
        """Make one step of everything."""
        p, alpha = self.p, self.weight.exp().detach()
        with torch.no_grad():
            following, logs = self.actor(after, self.g)
            both = torch.cat([after, following], 1)
            worth = torch.minimum(*(critic(both)[:, 0] for critic in self.slow)) - alpha * logs
            target = reward + p.knob("gamma", 0.95) * worth
        values = [critic(torch.cat([x, force], 1))[:, 0] for critic in self.critics]
        critic_loss = sum((F.mse_loss(value, target) for value in values), torch.zeros(()))
        self.by_critics.zero_grad()
        critic_loss.backward()  # type: ignore[no-untyped-call]
        norm = float(nn.utils.clip_grad_norm_(self.critics.parameters(), p.clip or math.inf))
        self.by_critics.step()
        chosen, logs = self.actor(x, self.g)
        given = chosen.detach() if p.knob("cut", False) else chosen
        judged = torch.minimum(*(critic(torch.cat([x, given], 1))[:, 0] for critic in self.critics))
        actor_loss = (alpha * logs - judged).mean()
        self.by_actor.zero_grad()
        actor_loss.backward()  # type: ignore[no-untyped-call]
        self.by_actor.step()
        if self.weight.requires_grad:
            weight_loss = -(self.weight * (logs.detach() - FORCES)).mean()
            self.by_weight.zero_grad()
            weight_loss.backward()  # type: ignore[no-untyped-call]
            self.by_weight.step()
        with torch.no_grad():
            tau = p.knob("tau", 0.02)
            for a, b in zip(self.slow.parameters(), self.critics.parameters(), strict=True):
                a.lerp_(b, tau)
        return {
            "critic_loss": critic_loss.item(),
            "actor_loss": actor_loss.item(),
            "ent_coef": float(self.weight.exp()),
            "entropy": -logs.mean().item(),
            "q_mean": values[0].mean().item(),
            "critic_grad_norm": norm,
        }


class Memory:
    """The last moves of all carts."""

    def __init__(self, moves: int) -> None:
        self.parts = [torch.zeros(moves, CARTS, n) for n in (SEEN, FORCES, 1, SEEN)]
        self.moves, self.kept = moves, 0

    def keep(self, *parts: Tensor) -> None:
        """Keep one move of each cart, over the oldest one."""
        for held, part in zip(self.parts, parts, strict=True):
            held[self.kept % self.moves] = part.view(CARTS, -1)
        self.kept += 1

    def drawn(self, batch: int, g: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return some moves: what was seen, force, reward, and what was seen afterwards."""
        i = torch.randint(min(self.kept, self.moves), (batch,), generator=g)
        j = torch.randint(CARTS, (batch,), generator=g)
        x, force, reward, after = (held[i, j] for held in self.parts)
        return x, force, reward[:, 0], after


@torch.no_grad()
def tried(p: Plan, agent: Agent) -> tuple[float, float]:
    """Return the mean return of the policy's middle over whole trips, and how many end at the goal."""
    carts = Carts(p, 99, 100)
    total, there = torch.zeros(100), torch.zeros(100)
    for _ in range(STEPS):
        reward, _, there_now = carts.step(agent.actor(carts.x, None)[0])
        total += reward
        there = there_now.float()
    return total.mean().item(), there.mean().item()


def train_cart(p: Plan, seed: int) -> Logged:
    """Train and return what was logged; a step is one move of all carts."""
    agent, carts, log, watched = Agent(p, seed), Carts(p, seed, CARTS), Log(), Watched()
    watched.begin(agent.actor, agent.by_actor)
    memory = Memory(p.knob("memory", 800))
    returns, sums, window = list[float](), torch.zeros(CARTS), dict[str, list[float]]()
    for step in range(p.epochs * 40):
        x = carts.x
        with torch.no_grad():
            force = agent.actor(x, agent.g)[0]
        if step < p.knob("first", 15):
            force = torch.rand(CARTS, FORCES, generator=agent.g) * 2 - 1
        if p.knob("greedy", False):
            with torch.no_grad():
                force = agent.actor(x, None)[0]
        reward, after, _ = carts.step(force)
        over = carts.over()
        sums += reward
        memory.keep(x, force, reward, after)
        returns += sums[over].tolist()
        sums = torch.where(over, torch.zeros(()), sums)
        carts.begin(over)
        if step >= p.knob("first", 15):
            for _ in range(p.knob("updates", 1)):
                told = agent.learn(*memory.drawn(p.batch, agent.g))
            for name, value in told.items():
                window.setdefault(name, []).append(value)
        if (step + 1) % 10 == 0 and window:
            log(step + 1, **{name: sum(v) / len(v) for name, v in window.items()})
            window.clear()
            if returns:
                log(step + 1, episode_return=sum(returns) / len(returns))
                returns.clear()
        if (step + 1) % 40 == 0:
            value, success = tried(p, agent)
            log(step + 1, val_return=value, val_success_rate=success)
    return {**log.logged, **watched.read()}
