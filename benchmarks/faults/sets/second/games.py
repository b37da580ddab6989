"""What of the fresh half is no supervised learning: Q-learning, policy gradients, a generator and its critic, and
preferences over sequences of tokens.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.networks import stack
from benchmarks.faults.kit.watched import Watched


@dataclass(frozen=True)
class Maze:
    """Q-learning (Mnih et al.

    2015) in a room of `side` by `side` with a wall; +1 at the goal, -0.01 a step, at most forty steps.
    """

    lr: float = 2e-3
    updates: int = 1300
    sync: int = 60
    explore: float = 1.0
    explore_end: float = 0.05
    discount: float = 0.95
    step_cost: float = 0.01
    reward: float = 1.0
    side: int = 4
    tau_off: bool = False
    family: str = "dqn"


def _walk(place: Tensor, action: Tensor, side: int) -> Tensor:
    """Return the places [n, 2] after a step [n] up, down, left or right; the middle row is a wall with a door."""
    moves = torch.tensor([[-1, 0], [1, 0], [0, -1], [0, 1]])
    new = (place + moves[action]).clamp(0, side - 1)
    walled = (new[:, 0] == side // 2) & (new[:, 1] != side - 1)
    return torch.where(walled[:, None], place, new)


def _seen(place: Tensor, side: int) -> Tensor:
    return F.one_hot(place[:, 0] * side + place[:, 1], side * side).float()


def train_maze(s: Maze, seed: int) -> Logged:
    """Train and return what Stable-Baselines' DQN logs, and the layers."""
    torch.manual_seed(seed)
    online = stack([s.side**2, 48, 48, 4])
    target = copy.deepcopy(online)
    optimizer = torch.optim.Adam(online.parameters(), lr=s.lr)
    watched, log = Watched(), Log()
    watched.begin(online, optimizer)
    envs, place, age = 16, torch.zeros(16, 2, dtype=torch.long), torch.zeros(16)
    goal = torch.tensor([s.side - 1, 0])
    memory: list[tuple[Tensor, ...]] = []
    returns, running = [0.0], torch.zeros(envs)
    for update in range(s.updates):
        share = max(s.explore_end, s.explore * (1 - update / (0.5 * s.updates)))
        with torch.no_grad():
            greedy = online(_seen(place, s.side)).argmax(1)
        action = torch.where(torch.rand(envs) < share, torch.randint(0, 4, (envs,)), greedy)
        new = _walk(place, action, s.side)
        found = (new == goal).all(1)
        reward = s.reward * (found.float() - s.step_cost)
        age, running = age + 1, running + reward
        ended = found | (age >= 40)
        memory = [*memory[-400:], (place, action, reward, new, found.float())]
        returns = (returns + running[ended].tolist())[-100:]
        place, age, running = torch.where(ended[:, None], torch.zeros_like(new), new), age * ~ended, running * ~ended
        if update < 20:
            continue
        rows = [memory[int(k)] for k in torch.randint(0, len(memory), (4,))]
        old, did, got, then, done = (torch.cat([row[k] for row in rows]) for k in range(5))
        with torch.no_grad():
            judge = online if s.tau_off else target
            wanted = got + s.discount * (1 - done) * judge(_seen(then, s.side)).amax(1)
        q = online(_seen(old, s.side)).gather(1, did[:, None])[:, 0]
        loss = F.mse_loss(q, wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if update % s.sync == 0:
            target.load_state_dict(online.state_dict())
        log(
            update * envs,
            **{
                "rollout/ep_rew_mean": sum(returns) / len(returns),
                "rollout/exploration_rate": share,
                "train/loss": loss.item(),
                "train/q_mean": q.mean().item(),
                "train/learning_rate": s.lr,
            },
        )
    return {**log.logged, **_spread(watched, log, envs)}


def _spread(watched: Watched, log: Log, per_step: int) -> Logged:
    """Return the statistics of layers with the hook's steps of the optimizer on the axis of the log, which counts
    samples.
    """
    axis = log.logged[next(iter(log.logged))][0]
    share = max(1, per_step)
    return {
        name: ([axis[0] + step * share for step in steps], values) for name, (steps, values) in watched.read().items()
    }


@dataclass(frozen=True)
class Corridor:
    """REINFORCE (Williams 1992) with a baseline: reach a goal on the one or the other side, told by a light, in at most
    sixteen steps.
    """

    lr: float = 5e-3
    iterations: int = 220
    entropy: float = 0.01
    optimizer: str = "adam"
    reward: float = 1.0
    episodes: int = 32
    family: str = "reinforce"


def train_corridor(s: Corridor, seed: int) -> Logged:
    """Train and return mean return, losses and entropy per iteration, and the layers."""
    torch.manual_seed(seed)
    policy = stack([12, 32, 3], "tanh")
    optimizer = (
        torch.optim.Adam(policy.parameters(), lr=s.lr)
        if s.optimizer == "adam"
        else torch.optim.SGD(policy.parameters(), lr=s.lr)
    )
    watched, log, baseline = Watched(), Log(), 0.0
    watched.begin(policy, optimizer)
    n = s.episodes
    for iteration in range(s.iterations):
        place, light, alive = torch.full((n,), 5), torch.randint(0, 2, (n,)), torch.ones(n)
        states, actions, living, total = [], [], [], torch.zeros(n)
        for _ in range(16):
            state = torch.cat([F.one_hot(place, 11).float(), light[:, None].float() * 2 - 1], 1)
            with torch.no_grad():
                action = Categorical(logits=policy(state)).sample()
            states.append(state)
            actions.append(action)
            living.append(alive)
            place = (place + (action - 1) * alive.long()).clamp(0, 10)
            right, wrong = (place == 10 * light) & (alive > 0), (place == 10 * (1 - light)) & (alive > 0)
            total += s.reward * (right.float() - wrong.float() - 0.01 * alive)
            alive = alive * ~(right | wrong)
        dist = Categorical(logits=policy(torch.cat(states)))
        weight = torch.cat(living)
        advantage = (total - baseline).repeat(16)
        baseline = 0.9 * baseline + 0.1 * total.mean().item()
        gain = (dist.log_prob(torch.cat(actions)) * advantage * weight).sum() / n
        entropy = (dist.entropy() * weight).sum() / weight.sum()
        optimizer.zero_grad()
        (-gain - s.entropy * 16 * entropy).backward()
        norm = nn.utils.clip_grad_norm_(policy.parameters(), math.inf)
        optimizer.step()
        values = {
            "episode_return": total.mean().item(),
            "policy_loss": -gain.item(),
            "entropy": entropy.item(),
            "grad_norm": norm.item(),
        }
        log(iteration, **values, learning_rate=s.lr)
    return {**log.logged, **watched.read()}


@dataclass(frozen=True)
class Mass:
    """Proximal policy optimisation of a point that is pushed towards a goal in the plane; five actions, reward near the
    goal.
    """

    lr: float = 2e-3
    value_lr: float = 4e-3
    iterations: int = 70
    epochs: int = 4
    entropy: float = 0.01
    reward: float = 0.1
    clip: float = 0.2
    envs: int = 16
    horizon: int = 48
    shuffled_values: bool = False
    family: str = "ppo-mass"


def train_mass(s: Mass, seed: int) -> Logged:
    """Train and return what PPO logs in Stable-Baselines' words, and the layers."""
    torch.manual_seed(seed)
    nets = nn.ModuleDict({"policy": stack([6, 32, 32, 5], "tanh"), "value": stack([6, 32, 32, 1], "tanh")})
    optimizer = torch.optim.Adam(
        [{"params": nets["policy"].parameters(), "lr": s.lr}, {"params": nets["value"].parameters(), "lr": s.value_lr}]
    )
    watched, log = Watched(), Log()
    watched.begin(nets, optimizer)
    pushes = torch.tensor([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    state = torch.cat([2 * torch.rand(s.envs, 2) - 1, torch.zeros(s.envs, 2), 2 * torch.rand(s.envs, 2) - 1], 1)
    for iteration in range(s.iterations):
        kept: list[tuple[Tensor, ...]] = []
        for _ in range(s.horizon):
            with torch.no_grad():
                dist = Categorical(logits=nets["policy"](state))
                action = dist.sample()
            speed = 0.85 * state[:, 2:4] + 0.06 * pushes[action]
            new = torch.cat([(state[:, :2] + speed).clamp(-1.5, 1.5), speed, state[:, 4:]], 1)
            reward = s.reward * torch.exp(-6 * (new[:, :2] - new[:, 4:]).square().sum(1))
            kept.append((state, action, dist.log_prob(action), reward))
            state = new
        told = _update(s, nets, optimizer, kept, state)
        state = torch.cat([2 * torch.rand(s.envs, 2) - 1, torch.zeros(s.envs, 2), 2 * torch.rand(s.envs, 2) - 1], 1)
        rewards = torch.stack([row[3] for row in kept])
        log(
            (iteration + 1) * s.envs * s.horizon,
            **{"rollout/ep_rew_mean": rewards.sum(0).mean().item() / s.reward, **told},
        )
    return {**log.logged, **_spread(watched, log, s.envs * s.horizon // (s.epochs * 3))}


def _update(
    s: Mass, nets: nn.ModuleDict, optimizer: torch.optim.Optimizer, kept: list[tuple[Tensor, ...]], last: Tensor
) -> dict[str, float]:
    states, actions, old, rewards = (torch.stack([row[k] for row in kept]) for k in range(4))
    with torch.no_grad():
        values = nets["value"](torch.cat([states, last[None]]))[..., 0]
    running, advantages = torch.zeros(s.envs), torch.zeros_like(rewards)
    for t in reversed(range(len(rewards))):
        running = rewards[t] + 0.97 * values[t + 1] - values[t] + 0.97 * 0.95 * running
        advantages[t] = running
    returns = advantages + values[:-1]
    if s.shuffled_values:  # targets that belong to other states
        returns = returns.flatten()[torch.randperm(returns.numel())].view_as(returns)
    explained = 1 - float((returns - values[:-1]).var() / returns.var().clamp(min=1e-8))
    x, a, old, adv, ret = (v.flatten(0, 1) for v in (states, actions, old, advantages, returns))
    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    told: dict[str, float] = {}
    for _ in range(s.epochs):
        for chosen in torch.randperm(len(x)).split(256):
            dist = Categorical(logits=nets["policy"](x[chosen]))
            ratio = (dist.log_prob(a[chosen]) - old[chosen]).exp()
            gain = torch.min(ratio * adv[chosen], ratio.clamp(1 - s.clip, 1 + s.clip) * adv[chosen]).mean()
            error = F.mse_loss(nets["value"](x[chosen])[:, 0], ret[chosen])
            optimizer.zero_grad()
            (-gain + 0.5 * error - s.entropy * dist.entropy().mean()).backward()
            optimizer.step()
            told = {
                "train/approx_kl": float((ratio - 1 - ratio.log()).mean().detach()),
                "train/clip_fraction": float(((ratio - 1).abs() > s.clip).float().mean()),
                "train/entropy_loss": -float(dist.entropy().mean().detach()),
                "train/explained_variance": explained,
                "train/policy_gradient_loss": -float(gain.detach()),
                "train/value_loss": float(error.detach()),
                "train/learning_rate": s.lr,
            }
    return told


@dataclass(frozen=True)
class Clusters:
    """A generator of six clusters on a ring against a discriminator."""

    d_lr: float = 3e-4
    g_lr: float = 1e-3
    d_steps: int = 1
    d_width: int = 32
    g_width: int = 48
    steps: int = 900
    spread: float = 0.3
    half_noise: float = 0.0
    family: str = "gan-clusters"


def train_clusters(s: Clusters, seed: int) -> Logged:
    """Train and return both losses, the mean answers on real and made points in the words of DCGAN, and the layers."""
    torch.manual_seed(seed)
    nets = nn.ModuleDict(
        {"netD": stack([2, s.d_width, s.d_width, 1], "gelu"), "netG": stack([6, s.g_width, s.g_width, 2], "relu")}
    )
    d, g = nets["netD"], nets["netG"]
    d_opt = torch.optim.Adam(d.parameters(), lr=s.d_lr, betas=(0.5, 0.999))
    g_opt = torch.optim.Adam(g.parameters(), lr=s.g_lr, betas=(0.5, 0.999))
    watched, log = Watched(), Log()
    watched.begin(nets, [g_opt, d_opt])
    for step in range(s.steps):
        for _ in range(s.d_steps):
            angle = 1.0472 * torch.randint(0, 6, (96, 1))
            real = torch.cat([angle.cos(), angle.sin()], 1) + s.spread * torch.randn(96, 2)
            good, bad = d(real), d(g(torch.randn(96, 6)).detach())
            d_loss = F.softplus(-good).mean() + F.softplus(bad).mean()
            d_opt.zero_grad()
            d_loss.backward()
            d_opt.step()
        out = d(g(torch.randn(96, 6)))
        g_loss = F.softplus(-out).mean()
        g_opt.zero_grad()
        g_loss.backward()
        g_opt.step()
        log(
            step,
            loss_D=d_loss.item(),
            loss_G=g_loss.item(),
            D_x=good.sigmoid().mean().item(),
            D_G_z=out.sigmoid().mean().item(),
        )
    return {**log.logged, **watched.read()}


@dataclass(frozen=True)
class Answers:
    """Direct preference optimisation (Rafailov et al.

    2023) of a small model of tokens; better is what holds more of some tokens.
    """

    lr: float = 1e-3
    epochs: int = 4
    pairs: int = 2400
    swapped: float = 0.1
    beta: float = 0.3
    family: str = "dpo-tokens"


def train_answers(s: Answers, seed: int) -> Logged:
    """Train and return what TRL's trainer logs, evaluation included, and the layers."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Embedding(20, 16), nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 20))
    reference = copy.deepcopy(model)
    worth = torch.randn(20)
    first, second = torch.randint(0, 20, (s.pairs + 200, 9)), torch.randint(0, 20, (s.pairs + 200, 9))
    better = worth[first].sum(1) > worth[second].sum(1)
    better = better ^ (torch.rand(len(better)) < s.swapped)
    chosen, rejected = torch.where(better[:, None], first, second), torch.where(better[:, None], second, first)
    optimizer = torch.optim.AdamW(model.parameters(), lr=s.lr)
    watched, log = Watched(), Log()
    watched.begin(model, optimizer)

    def likelihood(net: nn.Module, x: Tensor) -> Tensor:
        return net(x[:, :-1]).log_softmax(2).gather(2, x[:, 1:, None]).sum((1, 2))

    def judged(rows: Tensor, prefix: str) -> tuple[Tensor, dict[str, float]]:
        up, down = likelihood(model, chosen[rows]), likelihood(model, rejected[rows])
        with torch.no_grad():
            base_up, base_down = likelihood(reference, chosen[rows]), likelihood(reference, rejected[rows])
        good, bad = s.beta * (up - base_up), s.beta * (down - base_down)
        loss = -F.logsigmoid(good - bad).mean()
        values = {
            "loss": loss,
            "rewards/chosen": good,
            "rewards/rejected": bad,
            "rewards/margins": good - bad,
            "logps/chosen": up,
            "logps/rejected": down,
        }
        told = {f"{prefix}{name}": v.detach().mean().item() for name, v in values.items()}
        return loss, told | {f"{prefix}rewards/accuracies": (good > bad).float().mean().item()}

    step, total = 0, s.epochs * (s.pairs // 32)
    for _ in range(s.epochs):
        for rows in (200 + torch.randperm(s.pairs)).split(32):
            if len(rows) < 32:
                continue
            loss, told = judged(rows, "")
            optimizer.param_groups[0]["lr"] = s.lr * max(1e-3, 1 - step / total)
            optimizer.zero_grad()
            loss.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), 10.0)
            optimizer.step()
            log(step, **told, learning_rate=optimizer.param_groups[0]["lr"], grad_norm=norm.item())
            step += 1
        with torch.no_grad():
            log(step - 1, **judged(torch.arange(200), "eval_")[1])
    return {**log.logged, **watched.read()}
