"""What all families of the seventh set are made of: a task with data and loss, and a block of attention."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.kit.plan import Plan

Values = dict[str, float]


class Task(ABC):
    """Data in memory and what is asked of the network.

    Attributes:
        x: inputs of training, one tensor or several, first axis the example.
        y: targets of training.
        held: inputs and targets of validation.
        test: inputs and targets that only the last evaluation sees, or nothing.
        model: the network.
    """

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        self.g = torch.Generator().manual_seed(1000 + seed)
        self.data()
        torch.manual_seed(seed)
        self.model = self.network()

    def data(self) -> None:
        """Make the data."""
        self.x, self.y = self.draw(self.p.n)
        self.held = self.draw(self.p.n_val)
        self.test: tuple[Any, Any] | None = None

    @abstractmethod
    def draw(self, n: int) -> tuple[Any, Any]:
        """Draw examples."""

    @abstractmethod
    def network(self) -> nn.Module:
        """Return the network."""

    @abstractmethod
    def loss(self, x: Any, y: Any, *, training: bool) -> tuple[Tensor, Values]:
        """Return the loss of a batch, and its metrics."""

    def rand(self, *shape: int) -> Tensor:
        """Uniform numbers."""
        return torch.rand(*shape, generator=self.g)

    def randn(self, *shape: int) -> Tensor:
        """Normal numbers."""
        return torch.randn(*shape, generator=self.g)

    def randint(self, high: int, *shape: int) -> Tensor:
        """Whole numbers below a bound."""
        return torch.randint(high, shape, generator=self.g)


def r2(out: Tensor, y: Tensor) -> float:
    """Return the explained share of the variance in a batch."""
    return float(1 - ((out - y) ** 2).sum() / ((y - y.mean(0)) ** 2).sum().clamp_min(1e-12))


class Attention(nn.Module):
    """A block of a transformer, the norm before or after."""

    def __init__(self, w: int, heads: int = 2, *, post: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads, self.post = heads, post
        self.qkv, self.out = nn.Linear(w, 3 * w), nn.Linear(w, w)
        self.up, self.down = nn.Linear(w, 2 * w), nn.Linear(2 * w, w)
        self.one, self.two, self.drop = nn.LayerNorm(w), nn.LayerNorm(w), nn.Dropout(dropout)

    def attend(self, x: Tensor, causal: bool) -> Tensor:
        """Return what each place takes from the others, or only from those before it."""
        b, t, w = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        a = q @ k.transpose(-1, -2) / math.sqrt(w // self.heads)
        if causal:
            a = a.masked_fill(torch.ones(t, t).triu(1).bool(), -1e9)
        return self.drop(self.out((a.softmax(-1) @ v).transpose(1, 2).reshape(b, t, w)))

    def forward(self, x: Tensor, causal: bool = False) -> Tensor:
        """Add attention and then a perceptron to what comes in."""
        if self.post:
            x = self.one(x + self.attend(x, causal))
            return self.two(x + self.drop(self.down(functional.relu(self.up(x)))))
        x = x + self.attend(self.one(x), causal)
        return x + self.drop(self.down(functional.relu(self.up(self.two(x)))))
