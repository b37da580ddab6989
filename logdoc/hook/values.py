"""What the user logs, and the learning rates: kept until the next sample, on the device where they are."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch.optim import Optimizer

_MOST = 64  # logged steps that may wait on the device
_SPLITS = {
    "val": "val",
    "valid": "val",
    "validation": "val",
    "eval": "val",
    "evaluation": "val",
    "test": "test",
    "train": "train",
}
_PREFIX = re.compile(rf"({'|'.join(_SPLITS)})_(?=.)")

Single = tuple[str, int, float, float | None]


class Values:
    """Numbers that wait to be written."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, int, float, float | torch.Tensor]] = []
        self._rates: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, values: Mapping[str, Any], step: int, wall_time: float) -> bool:
        """Keep the values that are numbers, and return whether enough wait to be handed over."""
        for name, value in values.items():
            number = _number(value)
            if number is not None:
                self._waiting.append((tag_of(name), step, wall_time, number))
        return len(self._waiting) >= _MOST * max(1, len(values))

    def rates(self, optimizers: Sequence[Optimizer], step: int, wall_time: float, *, sampled: bool) -> dict[str, float]:
        """Return the learning rates when the step is sampled; at other steps one that has changed is kept like a logged
        value.
        """
        groups = [group for one in optimizers for group in one.param_groups]
        rates = tuple(_rate(group.get("lr")) for group in groups)
        if not sampled and rates == self._rates:
            return {}
        self._rates = rates
        names = (
            ["train/lr"] if len(groups) == 1 else [f"train/lr/{group.get('name', i)}" for i, group in enumerate(groups)]
        )
        named = {name: rate for name, rate in zip(names, rates, strict=True) if rate == rate}
        if sampled:
            return named
        self._waiting.extend((name, step, wall_time, rate) for name, rate in named.items())
        return {}

    def take(self) -> tuple[tuple[Single, ...], list[torch.Tensor]]:
        """Return everything that waits and forget it: each value, or None for one that is the next of the tensors."""
        waiting, self._waiting = self._waiting, []
        tensors = [v for *_, v in waiting if isinstance(v, torch.Tensor)]
        return tuple(
            (tag, step, wall, None if isinstance(v, torch.Tensor) else v) for tag, step, wall, v in waiting
        ), tensors


def tag_of(name: str, *, validation: bool = False) -> str:
    """Return the tag for a value of this name: ``train_loss`` and ``loss`` become train/loss, ``val_loss`` and
    ``eval_loss`` val/loss.

    Args:
        name: one that begins with its split goes under it, whatever follows (``val_loss/0``); another one with a
            slash stays.
        validation: the value was computed in a validation, whatever its name says.
    """
    parts = name.split("/")
    prefix = _PREFIX.match(name)
    if prefix is not None:
        return f"{_SPLITS[prefix[1]]}/{name[prefix.end() :]}"
    if validation:
        return name if any(part in _SPLITS for part in parts) else f"val/{name}"
    return name if len(parts) > 1 else f"train/{name}"


def _rate(value: Any) -> float:
    """Return a learning rate; NaN for one that lives on a device, which is not waited for."""
    if isinstance(value, torch.Tensor):
        return float(value) if value.device.type == "cpu" else math.nan
    return float(value) if isinstance(value, (int, float)) else math.nan


def _number(value: Any) -> float | torch.Tensor | None:
    """Return a number of the host, or a copy of a tensor on its device; None for what is neither."""
    if isinstance(value, torch.Tensor):
        if value.numel() != 1 or value.is_complex():
            return None
        return float(value.detach()) if value.device.type == "cpu" else value.detach().reshape(()).clone()
    try:
        return float(value) if not isinstance(value, str) else None
    except (TypeError, ValueError):
        return None
