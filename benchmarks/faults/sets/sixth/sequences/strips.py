"""Signals in time: symbols read with CTC, a cue remembered by a state-space model, motifs kept in a codebook."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import accuracy
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.sixth.sequences.loop import Told

SYMBOLS, FRAMES, FEATURES = 8, 24, 8


def distance(a: list[int], b: list[int]) -> int:
    """Return how many symbols must be changed, added or left out."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


class Reader(nn.Module):
    """A convolution, a GRU both ways and the scores of symbols."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        self.conv = nn.Conv1d(FEATURES, p.width, 3, stride=p.knob("stride", 1), padding=1)
        self.gru = nn.GRU(p.width, p.width // 2, batch_first=True, bidirectional=True)
        self.drop, self.head = nn.Dropout(p.dropout), nn.Linear(p.width, SYMBOLS + 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of every frame."""
        h = torch.relu(self.conv(x)).transpose(1, 2)
        scores: Tensor = self.head(self.drop(self.gru(h)[0]))
        return scores


class Strips:
    """Read symbols whose places are not told."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, g = p, torch.Generator().manual_seed(seed)
        n = p.n + p.n_val
        shapes = torch.randn(SYMBOLS + 1, FEATURES, generator=torch.Generator().manual_seed(9))
        shapes[0] = 0.0
        low, high = p.knob("symbols", (2, 4))
        self.lengths = torch.randint(low, high + 1, (n,), generator=g)
        self.y = torch.randint(1, SYMBOLS + 1, (n, high), generator=g)
        frames = torch.zeros(n, FRAMES, dtype=torch.long)
        for i in range(n):  # each symbol lasts two to four frames, with one or two of nothing before it
            at = 0
            for k in range(int(self.lengths[i])):
                wait, lasts = torch.randint(1, 3, (2,), generator=g).tolist()
                at += wait
                frames[i, at : at + lasts + 1] = self.y[i, k]
                at += lasts + 1
        x = shapes[frames] + max(0.0, p.noise) * torch.randn(n, FRAMES, FEATURES, generator=g)
        x = (x * p.input_scale + p.input_shift).transpose(1, 2)
        self.x, self.size, self.keys, self.model = x, p.n, self.lengths[: p.n], Reader(p)
        self.g = g

    def _terms(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        x = self.x[rows]
        if self.model.training and self.p.augment:
            x = x * (torch.rand(len(x), FEATURES, 1, generator=self.g) > self.p.augment)
        scores = self.model(x)
        given = scores if self.p.output == "scores" else scores.log_softmax(-1)
        frames = torch.full((len(rows),), scores.shape[1])
        loss = F.ctc_loss(given.transpose(0, 1), self.y[rows], frames, self.lengths[rows])
        return loss, scores

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the loss."""
        return self._terms(rows)[0], {}

    def check(self) -> Told:
        """Return loss and symbol error rate on held-out strips."""
        rows = torch.arange(self.size, len(self.x))
        loss, scores = self._terms(rows)
        nothing = self.p.knob("nothing", 0)
        wrong = 0
        for path, y, length in zip(scores.argmax(-1), self.y[rows], self.lengths[rows], strict=True):
            read = [s for s in torch.unique_consecutive(path).tolist() if s != nothing]
            wrong += distance(read, y[: int(length)].tolist())
        return {"val_loss": loss.item(), "val_cer": wrong / int(self.lengths[rows].sum())}


class States(nn.Module):
    """A layer of many decaying states, computed as one long convolution."""

    def __init__(self, p: Plan, length: int) -> None:
        super().__init__()
        slow, fast = p.knob("decays", (0.005, 0.5))
        rates = torch.exp(torch.linspace(math.log(slow), math.log(fast), p.knob("states", 8)))
        self.rate = nn.Parameter(rates.log().repeat(p.width, 1))
        self.turn = nn.Parameter(torch.rand(p.width, p.knob("states", 8)) * 2)
        self.mix = nn.Parameter(torch.randn(p.width, p.knob("states", 8)) / p.knob("states", 8) ** 0.5)
        self.norm, self.out, self.drop = nn.LayerNorm(p.width), nn.Linear(p.width, p.width), nn.Dropout(p.dropout)
        self.register_buffer("times", torch.arange(length).float())
        self.sign = p.knob("sign", -1.0)

    def forward(self, x: Tensor) -> Tensor:
        """Return the input and what the states make of it; the shape is batch, time, width."""
        times = self.times
        assert isinstance(times, Tensor)
        decay = (self.sign * self.rate.exp()[..., None] * times).exp()
        kernel = (self.mix[..., None] * decay * torch.cos(self.turn[..., None] * times)).sum(1)
        n = 2 * len(times)
        seen = self.norm(x).transpose(1, 2)
        held = torch.fft.irfft(torch.fft.rfft(seen, n) * torch.fft.rfft(kernel, n), n)[..., : len(times)]
        made: Tensor = self.out(self.drop(F.gelu(held.transpose(1, 2))))
        return x + made


class StateSpace(nn.Module):
    """Layers of states and a decision at the last step."""

    def __init__(self, p: Plan, length: int, classes: int) -> None:
        super().__init__()
        self.lift = nn.Linear(3, p.width)
        self.layers = nn.Sequential(*(States(p, length) for _ in range(p.depth)))
        self.head = nn.Linear(p.width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return scores of classes."""
        scores: Tensor = self.head(self.layers(self.lift(x))[:, -1])
        return scores


class Cues:
    """Tell at the end which cue came at the beginning."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, g = p, torch.Generator().manual_seed(seed)
        n, length, classes = p.n + p.n_val, p.knob("length", 64), 6
        cues = torch.randn(classes, 6, 3, generator=torch.Generator().manual_seed(4)) * 1.5
        self.y = torch.randint(classes, (n,), generator=g)
        if p.knob("rare", 0.0):
            self.y = torch.where(torch.rand(n, generator=g) < p.knob("rare", 0.0), torch.tensor(0), self.y)
        x = 0.5 * torch.randn(n, length, 3, generator=g)
        starts = torch.randint(0, 4, (n,), generator=g)
        for i in range(n):
            x[i, starts[i] : starts[i] + 6] += cues[self.y[i]]
        self.x = x
        if p.labels == "misaligned":
            self.y[: p.n] = self.y[: p.n][torch.randperm(p.n, generator=g)]
        self.size, self.keys, self.model = p.n, self.y[: p.n], StateSpace(p, length, classes)

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the loss."""
        out = self.model(self.x[rows])
        given = out.softmax(-1) if self.p.output == "softmax" else out
        return F.cross_entropy(given, self.y[rows]), {"accuracy": accuracy(out, self.y[rows])}

    def check(self) -> Told:
        """Return loss and accuracy on held-out sequences."""
        x, y = self.x[self.size :], self.y[self.size :]
        out = self.model(x)
        given = out.softmax(-1) if self.p.output == "softmax" else out
        return {"val_loss": F.cross_entropy(given, y).item(), "val_accuracy": accuracy(out, y)}


class Codes(nn.Module):
    """Encoder, codebook and decoder of short waves."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        w, dims = p.width, 6
        act = nn.ReLU
        self.encoder = nn.Sequential(
            nn.Conv1d(1, w, 4, stride=2, padding=1), act(), nn.Conv1d(w, w, 4, stride=2, padding=1), act(),
            nn.Conv1d(w, dims, 1),
        )  # fmt: skip
        self.book = nn.Parameter(torch.randn(p.knob("codes", 32), dims) * p.knob("book", 0.3))
        self.decoder = nn.Sequential(
            nn.Conv1d(dims, w, 3, padding=1), act(), nn.ConvTranspose1d(w, w, 4, stride=2, padding=1), act(),
            nn.ConvTranspose1d(w, 1, 4, stride=2, padding=1),
        )  # fmt: skip
        self.through = p.knob("through", True)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the wave again, both distances to the codes, and the codes."""
        z = self.encoder(x).transpose(1, 2)
        chosen = torch.cdist(z.detach(), self.book.detach()).argmin(-1)
        q = self.book[chosen]
        book, commit = F.mse_loss(q, z.detach()), F.mse_loss(z, q.detach())
        given = z + (q - z).detach() if self.through else q
        return self.decoder(given.transpose(1, 2)), book, commit, chosen


class Motifs:
    """Keep waves made of a few motifs as codes."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p, g = p, torch.Generator().manual_seed(seed)
        n, t = p.n + p.n_val, torch.linspace(0, 1, 8)
        kinds = torch.stack([torch.sin(math.pi * (k % 4 + 1) * t + k) * (1 if k < 4 else t * 2) for k in range(8)])
        which = torch.randint(8, (n, 4), generator=g)
        loud = 0.6 + 0.8 * torch.rand(n, 4, 1, generator=g)
        x = (kinds[which] * loud).reshape(n, 1, 32)
        x = x + max(0.0, p.noise) * torch.randn(x.shape, generator=g)
        self.x = x
        self.size, self.keys, self.model = p.n, which[: p.n, 0], Codes(p)
        if p.knob("seeded", False):  # the first codes are what the encoder gives for some examples
            with torch.no_grad():
                z = self.model.encoder(self.x[:64]).transpose(1, 2).reshape(-1, 6)
                self.model.book.copy_(z[torch.randperm(len(z), generator=g)[: len(self.model.book)]])

    def _terms(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        made, book, commit, chosen = self.model(x)
        recon = F.mse_loss(made, x)
        share = torch.bincount(chosen.flatten(), minlength=len(self.model.book)).float()
        share = share / share.sum()
        perplexity = (-(share * (share + 1e-9).log()).sum()).exp()
        total = recon + book + self.p.knob("commit", 0.25) * commit
        return total, {"recon_loss": recon, "commit_loss": commit, "codebook_perplexity": perplexity}

    def loss(self, rows: Tensor, share: float, *, broken: bool) -> tuple[Tensor, Told]:
        """Return the sum of the three terms."""
        total, parts = self._terms(self.x[rows])
        return total, {name: value.item() for name, value in parts.items()}

    def check(self) -> Told:
        """Return the terms on held-out waves."""
        total, parts = self._terms(self.x[self.size :])
        return {"val_loss": total.item(), **{f"val_{name}": value.item() for name, value in parts.items()}}
