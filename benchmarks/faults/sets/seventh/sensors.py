"""Families of the seventh set over what sensors record: beats of a heart, pictures of signs, movements."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.seventh.base import Task, Values


class Beats(Task):
    """Beats of a heart, two leads, four kinds: convolutions along time."""

    kinds = 4

    def data(self) -> None:
        """Make the data; a leak puts windows of the same recordings into both parts and others into the test."""
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
        return x + 0.8 * functional.avg_pool1d(self.randn(n, 2, 100), 5, 1), y

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
        """Draw beats with the noise of the leads."""
        x, y = self._beats(n)
        noise = self.p.noise if self.p.noise >= 0 else 0.25
        return x + noise * self.randn(n, 2, 96), y

    def network(self) -> nn.Module:
        """Return three convolutions with batch norm, pooled over time."""
        w, kinds = self.p.width // 2, 2 if self.p.knob("rare", 0.0) else self.kinds
        parts: list[nn.Module] = []
        for i in range(3):
            parts += [nn.Conv1d(2 if i == 0 else w, w, 5, stride=2, padding=2), nn.BatchNorm1d(w), nn.ReLU()]
        return nn.Sequential(
            *parts, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Dropout(self.p.dropout), nn.Linear(w, kinds)
        )

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the cross-entropy with accuracy, and F1 and recall where one kind is rare."""
        out = self.model(x)
        if self.p.output == "softmax":
            out = out.softmax(1)
        guess = out.argmax(1)
        told = {"accuracy": float((guess == y).float().mean())}
        if self.p.knob("rare", 0.0):
            hits, said, real = float((guess * y).sum()), float(guess.sum()), float(y.sum())
            told["f1"] = 2 * hits / max(1.0, said + real)
            told["recall"] = hits / max(1.0, real)
        return functional.cross_entropy(out, y, label_smoothing=self.p.smoothing if training else 0.0), told


class Captcha(Task):
    """Three signs in a noisy picture, a head for each."""

    signs = 8

    def data(self) -> None:
        """Make signs and pictures; training pictures may lose their labels, validation may be sorted by sign."""
        self.glyphs = (torch.rand(self.signs, 8, 6, generator=torch.Generator().manual_seed(5)) < 0.45).float()
        super().data()
        if self.p.labels == "mispaired":
            self.y = self.y[torch.randperm(len(self.y), generator=self.g)]
        if self.p.mode == "sorted-validation":
            order = (self.held[1][:, 0] * 64 + self.held[1][:, 1] * 8 + self.held[1][:, 2]).argsort()
            self.held = self.held[0][order], self.held[1][order]

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw three signs a picture, each moved by a few pixels."""
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
        """Return two convolutions and a layer with the answers for all three places."""
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
        """Return the cross-entropy over the three places; pictures of training may be disguised first."""
        if training and self.p.augment:
            x = x + self.p.augment * torch.randn_like(x)
            keep = (torch.rand(len(x), 1, 12, 27) > 0.35).float()
            x = x * keep
        out = self.model(x).view(-1, 3, self.signs)
        right = (out.argmax(2) == y).float()
        loss = functional.cross_entropy(
            out.flatten(0, 1), y.flatten(), label_smoothing=self.p.smoothing if training else 0.0
        )
        return loss, {"accuracy": float(right.mean())}


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
        """Return the logits of each frame."""
        h = self.rnn(x)[0] if self.rnn is not None else self.conv(x.transpose(1, 2)).transpose(1, 2)
        return self.out(h)


class Frames(Task):
    """What somebody does, frame by frame, from six sensors; recordings of different lengths."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw recordings in which one thing is done and then another; what lies beyond their end is labelled -100."""
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
        """Make the data; a fault numbers the classes of training from one."""
        super().data()
        if self.p.labels == "off-by-one":  # numbered from one in the file of training, from zero in the other
            self.y = torch.where(self.y >= 0, (self.y + 1) % 5, self.y)

    def network(self) -> nn.Module:
        """Return the labeller."""
        return Labeller(self.p)

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the cross-entropy over frames, and the accuracy, which a fault takes over the wrong axis."""
        out = self.model(x)
        keep = y >= 0
        smoothing = self.p.smoothing if training else 0.0
        loss = functional.cross_entropy(out.flatten(0, 1), y.flatten(), ignore_index=-100, label_smoothing=smoothing)
        guess = out.argmax(2)
        if self.p.mode == "argmax-of-frames":  # the largest over frames, read as if it were over classes
            guess = out.argmax(1)[:, :1].expand(-1, 40) % 5
        return loss, {"accuracy": float((guess == y)[keep].float().mean())}
