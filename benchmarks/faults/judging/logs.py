"""Writes a run as people log it: tables of Keras and Lightning, TensorBoard with two habits of naming, JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.faults.judging.train import load
from benchmarks.faults.kit.case import HABITS, Case
from logdoc.signals.transforms import debiased_mean

OFTEN = 60  # points from which on a signal is thinned or smoothed
Signals = dict[str, tuple[np.ndarray, np.ndarray]]
LAYERS = ("act_", "data/input_", "grad_norm/", "weight_norm/", "weight_std/", "weight_excess/", "update_ratio/")
NAMES = {
    "slashes-tb": {
        "loss": "train/loss",
        "val_loss": "val/loss",
        "accuracy": "train/accuracy",
        "val_accuracy": "val/accuracy",
        "lr": "train/lr",
        "grad_norm": "train/grad_norm",
    },
    "words-tb": {
        "loss": "Loss/train",
        "val_loss": "Loss/val",
        "accuracy": "Accuracy/train",
        "val_accuracy": "Accuracy/val",
        "lr": "LearningRate",
        "grad_norm": "GradNorm/total",
    },
    "lightning-csv": {"loss": "train_loss_step", "accuracy": "train_acc", "val_accuracy": "val_acc", "lr": "lr-Adam"},
    "jsonl": {
        "val_loss": "eval_loss",
        "val_accuracy": "eval_accuracy",
        "accuracy": "train_accuracy",
        "lr": "learning_rate",
    },
    "keras-csv": {},
}


def thinned(signals: Signals) -> Signals:
    """Every tenth point of what was logged often; validations and the like stay."""
    return {name: (s[::10], v[::10]) if len(s) >= OFTEN else (s, v) for name, (s, v) in signals.items()}


def smoothed(signals: Signals) -> Signals:
    """The moving mean that people save from a board (weight 0.6, no bias at the start), of what was logged often."""
    return {name: (s, debiased_mean(v, 0.6)) if len(s) >= OFTEN else (s, v) for name, (s, v) in signals.items()}


CHANGES: dict[str, Callable[[Signals], Signals]] = {
    "every tenth point": thinned,
    "smoothed": smoothed,
    "other format and names": lambda signals: signals,
}


def signals_of(case: Case, seed: int, *, layers: bool, until: float = 1.0) -> Signals:
    """Return what the run logged, with or without what was measured per layer, up to a share of its steps."""
    found = {name: pair for name, pair in load(case.name, seed).items() if layers or not name.startswith(LAYERS)}
    if until < 1.0:
        end = max(int(steps[-1]) for steps, _ in found.values()) * until
        found = {name: (steps[steps <= end], values[steps <= end]) for name, (steps, values) in found.items()}
    return {name: pair for name, pair in found.items() if len(pair[0])}


def write(case: Case, seed: int, folder: Path, *, layers: bool, until: float = 1.0, change: str = "") -> None:
    """Write one run into an empty folder, up to a share of its steps, or with one of `CHANGES` that must not matter."""
    signals = signals_of(case, seed, layers=layers, until=until)
    habit = case.habit
    if change:
        signals = CHANGES[change](signals)
        habit = HABITS[(HABITS.index(habit) + 2) % len(HABITS)] if change == "other format and names" else habit
    if habit == "keras-csv" and (layers or len(signals.get("val_loss", ((),))[0]) < 8 or "loss" not in signals):
        habit = "slashes-tb" if layers else "lightning-csv"
    folder.mkdir(parents=True)
    named = {NAMES[habit].get(name, name): pair for name, pair in signals.items()}
    if habit == "keras-csv":
        _keras(signals, folder / "history.csv")
    elif habit == "lightning-csv":
        _table(named, folder / "metrics.csv")
    elif habit == "jsonl":
        _lines(named, folder / "log.jsonl")
    else:
        _events(named, folder)
    (folder / "config.json").write_text(json.dumps({**case.config, "seed": seed}, indent=1) + "\n", encoding="utf-8")


def _order(signals: Signals) -> list[tuple[int, dict[str, float]]]:
    """Rows in the order in which they were logged: a step that goes back begins a new pass."""
    rows: dict[tuple[int, int], dict[str, float]] = {}
    for name, (steps, values) in signals.items():
        turn = np.concatenate(([0], np.cumsum(np.diff(steps) < 0)))
        for t, step, value in zip(turn.tolist(), steps.tolist(), values.tolist(), strict=True):
            rows.setdefault((t, step), {})[name] = value
    return [(step, row) for (_, step), row in sorted(rows.items())]


def _table(signals: Signals, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["step", *signals])
        for step, row in _order(signals):
            writer.writerow([step, *(f"{row[name]:.6g}" if name in row else "" for name in signals)])


def _lines(signals: Signals, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for step, row in _order(signals):
            file.write(
                json.dumps({"step": step, **{name: float(f"{value:.6g}") for name, value in row.items()}}) + "\n"
            )


def _keras(signals: Signals, path: Path) -> None:
    """One row per evaluation; training values are means since the one before."""
    ends = signals["val_loss"][0]
    columns: dict[str, Any] = {}
    for name, (steps, values) in signals.items():
        if name in ("loss", "accuracy", "lr"):
            edges = np.searchsorted(steps, ends, side="right")
            parts = np.split(values, edges[:-1])
            columns[name] = [
                float(part[: max(0, e - b)].mean()) if len(part) else float("nan")
                for part, b, e in zip(parts, [0, *edges[:-1]], edges, strict=True)
            ]
        elif len(values) == len(ends):
            columns[name] = values.tolist()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", *columns])
        writer.writerows([i, *(f"{column[i]:.6g}" for column in columns.values())] for i in range(len(ends)))


def _events(signals: Signals, folder: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder))
    for step, row in _order(signals):
        for name, value in row.items():
            writer.add_scalar(name, value, step, walltime=1_700_000_000 + 0.05 * step)
    writer.close()
