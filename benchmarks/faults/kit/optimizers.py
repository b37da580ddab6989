"""Optimizers and learning-rate schedules of a plan, with their faults."""

from __future__ import annotations

import copy
import math

import torch
from torch import nn

from benchmarks.faults.kit.plan import Plan


def factor(p: Plan, t: float) -> float:
    """Return the factor on the learning rate when a share t of the planned steps is done."""
    warm = p.knob("warm", 0.1)
    shapes = {
        "cosine": 0.01 + 0.495 * (1 + math.cos(math.pi * t)),
        "warmup-cosine": min(1.0, t / warm + 1e-3) * (0.01 + 0.495 * (1 + math.cos(math.pi * t))),
        "warmup-constant": min(1.0, t / warm + 1e-3),
        "step": 0.1 ** int(3 * t),
        "linear": max(1e-3, 1 - t),
        "one-cycle": 0.04 + 0.96 * t / 0.3 if t < 0.3 else max(1e-3, 0.5 * (1 + math.cos(math.pi * (t - 0.3) / 0.7))),
        "restarts": 0.01 + 0.495 * (1 + math.cos(math.pi * ((4 * t) % 1))),
        "exponential": math.exp(-p.knob("decay", 4.0) * t),
        "constant": 1.0,
    }
    return shapes[p.schedule]


def make_optimizer(model: nn.Module, p: Plan) -> torch.optim.Optimizer:
    """Return the optimizer of a plan, with its faults."""
    held = copy.deepcopy(model) if p.copied else model
    left = tuple(part for part in p.left_out.split(",") if part)
    chosen = [q for name, q in held.named_parameters() if q.requires_grad and not (left and name.startswith(left))]
    if p.optimizer == "sgd":
        return torch.optim.SGD(chosen, lr=p.lr, momentum=p.momentum, weight_decay=p.weight_decay)
    kinds = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop}
    return kinds[p.optimizer](chosen, lr=p.lr, weight_decay=p.weight_decay)
