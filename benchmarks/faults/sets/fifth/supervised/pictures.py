"""Pictures of part a: masks of tissue, counts of cells, finer pictures out of coarse ones, and glyphs by a variational
autoencoder.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody gives it

from benchmarks.faults.kit.networks import stack
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.sets.fifth.supervised.base import Batch, Made, Rows

SIDE = 16
GRID = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij"))


def block(into: int, out: int, stride: int = 1) -> nn.Sequential:
    """Return a convolution with batch norm and ReLU."""
    return nn.Sequential(nn.Conv2d(into, out, 3, stride, 1), nn.BatchNorm2d(out), nn.ReLU())


class SmallUNet(nn.Module):
    """One step down, one step up, and a skip between."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.enter = block(1, width)
        self.down = block(width, 2 * width, 2)
        self.mid = block(2 * width, 2 * width)
        self.drop = nn.Dropout2d(dropout)
        self.up = block(3 * width, width)
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return a logit for every pixel."""
        first = self.enter(x)
        deep = F.interpolate(self.drop(self.mid(self.down(first))), scale_factor=2)
        return self.head(self.up(torch.cat([first, deep], 1))).squeeze(1)


class Tissue(Rows):
    """Ellipses in noise are to be outlined."""

    def __init__(self, p: Plan, seed: int) -> None:
        super().__init__(p, seed, self._made(p, seed), SmallUNet(p.width, p.dropout))

    @staticmethod
    def _made(p: Plan, seed: int) -> Made:
        rng = np.random.default_rng(seed)
        n = p.n + 2 * p.n_val
        middle = rng.uniform(4, 12, (2, n, 1, 1))
        radius = rng.uniform(*p.knob("radius", (2.0, 5.0)), (2, n, 1, 1))
        masks = (((GRID[:, None] - middle) / radius) ** 2).sum(0) < 1
        masks &= rng.random((n, 1, 1)) > p.knob("empty", 0.0)
        pictures = masks * p.knob("contrast", 1.0) + p.noise * rng.normal(size=masks.shape)
        return pictures[:, None], masks.astype(np.float32)

    def augmented(self, batch: Batch) -> Batch:
        """Return pictures mirrored at random, with their masks or by mistake without."""
        how = self.p.knob("mirror", "")
        if not how:
            return batch
        x, y = batch
        flip = torch.rand(len(x)) < 0.5
        x = torch.where(flip[:, None, None, None], x.flip(3), x)
        return x, torch.where(flip[:, None, None], y.flip(2), y) if how == "both" else y

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return cross-entropy and Dice together, and the intersection over the union."""
        x, y = batch
        out = self.model(x)
        shown = torch.sigmoid(out)
        hit, both = (shown * y).sum((1, 2)), shown.sum((1, 2)) + y.sum((1, 2))
        if self.p.output == "log-dice":
            value = -torch.log(2 * hit / both).mean()
        elif self.p.output == "twice":
            value = F.binary_cross_entropy_with_logits(shown, y)
        elif self.p.output == "entropy-alone":
            value = F.binary_cross_entropy_with_logits(out, y)
        else:
            value = F.binary_cross_entropy_with_logits(out, y) + 1 - ((2 * hit + 1) / (both + 1)).mean()
        chosen, true = out > 0, y > 0.5
        iou = (chosen & true).sum().item() / max(1, (chosen | true).sum().item())
        return value, {"iou": iou}


class Counter(nn.Module):
    """Convolutions whose last map sums to the count."""

    def __init__(self, width: int, *, rectified: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.conv3 = nn.Conv2d(width, width, 3, 2, padding=1)
        self.density = nn.Conv2d(width, 1, 1)
        self.rectified = rectified

    def forward(self, x: Tensor) -> Tensor:
        """Return the count of every picture."""
        x = F.relu(self.conv3(F.relu(self.conv2(F.relu(self.conv1(x))))))
        found = self.density(x)
        return (F.relu(found) if self.rectified else found).sum((1, 2, 3))


class Cells(Rows):
    """Spots in pictures are to be counted."""

    def __init__(self, p: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        n = p.n + 2 * p.n_val
        counts = rng.integers(0, 10, n)
        pictures = p.noise * rng.normal(size=(n, SIDE, SIDE))
        for i in range(10):
            middle = rng.uniform(1, SIDE - 1, (2, n, 1, 1))
            spots = np.exp(-((GRID[:, None] - middle) ** 2).sum(0) / 1.5)
            pictures += spots * (i < counts)[:, None, None]
        model = Counter(p.width, rectified=p.output == "rectified")
        super().__init__(p, seed, (pictures[:, None], counts.astype(np.float32)), model)

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the squared error, and the mean error in cells."""
        x, y = batch
        out = self.model(x)
        error = (out - (y[:, None] if self.p.output == "broadcast" else y)) ** 2
        return error.mean(), {"mae": (out - y).abs().mean().item()}


class Finer(nn.Module):
    """Doubles the resolution: a residual over the bilinear picture."""

    def __init__(self, width: int, depth: int, *, bounded: bool) -> None:
        super().__init__()
        sizes = [1] + [width] * depth
        self.body = nn.Sequential(
            *(layer for a, b in pairwise(sizes) for layer in (nn.Conv2d(a, b, 3, padding=1), nn.ReLU()))
        )
        self.tail = nn.Conv2d(width, 4, 3, padding=1)
        self.bounded = bounded

    def forward(self, x: Tensor) -> Tensor:
        """Return the finer picture."""
        detail = F.pixel_shuffle(self.tail(self.body(x)), 2)
        if self.bounded:
            return torch.sigmoid(detail)
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False) + detail


class Scans(Rows):
    """Coarse pictures are to be made fine."""

    def __init__(self, p: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        n = p.n + 2 * p.n_val
        wave = rng.uniform(-1.6, 1.6, (3, 2, n, 1, 1))
        fine = sum(np.sin((w[:, :, :, :] * GRID[:, None]).sum(0) + rng.uniform(0, 6, (n, 1, 1))) for w in wave)
        fine = np.asarray(0.5 + 0.25 * np.tanh(3 * np.asarray(fine))) * p.knob("white", 1.0)
        coarse = fine.reshape(n, 8, 2, 8, 2).mean((2, 4)) / p.knob("white", 1.0)
        coarse += p.noise * rng.normal(size=coarse.shape)
        if p.knob("crops", "") == "independent":
            shifts = rng.integers(0, SIDE, (n, 2))
            fine[: p.n] = np.stack([np.roll(f, s, (0, 1)) for f, s in zip(fine[: p.n], shifts, strict=False)])
        model = Finer(p.width, p.depth, bounded=p.output == "bounded")
        super().__init__(p, seed, (coarse[:, None], fine[:, None]), model)

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the squared error, and the signal-to-noise ratio in decibels."""
        x, y = batch
        out = self.model(x)
        error = F.mse_loss(out, y)
        value = F.l1_loss(out, y) if self.p.knob("absolute", False) else error * self.p.knob("times", 1.0)
        psnr = 10 * math.log10(self.p.knob("white", 1.0) ** 2 / max(error.item(), 1e-12))
        return value, {"psnr": psnr}


class Glyphs(Rows):
    """A variational autoencoder of bars; the picture is its own target."""

    def __init__(self, p: Plan, seed: int) -> None:
        rng = np.random.default_rng(seed)
        n = p.n + 2 * p.n_val
        bars = (rng.random((n, 8, 1)) < 0.25) | (rng.random((n, 1, 8)) < 0.25)
        pixels = (bars ^ (rng.random(bars.shape) < p.noise)).reshape(n, 64).astype(np.float32)
        self.latent = p.knob("latent", 8)
        model = nn.ModuleDict(
            {
                "encoder": stack([64] + [p.width] * p.depth + [2 * self.latent], p.activation),
                "decoder": stack([self.latent] + [p.width] * p.depth + [64], p.activation),
            }
        )
        super().__init__(p, seed, (pixels, pixels), model)

    def terms(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Return the reconstruction and the divergence from the prior, in nats a picture."""
        x, y = batch
        mean, spread = self.model["encoder"](x).chunk(2, 1)
        if self.p.output == "bare-log":  # the layer gives the variance itself
            variance, logarithm = spread, torch.log(spread)
        else:
            logarithm = spread.clamp(-6, 6)
            variance = logarithm.exp()
        z = mean + variance.sqrt() * torch.randn_like(mean)
        recon = F.binary_cross_entropy_with_logits(self.model["decoder"](z), y, reduction="none").sum(1).mean()
        kl = 0.5 * (mean**2 + variance - 1 - logarithm).sum(1).mean()
        sign = -1.0 if self.p.output == "turned" else 1.0
        return recon + sign * self.p.knob("beta", 1.0) * kl, {"recon": recon.item(), "kl": kl.item()}
