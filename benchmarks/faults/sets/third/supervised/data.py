"""The generated data of the third half: pictures, series, tables, texts, a graph, sounds and lists; everything is a
function of its seed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from sample_logs.tasks import Split

TAGS, WORDS, TEXT = 12, 400, 24
STORES, ITEMS = 30, 40
KINDS = 5


class Graph(NamedTuple):
    """What is known of the nodes, who is linked with whom, and which of them are labelled."""

    features: Tensor
    links: Tensor
    nodes: Split


def _cut(x: Tensor, y: Tensor, n_val: int) -> Split:
    return Split(x[n_val:], y[n_val:], x[:n_val], y[:n_val])


def stamps(n: int, n_val: int, seed: int, noise: float) -> Split:
    """Return coloured pictures [n, 3, 16, 16] of eight kinds with two prints each, moved a little, under noise."""
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    prints = F.interpolate(torch.randn(16, 3, 4, 4, generator=g), size=16, mode="bicubic", align_corners=False)
    y = torch.randint(0, 8, (total,), generator=g)
    x = prints[2 * y + torch.randint(0, 2, (total,), generator=g)] * (
        0.7 + 0.6 * torch.rand(total, 1, 1, 1, generator=g)
    )
    down, right = torch.randint(-2, 3, (2, total), generator=g)
    rows = (torch.arange(16) + down[:, None]) % 16
    columns = (torch.arange(16) + right[:, None]) % 16
    x = x[torch.arange(total)[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    return _cut(x.contiguous() + noise * torch.randn(total, 3, 16, 16, generator=g), y, n_val)


def _glyphs() -> Tensor:
    """Six signs of 7 x 7 points."""
    row, column = torch.meshgrid(torch.arange(7) - 3, torch.arange(7) - 3, indexing="ij")
    far = torch.sqrt((row**2 + column**2).float())
    signs = [
        (row == 0) | (column == 0),
        (far - 3).abs() < 0.6,
        row.abs() == column.abs(),
        (row == -3) | (column == 0),
        (row == 3) | (column == -3),
        torch.maximum(row.abs(), column.abs()) == 3,
    ]
    return torch.stack(signs).float()


def signs(n: int, n_val: int, seed: int, noise: float, *, turned: bool = False) -> Split:
    """Return pictures [n, 3, 18, 18] with one of six signs somewhere in a colour of its own; `turned` is the related
    task of before.
    """
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    shapes = _glyphs().flip(1).transpose(1, 2) if turned else _glyphs()
    y = torch.randint(0, 6, (total,), generator=g)
    top, left = torch.randint(0, 12, (2, total), generator=g)
    plane = torch.zeros(total, 18, 18)
    for i, (a, b) in enumerate(zip(top.tolist(), left.tolist(), strict=True)):
        plane[i, a : a + 7, b : b + 7] = shapes[y[i]]
    colours = 0.6 + 1.2 * torch.rand(total, 3, 1, 1, generator=g)
    return _cut(plane[:, None] * colours + noise * torch.randn(total, 3, 18, 18, generator=g), y, n_val)


def scenes(n: int, n_val: int, seed: int, noise: float) -> Split:
    """Return pictures [n, 1, 24, 24] with one body, and its box (middle and size as shares) with its kind: [n, 5]."""
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    size = 0.25 + 0.35 * torch.rand(total, 2, generator=g)
    middle = size / 2 + (1 - size) * torch.rand(total, 2, generator=g)
    kind = torch.randint(0, 3, (total,), generator=g)
    grid = (torch.arange(24) + 0.5) / 24
    dx = ((grid[None, None, :] - middle[:, 0, None, None]) / size[:, 0, None, None] * 2).abs()
    dy = ((grid[None, :, None] - middle[:, 1, None, None]) / size[:, 1, None, None] * 2).abs()
    inside = torch.stack([torch.maximum(dx, dy) < 1, dx**2 + dy**2 < 1, dx + dy < 1], 1)[torch.arange(total), kind]
    x = inside[:, None].float() * (1 + torch.rand(total, 1, 1, 1, generator=g)) + noise * torch.randn(
        total, 1, 24, 24, generator=g
    )
    return _cut(x, torch.cat([middle, size, kind[:, None].float()], 1), n_val)


def loads(n: int, n_val: int, seed: int, noise: float) -> Split:
    """Return windows [n, 2, 48] of the load of a grid and the temperature, and the six loads that follow; the
    validation is what comes last.
    """
    g = torch.Generator().manual_seed(seed)
    length = n + n_val + 54
    t = torch.arange(length).float()
    wander, kicks = torch.zeros(length), torch.randn(length, generator=g)
    for i in range(1, length):
        wander[i] = 0.97 * wander[i - 1] + 0.2 * kicks[i]
    warm = torch.sin(2 * math.pi * t / 24 - 1) + wander
    load = (
        torch.sin(2 * math.pi * t / 24)
        + 0.5 * torch.sin(2 * math.pi * t / 12 + 1)
        + 0.4 * torch.sign(torch.sin(2 * math.pi * t / 60))
        + 0.5 * warm.relu()
    )
    load = load + noise * torch.randn(length, generator=g)
    load = (load - load.mean()) / load.std()
    x = torch.stack([load, warm / warm.std()]).unfold(1, 48, 1).permute(1, 0, 2)[: n + n_val].contiguous()
    y = load.unfold(0, 6, 1)[48 : 48 + n + n_val].contiguous()
    return Split(x[:n], y[:n], x[n:], y[n:])


def sales(n: int, n_val: int, seed: int, noise: float) -> Split:
    """Return rows [n, 8] of store, item, weekday and five numbers, and how much was sold [n, 1], to no scale."""
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    store, item, day = (torch.randint(0, count, (total,), generator=g) for count in (STORES, ITEMS, 7))
    numbers = torch.randn(total, 5, generator=g)
    numbers[:, 1] = (numbers[:, 1] > 0.8).float() * 2 - 0.5
    of_store, of_item, of_day = (
        0.6 * torch.randn(STORES, generator=g),
        0.7 * torch.randn(ITEMS, generator=g),
        0.3 * torch.randn(7, generator=g),
    )
    pull = torch.rand(ITEMS, generator=g)
    y = (
        of_store[store]
        + of_item[item]
        + of_day[day]
        + 0.5 * pull[item] * numbers[:, 1]
        - 0.4 * torch.tanh(numbers[:, 0])
        + 0.3 * (numbers[:, 2] > 0).float()
    )
    y = y + 0.25 * numbers[:, 3] * (day > 4).float() + noise * torch.randn(total, generator=g)
    x = torch.cat([torch.stack([store, item, day], 1).float(), numbers], 1)
    return _cut(x, y[:, None], n_val)


def posts(n: int, n_val: int, seed: int, noise: float, common: float) -> Split:
    """Return texts [n, 24] of words and which of twelve tags they have [n, 12]; a tag is the rarer the later it comes,
    by a factor `common` each.
    """
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    chance = 0.3 * common ** torch.arange(TAGS).float()
    y = (torch.rand(total, TAGS, generator=g) < chance).float()
    y[torch.arange(total), torch.multinomial(chance, total, replacement=True, generator=g)] = 1.0
    about = torch.multinomial(y, TEXT, replacement=True, generator=g)
    typical = torch.randint(0, WORDS, (TAGS, 15), generator=g)
    words = typical[about, torch.randint(0, 15, (total, TEXT), generator=g)]
    other = torch.randint(0, WORDS, (total, TEXT), generator=g)
    return _cut(torch.where(torch.rand(total, TEXT, generator=g) < noise, other, words), y, n_val)


def papers(n: int, n_val: int, seed: int, noise: float) -> Graph:
    """Return a graph of papers of five fields that mostly cite their own; the first `n` are labelled, the next `n_val`
    are asked for, 500 more are neither.
    """
    g = torch.Generator().manual_seed(seed)
    total = n + n_val + 500
    y = torch.randint(0, KINDS, (total,), generator=g)
    same = y[:, None] == y[None]
    chance = torch.where(same, torch.tensor(14.0 / total), torch.tensor(2.0 / total))
    upper = (torch.rand(total, total, generator=g) < chance).float().triu(1)
    features = torch.randn(KINDS, 40, generator=g)[y] + noise * torch.randn(total, 40, generator=g)
    index = torch.arange(total)
    return Graph(features, upper + upper.T, Split(index[:n], y[:n], index[n : n + n_val], y[n : n + n_val]))


def sounds(n: int, n_val: int, seed: int, noise: float) -> Split:
    """Return sounds [n, 1, 320] of six kinds: up, down, steady, trembling, two tones, clicks; pitch and beginning are
    anything.
    """
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    y = torch.randint(0, 6, (total,), generator=g)
    t = torch.linspace(0, 1, 320)[None]
    pitch, phase = 18 + 14 * torch.rand(total, 1, generator=g), 6.28 * torch.rand(total, 1, generator=g)
    kinds = torch.stack(
        [
            torch.sin(6.28 * (pitch * t + 14 * t**2) + phase),
            torch.sin(6.28 * ((pitch + 28) * t - 14 * t**2) + phase),
            torch.sin(6.28 * pitch * t + phase),
            torch.sin(6.28 * pitch * t + phase) * (1 + torch.sin(6.28 * 5 * t + phase)),
            0.7 * torch.sin(6.28 * pitch * t + phase) + 0.7 * torch.sin(6.28 * 2.3 * pitch * t),
            torch.sin(6.28 * pitch * t + phase) * (torch.sin(6.28 * 8 * t + phase) > 0.6) * 2,
        ],
        1,
    )
    x = kinds[torch.arange(total), y] * (0.6 + 0.8 * torch.rand(total, 1, generator=g)) + noise * torch.randn(
        total, 320, generator=g
    )
    return _cut(x[:, None], y, n_val)


def searches(n: int, n_val: int, seed: int, noise: float) -> Split:
    """Return lists [n, 10, 14] of ten results each, and how relevant every one is, from none to three."""
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    x = torch.randn(total, 10, 14, generator=g)
    v, w = torch.randn(14, generator=g) / 3.7, torch.randn(14, 6, generator=g) / 3.7
    worth = (
        0.7 * (x @ v)
        + (x @ w).relu().mean(-1) * 2
        + 0.5 * x[..., 0] * x[..., 1]
        + noise * torch.randn(total, 10, generator=g)
    )
    y = torch.bucketize(worth, torch.quantile(worth[:800].flatten(), torch.tensor([0.5, 0.75, 0.9]))).float()
    return _cut(x, y, n_val)


def sensors(n: int, n_val: int, seed: int, noise: float) -> Split:
    """Return readings [n, 16] of seven states of a machine, each of which looks in three ways."""
    g = torch.Generator().manual_seed(seed)
    total = n + n_val
    where = torch.randn(7, 3, 16, generator=g)
    y = torch.randint(0, 7, (total,), generator=g)
    x = where[y, torch.randint(0, 3, (total,), generator=g)] + noise * torch.randn(total, 16, generator=g)
    return _cut(x, y, n_val)
