"""What programs of agents get wrong, and what looks like it and is in order."""

from __future__ import annotations

import pytest
from programs import changed, line_of

AGENT = """\
import copy
import random
import torch
import torch.nn as nn
import torch.nn.functional as F


class QNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(x)


class Agent:
    def __init__(self):
        self.epsilon = 1.0
        self.net = QNet()
        self.target_net = QNet()
        self.target_net.load_state_dict(self.net.state_dict())
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-3)

    def act(self, state):
        if random.random() < self.epsilon:
            return random.randrange(2)
        return self.net(state).argmax().item()

    def learn(self, states, actions, rewards, next_states, dones):
        values = self.net(states).gather(1, actions.unsqueeze(1)).squeeze(1)
        with torch.no_grad():
            later = self.target_net(next_states).max(1)[0]
        wanted = rewards + 0.99 * gamma * later * (1 - dones)
        loss = F.mse_loss(values, wanted)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.epsilon *= 0.99

    def follow(self):
        self.target_net.load_state_dict(self.net.state_dict())


agent = Agent()
for episode in range(100):
    state = env.reset()
    done = False
    while not done:
        action = agent.act(state)
        next_state, reward, done, _ = env.step(action)
        agent.learn(state, action, reward, next_state, done)
        state = next_state
    agent.follow()
"""
FOLLOW = """
    def follow(self):
        self.target_net.load_state_dict(self.net.state_dict())

"""
QUIET = "        with torch.no_grad():\n            later = self.target_net"
FAULTS = [
    ("never follows", "target_never_updated", [(FOLLOW, "\n"), ("    agent.follow()\n", "")], "self.target_net = QNet"),
    (
        "is the same",
        "target_is_same",
        [("self.target_net = QNet()", "self.target_net = self.net"), (FOLLOW, "\n"), ("    agent.follow()\n", "")],
        "self.target_net = self.net",
    ),
    ("no end of episodes", "end_of_episode_ignored", [(" * (1 - dones)", "")], "wanted = rewards"),
    ("gradients of the target", "target_with_gradients", [(QUIET, "        later = self.net")], "wanted = rewards"),
    ("always random", "always_random", [("        self.epsilon *= 0.99\n", "")], "self.epsilon = 1.0"),
    (
        "a column against a row",
        "shapes_spread",
        [(".gather(1, actions.unsqueeze(1)).squeeze(1)", ".gather(1, actions.unsqueeze(1))")],
        "loss = F.mse_loss",
    ),
]


def test_an_agent_that_is_in_order_says_nothing(seen) -> None:
    assert seen(AGENT) == {}


@pytest.mark.parametrize(("fact", "pairs", "part"), [one[1:] for one in FAULTS], ids=[one[0] for one in FAULTS])
def test_a_fault_of_an_agent_is_seen_with_its_line(seen, fact: str, pairs: list[tuple[str, str]], part: str) -> None:
    text = changed(*pairs, text=AGENT)

    assert list(seen(text)) == [fact]
    assert seen(text)[fact].startswith(f"train.py:{line_of(text, part)}: ")


@pytest.mark.parametrize(
    "pairs",
    [
        [(FOLLOW, "\n"), ("    agent.follow()\n", "    soft_update(agent.target_net, agent.net)\n")],
        [(FOLLOW, "\n"), ("    agent.follow()\n", ""), ("class Agent:", "class Agent(Base):")],
        [
            (
                "self.target_net = QNet()",
                "self.target_net = QNet()\n        if alone:\n            self.target_net = self.net",
            )
        ],
        [("self.target_net = QNet()", "self.target_net = copy.deepcopy(self.net)")],
        [
            (" * (1 - dones)", ""),
            (
                "= self.target_net(next_states).max(1)[0]",
                "= self.target_net(next_states).max(1)[0]\n        later[dones] = 0.0",
            ),
        ],
        [(QUIET, "        later = self.net"), (".max(1)[0]", ".max(1)[0].detach()")],
        [("self.epsilon = 1.0", "self.epsilon = 0.1"), ("        self.epsilon *= 0.99\n", "")],
        [
            ("random.random() <", "random.random() >"),
            ("self.epsilon = 1.0", "self.epsilon = 0.95"),
            ("        self.epsilon *= 0.99\n", ""),
        ],
        [("later * (1 - dones)", "later.unsqueeze(1) * (1 - dones)"), (".squeeze(1)\n", "\n")],
    ],
    ids=[
        "a function of another file updates it",
        "a class of another file may update it",
        "a target only where it is wanted",
        "a copy",
        "the end is set by an index",
        "detached",
        "a small share",
        "the share of greedy actions",
        "both are columns",
    ],
)
def test_look_alikes_of_agents_are_in_order(seen, pairs: list[tuple[str, str]]) -> None:
    assert seen(changed(*pairs, text=AGENT)) == {}


POLICY = """\
import torch
from torch.distributions import Categorical

optimizer = torch.optim.Adam(policy.parameters())
for episode in range(100):
    losses = []
    returns = []
    R = 0
    for r in reversed(rewards):
        R = r + gamma * R
        returns.insert(0, R)
    for state, action, R in zip(states, actions, returns):
        dist = Categorical(logits=policy(state))
        losses.append(-dist.log_prob(action) * R - 0.01 * dist.entropy())
    optimizer.zero_grad()
    loss = torch.stack(losses).sum()
    loss.backward()
    optimizer.step()
"""


def test_a_policy_gradient_that_is_in_order_says_nothing(seen) -> None:
    assert seen(POLICY) == {}


@pytest.mark.parametrize(
    ("fact", "pairs", "part"),
    [
        ("policy_sign_wrong", [("-dist.log_prob", "dist.log_prob")], "loss.backward"),
        ("entropy_sign_wrong", [(" - 0.01", " + 0.01")], "loss.backward"),
        ("returns_summed_forward", [("reversed(rewards)", "rewards")], "R = r + gamma"),
    ],
)
def test_a_fault_of_a_policy_gradient_is_seen_with_its_line(
    seen, fact: str, pairs: list[tuple[str, str]], part: str
) -> None:
    text = changed(*pairs, text=POLICY)

    assert seen(text)[fact].startswith(f"train.py:{line_of(text, part)}: ")
    assert list(seen(text)) == [fact]


@pytest.mark.parametrize(
    "pairs",
    [
        [
            ("-dist.log_prob", "dist.log_prob"),
            ("loss = torch.stack(losses).sum()", "loss = -torch.stack(losses).sum()"),
            (" - 0.01", " + 0.01"),
        ],
        [
            ("-dist.log_prob", "dist.log_prob"),
            ("Adam(policy.parameters())", "Adam(policy.parameters(), maximize=True)"),
            (" - 0.01", " + 0.01"),
        ],
        [("-dist.log_prob(action) * R", "dist.log_prob(action) * alpha")],
        [(" - 0.01 * ", " + beta * "), ("import torch\n", "import torch\nbeta = -0.01\n")],
        [("reversed(rewards)", "rewards"), ("    R = 0\n", "    R = 0\n    rewards.reverse()\n")],
    ],
    ids=["minus outside", "an optimizer that climbs", "not a return", "a negative weight", "a list that was turned"],
)
def test_look_alikes_of_policy_gradients_are_in_order(seen, pairs: list[tuple[str, str]]) -> None:
    assert seen(changed(*pairs, text=POLICY)) == {}


ACTING = """\
import gymnasium as gym

env = gym.make("CartPole-v1")
state, info = env.reset()
for step in range(10000):
    action = choose(state)
    next_state, reward, done, truncated, info = env.step(action)
    remember(state, action, reward)
    state = next_state
    if done:
        state, info = env.reset()
    loss = learn()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_the_first_state_of_an_episode_that_is_not_taken_is_seen(seen) -> None:
    text = changed(("        state, info = env.reset()", "        env.reset()"), text=ACTING)

    assert seen(ACTING) == {}
    assert seen(text)["reset_ignored"].startswith("train.py:11: ")


def test_a_reset_at_the_end_of_the_loop_of_an_episode_is_in_order(seen) -> None:
    text = changed(("        state, info = env.reset()", "        env.reset()\n        break"), text=ACTING)

    assert seen(text) == {}


def test_four_values_of_a_step_of_gymnasium_are_seen(seen) -> None:
    text = changed(("done, truncated, info =", "done, info ="), text=ACTING)

    assert seen(text)["old_step_signature"].startswith("train.py:7: ")
    assert seen(text.replace("import gymnasium as gym", "import gym")) == {}
