"""Games of the fourth part: answers sampled in groups and pushed by their reward (GRPO), and soft actor-critic on a
small pond.
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
from torch.distributions import Categorical, Normal
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.networks import stack
from benchmarks.faults.kit.registering import Add
from benchmarks.faults.kit.watched import Watched

PROMPTS, LETTERS, SIZE = 6, 10, 5


@dataclass(frozen=True)
class Group:
    """Groups of answers to the same prompt; the reward of an answer is compared with those of its group (Shao et al.

    2024).
    """

    lr: float = 1.5e-3
    iterations: int = 150
    prompts: int = 8
    group: int = 12
    inner: int = 2
    clip: float = 0.2
    kl: float = 0.04
    heat: float = 1.0
    grad_clip: float = 1.0
    noise: float = 0.0
    turned: float = 0.0
    sharp: float = 0.0
    family: str = "grpo"


class Writer(nn.Module):
    """Writes letter after letter, seeing the prompt, the place and the two letters before."""

    def __init__(self, width: int = 40) -> None:
        super().__init__()
        self.prompt, self.place = nn.Embedding(PROMPTS, width), nn.Embedding(SIZE, width)
        self.before, self.earlier = nn.Embedding(LETTERS + 1, width), nn.Embedding(LETTERS + 1, width)
        self.hidden, self.act, self.head = nn.Linear(width, width), nn.GELU(), nn.Linear(width, LETTERS)

    def forward(self, prompt: Tensor, answer: Tensor) -> Tensor:
        """Return [n, SIZE, LETTERS] logits of the letters of an answer, each from those before it."""
        start = torch.full_like(answer[:, :1], LETTERS)
        before = torch.cat([start, answer[:, :-1]], 1)
        earlier = torch.cat([start, before[:, :-1]], 1)
        h = self.prompt(prompt)[:, None] + self.place.weight + self.before(before) + self.earlier(earlier)
        found: Tensor = self.head(self.act(self.hidden(h)))
        return found

    @torch.no_grad()
    def sample(self, prompt: Tensor, heat: float) -> Tensor:
        """Return answers."""
        answer = torch.zeros(len(prompt), SIZE, dtype=torch.long)
        for t in range(SIZE):
            answer[:, t] = Categorical(logits=self(prompt, answer)[:, t] / heat).sample()
        return answer


def _worth(prompt: Tensor, answer: Tensor) -> Tensor:
    """Return the reward: how many letters are as far from the one before as the prompt asks, and whether the first is
    right.
    """
    step = (answer[:, 1:] - answer[:, :-1]) % LETTERS
    return (step == prompt[:, None] % 4 + 1).float().mean(1) * 0.8 + 0.2 * (answer[:, 0] == prompt).float()


def _base(model: Writer) -> None:
    """Teach the model to write as people wrote: right in a third of the places, and more often with the one mistake
    that most make.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(120):
        prompt = torch.randint(0, PROMPTS, (64,))
        luck, right = torch.rand(64, SIZE - 1), (prompt % 4 + 1)[:, None]
        steps = torch.where(
            luck < 0.33, right, torch.where(luck < 0.75, right + 4, torch.randint(0, LETTERS, (64, SIZE - 1)))
        )
        first = torch.where(torch.rand(64) < 0.4, prompt, torch.randint(0, LETTERS, (64,)))
        answer = torch.cat([first[:, None], first[:, None] + steps.cumsum(1)], 1) % LETTERS
        optimizer.zero_grad()
        F.cross_entropy(model(prompt, answer).flatten(0, 1), answer.flatten()).backward()
        optimizer.step()


def train_group(s: Group, seed: int) -> Logged:
    """Train and return reward, divergence, entropy and clipping of every iteration, and the layers."""
    torch.manual_seed(seed)
    model = Writer()
    _base(model)
    if s.sharp:
        with torch.no_grad():
            model.head.weight.mul_(s.sharp)
            model.head.bias.mul_(s.sharp)
    reference = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=s.lr, weight_decay=0.0)
    watched, log, told = Watched(), Log(), dict[str, float]()
    watched.begin(model, optimizer)
    for iteration in range(s.iterations):
        prompt = torch.randint(0, PROMPTS, (s.prompts,)).repeat_interleave(s.group)
        answer = model.sample(prompt, s.heat)
        true = _worth(prompt, answer)
        seen = true + s.noise * torch.randn_like(true)
        if s.turned:  # the judge reads an answer backwards
            seen = torch.where(torch.rand_like(seen) < s.turned, -seen, seen)
        groups = seen.view(s.prompts, s.group)
        gain = ((groups - groups.mean(1, keepdim=True)) / (groups.std(1, keepdim=True) + 1e-4)).flatten()
        with torch.no_grad():
            old = Categorical(logits=model(prompt, answer) / s.heat).log_prob(answer)
            anchor = Categorical(logits=reference(prompt, answer) / s.heat).log_prob(answer)
        for _ in range(s.inner):
            spread = Categorical(logits=model(prompt, answer) / s.heat)
            now = spread.log_prob(answer)
            ratio = (now - old).exp()
            push = torch.minimum(ratio * gain[:, None], ratio.clamp(1 - s.clip, 1 + s.clip) * gain[:, None])
            far = (anchor - now).exp() - (anchor - now) - 1
            loss = -push.mean() + (s.kl * far.mean() if s.kl else 0.0)
            optimizer.zero_grad()
            loss.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), s.grad_clip or math.inf)
            optimizer.step()
        told = {
            "loss": loss.item(),
            "reward": seen.mean().item(),
            "reward_std": groups.std(1).mean().item(),
            "kl": far.mean().item(),
        }
        told |= {
            "entropy": spread.entropy().mean().item(),
            "clip_ratio": ((ratio - 1).abs() > s.clip).float().mean().item(),
            "grad_norm": norm.item(),
        }
        log(iteration, **told, learning_rate=s.lr)
        if iteration % 20 == 19:
            asked = torch.arange(PROMPTS).repeat(20)
            log(iteration, eval_reward=_worth(asked, model.sample(asked, s.heat)).mean().item())
    return {**log.logged, **watched.read()}


@dataclass(frozen=True)
class Pond:
    """A boat on a pond with a current, that is to stay at a buoy, steered by soft actor-critic (Haarnoja et al.

    2018).
    """

    actor_lr: float = 2e-3
    critic_lr: float = 3e-3
    updates: int = 700
    discount: float = 0.95
    tau: float = 0.03
    target_entropy: float = -2.0
    first_random: int = 60
    batch: int = 96
    narrow: float = 4.0
    family: str = "sac"


def _launched(n: int) -> Tensor:
    return torch.cat([1.6 * torch.rand(n, 2) - 0.8, torch.zeros(n, 2)], 1)


def _rowed(s: Pond, state: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
    place, speed = state[:, :2], state[:, 2:]
    current = 0.03 * torch.stack([-place[:, 1], place[:, 0]], 1) + 0.01
    speed = 0.75 * speed + 0.15 * action
    place = (place + speed + current).clamp(-2, 2)
    buoy = torch.tensor([0.9, -0.6])
    return torch.cat([place, speed], 1), torch.exp(-s.narrow * (place - buoy).square().sum(1))


def _steered(actor: nn.Module, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return an action, how likely it was, and the action without chance."""
    mean, spread = actor(state).chunk(2, 1)
    normal = Normal(mean, spread.clamp(-5, 1).exp())
    raw = normal.rsample()
    likely = (normal.log_prob(raw) - 2 * (math.log(2) - raw - F.softplus(-2 * raw))).sum(1)
    return torch.tanh(raw), likely, torch.tanh(mean)


def train_pond(s: Pond, seed: int) -> Logged:
    """Train and return what is logged every so many updates, an evaluation without chance each hundredth, and the
    layers.
    """
    torch.manual_seed(seed)
    nets = nn.ModuleDict(
        {
            "actor": stack([4, 40, 40, 4], "relu"),
            "q1": stack([6, 40, 40, 1], "relu"),
            "q2": stack([6, 40, 40, 1], "relu"),
        }
    )
    late = copy.deepcopy(nets).requires_grad_(False)
    log_alpha = torch.tensor(math.log(0.1), requires_grad=True)
    critics = [*nets["q1"].parameters(), *nets["q2"].parameters()]
    a_opt, c_opt = (
        torch.optim.Adam(nets["actor"].parameters(), lr=s.actor_lr),
        torch.optim.Adam(critics, lr=s.critic_lr),
    )
    e_opt = torch.optim.Adam([log_alpha], lr=1e-2)
    watched, log = Watched(), Log()
    watched.begin(nets, [a_opt, c_opt])
    boats = 8
    state, memory, got, finished = _launched(boats), list[tuple[Tensor, ...]](), torch.zeros(boats), list[float]()
    for turn in range(s.updates + 30):
        with torch.no_grad():
            action = 2 * torch.rand(boats, 2) - 1 if turn < s.first_random else _steered(nets["actor"], state)[0]
        new, paid = _rowed(s, state, action)
        memory = [*memory[-600:], (state, action, paid, new)]
        got, state = got + paid, new
        if turn % 30 == 29:
            finished, got, state = [*finished[-7:], got.mean().item()], torch.zeros(boats), _launched(boats)
        if turn < 30:
            continue
        old, did, earned, then = (
            torch.cat(part)
            for part in zip(*(memory[int(k)] for k in torch.randint(0, len(memory), (s.batch // boats,))), strict=True)
        )
        alpha = log_alpha.exp().item()
        with torch.no_grad():
            next_action, next_likely, _ = _steered(nets["actor"], then)
            ahead = torch.cat([then, next_action], 1)
            worst = torch.minimum(late["q1"](ahead), late["q2"](ahead))[:, 0]
            wanted = earned + s.discount * (worst - alpha * next_likely)
        both = torch.cat([old, did], 1)
        q1, q2 = nets["q1"](both)[:, 0], nets["q2"](both)[:, 0]
        critic_loss = F.mse_loss(q1, wanted) + F.mse_loss(q2, wanted)
        c_opt.zero_grad()
        critic_loss.backward()
        c_opt.step()
        chosen, likely, _ = _steered(nets["actor"], old)
        tried = torch.cat([old, chosen], 1)
        actor_loss = (alpha * likely - torch.minimum(nets["q1"](tried), nets["q2"](tried))[:, 0]).mean()
        a_opt.zero_grad()
        actor_loss.backward()
        a_opt.step()
        e_opt.zero_grad()
        (-log_alpha * (likely.detach() + s.target_entropy).mean()).backward()
        e_opt.step()
        with torch.no_grad():
            for slow, fast in zip(late.parameters(), nets.parameters(), strict=True):
                slow.lerp_(fast, s.tau)
        step = turn - 30
        if step % 20 == 19:
            told = {
                "critic_loss": critic_loss.item(),
                "actor_loss": actor_loss.item(),
                "alpha": alpha,
                "entropy": -likely.mean().item(),
                "q_mean": q1.mean().item(),
            }
            log(step, **told, episode_return=sum(finished) / len(finished))
        if step % 100 == 99:
            log(step, eval_return=_tested(s, nets["actor"]))
    return {**log.logged, **watched.read()}


@torch.no_grad()
def _tested(s: Pond, actor: nn.Module) -> float:
    """Return the mean return of thirty steps without chance."""
    kept = torch.random.get_rng_state()
    torch.manual_seed(11)
    state, total = _launched(64), 0.0
    for _ in range(30):
        state, paid = _rowed(s, state, _steered(actor, state)[2])
        total += paid.mean().item()
    torch.random.set_rng_state(kept)
    return total


def _config(s: Group | Pond) -> dict[str, Any]:
    """Return what the configuration file of such a run would hold."""
    if isinstance(s, Group):
        said: dict[str, Any] = {
            "trainer": "grpo",
            "optim": "adamw",
            "learning_rate": s.lr,
            "lr_scheduler_type": "constant",
            "max_steps": s.iterations,
        }
        said |= {
            "num_generations": s.group,
            "per_device_train_batch_size": s.prompts * s.group,
            "num_iterations": s.inner,
            "epsilon": s.clip,
            "beta": s.kl,
        }
        return said | {
            "temperature": s.heat,
            "max_completion_length": SIZE,
            "max_grad_norm": s.grad_clip,
            "logging_steps": 1,
        }
    said = {
        "algo": "sac",
        "policy": "MlpPolicy",
        "actor_lr": s.actor_lr,
        "critic_lr": s.critic_lr,
        "gamma": s.discount,
        "tau": s.tau,
        "batch_size": s.batch,
    }
    said |= {"learning_starts": s.first_random, "total_updates": s.updates}
    return said | {"ent_coef": "auto", "target_entropy": s.target_entropy}


GROUP, POND = Group(), Pond()
FAULTS: list[tuple[str, tuple[str, ...], Group | Pond]] = [
    ("step-too-large", ("policy-step-too-large", "lr-too-high"), replace(GROUP, lr=0.05, inner=8, clip=2.0, kl=0.0)),
    ("judge-by-chance", ("preference-data-wrong",), replace(GROUP, turned=0.5)),
    ("no-variety", ("exploration-too-weak",), replace(GROUP, sharp=8.0, heat=0.3)),
    ("diverging-critic", ("critic-broken", "lr-too-high"), replace(POND, tau=1.0, discount=1.03, critic_lr=2e-2)),
]
CONTROLS: list[tuple[str, Group | Pond]] = [
    ("", GROUP),
    ("noisy-judge", replace(GROUP, noise=0.3, group=8)),
    ("", POND),
]


def register(add: Add) -> None:
    """Add the cases by calling `add` with name, family, causes, kind, trainer and configuration."""

    def trainer(s: Group | Pond) -> Callable[[int], Logged]:
        return partial(train_group, s) if isinstance(s, Group) else partial(train_pond, s)

    for kind, causes, s in FAULTS:
        add(f"fourth-{s.family}-{kind}", f"fourth-{s.family}", causes, kind, trainer(s), _config(s))
    for variant, s in CONTROLS:
        add(
            f"fourth-{s.family}-healthy" + (f"-{variant}" if variant else ""),
            f"fourth-{s.family}",
            (),
            "healthy",
            trainer(s),
            _config(s),
        )
