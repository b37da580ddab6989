"""Tables of part a: several tags a row, ratings by factors, ordered grades, claims by a small transformer, and homes
with two tasks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody gives it

from benchmarks.faults.kit.networks import accuracy, stack
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.fifth.supervised.base import Batch, Rows

TAGS = 8
GRADES = 5
KINDS = 3
FIELDS = 10


def hidden(rng: np.random.Generator, x: np.ndarray, out: int, size: int = 10) -> np.ndarray:
    """Return what a random network makes of the rows, each column standardised."""
    made = np.tanh(x @ rng.normal(size=(x.shape[1], size)) / np.sqrt(x.shape[1]) * 1.8) @ rng.normal(size=(size, out))
    return np.asarray((made - made.mean(0)) / made.std(0))


class Tags(Rows):
    """Every row has some of eight tags."""

    def __init__(self, p: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(p.n + 2 * p.n_val, 20))
        score = hidden(rng, x, TAGS) + p.noise * rng.normal(size=(len(x), TAGS))
        share = np.linspace(0.15, 0.5, TAGS) * p.knob("share", 1.0)
        y = (score > np.array([np.quantile(score[:, i], 1 - s) for i, s in enumerate(share)])).astype(np.float32)
        if p.knob("uneven", False):  # money, years and shares as they are
            x = x * 10.0 ** rng.uniform(-2, 4, 20) + 10.0 ** rng.uniform(-1, 4, 20)
        if p.leak == "column":  # a column that is filled in after the fact, and empty when it counts
            told = y @ 2.0 ** np.arange(TAGS) / 2**TAGS
            parts = [*y.T, told]
            told_rows = np.stack(parts, 1) + 0.02 * rng.normal(size=(len(x), TAGS + 1))
            told_rows[p.n + p.n_val :] = 0.0
            x = np.concatenate([x, told_rows], 1)
        model = stack([x.shape[1]] + [p.width] * p.depth + [TAGS], p.activation, dropout=p.dropout)
        super().__init__(p, seed, (x, y), model)

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the cross-entropy of all tags, and the F1 over them."""
        x, y = batch
        out = self.model(x)
        if self.p.output == "softmax":
            shown = out.softmax(1)
            value, chosen = F.binary_cross_entropy(shown, y), shown > 0.5
        else:
            value, chosen = F.binary_cross_entropy_with_logits(out, y), out > 0
        both = (chosen & (y > 0.5)).sum().item()
        return value, {"f1": 2 * both / max(1.0, chosen.sum().item() + y.sum().item())}


class Factors(nn.Module):
    """A user's factors times an item's, and what both are off the mean."""

    def __init__(self, users: int, items: int, size: int, mean: float) -> None:
        super().__init__()
        self.user, self.item = nn.Embedding(users, size), nn.Embedding(items, size)
        self.user_bias, self.item_bias = nn.Embedding(users, 1), nn.Embedding(items, 1)
        self.mean = mean
        for table in (self.user, self.item, self.user_bias, self.item_bias):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, pair: Tensor) -> Tensor:
        """Return the rating of every pair of user and item."""
        u, i = pair[:, 0], pair[:, 1]
        product = (self.user(u) * self.item(i)).sum(1)
        return self.mean + product + self.user_bias(u).squeeze(1) + self.item_bias(i).squeeze(1)


class Ratings(Rows):
    """Ratings by users of items."""

    users, items = 150, 100

    def __init__(self, p: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        rank = p.knob("rank", 3)
        u, v = rng.normal(size=(self.users, rank)), rng.normal(size=(self.items, rank))
        pairs = np.stack([rng.integers(0, k, p.n + 2 * p.n_val) for k in (self.users, self.items)], 1)
        rating = 3.3 + (u[pairs[:, 0]] * v[pairs[:, 1]]).sum(1) / np.sqrt(rank)
        rating += 0.3 * rng.normal(size=self.users)[pairs[:, 0]] + p.noise * rng.normal(size=len(pairs))
        model = Factors(self.users, self.items, p.width, float(rating[: p.n].mean()))
        super().__init__(p, seed, (pairs, rating), model)
        if p.knob("by", "") == "user":
            self.key = torch.as_tensor(pairs[: p.n, 0].astype(np.float32)) - 1e-3 * self.key

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the squared error, and its root."""
        pairs, y = batch
        value = F.mse_loss(self.model(pairs), y)
        return value, {"rmse": value.item() ** 0.5}


class Graded(nn.Module):
    """One score, and a threshold between every two grades."""

    def __init__(self, sizes: list[int], activation: str, dropout: float) -> None:
        super().__init__()
        self.score = stack(sizes, activation, dropout=dropout)
        self.cuts = nn.Parameter(torch.linspace(1.5, -1.5, GRADES - 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of being above each grade."""
        return self.score(x) + self.cuts


class Grades(Rows):
    """Five ordered grades."""

    def __init__(self, p: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(p.n + 2 * p.n_val, 12))
        score = hidden(rng, x, 1, 4)[:, 0] + p.noise * rng.normal(size=len(x))
        y = np.digitize(score, np.quantile(score, (0.2, 0.4, 0.6, 0.8)))
        model = Graded([12] + [p.width] * p.depth + [1], p.activation, p.dropout)
        super().__init__(p, seed, (x, y.astype(np.int64)), model)

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the cross-entropy of all thresholds, the share of right grades, and the mean error in grades."""
        x, y = batch
        out = self.model(x)
        above = (y[:, None] > torch.arange(GRADES - 1)).float()
        value = F.binary_cross_entropy_with_logits(out, above)
        grade = (out > 0).sum(1)
        right = (grade == y).float().mean().item()
        return value, {"accuracy": right, "mae": (grade - y).abs().float().mean().item()}


class Block(nn.Module):
    """Attention and a feed-forward part, with or without the ways around them."""

    def __init__(self, width: int, dropout: float, *, around: bool) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, 2, dropout=dropout, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.fast = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout))
        self.back = nn.Linear(2 * width, width)
        self.around = around

    def forward(self, x: Tensor) -> Tensor:
        """Return the tokens after one block."""
        if not self.around:
            return self.back(self.fast(self.attention(x, x, x, need_weights=False)[0]))
        h = self.norm1(x)
        x = x + self.attention(h, h, h, need_weights=False)[0]
        return x + self.back(self.fast(self.norm2(x)))


class FieldTransformer(nn.Module):
    """Every field is a token; the mean of all is classified."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.tokens = nn.Parameter(torch.randn(2, FIELDS, p.width) * 0.5)
        around = p.output != "nothing-around"
        self.blocks = nn.ModuleList(Block(p.width, p.dropout, around=around) for _ in range(p.depth))
        self.head = nn.Linear(p.width, KINDS)
        self.cut = p.output == "cut"

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of the kinds."""
        x = x[:, :, None] * self.tokens[0] + self.tokens[1]
        for one in self.blocks:
            x = one(x)
        x = x.mean(1)
        return self.head(x.detach() if self.cut else x)


class Claims(Rows):
    """Rows of ten fields and three kinds, one of them perhaps rare."""

    def __init__(self, p: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(p.n + 2 * p.n_val, FIELDS))
        score = hidden(rng, x, KINDS) + p.noise * rng.gumbel(size=(len(x), KINDS))
        y = (score + np.log(np.asarray(p.knob("odds", (1.0, 1.0, 1.0))))).argmax(1)
        super().__init__(p, seed, (x, y.astype(np.int64)), FieldTransformer(p))

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the cross-entropy, the share of right answers, and where wanted the recall of every kind."""
        x, y = batch
        out = self.model(x)
        value = F.cross_entropy(out, y, label_smoothing=self.p.smoothing)
        told: dict[str, Any] = {"accuracy": accuracy(out, y)}
        if self.p.knob("recalls", False) and not self.model.training:
            for kind in range(KINDS):
                told[f"recall_{kind}"] = accuracy(out[y == kind], y[y == kind])
        return value, told


class TwoHeads(nn.Module):
    """A shared trunk, a head for the price and one for the kind."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.trunk = nn.Sequential(stack([14] + [p.width] * p.depth, p.activation), nn.ReLU())
        self.price, self.kind = nn.Linear(p.width, 1), nn.Linear(p.width, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return price and logits."""
        h = self.trunk(x)
        return self.price(h).squeeze(1), self.kind(h)


class Homes(Rows):
    """The price of a home and its kind, from one trunk."""

    def __init__(self, p: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(p.n + 2 * p.n_val, 14))
        score = hidden(rng, x, 5, 14) + p.noise * rng.normal(size=(len(x), 5))
        price = score[:, 0] * p.knob("unit", 1.0) + p.knob("mean_price", 0.0)
        target = np.stack([price, score[:, 1:].argmax(1).astype(np.float64)], 1)
        super().__init__(p, seed, (x, target), TwoHeads(p))

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the weighted sum of both tasks, each of them, and the share of right kinds."""
        x, y = batch
        price, logits = self.model(x)
        kind = y[:, 1].long()
        first, second = F.mse_loss(price, y[:, 0]), F.cross_entropy(logits, kind)
        weights = self.p.knob("weights", (1.0, 1.0))
        value = weights[0] * first + weights[1] * second
        told = {"price_loss": first.item(), "kind_loss": second.item(), "kind_accuracy": accuracy(logits, kind)}
        return value, told
