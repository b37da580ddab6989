"""The cases of the fifth set's sequences."""

from __future__ import annotations

from typing import Any

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.plan import Plan
from benchmarks.faults.kit.registering import Add, register_plans
from benchmarks.faults.sets.fifth.sequences.acting import train_balancer, train_walker
from benchmarks.faults.sets.fifth.sequences.adversary import train_contest
from benchmarks.faults.sets.fifth.sequences.configs import config_of
from benchmarks.faults.sets.fifth.sequences.controls import CONTROLS
from benchmarks.faults.sets.fifth.sequences.faults import FAULTS
from benchmarks.faults.sets.fifth.sequences.loop import Session
from benchmarks.faults.sets.fifth.sequences.plans import PLANS, STYLES, TASKS

PREFIX = "fifth-"
OWN: dict[str, Any] = {"contest": train_contest, "walker": train_walker, "balancer": train_balancer}


def train_fifth(p: Plan, seed: int) -> Logged:
    """Train one plan."""
    import torch

    torch.manual_seed(seed)
    if p.family in OWN:
        found: Logged = OWN[p.family](p, seed)
        return found
    return Session(p, STYLES[p.family], TASKS[p.family](p, seed), seed).run()


def register(add: Add) -> None:
    """Add the cases by calling `add` with name, family, causes, kind, trainer and configuration."""
    register_plans(add, PREFIX, PLANS, FAULTS, CONTROLS, train_fifth, config_of)
