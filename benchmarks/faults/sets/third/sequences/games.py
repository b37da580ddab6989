"""Games of the third half: a generator against a Wasserstein critic, a pole balanced by actor-critic, and a sledge
steered by DDPG.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.networks import stack
from benchmarks.faults.kit.registering import Add
from benchmarks.faults.kit.watched import Watched


@dataclass(frozen=True)
class Bow:
    """A generator of a bow against a critic with a gradient penalty (Gulrajani et al.

    2017), or a discriminator with the hinge.
    """

    lr: float = 3e-3
    critic_lr: float = 1e-2
    critic_steps: int = 2
    critic_width: int = 32
    penalty: float = 0.3
    hinge: bool = False
    steps: int = 360
    batch: int = 64
    constant: bool = False
    family: str = "wgan"


def _bent(n: int) -> Tensor:
    t = 2.4 * (2 * torch.rand(n, 1) - 1)
    return torch.cat([t.sin(), 0.6 * t.cos() + 0.25 * t], 1) + 0.08 * torch.randn(n, 2)


def _sliced(a: Tensor, b: Tensor) -> float:
    """Return the mean distance of sorted projections."""
    angle = torch.arange(16) * math.pi / 16
    way = torch.stack([angle.cos(), angle.sin()])
    return float((((a @ way).sort(0).values - (b @ way).sort(0).values).abs()).mean())


def train_bow(s: Bow, seed: int) -> Logged:
    """Train and return both losses, the penalty and a distance of the generated points, each tenth step, and the
    layers.
    """
    torch.manual_seed(seed)
    nets = nn.ModuleDict(
        {"generator": stack([4, 32, 32, 2], "relu"), "critic": stack([2, s.critic_width, s.critic_width, 1], "tanh")}
    )
    made, critic = nets["generator"], nets["critic"]
    betas = (0.5, 0.9)
    g_opt, c_opt = (
        torch.optim.Adam(made.parameters(), lr=s.lr, betas=betas),
        torch.optim.Adam(critic.parameters(), lr=s.critic_lr, betas=betas),
    )
    watched, log = Watched(), Log()
    watched.begin(nets, [g_opt, c_opt])
    for step in range(s.steps):
        share = 1.0 if s.constant else max(0.02, 1 - step / s.steps)
        g_opt.param_groups[0]["lr"], c_opt.param_groups[0]["lr"] = s.lr * share, s.critic_lr * share
        for _ in range(s.critic_steps):
            real, fake = _bent(s.batch), made(torch.randn(s.batch, 4)).detach()
            good, bad = critic(real).mean(), critic(fake).mean()
            between = (fake + torch.rand(s.batch, 1) * (real - fake)).requires_grad_()
            slope = torch.autograd.grad(critic(between).sum(), between, create_graph=s.penalty > 0)[0]
            bent = (slope.norm(dim=1) - 1).square().mean()
            c_loss = bad - good + s.penalty * bent
            if s.hinge:
                c_loss = torch.relu(1 - critic(real)).mean() + torch.relu(1 + critic(fake)).mean() + s.penalty * bent
            c_opt.zero_grad()
            c_loss.backward()
            c_opt.step()
        g_loss = -critic(made(torch.randn(s.batch, 4))).mean()
        g_opt.zero_grad()
        g_loss.backward()
        g_opt.step()
        if step % 10 == 9:
            told = {"critic_loss": c_loss, "gen_loss": g_loss, "wasserstein": good - bad, "gradient_penalty": bent}
            names = (
                {
                    "critic_loss": "d_loss",
                    "gen_loss": "g_loss",
                    "wasserstein": "d_real_minus_fake",
                    "gradient_penalty": "grad_penalty",
                }
                if s.hinge
                else {}
            )
            log(step, **{names.get(name, name): v.item() for name, v in told.items()}, lr=s.lr * share)
        if step % 40 == 39:
            with torch.no_grad():
                log(step, sliced_wasserstein=_sliced(made(torch.randn(1500, 4)), _bent(1500)))
    return {**log.logged, **watched.read()}


@dataclass(frozen=True)
class Pole:
    """A pole on a cart (Barto et al.

    1983), balanced by advantage actor-critic with a bonus for entropy; +1 a step, at most 150 steps.
    """

    lr: float = 3e-3
    value_lr: float = 1e-2
    updates: int = 340
    horizon: int = 16
    envs: int = 16
    entropy: float = 0.01
    discount: float = 0.98
    reward: float = 0.1
    clip: float = 1.0
    ends_count: bool = True
    constant: bool = False
    family: str = "a2c"


def _tilt(state: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
    """Return the next states [n, 4] and whether they are out of bounds."""
    x, v, angle, turn = state.unbind(1)
    force = 20.0 * action.float() - 10.0
    pull = (force + 0.05 * turn.square() * angle.sin()) / 1.1
    spin = (9.8 * angle.sin() - angle.cos() * pull) / (0.5 * (4 / 3 - 0.1 * angle.cos().square() / 1.1))
    push = pull - 0.05 * spin * angle.cos() / 1.1
    new = torch.stack([x + 0.02 * v, v + 0.02 * push, angle + 0.02 * turn, turn + 0.02 * spin], 1)
    return new, (new[:, 0].abs() > 2.4) | (new[:, 2].abs() > 0.21)


def train_pole(s: Pole, seed: int) -> Logged:
    """Train and return what is logged each fifth update, and the layers."""
    torch.manual_seed(seed)
    nets = nn.ModuleDict({"actor": stack([4, 32, 32, 2], "tanh"), "critic": stack([4, 32, 32, 1], "tanh")})
    optimizer = torch.optim.Adam(
        [{"params": nets["actor"].parameters(), "lr": s.lr}, {"params": nets["critic"].parameters(), "lr": s.value_lr}]
    )
    watched, log = Watched(), Log()
    watched.begin(nets, optimizer)
    state, age, ended = 0.1 * torch.rand(s.envs, 4) - 0.05, torch.zeros(s.envs), [10.0]
    scale = torch.tensor([1.0, 1.0, 8.0, 1.0])
    for update in range(s.updates):
        share = 1.0 if s.constant else max(0.03, 1 - update / s.updates)
        optimizer.param_groups[0]["lr"], optimizer.param_groups[1]["lr"] = s.lr * share, s.value_lr * share
        seen, acted, fell = [], [], []
        for _ in range(s.horizon):
            with torch.no_grad():
                action = Categorical(logits=nets["actor"](state * scale)).sample()
            seen.append(state * scale)
            acted.append(action)
            state, down = _tilt(state, action)
            age = age + 1
            over = down | (age >= 150)
            fell.append(over.float())
            ended = (ended + age[over].tolist())[-60:]
            state, age = torch.where(over[:, None], 0.1 * torch.rand(s.envs, 4) - 0.05, state), age * ~over
        x, a, done = torch.stack(seen), torch.stack(acted), torch.stack(fell)
        values = nets["critic"](x)[..., 0]
        with torch.no_grad():
            running, returns = nets["critic"](state * scale)[:, 0], torch.zeros_like(done)
            for t in reversed(range(s.horizon)):
                running = s.reward + s.discount * (1 - done[t] * s.ends_count) * running
                returns[t] = running
            advantage = returns - values
            advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-6)
        dist = Categorical(logits=nets["actor"](x))
        p_loss, bonus = -(dist.log_prob(a) * advantage).mean(), dist.entropy().mean()
        v_loss = F.mse_loss(values, returns)
        optimizer.zero_grad()
        (p_loss + 0.5 * v_loss - s.entropy * bonus).backward()
        norm = nn.utils.clip_grad_norm_(nets.parameters(), s.clip or math.inf)
        before = dist.logits.detach()
        optimizer.step()
        if update % 5 == 4:
            with torch.no_grad():
                moved = (before.exp() * (before - nets["actor"](x).log_softmax(2))).sum(2).mean()
            told = {
                "policy_loss": p_loss,
                "value_loss": v_loss,
                "entropy": bonus,
                "grad_norm": norm,
                "approx_kl": moved,
            }
            told["explained_variance"] = 1 - (returns - values).var() / returns.var().clamp(min=1e-8)
            log(
                update,
                episode_length_mean=sum(ended) / len(ended),
                **{name: v.item() for name, v in told.items()},
                lr=s.lr * share,
            )
    return {**log.logged, **watched.read()}


@dataclass(frozen=True)
class Sledge:
    """A sledge on a line that is to stop at a flag, steered by DDPG (Lillicrap et al. 2016)."""

    actor_lr: float = 1e-3
    critic_lr: float = 3e-3
    updates: int = 1000
    noise: float = 0.4
    discount: float = 0.95
    tau: float = 0.02
    batch: int = 96
    reward: float = 1.0
    actor_gain: float = 1.0
    no_goal: bool = False
    family: str = "ddpg"


def _begun(n: int) -> Tensor:
    return torch.cat([2 * torch.rand(n, 1) - 1, torch.zeros(n, 1), 2 * torch.rand(n, 1) - 1], 1)


def _slid(s: Sledge, state: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
    speed = 0.8 * state[:, 1:2] + 0.12 * action.clamp(-1, 1)
    place = (state[:, :1] + speed).clamp(-3, 3)
    new = torch.cat([place, speed, state[:, 2:]], 1)
    return new, s.reward * torch.exp(-4.0 * (place - state[:, 2:]).square())[:, 0]


def train_sledge(s: Sledge, seed: int) -> Logged:
    """Train and return what is logged each twentieth update, an evaluation without noise each hundredth, and the
    layers.
    """
    torch.manual_seed(seed)
    nets = nn.ModuleDict(
        {"actor": nn.Sequential(*stack([3, 40, 40, 1], "relu"), nn.Tanh()), "critic": stack([4, 40, 40, 1], "relu")}
    )
    with torch.no_grad():
        nets["actor"].get_parameter("4.weight").mul_(s.actor_gain)
        nets["actor"].get_parameter("4.bias").mul_(s.actor_gain)
    late = copy.deepcopy(nets)
    a_opt, c_opt = (
        torch.optim.Adam(nets["actor"].parameters(), lr=s.actor_lr),
        torch.optim.Adam(nets["critic"].parameters(), lr=s.critic_lr),
    )
    watched, log = Watched(), Log()
    watched.begin(nets, [a_opt, c_opt])
    envs, state = 12, _begun(12)
    memory: list[tuple[Tensor, ...]] = []
    got = torch.zeros(envs)
    recent: list[float] = []
    for update in range(s.updates + 20):
        with torch.no_grad():
            action = (nets["actor"](state) + s.noise * torch.randn(envs, 1)).clamp(-1, 1)
        new, reward = _slid(s, state, action)
        memory = [*memory[-500:], (state, action, reward, new)]
        got, state = got + reward, new
        if update % 40 == 39:
            recent, got, state = [*recent[-9:], got.mean().item() / s.reward], torch.zeros(envs), _begun(envs)
        if update < 20:
            continue
        rows = [memory[int(k)] for k in torch.randint(0, len(memory), (s.batch // envs,))]
        old, did, paid, then = (torch.cat([row[k] for row in rows]) for k in range(4))
        with torch.no_grad():
            judge = nets if s.no_goal else late
            wanted = paid[:, None] + s.discount * judge["critic"](torch.cat([then, judge["actor"](then)], 1))
        q = nets["critic"](torch.cat([old, did], 1))
        c_loss = F.mse_loss(q, wanted)
        c_opt.zero_grad()
        c_loss.backward()
        norm = nn.utils.clip_grad_norm_(nets["critic"].parameters(), math.inf)
        c_opt.step()
        chosen = nets["actor"](old)
        a_loss = -nets["critic"](torch.cat([old, chosen], 1)).mean()
        a_opt.zero_grad()
        a_loss.backward()
        a_opt.step()
        with torch.no_grad():
            for slow, fast in zip(late.parameters(), nets.parameters(), strict=True):
                slow.lerp_(fast, s.tau)
        step = update - 20
        if step % 20 == 19:
            told = {
                "critic_loss": c_loss,
                "actor_loss": a_loss,
                "q_mean": q.mean(),
                "critic_grad_norm": norm,
                "action_abs_mean": chosen.abs().mean(),
            }
            log(
                step,
                **{name: v.item() for name, v in told.items()},
                **({"return": sum(recent) / len(recent)} if recent else {}),
            )
        if step % 100 == 99:
            log(step, eval_return=_driven(s, nets["actor"]))
    return {**log.logged, **watched.read()}


@torch.no_grad()
def _driven(s: Sledge, actor: nn.Module) -> float:
    """Return the mean return of forty steps without noise."""
    g = torch.random.get_rng_state()
    torch.manual_seed(5)
    state, total = _begun(64), 0.0
    for _ in range(40):
        state, reward = _slid(s, state, actor(state))
        total += reward.mean().item() / s.reward
    torch.random.set_rng_state(g)
    return total


def _config(s: Bow | Pole | Sledge) -> dict[str, Any]:
    """Return what the configuration file of such a run would hold."""
    if isinstance(s, Bow):
        said: dict[str, Any] = {
            "model": "hinge-gan" if s.hinge else "wgan-gp",
            "optimizer": "adam",
            "g_lr": s.lr,
            "d_lr": s.critic_lr,
        }
        return said | {"n_critic": s.critic_steps, "gp_weight": s.penalty, "batch_size": s.batch, "steps": s.steps}
    if isinstance(s, Pole):
        said = {
            "algo": "a2c",
            "optimizer": "adam",
            "learning_rate": s.lr,
            "value_learning_rate": s.value_lr,
            "gamma": s.discount,
            "n_envs": s.envs,
        }
        return said | {"n_steps": s.horizon, "ent_coef": s.entropy, "max_grad_norm": s.clip, "updates": s.updates}
    said = {"algo": "ddpg", "actor_lr": s.actor_lr, "critic_lr": s.critic_lr, "gamma": s.discount, "tau": s.tau}
    return said | {"exploration_noise": s.noise, "batch_size": s.batch, "updates": s.updates}


BOW, POLE, SLEDGE = Bow(), Pole(), Sledge()
STEP = ("policy-step-too-large", "lr-too-high")
FAULTS: list[tuple[str, tuple[str, ...], Bow | Pole | Sledge]] = [
    (
        "strong-discriminator",
        ("discriminator-too-strong",),
        replace(BOW, hinge=True, penalty=0.0, critic_lr=2e-2, critic_steps=4, lr=1e-4, constant=True),
    ),
    ("penalty-too-heavy", ("loss-weights-unbalanced", "regularisation-too-strong"), replace(BOW, penalty=3000.0)),
    ("step-too-large", STEP, replace(POLE, lr=0.3, constant=True)),
    ("entropy-punished", ("exploration-too-weak",), replace(POLE, entropy=-30.0)),
    ("ends-ignored", ("critic-broken",), replace(POLE, ends_count=False)),
    ("no-target", ("critic-broken", "lr-too-high"), replace(SLEDGE, no_goal=True, discount=1.02, critic_lr=1e-2)),
    ("saturated-actor", ("activation-saturating", "init-poor"), replace(SLEDGE, actor_gain=400.0)),
]
CONTROLS: list[tuple[str, Bow | Pole | Sledge]] = [
    ("", BOW),
    ("", POLE),
    ("", SLEDGE),
    ("hinge", replace(BOW, hinge=True)),
    ("large-returns", replace(POLE, reward=1.0)),
    ("large-rewards", replace(SLEDGE, reward=10.0)),
]


def register(add: Add) -> None:
    """Add the cases by calling `add` with name, family, causes, kind, trainer and configuration."""

    def trainer(s: Bow | Pole | Sledge) -> Callable[[int], Logged]:
        if isinstance(s, Bow):
            return partial(train_bow, s)
        return partial(train_pole, s) if isinstance(s, Pole) else partial(train_sledge, s)

    for kind, causes, s in FAULTS:
        add(f"third-{s.family}-{kind}", f"third-{s.family}", causes, kind, trainer(s), _config(s))
    for variant, s in CONTROLS:
        add(
            f"third-{s.family}-healthy" + (f"-{variant}" if variant else ""),
            f"third-{s.family}",
            (),
            "healthy",
            trainer(s),
            _config(s),
        )
