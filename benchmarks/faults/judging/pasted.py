"""Writes a run as people paste it into a question: ten printed rows of losses and scores, nothing of the settings."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.faults.judging.homes import passes
from benchmarks.faults.judging.runs import LAYERS, Run

ROWS = 10
UNTOLD = ("lr", "learning_rate", "grad")  # what such a table seldom has


def write_pasted(run: Run, folder: Path) -> None:
    """Write at most ten rows, evenly over the run, one line each; training as means since the validation before."""
    told = run.only(lambda name: not name.startswith((*LAYERS, *UNTOLD)))
    rows = passes(told)
    kept = np.unique(np.linspace(0, len(rows) - 1, min(ROWS, len(rows))).round().astype(int))
    lines = [
        f"Epoch {i + 1}/{len(rows)} - " + " - ".join(f"{name}: {_figure(value)}" for name, value in rows[i].items())
        for i in kept.tolist()
        if rows[i]
    ]
    (folder / "log.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _figure(value: float) -> str:
    return f"{value:.4e}" if 0 < abs(value) < 1e-3 else f"{value:.4f}"
