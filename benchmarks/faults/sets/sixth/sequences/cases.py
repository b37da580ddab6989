"""The cases of the sixth set's sequences."""

from __future__ import annotations

from typing import Any

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.registering import Add, register_plans
from benchmarks.faults.sets.sixth.sequences.cart import train_cart
from benchmarks.faults.sets.sixth.sequences.configs import config_of
from benchmarks.faults.sets.sixth.sequences.controls import CONTROLS
from benchmarks.faults.sets.sixth.sequences.faults import FAULTS
from benchmarks.faults.sets.sixth.sequences.groups import train_groups
from benchmarks.faults.sets.sixth.sequences.loop import Training
from benchmarks.faults.sets.sixth.sequences.plans import PLANS, TASKS
from benchmarks.faults.sets.sixth.sequences.waves import train_waves

PREFIX = "sixth-"
OWN: dict[str, Any] = {"hinge": train_waves, "grpo": train_groups, "sac": train_cart}


def train_sixth(p: Plan, seed: int) -> Logged:
    """Train one plan."""
    import torch

    torch.manual_seed(seed)
    if p.family in OWN:
        found: Logged = OWN[p.family](p, seed)
        return found
    return Training(p, TASKS[p.family](p, seed), seed).run()


def register(add: Add) -> None:
    """Add the cases by calling `add` with name, family, causes, kind, trainer and configuration."""
    register_plans(add, PREFIX, PLANS, FAULTS, CONTROLS, train_sixth, config_of)
