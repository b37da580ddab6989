"""Generated runs for `scale.py`: some overfit, some diverge, most are healthy; as tables, or by turns as a table, JSON
lines, an event file and a console log.
"""

from __future__ import annotations

import json
import math
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import workloads

NAMES = ("train/loss", "val/loss", "train/acc", "val/acc", "lr")
Rows = Sequence[tuple[int, Sequence[float]]]


def generated(root: Path, count: int, *, mixed: bool = False) -> Path:
    """Return a folder of runs; those that are there stay."""
    for number in range(count):
        one_run(root / f"sweep{number // 50:04}" / f"run{number:06}", number, mixed=mixed)
    return root


def one_run(folder: Path, number: int, *, mixed: bool = False) -> None:
    """Write one run with its configuration, an hour old; a folder that is there stays as it is."""
    if folder.exists():
        return
    folder.mkdir(parents=True)
    chance = random.Random(number)  # noqa: S311
    points, lr = chance.choice([200, 400, 1000]), chance.choice([1e-4, 3e-4, 1e-3, 1e-2])
    rises, spoilt = chance.random() < 0.25, chance.random() < 0.05
    rows = []
    for t in range(points):
        left = math.exp(-t / (points / 6))
        loss = math.nan if spoilt and t > points // 2 else 0.2 + 2 * left + 0.03 * chance.gauss(0, 1)
        held = 0.3 + 2 * left + 0.04 * chance.gauss(0, 1) + (0.8 * t / points if rises else 0)
        rows.append((t * 10, (loss, held, 1 - 0.9 * left, 0.95 - 0.85 * left, lr)))
    (WRITERS[number % len(WRITERS)] if mixed else table)(folder, rows)
    settings = {"lr": lr, "seed": number % 5, "batch_size": 64, "optimizer": "adam"}
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
    then = time.time() - 3600
    for path in (*folder.iterdir(), folder):
        os.utime(path, (then, then))


def table(folder: Path, rows: Rows) -> None:
    """Write a CSV."""
    lines = [f"{step},{','.join(f'{value:.5f}' for value in values[:4])},{values[4]}" for step, values in rows]
    (folder / "metrics.csv").write_text("\n".join([f"step,{','.join(NAMES)}", *lines]) + "\n", encoding="utf-8")


def json_lines(folder: Path, rows: Rows) -> None:
    """Write an object a line."""
    lines = [json.dumps({"step": step, **dict(zip(NAMES, values, strict=True))}) for step, values in rows]
    (folder / "log.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def events(folder: Path, rows: Rows) -> None:
    """Write an event file, a record for every value."""
    made = [workloads.record(b"\x09" + bytes(8) + workloads.field(3, b"brain.Event:2"))]
    for step, values in rows:
        for name, value in zip(NAMES, values, strict=True):
            made.append(workloads.event(1.7e9 + step, step, workloads.simple(name.encode(), value)))
    (folder / "events.out.tfevents.1700000000.host.0.0").write_bytes(b"".join(made))


def console(folder: Path, rows: Rows) -> None:
    """Write what a training prints."""
    names = [name.replace("/", "_") for name in NAMES]
    lines = [
        f"step {step}: " + ", ".join(f"{name} {value:.5f}" for name, value in zip(names, values, strict=True))
        for step, values in rows
    ]
    (folder / "train.log").write_text("\n".join(lines) + "\n", encoding="utf-8")


WRITERS: tuple[Callable[[Path, Rows], None], ...] = (table, json_lines, events, console)
