"""Writes a run as people log it: tables of Keras and Lightning, TensorBoard with two habits of naming, JSON lines; and
the habits of `kept` for the sets that name them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.faults.judging.homes import HOMES
from benchmarks.faults.judging.kept import WRITERS, write_kept
from benchmarks.faults.judging.pasted import write_pasted
from benchmarks.faults.judging.prints import PRINTS
from benchmarks.faults.judging.runs import LAYERS, Run, Signals, rows_of
from benchmarks.faults.judging.train import load
from benchmarks.faults.kit.case import HABITS, HABITS_OF, Case
from logdoc.signals.transforms import debiased_mean

OFTEN = 60  # points from which on a signal is thinned or smoothed
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


PASTED = "ten printed rows, no settings"

CHANGES: dict[str, Callable[[Signals], Signals]] = {
    "every tenth point": thinned,
    "smoothed": smoothed,
    "other format and names": lambda signals: signals,
    PASTED: lambda signals: signals,
}


def signals_of(case: Case, seed: int, *, layers: bool, until: float = 1.0) -> Signals:
    """Return what the run logged, with or without what was measured per layer, up to a share of its steps."""
    found = {name: pair for name, pair in load(case.name, seed).items() if layers or not name.startswith(LAYERS)}
    if until < 1.0:
        end = max(int(steps[-1]) for steps, _ in found.values()) * until
        found = {name: (steps[steps <= end], values[steps <= end]) for name, (steps, values) in found.items()}
    return {name: pair for name, pair in found.items() if len(pair[0])}


def write(case: Case, seed: int, folder: Path, *, layers: bool, until: float = 1.0, change: str = "") -> None:
    """Write one run into an empty folder, up to a share of its steps, or with one of `CHANGES`."""
    signals = signals_of(case, seed, layers=layers, until=until)
    habit = case.habit
    if change:
        signals = CHANGES[change](signals)
        if change == "other format and names":
            habits = HABITS_OF.get(case.origin, HABITS)
            habit = habits[(habits.index(habit) + 2) % len(habits)]
    if habit == "keras-csv" and not _by_epoch(signals, layers=layers):
        habit = "slashes-tb" if layers else "lightning-csv"
    folder.mkdir(parents=True)
    if change == PASTED:
        write_pasted(Run(signals, {**case.config, "seed": seed}, habit, until), folder)
        return
    if habit in WRITERS:
        write_kept(Run(signals, {**case.config, "seed": seed}, habit, until), folder)
        return
    if habit in PRINTS and not any(name.startswith("val_") for name in signals):
        habit = "plain-csv"  # such a trainer prints nothing without a validation
    if habit in PRINTS:
        PRINTS[habit](Run(signals, {**case.config, "seed": seed}, habit, until), folder)
        return
    if habit in HOMES:
        HOMES[habit](Run(signals, {**case.config, "seed": seed}, habit, until), folder)
        return
    named = {NAMES[habit].get(name, name): pair for name, pair in signals.items()}
    if habit == "keras-csv":
        _table(_epochs(signals), folder / "history.csv", "epoch")
    elif habit == "lightning-csv":
        _table(named, folder / "metrics.csv", "step")
    elif habit == "jsonl":
        _lines(named, folder / "log.jsonl")
    else:
        _events(named, folder)
    (folder / "config.json").write_text(json.dumps({**case.config, "seed": seed}, indent=1) + "\n", encoding="utf-8")


def in_file(case: Case, signals: Signals, *, layers: bool) -> Signals:
    """Return what of the signals stands in the file that `write` makes: Keras keeps a mean over each epoch only."""
    return _epochs(signals) if case.habit == "keras-csv" and _by_epoch(signals, layers=layers) else signals


def _by_epoch(signals: Signals, *, layers: bool) -> bool:
    """Whether the history of Keras can hold the run."""
    return not layers and len(signals.get("val_loss", ((),))[0]) >= 8 and "loss" in signals


def _table(signals: Signals, path: Path, axis: str) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([axis, *signals])
        for step, row in rows_of(signals):
            writer.writerow([step, *(f"{row[name]:.6g}" if name in row else "" for name in signals)])


def _lines(signals: Signals, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for step, row in rows_of(signals):
            file.write(
                json.dumps({"step": step, **{name: float(f"{value:.6g}") for name, value in row.items()}}) + "\n"
            )


def _epochs(signals: Signals) -> Signals:
    """One value per evaluation; training values are means since the one before."""
    ends = signals["val_loss"][0]
    numbers = np.arange(len(ends))
    columns: Signals = {}
    for name, (steps, values) in signals.items():
        if name in ("loss", "accuracy", "lr"):
            edges = np.searchsorted(steps, ends, side="right")
            parts = np.split(values, edges[:-1])
            means = [
                float(part[: max(0, e - b)].mean()) if len(part) else float("nan")
                for part, b, e in zip(parts, [0, *edges[:-1]], edges, strict=True)
            ]
            columns[name] = (numbers, np.array(means))
        elif len(values) == len(ends):
            columns[name] = (numbers, values)
    return columns


def _events(signals: Signals, folder: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder))
    for step, row in rows_of(signals):
        for name, value in row.items():
            writer.add_scalar(name, value, step, walltime=1_700_000_000 + 0.05 * step)
    writer.close()
