"""Families of the eighth set over small pictures: counting, quantised digits, sharpening, likelihood of stamps."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.faults.kit.networks import accuracy
from benchmarks.faults.sets.seventh.base import Task, Values


class Counting(Task):
    """How many blobs are in a picture: a small CNN, squared error."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw pictures with none to nine blobs, and how many there are."""
        y = self.randint(10, n)
        at = self.rand(n, 9, 2) * 13 + 1
        axis = torch.arange(16.0)
        far = (axis[None, None, :, None] - at[:, :, :1, None]) ** 2 + (
            axis[None, None, None, :] - at[:, :, 1:, None]
        ) ** 2
        there = (torch.arange(9)[None] < y[:, None]).float()
        x = (torch.exp(-far / 1.5) * there[:, :, None, None]).amax(1) + 0.1 * self.randn(n, 16, 16)
        noise = self.p.noise if self.p.noise >= 0 else 0.0
        told = y.float() + noise * self.randn(n)
        if self.p.labels == "mispaired":  # pictures are listed by name, counts by date
            told = told[torch.randperm(n, generator=self.g)]
        return x[:, None] * self.p.input_scale + self.p.input_shift, told

    def network(self) -> nn.Module:
        """Return three convolutions and a sum over places."""
        w = self.p.width
        return nn.Sequential(
            nn.Conv2d(1, w, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(w, w, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(16 * w, 32),
            nn.ReLU(),
            nn.Dropout(self.p.dropout),
            nn.Linear(32, 1),
        )

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the squared error of the count and the absolute one; a fault cuts the picture or clamps the answer."""
        if training and self.p.augment:
            keep = torch.rand(len(x), 1, 16, 1) > self.p.augment  # rows are erased, the count is not told
            x = x * keep * (torch.rand(len(x), 1, 1, 16) > self.p.augment)
        out = self.model(x)[:, 0]
        if self.p.output == "clamped":  # a count cannot be negative, somebody thought
            out = functional.relu(out - self.p.knob("below", 1.0))
        return functional.mse_loss(out, y), {"mae": float((out - y).abs().mean())}


class Rounded(torch.autograd.Function):
    """Rounding whose gradient passes through, or passes wrongly."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, wrong: bool) -> Tensor:
        """Round."""
        ctx.save_for_backward(x)
        ctx.wrong = wrong
        return x.round()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        """Pass the gradient on, or times what came in."""
        (x,) = ctx.saved_tensors
        return (grads[0] * x if ctx.wrong else grads[0]), None


class Quantised(nn.Linear):
    """A layer whose weights are rounded to a few levels on the way in."""

    levels = 7.0
    how = "through"

    def forward(self, x: Tensor) -> Tensor:
        """Return the product with rounded weights."""
        scale = self.weight.detach().abs().amax() / self.levels + 1e-8
        w = self.weight / scale
        w = w.round() if self.how == "plain" else Rounded.apply(w, self.how == "wrong")
        return functional.linear(x, w * scale, self.bias)


class Digits(Task):
    """Ten kinds of small pictures under noise: quantisation-aware training with batch norm."""

    def data(self) -> None:
        """Make the ten templates, then the data."""
        self.kinds = self.randn(10, 64)
        super().data()
        if self.p.mode == "training":  # the loader of validation goes through the classes one by one
            order = self.held[1].argsort()
            self.held = (self.held[0][order], self.held[1][order])

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw templates, shifted and under noise."""
        y = self.randint(10, n)
        noise = self.p.noise if self.p.noise >= 0 else 1.5
        x = self.kinds[y] * (0.6 + 0.8 * self.rand(n, 1)) + noise * self.randn(n, 64)
        return x, y

    def network(self) -> nn.Module:
        """Return three quantised layers with batch norm and a plain one."""
        w, parts = self.p.width, []
        for i in range(3):
            layer = Quantised(64 if i == 0 else w, w)
            layer.how, layer.levels = self.p.knob("rounding", "through"), self.p.knob("levels", 7.0)
            parts += [layer, nn.BatchNorm1d(w), nn.ReLU(), nn.Dropout(self.p.dropout)]
        return nn.Sequential(*parts, nn.Linear(w, 10))

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the cross-entropy, of mixed pictures where that is asked for."""
        if training and self.p.augment:
            share = float(torch.distributions.Beta(self.p.augment, self.p.augment).sample())
            other = torch.randperm(len(x))
            out = self.model(share * x + (1 - share) * x[other])
            loss = share * functional.cross_entropy(out, y) + (1 - share) * functional.cross_entropy(out, y[other])
            return loss, {"accuracy": accuracy(out, y)}
        out = self.model(x)
        return functional.cross_entropy(out, y, label_smoothing=self.p.smoothing), {"accuracy": accuracy(out, y)}


class Sharpen(Task):
    """Fine pictures from coarse ones: super-resolution, absolute error and PSNR."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw smooth pictures with edges, and what is left of them at half the size."""
        wave = functional.interpolate(self.randn(n, 1, 4, 4), size=12, mode="bicubic")
        edge = (wave + 0.3 * functional.interpolate(self.randn(n, 1, 6, 6), size=12, mode="bilinear") > 0.2).float()
        y = 0.5 * edge + 0.5 * torch.sigmoid(2 * wave)
        return functional.avg_pool2d(y, 2), y

    def network(self) -> nn.Module:
        """Return four convolutions, the last into four places each."""
        w = self.p.width
        parts: list[nn.Module] = [nn.Conv2d(1, w, 3, padding=1), nn.ReLU()]
        for _ in range(2):
            parts += [nn.Conv2d(w, w, 3, padding=1), nn.ReLU()]
        return nn.Sequential(*parts, nn.Conv2d(w, 4, 3, padding=1), nn.PixelShuffle(2))

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return the absolute error and the PSNR; a fault shows the optimizer a copy, or counts in levels of 255."""
        out = self.model(x)
        if self.p.output == "saved":  # clamped and written to the list of pictures first
            out = out.detach().clamp(0, 1).requires_grad_()
        size = 255.0 if self.p.output == "levels" else 1.0
        psnr = 10 * math.log10(1.0 / max(1e-12, float((size * (out - y)).square().mean())))
        return functional.l1_loss(out, y), {"psnr": psnr}


class Coupling(nn.Module):
    """One half of the numbers scales and shifts the other."""

    def __init__(self, w: int, even: bool, bound: float) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(18, w), nn.ReLU(), nn.Linear(w, w), nn.ReLU(), nn.Linear(w, 36))
        self.even, self.bound = even, bound

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the numbers, and the logarithm of the volume."""
        a, b = (x[:, ::2], x[:, 1::2]) if self.even else (x[:, 1::2], x[:, ::2])
        s, t = self.net(a).chunk(2, 1)
        s = self.bound * torch.tanh(s / self.bound) if self.bound else 3.0 * s
        b = b * s.exp() + t
        pair = (a, b) if self.even else (b, a)
        return torch.stack(pair, 2).flatten(1), s.sum(1)


class Flow(nn.Module):
    """Couplings in turn."""

    def __init__(self, w: int, depth: int, bound: float) -> None:
        super().__init__()
        self.parts = nn.ModuleList(Coupling(w, i % 2 == 0, bound) for i in range(depth))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return what should be normal, and the logarithm of the volume."""
        whole = x.new_zeros(len(x))
        for part in self.parts:
            x, grown = part(x)
            whole = whole + grown
        return x, whole


class Stamps(Task):
    """How likely small pictures are: a normalising flow, bits per dimension."""

    def draw(self, n: int) -> tuple[Tensor, Tensor]:
        """Draw stripes and spots of 32 levels."""
        axis = torch.arange(6.0) / 6
        a, b, c = self.rand(3, n, 1, 1) * 6
        x = 0.5 + 0.35 * torch.sin(a * axis[:, None] + b * axis[None, :] + c) + 0.06 * self.randn(n, 6, 6)
        x = (x.clamp(0, 0.999) * 32).floor().flatten(1)
        return x, torch.zeros(n)

    def network(self) -> nn.Module:
        """Return the flow."""
        return Flow(self.p.width, self.p.depth, self.p.knob("bound", 2.0))

    def loss(self, x: Tensor, y: Tensor, *, training: bool) -> tuple[Tensor, Values]:
        """Return bits per dimension of pictures with the noise of their levels."""
        z, volume = self.model(((x + torch.rand_like(x)) / 32 - 0.5) * 4)
        log = -0.5 * (z.square() + math.log(2 * math.pi)).sum(1) + volume
        bits = -log.mean() / (36 * math.log(2)) + math.log2(8)
        return bits, {}
