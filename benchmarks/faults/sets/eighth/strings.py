"""Families of the eighth set over sequences: arrival times, nested brackets, languages."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.kit.networks import accuracy
from benchmarks.faults.sets.seventh.base import Task, Values


class Reader(nn.Module):
    """A GRU and what it answers at each place."""

    def __init__(self, w: int, ins: int, outs: int, tokens: bool) -> None:
        super().__init__()
        self.into = nn.Embedding(ins, w) if tokens else nn.Linear(ins, w)
        self.gru, self.out = nn.GRU(w, w, batch_first=True), nn.Linear(w, outs)

    def forward(self, x: Tensor) -> Tensor:
        """Return the answers."""
        return self.out(self.gru(self.into(x))[0])


class Arrivals(Task):
    """When the next customer comes: a recurrent point process, negative log-likelihood."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw waiting times that three moods of the day govern; some recorders round them down to nothing."""
        mood = self.randint(3, n)
        places = []
        for _ in range(17):
            mood = torch.where(self.rand(n) < 0.12, self.randint(3, n), mood)
            places.append(mood)
        centre = torch.tensor([-2.5, -0.5, 1.0])[torch.stack(places, 1)]
        spread = self.p.noise if self.p.noise >= 0 else 0.25
        waits = torch.exp(centre + spread * self.randn(n, 17))
        if self.p.knob("ties", 0):
            row = self.randint(n, int(self.p.knob("ties", 0)))
            waits[row, 7] = 0.0
        return waits, torch.zeros(n)

    def network(self) -> nn.Module:
        """Return the reader."""
        made = Reader(self.p.width, 1, 2, tokens=False)
        if self.p.knob("recurrent", 1.0) != 1.0:
            with torch.no_grad():
                made.gru.weight_hh_l0.mul_(self.p.knob("recurrent", 1.0))
        return made

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the mean negative logarithm of the density of each waiting time after the first."""
        log = x.log()
        mean, wide = self.model(log[:, :-1, None]).unbind(2)
        aim, wide = log[:, 1:], wide.clamp(-6, 6)
        nll = 0.5 * ((aim - mean) * torch.exp(-wide)).square() + wide + aim + 0.5 * math.log(2 * math.pi)
        return nll.mean(), {}


class Brackets(Task):
    """How deep each bracket is nested: a GRU over strings of several lengths, longer ones later."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw strings, and the depth at each place; -100 where a string is over."""
        up = (self.rand(n, 24) < 0.55).long()
        depth, rows = torch.zeros(n, dtype=torch.long), []
        for i in range(24):
            move = torch.where(depth == 0, 1, torch.where(depth == 7, 0, up[:, i]))
            up[:, i] = move
            depth = depth + 2 * move - 1
            rows.append(depth)
        y = torch.stack(rows, 1)
        ends = 6 + self.randint(19, n)
        over = torch.arange(24)[None] >= ends[:, None]
        up[over], y[over] = 2, -100
        order = (
            (y * (y >= 0)).max(1).values.argsort() if self.p.sorted_data else ends.argsort() if self.lengthens else None
        )
        return (up, y) if order is None else (up[order], y[order])

    @property
    def lengthens(self) -> bool:
        """Whether short strings come first."""
        return bool(self.p.knob("lengthens", False))

    def network(self) -> nn.Module:
        """Return the reader."""
        return Reader(self.p.width, 3, 8, tokens=True)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the cross-entropy of the places that count, and the accuracy there; a fault counts all places."""
        out = self.model(x).flatten(0, 1)
        y = y.flatten()
        right = out.argmax(1) == y
        share = (right | (y < 0)).float().mean() if self.p.output == "pads-right" else right[y >= 0].float().mean()
        return functional.cross_entropy(out, y), {"accuracy": float(share)}


class Bag(nn.Module):
    """The mean of the vectors of pairs of letters, and a line over it."""

    def __init__(self, w: int, kinds: int, dropout: float) -> None:
        super().__init__()
        self.bag, self.drop, self.out = nn.EmbeddingBag(400, w, mode="mean"), nn.Dropout(dropout), nn.Linear(w, kinds)

    def forward(self, x: Tensor) -> Tensor:
        """Return a logit for each language."""
        return self.out(self.drop(self.bag(x)))


class Tongues(Task):
    """Which of eight languages a word is from: a bag of pairs of letters, Adagrad."""

    def data(self) -> None:
        """Make the habits of the languages, then the words."""
        self.habits = (1.6 * self.randn(8, 20, 20)).softmax(2).cumsum(2)
        super().data()

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw words letter by letter, most of one language where that is asked for."""
        y = self.randint(8, n)
        if self.p.knob("common", 0.0):
            y = torch.where(self.rand(n) < self.p.knob("common", 0.0), 0, y)
        letter, pairs = self.randint(20, n), []
        for _ in range(int(self.p.knob("letters", 6))):
            after = (self.rand(n, 1) > self.habits[y, letter]).sum(1).clamp(max=19)
            pairs.append(letter * 20 + after)
            letter = after
        return torch.stack(pairs, 1), y

    def network(self) -> nn.Module:
        """Return the bag."""
        return Bag(self.p.width, 8, self.p.dropout)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the cross-entropy, of probabilities by mistake, and the accuracy, each language alike if asked."""
        out = self.model(x)
        told = {"accuracy": accuracy(out, y)}
        if self.p.knob("each", False):
            guess = out.argmax(1)
            told["balanced_accuracy"] = sum(
                float((guess[y == k] == k).float().mean()) for k in range(8) if (y == k).any()
            ) / max(1, len(y.unique()))
        if self.p.output == "probabilities":
            out = out.softmax(1)
        return functional.cross_entropy(out, y), told
