"""Acting: a walk through a grid that Q-learning learns, and a pole that policy gradients keep upright."""

from __future__ import annotations

import copy
import math
from collections import deque

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.logged import Log, Logged
from benchmarks.faults.kit.networks import stack
from benchmarks.faults.kit.optimizers import factor
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.watched import Watched

SIDE, LONGEST = 5, 40
MOVES = ((0, 1), (1, 0), (0, -1), (-1, 0))
WALLS = {(1, 1), (1, 2), (3, 3), (3, 2)}
POLES, TURN = 32, 32


class Grid:
    """From one corner to the other, around walls; a step costs a little."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, self.g = p, np.random.default_rng(seed + 61)
        self.side = p.knob("side", SIDE)
        self.reset()

    def reset(self) -> int:
        """Begin an episode."""
        self.at, self.time = (0, 0), 0
        return 0

    def step(self, action: int, share: float) -> tuple[int, float, bool, bool]:
        """Return place, reward, and whether the goal was reached or the time is over."""
        if self.g.random() < self.p.knob("slippery", 0.0):
            action = int(self.g.integers(4))
        x, y = self.at[0] + MOVES[action][0], self.at[1] + MOVES[action][1]
        moved = 0 <= x < self.side and 0 <= y < self.side and (x, y) not in WALLS
        self.at = (x, y) if moved else self.at
        self.time += 1
        goal = (self.side - 1, self.side - 1)
        if self.p.knob("moves_at", 0.0) and share > self.p.knob("moves_at", 0.0):
            goal = (0, self.side - 1)
        there = self.at == goal
        reward = (1.0 if there else -self.p.knob("cost", 0.02)) * self.p.knob("reward_scale", 1.0)
        if self.p.knob("shaped", 0.0) and moved and not there:  # a reward for being on the way
            reward += self.p.knob("shaped", 0.0)
        return self.at[0] * self.side + self.at[1], reward, there, there or self.time >= LONGEST


class Walker:
    """Q-learning with a memory and a second network."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, self.g = p, np.random.default_rng(seed + 67)
        self.grid = Grid(p, seed)
        places = self.grid.side**2
        self.model = stack([places, p.width, 4])
        self.target = copy.deepcopy(self.model)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=p.lr)
        self.eye = torch.eye(places)
        self.memory: deque[tuple[int, int, float, int, bool]] = deque(maxlen=p.knob("memory", 3000))

    def act(self, place: int, epsilon: float) -> int:
        """Return a random action, or the best one."""
        if self.g.random() < epsilon:
            return int(self.g.integers(4))
        with torch.no_grad():
            return int(self.model(self.eye[place]).argmax())

    def update(self) -> dict[str, float]:
        """Learn from moves in the memory."""
        p = self.p
        picked = self.g.integers(0, len(self.memory), p.batch)
        rows = [self.memory[i] for i in picked]
        here, action, reward, there, done = (torch.tensor(column) for column in zip(*rows, strict=True))
        with torch.no_grad():
            after = (self.model if p.knob("no_target", False) else self.target)(self.eye[there]).max(1).values
        alive = torch.ones_like(after) if p.knob("through_ends", False) else 1 - done.float()
        wanted = reward.float() + p.knob("gamma", 0.95) * alive * after
        said = self.model(self.eye[here]).gather(1, action[:, None])[:, 0]
        loss = F.smooth_l1_loss(said, wanted) if p.output == "huber" else F.mse_loss(said, wanted)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), p.clip or math.inf).item()
        self.optimizer.step()
        return {"loss": loss.item(), "q_mean": said.mean().item(), "grad_norm": norm}


def train_walker(p: Plan, seed: int) -> Logged:
    """Train a walker; `epochs` are hundreds of steps."""
    torch.manual_seed(seed)
    walker, log, watched = Walker(p, seed), Log(), Watched()
    watched.begin(walker.model, walker.optimizer)
    total, place, gained = p.epochs * 100, walker.grid.reset(), 0.0
    returns, lengths, reached = deque[float](maxlen=20), deque[int](maxlen=20), deque[bool](maxlen=20)
    window: dict[str, list[float]] = {}
    low, high = p.knob("epsilon_end", 0.05), p.knob("epsilon", 1.0)
    updates = 0
    for step in range(int(total * p.stop_at)):
        epsilon = max(low, high - (high - low) * step / (p.knob("explore", 0.4) * total))
        action = walker.act(place, epsilon)
        there, reward, arrived, over = walker.grid.step(action, step / total)
        walker.memory.append((place, action, reward, there, arrived))
        gained += reward
        place = there
        if over:
            returns.append(gained)
            lengths.append(walker.grid.time)
            reached.append(arrived)
            place, gained = walker.grid.reset(), 0.0
        if step >= 100 and step % 4 == 0:
            for name, value in walker.update().items():
                window.setdefault(name, []).append(value)
            updates += 1
            if updates % p.knob("sync", 25) == 0:
                walker.target.load_state_dict(walker.model.state_dict())
        if (step + 1) % 100 == 0 and returns and window:
            told = {name: sum(v) / len(v) for name, v in window.items()}
            scores = {"episode_return": float(np.mean(returns)), "episode_length": float(np.mean(lengths))}
            if p.knob("success", True):
                scores["success_rate"] = float(np.mean(reached))
            log(step + 1, **scores, **told, epsilon=epsilon)
            window.clear()
    return {**log.logged, **watched.read()}


class Poles:
    """Many poles at once that a torque may push left or right; the reward is how upright they are."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, self.g = p, np.random.default_rng(seed + 71)
        self.state = np.zeros((POLES, 2))
        self.time = self.g.integers(0, 50, POLES)
        self.begin(np.ones(POLES, dtype=bool))

    def begin(self, which: np.ndarray) -> None:
        """Begin episodes."""
        self.state[which] = self.g.normal(0, 0.25, (int(which.sum()), 2))
        self.time[which] = 0

    def see(self) -> Tensor:
        """Return what is seen."""
        angle, speed = self.state.T
        seen = np.stack([np.sin(angle), 0.5 * speed, self.time / 30 - 1], 1)
        return torch.tensor(seen, dtype=torch.float32)

    def step(self, action: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
        """Return rewards, and which episodes are over: fallen, or long enough."""
        angle, speed = self.state.T
        wind = self.p.knob("wind", 0.0) if share > 0.5 else 0.0
        push = (action - 1.0) * 6.0 + self.g.normal(0, 0.8 + 2 * wind, POLES) + wind
        speed = speed + 0.05 * (9.0 * np.sin(angle) + push)
        angle = angle + 0.05 * speed
        self.state = np.stack([angle, speed], 1)
        self.time += 1
        fallen = np.abs(angle) > 0.8
        reward = np.where(fallen, 0.0, 0.1)
        if self.p.labels == "no-reward":
            reward = np.zeros(POLES)
        elif self.p.labels == "speed":  # a bonus for moving that was meant to be a penalty
            reward = reward * 0.02 + 1.0 * fallen
        reward = reward * self.p.knob("reward_scale", 1.0)
        return reward, fallen | (self.time >= 60)


class Balancer:
    """Proximal policy optimisation with a policy and a value network."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, self.poles = p, Poles(p, seed)
        policy, last = stack([3, 24, 3], "tanh"), nn.Linear(24, 3)
        policy[-1] = last
        self.model = nn.ModuleDict({"policy": policy, "value": stack([3, 24, 1], "tanh")})
        with torch.no_grad():
            last.weight.mul_(0.1)
            if p.knob("sure", 0.0):
                last.bias.copy_(torch.tensor([p.knob("sure", 0.0), 0.0, 0.0]))
        chosen = [q for name, q in self.model.named_parameters() if not (p.left_out and name.startswith(p.left_out))]
        self.optimizer = torch.optim.Adam(chosen, lr=p.lr)
        self.lengths, self.sums = np.zeros(POLES), np.zeros(POLES)
        self.returns, self.spans = deque[float](maxlen=60), deque[float](maxlen=60)

    @torch.no_grad()
    def collect(self, share: float) -> dict[str, Tensor]:
        """Act for one turn, and compute advantages."""
        p = self.p
        kept: dict[str, list[Tensor]] = {"seen": [], "action": [], "log": [], "value": [], "reward": [], "over": []}
        for _ in range(TURN):
            seen = self.poles.see()
            logits = self.model["policy"](seen)
            action = Categorical(logits=logits / p.knob("temperature", 1.0)).sample()
            reward, over = self.poles.step(action.numpy(), share)
            self.sums += reward
            self.lengths += 1
            self.returns.extend(self.sums[over])
            self.spans.extend(self.lengths[over])
            self.sums[over], self.lengths[over] = 0, 0
            self.poles.begin(over)
            noise = p.knob("other_kernel", 0.0) * torch.randn(POLES)
            told = Categorical(logits=logits).log_prob(action) + noise
            values = (seen, action, told, self.model["value"](seen)[:, 0], torch.tensor(reward).float())
            for name, value in zip(kept, (*values, torch.tensor(over).float()), strict=True):
                kept[name].append(value)
        found = {name: torch.stack(values) for name, values in kept.items()}
        gamma, trace = p.knob("gamma", 0.97), 0.95
        after, carried = self.model["value"](self.poles.see())[:, 0], torch.zeros(POLES)
        advantages = torch.zeros(TURN, POLES)
        for t in reversed(range(TURN)):
            alive = 1 - found["over"][t]
            delta = found["reward"][t] + gamma * alive * after - found["value"][t]
            carried = delta + gamma * trace * alive * carried
            advantages[t], after = carried, found["value"][t]
        found["advantage"] = advantages
        found["wanted"] = advantages + found["value"]
        return {name: value.flatten(0, 1) for name, value in found.items()}

    def learn(self, data: dict[str, Tensor]) -> dict[str, float]:
        """Update on the turn, and return what is logged of it."""
        p, range_ = self.p, self.p.clip or 1e9
        adv = data["advantage"]
        adv = (adv - adv.mean()) / (adv.std() + 1e-8)
        told: dict[str, list[float]] = {}
        for _ in range(p.knob("passes", 4)):
            for rows in torch.randperm(len(adv)).split(p.batch):
                spread = Categorical(logits=self.model["policy"](data["seen"][rows]))
                change = spread.log_prob(data["action"][rows]) - data["log"][rows]
                ratio, a = change.exp(), adv[rows]
                policy = -torch.minimum(ratio * a, ratio.clamp(1 - range_, 1 + range_) * a).mean()
                value = F.mse_loss(self.model["value"](data["seen"][rows])[:, 0], data["wanted"][rows])
                entropy = spread.entropy().mean()
                loss = policy + p.knob("vf_coef", 0.5) * value - p.knob("ent_coef", 0.005) * entropy
                self.optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                if p.knob("max_norm", 0.5):
                    nn.utils.clip_grad_norm_(self.model.parameters(), p.knob("max_norm", 0.5))
                self.optimizer.step()
                now = {"policy_gradient_loss": policy, "value_loss": value, "entropy_loss": -entropy, "loss": loss}
                now["approx_kl"] = ((ratio - 1) - change).mean()
                now["clip_fraction"] = ((ratio - 1).abs() > (p.clip or 0.2)).float().mean()
                for name, number in now.items():
                    told.setdefault(f"train/{name}", []).append(number.item())
        spread_of = data["wanted"].var()
        explained = 1 - (data["wanted"] - data["value"]).var() / spread_of if spread_of > 0 else torch.tensor(math.nan)
        found = {name: sum(v) / len(v) for name, v in told.items()}
        return found | {"train/explained_variance": explained.item()}


def train_balancer(p: Plan, seed: int) -> Logged:
    """Train a balancer; `epochs` are turns."""
    torch.manual_seed(seed)
    balancer, log, watched = Balancer(p, seed), Log(), Watched()
    watched.begin(balancer.model, balancer.optimizer)
    for turn in range(int(p.epochs * p.stop_at)):
        rate = p.lr * factor(p, turn / p.epochs)
        for group in balancer.optimizer.param_groups:
            group["lr"] = rate
        told = balancer.learn(balancer.collect(turn / p.epochs))
        if balancer.returns:
            told["rollout/ep_rew_mean"] = float(np.mean(balancer.returns))
            told["rollout/ep_len_mean"] = float(np.mean(balancer.spans))
        log((turn + 1) * TURN * POLES, **told, **{"train/learning_rate": rate})
    return {**log.logged, **watched.read()}
