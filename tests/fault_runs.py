"""Runs of the fault benchmark that are kept with the tests: columns in a compressed file, names as a TensorBoard habit
has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from logdoc.model import ConfigValue, Run, Series

NAMES = {
    "loss": "train/loss",
    "val_loss": "val/loss",
    "accuracy": "train/accuracy",
    "val_accuracy": "val/accuracy",
    "lr": "train/lr",
    "grad_norm": "train/grad_norm",
}


def run_of(path: Path, name: str, config: Mapping[str, ConfigValue]) -> Run:
    """Return one run; where its steps go back the later record counts, as a reader would have it."""
    series, restarts = {}, set()
    with np.load(path) as file:
        for key in file.files:
            if not key.startswith("s:"):
                continue
            tag = NAMES.get(key[2:], key[2:])
            steps, values = file[key].astype(np.int64), file[f"v:{key[2:]}"].astype(np.float64)
            back = np.flatnonzero(np.diff(steps) < 0)
            if back.size:
                restart = int(steps[back[-1] + 1])
                restarts.add(restart)
                kept = np.concatenate(
                    (np.flatnonzero(steps[: back[-1] + 1] < restart), np.arange(back[-1] + 1, len(steps)))
                )
                steps, values = steps[kept], values[kept]
            series[tag] = Series(tag, steps, values)
    return Run(name, "test", (path.name,), series=series, config=config, restarts=tuple(sorted(restarts))[:1])
