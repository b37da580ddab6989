"""What the seventh set trains under supervision: data, network, loss and metric of each family, with their faults."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.faults.kit.plan import Plan

Values = dict[str, float]


class Task:
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

    def draw(self, n: int) -> tuple[Any, Any]:
        """Draw examples."""
        raise NotImplementedError

    def network(self) -> nn.Module:
        """Return the network."""
        raise NotImplementedError

    def loss(self, x: Any, y: Any, *, training: bool) -> tuple[Tensor, Values]:
        """Return the loss of a batch, and its metrics."""
        raise NotImplementedError

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


class Orbit(Task):
    """Forces between two bodies that a spring and a damper hold: regression, mean squared error."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        x = self.randn(n, 8)
        d, v = x[:, 0:2] - x[:, 2:4], x[:, 4:6] - x[:, 6:8]
        far = d.norm(dim=1, keepdim=True)
        force = -(far - 1.2) * d / (far + 0.1) - 0.3 * v * torch.tanh(far)
        y = torch.cat([force, -0.5 * force + 0.2 * x[:, 4:6]], 1)
        return x, y + max(0.0, self.p.noise) * self.randn(n, 4)

    def network(self) -> nn.Module:
        w = self.p.width
        return nn.Sequential(nn.Linear(8, w), nn.SiLU(), nn.Linear(w, w), nn.SiLU(), nn.Linear(w, 4))

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        out = self.model(x)
        return F.mse_loss(out, y), {"mae": float((out - y).abs().mean())}


class Beats(Task):
    """Beats of a heart, two leads, four kinds: convolutions along time."""

    kinds = 4

    def data(self) -> None:
        p = self.p
        super().data()
        if p.leak == "same-recordings":  # windows of one recording, cut into both parts
            own, kinds = self._recordings(30)
            pick = self.randint(30, p.n)
            self.x, self.y = own[pick] + 0.05 * self.randn(p.n, 2, 96), kinds[pick]
            pick = self.randint(30, p.n_val)
            self.held = own[pick] + 0.05 * self.randn(p.n_val, 2, 96), kinds[pick]
            own, kinds = self._recordings(p.n_val)
            self.test = own, kinds

    def _recordings(self, n: int) -> tuple[Tensor, Tensor]:
        x, y = self._beats(n)
        return x + 0.8 * F.avg_pool1d(self.randn(n, 2, 100), 5, 1), y

    def _beats(self, n: int) -> tuple[Tensor, Tensor]:
        rare = self.p.knob("rare", 0.0)
        y = (self.rand(n) < rare).long() if rare else self.randint(self.kinds, n)
        t = torch.arange(96)[None, None] / 96
        at = 0.5 + 0.08 * self.randn(n, 1, 1)
        k = y[:, None, None].float() * (self.p.knob("apart", 1.0))
        width = 0.03 + 0.012 * k * (1 + 0.3 * self.randn(n, 1, 1))
        peak = torch.exp(-(((t - at) / width) ** 2)) - 0.35 * (1 - 0.2 * k) * torch.exp(
            -(((t - at - 0.15) / 0.07) ** 2)
        )
        p_wave = 0.25 * (k < 2) * torch.exp(-(((t - at + 0.2) / 0.04) ** 2))
        x = torch.cat([peak + p_wave, 0.6 * peak - p_wave], 1) * (1 + 0.2 * self.randn(n, 1, 1))
        return x, y

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        x, y = self._beats(n)
        noise = self.p.noise if self.p.noise >= 0 else 0.25
        return x + noise * self.randn(n, 2, 96), y

    def network(self) -> nn.Module:
        w, kinds = self.p.width // 2, 2 if self.p.knob("rare", 0.0) else self.kinds
        parts: list[nn.Module] = []
        for i in range(3):
            parts += [nn.Conv1d(2 if i == 0 else w, w, 5, stride=2, padding=2), nn.BatchNorm1d(w), nn.ReLU()]
        return nn.Sequential(
            *parts, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Dropout(self.p.dropout), nn.Linear(w, kinds)
        )

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        out = self.model(x)
        if self.p.output == "softmax":
            out = out.softmax(1)
        guess = out.argmax(1)
        told = {"accuracy": float((guess == y).float().mean())}
        if self.p.knob("rare", 0.0):
            hits, said, real = float((guess * y).sum()), float(guess.sum()), float(y.sum())
            told["f1"] = 2 * hits / max(1.0, said + real)
            told["recall"] = hits / max(1.0, real)
        weight = torch.tensor(self.p.knob("class_weight", [])) if self.p.knob("class_weight", []) else None
        return F.cross_entropy(out, y, weight=weight, label_smoothing=self.p.smoothing if training else 0.0), told


class Captcha(Task):
    """Three signs in a noisy picture, a head for each."""

    signs = 8

    def data(self) -> None:
        self.glyphs = (torch.rand(self.signs, 8, 6, generator=torch.Generator().manual_seed(5)) < 0.45).float()
        super().data()
        if self.p.labels == "mispaired":
            self.y = self.y[torch.randperm(len(self.y), generator=self.g)]
        if self.p.mode == "sorted-validation":
            order = (self.held[1][:, 0] * 64 + self.held[1][:, 1] * 8 + self.held[1][:, 2]).argsort()
            self.held = self.held[0][order], self.held[1][order]

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        y = self.randint(self.signs, n, 3)
        x = torch.zeros(n, 1, 12, 27)
        for place in range(3):
            down, right = self.randint(4, n), self.randint(3, n)
            for dy in range(4):
                for dx in range(3):
                    mine = (down == dy) & (right == dx)
                    x[mine, 0, dy : dy + 8, 9 * place + dx : 9 * place + dx + 6] += self.glyphs[y[mine, place]]
        noise = self.p.noise if self.p.noise >= 0 else 0.35
        return (x - 0.3) / 0.5 + noise * self.randn(n, 1, 12, 27), y

    def network(self) -> nn.Module:
        w = self.p.width // 2
        return nn.Sequential(
            nn.Conv2d(1, w, 3, padding=1),
            nn.BatchNorm2d(w),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(w, 2 * w, 3, padding=1),
            nn.BatchNorm2d(2 * w),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(self.p.dropout),
            nn.Linear(2 * w * 3 * 6, 64),
            nn.BatchNorm1d(64),
            nn.ReLU(),
            nn.Linear(64, 3 * self.signs),
        )

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        if training and self.p.augment:
            x = x + self.p.augment * torch.randn_like(x)
            keep = (torch.rand(len(x), 1, 12, 27) > 0.35).float()
            x = x * keep
        out = self.model(x).view(-1, 3, self.signs)
        right = (out.argmax(2) == y).float()
        loss = F.cross_entropy(out.flatten(0, 1), y.flatten(), label_smoothing=self.p.smoothing if training else 0.0)
        return loss, {"accuracy": float(right.mean())}


class Attention(nn.Module):
    """A block of a transformer, the norm before or after."""

    def __init__(self, w: int, heads: int = 2, *, post: bool = False, dropout: float = 0.0) -> None:
        super().__init__()
        self.heads, self.post = heads, post
        self.qkv, self.out = nn.Linear(w, 3 * w), nn.Linear(w, w)
        self.up, self.down = nn.Linear(w, 2 * w), nn.Linear(2 * w, w)
        self.one, self.two, self.drop = nn.LayerNorm(w), nn.LayerNorm(w), nn.Dropout(dropout)

    def attend(self, x: Tensor, causal: bool) -> Tensor:
        b, t, w = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        a = q @ k.transpose(-1, -2) / math.sqrt(w // self.heads)
        if causal:
            a = a.masked_fill(torch.ones(t, t).triu(1).bool(), -1e9)
        return self.drop(self.out((a.softmax(-1) @ v).transpose(1, 2).reshape(b, t, w)))

    def forward(self, x: Tensor, causal: bool = False) -> Tensor:
        if self.post:
            x = self.one(x + self.attend(x, causal))
            return self.two(x + self.drop(self.down(F.relu(self.up(x)))))
        x = x + self.attend(self.one(x), causal)
        return x + self.drop(self.down(F.relu(self.up(self.two(x)))))


PAD, EQUALS, END, LETTERS = 0, 1, 2, 8


class Speller(nn.Module):
    """A causal transformer over letters."""

    def __init__(self, w: int, depth: int, length: int, *, post: bool, dropout: float, causal: bool) -> None:
        super().__init__()
        self.emb, self.pos = nn.Embedding(3 + LETTERS, w), nn.Embedding(length, w)
        self.blocks = nn.ModuleList(Attention(w, post=post, dropout=dropout) for _ in range(depth))
        self.norm, self.head, self.causal = nn.LayerNorm(w), nn.Linear(w, 3 + LETTERS), causal

    def forward(self, x: Tensor) -> Tensor:
        h = self.emb(x) + self.pos(torch.arange(x.shape[1]))
        for block in self.blocks:
            h = block(h, self.causal)
        return self.head(self.norm(h))


class Mirror(Task):
    """Words spelt backwards, letter by letter: a causal transformer, the loss on the answer."""

    longest = 6

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
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
        p = self.p
        return Speller(p.width, p.depth, 40, post=p.knob("post", False), dropout=p.dropout, causal=p.leak != "no-mask")

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        out, want = self.model(x[:, :-1]), x[:, 1:]
        at = torch.arange(want.shape[1])[None]
        answer = (at >= y[:, None]) & (want != PAD)
        if self.p.output == "pads-counted" and training:
            loss = F.cross_entropy(out.flatten(0, 1), want.flatten())
            return loss, {"accuracy": float((out.argmax(2) == want).float().mean())}
        loss = F.cross_entropy(out[answer], want[answer], label_smoothing=self.p.smoothing if training else 0.0)
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
        h = self.inp(x[..., None])
        for block in self.blocks:
            h = block(h)
        return torch.einsum("rw,bkw->brk", self.ask, self.key(h))


class Sorter(Task):
    """A pointer network that sorts seven numbers."""

    k = 7

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        x = self.randn(n, self.k)
        return x, x.argsort(1)

    def network(self) -> nn.Module:
        return Ranker(self.p.width, self.p.depth, self.k, self.p.dropout)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        out = self.model(x)
        smoothing = self.p.smoothing if training else 0.0
        loss = F.cross_entropy(out.flatten(0, 1), y.flatten(), label_smoothing=smoothing)
        return loss, {"accuracy": float((out.argmax(2) == y).float().mean())}


class Pool(nn.Module):
    """Deep sets: each element by itself, their mean, and on."""

    def __init__(self, w: int) -> None:
        super().__init__()
        self.each = nn.Sequential(nn.Linear(2, w), nn.ReLU(), nn.Linear(w, w), nn.ReLU())
        self.all = nn.Sequential(nn.Linear(w, w), nn.ReLU(), nn.Linear(w, w), nn.ReLU(), nn.Linear(w, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.all(self.each(x).mean(1))[:, 0]


class Sets(Task):
    """How widely the points of a set are spread: deep sets, regression."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        spread = 0.2 + 1.3 * self.rand(n, 1, 2)
        x = self.randn(n, 1, 2) + spread * self.randn(n, 24, 2)
        y = (x.var(1).prod(1)).sqrt()
        return x, y

    def network(self) -> nn.Module:
        return Pool(self.p.width)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        out = self.model(x)
        told = {"mae": float((out - y).abs().mean())}
        if self.p.output == "summed":
            return (F.mse_loss(out, y, reduction="sum") if training else F.mse_loss(out, y)), told
        if self.p.output == "logarithm":  # the error of logarithms, nothing keeps the answer above zero
            return ((out.log() - y.log()) ** 2).mean(), told
        return F.mse_loss(out, y), told


class Wine(Task):
    """Five grades of wine from eleven measures: cumulative logits."""

    scales = torch.tensor([8.3, 0.5, 0.3, 2.5, 0.09, 16.0, 46.0, 0.997, 3.3, 0.66, 10.4])
    spreads = torch.tensor([1.7, 0.18, 0.19, 1.4, 0.05, 10.0, 33.0, 0.002, 0.15, 0.17, 1.1])

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        z = self.randn(n, 11)
        grade = 1.2 * z[:, 10] - 0.9 * z[:, 1] + 0.7 * z[:, 9] + 0.8 * z[:, 1] * z[:, 6] - 0.5 * z[:, 6] ** 2
        noise = self.p.noise if self.p.noise >= 0 else 0.4
        grade = grade + noise * self.randn(n)
        y = torch.bucketize(grade, torch.tensor([-2.0, -0.9, 0.1, 1.2]))
        return (z * self.spreads + self.scales if self.p.input_scale != 1.0 else z), y

    def network(self) -> nn.Module:
        w, act = self.p.width, {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[self.p.activation]
        parts: list[nn.Module] = []
        for i in range(self.p.depth):
            parts += [nn.Linear(11 if i == 0 else w, w), act(), nn.Dropout(self.p.dropout)]
        return nn.Sequential(*parts, nn.Linear(w, 4))

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        out = self.model(x)
        above = (y[:, None] > torch.arange(4)).float()
        guess = (out > 0).sum(1)
        return F.binary_cross_entropy_with_logits(out, above), {"accuracy": float((guess == y).float().mean())}


class Net(nn.Module):
    """Deep operator network: a branch for the function, a trunk for the place."""

    def __init__(self, w: int, scale: float) -> None:
        super().__init__()
        self.branch = nn.Sequential(nn.Linear(20, w), nn.GELU(), nn.Linear(w, w), nn.GELU(), nn.Linear(w, w))
        self.trunk = nn.Sequential(nn.Linear(1, w), nn.GELU(), nn.Linear(w, w), nn.GELU(), nn.Linear(w, w))
        self.scale = scale

    def forward(self, u: Tensor) -> Tensor:
        at = torch.linspace(0, 1, 16, dtype=u.dtype)[:, None]
        return self.scale * self.branch(u) @ self.trunk(at).T / math.sqrt(20)


class Operator(Task):
    """The integral of a function from twenty of its values: operator learning."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        a, phase = self.randn(n, 4) / torch.arange(1, 5), 6.3 * self.rand(n, 4)
        k = torch.arange(1, 5) * 3.0
        s, at = torch.linspace(0, 1, 20), torch.linspace(0, 1, 16)
        u = (a[:, :, None] * torch.cos(k[None, :, None] * s + phase[:, :, None])).sum(1)
        whole = a[:, :, None] * (torch.sin(k[None, :, None] * at + phase[:, :, None]) - torch.sin(phase)[:, :, None])
        y = (whole / k[None, :, None]).sum(1) * 4
        units = self.p.knob("units", 1.0)
        return u, y * units + (self.p.knob("offset", 0.0))

    def network(self) -> nn.Module:
        return Net(self.p.width, self.p.knob("out_scale", 1.0))

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        if self.p.precision == "float16":
            x, y = x.half(), y.half()
        out = self.model(x)
        return F.mse_loss(out, y), {"r2": r2(out.float().detach(), y.float())}


class Filler(nn.Module):
    """Fills hidden patches: a token for what is hidden, blocks of attention."""

    def __init__(self, w: int, depth: int) -> None:
        super().__init__()
        self.inp, self.hole = nn.Linear(9, w), nn.Parameter(torch.zeros(w))
        self.pos = nn.Parameter(0.3 * torch.randn(16, w))
        self.blocks = nn.ModuleList(Attention(w) for _ in range(depth))
        self.out = nn.Linear(w, 9)

    def forward(self, x: Tensor, hidden: Tensor) -> Tensor:
        h = torch.where(hidden[..., None], self.hole, self.inp(x)) + self.pos
        for block in self.blocks:
            h = block(h)
        return self.out(h)


class Patches(Task):
    """Masked patches of smooth pictures are painted in: self-supervised, no metric but the loss."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        t = torch.arange(12) / 12
        a, f = self.randn(n, 3, 1, 1), 1 + self.randint(3, n, 3, 1, 1).float()
        p1, p2 = 6.3 * self.rand(n, 3, 1, 1), 6.3 * self.rand(n, 3, 1, 1)
        picture = (
            a * torch.cos(6.3 * f * t[None, None, :, None] / 2 + p1) * torch.cos(3.1 * t[None, None, None] * f + p2)
        ).sum(1)
        picture = picture + 0.05 * self.randn(n, 12, 12)
        x = picture.view(n, 4, 3, 4, 3).permute(0, 1, 3, 2, 4).reshape(n, 16, 9)
        return x / 0.85, self.rand(n, 16) < 0.4

    def network(self) -> nn.Module:
        return Filler(self.p.width, self.p.depth)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        hidden = torch.rand(len(x), 16) < 0.4 if training else y
        out = self.model(x, hidden)
        counted = ~hidden if self.p.output == "of-what-is-seen" and training else hidden
        return ((out - x) ** 2).mean(2)[counted].mean(), {}


class Tune(nn.Module):
    """An autoencoder of melodies: recurrent on both sides."""

    def __init__(self, w: int, latent: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(13, 16)
        self.enc, self.code = nn.GRU(16, w, batch_first=True), nn.Linear(w, 2 * latent)
        self.back, self.dec, self.out = nn.Linear(latent, w), nn.GRU(16 + latent, w, batch_first=True), nn.Linear(w, 12)

    def forward(self, x: Tensor, sample: bool) -> tuple[Tensor, Tensor, Tensor]:
        m, v = self.code(self.enc(self.emb(x))[0][:, -1]).chunk(2, 1)
        v = v.clamp(-8, 8)
        z = m + torch.randn_like(m) * (v / 2).exp() if sample else m
        before = F.pad(x[:, :-1], (1, 0), value=12)
        h = torch.cat([self.emb(before), z[:, None].expand(-1, x.shape[1], -1)], 2)
        return self.out(self.dec(h, torch.tanh(self.back(z))[None])[0]), m, v


class Melody(Task):
    """Melodies of sixteen notes in a variational autoencoder."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        key, motif = self.randint(12, n, 1), self.randint(6, n, 1)
        shapes = torch.randint(0, 12, (6, 4), generator=torch.Generator().manual_seed(3))
        x = shapes[motif[:, 0]].repeat(1, 4) + torch.tensor([0, 2, 4, 7]).repeat_interleave(4) * (
            1 + self.randint(2, n, 1)
        )
        x = (x + key) % 12
        wrong = self.rand(n, 16) < 0.05
        return torch.where(wrong, self.randint(12, n, 16), x), key[:, 0]

    def network(self) -> nn.Module:
        return Tune(self.p.width, 8)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        out, m, v = self.model(x, training)
        rec = F.cross_entropy(out.flatten(0, 1), x.flatten())
        kl = 0.5 * (m**2 + v.exp() - 1 - v).sum(1).mean() / 16
        told = {"loss_recon": float(rec), "loss_kl": float(kl)}
        return rec + self.p.knob("beta", 0.1) * kl, told


class Towers(nn.Module):
    """One tower for pictures and one for captions."""

    def __init__(self, w: int, dropout: float) -> None:
        super().__init__()
        self.image = nn.Sequential(
            nn.Linear(40, w), nn.ReLU(), nn.Dropout(dropout), nn.Linear(w, w), nn.ReLU(), nn.Linear(w, 24)
        )
        self.emb = nn.Embedding(60, w)
        self.text = nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(w, 24))

    def forward(self, x: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        return F.normalize(self.image(x), dim=1), F.normalize(self.text(self.emb(words).mean(1)), dim=1)


class Captions(Task):
    """Pictures and their captions are brought together, those of others apart."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        rule = torch.Generator().manual_seed(11)
        looks = torch.randn(6, 10, 12, generator=rule)
        mix = torch.randn(72, 40, generator=rule) / 4
        kinds = self.randint(10, n, 6)
        parts = torch.cat([looks[i][kinds[:, i]] for i in range(6)], 1)
        noise = self.p.noise if self.p.noise >= 0 else 0.3
        return torch.tanh(parts @ mix) + noise * self.randn(n, 40), kinds + 10 * torch.arange(6)

    def network(self) -> nn.Module:
        return Towers(self.p.width, self.p.dropout)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        a, b = self.model(x, y)
        heat = self.p.knob("temperature", 0.1)
        logits = a @ b.T * heat if self.p.output == "times" else a @ b.T / heat
        own = torch.arange(len(a))
        loss = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
        return loss, {"recall_at_1": float((logits.argmax(1) == own).float().mean())}


class Labeller(nn.Module):
    """Labels frames: recurrent both ways, or a stack of convolutions."""

    def __init__(self, p: Plan) -> None:
        super().__init__()
        w = p.width
        self.rnn = nn.GRU(6, w // 2, batch_first=True, bidirectional=True) if p.depth <= 4 else None
        act = nn.Sigmoid if p.activation == "sigmoid" else nn.ReLU
        parts: list[nn.Module] = []
        for i in range(p.depth if self.rnn is None else 0):
            parts += [nn.Conv1d(6 if i == 0 else w, w, 3, padding=1), act()]
        self.conv, self.out = nn.Sequential(*parts), nn.Linear(w, 5)

    def forward(self, x: Tensor) -> Tensor:
        h = self.rnn(x)[0] if self.rnn is not None else self.conv(x.transpose(1, 2)).transpose(1, 2)
        return self.out(h)


class Frames(Task):
    """What somebody does, frame by frame, from six sensors; recordings of different lengths."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        t = torch.arange(40)
        style = torch.randn(5, 6, 3, generator=torch.Generator().manual_seed(4))
        first, second = self.randint(5, n), self.randint(5, n)
        turn = 8 + self.randint(20, n)
        y = torch.where(t[None] < turn[:, None], first[:, None], second[:, None])
        phase = 6.3 * self.rand(n, 1, 1)
        s = style[y]  # n, 40, 6, 3
        wave = torch.sin(0.9 * (1 + 0.3 * y[..., None]) * t[None, :, None] + phase)
        noise = self.p.noise if self.p.noise >= 0 else 1.0
        x = 0.5 * s[..., 0] + s[..., 1] * wave + noise * self.randn(n, 40, 6)
        ends = 24 + self.randint(17, n)
        y = torch.where(t[None] < ends[:, None], y, -100)
        return x, y

    def data(self) -> None:
        super().data()
        if self.p.labels == "off-by-one":  # numbered from one in the file of training, from zero in the other
            self.y = torch.where(self.y >= 0, (self.y + 1) % 5, self.y)
        if self.p.labels == "mispaired":
            self.y = self.y[torch.randperm(len(self.y), generator=self.g)]

    def network(self) -> nn.Module:
        return Labeller(self.p)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        out = self.model(x)
        keep = y >= 0
        smoothing = self.p.smoothing if training else 0.0
        loss = F.cross_entropy(out.flatten(0, 1), y.flatten(), ignore_index=-100, label_smoothing=smoothing)
        if self.p.mode == "argmax-of-frames":  # the largest over frames, read as if it were over classes
            guess = out.argmax(1)[:, :1].expand(-1, 40) % 5
        else:
            guess = out.argmax(2)
        return loss, {"accuracy": float((guess == y)[keep].float().mean())}


class Reader(nn.Module):
    """Reads a sentence: embeddings, a block of attention, a head."""

    def __init__(self, w: int, dropout: float, kinds: int) -> None:
        super().__init__()
        self.emb = nn.Embedding(200, w)
        self.block = Attention(w, dropout=dropout)
        self.mid = nn.Linear(w, w)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(w, kinds))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.mid(self.block(self.emb(x)).mean(1))))


class Intent(Task):
    """What a customer wants: a reader that was trained on topics before is tuned to six intents."""

    kinds = 6

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
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
        model = Reader(self.p.width, self.p.dropout, self.kinds)
        if self.p.knob("pretrained", True):
            before = Reader(self.p.width, 0.0, 12)
            optimizer = torch.optim.Adam(before.parameters(), lr=3e-3)
            for _ in range(250):
                x, y = self._sentences(64, 12, 2)
                optimizer.zero_grad()
                F.cross_entropy(before(x), y).backward()
                optimizer.step()
            held = {k: v for k, v in before.state_dict().items() if not k.startswith("head")}
            model.load_state_dict(held, strict=False)
        return model

    def data(self) -> None:
        super().data()
        if self.p.sorted_data:
            order = self.y.argsort(stable=True)
            self.x, self.y = self.x[order], self.y[order]

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        out = self.model(x)
        loss = F.cross_entropy(out, y, label_smoothing=self.p.smoothing if training else 0.0)
        return loss, {"accuracy": float((out.argmax(1) == y).float().mean())}


TASKS: dict[str, type[Task]] = {
    "orbit": Orbit,
    "beats": Beats,
    "captcha": Captcha,
    "mirror": Mirror,
    "sorter": Sorter,
    "sets": Sets,
    "wine": Wine,
    "operator": Operator,
    "patches": Patches,
    "melody": Melody,
    "captions": Captions,
    "frames": Frames,
    "intent": Intent,
}
