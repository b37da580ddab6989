"""Plain networks, spoiled initial weights, and the share of right answers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

Terms = tuple[Tensor, Tensor, dict[str, float]]


ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "none": nn.Identity,
}


def stack(sizes: list[int], activation: str = "relu", *, norm: bool = False, dropout: float = 0.0) -> nn.Sequential:
    """Return linear layers with an activation, dropout and perhaps batch norm between them; the last one is linear."""
    layers: list[nn.Module] = []
    for i in range(len(sizes) - 2):
        layers += [
            nn.Linear(sizes[i], sizes[i + 1]),
            *([nn.BatchNorm1d(sizes[i + 1])] if norm else []),
            ACTIVATIONS[activation](),
        ]
        layers += [nn.Dropout(dropout)] if dropout else []
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


def initialise(model: nn.Module, how: str) -> None:
    """Spoil the initial weights, or leave them."""
    with torch.no_grad():
        for name, q in model.named_parameters():
            if how in ("negative-bias", "shifted-bias"):
                if q.ndim == 1 and not name.startswith(("fc", "head")) and "bias" in name:
                    q.sub_(3.0 if how == "negative-bias" else 0.1)
            elif q.ndim < 2:
                continue
            elif how == "zero":
                q.zero_()
            elif how == "constant":
                q.fill_(0.1)
            elif how.startswith("times"):
                q.mul_(float(how.removeprefix("times")))
            elif how.startswith("normal"):
                q.normal_(std=float(how.removeprefix("normal")))


def accuracy(out: Tensor, y: Tensor) -> float:
    """Return the share of right answers."""
    return (out.argmax(1) == y).float().mean().item()
