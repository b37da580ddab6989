"""What the fourth half, part a, learns of pictures and shapes: stripes, marks in clutter, clouds of points, and one
picture by its coordinates.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.kit.networks import accuracy, initialise
from benchmarks.faults.kit.plan import Plan

STRIPES, SIDE, MARKS, BOARD, SHAPES, POINTS, CANVAS, OMEGA = 7, 12, 3, 16, 6, 48, 36, 12.0


class Fire(nn.Module):
    """Squeeze to few channels, then expand with small and large kernels side by side (Iandola et al. 2016)."""

    def __init__(self, channels: int, few: int, many: int) -> None:
        super().__init__()
        self.squeeze, self.act1 = nn.Conv2d(channels, few, 1), nn.ReLU()
        self.small, self.large = nn.Conv2d(few, many // 2, 1), nn.Conv2d(few, many // 2, 3, padding=1)
        self.norm, self.act2 = nn.BatchNorm2d(many), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, many, h, w]."""
        x = self.act1(self.squeeze(x))
        found: Tensor = self.act2(self.norm(torch.cat([self.small(x), self.large(x)], 1)))
        return found


class Squeezed(nn.Module):
    """A stem, three fire modules, and a convolution to the classes that is averaged over the picture."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.stem, self.norm, self.act = nn.Conv2d(3, width, 3, padding=1, stride=2), nn.BatchNorm2d(width), nn.ReLU()
        self.fires = nn.Sequential(
            *(Fire(a, width // 2, b) for a, b in ((width, 2 * width), (2 * width, 2 * width), (2 * width, 3 * width)))
        )
        self.drop, self.head = nn.Dropout(dropout), nn.Conv2d(3 * width, STRIPES, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, STRIPES] logits of [n, 3, SIDE, SIDE] pictures."""
        found: Tensor = self.head(self.drop(self.fires(self.act(self.norm(self.stem(x)))))).mean((2, 3))
        return found


def stripes(n: int, seed: int, noise: float) -> tuple[Tensor, Tensor]:
    """Return coloured pictures of stripes whose direction is the class, with any phase, colour and some spread of the
    period.
    """
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(0, STRIPES, (n,), generator=g)
    angle = (math.pi * y / STRIPES)[:, None, None]
    grid = torch.arange(SIDE).float()
    way = grid[:, None] * angle.sin() + grid * angle.cos()
    period = 3.5 + 1.5 * torch.rand(n, 1, 1, generator=g)
    wave = torch.sin(2 * math.pi * (way / period + torch.rand(n, 1, 1, generator=g)))
    colour = 0.3 + 0.7 * torch.rand(n, 3, 1, 1, generator=g)
    return colour * wave[:, None] + noise * torch.randn(n, 3, SIDE, SIDE, generator=g), y


class Stripes:
    """Which way the stripes run."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        x, y = stripes(p.n + p.n_val, seed, p.noise)
        g = torch.Generator().manual_seed(seed + 9)
        if p.knob("rare", 0.0):  # few have more than the first two directions
            keep = (torch.arange(len(y)) < p.n_val) | (y < 2) | (torch.rand(len(y), generator=g) < p.knob("rare", 0.0))
            x, y = x[keep], y[keep]
        self.x, self.y, self.val_x, self.val_y = x[p.n_val :], y[p.n_val :], x[: p.n_val], y[: p.n_val]
        self.size, self.key = len(self.x), self.y
        self.model = self.build()
        initialise(self.model, p.init)

    def build(self) -> nn.Module:
        """Return a new network."""
        return Squeezed(self.p.width, self.p.dropout)

    def _augmented(self, x: Tensor) -> Tensor:
        x = x * (0.6 + 0.8 * torch.rand(len(x), 3, 1, 1)) + self.p.augment * torch.randn_like(x)
        hole = torch.rand(len(x), 1, SIDE, SIDE) < 0.15
        return x.masked_fill(hole, 0.0)

    def loss(self, rows: Tensor, *, done: float, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the cross-entropy, and the share of right answers."""
        p, x, y = self.p, self.x[rows], self.y[rows]
        x = self._augmented(x) if p.augment else x
        out = self.model(x)
        return F.cross_entropy(out, y, label_smoothing=p.smoothing), {"accuracy": accuracy(out.detach(), y)}

    def validate(self) -> dict[str, float]:
        """Return the cross-entropy of pictures held out, what is right, and of which classes."""
        out = self.model(self.val_x)
        told = {"val_loss": F.cross_entropy(out, self.val_y).item(), "val_accuracy": accuracy(out, self.val_y)}
        if self.p.knob("per_class", False):
            right = (out.argmax(1) == self.val_y).float()
            told |= {f"recall/direction_{c}": right[self.val_y == c].mean().item() for c in range(STRIPES)}
        return told

    def test(self) -> dict[str, float]:
        """Return nothing."""
        return {}


class Marker(nn.Module):
    """Convolutions of growing reach, and a map per mark."""

    def __init__(self, width: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for a, b, reach in ((1, width, 1), (width, width, 2), (width, width, 1)):
            layers += [nn.Conv2d(a, b, 3, padding=reach, dilation=reach), nn.LeakyReLU(0.05)]
        self.body, self.maps = nn.Sequential(*layers), nn.Conv2d(width, MARKS, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, MARKS, BOARD, BOARD] heatmaps."""
        found: Tensor = self.maps(self.body(x))
        return found


def marks(n: int, seed: int, noise: float) -> tuple[Tensor, Tensor]:
    """Return boards [n, 1, BOARD, BOARD] with a plus, a ring and a cross each, and where they are [n, MARKS, 2]."""
    g = torch.Generator().manual_seed(seed)
    kinds = torch.tensor(
        [[[0, 1, 0], [1, 1, 1], [0, 1, 0]], [[1, 1, 1], [1, 0, 1], [1, 1, 1]], [[1, 0, 1], [0, 1, 0], [1, 0, 1]]]
    ).float()
    places = torch.randint(2, BOARD - 2, (n, MARKS, 2), generator=g)
    x = noise * torch.randn(n, 1, BOARD, BOARD, generator=g)
    for i in range(n):
        for kind, (row, column) in zip(kinds, places[i].tolist(), strict=True):
            x[i, 0, row - 1 : row + 2, column - 1 : column + 2] += kind
    return x, places.float()


class Keypoints:
    """Where the marks are, as maps with a soft spot each."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        x, places = marks(p.n + p.n_val, seed, p.noise)
        self.x, self.val_x, self.val_places = x[p.n_val :], x[: p.n_val], places[: p.n_val]
        true = places[p.n_val :]
        if p.labels == "mixed":  # the table of the marks names them in any order
            g = torch.Generator().manual_seed(seed + 3)
            true = torch.stack([t[torch.randperm(MARKS, generator=g)] for t in true])
        self.y, self.val_y = self._maps(true), self._maps(self.val_places)
        self.size, self.key = p.n, self.x.mean((1, 2, 3))
        self.model = self.build()
        initialise(self.model, p.init)

    def build(self) -> nn.Module:
        """Return a new network."""
        return Marker(self.p.width)

    def _maps(self, places: Tensor) -> Tensor:
        grid = torch.arange(BOARD).float()
        down, right = (grid - places[..., :1]) ** 2, (grid - places[..., 1:]) ** 2
        return self.p.knob("peak", 1.0) * torch.exp(-(down[..., :, None] + right[..., None, :]) / 2.5)

    def _error(self, out: Tensor, y: Tensor) -> Tensor:
        if self.p.output == "half-sum":  # the maps hold 0 to 255, and their squares are summed in half precision
            return (out.half() - y.half()).square().sum() / len(y)
        return F.mse_loss(out.float(), y)

    def loss(self, rows: Tensor, *, done: float, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the squared error of the maps."""
        x, y = self.x[rows], self.y[rows]
        return self._error(self.model(x), y), {}

    def validate(self) -> dict[str, float]:
        """Return the error of boards held out, and how many marks are found to within one and a half fields."""
        out = self.model(self.val_x)
        best = out.flatten(2).argmax(2)
        off = (torch.stack([best // BOARD, best % BOARD], 2) - self.val_places).norm(dim=2)
        return {"val_loss": self._error(out, self.val_y).item(), "val_pck": (off < 1.6).float().mean().item()}

    def test(self) -> dict[str, float]:
        """Return nothing."""
        return {}


class PointNet(nn.Module):
    """The same layers for every point, the largest of every feature over the points, and layers for the cloud (Qi et
    al. 2017).
    """

    def __init__(self, width: int, dropout: float, *, norm: bool) -> None:
        super().__init__()
        self.point = nn.Sequential(
            nn.Conv1d(3, width, 1),
            self._norm(width, norm),
            nn.ReLU(),
            nn.Conv1d(width, 2 * width, 1),
            self._norm(2 * width, norm),
            nn.ReLU(),
        )
        self.cloud = nn.Sequential(
            nn.Linear(2 * width, width),
            self._norm(width, norm),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(width, SHAPES),
        )

    @staticmethod
    def _norm(width: int, wanted: bool) -> nn.Module:
        return nn.BatchNorm1d(width) if wanted else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, SHAPES] logits of [n, 3, POINTS] clouds."""
        found: Tensor = self.cloud(self.point(x).amax(2))
        return found


def clouds(n: int, seed: int, noise: float) -> tuple[Tensor, Tensor]:
    """Return points [n, 3, POINTS] on a ball, a box, a tube, a cone, a ring or a spiral, turned about the vertical, and
    which it is.
    """
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(0, SHAPES, (n,), generator=g)
    u, v = 2 * math.pi * torch.rand(n, POINTS, generator=g), 2 * torch.rand(n, POINTS, generator=g) - 1
    flat, cube = (1 - v**2).sqrt(), 2 * torch.rand(n, 3, POINTS, generator=g) - 1
    cube = torch.where(F.one_hot(cube.abs().argmax(1), 3).permute(0, 2, 1).bool(), cube.sign(), cube)
    s, wide = 0.5 * (1 - v), 1 + 0.35 * torch.cos(math.pi * v)
    kinds = torch.stack(
        [
            torch.stack([flat * u.cos(), flat * u.sin(), v], 1),
            0.8 * cube,
            torch.stack([0.7 * u.cos(), 0.7 * u.sin(), v], 1),
            torch.stack([s * u.cos(), s * u.sin(), v], 1),
            torch.stack([wide * u.cos(), wide * u.sin(), 0.35 * torch.sin(math.pi * v)], 1),
            torch.stack([0.8 * torch.cos(5 * v), 0.8 * torch.sin(5 * v), v], 1),
        ]
    )
    x = kinds[y, torch.arange(n)]
    turn = 2 * math.pi * torch.rand(n, 1, generator=g)
    stretch = 0.7 + 0.6 * torch.rand(n, 3, 1, generator=g)
    x = (
        torch.stack(
            [x[:, 0] * turn.cos() - x[:, 1] * turn.sin(), x[:, 0] * turn.sin() + x[:, 1] * turn.cos(), x[:, 2]], 1
        )
        * stretch
    )
    return x + noise * torch.randn(x.shape, generator=g), y


class Clouds:
    """Of which shape the points are."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        x, y = clouds(p.n + 2 * p.n_val, seed, p.noise)
        x = x * p.input_scale + p.input_shift
        rest = slice(2 * p.n_val, None)
        self.x, self.y, self.val_x, self.val_y, self.test_x, self.test_y = (
            x[rest],
            y[rest],
            x[: p.n_val],
            y[: p.n_val],
            x[p.n_val : rest.start],
            y[p.n_val : rest.start],
        )
        if p.leak == "copies":  # what is held out was drawn after the clouds had been multiplied
            self.val_x = self.x[: p.n_val] + 0.01 * torch.randn(
                self.x[: p.n_val].shape, generator=torch.Generator().manual_seed(seed)
            )
            self.val_y = self.y[: p.n_val]
        if p.labels.startswith("noisy"):
            g = torch.Generator().manual_seed(seed + 1)
            wrong = torch.rand(len(self.y), generator=g) < float(p.labels.removeprefix("noisy"))
            self.y = torch.where(wrong, torch.randint(0, SHAPES, self.y.shape, generator=g), self.y)
        self.size, self.key = len(self.x), self.y
        self.model = self.build()
        initialise(self.model, p.init)

    def build(self) -> nn.Module:
        """Return a new network."""
        return PointNet(self.p.width, self.p.dropout, norm=self.p.knob("norm", True))

    def loss(self, rows: Tensor, *, done: float, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the cross-entropy, and the share of right answers."""
        x, y = self.x[rows], self.y[rows]
        if self.p.augment:
            lost = torch.rand(len(x), 1, POINTS) < self.p.augment  # of a lost point another stands in
            x = torch.where(lost, x[..., :1], x) + 0.3 * self.p.augment * torch.randn_like(x)
        out = self.model(x)
        return F.cross_entropy(out, y, label_smoothing=self.p.smoothing), {"accuracy": accuracy(out.detach(), y)}

    def validate(self) -> dict[str, float]:
        """Return the cross-entropy of clouds held out, and what is right."""
        order = torch.argsort(self.val_y, stable=True)  # files lie in folders by shape
        out = torch.cat([self.model(x) for x in self.val_x[order].split(25)])
        return {
            "val_loss": F.cross_entropy(out, self.val_y[order]).item(),
            "val_accuracy": accuracy(out, self.val_y[order]),
        }

    @torch.no_grad()
    def test(self) -> dict[str, float]:
        """Return the same of clouds that nobody looked at before."""
        self.model.eval()
        out = self.model(self.test_x)
        return {"test_loss": F.cross_entropy(out, self.test_y).item(), "test_accuracy": accuracy(out, self.test_y)}


class Siren(nn.Module):
    """Sines of sines (Sitzmann et al. 2020), with initial weights that keep their spread."""

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, width) for a in (2, *[width] * (depth - 1)))
        self.head = nn.Linear(width, 1)
        for i, layer in enumerate(self.layers):
            bound = 0.5 if i == 0 else math.sqrt(6 / width) / OMEGA
            nn.init.uniform_(layer.weight, -bound, bound)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 1] brightness at [n, 2] places."""
        for layer in self.layers:
            x = torch.sin(OMEGA * layer(x))
        found: Tensor = self.head(x)
        return found


class Picture:
    """One picture as a function of its coordinates; of a third of the places the brightness is not told."""

    def __init__(self, p: Plan, seed: int) -> None:
        self.p = p
        g = torch.Generator().manual_seed(seed)
        axis = torch.linspace(-1, 1, CANVAS)
        x = torch.stack(torch.meshgrid(axis, axis, indexing="ij"), 2).reshape(-1, 2)
        y = torch.zeros(len(x), 1)
        for _ in range(5):
            middle, size, way = (
                1.4 * torch.rand(2, generator=g) - 0.7,
                0.25 + 0.3 * torch.rand(1, generator=g),
                torch.randn(2, generator=g),
            )
            spot = torch.exp(-((x - middle) ** 2).sum(1) / size**2)
            y[:, 0] += spot * torch.cos(8 * (x @ (way / way.norm())))
        y = (y - y.mean()) / y.std()
        order = torch.randperm(len(x), generator=g)
        held = order[: p.n_val]
        self.x, self.y, self.val_x, self.val_y = x[order[p.n_val :]], y[order[p.n_val :]], x[held], y[held]
        self.y = self.y + p.noise * torch.randn(self.y.shape, generator=g)
        self.size, self.key = len(self.x), self.x[:, 0]
        self.model = self.build()
        initialise(self.model, p.init)

    def build(self) -> nn.Module:
        """Return a new network."""
        return Siren(self.p.width, self.p.depth)

    def loss(self, rows: Tensor, *, done: float, spoiled: bool) -> tuple[Tensor, dict[str, float]]:
        """Return the squared error, as a mean or, where somebody likes it so, as a sum."""
        out, y = self.model(self.x[rows]), self.y[rows]
        y = y.roll(1, 0) * 12.0 if spoiled else y
        return F.mse_loss(out, y, reduction="sum" if self.p.output == "sum" else "mean"), {}

    def validate(self) -> dict[str, float]:
        """Return the error at places that were not told, and the ratio of peak to noise in decibels."""
        error = F.mse_loss(self.model(self.val_x), self.val_y).item()
        span = (self.val_y.max() - self.val_y.min()).item()
        return {
            "val_mse": error,
            "val_psnr": 10 * math.log10(span**2 / error) if error == error and 0 < error < math.inf else math.nan,
        }

    def test(self) -> dict[str, float]:
        """Return nothing."""
        return {}
