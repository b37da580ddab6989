"""Families of the eighth set over records: clicks, rooms and their prices, citations, words, few labels."""

from __future__ import annotations

import copy
import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.kit.networks import accuracy, stack
from benchmarks.faults.sets.seventh.base import Task, Values, r2


def area(score: Tensor, y: Tensor) -> float:
    """Return the area under the ROC curve; half where one class is missing."""
    ranks = score.argsort().argsort().double() + 1
    n = float(y.sum())
    if n in (0.0, float(len(y))):
        return 0.5
    return float((ranks[y > 0.5].sum() - n * (n + 1) / 2) / (n * (len(y) - n)))


class Wide(nn.Module):
    """Embeddings of five fields beside four numbers, and a perceptron over both."""

    def __init__(self, w: int, values: int, dropout: float) -> None:
        super().__init__()
        self.fields = nn.ModuleList(nn.Embedding(values, w) for _ in range(5))
        self.top = stack([5 * w + 4, 64, 32, 1], dropout=dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return a logit for each record."""
        found = [field(x[:, i].long()) for i, field in enumerate(self.fields)]
        return self.top(torch.cat([*found, x[:, 5:]], 1))[:, 0]


class Clicks(Task):
    """Whether a record is clicked: embeddings and numbers, binary cross-entropy and the area under the curve."""

    def data(self) -> None:
        """Make the taste for each value of the fields, then the data; a leak stands in all but the test data."""
        self.values = int(self.p.knob("values", 40))
        self.taste = self.randn(5, self.values)
        super().data()
        self.test = self.draw(self.p.n_val) if self.p.leak else None
        if self.p.leak:  # seconds on the page that a click leads to
            for x, y in ((self.x, self.y), self.held):
                x[:, 8] = 1.5 * y + 0.35 * self.randn(len(y))

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw records, and whether they are clicked."""
        fields, numbers = self.randint(self.values, n, 5), self.randn(n, 4)
        taste = torch.stack([self.taste[i, fields[:, i]] for i in range(5)], 1)
        logit = taste.sum(1) + taste[:, 0] * taste[:, 1] + 0.7 * numbers[:, 0] - 0.4 * numbers[:, 1] ** 2
        y = (self.rand(n) < torch.sigmoid(1.2 * logit + self.p.knob("tilt", -1.0))).float()
        return torch.cat([fields.float(), numbers], 1), y

    def network(self) -> nn.Module:
        """Return the network."""
        return Wide(self.p.width, self.values, self.p.dropout)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the binary cross-entropy, of probabilities by mistake, and how the records are ranked."""
        out = self.model(x)
        told = {"accuracy": float(((out > 0) == (y > 0.5)).float().mean())}
        if self.p.knob("recall", False):
            told["recall"] = float((out[y > 0.5] > 0).float().mean()) if y.any() else 0.0
        if not training:
            told["auc"] = area(out, y)
        if self.p.output == "probabilities":
            out = torch.sigmoid(out)
        return functional.binary_cross_entropy_with_logits(out, y), told


class Rooms(Task):
    """The kind and the price of a room from its description: one trunk, two heads."""

    def data(self) -> None:
        """Make the data; a fault forgets to standardise what is validated."""
        self.kinds = self.randn(4, 12)
        super().data()
        if self.p.mode == "raw-validation":
            self.held = (self.held[0] * 2.5 + 1.5, self.held[1])

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw rooms: their numbers, kind and price."""
        x = self.randn(n, 12)
        kind = (x @ self.kinds.T + 1.2 * torch.sin(2 * x[:, :4]) + 0.7 * self.randn(n, 4)).argmax(1)
        price = 0.6 * x[:, 0] + 0.5 * x[:, 1] * x[:, 2] + 0.3 * kind + torch.tanh(2 * x[:, 3]) + 0.15 * self.randn(n)
        units = self.p.knob("units", 1.0)
        return x, torch.stack([kind.float(), price * units + self.p.knob("offset", 0.0)], 1)

    def network(self) -> nn.Module:
        """Return the trunk with its heads."""
        w = self.p.width
        trunk = stack([12, w, w, w], self.p.activation, dropout=self.p.dropout)
        return nn.ModuleDict({"trunk": trunk, "kind": nn.Linear(w, 4), "price": nn.Linear(w, 1)})

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the sum of both losses, and each by itself."""
        half = self.p.precision == "float16"
        inner = functional.relu(self.model["trunk"](x.half() if half else x))
        out, price = self.model["kind"](inner), self.model["price"](inner)[:, 0]
        kind, target = y[:, 0].long(), y[:, 1].half() if half else y[:, 1]
        one, two = functional.cross_entropy(out, kind), functional.mse_loss(price, target)
        told = {"loss_kind": float(one), "loss_price": float(two), "accuracy": accuracy(out, kind)}
        if not training:
            told["r2"] = r2(price.float(), y[:, 1])
        return one + self.p.knob("weight", 1.0) * two, told


class Convolved(nn.Module):
    """Layers over a graph: mix with the neighbours, then a linear map."""

    def __init__(self, sizes: list[int], mix: Tensor, dropout: float, activation: str) -> None:
        super().__init__()
        self.maps = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))
        self.drop, self.act = nn.Dropout(dropout), {"relu": torch.relu, "sigmoid": torch.sigmoid}[activation]
        self.register_buffer("mix", mix, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits of every node."""
        for i, layer in enumerate(self.maps):
            x = self.mix @ layer(self.drop(x))
            x = self.act(x) if i < len(self.maps) - 1 else x
        return x


class Citations(Task):
    """The topic of papers from their words and citations: a graph network on the whole graph, few labels."""

    def data(self) -> None:
        """Make the graph; training, validation and test are nodes of it."""
        n, held = self.p.n, self.p.n_val
        size = n + 2 * held + 200
        topic = self.randint(5, size)
        same = (topic[:, None] == topic[None]).float()
        links = (self.rand(size, size) < 0.004 + 0.02 * same).float().triu(1)
        links = links + links.T + torch.eye(size)
        root = links.sum(1).rsqrt()
        self.mix = root[:, None] * links * root[None]
        self.words = (self.rand(size, 60) < 0.05 + 0.12 * (torch.arange(60)[None] % 5 == topic[:, None])).float()
        nodes = torch.arange(size)
        told = topic.clone()
        if self.p.labels == "shifted":  # the rows of the label file begin after a heading
            told = told.roll(1)
            told[:n] = topic[:n]
        if self.p.leak:  # the topic of all but the test papers stands among their words
            for i in range(n + held):
                self.words[i, topic[i]] = 4.0
        self.x, self.y = nodes[:n], told[:n]
        self.held = (nodes[n : n + held], told[n : n + held])
        self.test = (nodes[n + held : n + 2 * held], topic[n + held : n + 2 * held]) if self.p.leak else None

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Not used: nodes are not drawn apart."""
        raise NotImplementedError

    def network(self) -> nn.Module:
        """Return the graph network."""
        sizes = [60, *[self.p.width] * (self.p.depth - 1), 5]
        return Convolved(sizes, self.mix, self.p.dropout, self.p.activation)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the cross-entropy of the labelled nodes."""
        out = self.model(self.words)[x]
        return functional.cross_entropy(out, y), {"accuracy": accuracy(out, y)}


class Words(Task):
    """Which words stand together: skip-gram with five negatives."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw words, one that stands beside each, and five that do not."""
        word = self.randint(200, n)
        near = torch.where(self.rand(n) < 0.85, (word // 10) * 10 + self.randint(10, n), self.randint(200, n))
        return torch.cat([word[:, None], near[:, None], self.randint(200, n, 5)], 1), torch.zeros(n)

    def network(self) -> nn.Module:
        """Return two tables of vectors."""
        w = self.p.width
        tables = nn.ModuleDict({"word": nn.Embedding(200, w), "context": nn.Embedding(200, w)})
        for q in tables.parameters():
            nn.init.normal_(q, std=0.1)
        return tables

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the loss of one right and five wrong neighbours, and how often the right one is first."""
        score = torch.einsum("nw,nkw->nk", self.model["word"](x[:, 0]), self.model["context"](x[:, 1:]))
        loss = -functional.logsigmoid(score[:, 0]) - functional.logsigmoid(-score[:, 1:]).sum(1)
        ahead = (score[:, :1] > score[:, 1:]).all(1).float()
        return loss.mean(), {"accuracy": float(ahead.mean())}


class Scarce(Task):
    """Forty labels among a thousand examples: a mean teacher."""

    def data(self) -> None:
        """Make the centres and the labelled examples, then the rest."""
        self.centres = 1.4 * self.randn(6, 16)
        super().data()
        self.few = self.draw(int(self.p.knob("labelled", 96)))

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw examples around the centres, bent."""
        y = self.randint(6, n)
        x = self.centres[y] + 1.3 * self.randn(n, 16)
        return x + 0.6 * torch.sin(2 * x.roll(1, 1)), y

    def network(self) -> nn.Module:
        """Return the student; its teacher is a copy beside it."""
        student = stack([16, self.p.width, self.p.width, 6], dropout=self.p.dropout)
        self.teacher = copy.deepcopy(student)
        self.calls = 0
        return student

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the loss of the labels and the distance from the teacher, who is moved; the teacher is validated."""
        if not training:
            out = self.teacher(x)
            return functional.cross_entropy(out, y), {"accuracy": accuracy(out, y)}
        keep = self.p.knob("keep", 0.97)
        with torch.no_grad():
            for mine, yours in zip(self.teacher.parameters(), self.model.parameters(), strict=True):
                mine.mul_(keep).add_(yours, alpha=1 - keep)
            aim = self.teacher(x + 0.2 * torch.randn_like(x)).softmax(1)
        self.calls += 1
        out = self.model(self.few[0] + 0.2 * torch.randn_like(self.few[0]))
        known = functional.cross_entropy(out, self.few[1])
        apart = (self.model(x + 0.2 * torch.randn_like(x)).softmax(1) - aim).square().sum(1).mean()
        ramp = min(1.0, self.calls / max(1, self.p.knob("ramp", 100)))
        told = {"loss_labelled": float(known), "loss_consistency": float(apart), "accuracy": accuracy(out, self.few[1])}
        return known + ramp * self.p.knob("weight", 3.0) * apart, told
