"""A plan: every knob that a run of the later sets may have turned, and what its configuration says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Plan:
    """Everything that a run may have different; the defaults of a family are a healthy run.

    `extra` holds the knobs of one family.
    """

    family: str
    lr: float = 2e-3
    optimizer: str = "adam"
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: str = "cosine"
    clip: float = 0.0
    epochs: int = 12
    batch: int = 64
    n: int = 2400
    n_val: int = 400
    noise: float = -1.0
    width: int = 32
    depth: int = 4
    activation: str = "relu"
    dropout: float = 0.0
    smoothing: float = 0.0
    init: str = "default"
    input_scale: float = 1.0
    input_shift: float = 0.0
    labels: str = "right"
    sorted_data: bool = False
    leak: str = ""
    zero_grad: bool = True
    left_out: str = ""
    frozen: str = ""
    copied: bool = False
    output: str = "logits"
    mode: str = "right"
    augment: float = 0.0
    bad_every: int = 0
    spike_at: float = 0.0
    precision: str = "float32"
    resume_at: float = 0.0
    resume_how: str = ""
    wait: float = 0.0
    slow_from: float = 0.0
    kept: int = 0
    timed: bool = False
    stop_at: float = 1.0
    patience: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    def knob(self, name: str, default: Any) -> Any:
        """Return a knob of the family."""
        return self.extra.get(name, default)


def plan_with(p: Plan, **changes: Any) -> Plan:
    """Return a plan with some fields changed."""
    return Plan(**{**vars(p), **changes})


def changed(base: Plan, **changes: Any) -> Plan:
    """Return a plan with some fields or knobs changed."""
    known = set(vars(base))
    extra = {k: v for k, v in changes.items() if k not in known}
    return plan_with(base, **{k: v for k, v in changes.items() if k in known}, extra={**base.extra, **extra})


def usual_of(p: Plan) -> dict[str, Any]:
    """Return what every configuration names."""
    return {
        "optimizer": p.optimizer,
        "lr": p.lr,
        "batch_size": p.batch,
        "epochs": p.epochs,
        "lr_scheduler": p.schedule,
    }


def optional_of(p: Plan, clip: str) -> dict[str, Any]:
    """Return what a configuration names only where it is set; `clip` is how it calls the clipping."""
    told = {"weight_decay": p.weight_decay, "dropout": p.dropout, clip: p.clip, "label_smoothing": p.smoothing}
    return ({"momentum": p.momentum} if p.optimizer == "sgd" else {}) | {
        name: value for name, value in told.items() if value
    }
