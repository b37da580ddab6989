"""Data drawn by code and the small networks that learn it.

Nothing is downloaded; every set is a function of its seed.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

# The classic 5x7 dot-matrix font, one string of seven 5-bit rows per digit.
FONT = {
    0: "01110 10001 10011 10101 11001 10001 01110",
    1: "00100 01100 00100 00100 00100 00100 01110",
    2: "01110 10001 00001 00010 00100 01000 11111",
    3: "11111 00010 00100 00010 00001 10001 01110",
    4: "00010 00110 01010 10010 11111 00010 00010",
    5: "11111 10000 11110 00001 00001 10001 01110",
    6: "00110 01000 10000 11110 10001 10001 01110",
    7: "11111 00001 00010 00100 01000 01000 01000",
    8: "01110 10001 10001 01110 10001 10001 01110",
    9: "01110 10001 10001 01111 00001 00010 01100",
}


class Split(NamedTuple):
    """Inputs and targets of the training and of the validation set, examples along the first axis."""

    x: Tensor
    y: Tensor
    val_x: Tensor
    val_y: Tensor


def _split(x: Tensor, y: Tensor, n_val: int) -> Split:
    return Split(x[n_val:], y[n_val:], x[:n_val], y[:n_val])


def digits(n: int, n_val: int, seed: int, noise: float) -> Split:
    """Return noisy 16x16 pictures [n, 1, 16, 16] of the ten digits, shifted, of varying contrast, standardised, and
    their classes.
    """
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    glyphs = torch.stack([torch.tensor([[float(bit) for bit in row] for row in FONT[d].split()]) for d in range(10)])
    glyphs = glyphs.repeat_interleave(2, dim=1).repeat_interleave(2, dim=2)  # 14 rows of 10
    y = torch.randint(0, 10, (total,), generator=g)
    down, right = torch.randint(0, 3, (total,), generator=g), torch.randint(0, 7, (total,), generator=g)
    contrast = 0.4 + 0.9 * torch.rand(total, generator=g)
    x = torch.zeros(total, 1, 16, 16)
    for i in range(total):
        x[i, 0, down[i] : down[i] + 14, right[i] : right[i] + 10] = contrast[i] * glyphs[y[i]]
    x += noise * torch.randn(x.shape, generator=g)
    x = (x - x.mean()) / x.std()
    return _split(x, y, n_val)


def blobs(n: int, n_val: int, seed: int, dims: int = 32, spread: float = 1.9, flipped: float = 0.0) -> Split:
    """Return ten overlapping Gaussian clouds [n, dims] and their classes, a share `flipped` of which is drawn at
    random.
    """
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    centres = torch.randn(10, dims, generator=g)
    y = torch.randint(0, 10, (total,), generator=g)
    x = centres[y] + spread * torch.randn(total, dims, generator=g)
    noisy = torch.rand(total, generator=g) < flipped
    y = torch.where(noisy, torch.randint(0, 10, (total,), generator=g), y)
    return _split((x - x.mean(0)) / x.std(0), y, n_val)


def moons(n: int, n_val: int, seed: int, noise: float = 0.05) -> Split:
    """Return two interleaved half circles [n, 2] and a 0/1 target [n] as float."""
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    y = torch.randint(0, 2, (total,), generator=g).float()
    angle = math.pi * torch.rand(total, generator=g)
    x = torch.stack([torch.cos(angle) * (1 - 2 * y) + y, torch.sin(angle) * (1 - 2 * y) + 0.5 * y], dim=1)
    x += noise * torch.randn(x.shape, generator=g)
    return _split((x - x.mean(0)) / x.std(0), y, n_val)


def heating(n: int, n_val: int, seed: int) -> Split:
    """Return eight standardised readings [n, 8] and the energy use [n, 1] in kWh, with noise that grows with it: a
    floor to every loss.
    """
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    x = torch.randn(total, 8, generator=g)
    use = (
        320
        + 60 * torch.tanh(x[:, 0] - 0.5 * x[:, 1])
        + 35 * x[:, 2]
        + 25 * torch.sin(2 * x[:, 3])
        + 18 * x[:, 4] * x[:, 5]
    )
    use += (0.05 * use.clamp(min=50)) * torch.randn(total, generator=g)
    return _split(x, use[:, None], n_val)


ALPHABET = " .abcdefghijklmnopqrstuvwxyz"


def sentences(n: int, n_val: int, seed: int, length: int = 48) -> Split:
    """Return windows [n, length] of letters out of a small grammar, and the letters that follow each of them."""
    g = torch.Generator().manual_seed(seed)

    def one_of(words: str) -> str:
        options = words.split()
        return options[int(torch.randint(0, len(options), (1,), generator=g))]

    def sentence() -> str:
        who, what = one_of("fox dog child baker judge sailor crow"), one_of("bread ball river lamp garden letter boat")
        verb, how = one_of("sees takes finds wants paints leaves"), one_of("slowly gladly often never twice")
        first, second = one_of("old quick red quiet small brave"), one_of("broken green warm heavy last")
        return f"the {first} {who} {how} {verb} the {second} {what}. "

    text = "".join(sentence() for _ in range(4000))
    codes = torch.tensor([ALPHABET.index(letter) for letter in text])
    starts = torch.randint(0, len(codes) - length - 1, (n + n_val,), generator=g)
    windows = codes[starts[:, None] + torch.arange(length + 1)]
    return _split(windows[:, :-1], windows[:, 1:], n_val)


class DigitsCnn(nn.Module):
    """Two convolutions with batch norm, pooling and dropout, and a linear head."""

    def __init__(self, dropout: float = 0.0, width: int = 12) -> None:
        super().__init__()
        self.conv1, self.norm1, self.relu1 = nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()
        self.conv2, self.norm2, self.relu2 = (
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
        )
        self.pool, self.dropout, self.head = nn.MaxPool2d(2), nn.Dropout(dropout), nn.Linear(2 * width * 16, 10)

    def features(self, x: Tensor) -> Tensor:
        """Return [n, 32 * width] features of [n, 1, 16, 16] pictures."""
        x = self.pool(self.relu1(self.norm1(self.conv1(x))))
        return self.pool(self.relu2(self.norm2(self.conv2(x)))).flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 10] logits."""
        return self.head(self.dropout(self.features(x)))


class LetterTransformer(nn.Module):
    """A causal transformer over letters with normalisation before its blocks, as small as it goes."""

    def __init__(self, dim: int = 32, layers: int = 2, length: int = 48) -> None:
        super().__init__()
        self.letters, self.places = nn.Embedding(len(ALPHABET), dim), nn.Embedding(length, dim)
        block = nn.TransformerEncoderLayer(dim, 2, 4 * dim, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.head = nn.Linear(dim, len(ALPHABET))
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(length))

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, letters, length] logits of the next letter, classes second as cross-entropy wants them."""
        hidden = self.letters(x) + self.places.weight
        return self.head(self.blocks(hidden, mask=self.mask, is_causal=True)).transpose(1, 2)


def mlp(sizes: list[int], activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """Return a plain network of the given layer sizes; the last layer is linear. Inputs are flattened first."""
    layers: list[nn.Module] = [nn.Flatten()]
    for wide, narrow in pairwise(sizes[:-1]):
        layers += [nn.Linear(wide, narrow), activation()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))
