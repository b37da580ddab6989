"""Small data sets and networks of the benchmark, on top of those of the sample logs; everything is a function of its
seed.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sample_logs.tasks import (
    ALPHABET,
    DigitsCnn,
    LetterTransformer,
    Split,
    blobs,
    digits,
    heating,
    mlp,
    moons,
    sentences,
)

__all__ = [
    "ALPHABET",
    "DigitsCnn",
    "LetterTransformer",
    "PlainCnn",
    "Recurrent",
    "Split",
    "blobs",
    "digits",
    "heating",
    "mlp",
    "moons",
    "sentences",
    "waves",
]


def waves(n: int, n_val: int, seed: int, length: int = 14) -> Split:
    """Return noisy sequences [n, length, 2] and which of four patterns each begins with; the rest is noise, so it has
    to be remembered.
    """
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    y = torch.randint(0, 4, (total,), generator=g)
    t = torch.arange(8) / 8
    shapes = torch.stack([torch.sin(6.28 * t), torch.cos(6.28 * t), t * 2 - 1, torch.sign(torch.sin(12.56 * t))])
    x = 0.5 * torch.randn(total, length, 2, generator=g)
    x[:, :8, 0] += 1.5 * shapes[y]
    return Split(x[n_val:], y[n_val:], x[:n_val], y[:n_val])


class Recurrent(nn.Module):
    """A recurrent network and a linear head on its last state; `plain` is Elman's, else a GRU.

    `gain` scales the recurrent weights.
    """

    def __init__(self, width: int = 32, *, plain: bool = False, gain: float = 1.0, linear: bool = False) -> None:
        super().__init__()
        self.linear = linear
        self.cell = (
            nn.RNN(2, width, batch_first=True, nonlinearity="relu" if linear else "tanh")
            if plain
            else nn.GRU(2, width, batch_first=True)
        )
        self.head = nn.Linear(width, 4)
        if gain != 1.0:
            with torch.no_grad():
                nn.init.orthogonal_(self.cell.weight_hh_l0)
                self.cell.weight_hh_l0.mul_(gain)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 4] logits."""
        return self.head(self.cell(x)[0][:, -1])


class PlainCnn(nn.Module):
    """Two convolutions without normalisation, for faults that batch norm would hide."""

    def __init__(self, width: int = 12) -> None:
        super().__init__()
        self.conv1, self.relu1 = nn.Conv2d(1, width, 3, padding=1), nn.ReLU()
        self.conv2, self.relu2 = nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU()
        self.pool, self.head = nn.MaxPool2d(2), nn.Linear(2 * width * 16, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 10] logits of [n, 1, 16, 16] pictures."""
        x = self.pool(self.relu1(self.conv1(x)))
        return self.head(self.pool(self.relu2(self.conv2(x))).flatten(1))
