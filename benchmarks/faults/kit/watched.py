"""Layer statistics of a training, by the hook that users have and through its own files, and the memory it takes."""

from __future__ import annotations

import csv
import resource
import tempfile
from pathlib import Path
from typing import Any

from torch import nn

from benchmarks.faults.kit.logged import Logged
from logdoc.hook import watch

EVERY = 10
LAYERS = ("act_", "data/input_", "grad_norm/", "weight_", "update_ratio/")


class Watched:
    """The hook around a training: opens it, and reads back what it wrote."""

    def __init__(self) -> None:
        self._work = tempfile.TemporaryDirectory()
        self._folders: list[Path] = []
        self._open: Any = None

    def begin(self, model: nn.Module, optimizer: Any, step: int = 0, scaler: Any = None) -> None:
        """Watch from a step on; a watch before ends."""
        self.end()
        self._folders.append(Path(self._work.name) / str(len(self._folders)))
        self._open = watch(model, optimizer, self._folders[-1], every=EVERY, format="csv", step=step, scaler=scaler)

    def end(self) -> None:
        """Close what is open."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def read(self) -> Logged:
        """Return the statistics of layers that the hook wrote, in order."""
        self.end()
        found: Logged = {}
        for folder in self._folders:
            path = folder / "metrics.csv"
            if not path.exists():  # no optimizer step was ever made
                continue
            with path.open(encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    for name, value in row.items():
                        if value and name.startswith(LAYERS):
                            steps, values = found.setdefault(name, ([], []))
                            steps.append(int(row["step"]))
                            values.append(float(value))
        self._work.cleanup()
        return found


def resident() -> float:
    """Return the memory of this process in MiB."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
