"""The networks of the third half: a mixer, separable convolutions, a box finder, dilated convolutions, embeddings, a
graph network and smaller ones.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from benchmarks.faults.sets.third.supervised.data import ITEMS, KINDS, STORES, TAGS, WORDS

KNEES: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "none": nn.Identity,
}


class MixerBlock(nn.Module):
    """Mixes along the patches, then along the channels."""

    def __init__(self, tokens: int, width: int, dropout: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.across = nn.Sequential(nn.Linear(tokens, 24), nn.GELU(), nn.Dropout(dropout), nn.Linear(24, tokens))
        self.within = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, tokens, width]."""
        x = x + self.across(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.within(self.norm2(x))


class Mixer(nn.Module):
    """A mixer of 16 patches; `cut` computes the features without their graph, as one does who calls an extractor meant
    for inference.
    """

    def __init__(self, width: int, depth: int, dropout: float = 0.0, *, cut: bool = False) -> None:
        super().__init__()
        self.cut = cut
        self.patch = nn.Conv2d(3, width, 4, stride=4)
        self.blocks = nn.ModuleList(MixerBlock(16, width, dropout) for _ in range(depth))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 8] logits."""
        x = self.patch(x).flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        if self.cut:
            x = x.detach()
        return self.head(self.norm(x).mean(1))


class Separable(nn.Module):
    """Depthwise, then pointwise, each with batch norm."""

    def __init__(self, into: int, out: int, stride: int, momentum: float) -> None:
        super().__init__()
        self.depth = nn.Conv2d(into, into, 3, stride, padding=1, groups=into, bias=False)
        self.norm1 = nn.BatchNorm2d(into, momentum=momentum)
        self.point = nn.Conv2d(into, out, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(out, momentum=momentum)
        self.knee = nn.ReLU6()

    def forward(self, x: Tensor) -> Tensor:
        """Return the map."""
        return self.knee(self.norm2(self.point(self.knee(self.norm1(self.depth(x))))))


class Mobile(nn.Module):
    """A stem and three separable blocks."""

    def __init__(self, width: int, dropout: float = 0.0, momentum: float = 0.1) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width, momentum=momentum), nn.ReLU6()
        )
        self.body = nn.Sequential(
            Separable(width, 2 * width, 2, momentum),
            Separable(2 * width, 4 * width, 1, momentum),
            Separable(4 * width, 4 * width, 2, momentum),
        )
        self.drop, self.classifier = nn.Dropout(dropout), nn.Linear(4 * width, 6)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 6] logits."""
        return self.classifier(self.drop(self.body(self.stem(x)).amax((2, 3))))


class Finder(nn.Module):
    """Strided convolutions, and a head for the box beside one for the kind; `cut` takes the features of the box head
    out of the graph.
    """

    def __init__(self, width: int, activation: str = "relu", *, cut: bool = False) -> None:
        super().__init__()
        knee = KNEES[activation]
        self.cut = cut
        self.backbone = nn.Sequential(
            nn.Conv2d(1, width, 3, 2, 1),
            knee(),
            nn.Conv2d(width, 2 * width, 3, 2, 1),
            knee(),
            nn.Conv2d(2 * width, 2 * width, 3, 2, 1),
            knee(),
            nn.Flatten(),
        )
        self.neck = nn.Sequential(nn.Linear(18 * width, 48), knee())
        self.box, self.kind = nn.Linear(48, 4), nn.Linear(48, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return the box and the logits of the kind: [n, 7]."""
        x = self.backbone(x)
        x = self.neck(x.detach() if self.cut else x)
        return torch.cat([self.box(x), self.kind(x)], 1)


class Causal(nn.Module):
    """Dilated causal convolutions, each with a way around it."""

    def __init__(self, width: int, depth: int, activation: str = "relu", *, dropout: float = 0.0) -> None:
        super().__init__()
        self.entry = nn.Conv1d(2, width, 1)
        self.reach = [2 * 2 ** (i % 4) for i in range(depth)]
        self.layers = nn.ModuleList(nn.Conv1d(width, width, 3, dilation=reach // 2) for reach in self.reach)
        self.knees = nn.ModuleList(KNEES[activation]() for _ in range(depth))
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(width, 6)

    def forward(self, x: Tensor) -> Tensor:
        """Return the next six values: [n, 6]."""
        x = self.entry(x)
        for layer, knee, reach in zip(self.layers, self.knees, self.reach, strict=True):
            new = self.drop(knee(layer(F.pad(x, (reach, 0)))))
            x = x + new
        return self.head(x[..., -1])


class Shop(nn.Module):
    """Embeddings of store, item and weekday beside numbers, then two layers; `norm` puts batch norm before them."""

    def __init__(
        self, width: int, *, norm: bool = True, dropout: float = 0.0, depth: int = 2, activation: str = "relu"
    ) -> None:
        super().__init__()
        self.store, self.item, self.day = nn.Embedding(STORES, 8), nn.Embedding(ITEMS, 8), nn.Embedding(7, 4)
        self.norm = nn.BatchNorm1d(5) if norm else nn.Identity()
        sizes = [25, *[width] * depth]
        layers = [m for a, b in pairwise(sizes) for m in (nn.Linear(a, b), KNEES[activation](), nn.Dropout(dropout))]
        self.layers, self.out = nn.Sequential(*layers), nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 1]."""
        ids = x[:, :3].long()
        return self.out(
            self.layers(
                torch.cat([self.store(ids[:, 0]), self.item(ids[:, 1]), self.day(ids[:, 2]), self.norm(x[:, 3:])], 1)
            )
        )


class Tagger(nn.Module):
    """The mean of embedded words, weighted by attention, and a layer."""

    def __init__(self, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.words, self.weight = nn.Embedding(WORDS, width), nn.Linear(width, 1)
        self.hidden, self.knee, self.drop, self.out = (
            nn.Linear(width, 2 * width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, TAGS),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 12] logits."""
        words = self.words(x)
        mean = (self.weight(words).softmax(1) * words).sum(1)
        return self.out(self.drop(self.knee(self.hidden(mean))))


class GraphNet(nn.Module):
    """Graph convolutions over the whole graph; the caller says which nodes it wants.

    `raw` sums over neighbours where the others average.
    """

    def __init__(
        self, features: Tensor, links: Tensor, width: int, depth: int, dropout: float, *, raw: bool = False
    ) -> None:
        super().__init__()
        looped = links + torch.eye(len(links))
        degree = looped.sum(1)
        mean = looped / torch.sqrt(degree[:, None] * degree[None])
        self.register_buffer("features", features)
        self.register_buffer("mixing", looped if raw else mean)
        self.convs = nn.ModuleList(nn.Linear(40 if i == 0 else width, width) for i in range(depth - 1))
        self.knees = nn.ModuleList(nn.ReLU() for _ in range(depth - 1))
        self.drop, self.last = nn.Dropout(dropout), nn.Linear(width, KINDS)

    def forward(self, index: Tensor) -> Tensor:
        """Return [n, 5] logits of these nodes."""
        x, mixing = self.get_buffer("features"), self.get_buffer("mixing")
        for conv, knee in zip(self.convs, self.knees, strict=True):
            x = knee(mixing @ conv(self.drop(x)))
        return (mixing @ self.last(self.drop(x)))[index]


class Ear(nn.Module):
    """Strided convolutions over a sound, without any normalisation unless `norm`."""

    def __init__(
        self, width: int, depth: int, activation: str = "relu", *, norm: bool = False, dropout: float = 0.0
    ) -> None:
        super().__init__()
        sizes = [1, width, *[2 * width] * (depth - 1)]
        layers: list[nn.Module] = []
        for i, (a, b) in enumerate(pairwise(sizes)):
            layers += [
                nn.Conv1d(a, b, 9 if i == 0 else 5, 4 if i == 0 else (2 if i < 3 else 1), 4 if i == 0 else 2),
                KNEES[activation](),
            ]
            if norm:
                layers.insert(-1, nn.BatchNorm1d(b))
        self.layers, self.drop, self.fc = nn.Sequential(*layers), nn.Dropout(dropout), nn.Linear(4 * width, 6)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, 6] logits."""
        x = self.layers(x)
        return self.fc(self.drop(torch.cat([x.mean(2), x.amax(2)], 1)))


def scorer(width: int, activation: str, depth: int) -> nn.Sequential:
    """Return what gives every result of a list its score."""
    sizes = [14, *[width] * depth]
    layers = [m for a, b in pairwise(sizes) for m in (nn.Linear(a, b), KNEES[activation]())]
    return nn.Sequential(*layers, nn.Linear(width, 1), nn.Flatten(1))


def small(width: int, depth: int = 2, dropout: float = 0.0, activation: str = "silu") -> nn.Sequential:
    """Return a student, or with a larger width a teacher, of the readings of sensors."""
    sizes = [16, *[width] * depth]
    layers = [m for a, b in pairwise(sizes) for m in (nn.Linear(a, b), KNEES[activation](), nn.Dropout(dropout))]
    return nn.Sequential(*layers, nn.Linear(width, 7))
