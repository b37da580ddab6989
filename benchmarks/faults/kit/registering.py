"""How a table of faults and controls becomes cases: names, twins, plans and configurations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from benchmarks.faults.kit.logged import Logged
from benchmarks.faults.kit.plan import Plan, changed

Add = Callable[[str, str, tuple[str, ...], str, Callable[[int], Logged], dict[str, Any]], None]
Fault = tuple[
    str, str, str, tuple[str, ...], dict[str, Any]
]  # family, kind, variant, causes, what differs from the plan of the family
Control = tuple[str, str, dict[str, Any]]  # family, variant, what differs


def register_plans(
    add: Add,
    prefix: str,
    plans: Mapping[str, Plan],
    faults: Sequence[Fault],
    controls: Sequence[Control],
    train: Callable[[Plan, int], Logged],
    config_of: Callable[[Plan], dict[str, Any]],
) -> None:
    """Add every fault and control by calling `add` with name, family, causes, kind, trainer and configuration."""
    for family, kind, variant, causes, knobs in faults:
        p = changed(plans[family], **knobs)
        add(
            "-".join(part for part in (prefix + family, kind, variant) if part),
            prefix + family,
            causes,
            kind,
            partial(train, p),
            config_of(p),
        )
    for family, variant, knobs in controls:
        p = changed(plans[family], **knobs)
        add(
            f"{prefix}{family}-healthy" + (f"-{variant}" if variant else ""),
            prefix + family,
            (),
            "healthy",
            partial(train, p),
            config_of(p),
        )
