"""Small logs to try logdoc on: a healthy training, one that diverges, one that overfits. The same bytes each time."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import TYPE_CHECKING

from logdoc.errors import ConfigError
from logdoc.report.saving import folder_of, write_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from logdoc.api import PathLike

__all__ = ["write_demo"]

_STEPS = 240
_NOISE = 0.01  # of the loss, as a standard deviation


def write_demo(folder: PathLike) -> list[Path]:
    """Write the logs below a folder that is empty or not there yet, and return their paths.

    Raises:
        ConfigError: the folder holds something already.
        RenderError: a file cannot be written.
    """
    root = Path(folder)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise ConfigError("there is something already", where=str(root), hint="Name a folder that is not there yet.")
    made = []
    for name, (losses, top) in _RUNS.items():
        dice = random.Random(name)  # noqa: S311 - noise, no secret
        rows = ["step,train_loss,val_loss,lr"]
        for step in range(_STEPS):
            train, val = (loss * (1 + dice.gauss(0, _NOISE)) for loss in losses(step / _STEPS))
            rows.append(f"{step * 10},{train:.5f},{val:.5f},{top * _schedule(step / _STEPS):.6g}")
        path = root / name / "metrics.csv"
        folder_of(path)
        write_text("\n".join(rows) + "\n", path)
        made.append(path)
    return made


def _schedule(share: float) -> float:
    """A warm-up over a twentieth of the run, then a cosine to zero, as a share of the highest learning rate."""
    return min(1.0, share * 20) * (1 + math.cos(math.pi * share)) / 2


def _healthy(share: float) -> tuple[float, float]:
    train = 0.3 + 2.0 * math.exp(-6 * share)
    return train, train + 0.08


def _diverging(share: float) -> tuple[float, float]:
    train = 2.3 - 8 * share if share < 0.05 else 1.9 * math.exp(40 * (share - 0.05))
    return (train, train + 0.1) if share < 0.3 else (math.nan, math.nan)


def _overfitting(share: float) -> tuple[float, float]:
    return 0.02 + 2.2 * math.exp(-8 * share), 0.9 + 1.4 * math.exp(-12 * share) + 0.9 * share**1.5


_RUNS: dict[str, tuple[Callable[[float], tuple[float, float]], float]] = {
    "healthy": (_healthy, 1e-3),
    "diverging": (_diverging, 0.3),
    "overfits": (_overfitting, 1e-3),
}
