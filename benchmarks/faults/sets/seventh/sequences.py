"""Families of the seventh set over symbols: words spelt backwards, numbers to be sorted, sentences of customers."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.sets.seventh.base import Attention, Task, Values

PAD, EQUALS, END, LETTERS = 0, 1, 2, 8


class Speller(nn.Module):
    """A causal transformer over letters."""

    def __init__(self, w: int, depth: int, length: int, *, post: bool, dropout: float, causal: bool) -> None:
        super().__init__()
        self.emb, self.pos = nn.Embedding(3 + LETTERS, w), nn.Embedding(length, w)
        self.blocks = nn.ModuleList(Attention(w, post=post, dropout=dropout) for _ in range(depth))
        self.norm, self.head, self.causal = nn.LayerNorm(w), nn.Linear(w, 3 + LETTERS), causal

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of each next letter."""
        h = self.emb(x) + self.pos(torch.arange(x.shape[1]))
        for block in self.blocks:
            h = block(h, self.causal)
        return self.head(self.norm(h))


class Mirror(Task):
    """Words spelt backwards, letter by letter: a causal transformer, the loss on the answer."""

    longest = 6

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw words with their mirror image behind an equals sign, and the length of each."""
        size = 2 * self.longest + 2
        if self.p.knob("pads", 0):
            size += self.p.knob("pads", 0)
        seq = torch.full((n, size), PAD)
        sizes = 3 + self.randint(self.longest - 2, n)
        words = 3 + self.randint(LETTERS, n, self.longest)
        for i in range(n):
            m = int(sizes[i])
            w = words[i, :m]
            seq[i, : 2 * m + 2] = torch.cat([w, torch.tensor([EQUALS]), w.flip(0), torch.tensor([END])])
        return seq, sizes

    def network(self) -> nn.Module:
        """Return the transformer; a leak leaves the mask out."""
        p = self.p
        return Speller(p.width, p.depth, 40, post=p.knob("post", False), dropout=p.dropout, causal=p.leak != "no-mask")

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the cross-entropy of the answer alone, or by mistake of the question and the padding as well."""
        out, want = self.model(x[:, :-1]), x[:, 1:]
        at = torch.arange(want.shape[1])[None]
        answer = (at >= y[:, None]) & (want != PAD)
        if self.p.output == "pads-counted" and training:
            loss = functional.cross_entropy(out.flatten(0, 1), want.flatten())
            return loss, {"accuracy": float((out.argmax(2) == want).float().mean())}
        loss = functional.cross_entropy(
            out[answer], want[answer], label_smoothing=self.p.smoothing if training else 0.0
        )
        told = {"accuracy": float((out.argmax(2) == want)[answer].float().mean())}
        if not training and self.p.knob("spelt", False):
            told["exact_match"] = self.spelt(x, y)
        return loss, told

    def spelt(self, x: Tensor, y: Tensor) -> float:
        """The share of words that the network spells right on its own."""
        right = []
        for m in range(3, self.longest + 1):
            mine = x[y == m][:30]
            if not len(mine):
                continue
            seq = mine.clone()
            seq[:, m + 1 :] = PAD
            for i in range(m + 1):
                seq[:, m + 1 + i] = self.model(seq[:, :-1])[:, m + i].argmax(1)
            right.append((seq[:, : 2 * m + 2] == mine[:, : 2 * m + 2]).all(1).float())
        return float(torch.cat(right).mean())


class Ranker(nn.Module):
    """Points, for each rank, at the number that has it."""

    def __init__(self, w: int, depth: int, k: int, dropout: float) -> None:
        super().__init__()
        self.inp = nn.Sequential(nn.Linear(1, w), nn.ReLU(), nn.Linear(w, w))
        self.blocks = nn.ModuleList(Attention(w, dropout=dropout) for _ in range(depth))
        self.ask = nn.Parameter(torch.randn(k, w) * 0.1)
        self.key = nn.Linear(w, w)

    def forward(self, x: Tensor) -> Tensor:
        """Return, for each rank, a logit for each number."""
        h = self.inp(x[..., None])
        for block in self.blocks:
            h = block(h)
        return torch.einsum("rw,bkw->brk", self.ask, self.key(h))


class Sorter(Task):
    """A pointer network that sorts seven numbers."""

    k = 7

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw numbers, and where each rank is found among them."""
        x = self.randn(n, self.k)
        return x, x.argsort(1)

    def network(self) -> nn.Module:
        """Return the pointer network."""
        return Ranker(self.p.width, self.p.depth, self.k, self.p.dropout)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the cross-entropy over ranks, and the share of ranks that are right."""
        out = self.model(x)
        smoothing = self.p.smoothing if training else 0.0
        loss = functional.cross_entropy(out.flatten(0, 1), y.flatten(), label_smoothing=smoothing)
        return loss, {"accuracy": float((out.argmax(2) == y).float().mean())}


class Reader(nn.Module):
    """Reads a sentence: embeddings, a block of attention, a head."""

    def __init__(self, w: int, dropout: float, kinds: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(200, w)
        self.block = Attention(w, dropout=dropout)
        self.mid = nn.Linear(w, w)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(w, kinds))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a sentence."""
        return self.head(torch.tanh(self.mid(self.block(self.emb(x)).mean(1))))


class Intent(Task):
    """What a customer wants: a reader that was trained on topics before is tuned to six intents."""

    kinds = 6

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw sentences with their intent, a few of them mistaken."""
        x, y = self._sentences(n, self.kinds, 2)
        wrong = self.p.noise if self.p.noise >= 0 else 0.05
        return x, torch.where(self.rand(n) < wrong, self.randint(self.kinds, n), y)

    def _sentences(self, n: int, kinds: int, own: int) -> tuple[Tensor, Tensor]:
        """Words of the kind among words of all; words come in groups of meaning."""
        y = self.randint(kinds, n)
        x = self.randint(200, n, 14)
        for i in range(own + 1):
            x[:, 2 + 3 * i] = 8 * y + self.randint(8, n) + 100 * (y % 2)
        return x % 200, y

    def network(self) -> nn.Module:
        """Return the reader, trained on twelve topics before unless it is not to be loaded."""
        model = Reader(self.p.width, self.p.dropout, self.kinds)
        if self.p.knob("pretrained", True):
            before = Reader(self.p.width, 0.0, 12)
            optimizer = torch.optim.Adam(before.parameters(), lr=3e-3)
            for _ in range(250):
                x, y = self._sentences(64, 12, 2)
                optimizer.zero_grad()
                functional.cross_entropy(before(x), y).backward()
                optimizer.step()
            held = {k: v for k, v in before.state_dict().items() if not k.startswith("head")}
            model.load_state_dict(held, strict=False)
        return model

    def data(self) -> None:
        """Make the data; a fault leaves training sorted by intent."""
        super().data()
        if self.p.sorted_data:
            order = self.y.argsort(stable=True)
            self.x, self.y = self.x[order], self.y[order]

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the cross-entropy and the accuracy."""
        out = self.model(x)
        loss = functional.cross_entropy(out, y, label_smoothing=self.p.smoothing if training else 0.0)
        return loss, {"accuracy": float((out.argmax(1) == y).float().mean())}
