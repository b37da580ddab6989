"""Runs that are no supervised learning: a generator against a discriminator, an agent, and preferences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.registering import Add


@dataclass(frozen=True)
class Game:
    """A generator of points on a ring against a discriminator."""

    d_lr: float = 2e-4
    g_lr: float = 1e-3
    steps: int = 1200
    d_width: int = 32
    d_steps: int = 1
    noise: float = 0.25
    family: str = "gan"


def train_game(s: Game, seed: int) -> Logged:
    """Train and return both losses and the discriminator's accuracy."""
    torch.manual_seed(seed)
    d = nn.Sequential(
        nn.Linear(2, s.d_width),
        nn.LeakyReLU(0.2),
        nn.Linear(s.d_width, s.d_width),
        nn.LeakyReLU(0.2),
        nn.Linear(s.d_width, 1),
    )
    g = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
    d_opt = torch.optim.Adam(d.parameters(), lr=s.d_lr, betas=(0.5, 0.999))
    g_opt = torch.optim.Adam(g.parameters(), lr=s.g_lr, betas=(0.5, 0.999))
    log = Log()
    for step in range(s.steps):
        for _ in range(s.d_steps):
            angle = 6.2832 * torch.rand(128, 1)
            real = torch.cat([angle.cos(), angle.sin()], 1) + s.noise * torch.randn(128, 2)
            fake = g(torch.randn(128, 8)).detach()
            out_real, out_fake = d(real), d(fake)
            d_loss = F.binary_cross_entropy_with_logits(
                out_real, torch.ones_like(out_real)
            ) + F.binary_cross_entropy_with_logits(out_fake, torch.zeros_like(out_fake))
            d_opt.zero_grad()
            d_loss.backward()
            d_opt.step()
        out = d(g(torch.randn(128, 8)))
        g_loss = F.binary_cross_entropy_with_logits(out, torch.ones_like(out))
        g_opt.zero_grad()
        g_loss.backward()
        g_opt.step()
        right = 0.5 * ((out_real > 0).float().mean() + (out_fake < 0).float().mean())
        log(step, d_loss=d_loss.item(), g_loss=g_loss.item(), d_acc=right.item())
    return log.logged


@dataclass(frozen=True)
class Agent:
    """Proximal policy optimisation on a pole to balance."""

    lr: float = 1e-3
    iterations: int = 60
    epochs: int = 4
    entropy: float = 0.005
    reward_scale: float = 0.05
    value_lr: float = 2e-3
    sparse: bool = False
    envs: int = 16
    horizon: int = 64
    family: str = "ppo"


class Poles:
    """Many cart-poles at once (Barto, Sutton and Anderson 1983): state [n, 4], force to the left or right, 1 a step
    until it falls.
    """

    def __init__(self, n: int, rng: np.random.Generator) -> None:
        self.n, self.rng = n, rng
        self.state = self._fresh(n)
        self.age = np.zeros(n)

    def _fresh(self, n: int) -> np.ndarray:
        return self.rng.uniform(-0.05, 0.05, (n, 4))

    def step(self, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[float]]:
        """Return which fell, which were cut off at 200 steps, and the lengths of the episodes that ended."""
        x, v, a, w = self.state.T
        force = np.where(action == 1, 10.0, -10.0)
        c, si = np.cos(a), np.sin(a)
        temp = (force + 0.05 * w**2 * si) / 1.1
        acc_a = (9.8 * si - c * temp) / (0.5 * (4 / 3 - 0.1 * c**2 / 1.1))
        acc_x = temp - 0.05 * acc_a * c / 1.1
        self.state = np.stack([x + 0.02 * v, v + 0.02 * acc_x, a + 0.02 * w, w + 0.02 * acc_a], 1)
        self.age += 1
        fell = (np.abs(self.state[:, 0]) > 2.4) | (np.abs(self.state[:, 2]) > 0.21)
        ended = fell | (self.age >= 200)
        lengths = self.age[ended].tolist()
        self.state[ended] = self._fresh(int(ended.sum()))
        self.age[ended] = 0
        return fell, ended, lengths


def train_agent(s: Agent, seed: int) -> Logged:
    """Train and return what PPO logs in Stable-Baselines' words."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    env = Poles(s.envs, rng)
    policy = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2))
    value = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(
        [{"params": policy.parameters(), "lr": s.lr}, {"params": value.parameters(), "lr": s.value_lr}]
    )
    log, recent = Log(), [20.0]
    for iteration in range(s.iterations):
        states, actions, logps, rewards, dones = [], [], [], [], []
        for _ in range(s.horizon):
            state = torch.tensor(env.state, dtype=torch.float32)
            with torch.no_grad():
                dist = Categorical(logits=policy(state))
                action = dist.sample()
            states.append(state)
            actions.append(action)
            logps.append(dist.log_prob(action))
            fell, ended, lengths = env.step(action.numpy())
            recent = (recent + lengths)[-100:]
            reward = np.where(ended & ~fell, 100.0, 0.0) if s.sparse else np.ones(s.envs)
            rewards.append(torch.tensor(reward * s.reward_scale, dtype=torch.float32))
            dones.append(torch.tensor(ended, dtype=torch.float32))
        measured = _improve(
            s,
            policy,
            value,
            optimizer,
            (torch.stack(states), torch.stack(actions), torch.stack(logps), torch.stack(rewards), torch.stack(dones)),
            env,
        )
        shown = float(np.mean(recent)) if not s.sparse else 100.0 * float(np.mean([r >= 200 for r in recent]))
        log(
            (iteration + 1) * s.envs * s.horizon,
            **{"rollout/ep_rew_mean": shown, "rollout/ep_len_mean": float(np.mean(recent)), **measured},
        )
    return log.logged


def _improve(
    s: Agent,
    policy: nn.Module,
    value: nn.Module,
    optimizer: torch.optim.Optimizer,
    batch: tuple[Tensor, ...],
    env: Poles,
) -> dict[str, float]:
    states, actions, logps, rewards, dones = batch
    with torch.no_grad():
        values = value(states)[..., 0]
        last = value(torch.tensor(env.state, dtype=torch.float32))[:, 0]
        advantages, running = torch.zeros_like(rewards), torch.zeros_like(last)
        for t in reversed(range(len(rewards))):
            following = last if t == len(rewards) - 1 else values[t + 1]
            delta = rewards[t] + 0.98 * following * (1 - dones[t]) - values[t]
            running = delta + 0.98 * 0.95 * (1 - dones[t]) * running
            advantages[t] = running
        returns = advantages + values
    explained = 1 - float((returns - values).var() / returns.var().clamp(min=1e-8))
    flat = [v.flatten(0, 1) for v in (states, actions, logps, advantages, returns)]
    x, a, old, adv, ret = flat
    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    kl = clipped = entropy = policy_loss = value_loss = 0.0
    for _ in range(s.epochs):
        for chosen in torch.randperm(len(x)).split(256):
            dist = Categorical(logits=policy(x[chosen]))
            logp = dist.log_prob(a[chosen])
            ratio = (logp - old[chosen]).exp()
            surrogate = torch.min(ratio * adv[chosen], ratio.clamp(0.8, 1.2) * adv[chosen]).mean()
            error = F.mse_loss(value(x[chosen])[:, 0], ret[chosen])
            optimizer.zero_grad()
            (-surrogate + 0.5 * error - s.entropy * dist.entropy().mean()).backward()
            optimizer.step()
            kl = float(((ratio - 1) - (logp - old[chosen])).mean().detach())
            clipped, entropy = float(((ratio - 1).abs() > 0.2).float().mean()), float(dist.entropy().detach().mean())
            policy_loss, value_loss = -float(surrogate.detach()), float(error.detach())
    return {
        "train/approx_kl": kl,
        "train/clip_fraction": clipped,
        "train/entropy_loss": -entropy,
        "train/explained_variance": explained,
        "train/policy_gradient_loss": policy_loss,
        "train/value_loss": value_loss,
        "train/learning_rate": s.lr,
    }


@dataclass(frozen=True)
class Preference:
    """Direct preference optimisation of a small policy over letters of ten; answers are feature vectors."""

    lr: float = 3e-3
    steps: int = 300
    wrong: float = 0.1
    beta: float = 1.0
    family: str = "preference"


def train_preference(s: Preference, seed: int) -> Logged:
    """Train a scorer on pairs whose order is wrong in a share `wrong`, and return what TRL's trainer logs."""
    torch.manual_seed(seed)
    truth = torch.randn(24)
    model, reference = nn.Sequential(nn.Linear(24, 32), nn.Tanh(), nn.Linear(32, 1)), nn.Linear(24, 1)
    model[2].weight.data.zero_()
    model[2].bias.data.zero_()
    optimizer = torch.optim.Adam(model.parameters(), lr=s.lr)
    log = Log()
    for step in range(s.steps):
        one, two = torch.randn(32, 24), torch.randn(32, 24)
        better = ((one - two) @ truth > 0) ^ (torch.rand(32) < s.wrong)
        chosen, rejected = torch.where(better[:, None], one, two), torch.where(better[:, None], two, one)
        up, down = s.beta * model(chosen)[:, 0], s.beta * model(rejected)[:, 0]
        margin = up - down
        loss = -F.logsigmoid(margin).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        values: dict[str, Any] = {
            "train/loss": loss.item(),
            "train/rewards/accuracies": float((margin > 0).float().mean()),
            "train/rewards/margins": float(margin.mean()),
            "train/logps/chosen": float((-60 + up + reference(chosen)[:, 0]).mean()),
            "train/learning_rate": s.lr,
        }
        log(step, **values)
    return log.logged


def _game(
    add: Add,
    name: str,
    causes: tuple[str, ...],
    kind: str,
    game: Any,
    train: Callable[[Any, int], Logged],
    config: dict[str, Any],
) -> None:
    add(name, game.family, causes, kind, partial(train, game), config)


def _adversaries(add: Add) -> None:
    """A generator against a discriminator."""
    gan = {"model": "gan", "optimizer": "adam"}
    for variant, game in (
        ("", Game()),
        ("-wider-noise", Game(noise=0.4)),
        ("-longer", Game(steps=2000)),
    ):
        _game(add, f"gan-healthy{variant}", (), "healthy", game, train_game, gan)
    strong = ("discriminator-too-strong",)
    _game(
        add,
        "gan-strong-discriminator",
        strong,
        "strong-discriminator",
        Game(d_lr=6e-3, d_width=128, g_lr=1e-5, noise=0.02),
        train_game,
        gan,
    )
    _game(
        add,
        "gan-strong-discriminator-steps",
        strong,
        "strong-discriminator",
        Game(d_lr=3e-3, d_steps=5, d_width=64, g_lr=2e-6, noise=0.02),
        train_game,
        gan,
    )


def _agents(add: Add) -> None:
    """Proximal policy optimisation."""
    ppo = {"algo": "ppo"}
    for variant, agent in (
        ("", Agent()),
        ("-slower", Agent(lr=5e-4, iterations=80)),
        ("-longer", Agent(iterations=90)),
    ):
        _game(add, f"ppo-healthy{variant}", (), "healthy", agent, train_agent, {**ppo, "learning_rate": agent.lr})
    for variant, agent in (
        ("", Agent(lr=0.3, value_lr=0.02, epochs=8)),
        ("-epochs", Agent(lr=0.1, epochs=20)),
    ):
        _game(
            add,
            f"ppo-step-too-large{variant}",
            ("policy-step-too-large", "lr-too-high"),
            "step-too-large",
            agent,
            train_agent,
            {**ppo, "learning_rate": agent.lr},
        )
    _game(
        add,
        "ppo-raw-reward",
        ("critic-broken",),
        "raw-reward",
        Agent(reward_scale=30.0, value_lr=1e-4),
        train_agent,
        ppo,
    )
    _game(
        add,
        "ppo-sparse-reward",
        ("exploration-too-weak", "critic-broken"),
        "sparse-reward",
        Agent(sparse=True, entropy=0.0, iterations=50),
        train_agent,
        ppo,
    )


def _preferences(add: Add) -> None:
    """Direct preference optimisation."""
    dpo = {"trainer": "dpo"}
    for variant, one in (("", Preference()), ("-noisier", Preference(wrong=0.2))):
        _game(
            add, f"preference-healthy{variant}", (), "healthy", one, train_preference, {**dpo, "learning_rate": one.lr}
        )
    _game(
        add,
        "preference-random-order",
        ("preference-data-wrong",),
        "random-order",
        Preference(wrong=0.5),
        train_preference,
        dpo,
    )


def register(add: Add) -> None:
    """Add the cases by calling `add` with name, family, causes, kind, trainer and configuration."""
    _adversaries(add)
    _agents(add)
    _preferences(add)
