"""Data sets and networks of the fresh half: other families than those of `networks`.

Everything is a function of its seed.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from sample_logs.tasks import Split


def _split(x: Tensor, y: Tensor, n_val: int) -> Split:
    return Split(x[n_val:], y[n_val:], x[:n_val], y[:n_val])


def tones(n: int, n_val: int, seed: int, noise: float = 0.5) -> Split:
    """Return noisy oscillations [n, 20, 2] of a random phase, and which of five frequencies each has."""
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(0, 5, (n + n_val,), generator=g)
    t, phase = torch.arange(20), 6.28 * torch.rand(n + n_val, 1, generator=g)
    angle = (0.25 + 0.3 * y[:, None]) * t + phase
    x = torch.stack([angle.sin(), angle.cos()], 2) + noise * torch.randn(n + n_val, 20, 2, generator=g)
    return _split(x, y, n_val)


def series(n: int, n_val: int, seed: int, noise: float = 0.15) -> Split:
    """Return windows [n, 20, 1] of sums of two oscillations with noise, and the value [n, 1] that follows."""
    g = torch.Generator().manual_seed(seed)
    total, t = n + n_val, torch.arange(21)
    wave = torch.zeros(total, 21)
    for _ in range(2):
        size, speed, phase = (torch.rand(total, 1, generator=g) for _ in range(3))
        wave += (0.4 + size) * torch.sin((0.2 + 0.9 * speed) * t + 6.28 * phase)
    wave += noise * torch.randn(total, 21, generator=g)
    return _split(wave[:, :20, None], wave[:, 20:], n_val)


def textures(n: int, n_val: int, seed: int, noise: float = 0.9, period: float = 4.0) -> Split:
    """Return noisy 12x12 textures [n, 1, 12, 12]: stripes in four directions, checks and rings, and which of the six it
    is.
    """
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    y = torch.randint(0, 6, (total,), generator=g)
    row, column = torch.meshgrid(torch.arange(12.0), torch.arange(12.0), indexing="ij")
    shift = 6.28 * torch.rand(total, 1, 1, generator=g)
    k = 6.28 / period
    kinds = [k * row, k * column, k * (row + column) / 1.41, k * (row - column) / 1.41]
    angle = torch.stack([*kinds, kinds[0], k * ((row - 5.5) ** 2 + (column - 5.5) ** 2).sqrt()])
    x = torch.sin(angle[y] + shift)
    x = torch.where((y == 4)[:, None, None], x * torch.sin(kinds[1] + shift) * 1.4, x)
    return _split((x + noise * torch.randn(x.shape, generator=g))[:, None], y, n_val)


def shapes(n: int, n_val: int, seed: int, noise: float = 0.3, side: int = 12) -> tuple[Split, Tensor]:
    """Return pictures [n, 1, side, side] of one of six shapes somewhere, which one it is, and the shapes without noise,
    validation first.
    """
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    y = torch.randint(0, 6, (total,), generator=g)
    top, left = (torch.randint(0, side - 6, (total, 1, 1), generator=g) for _ in range(2))
    row, column = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    r, c = row - top - 3, column - left - 3
    inside = (r.abs() <= 3) & (c.abs() <= 3)
    ring = (r * r + c * c <= 10) & (r * r + c * c >= 5)
    edge = inside & ((r.abs() == 3) | (c.abs() == 3))
    kinds = torch.stack(
        [
            inside,
            edge,
            inside & ((r == 0) | (c == 0)),
            inside & (r.abs() == c.abs()),
            ring,
            inside & (c.abs() <= (r + 3) // 2),
        ]
    )
    clean = kinds[y, torch.arange(total)].float()[:, None]
    return _split(clean + noise * torch.randn(clean.shape, generator=g), y, n_val), clean


def votes(n: int, n_val: int, seed: int, length: int = 16) -> Split:
    """Return sequences [n, length] of twelve tokens, and which of the first four is in it most often."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randint(0, 12, (n + n_val, length), generator=g)
    counts = torch.stack([(x == k).sum(1) for k in range(4)], 1)
    return _split(x, counts.argmax(1), n_val)


def ratings(n: int, n_val: int, seed: int, users: int = 150, items: int = 100, noise: float = 0.4) -> Split:
    """Return pairs of user and item [n, 2] and a rating [n] around 3.5 out of five hidden tastes."""
    g = torch.Generator().manual_seed(seed)
    u, v = torch.randn(users, 5, generator=g), torch.randn(items, 5, generator=g)
    x = torch.stack(
        [torch.randint(0, users, (n + n_val,), generator=g), torch.randint(0, items, (n + n_val,), generator=g)], 1
    )
    y = 3.5 + 0.4 * (u[x[:, 0]] * v[x[:, 1]]).sum(1) + noise * torch.randn(n + n_val, generator=g)
    return _split(x, y, n_val)


def reviews(n: int, n_val: int, seed: int, topical: float = 0.2) -> Split:
    """Return texts [n, 24] of 200 words, of which a share `topical` tells which of four topics it is about, and the
    topic.
    """
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    y = torch.randint(0, 4, (total,), generator=g)
    common = (80 + 120 * torch.rand(total, 24, generator=g).square()).long().clamp(max=199)
    own = 20 * y[:, None] + torch.randint(0, 20, (total, 24), generator=g)
    other = 20 * torch.randint(0, 4, (total, 24), generator=g) + torch.randint(0, 20, (total, 24), generator=g)
    draw = torch.rand(total, 24, generator=g)
    return _split(torch.where(draw < topical, own, torch.where(draw < 2 * topical, other, common)), y, n_val)


def customers(n: int, n_val: int, seed: int, noise: float = 0.6, positive: float = 0.4) -> Split:
    """Return twelve features [n, 12] of a customer and whether he leaves, 0 or 1; a share `positive` does."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n + n_val, 12, generator=g)
    score = x[:, 0] * x[:, 1] + torch.sin(2 * x[:, 2]) + (x[:, 3] > 0.5).float() * x[:, 4] + 0.5 * x[:, 5].square()
    score += noise * torch.randn(n + n_val, generator=g)
    return _split(x, (score > score.quantile(1 - positive)).long(), n_val)


def recipes(n: int, n_val: int, seed: int, length: int = 24) -> Split:
    """Return windows [n, length] of letters of a small language of recipes, and the letters that follow."""
    g = torch.Generator().manual_seed(seed)
    groups = [
        "mix beat fold stir bake",
        "two three five ten",
        "spoons cups grams",
        "flour sugar milk butter salt",
        "then, now, later,",
    ]
    words = [group.split() for group in groups]
    lines = [
        [words[k][int(torch.randint(0, len(words[k]), (1,), generator=g))] for k in (4, 0, 1, 2, 3)]
        for _ in range(1500)
    ]
    text = "\n".join(" ".join(line[:-1]) + " of " + line[-1] for line in lines)
    letters = sorted(set(text))
    codes = torch.tensor([letters.index(letter) for letter in text])
    starts = torch.randint(0, len(codes) - length - 1, (n + n_val,), generator=g)
    windows = codes[starts[:, None] + torch.arange(length + 1)]
    return _split(windows[:, :-1], windows[:, 1:], n_val)


def views(n: int, n_val: int, seed: int, noise: float = 0.5) -> Split:
    """Return two noisy views of the same thing [n, 2, 20]; the targets are not used."""
    g = torch.Generator().manual_seed(seed)
    hidden = torch.randn(n + n_val, 6, generator=g)
    mixing = torch.randn(2, 6, 20, generator=g)
    x = torch.tanh(torch.einsum("nk,vkd->nvd", hidden, mixing)) + noise * torch.randn(n + n_val, 2, 20, generator=g)
    return _split(x, torch.zeros(n + n_val, dtype=torch.long), n_val)


def roll(n: int, n_val: int, seed: int) -> Split:
    """Return points [n, 2] on a spiral, about of unit deviation; the targets are not used."""
    g = torch.Generator().manual_seed(seed)
    angle = 3.0 + 9.0 * torch.rand(n + n_val, 1, generator=g)
    x = torch.cat([angle * angle.cos(), angle * angle.sin()], 1) / 5.5 + 0.05 * torch.randn(n + n_val, 2, generator=g)
    return _split(x, torch.zeros(n + n_val, dtype=torch.long), n_val)


def springs(n: int, n_val: int, seed: int, noise: float = 0.08) -> Split:
    """Return six settings [n, 6] and a length [n, 1] whose noise depends on them."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n + n_val, 6, generator=g)
    y = torch.sin(1.5 * x[:, :1]) + 0.5 * x[:, 1:2] * x[:, 2:3] + 0.3 * x[:, 3:4]
    y += noise * torch.exp(0.5 * x[:, 4:5]) * torch.randn(n + n_val, 1, generator=g)
    return _split(x, y, n_val)


def arms(n: int, n_val: int, seed: int, noise: float = 0.25) -> Split:
    """Return points [n, 2] on three arms of a galaxy, and which arm."""
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    y = torch.randint(0, 3, (total,), generator=g)
    far = 0.3 + 2.2 * torch.rand(total, generator=g)
    angle = 1.6 * far + 2.094 * y
    x = torch.stack([far * angle.cos(), far * angle.sin()], 1) + noise * torch.randn(total, 2, generator=g)
    return _split(x, y, n_val)


class Sequence(nn.Module):
    """An LSTM, a GRU or Elman's network with relu, and a head on its last state, or on all of them.

    `gain` scales the recurrent weights.
    """

    def __init__(
        self,
        kind: str,
        inputs: int,
        width: int,
        outputs: int,
        *,
        tokens: int = 0,
        every: bool = False,
        gain: float = 0.0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.every = every
        self.embedding = nn.Embedding(tokens, inputs) if tokens else nn.Identity()
        makers = {"lstm": nn.LSTM, "gru": nn.GRU}
        self.cell = (
            makers[kind](inputs, width, batch_first=True)
            if kind in makers
            else nn.RNN(inputs, width, batch_first=True, nonlinearity="relu")
        )
        self.dropout, self.head = nn.Dropout(dropout), nn.Linear(width, outputs)
        if gain:
            with torch.no_grad():
                nn.init.orthogonal_(self.cell.weight_hh_l0)
                self.cell.weight_hh_l0.mul_(gain)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, outputs], or [n, outputs, length] with classes second where every state has an answer."""
        states = self.cell(self.embedding(x))[0]
        return self.head(self.dropout(states)).transpose(1, 2) if self.every else self.head(self.dropout(states[:, -1]))


class Residual(nn.Module):
    """Two convolutions with batch norm beside a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.bn1, self.relu1 = (
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )
        self.conv2, self.bn2, self.relu2 = (
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return a map of the same shape."""
        return self.relu2(x + self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x))))))


class ResNet(nn.Module):
    """A stem, residual blocks, the mean over places, and a head."""

    def __init__(self, width: int = 10, blocks: int = 2, classes: int = 6, dropout: float = 0.0) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        self.blocks = nn.Sequential(*[Residual(width) for _ in range(blocks)])
        self.dropout, self.fc = nn.Dropout(dropout), nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, classes] logits."""
        return self.fc(self.dropout(self.blocks(self.stem(x)).mean((2, 3))))


class Encoder(nn.Module):
    """A transformer encoder over patches of 3x3 or over tokens, the mean of its states, and a head; `cut` lets no
    gradient through to them.
    """

    def __init__(
        self,
        dim: int,
        classes: int,
        *,
        tokens: int = 0,
        post: bool = False,
        dropout: float = 0.0,
        layers: int = 2,
        cut: bool = False,
    ) -> None:
        super().__init__()
        self.cut = cut
        self.patch = nn.Embedding(tokens, dim) if tokens else nn.Linear(9, dim)
        self.position = nn.Parameter(0.02 * torch.randn(16, dim))
        block = nn.TransformerEncoderLayer(dim, 2, 2 * dim, dropout=dropout, batch_first=True, norm_first=not post)
        self.encoder = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.head = nn.Linear(dim, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, classes] logits of pictures [n, 1, 12, 12] or of tokens [n, 16]."""
        if x.is_floating_point():
            x = F.unfold(x, 3, stride=3).transpose(1, 2)
        found = self.encoder(self.patch(x) + self.position).mean(1)
        return self.head(found.detach() if self.cut else found)


class Vae(nn.Module):
    """A variational autoencoder of 12x12 pictures with eight hidden numbers."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(144, width), nn.ReLU(), nn.Linear(width, 16))
        self.decoder = nn.Sequential(nn.Linear(8, width), nn.ReLU(), nn.Linear(width, 144))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the picture [n, 144], and mean and log-variance [n, 8] of the hidden numbers."""
        mean, logvar = self.encoder(x).chunk(2, 1)
        sample = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean) if self.training else mean
        return self.decoder(sample), mean, logvar


def _double(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU())


class UNet(nn.Module):
    """One step down and up again with a bridge; a logit per pixel."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.down1, self.down2, self.pool = _double(1, width), _double(width, 2 * width), nn.MaxPool2d(2)
        self.up, self.merge, self.out = nn.Upsample(scale_factor=2), _double(3 * width, width), nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 1, side, side] logits."""
        fine = self.down1(x)
        return self.out(self.merge(torch.cat([fine, self.up(self.down2(self.pool(fine)))], 1)))


class Factors(nn.Module):
    """Factors and offsets of users and items; their product is the rating."""

    def __init__(self, dim: int = 5, size: float = 0.1) -> None:
        super().__init__()
        self.user, self.item = nn.Embedding(150, dim), nn.Embedding(100, dim)
        self.user_offset, self.item_offset, self.mean = (
            nn.Embedding(150, 1),
            nn.Embedding(100, 1),
            nn.Parameter(torch.zeros(1)),
        )
        for table in (self.user, self.item, self.user_offset, self.item_offset):
            nn.init.normal_(table.weight, std=size)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n] ratings of pairs [n, 2]."""
        u, v = x[:, 0], x[:, 1]
        return (self.user(u) * self.item(v)).sum(1) + self.user_offset(u)[:, 0] + self.item_offset(v)[:, 0] + self.mean


class TextCnn(nn.Module):
    """Embeddings, convolutions over three words, the highest value of each, and a head (Kim 2014)."""

    def __init__(self, dim: int = 16, width: int = 32, dropout: float = 0.0) -> None:
        super().__init__()
        self.embedding, self.conv, self.relu = nn.Embedding(200, dim), nn.Conv1d(dim, width, 3), nn.ReLU()
        self.dropout, self.fc = nn.Dropout(dropout), nn.Linear(width, 4)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 4] logits."""
        return self.fc(self.dropout(self.relu(self.conv(self.embedding(x).transpose(1, 2))).amax(2)))


class Denoiser(nn.Module):
    """Predicts the noise in a point from the point and its time."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(10, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2)
        )

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the noise [n, 2] in points [n, 2] at times [n, 1] from 0 to 1."""
        speeds = 2.0 ** torch.arange(4) * math.pi
        return self.net(torch.cat([x, (t * speeds).sin(), (t * speeds).cos()], 1))
