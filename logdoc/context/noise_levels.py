"""What programs of diffusion models log of single noise levels, and the logarithm of their loss scale."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np

from logdoc.model import Signal

if TYPE_CHECKING:
    from logdoc.model import Run

_QUARTER = re.compile(r"(.*\w)_q([0-3])$")
_WHY = "the mean over a quarter of the noise levels, no term of the loss"
_LOG_SCALE = re.compile(r"(?:.*[/.])?lg_loss_scale$")


def drop_quarters(signals: list[Signal], run: Run) -> tuple[list[Signal], dict[str, str]]:
    """Leave out ``loss_q0`` to ``loss_q3`` beside ``loss``: of four quarters of the noise levels, and of no Q network.

    Returns:
        The signals that stay, and the names left out with the reason.
    """
    found: dict[str, set[str]] = {}
    for name in run.series:
        if (match := _QUARTER.match(name)) is not None:
            found.setdefault(match[1], set()).add(name)
    gone = {name for whole, names in found.items() if len(names) == 4 and whole in run.series for name in names}
    return [s for s in signals if s.series.name not in gone], dict.fromkeys(sorted(gone), _WHY)


def add_loss_scale(signals: list[Signal], run: Run) -> tuple[list[Signal], set[str]]:
    """Take two to the power of ``lg_loss_scale`` for the loss scale, where no other is logged.

    Returns:
        The signals, and the names that are no longer left out.
    """
    logged = [series for name, series in run.series.items() if _LOG_SCALE.match(name)]
    if len(logged) != 1 or any(s.role == "train.loss_scale" for s in signals):
        return signals, set()
    with np.errstate(over="ignore"):
        series = dataclasses.replace(logged[0], name=f"2 ^ {logged[0].name}", values=np.exp2(logged[0].values))
    why = "the loss scale is logged as a logarithm to the base of two"
    return [*signals, Signal("train.loss_scale", "", series, why)], {logged[0].name}
